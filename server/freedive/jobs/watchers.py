"""Watchers: wakes whoever waits on a job. It holds no messages, so no queue can overflow; readers ask the log."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Watchers:
    """One flag per reader. A reader that is busy sending finds its flag up when it comes back."""

    def __init__(self) -> None:
        self._flags: dict[str, set[asyncio.Event]] = {}
        self.on_count: Callable[[str, int], None] = lambda job, count: None
        """Called when a job gains or loses a watcher."""

    @contextmanager
    def follow(self, jobs: list[str], *, counted: bool = True) -> Iterator[asyncio.Event]:
        """A flag that goes up whenever one of the jobs has something new. Lower it before reading."""
        flag = asyncio.Event()
        for job in jobs:
            self._flags.setdefault(job, set()).add(flag)
            if counted:
                self.on_count(job, self.count(job))
        try:
            yield flag
        finally:
            for job in jobs:
                self._flags[job].discard(flag)
                if not self._flags[job]:
                    del self._flags[job]
                if counted:
                    self.on_count(job, self.count(job))

    def wake(self, job: str) -> None:
        """Raise the flags of all who follow a job."""
        for flag in self._flags.get(job, ()):
            flag.set()

    def count(self, job: str) -> int:
        """How many follow it."""
        return len(self._flags.get(job, ()))

    @property
    def total(self) -> int:
        """All of them, once for each job they follow."""
        return sum(len(flags) for flags in self._flags.values())
