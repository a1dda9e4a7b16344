"""Frames on the pipes between server and child: four bytes of length, then JSON. Nothing is ever unpickled.

The child encodes and reads with plain blocking calls; `pool` reads without blocking through `Inbox`.
"""

from __future__ import annotations

import os
import struct
from typing import Any

import orjson

_LENGTH = struct.Struct("<I")


def frame(body: bytes) -> bytes:
    return _LENGTH.pack(len(body)) + body


def write_all(fd: int, data: bytes) -> None:
    """Blocking; returns when everything is in the pipe."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(fd, rest) :]


def read_frame(fd: int, limit: int) -> bytes | None:
    """Blocking; None when the other side has closed or announces more than `limit` bytes."""
    inbox = Inbox(limit)
    while True:
        data = os.read(fd, inbox.wanted)
        if not data:
            return None
        try:
            body = inbox.feed(data)
        except ValueError:
            return None
        if body is not None:
            return body


class Inbox:
    """Puts one frame after another together from whatever pieces arrive."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._data = bytearray()

    @property
    def wanted(self) -> int:
        """How much to read at most: never past the frame in hand, whose length may still be unknown."""
        if len(self._data) < _LENGTH.size:
            return _LENGTH.size - len(self._data)
        return int(_LENGTH.unpack_from(self._data)[0]) + _LENGTH.size - len(self._data)

    def feed(self, data: bytes) -> bytes | None:
        """The frame's body once it is whole. ValueError when it announces more than the limit."""
        self._data += data
        if len(self._data) < _LENGTH.size:
            return None
        length = int(_LENGTH.unpack_from(self._data)[0])
        if length > self._limit:
            raise ValueError(f"a frame of {length:,} bytes, {self._limit:,} are allowed")
        if len(self._data) < _LENGTH.size + length:
            return None
        body = bytes(self._data[_LENGTH.size : _LENGTH.size + length])
        del self._data[: _LENGTH.size + length]
        return body


def to_json(value: Any) -> bytes:
    """JSON of anything a snippet may hold: an integer beyond 64 bits goes as text, half a surrogate as `?`."""
    try:
        return orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY)
    except TypeError:
        return orjson.dumps(_speakable(value), option=orjson.OPT_SERIALIZE_NUMPY)


def _speakable(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(_speakable(key)): _speakable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_speakable(item) for item in value]
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, int) and value.bit_length() > 63:
        return str(value)
    if value is None or isinstance(value, (int, float)) or type(value).__module__ == "numpy":
        return value
    raise TypeError(f"a {type(value).__name__} has no place in an answer")
