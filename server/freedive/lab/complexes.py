"""Complex numbers as values of a snippet, and the `cmath` of the standard library."""

from __future__ import annotations

import cmath
from typing import Any

from freedive.lab import arrays
from freedive.lab.kinds import Kind, Native, Property, kind_of, register
from freedive.lab.namespaces import Namespace
from freedive.lab.operators import PLAIN, UNARY
from freedive.lab.types import TypeRef, publish_type

NUMERIC = (int, float, complex)
_NO_ORDER = frozenset({"lt", "le", "gt", "ge"})


class ComplexKind(Kind):
    data = True
    name = "complex"
    data = True
    rank = 2

    def __init__(self) -> None:
        super().__init__()
        self.attributes = {
            "real": Property(lambda z: z.real), "imag": Property(lambda z: z.imag),
            "conjugate": Native("conjugate", lambda z: z.conjugate()),
        }  # fmt: skip

    def binary(self, op: str, a: Any, b: Any) -> Any:
        if (
            isinstance(a, NUMERIC)
            and isinstance(b, NUMERIC)
            and op in ("add", "sub", "mul", "truediv", "pow")
        ):
            return PLAIN[op](a, complex(b))
        return super().binary(op, a, b)

    def unary(self, op: str, value: Any) -> Any:
        if op == "abs":
            return abs(value)
        return super().unary(op, value) if op == "invert" else UNARY[op](value)

    def compare(self, op: str, a: Any, b: Any) -> Any:
        if op in _NO_ORDER or not isinstance(a, NUMERIC) or not isinstance(b, NUMERIC):
            return super().compare(op, a, b)
        return PLAIN[op](a, b)

    def truth(self, value: Any) -> bool:
        return bool(value)

    def repr(self, value: Any) -> str:
        return repr(value)

    def format(self, value: Any, spec: str) -> str:
        return format(value, spec)

    def number(self, value: Any, cls: type) -> Any:
        return cls(value)

    def encode(self, value: Any, encoder: Any) -> dict[str, Any]:
        return {"kind": "complex", "data": arrays.number(value), "repr": repr(value)}


def _complex(real: Any = 0, imag: Any = 0) -> complex:
    if isinstance(real, str):
        if len(real) > 100:
            raise ValueError("complex() arg is a malformed string")
        return complex(real)
    parts = [x if isinstance(x, NUMERIC) else kind_of(x).number(x, complex) for x in (real, imag)]
    return complex(*parts)


COMPLEX = publish_type(TypeRef("complex", complex, _complex))
register(ComplexKind(), complex)

_CMATH = (
    "sqrt", "exp", "log", "log10", "phase", "polar", "rect", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh",
    "tanh", "isnan", "isinf", "isfinite", "isclose",
)  # fmt: skip


def _cmath(name: str) -> Native:
    function = getattr(cmath, name)

    def run(*args: Any, **kwargs: Any) -> Any:
        plain = [a if isinstance(a, NUMERIC) else kind_of(a).number(a, complex) for a in args]
        return function(*plain, **kwargs)

    return Native(name, run, function.__doc__ or "")


def space() -> Namespace:
    members: dict[str, Any] = {name: _cmath(name) for name in _CMATH}
    return Namespace("cmath", {**members, "pi": cmath.pi, "e": cmath.e, "inf": cmath.inf, "nan": cmath.nan})
