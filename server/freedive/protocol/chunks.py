"""Chunks: how events travel and rest. Encoded once, in the worker, and never again.

A chunk's payload is the MessagePack of a list of events, all facts or exactly one snapshot. A frame is what the
log stores and the socket sends: the MessagePack array `[job, first_seq, count, retention, key, step]` followed by the
payload. A socket message is one or more frames, one after the other, so a reader decodes pairs (header, events).
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any, NamedTuple

import ormsgpack
from pydantic import BaseModel

from freedive.protocol.events import SNAPSHOTS, Event, Retention


class Chunk(NamedTuple):
    """Encoded events on their way to the log."""

    retention: Retention
    key: str
    """Event types in it, comma-separated (one type for a snapshot)."""
    step: int
    """Highest step in it."""
    count: int  # type: ignore[assignment]  # the number of events; nobody asks a tuple to count
    payload: bytes


class Header(NamedTuple):
    """The first half of a frame."""

    job: str
    first_seq: int
    count: int  # type: ignore[assignment]  # the number of events; nobody asks a tuple to count
    retention: Retention
    key: str
    step: int


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return {name: _plain(v) for name, v in value.__dict__.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    return value


def encode(events: Iterable[Event]) -> list[Chunk]:
    """Group events into chunks: consecutive facts together, each snapshot by itself. Order is kept.

    Events without a time get the present one.
    """
    chunks: list[Chunk] = []
    facts: list[Any] = []

    def close() -> None:
        if facts:
            types = dict.fromkeys(fact["type"] for fact in facts)
            step = max(fact["step"] for fact in facts)
            chunks.append(Chunk("fact", ",".join(types), step, len(facts), ormsgpack.packb(facts)))
            facts.clear()

    for event in events:
        plain = _plain(event)
        plain["time"] = plain["time"] or time.time()
        if event.type in SNAPSHOTS:
            close()
            chunks.append(Chunk("snapshot", event.type, event.step, 1, ormsgpack.packb([plain])))
        else:
            facts.append(plain)
    close()
    return chunks


def frame(job: str, first_seq: int, chunk: Chunk) -> bytes:
    """Put the header before the payload."""
    header = ormsgpack.packb([job, first_seq, chunk.count, chunk.retention, chunk.key, chunk.step])
    return header + chunk.payload


def unframe(message: bytes) -> list[tuple[Header, list[dict[str, Any]]]]:
    """Read the frames of a socket message or a log row; each event gets its `seq`. ValueError, TypeError where they are none."""
    import msgpack  # type: ignore[import-untyped,unused-ignore]  # reads a sequence of objects, which ormsgpack does not

    unpacker = msgpack.Unpacker(raw=False, max_buffer_size=0)
    unpacker.feed(message)
    frames = []
    for head in unpacker:
        header = Header(*head)
        try:
            events = unpacker.unpack()
        except msgpack.UnpackException as error:
            raise ValueError("a frame ends before its events") from error
        for i, event in enumerate(events):
            event["seq"] = header.first_seq + i
        frames.append((header, events))
    return frames
