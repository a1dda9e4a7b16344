"""A layer's weights: variables that know their path (`dense/kernel`) and what they must keep to."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import torch

from freedive.lab.arrays import DTYPE_NAMES
from freedive.lab.dialects.tensorflow.tensors import EagerTensor, Variable
from freedive.lab.dialects.tensorflow.values import VARIABLE, VariableKind
from freedive.lab.kinds import Property, register
from freedive.lab.plain import show_inside
from freedive.lab.running import running
from freedive.lab.types import TypeRef, publish_type

T = torch.Tensor


class Weight(Variable):
    """keras.Variable."""

    __slots__ = ("constraint", "path")

    def __init__(
        self, t: T, trainable: bool = True, name: str = "variable", constraint: Callable[[T], T] | None = None
    ) -> None:
        super().__init__(t, trainable, name.rsplit("/", 1)[-1])
        self.path = "/".join([*scopes(), name])
        self.constraint = constraint


class WeightKind(VariableKind):
    """A variable as Keras shows it."""

    def type_name(self, value: Any) -> str:
        return "Variable"

    def class_of(self, value: Any) -> Any:
        return WEIGHT_TYPE

    def missing(self, value: Any, name: str) -> str:
        return f"'Variable' object has no attribute '{name}'"

    def repr(self, value: Any) -> str:
        body = str(value.numpy())
        running.meter.text(len(body))
        shape = show_inside(tuple(value.t.shape), [])
        return (
            f"<Variable path={value.path}, shape={shape}, dtype={DTYPE_NAMES[value.t.dtype]}, value={body}>"
        )


WEIGHT = WeightKind()
register(WEIGHT, Weight)
WEIGHT_TYPE = publish_type(
    TypeRef("Variable", Weight, lambda *args, **kwargs: made(*args, **kwargs), module="keras")
)


def made(
    initializer: Any,
    shape: Any = None,
    dtype: Any = None,
    trainable: bool = True,
    name: Any = None,
    **kwargs: Any,
) -> Weight:
    """keras.Variable(...): a value, or an initializer and a shape."""
    from freedive.lab.dialects.keras.functions import initial
    from freedive.lab.dialects.tensorflow.shapes import shape_list
    from freedive.lab.dialects.tensorflow.tensors import convert, dtype_of

    start = convert(initializer) if shape is None else initial(initializer, shape_list(shape))
    start = start.float() if start.dtype == torch.float64 and dtype is None else start
    return Weight(start if dtype is None else start.to(dtype_of(dtype)), trainable, str(name or "variable"))


def scopes() -> list[str]:
    """The names of the layers that are being called or built now, the outermost first."""
    found: list[str] = running.__dict__.setdefault("keras_scopes", [])
    return found


@contextlib.contextmanager
def scope(name: str) -> Iterator[None]:
    """Weights made inside stand under the name."""
    names = scopes()
    if names and names[-1] == name:
        yield
        return
    names.append(name)
    try:
        yield
    finally:
        names.pop()


def load() -> None:
    """Weights can do what variables can, and tell name and path."""
    WEIGHT.attributes.update(
        VARIABLE.attributes, name=Property(lambda w: w.name), path=Property(lambda w: w.path),
        value=Property(lambda w: EagerTensor(w.read())), dtype=Property(lambda w: DTYPE_NAMES[w.t.dtype]),
        shape=Property(lambda w: tuple(w.t.shape)),
    )  # fmt: skip
