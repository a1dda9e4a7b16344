"""Layer: what every Keras layer is, and calling one: tensors are computed, placeholders build the functional graph.

A little over 400 lines: layers, places and calls need each other.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch

from freedive.lab.classes import Instance, member_of
from freedive.lab.dialects.keras.functions import Regularizer, initial, plain_name, regularizer
from freedive.lab.dialects.keras.weights import Weight, scope
from freedive.lab.dialects.tensorflow.tensors import (
    RECORDING,
    EagerTensor,
    Variable,
    convert,
    wrap,
)
from freedive.lab.dialects.torch.values import BINARY
from freedive.lab.door import untraced
from freedive.lab.kinds import Kind, Property, kind_of, register
from freedive.lab.operators import collect
from freedive.lab.plain import show_inside
from freedive.lab.running import running

T = torch.Tensor

ADD, MATMUL = BINARY["add"], BINARY["matmul"]


class KerasTensor:
    """A place in a functional model: a shape, and how it is computed from other places."""

    def __init__(
        self,
        shape: list[int | None],
        parents: list[KerasTensor],
        layer: Any,
        make: Any,
        name: Any = None,
        dtype: str = "float32",
    ) -> None:
        self.shape = shape
        self.name = name or unique("keras_tensor")
        self.dtype = dtype
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
        self.nodes: list[list[KerasTensor]] = []
        """The places it was called on, one list for each call."""
        self.input: Any = None
        self.output: Any = None

    # ------------------------------------------------------------ weights
    def weight(
        self,
        name: str,
        shape: list[int],
        start: Any,
        trainable: bool = True,
        penalty: Any = None,
        keep: Any = None,
    ) -> Variable:
        """A new weight. `name` may say a place inside of the layer (`lstm_cell/kernel`); `keep` is a constraint."""
        from freedive.lab.dialects.keras.constraints import constraint

        with untraced(), scope(self.name):
            made = Weight(initial(start, shape), trainable, name, constraint(keep))
        running.meter.allocate(4 * math.prod(shape), True)
        self.fields[name.replace("/", "_") if "cell/" not in name else name.rsplit("/", 1)[-1]] = made
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

    # ------------------------------------------------------------ masks
    keeps_mask = True
    """Whether what was masked before the layer is masked after it."""
    first_size: Any = None
    """The batch size of the input that the layer is built for."""
    mask: T | None = None
    """What is really there of the input now being worked on: (batch, steps), or None."""

    def new_mask(self, first: Any) -> T | None:
        """The mask that this layer makes of its input."""
        return None

    def misfit(self, what: str) -> ValueError:
        """Keras's words for an input that does not fit."""
        return ValueError(
            f"Input 0 with name 'None' of layer '{self.name}' is incompatible with the layer: {what}"
        )


def unique(name: str) -> str:
    """dense, dense_1, dense_2 …"""
    plain = plain_name(name)
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
    fields = module.fields if isinstance(module, Layer) else dict(sorted(module.fields.items()))
    found += [m for value in fields.values() for m in inner(value, seen)]
    return found


def variables(module: Module, trainable: bool | None = None, frozen: bool = False) -> list[Variable]:
    """All variables in order: own ones, then those of the layers inside; `trainable` filters."""
    found: list[Variable] = []
    frozen = frozen or not getattr(module, "trainable", True)
    # tf.Module goes by the names of its attributes, Keras by the order in which they were made
    fields = module.fields if isinstance(module, Layer) else dict(sorted(module.fields.items()))
    own = [v for value in fields.values() for v in held(value)] + list(getattr(module, "extra", []))
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
    if not args and "inputs" in kwargs:
        kwargs = dict(kwargs)
        args = (kwargs.pop("inputs"),)
    first = args[0] if args else None
    given = (
        list(first.values())
        if isinstance(first, dict)
        else first
        if isinstance(first, list | tuple)
        else [first]
    )
    places = [x for x in given if isinstance(x, KerasTensor)]
    places += [x for x in (*args[1:], *kwargs.values()) if isinstance(x, KerasTensor)]
    if places:
        return _place(layer, first, args, kwargs, places)
    return run_layer(layer, args, kwargs)


def run_layer(layer: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    training = kwargs.get("training")
    if training is None:
        training = running.__dict__.get("keras_training", False)
    with scope(layer.name):
        return _run_inside(layer, args, kwargs, training)


def _run_inside(layer: Any, args: tuple[Any, ...], kwargs: dict[str, Any], training: Any) -> Any:
    own, member = member_of(layer, "call")
    first = args[0] if args else None
    if hasattr(layer, "forward_texts"):
        return layer.forward_texts(first)
    mask = kwargs.get("mask", getattr(first, "mask", None))
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
        if "mask" in names and mask is not None:
            given["mask"] = mask if isinstance(mask, EagerTensor) else EagerTensor(mask)
        return running.call(member, (first, *args[1:]), given)
    kwargs = {k: v for k, v in kwargs.items() if k not in ("training", "mask")}
    layer.mask = None if mask is None else convert(mask).bool()
    return masked(layer, first, forward(layer, first, training, args[1:], kwargs))


def masked(layer: Any, first: Any, out: Any) -> Any:
    """The layer's result with the mask that goes on from here."""
    made = layer.new_mask(first)
    if made is None and layer.keeps_mask:
        made = layer.mask
    if made is not None and isinstance(out, EagerTensor) and out.t.dim() > 1:
        out.mask = made
    return out


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
                    *[_each(m) for m in more],
                    **{k: convert(v) if isinstance(v, EagerTensor) else v for k, v in (kwargs or {}).items()},
                )
            )
        return wrap(layer.forward(x, bool(training)))


def _each(value: Any) -> Any:
    if isinstance(value, list | tuple) and any(isinstance(v, EagerTensor) for v in value):
        return [convert(v) for v in value]
    return convert(value) if isinstance(value, EagerTensor) or value is None else _float(value)


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
        layer.first_size = first.t.shape[0] if first.t.dim() else 0
    else:
        shape = None
    build_for(layer, shape)


def build_for(layer: Any, shape: Any) -> None:
    if layer.built:
        return
    own, member = member_of(layer, "build")
    layer.built = True
    with scope(layer.name):
        if own:
            running.call(member, (tuple(shape) if shape and not isinstance(shape[0], list) else shape,))
        else:
            layer.build(shape)


def _place(
    layer: Any, first: Any, args: tuple[Any, ...], kwargs: dict[str, Any], places: list[KerasTensor]
) -> Any:
    """A new place in a functional model. Its shape is found by running the layer on two rows of zeros."""

    def make(values: list[Any]) -> Any:
        found = iter(values)

        def real(value: Any) -> Any:
            if isinstance(value, KerasTensor):
                return next(found)
            if isinstance(value, list | tuple):
                return type(value)(real(v) for v in value)
            return {k: real(v) for k, v in value.items()} if isinstance(value, dict) else value

        return run_layer(layer, tuple(real(a) for a in args), {k: real(v) for k, v in kwargs.items()})

    with untraced():
        made = make([probe(p) for p in places])
    layer.nodes.append(places)
    if isinstance(made, list | tuple):
        outs = [
            KerasTensor(
                [None, *list(each.t.shape)[1:]], places, layer, (lambda k: lambda values: make(values)[k])(i)
            )
            for i, each in enumerate(made)
        ]
        layer.output_shape = [out.shape for out in outs]
        layer.output = type(made)(outs)
    elif isinstance(made, dict):
        layer.output = {
            key: KerasTensor(
                [None, *list(each.t.shape)[1:]],
                places,
                layer,
                (lambda k: lambda values: make(values)[k])(key),
            )
            for key, each in made.items()
        }
    else:
        layer.output_shape = [None, *list(made.t.shape)[1:]]
        layer.output = KerasTensor(layer.output_shape, places, layer, make)
    layer.input = first
    return layer.output


def probe(place: KerasTensor) -> EagerTensor:
    """Zeros of a place's shape, two rows of them."""
    dtype = torch.int64 if place.dtype.startswith("int") else torch.float32
    return EagerTensor(torch.zeros([2, *[1 if s is None else s for s in place.shape[1:]]], dtype=dtype))


class PlaceKind(Kind):
    """KerasTensor: operators make new places."""

    name = "keras_tensor"
    rank = 70

    def __init__(self) -> None:
        super().__init__()
        self.attributes = {
            "shape": Property(lambda p: tuple(p.shape)),
            "dtype": Property(lambda p: p.dtype),
            "name": Property(lambda p: p.name),
            "ndim": Property(lambda p: len(p.shape)),
        }

    def binary(self, op: str, a: Any, b: Any) -> Any:
        from freedive.lab.operators import binary

        parents = [x for x in (a, b) if isinstance(x, KerasTensor)]

        def make(values: list[Any]) -> Any:
            found = iter(values)
            return binary(op, *[next(found) if isinstance(x, KerasTensor) else x for x in (a, b)])

        with untraced():
            made = make([probe(p) for p in parents])
        return KerasTensor([None, *list(made.t.shape)[1:]], parents, None, make)

    def unary(self, op: str, value: Any) -> Any:
        from freedive.lab.operators import unary

        return self.applied(lambda t: unary(op, t), value)

    def getitem(self, value: Any, index: Any) -> Any:
        return self.applied(lambda t: kind_of(t).getitem(t, index), value)

    def applied(self, fn: Any, place: KerasTensor) -> KerasTensor:
        """The place of a function of one place."""
        with untraced():
            made = fn(probe(place))
        return KerasTensor([None, *list(made.t.shape)[1:]], [place], None, lambda values: fn(values[0]))

    def repr(self, value: Any) -> str:
        shape = show_inside(tuple(value.shape), [])
        return (
            f"<KerasTensor shape={shape}, dtype={value.dtype}, sparse=False, ragged=False, name={value.name}>"
        )


register(PlaceKind(), KerasTensor)
