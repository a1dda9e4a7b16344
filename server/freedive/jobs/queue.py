"""Queue: jobs that wait for a worker, in turn by submitter, so that nobody's hundred jobs keep another's one waiting."""

from __future__ import annotations

from collections import OrderedDict, deque

from freedive.errors import TooMany


class FairQueue:
    """Round robin over submitters, first come first served within one. Jobs that lost their worker go first."""

    def __init__(self) -> None:
        self._first: deque[str] = deque()
        self._lines: OrderedDict[str, deque[str]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._first) + sum(len(line) for line in self._lines.values())

    def put(self, job: str, submitter: str) -> None:
        """At the end of the submitter's line."""
        self._lines.setdefault(submitter, deque()).append(job)

    def put_first(self, job: str) -> None:
        """Before everyone: it had its turn and was interrupted."""
        self._first.append(job)

    def take(self) -> str:
        """The next job. Raises IndexError when nobody waits."""
        if self._first:
            return self._first.popleft()
        if not self._lines:
            raise IndexError("nobody waits")
        submitter, line = next(iter(self._lines.items()))
        job = line.popleft()
        if line:
            self._lines.move_to_end(submitter)
        else:
            del self._lines[submitter]
        return job

    def remove(self, job: str) -> bool:
        """Take a job out; False if it did not wait."""
        if job in self._first:
            self._first.remove(job)
            return True
        for submitter, line in self._lines.items():
            if job in line:
                line.remove(job)
                if not line:
                    del self._lines[submitter]
                return True
        return False

    def order(self) -> list[str]:
        """All who wait, as they will be taken if nobody else comes."""
        lines = [list(line) for line in self._lines.values()]
        longest = max((len(line) for line in lines), default=0)
        return list(self._first) + [
            line[turn] for turn in range(longest) for line in lines if turn < len(line)
        ]

    def admit(self, count: int, most: int) -> None:
        """Raise TooMany where so many more would be more than may wait."""
        if len(self) + count > most:
            raise TooMany(
                f"{len(self)} jobs wait already, and the queue holds {most}.",
                retry_after=30,
                hint="Try again when some have ended, or stop some that wait.",
            )
