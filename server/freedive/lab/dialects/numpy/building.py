"""np.mgrid, np.ogrid, np.r_, np.c_: arrays built by slices; ndenumerate, ndindex, nditer; errstate; poly1d."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from freedive.lab.dialects.numpy.functions import NUMPY
from freedive.lab.door import Op, hand_over
from freedive.lab.kinds import Kind, Native, Property, register
from freedive.lab.plain import Lazy
from freedive.lab.problems import Refused
from freedive.lab.running import running


class Builder:
    """Something that makes an array of what stands in its brackets."""

    def __init__(self, name: str, python: Any) -> None:
        self.op = Op(name, lambda *parts: python[parts if len(parts) > 1 else parts[0]], "creation", "none")


def _steps(part: slice) -> int:
    """How many numbers a slice stands for; an imaginary step, as in `0:1:5j`, is that number itself."""
    start, stop, step = part.start or 0, part.stop, 1 if part.step is None else part.step
    if isinstance(step, complex):
        return int(abs(step))
    if stop is None or not step:
        raise TypeError("a slice in these brackets needs an end and a step that is not 0")
    span = (float(stop) - float(start)) / float(step)
    return max(0, math.ceil(span)) if math.isfinite(span) else 0


class BuilderKind(Kind):
    name = "object"

    def getitem(self, value: Any, index: Any) -> Any:
        parts = index if isinstance(index, tuple) else (index,)
        counts = [_steps(part) if isinstance(part, slice) else 1 for part in parts]
        running.meter.elements(
            math.prod(counts) * len(counts) if value.op.name in ("mgrid", "ogrid") else sum(counts)
        )
        if value.op.name in ("mgrid", "ogrid") and not all(isinstance(part, slice) for part in parts):
            raise TypeError(f"np.{value.op.name} takes slices, as in np.{value.op.name}[0:2, 0:3]")
        if any(isinstance(part, str) for part in parts):
            raise Refused("a text in these brackets is not offered")
        return value.op.call(parts, {})


class Silence:
    """np.errstate(...): the lab warns of nothing, so nothing is to be silenced."""


class SilenceKind(Kind):
    name = "context"

    def enter(self, value: Any) -> Any:
        return None


class PolynomialKind(Kind):
    """np.poly1d: called, added, multiplied, differentiated."""

    data = True

    name = "object"
    rank = 32

    def __init__(self) -> None:
        super().__init__()
        self.attributes = {
            "coeffs": Property(lambda p: p.coeffs), "c": Property(lambda p: p.coeffs), "order": Property(lambda p: p.order),
            "o": Property(lambda p: p.order), "roots": Property(lambda p: p.roots), "r": Property(lambda p: p.roots),
            "deriv": Native("deriv", lambda p, m=1: p.deriv(m)), "integ": Native("integ", lambda p, m=1: p.integ(m)),
        }  # fmt: skip

    def call(self, value: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        return _EVALUATE.call((value, *args), {})

    def binary(self, op: str, a: Any, b: Any) -> Any:
        if op not in ("add", "sub", "mul"):
            return super().binary(op, a, b)
        running.meter.spend_flops(
            math.prod(float(x.order + 1) for x in (a, b) if isinstance(x, np.poly1d)), "a product"
        )
        return getattr(np, {"add": "polyadd", "sub": "polysub", "mul": "polymul"}[op])(
            hand_over(a), hand_over(b)
        )

    def getitem(self, value: Any, index: Any) -> Any:
        return value[int(index)]

    def text(self, value: Any) -> str:
        return str(value)

    def repr(self, value: Any) -> str:
        return repr(value)


_EVALUATE = Op("poly1d(…)", lambda p, x: p(x), "elementwise")


class InfoKind(Kind):
    """np.finfo and iinfo."""

    name = "object"

    def __init__(self) -> None:
        super().__init__()
        for name in (
            "bits",
            "eps",
            "max",
            "min",
            "tiny",
            "smallest_normal",
            "resolution",
            "precision",
            "dtype",
        ):
            self.attributes[name] = Property((lambda n: lambda info: getattr(info, n))(name))

    def repr(self, value: Any) -> str:
        return str(value)


register(InfoKind(), np.finfo, np.iinfo)
register(BuilderKind(), Builder)
register(SilenceKind(), Silence)
register(PolynomialKind(), np.poly1d)


def _places(shape: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    running.meter.elements(math.prod(shape))
    return iter(np.ndindex(*shape))


def _enumerated(value: Any) -> Iterator[Any]:
    array = np.asarray(hand_over(value))
    return ((place, array[place]) for place in _places(array.shape))


def load() -> None:
    members = NUMPY.members
    for name in ("mgrid", "ogrid", "r_", "c_"):
        members[name] = Builder(name, getattr(np, name))
    members["ndenumerate"] = Native("ndenumerate", lambda value: Lazy("ndenumerate", _enumerated(value)))
    members["ndindex"] = Native(
        "ndindex",
        lambda *shape: Lazy("ndindex", _places(tuple(shape[0]) if isinstance(shape[0], tuple) else shape)),
    )
    members["errstate"] = Native("errstate", lambda **kwargs: Silence())
    members["seterr"] = Native(
        "seterr", lambda **kwargs: dict.fromkeys(("divide", "over", "under", "invalid"), "ignore")
    )
    members["poly1d"] = Op("poly1d", np.poly1d, "query", "none")
    members["piecewise"] = Op("piecewise", np.piecewise, "elementwise", raw=True)
    members["divmod"] = Op("divmod", np.divmod, "elementwise")
