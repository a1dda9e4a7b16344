"""Layer: what every Keras layer is, and calling one: tensors are computed, placeholders build the functional graph.

A little over 400 lines: layers, places and calls need each other.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch

from freedive.lab.arrays import DTYPE_NAMES
from freedive.lab.classes import Instance, member_of
from freedive.lab.dialects.keras.functions import Regularizer, initial, plain_name, regularizer
from freedive.lab.dialects.keras.weights import Weight, scope
from freedive.lab.dialects.tensorflow.errors import InvalidArgument
from freedive.lab.dialects.tensorflow.tensors import (
    RECORDING,
    EagerTensor,
    Variable,
    convert,
    dtype_of,
    wrap,
)
from freedive.lab.dialects.torch.values import BINARY
from freedive.lab.door import untraced
from freedive.lab.kinds import Kind, Property, kind_of, register
from freedive.lab.operators import collect
from freedive.lab.plain import show_inside
from freedive.lab.problems import hint_for
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
        self.name = str(name) if name is not None else plain_name(type(self).__name__)


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
        self.activity: Regularizer | None = regularizer(activity_regularizer)
        """The penalty on what the layer gives."""

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
    ready(layer)
    if not args:
        name = _first_name(layer, kwargs)
        if name in kwargs:
            kwargs = dict(kwargs)
            args = (kwargs.pop(name),)
    for value in args:
        if isinstance(value, str) and not hasattr(layer, "forward_texts"):
            raise ValueError(
                "Only input tensors may be passed as positional arguments. The following argument value should be passed as a "
                f"keyword argument: {value} (of type <class 'str'>)"
            )
    places = list(_places((*args, *kwargs.values())))
    if places:
        return _place(layer, args[0] if args else None, args, kwargs, places)
    return run_layer(layer, args, kwargs)


def ready(layer: Any) -> None:
    """Refuse a layer whose class forgot to begin as a layer."""
    if not hasattr(layer, "built"):
        raise RuntimeError(
            f"In layer '{type(layer).__name__}', you forgot to call `super().__init__()` as the first statement in the "
            "`__init__()` method. Go add it!"
        )


def _first_name(layer: Any, kwargs: dict[str, Any]) -> str:
    """What the first argument of the layer's call is called."""
    own, member = member_of(layer, "call")
    if own:
        names: list[str] = member.function.parameters.names
        return names[1] if len(names) > 1 else ""
    return next((name for name in ("inputs", "query", "sequences", "sequence") if name in kwargs), "")


def _places(value: Any) -> Iterator[KerasTensor]:
    """The places among arguments, in the order in which `_place` fills them in."""
    if isinstance(value, KerasTensor):
        yield value
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _places(each)
    elif isinstance(value, dict):
        for each in value.values():
            yield from _places(each)


def forget_losses(module: Module) -> None:
    """Losses belong to the newest call."""
    if getattr(module, "added", None):
        module.added.clear()  # type: ignore[attr-defined]
    for each in sublayers(module):
        forget_losses(each)


def freeze(module: Module, trainable: bool) -> None:
    """Set `trainable` of a layer, of its weights and of all that it holds."""
    module.trainable = trainable  # type: ignore[attr-defined]
    fields = module.fields.values()
    for v in [v for value in fields for v in held(value)] + list(getattr(module, "extra", [])):
        if v.born:
            v.trainable = trainable
    for each in sublayers(module):
        if isinstance(each, Layer):
            freeze(each, trainable)


def run_layer(layer: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    training = kwargs.get("training")
    if training is None:
        training = running.__dict__.get("keras_training", False)
    entry = not running.__dict__.get("keras_calls", 0)
    if entry:
        forget_losses(layer)
    running.__dict__["keras_calls"] = running.__dict__.get("keras_calls", 0) + 1
    try:
        with scope(layer.name):
            made = _run_inside(layer, args, kwargs, training)
        if layer.activity is not None and isinstance(made, EagerTensor):
            layer.added.append(EagerTensor(layer.activity.penalty(convert(made))))
        return made
    finally:
        running.__dict__["keras_calls"] -= 1


_TOLD: tuple[type[Exception], ...] = (
    ValueError, TypeError, AttributeError, RuntimeError, NotImplementedError, IndexError, NameError, InvalidArgument,
)  # fmt: skip


def _in_call(layer: Any, error: Exception, given: dict[str, Any]) -> Exception:
    """The error as Keras tells it: in whose `call`, and with what."""
    name = type(layer).__name__
    if type(error) not in _TOLD or "Exception encountered when calling" in str(error):
        return error
    shown = "\n".join(f"  • {key}={_shown(value)}" for key, value in given.items())
    made: Any = type(error)(
        f"Exception encountered when calling {name}.call().\n\n{error}\n\nArguments received by {name}.call():\n{shown}"
    )
    made.hint = hint_for(error)
    shown_error: Exception = made
    return shown_error


def _shown(value: Any) -> str:
    if isinstance(value, EagerTensor):
        return f"tf.Tensor(shape={show_inside(tuple(value.t.shape), [])}, dtype={DTYPE_NAMES[value.t.dtype]})"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_shown(v) for v in value) + "]"
    return kind_of(value).repr(value)


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
        try:
            return running.call(member, (first, *args[1:]), given)
        except Exception as error:
            raise _in_call(
                layer, error, {**dict(zip(names[1:], (first, *args[1:]), strict=False)), **given}
            ) from None
    kwargs = {k: v for k, v in kwargs.items() if k not in ("training", "mask")}
    layer.mask = None if mask is None else convert(mask).bool()
    try:
        made = forward(layer, first, training, args[1:], kwargs)
    except InvalidArgument as error:
        raise _in_call(layer, error, {"inputs": first}) from None
    return masked(layer, first, made)


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
                    **{k: _tensors_of(v) for k, v in (kwargs or {}).items()},
                )
            )
        return wrap(layer.forward(x, bool(training)))


def _tensors_of(value: Any) -> Any:
    """What a keyword gives: tensors, or a list that holds some, as torch's."""
    if isinstance(value, EagerTensor):
        return convert(value)
    if isinstance(value, list | tuple) and any(isinstance(v, EagerTensor) for v in value):
        return [_tensors_of(v) for v in value]
    return value


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
    if not layer.trainable:
        freeze(layer, False)


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

    made = probed(make, places)
    forget_losses(layer)
    layer.nodes.append(places)
    layer.output = placed(made, places, layer, make)
    if isinstance(made, list | tuple):
        layer.output_shape = [out.shape for out in layer.output]
    elif not isinstance(made, dict):
        layer.output_shape = layer.output.shape
    layer.input = first
    return layer.output


class Outline:
    """What a place will hold: shape and dtype."""

    def __init__(self, shape: list[int | None], dtype: str) -> None:
        self.shape = shape
        self.dtype = dtype


def probed(make: Any, places: list[KerasTensor]) -> Any:
    """The outlines of what is made of values in these places, found by making it of zeros, untraced.

    Sizes that are open are tried with two numbers: what differs then is open, too.
    """
    with untraced():
        made = make([probe(p) for p in places])
        again = made
        if any(None in p.shape[1:] for p in places):
            again = make([probe(p, 3) for p in places])
    return _outlined(made, again)


def _outlined(made: Any, again: Any) -> Any:
    if isinstance(made, list | tuple):
        return type(made)(_outlined(a, b) for a, b in zip(made, again, strict=True))
    if isinstance(made, dict):
        return {key: _outlined(value, again[key]) for key, value in made.items()}
    a, b = convert(made), convert(again)
    sizes = [p if p == q else None for p, q in zip(a.shape, b.shape, strict=True)]
    return Outline([None, *sizes[1:]] if sizes else [], DTYPE_NAMES[a.dtype])


def placed(made: Any, places: list[KerasTensor], layer: Any, make: Any) -> Any:
    """New places for what `make` makes: one, or several in a list, tuple or dict."""

    def part(key: Any) -> Any:
        return lambda values: make(values)[key]

    if isinstance(made, list | tuple):
        return type(made)(placed(each, places, layer, part(k)) for k, each in enumerate(made))
    if isinstance(made, dict):
        return {key: placed(each, places, layer, part(key)) for key, each in made.items()}
    return KerasTensor(made.shape, places, layer, make, dtype=made.dtype)


def probe(place: KerasTensor, scale: int = 2) -> EagerTensor:
    """Zeros of a place's shape, two rows of them; open sizes are large enough for windows to slide."""
    open_size = (16 if len(place.shape) > 3 else 4) * scale
    sizes = [2, *[open_size if s is None else s for s in place.shape[1:]]]
    running.meter.elements(math.prod(sizes))
    return EagerTensor(torch.zeros(sizes, dtype=dtype_of(place.dtype)))


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

        return placed(probed(make, parents), parents, None, make)

    def unary(self, op: str, value: Any) -> Any:
        from freedive.lab.operators import unary

        return self.applied(lambda t: unary(op, t), value)

    def getitem(self, value: Any, index: Any) -> Any:
        return self.applied(lambda t: kind_of(t).getitem(t, index), value)

    def applied(self, fn: Any, place: KerasTensor) -> KerasTensor:
        """The place of a function of one place."""

        def make(values: list[Any]) -> Any:
            return fn(values[0])

        made: KerasTensor = placed(probed(make, [place]), [place], None, make)
        return made

    def repr(self, value: Any) -> str:
        shape = show_inside(tuple(value.shape), [])
        return (
            f"<KerasTensor shape={shape}, dtype={value.dtype}, sparse=False, ragged=False, name={value.name}>"
        )


register(PlaceKind(), KerasTensor)
