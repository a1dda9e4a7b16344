"""Messages between the server and a worker process: a 4-byte little-endian length, then a MessagePack map.

To a worker: `job`, `command`, `watched`, `predict`; from it: `beat`, `ready`, `chunk`, `answer`, `done`. This module loads
no torch, so that both sides share it.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any, BinaryIO

import ormsgpack

from freedive.protocol.commands import Changes
from freedive.training.context import ResumePoint

BEAT_SECONDS = 1.0
"""A worker says so often that it lives, from a thread of its own: a long step is no standstill."""

LENGTH = struct.Struct("<I")
Message = dict[str, Any]


def pack(message: Message) -> bytes:
    """The bytes of one message, length first."""
    body = ormsgpack.packb(message)
    return LENGTH.pack(len(body)) + body


def read(stream: BinaryIO) -> Message | None:
    """The next message, or None at the end of the stream (also where it ends inside a message)."""
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    (size,) = LENGTH.unpack(head)
    body = stream.read(size)
    if len(body) < size:
        return None
    message: Message = ormsgpack.unpackb(body)
    return message


def resume_from_wire(plain: Message | None) -> ResumePoint | None:
    """The resume point that was meant."""
    if plain is None:
        return None
    checkpoint, changes = plain.get("checkpoint"), plain.get("changes")
    return ResumePoint(
        reason=plain["reason"],
        checkpoint=None if checkpoint is None else Path(checkpoint),
        at_step=plain.get("at_step"),
        changes=None if changes is None else Changes.model_validate(changes),
        paused=plain.get("paused", False),
    )
