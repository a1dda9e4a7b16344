"""Layer: what every Keras layer is, and calling one: tensors are computed, placeholders build the functional graph."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch

from freedive.lab.classes import Instance, member_of
from freedive.lab.dialects.keras.functions import Regularizer, initial, regularizer
from freedive.lab.dialects.tensorflow.tensors import (
    RECORDING,
    EagerTensor,
    TensorShape,
    Variable,
    convert,
    wrap,
)
from freedive.lab.dialects.torch.values import BINARY
from freedive.lab.door import untraced
from freedive.lab.kinds import Kind, Property, register
from freedive.lab.operators import collect
from freedive.lab.running import running

T = torch.Tensor

ADD, MATMUL = BINARY["add"], BINARY["matmul"]


class KerasTensor:
    """A place in a functional model: a shape, and how it is computed from other places."""

    def __init__(self, shape: list[int | None], parents: list[KerasTensor], layer: Any, make: Any) -> None:
        self.shape = shape
        self.parents = parents
        self.layer = layer
        self.make = make
        """Concrete values of the parents to a concrete value."""


class Module(Instance):
    """tf.Module: something that holds variables."""

    def __init__(self, name: Any = None) -> None:
        self.fields: dict[str, Any] = dict(getattr(self, "fields", {}))


class Layer(Module):
    """Base of all layers, and of the snippet's own."""

    def __init__(self, *, name: Any = None, trainable: bool = True, dtype: Any = None, input_shape: Any = None, input_dim: Any = None, activity_regularizer: Any = None, batch_input_shape: Any = None, **kwargs: Any) -> None:  # fmt: skip
        super().__init__()
        if kwargs:
            raise ValueError(f"Unrecognized keyword arguments passed to {type(self).__name__}: {kwargs}")
        self.name = name or unique(type(self).__name__)
        self.trainable = bool(trainable)
        self.built = False
        self.extra: list[Variable] = []
        self.penalties: list[tuple[Variable, Regularizer]] = []
        self.added: list[Any] = []
        shape = input_shape if input_shape is not None else (input_dim,) if input_dim is not None else None
        self.given_shape = None if shape is None else [None, *collect(shape)]
        self.output_shape: Any = None

    # ------------------------------------------------------------ weights
    def weight(
        self, name: str, shape: list[int], start: Any, trainable: bool = True, penalty: Any = None
    ) -> Variable:
        with untraced():
            made = Variable(initial(start, shape), trainable, name)
        running.meter.allocate(4 * math.prod(shape), True)
        self.fields[name] = made
        rule = regularizer(penalty)
        if rule is not None:
            self.penalties.append((made, rule))
        return made

    def build(self, shape: list[int | None]) -> None:
        """Make the weights for inputs of this shape."""

    def call(self, inputs: Any, training: Any = False) -> Any:
        """What `super().call(x)` reaches."""
        return forward(self, inputs, training)

    def forward(self, x: Any, training: bool) -> Any:
        raise TypeError(f"{type(self).__name__} has no call() method")


def unique(name: str) -> str:
    """dense, dense_1, dense_2 …"""
    plain = "".join(
        "_" + c.lower() if c.isupper() and i and not name[i - 1].isupper() else c.lower()
        for i, c in enumerate(name)
    )
    counts = running.__dict__.setdefault("keras_names", {})
    counts[plain] = counts.get(plain, -1) + 1
    return plain if counts[plain] == 0 else f"{plain}_{counts[plain]}"


def inner(value: Any, seen: set[int] | None = None) -> Iterator[Module]:
    """The modules held directly in fields, lists and dicts."""
    seen = seen if seen is not None else set()
    if isinstance(value, Module):
        if id(value) not in seen:
            seen.add(id(value))
            yield value
    elif isinstance(value, list | tuple):
        for each in value:
            yield from inner(each, seen)
    elif isinstance(value, dict):
        for each in value.values():
            yield from inner(each, seen)


def held(value: Any) -> Iterator[Variable]:
    if isinstance(value, Variable):
        yield value
    elif isinstance(value, list | tuple):
        for each in value:
            yield from held(each)
    elif isinstance(value, dict):
        for each in value.values():
            yield from held(each)


def sublayers(module: Module) -> list[Module]:
    listed = getattr(module, "layers", None)
    seen: set[int] = set()
    found = list(inner(listed, seen)) if isinstance(listed, list) else []
    found += [m for value in module.fields.values() for m in inner(value, seen)]
    return found


def variables(module: Module, trainable: bool | None = None, frozen: bool = False) -> list[Variable]:
    """All variables in order: own ones, then those of the layers inside; `trainable` filters."""
    found: list[Variable] = []
    frozen = frozen or not getattr(module, "trainable", True)
    own = [v for value in module.fields.values() for v in held(value)] + list(getattr(module, "extra", []))
    for v in own:
        if v not in found and (trainable is None or (v.trainable and not frozen) is trainable):
            found.append(v)
    for each in sublayers(module):
        found += [v for v in variables(each, trainable, frozen) if all(v is not w for w in found)]
    return found


def penalties(module: Module) -> Iterator[T]:
    for v, rule in getattr(module, "penalties", []):
        yield rule.penalty(v.read())
    for added in getattr(module, "added", []):
        yield convert(added)
    for each in sublayers(module):
        yield from penalties(each)


# ------------------------------------------------------------ calling
def call_layer(layer: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Call a layer on tensors, arrays or places of a functional model."""
    first = args[0] if args else kwargs.get("inputs")
    places = [
        x for x in (first if isinstance(first, list | tuple) else [first]) if isinstance(x, KerasTensor)
    ]
    if places:
        return _place(layer, first, args, kwargs, places)
    return run_layer(layer, args, kwargs)


def run_layer(layer: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    training = kwargs.get("training")
    if training is None:
        training = running.__dict__.get("keras_training", False)
    own, member = member_of(layer, "call")
    first = args[0] if args else None
    if isinstance(first, list | tuple) and any(isinstance(x, EagerTensor | np.ndarray) for x in first):
        first = type(first)(EagerTensor(_float(x)) for x in first)
    elif isinstance(first, np.ndarray | list | int | float):
        first = EagerTensor(_float(first))
    if not layer.built:
        build_layer(layer, first)
    if own:
        given = dict(kwargs)
        names = member.function.parameters.names + member.function.parameters.keyword_only
        if "training" in names:
            given["training"] = training
        else:
            given.pop("training", None)
        return running.call(member, (first, *args[1:]), given)
    kwargs = {k: v for k, v in kwargs.items() if k not in ("training", "mask")}
    return forward(layer, first, training, args[1:], kwargs)


def forward(
    layer: Any, first: Any, training: Any, more: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
) -> Any:
    from freedive.lab.dialects.keras.model import Model

    if isinstance(layer, Model):
        return layer.forward(first, bool(training))
    x = [convert(each) for each in first] if isinstance(first, list | tuple) else convert(first)
    with torch.set_grad_enabled(bool(RECORDING.tapes)):
        if more or kwargs:
            return wrap(
                layer.forward(
                    x,
                    bool(training),
                    *[convert(m) for m in more],
                    **{k: convert(v) if isinstance(v, EagerTensor) else v for k, v in (kwargs or {}).items()},
                )
            )
        return wrap(layer.forward(x, bool(training)))


def _float(value: Any) -> T:
    t = convert(value)
    return t.float() if t.dtype == torch.float64 else t


def build_layer(layer: Any, first: Any) -> None:
    """Make weights for this first input."""
    shape: Any
    if isinstance(first, list | tuple):
        shape = [[None, *list(x.t.shape)[1:]] for x in first if isinstance(x, EagerTensor)]
    elif isinstance(first, EagerTensor):
        shape = [None, *list(first.t.shape)[1:]]
    else:
        shape = None
    build_for(layer, shape)


def build_for(layer: Any, shape: Any) -> None:
    if layer.built:
        return
    own, member = member_of(layer, "build")
    layer.built = True
    if own:
        running.call(member, (TensorShape(shape) if shape and not isinstance(shape[0], list) else shape,))
    else:
        layer.build(shape)


def _place(
    layer: Any, first: Any, args: tuple[Any, ...], kwargs: dict[str, Any], places: list[KerasTensor]
) -> Any:
    """A new place in a functional model. Its shape is found by running the layer on two rows of zeros."""

    def make(values: list[Any]) -> Any:
        given = type(first)(values) if isinstance(first, list | tuple) else values[0]
        return run_layer(layer, (given, *args[1:]), kwargs)

    with untraced():
        made = make(
            [EagerTensor(torch.zeros([2, *[1 if s is None else s for s in p.shape[1:]]])) for p in places]
        )
    if isinstance(made, list | tuple):
        outs: list[KerasTensor] = []
        for i, each in enumerate(made):
            outs.append(
                KerasTensor(
                    [None, *list(each.t.shape)[1:]],
                    places,
                    layer,
                    (lambda k: lambda values: make(values)[k])(i),
                )
            )
        return type(made)(outs)
    layer.output_shape = [None, *list(made.t.shape)[1:]]
    return KerasTensor([None, *list(made.t.shape)[1:]], places, layer, make)


class PlaceKind(Kind):
    """KerasTensor: operators make new places."""

    name = "keras_tensor"
    rank = 70

    def __init__(self) -> None:
        super().__init__()
        self.attributes = {
            "shape": Property(lambda p: tuple(p.shape)),
            "dtype": Property(lambda p: "float32"),
        }

    def binary(self, op: str, a: Any, b: Any) -> Any:
        from freedive.lab.operators import binary

        parents = [x for x in (a, b) if isinstance(x, KerasTensor)]

        def make(values: list[Any]) -> Any:
            found = iter(values)
            return binary(op, *[next(found) if isinstance(x, KerasTensor) else x for x in (a, b)])

        with untraced():
            probe = make([EagerTensor(torch.zeros([2, *[s or 1 for s in p.shape[1:]]])) for p in parents])
        return KerasTensor([None, *list(probe.t.shape)[1:]], parents, None, make)

    def repr(self, value: Any) -> str:
        return f"<KerasTensor shape=({', '.join(map(str, value.shape))}), dtype=float32>"


register(PlaceKind(), KerasTensor)
