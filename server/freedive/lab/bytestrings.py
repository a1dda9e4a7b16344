"""Bytes as values of a snippet: what `text.encode()` and `b"..."` give."""

from __future__ import annotations

from typing import Any

from freedive.lab.kinds import Native, register
from freedive.lab.operators import PLAIN
from freedive.lab.running import running
from freedive.lab.sequences import SequenceKind, repeat
from freedive.lab.types import TypeRef, publish_type

ENCODINGS = frozenset({"utf8", "ascii", "latin1", "utf16", "utf32", "iso88591"})
"""Written without their hyphens; whatever else Python knows by name it would have to import."""


def _named(encoding: Any) -> str:
    if not isinstance(encoding, str) or encoding.lower().replace("-", "").replace("_", "") not in ENCODINGS:
        raise LookupError(f"unknown encoding: {encoding}")
    return encoding


def encode(text: str, encoding: str = "utf-8", errors: str = "strict") -> bytes:
    """`str.encode`."""
    running.meter.text(4 * len(text))
    return text.encode(_named(encoding), errors)


def _decode(value: bytes, encoding: str = "utf-8", errors: str = "strict") -> str:
    return value.decode(_named(encoding), errors)


class BytesKind(SequenceKind):
    data = True
    name = "bytes"
    data = True

    def __init__(self) -> None:
        super().__init__()
        self.attributes = {
            "decode": Native("decode", _decode), "hex": Native("hex", lambda value: value.hex()),
            **{name: Native(name, getattr(bytes, name)) for name in ("startswith", "endswith", "find", "count", "strip", "upper", "lower")},
        }  # fmt: skip

    def binary(self, op: str, a: Any, b: Any) -> Any:
        if op == "add" and isinstance(a, bytes) and isinstance(b, bytes):
            running.meter.text(len(a) + len(b))
            return a + b
        if op == "mul":
            return repeat(a, b)
        return super().binary(op, a, b)

    def compare(self, op: str, a: Any, b: Any) -> Any:
        both = isinstance(a, bytes) and isinstance(b, bytes)
        return bool(PLAIN[op](a, b)) if both else super().compare(op, a, b)

    def contains(self, value: Any, item: Any) -> bool:
        return item in value if isinstance(item, int | bytes) else super().contains(value, item)

    def repr(self, value: Any) -> str:
        return repr(value)

    def encode(self, value: Any, encoder: Any) -> dict[str, Any]:
        return {"kind": "bytes", "repr": encoder.clip(repr(value))}


register(BytesKind(), bytes)
publish_type(TypeRef("bytes", bytes))
