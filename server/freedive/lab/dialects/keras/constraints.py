"""keras.constraints: what a weight is made to keep to after each step."""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType
from typing import Any

import torch

from freedive.lab.dialects.keras.functions import KERAS
from freedive.lab.dialects.tensorflow.tensors import EagerTensor, convert, run
from freedive.lab.door import Op
from freedive.lab.importing import publish
from freedive.lab.kinds import Callable_
from freedive.lab.namespaces import Namespace
from freedive.lab.running import running
from freedive.lab.types import TypeRef

T = torch.Tensor
TINY = 1e-7


def _length(w: T, axis: Any) -> T:
    return torch.sqrt((w * w).sum(axis, keepdim=True))


def _between(w: T, low: float, high: float, rate: float, axis: Any) -> T:
    length = _length(w, axis)
    wanted = rate * length.clamp(low, high) + (1 - rate) * length
    return w * (wanted / (TINY + length))


class Constraint(Callable_):
    """A rule for a weight's values."""

    def __init__(self, name: str, rule: Callable[[T], T]) -> None:
        self.name = name
        self.rule = rule

    def call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        return run(Op(self.name, self.rule, "elementwise"), (convert(args[0]),))


KINDS: dict[str, Callable[..., Callable[[T], T]]] = {
    "NonNeg": lambda: lambda w: w * (w >= 0),
    "MaxNorm": lambda max_value=2, axis=0: lambda w: w * (_length(w, axis).clamp(0, float(max_value)) / (TINY + _length(w, axis))),
    "UnitNorm": lambda axis=0: lambda w: w / (TINY + _length(w, axis)),
    "MinMaxNorm": lambda min_value=0.0, max_value=1.0, rate=1.0, axis=0: lambda w: _between(w, float(min_value), float(max_value), float(rate), axis),
}  # fmt: skip
_NAMES = {
    "non_neg": "NonNeg",
    "nonneg": "NonNeg",
    "max_norm": "MaxNorm",
    "unit_norm": "UnitNorm",
    "min_max_norm": "MinMaxNorm",
}


def constraint(given: Any) -> Callable[[T], T] | None:
    """A constraint named, made, or written in the snippet."""
    if given is None:
        return None
    if isinstance(given, str):
        name = _NAMES.get(given.lower(), given)
        if name not in KINDS:
            raise ValueError(f"Could not interpret constraint identifier: {given}")
        return KINDS[name]()
    if isinstance(given, FunctionType):
        return given  # looked up before
    if isinstance(given, Constraint):
        return given.rule
    return lambda w: convert(running.call(given, (EagerTensor(w),)))


def load() -> None:
    space = Namespace("keras.constraints", doc="What weights are made to keep to.")
    for name, make in KINDS.items():
        space.members[name] = TypeRef(
            name,
            Constraint,
            (lambda n, m: lambda *args, **kwargs: Constraint(n, m(*args, **kwargs)))(name, make),
            module="keras.constraints",
        )
    for short, name in _NAMES.items():
        space.members[short] = space.members[name]
    KERAS.members["constraints"] = space
    publish(space)
