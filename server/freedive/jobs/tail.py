"""Tail: the part of a job's log that lies in memory, shared by all of its watchers; event_log.py fills it."""

from __future__ import annotations

from bisect import bisect_right
from typing import Any, NamedTuple

import ormsgpack

from freedive.protocol.chunks import Chunk, frame, unframe

TAIL_BYTES = 512_000
"""Facts kept in memory per job: some seconds, so that live watchers never touch the disk."""
MESSAGE_BYTES = 1_000_000
"""A reader far behind gets pieces of about this size, so that a stalled one holds no more than this."""
PASSING = {"watchers": 1, "queue": 1, "progress": 1}
"""Snapshots that mean something only now: no frames for the scrubber."""


class Entry(NamedTuple):
    """A frame in memory, or knowledge of one on the disk (`frame` is None)."""

    first: int
    last: int
    key: str
    step: int
    frame: bytes | None


class Message(NamedTuple):
    """Frames after a cursor, joined, and the cursor after them."""

    frames: bytes
    cursor: int
    more: bool = False
    """Whether the log had more to give than fits one message."""


class Tail:
    """What is known of a job's log without the disk. Not thread-safe; the log's lock guards it."""

    def __init__(self, number: int, last: int, kept: dict[str, list[tuple[int, int]]]) -> None:
        self.number = number
        self.last = last
        """Newest sequence number."""
        self.floor = last
        """Facts after it are in memory."""
        self.committed = last
        """Facts up to it are on the disk."""
        self.written = last
        """Everything up to it is on the disk, snapshots too."""
        self.facts: list[Entry] = []
        self.bytes = 0
        self.kept = kept
        """By snapshot type: (step, sequence number) of each frame that the log has, ascending."""
        self.newest = {key: Entry(f[-1][1], f[-1][1], key, f[-1][0], None) for key, f in kept.items() if f}
        self._joined: dict[int, Message] = {}

    def append(self, job: str, chunk: Chunk, limit: int) -> tuple[Entry, list[int]]:
        """Number a chunk. Returns its entry and the sequence numbers of snapshots that the log lets go."""
        first, self.last = self.last + 1, self.last + chunk.count
        entry = Entry(first, self.last, chunk.key, chunk.step, frame(job, first, chunk))
        self._joined.clear()
        if chunk.retention == "snapshot":
            return entry, self._supersede(entry, PASSING.get(chunk.key, limit))
        self.facts.append(entry)
        self.bytes += len(entry.frame or b"")
        if "rewound" in chunk.key:
            return entry, self._rewind(chunk)
        return entry, []

    def read(self, after: int) -> Message | None:
        """Frames after a cursor; None where the disk is needed. The same cursor gives the same bytes object."""
        if after >= self.last:
            return Message(b"", after)
        message = self._joined.get(after)
        if message is None and after >= self.floor:
            facts = self.facts[bisect_right(self.facts, after, key=lambda e: e.last) :]
            shown = [entry for entry in self.newest.values() if entry.last > after]
            if all(entry.frame is not None for entry in shown):
                message = self._joined[after] = joined(facts + shown, after, self.last)
        return message

    def release(self, committed: int, whole: bool) -> None:
        """Learn how much is on the disk, and let go of the oldest facts beyond the budget."""
        self.committed = max(self.committed, committed)
        self.written = self.committed if whole else self.written
        gone = 0
        while self.bytes > TAIL_BYTES and gone < len(self.facts) and self.facts[gone].last <= self.committed:
            self.bytes -= len(self.facts[gone].frame or b"")
            self.floor = self.facts[gone].last
            gone += 1
        del self.facts[:gone]

    def shown_at(self, step: int, keys: set[str] | None) -> list[Entry]:
        """The newest snapshot of each type at or before a step."""
        found = []
        for key, frames in self.kept.items():
            at = bisect_right(frames, step, key=lambda f: f[0])
            if at and (keys is None or key in keys):
                held = self.newest[key]
                first = frames[at - 1][1]
                found.append(
                    held if held.first == first else Entry(first, first, key, frames[at - 1][0], None)
                )
        return sorted(found)

    def _supersede(self, entry: Entry, limit: int) -> list[int]:
        """Keep frames spread over the whole job: of too many, let go of the one that leaves the smallest gap in steps.

        The first and the newest stay, so gaps stay within about a factor of two of each other.
        """
        frames = self.kept.setdefault(entry.key, [])
        frames.append((entry.step, entry.first))
        self.newest[entry.key] = entry
        if len(frames) <= limit:
            return []
        if limit == 1:
            return [frames.pop(0)[1]]
        gaps = [after[0] - before[0] for before, after in zip(frames, frames[2:], strict=False)]
        return [frames.pop(gaps.index(min(gaps)) + 1)[1]]

    def _rewind(self, chunk: Chunk) -> list[int]:
        """Let go of snapshots from the part of history that is taken back."""
        dropped: list[int] = []
        events: list[dict[str, Any]] = ormsgpack.unpackb(chunk.payload)
        for step in [event["step"] for event in events if event["type"] == "rewound"]:
            for key, frames in self.kept.items():
                keep = bisect_right(frames, step, key=lambda f: f[0])
                dropped += [seq for _, seq in frames[keep:]]
                del frames[keep:]
                if not frames:
                    self.newest.pop(key, None)
                elif frames[-1][1] != self.newest[key].first:
                    self.newest[key] = Entry(frames[-1][1], frames[-1][1], key, frames[-1][0], None)
        return dropped


def joined(entries: list[Entry], after: int, last: int) -> Message:
    """Frames in order, about MESSAGE_BYTES of them; the cursor is `last` unless some are left for the next message."""
    entries = sorted(entries)
    parts: list[bytes] = []
    size = 0
    for i, entry in enumerate(entries):
        if entry.frame is None:
            continue
        if size > MESSAGE_BYTES:
            return Message(b"".join(parts), entries[i - 1].last, True)
        data = entry.frame if entry.first > after else since(entry.frame, after)
        parts.append(data)
        size += len(data)
    return Message(b"".join(parts), last)


def since(data: bytes, after: int) -> bytes:
    """A frame of facts without those up to `after`. Only a cursor that no message gave needs it."""
    ((header, events),) = unframe(data)
    rest = [{**event, "seq": 0} for event in events if event["seq"] > after]
    payload = ormsgpack.packb(rest)
    return frame(header.job, after + 1, Chunk(header.retention, header.key, header.step, len(rest), payload))
