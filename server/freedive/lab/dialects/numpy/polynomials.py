"""numpy.polynomial: polynomials as objects, in the usual basis and in Chebyshev's, Legendre's and Hermite's."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
from numpy import polynomial
from numpy.polynomial._polybase import ABCPolyBase

from freedive.lab.dialects.numpy.functions import NUMPY
from freedive.lab.door import Op, hand_over
from freedive.lab.importing import publish
from freedive.lab.kinds import Kind, Native, Property, register
from freedive.lab.namespaces import Namespace
from freedive.lab.running import running
from freedive.lab.types import TypeRef, publish_type

CLASSES = ("Polynomial", "Chebyshev", "Legendre", "Hermite", "HermiteE", "Laguerre")
FUNCTIONS = "polyval polyadd polysub polymul polydiv polyder polyint polyroots polyfromroots polyfit polyvander polypow"
_LARGEST = 1_000
_OPERATORS = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "floordiv": operator.floordiv,
    "mod": operator.mod,
}


def _small(*sizes: int) -> None:
    if max(sizes, default=0) > _LARGEST:
        raise ValueError(f"a polynomial of a degree above {_LARGEST} is not offered in the lab")


def _size(value: Any) -> int:
    return len(value.coef) if isinstance(value, ABCPolyBase) else int(np.size(value))


_EVALUATE = Op("Polynomial(…)", lambda p, x: p(x), "elementwise")


class SeriesKind(Kind):
    name = "object"
    rank = 33

    def __init__(self) -> None:
        super().__init__()
        self.attributes = {
            "coef": Property(lambda p: p.coef), "domain": Property(lambda p: p.domain), "window": Property(lambda p: p.window),
            "degree": Native("degree", lambda p: p.degree()), "deriv": Native("deriv", lambda p, m=1: p.deriv(int(m))),
            "integ": Native("integ", _integral), "roots": Native("roots", _roots), "convert": Native("convert", lambda p, kind=None: p.convert()),
            "copy": Native("copy", lambda p: p.copy()), "trim": Native("trim", lambda p, tol=0: p.trim(tol)), "linspace": Native("linspace", _spread),
        }  # fmt: skip

    def type_name(self, value: Any) -> str:
        return type(value).__name__

    def call(self, value: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        return _EVALUATE.call((value, *args), {})

    def native(self, value: Any) -> Any:
        return value

    def binary(self, op: str, a: Any, b: Any) -> Any:
        a, b = hand_over(a), hand_over(b)
        if op == "pow" and isinstance(b, int):
            _small(_size(a) * max(1, b))
            return a**b
        if op == "truediv" and isinstance(b, int | float):
            return a / b
        if op not in _OPERATORS:
            return super().binary(op, a, b)
        _small(_size(a) + _size(b))
        return _OPERATORS[op](a, b)

    def compare(self, op: str, a: Any, b: Any) -> Any:
        return bool(a == b) is (op == "eq") if op in ("eq", "ne") else super().compare(op, a, b)

    def unary(self, op: str, value: Any) -> Any:
        return -value if op == "neg" else super().unary(op, value)

    def text(self, value: Any) -> str:
        return str(value)

    def repr(self, value: Any) -> str:
        return repr(value)


def _integral(p: Any, m: int = 1, k: Any = ()) -> Any:
    _small(int(m))
    return p.integ(int(m), hand_over(k) or [])


def _roots(p: Any) -> Any:
    running.meter.spend_flops(10.0 * float(len(p.coef)) ** 3, "roots")
    return p.roots()


def _spread(p: Any, n: int = 100) -> Any:
    running.meter.elements(int(n))
    return p.linspace(int(n))


def _fitted(python: Any) -> Native:
    def fit(x: Any, y: Any, deg: Any, **kwargs: Any) -> Any:
        degree = int(np.max(hand_over(deg)))
        running.meter.elements(_size(hand_over(x)) * (degree + 1))
        running.meter.spend_flops(4.0 * _size(hand_over(x)) * float(degree + 1) ** 2, "a fit")
        return python.fit(
            hand_over(x), hand_over(y), hand_over(deg), **{k: hand_over(v) for k, v in kwargs.items()}
        )

    return Native("fit", fit)


def _made(python: Any) -> Any:
    def make(coef: Any, domain: Any = None, window: Any = None, **kwargs: Any) -> Any:
        coef = hand_over(coef)
        _small(_size(coef))
        return python(coef, hand_over(domain), hand_over(window))

    return make


def load() -> None:
    members: dict[str, Any] = {}
    for name in CLASSES:
        python = getattr(polynomial, name)
        ref = publish_type(TypeRef(name, python, _made(python), module="numpy.polynomial"))
        ref.members.update(fit=_fitted(python), fromroots=Native("fromroots", _from_roots(python)))
        members[name] = ref
    functions = Namespace("numpy.polynomial.polynomial", {"Polynomial": members["Polynomial"]})
    for name in FUNCTIONS.split():
        functions.members[name] = Op(name, _guarded(getattr(polynomial.polynomial, name)), "query", "none")
    space = Namespace("numpy.polynomial", {**members, "polynomial": functions})
    NUMPY.members["polynomial"] = space
    publish(space, functions)


def _from_roots(python: Any) -> Any:
    def make(roots: Any) -> Any:
        roots = hand_over(roots)
        _small(_size(roots))
        return python.fromroots(roots)

    return make


def _guarded(function: Any) -> Any:
    def run(*args: Any, **kwargs: Any) -> Any:
        if function.__name__ in ("polyvander", "polyfit", "polypow"):
            _small(*(int(each) for each in (*args, *kwargs.values()) if isinstance(each, int)))
        running.meter.spend_flops(float(max(map(_size, args), default=1)) ** 2, function.__name__)
        return function(*args, **kwargs)

    return run


register(SeriesKind(), ABCPolyBase)
