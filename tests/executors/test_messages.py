"""Messages: what is packed comes out of a stream again, and a torn stream is its end."""

from __future__ import annotations

import io
from pathlib import Path

from freedive.executors.messages import pack, read, resume_from_wire
from freedive.protocol.commands import Changes
from freedive.training.context import ResumePoint


def test_messages_follow_one_another() -> None:
    first, second = {"type": "chunk", "payload": b"\0\xff" * 1000}, {"type": "done", "job": "ä"}
    stream = io.BytesIO(pack(first) + pack(second))
    assert [read(stream), read(stream), read(stream)] == [first, second, None]


def test_a_torn_message_is_the_end() -> None:
    whole = pack({"type": "done"})
    assert all(read(io.BytesIO(whole[:length])) is None for length in range(len(whole)))


def test_where_to_go_on_from() -> None:
    assert resume_from_wire(None) is None
    plain = {"reason": "fork", "checkpoint": "/a/b", "at_step": 7, "changes": {"lr": 0.5}, "paused": True}
    assert resume_from_wire(plain) == ResumePoint("fork", Path("/a/b"), 7, Changes(lr=0.5), True)
    bare = {"reason": "worker_lost", "checkpoint": None, "at_step": None, "changes": None}
    assert resume_from_wire(bare) == ResumePoint("worker_lost")
