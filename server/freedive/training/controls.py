"""Controls: what people tell a running job. The far side's reader thread fills it, the loop empties it between steps."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from freedive.protocol.commands import Command

if TYPE_CHECKING:
    from freedive.training.state import TrainingState


@dataclass(frozen=True)
class Told:
    """A command and the id under which it is answered."""

    command: Command
    id: str = ""


@dataclass(frozen=True)
class Question:
    """Work to be done between two steps, on the thread that trains; it must leave the state as it is."""

    answer: Callable[[TrainingState | None], None]
    """Called once, with the live state, or with None where the job has ended."""


@dataclass(frozen=True)
class Abandon:
    """Leave everything as it is and say nothing more."""


@dataclass(frozen=True)
class Park:
    """Give the worker back if the job is paused: it goes on from a checkpoint of this very state."""


Item = Told | Question | Abandon | Park


class Controls:
    """A thread-safe inbox. `send` and `ask` may be called from any thread; `take` and `wait` only from the loop."""

    def __init__(self, watched: bool = False) -> None:
        self.watched = watched
        """Whether anybody follows the job; probes rest while nobody does."""
        self.inbox: deque[Item] = deque()
        """Read by the loop before each step, as a plain truth value: no lock is taken where nothing arrived."""
        self._arrived = threading.Condition()

    def send(self, command: Command, id: str = "") -> None:
        """Tell the job something; the answer is a `command` event with this id."""
        self._put(Told(command, id))

    def ask(self, question: Question) -> None:
        """Have something answered between two steps."""
        self._put(question)

    def abandon(self) -> None:
        """End the job without a word: it goes on from its newest checkpoint another time."""
        self._put(Abandon())

    def park(self) -> None:
        """Free the worker of a paused job; nothing happens to one that runs."""
        self._put(Park())

    def watch(self, watched: bool) -> None:
        """Say whether anybody follows the job; wakes a job that waits, so that it shows itself."""
        with self._arrived:
            self.watched = watched
            self._arrived.notify_all()

    def take(self) -> Item | None:
        """The oldest that was not taken yet, or None."""
        return self.inbox.popleft() if self.inbox else None

    @property
    def stops(self) -> bool:
        """Whether a command to end waits, so that long work may be cut short."""
        return any(
            isinstance(item, Abandon) or (isinstance(item, Told) and item.command.kind == "stop")
            for item in list(self.inbox)
        )

    def wait(self, seconds: float | None = None) -> None:
        """Return once something is in the inbox or `watched` changes, or after `seconds`."""
        watched = self.watched
        with self._arrived:
            patience = None if seconds is None else min(seconds, threading.TIMEOUT_MAX)
            self._arrived.wait_for(lambda: bool(self.inbox) or self.watched != watched, patience)

    def _put(self, item: Item) -> None:
        with self._arrived:
            self.inbox.append(item)
            self._arrived.notify_all()
