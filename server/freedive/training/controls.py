"""Controls: what people tell a running job. The far side's reader thread fills it, the loop empties it between steps."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from freedive.protocol.commands import Command
from freedive.protocol.jobs import Prediction
from freedive.protocol.problems import Problem


@dataclass(frozen=True)
class Told:
    """A command and the id under which it is answered."""

    command: Command
    id: str = ""


@dataclass(frozen=True)
class Question:
    """Inputs to be answered with the weights as they are between two steps."""

    inputs: list[Any]
    """As `PredictionRequest.inputs`."""
    reply: Callable[[Prediction | Problem], None]


class Controls:
    """A thread-safe inbox. `send` and `ask` may be called from any thread; `take` and `wait` only from the loop."""

    def __init__(self, watched: bool = False) -> None:
        self.watched = watched
        """Whether anybody follows the job; probes rest while nobody does."""
        self.inbox: deque[Told | Question] = deque()
        """Read by the loop before each step, as a plain truth value: no lock is taken where nothing arrived."""
        self._arrived = threading.Condition()

    def send(self, command: Command, id: str = "") -> None:
        """Tell the job something; the answer is a `command` event with this id."""
        self._put(Told(command, id))

    def ask(self, question: Question) -> None:
        """Have inputs predicted between two steps."""
        self._put(question)

    def watch(self, watched: bool) -> None:
        """Say whether anybody follows the job; wakes a job that waits, so that it shows itself."""
        with self._arrived:
            self.watched = watched
            self._arrived.notify_all()

    def take(self) -> Told | Question | None:
        """The oldest that was not taken yet, or None."""
        return self.inbox.popleft() if self.inbox else None

    @property
    def stops(self) -> bool:
        """Whether a stop command waits, so that long work may be cut short."""
        return any(isinstance(item, Told) and item.command.kind == "stop" for item in list(self.inbox))

    def wait(self, seconds: float | None = None) -> None:
        """Return once something is in the inbox or `watched` changes, or after `seconds`."""
        watched = self.watched
        with self._arrived:
            self._arrived.wait_for(lambda: bool(self.inbox) or self.watched != watched, seconds)

    def _put(self, item: Told | Question) -> None:
        with self._arrived:
            self.inbox.append(item)
            self._arrived.notify_all()
