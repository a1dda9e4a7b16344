"""Numbers, truth values and None as values of a snippet."""

from __future__ import annotations

from typing import Any

from freedive.lab.kinds import Kind, Native, register
from freedive.lab.operators import NUMBERS, PLAIN, numbers


class NumberKind(Kind):
    """int, float and bool."""

    data = True

    rank = 1

    def __init__(self) -> None:
        super().__init__()
        self.attributes = {
            "is_integer": Native("is_integer", lambda x: float(x).is_integer()),
            "bit_length": Native("bit_length", lambda x: int(x).bit_length()),
            "bit_count": Native("bit_count", lambda x: int(x).bit_count()),
            "conjugate": Native("conjugate", lambda x: x),
            "as_integer_ratio": Native("as_integer_ratio", lambda x: x.as_integer_ratio()),
        }

    def binary(self, op: str, a: Any, b: Any) -> Any:
        if type(a) in NUMBERS and type(b) in NUMBERS:
            return numbers(op, a, b)
        return super().binary(op, a, b)

    def compare(self, op: str, a: Any, b: Any) -> Any:
        if type(a) in NUMBERS and type(b) in NUMBERS:
            return PLAIN[op](a, b)
        return super().compare(op, a, b)

    def truth(self, value: Any) -> bool:
        return bool(value)

    def repr(self, value: Any) -> str:
        return repr(value)

    def format(self, value: Any, spec: str) -> str:
        return format(value, spec)

    def number(self, value: Any, cls: type) -> Any:
        return cls(value)

    def index(self, value: Any) -> int:
        if type(value) is float:
            raise TypeError("'float' object cannot be interpreted as an integer")
        return int(value)

    def encode(self, value: Any, encoder: Any) -> dict[str, Any]:
        return {
            "kind": type(value).__name__,
            "data": encoder.number(value),
            "repr": encoder.clip(repr(value)),
        }


class NoneKind(Kind):
    data = True
    name = "none"

    def type_name(self, value: Any) -> str:
        return type(value).__name__

    def truth(self, value: Any) -> bool:
        return value is not None

    def repr(self, value: Any) -> str:
        return repr(value)

    def encode(self, value: Any, encoder: Any) -> dict[str, Any]:
        return {"kind": "none" if value is None else "object", "data": None, "repr": repr(value)}


register(NumberKind(), int, float, bool)
register(NoneKind(), type(None), type(Ellipsis), type(NotImplemented))
