"""Parking: paused jobs give their workers to those who wait, and hear what they were told once they have one again.

It keeps the times and the words; dispatcher.py gives workers and takes them.
"""

from __future__ import annotations

import time
from collections.abc import Container

from freedive.executors.base import Executor
from freedive.jobs.job import Job
from freedive.protocol.commands import Command

SHORT_PAUSE = 3.0
"""Seconds: so long a paused job that nobody touches keeps a worker that others wait for."""
LONG_PAUSE = 600.0
"""Seconds: so long it keeps one that nobody waits for."""


class Parking:
    """Which paused jobs keep a worker and since when, and what parked ones are told."""

    def __init__(self, executor: Executor) -> None:
        self.executor = executor
        self._since: dict[str, float] = {}
        """By the monotonic clock, when each paused job that has a worker was last touched."""
        self._asked: set[str] = set()
        """Those that were asked for their workers."""
        self._told: dict[str, list[tuple[str, Command]]] = {}

    def note(self, job: Job, entered: bool, touched: bool) -> None:
        """A job said something: it entered a state, or answered a command."""
        if entered:
            self._asked.discard(job.id)
        if job.state != "paused":
            self._since.pop(job.id, None)
        elif entered or touched:
            self._since[job.id] = time.monotonic()

    def left(self, job: Job) -> None:
        """It has no worker any more."""
        self._since.pop(job.id, None)
        self._asked.discard(job.id)

    def make_room(self, waiting: int, running: Container[str]) -> None:
        """Ask paused jobs for their workers: as many as are waited for, and those that nobody comes back to."""
        now, wanted = time.monotonic(), waiting - len(self._asked)
        for id, since in sorted(self._since.items(), key=lambda item: item[1]):
            if id in self._asked or id not in running:
                continue
            if now - since >= (SHORT_PAUSE if wanted > 0 else LONG_PAUSE):
                self._asked.add(id)
                self.executor.park(id)
                wanted -= 1

    def tell(self, job: Job, id: str, command: Command) -> bool:
        """Keep a command for a parked job; whether it is the first, so that the job must be woken."""
        told = self._told.setdefault(job.id, [])
        told.append((id, command))
        return len(told) == 1

    def take(self, job: Job) -> list[tuple[str, Command]]:
        """What it was told meanwhile."""
        return self._told.pop(job.id, [])
