"""Layers: weights made at the first call, Keras's channel-last shapes, one `forward` each on torch tensors."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

from freedive.lab.classes import Instance, InstanceKind, NativeClass, member_of, set_property
from freedive.lab.dialects.keras.functions import KERAS, Regularizer, activation, initial, regularizer
from freedive.lab.dialects.tensorflow.functions import TF, shape_list
from freedive.lab.dialects.tensorflow.neural import conv, pool, spread
from freedive.lab.dialects.tensorflow.values import (
    RECORDING,
    EagerTensor,
    TensorShape,
    Variable,
    convert,
    dtype_of,
    run,
    wrap,
)
from freedive.lab.dialects.torch.values import BINARY
from freedive.lab.door import Op, untraced
from freedive.lab.importing import publish
from freedive.lab.kinds import Kind, Native, Property, register
from freedive.lab.namespaces import Namespace
from freedive.lab.operators import collect
from freedive.lab.problems import no_attribute
from freedive.lab.running import running
from freedive.lab.types import publish_type

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
    from freedive.lab.dialects.keras.models import Model

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


# ------------------------------------------------------------ the layers themselves
class Dense(Layer):
    def __init__(self, units: int, activation: Any = None, use_bias: bool = True, kernel_initializer: Any = "glorot_uniform", bias_initializer: Any = "zeros", kernel_regularizer: Any = None, bias_regularizer: Any = None, kernel_constraint: Any = None, **kwargs: Any) -> None:  # fmt: skip
        super().__init__(**kwargs)
        if not isinstance(units, int) or units <= 0:
            raise ValueError(
                f"Received an invalid value for `units`, expected a positive integer. Received: units={units}"
            )
        self.units, self.use_bias, self.activation = units, use_bias, activation
        self.act = _act(activation)
        self.starts = (kernel_initializer, bias_initializer)
        self.rules = (kernel_regularizer, bias_regularizer)

    def build(self, shape: Any) -> None:
        self.kernel = self.weight(
            "kernel", [int(shape[-1]), self.units], self.starts[0], penalty=self.rules[0]
        )
        if self.use_bias:
            self.bias = self.weight("bias", [self.units], self.starts[1], penalty=self.rules[1])

    def forward(self, x: Any, training: bool) -> Any:
        kernel = self.fields["kernel"].read()
        if x.shape[-1] != kernel.shape[0]:
            error: Any = ValueError(
                f'Input 0 of layer "{self.name}" is incompatible with the layer: expected axis -1 of input shape to have value '
                f"{kernel.shape[0]}, but received input with shape {tuple(x.shape)}"
            )
            error.hint = (
                "the layer's weights were made for another input; use a new layer or reshape the input"
            )
            raise error
        out = MATMUL.apply((x if x.is_floating_point() else x.float(), kernel), {})
        if self.use_bias:
            out = ADD.apply((out, self.fields["bias"].read()), {})
        return out if self.act is None else self.act(out)


_act = activation


class Activation(Layer):
    def __init__(self, activation: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.activation = activation
        self.act = _act(activation)

    def forward(self, x: Any, training: bool) -> Any:
        return x if self.act is None else self.act(x)


def _simple(name: str, op_kind: str, compute: Any, parameters: dict[str, Any] | None = None) -> type[Layer]:
    """A layer without weights: its parameters with their defaults, and a function of the tensor."""
    defaults = parameters or {}
    op = Op(name, compute, op_kind, "none" if op_kind in ("movement", "contraction") else "")

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        values = dict(defaults)
        values.update(zip(defaults, args, strict=False))
        for key in list(kwargs):
            if key in defaults:
                values[key] = kwargs.pop(key)
        Layer.__init__(self, **kwargs)
        self.values = values
        self.fields.update(
            {k: v for k, v in values.items() if isinstance(v, int | float | str | tuple | list)}
        )

    def forward(self: Any, x: Any, training: bool) -> Any:
        return op.apply((x,), self.values)

    return type(name, (Layer,), {"__init__": __init__, "forward": forward})


def _random_layer(name: str, compute: Any, parameters: dict[str, Any]) -> type[Layer]:
    base = _simple(name, "random", compute, parameters)

    def forward(self: Any, x: Any, training: bool) -> Any:
        return Layer_forward(self, x) if training else x

    def Layer_forward(self: Any, x: Any) -> Any:
        return Op(name, compute, "random").apply(
            (x,), {k: v for k, v in self.values.items() if k not in ("seed", "noise_shape")}
        )

    base.forward = forward  # type: ignore[method-assign]
    return base


def _merge(name: str, compute: Any) -> type[Layer]:
    op = Op(name, compute, "elementwise" if name != "Concatenate" else "movement", "")

    def __init__(self: Any, axis: int = -1, axes: Any = None, normalize: bool = False, **kwargs: Any) -> None:
        Layer.__init__(self, **kwargs)
        self.axis = axis if axes is None else axes

    def forward(self: Any, x: Any, training: bool) -> Any:
        return op.apply((list(x), self.axis), {})

    return type(name, (Layer,), {"__init__": __init__, "forward": forward})


def _total(values: list[T], axis: Any) -> T:
    made = values[0]
    for each in values[1:]:
        made = made + each
    return made


def _product(values: list[T], axis: Any) -> T:
    made = values[0]
    for each in values[1:]:
        made = made * each
    return made


def _stack_max(values: list[T], axis: Any) -> T:
    made = values[0]
    for each in values[1:]:
        made = torch.maximum(made, each)
    return made


def _dot(values: list[T], axis: Any) -> T:
    axis = axis if isinstance(axis, int) else axis[0]
    return (values[0] * values[1]).sum(axis, keepdim=values[0].dim() == 2)


class _Conv(Layer):
    axes = 2
    transposed = False

    def __init__(self, filters: int, kernel_size: Any, strides: Any = 1, padding: str = "valid", data_format: Any = None, dilation_rate: Any = 1, groups: int = 1, activation: Any = None, use_bias: bool = True, kernel_initializer: Any = "glorot_uniform", bias_initializer: Any = "zeros", kernel_regularizer: Any = None, **kwargs: Any) -> None:  # fmt: skip
        super().__init__(**kwargs)
        self.filters, self.use_bias, self.activation = int(filters), use_bias, activation
        self.kernel_size = tuple(spread(kernel_size, self.axes))
        self.strides, self.padding, self.act = spread(strides, self.axes), padding, _act(activation)
        self.starts, self.rule = (kernel_initializer, bias_initializer), kernel_regularizer
        self.op = Op(type(self).__name__, conv(self.axes), "contraction", "conv")

    def build(self, shape: Any) -> None:
        sizes = (
            [*self.kernel_size, self.filters, int(shape[-1])]
            if self.transposed
            else [*self.kernel_size, int(shape[-1]), self.filters]
        )
        self.kernel = self.weight("kernel", sizes, self.starts[0], penalty=self.rule)
        if self.use_bias:
            self.bias = self.weight("bias", [self.filters], self.starts[1])

    def forward(self, x: Any, training: bool) -> Any:
        if x.dim() != self.axes + 2:
            error: Any = ValueError(
                f'Input 0 of layer "{self.name}" is incompatible with the layer: expected min_ndim={self.axes + 2}, '
                f"found ndim={x.dim()}. Full shape received: {tuple(x.shape)}"
            )
            error.hint = (
                "pictures are (batch, height, width, channels); add the missing axis with x[..., None]"
            )
            raise error
        out = self.op.apply((x, self.fields["kernel"].read(), self.strides, self.padding), {})
        if self.use_bias:
            out = ADD.apply((out, self.fields["bias"].read()), {})
        return out if self.act is None else self.act(out)


class Conv2D(_Conv):
    pass


class Conv1D(_Conv):
    axes = 1


class Conv3D(_Conv):
    axes = 3


def _transposed(x: T, kernel: T, strides: list[int], padding: Any) -> Any:
    """Keras's Conv2DTranspose: the picture grows by the stride ('same'), or by what the window adds ('valid')."""
    weight = kernel.permute(3, 2, 0, 1)
    out = F.conv_transpose2d(x.movedim(-1, 1), weight, stride=strides)
    if str(padding).lower() == "same":
        for axis in (0, 1):
            size = x.shape[1 + axis] * strides[axis]
            start = (out.shape[2 + axis] - size) // 2
            out = out.narrow(2 + axis, max(0, start), size)
    return out.movedim(1, -1)


class Conv2DTranspose(_Conv):
    transposed = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.op = Op("Conv2DTranspose", _transposed, "contraction", "meta")


class DepthwiseConv2D(Layer):
    def __init__(
        self,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        depth_multiplier: int = 1,
        activation: Any = None,
        use_bias: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.size, self.strides, self.padding = spread(kernel_size, 2), spread(strides, 2), padding
        self.multiplier, self.use_bias, self.act = depth_multiplier, use_bias, _act(activation)

    def build(self, shape: Any) -> None:
        self.channels = int(shape[-1])
        self.weight("kernel", [*self.size, self.channels, self.multiplier], "glorot_uniform")
        if self.use_bias:
            self.weight("bias", [self.channels * self.multiplier], "zeros")

    def forward(self, x: Any, training: bool) -> Any:
        from freedive.lab.dialects.tensorflow.neural import padded

        def compute(x: T, kernel: T) -> T:
            weight = kernel.permute(2, 3, 0, 1).reshape(self.channels * self.multiplier, 1, *self.size)
            return F.conv2d(
                padded(x.movedim(-1, 1), self.size, self.strides, self.padding),
                weight,
                stride=self.strides,
                groups=self.channels,
            ).movedim(1, -1)

        out = Op("DepthwiseConv2D", compute, "contraction", "none").apply(
            (x, self.fields["kernel"].read()), {}
        )
        if self.use_bias:
            out = ADD.apply((out, self.fields["bias"].read()), {})
        return out if self.act is None else self.act(out)


def _pooling(name: str, axes: int, how: str) -> type[Layer]:
    op = Op(name, pool(axes, how), "contraction", "none")

    def __init__(
        self: Any,
        pool_size: Any = 2,
        strides: Any = None,
        padding: str = "valid",
        data_format: Any = None,
        **kwargs: Any,
    ) -> None:
        Layer.__init__(self, **kwargs)
        self.size = spread(pool_size, axes)
        self.strides = self.size if strides is None else spread(strides, axes)
        self.padding = padding
        self.pool_size = tuple(self.size)

    def forward(self: Any, x: Any, training: bool) -> Any:
        return op.apply((x, self.size, self.strides, self.padding), {})

    return type(name, (Layer,), {"__init__": __init__, "forward": forward})


class BatchNormalization(Layer):
    def __init__(
        self,
        axis: int = -1,
        momentum: float = 0.99,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.axis, self.momentum, self.epsilon, self.center, self.scale = (
            axis,
            momentum,
            epsilon,
            center,
            scale,
        )

    def build(self, shape: Any) -> None:
        size = [int(shape[self.axis])]
        if self.scale:
            self.weight("gamma", size, "ones")
        if self.center:
            self.weight("beta", size, "zeros")
        self.weight("moving_mean", size, "zeros", trainable=False)
        self.weight("moving_variance", size, "ones", trainable=False)

    def forward(self, x: Any, training: bool) -> Any:
        axes = [a for a in range(x.dim()) if a != self.axis % x.dim()]
        mean, variance = self.fields["moving_mean"], self.fields["moving_variance"]
        if training:
            m, v = x.mean(axes), x.var(axes, correction=0)
            with torch.no_grad():
                mean.t.mul_(self.momentum).add_(m.detach() * (1 - self.momentum))
                variance.t.mul_(self.momentum).add_(v.detach() * (1 - self.momentum))
        else:
            m, v = mean.t.clone(), variance.t.clone()

        def normalize(x: T, m: T, v: T, *weights: T) -> T:
            shape = [1] * x.dim()
            shape[self.axis] = -1
            made = (x - m.view(shape)) * torch.rsqrt(v.view(shape) + self.epsilon)
            parts = iter(weights)
            made = made * next(parts).view(shape) if self.scale else made
            return made + next(parts).view(shape) if self.center else made

        weights = [
            self.fields[n].read() for n, used in (("gamma", self.scale), ("beta", self.center)) if used
        ]
        return Op("BatchNormalization", normalize, "normalization").apply((x, m, v, *weights), {})


class LayerNormalization(Layer):
    def __init__(
        self, axis: Any = -1, epsilon: float = 1e-3, center: bool = True, scale: bool = True, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.epsilon = epsilon

    def build(self, shape: Any) -> None:
        self.weight("gamma", [int(shape[-1])], "ones")
        self.weight("beta", [int(shape[-1])], "zeros")

    def forward(self, x: Any, training: bool) -> Any:
        op = Op(
            "LayerNormalization",
            lambda x, g, b: F.layer_norm(x, (x.shape[-1],), g, b, self.epsilon),
            "normalization",
        )
        return op.apply((x, self.fields["gamma"].read(), self.fields["beta"].read()), {})


class Embedding(Layer):
    def __init__(
        self,
        input_dim: int,
        output_dim: int,
        embeddings_initializer: Any = "uniform",
        input_length: Any = None,
        mask_zero: bool = False,
        embeddings_regularizer: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.sizes, self.start = [int(input_dim), int(output_dim)], embeddings_initializer

    def build(self, shape: Any) -> None:
        self.weight("embeddings", self.sizes, self.start)

    def forward(self, x: Any, training: bool) -> Any:
        running.meter.elements(x.numel() * self.sizes[1])
        return Op("Embedding", lambda i, w: F.embedding(i.long(), w), "indexing", "none", moves=(1,)).apply(
            (x, self.fields["embeddings"].read()), {}
        )


class _Recurrent(Layer):
    gates = 1

    def __init__(self, units: int, activation: Any = "tanh", recurrent_activation: Any = "sigmoid", use_bias: bool = True, return_sequences: bool = False, return_state: bool = False, go_backwards: bool = False, dropout: float = 0.0, recurrent_dropout: float = 0.0, kernel_initializer: Any = "glorot_uniform", recurrent_initializer: Any = "orthogonal", **kwargs: Any) -> None:  # fmt: skip
        super().__init__(**kwargs)
        self.units, self.sequences, self.state, self.backwards = (
            int(units),
            return_sequences,
            return_state,
            go_backwards,
        )
        self.act = _act(activation) or (lambda t: t)
        self.gate = _act(recurrent_activation) or (lambda t: t)
        self.starts, self.use_bias = (kernel_initializer, recurrent_initializer), use_bias

    def build(self, shape: Any) -> None:
        width = self.units * self.gates
        self.weight("kernel", [int(shape[-1]), width], self.starts[0])
        self.weight("recurrent_kernel", [self.units, width], self.starts[1])
        bias = self.weight("bias", [2, width] if self.gates == 3 else [width], "zeros")
        if self.gates == 4:
            with torch.no_grad():
                bias.t[self.units : 2 * self.units] = 1.0

    def forward(self, x: Any, training: bool) -> Any:
        weights = [self.fields[n].read() for n in ("kernel", "recurrent_kernel", "bias")]
        running.meter.spend_flops(
            2.0 * x.shape[0] * x.shape[1] * sum(w.numel() for w in weights), type(self).__name__
        )
        made = Op(type(self).__name__, self.scan, "layer", "none").apply((x, *weights), {})
        out, states = made
        last = out if self.sequences else out[:, -1]
        return [last, *states] if self.state else last

    def scan(self, x: T, kernel: T, recurrent: T, bias: T) -> Any:
        x = x.flip(1) if self.backwards else x
        h = torch.zeros(x.shape[0], self.units)
        c = torch.zeros(x.shape[0], self.units)
        outs = []
        with untraced():
            for step in range(x.shape[1]):
                running.meter.step()
                h, c = self.cell(x[:, step], h, c, kernel, recurrent, bias)
                outs.append(h)
        return torch.stack(outs, 1), ([h, c] if self.gates == 4 else [h])

    def cell(self, x: T, h: T, c: T, kernel: T, recurrent: T, bias: T) -> tuple[T, T]:
        raise TypeError("no cell")


class SimpleRNN(_Recurrent):
    def cell(self, x: T, h: T, c: T, kernel: T, recurrent: T, bias: T) -> tuple[T, T]:
        return self.act(x @ kernel + h @ recurrent + bias), c


class LSTM(_Recurrent):
    gates = 4

    def cell(self, x: T, h: T, c: T, kernel: T, recurrent: T, bias: T) -> tuple[T, T]:
        i, f, g, o = (x @ kernel + h @ recurrent + bias).chunk(4, -1)
        c = self.gate(f) * c + self.gate(i) * self.act(g)
        return self.gate(o) * self.act(c), c


class GRU(_Recurrent):
    gates = 3

    def cell(self, x: T, h: T, c: T, kernel: T, recurrent: T, bias: T) -> tuple[T, T]:
        xz, xr, xh = (x @ kernel + bias[0]).chunk(3, -1)
        hz, hr, hh = (h @ recurrent + bias[1]).chunk(3, -1)
        z, r = self.gate(xz + hz), self.gate(xr + hr)
        return z * h + (1 - z) * self.act(xh + r * hh), c


class Wrapper(Layer):
    def __init__(self, layer: Any, merge_mode: str = "concat", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.layer = layer
        self.fields["layer"] = layer
        self.mode = merge_mode


class Bidirectional(Wrapper):
    def build(self, shape: Any) -> None:
        import copy

        self.fields["backward_layer"] = copy.copy(self.layer)
        back = self.fields["backward_layer"]
        back.fields, back.built, back.backwards = {}, False, True
        build_for(self.layer, shape)
        build_for(back, shape)

    def forward(self, x: Any, training: bool) -> Any:
        a, b = self.layer.forward(x, training), self.fields["backward_layer"].forward(x, training)
        b = b.flip(1) if self.layer.sequences else b
        if self.mode == "sum":
            return a + b
        return (a + b) / 2 if self.mode == "ave" else torch.cat([a, b], -1)


class TimeDistributed(Wrapper):
    def forward(self, x: Any, training: bool) -> Any:
        flat = x.reshape(-1, *x.shape[2:])
        if not self.layer.built:
            build_for(self.layer, [None, *x.shape[2:]])
        out = self.layer.forward(flat, training)
        return out.reshape(x.shape[0], x.shape[1], *out.shape[1:])


class Lambda(Layer):
    def __init__(self, function: Any, **kwargs: Any) -> None:
        super().__init__(**{k: v for k, v in kwargs.items() if k != "output_shape"})
        self.function = function

    def forward(self, x: Any, training: bool) -> Any:
        given = [EagerTensor(each) for each in x] if isinstance(x, list) else EagerTensor(x)
        return convert(running.call(self.function, (given,)))


class Normalization(Layer):
    def __init__(self, axis: Any = -1, mean: Any = None, variance: Any = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.mean = None if mean is None else convert(mean).float()
        self.variance = None if variance is None else convert(variance).float()

    def adapt(self, data: Any) -> None:
        t = convert(data).float()
        self.mean, self.variance = (
            t.reshape(-1, t.shape[-1]).mean(0),
            t.reshape(-1, t.shape[-1]).var(0, correction=0),
        )

    def forward(self, x: Any, training: bool) -> Any:
        if self.mean is None:
            raise ValueError("You must call `.adapt(dataset)` before using the Normalization layer")
        return Op(
            "Normalization", lambda x, m, v: (x - m) / torch.clamp(v.sqrt(), min=1e-7), "elementwise"
        ).apply((x, self.mean, self.variance), {})


class MultiHeadAttention(Layer):
    def __init__(
        self,
        num_heads: int,
        key_dim: int,
        value_dim: Any = None,
        dropout: float = 0.0,
        use_bias: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.heads, self.key_dim = int(num_heads), int(key_dim)

    def build(self, shape: Any) -> None:
        width = int(shape[-1] if not isinstance(shape[0], list) else shape[0][-1])
        total = self.heads * self.key_dim
        for name in ("query", "key", "value"):
            self.weight(f"{name}_kernel", [width, total], "glorot_uniform")
            self.weight(f"{name}_bias", [total], "zeros")
        self.weight("output_kernel", [total, width], "glorot_uniform")
        self.weight("output_bias", [width], "zeros")

    def forward(
        self,
        x: Any,
        training: bool,
        value: Any = None,
        key: Any = None,
        attention_mask: Any = None,
        use_causal_mask: bool = False,
        **kwargs: Any,
    ) -> Any:
        value = x if value is None else value
        key = value if key is None else key

        def split(t: T, name: str) -> Any:
            made = t @ self.fields[f"{name}_kernel"].read() + self.fields[f"{name}_bias"].read()
            return made.reshape(t.shape[0], t.shape[1], self.heads, self.key_dim).transpose(1, 2)

        def attend(q: T, k: T, v: T) -> Any:
            made = F.scaled_dot_product_attention(
                split(q, "query"), split(k, "key"), split(v, "value"), is_causal=use_causal_mask
            )
            flat = made.transpose(1, 2).reshape(q.shape[0], q.shape[1], -1)
            return flat @ self.fields["output_kernel"].read() + self.fields["output_bias"].read()

        return Op("MultiHeadAttention", attend, "contraction", "none").apply((x, key, value), {})


class PReLU(Layer):
    def build(self, shape: Any) -> None:
        self.weight("alpha", [int(s) for s in shape[1:]], "zeros")

    def forward(self, x: Any, training: bool) -> Any:
        return Op("PReLU", lambda x, a: torch.where(x > 0, x, a * x), "activation").apply(
            (x, self.fields["alpha"].read()), {}
        )


class InputLayer(Layer):
    def __init__(
        self, shape: Any = None, input_shape: Any = None, batch_size: Any = None, **kwargs: Any
    ) -> None:
        super().__init__(**{k: v for k, v in kwargs.items() if k in ("name", "dtype")})
        self.given_shape = [None, *collect(shape if shape is not None else input_shape)]
        self.built = True

    def forward(self, x: Any, training: bool) -> Any:
        return x


def _resize(x: T, size: Any = 2, interpolation: str = "nearest", data_format: Any = None) -> T:
    factor = spread(size, 2)
    if interpolation == "nearest":
        return x.repeat_interleave(factor[0], 1).repeat_interleave(factor[1], 2)
    return F.interpolate(x.movedim(-1, 1), scale_factor=[float(f) for f in factor], mode="bilinear").movedim(
        1, -1
    )


def _sides(value: Any) -> list[tuple[int, int]]:
    if isinstance(value, int):
        return [(value, value), (value, value)]
    return [(v, v) if isinstance(v, int) else (v[0], v[1]) for v in value]


def _zero_padding(x: T, padding: Any = 1, data_format: Any = None) -> T:
    (top, bottom), (left, right) = _sides(padding)
    return F.pad(x, (0, 0, left, right, top, bottom))


def _cropping(x: T, cropping: Any = 0, data_format: Any = None) -> T:
    (top, bottom), (left, right) = _sides(cropping)
    return x[:, top : x.shape[1] - bottom, left : x.shape[2] - right]


def _noise(x: T, stddev: float = 0.1, **kwargs: Any) -> T:
    return x + torch.randn_like(x) * stddev


def _reshape(x: T, target_shape: Any) -> T:
    return x.reshape(x.shape[0], *target_shape)


def _make_classes() -> dict[str, type[Layer]]:
    made: dict[str, type[Layer]] = {
        c.__name__: c for c in (Dense, Activation, Conv1D, Conv2D, Conv3D, Conv2DTranspose, DepthwiseConv2D, BatchNormalization, LayerNormalization,
                                Embedding, SimpleRNN, LSTM, GRU, Bidirectional, TimeDistributed, Lambda, Normalization, MultiHeadAttention, PReLU, InputLayer)
    }  # fmt: skip
    simple: list[tuple[str, str, Any, dict[str, Any]]] = [
        ("ReLU", "activation", lambda x, max_value=None, negative_slope=0.0, threshold=0.0: torch.clamp(F.leaky_relu(x, negative_slope), max=max_value) if max_value is not None else F.leaky_relu(x, negative_slope), {"max_value": None, "negative_slope": 0.0}),
        ("LeakyReLU", "activation", lambda x, negative_slope=0.3, alpha=None: F.leaky_relu(x, negative_slope if alpha is None else alpha), {"negative_slope": 0.3, "alpha": None}),
        ("ELU", "activation", lambda x, alpha=1.0: F.elu(x, alpha), {"alpha": 1.0}),
        ("Softmax", "activation", lambda x, axis=-1: torch.softmax(x, axis), {"axis": -1}),
        ("Flatten", "movement", lambda x, data_format=None: x.flatten(1) if x.dim() > 1 else x.unsqueeze(-1), {"data_format": None}),
        ("Reshape", "movement", _reshape, {"target_shape": ()}), ("Permute", "movement", lambda x, dims: x.permute(0, *dims), {"dims": ()}),
        ("RepeatVector", "movement", lambda x, n: x.unsqueeze(1).repeat(1, n, 1), {"n": 1}),
        ("GlobalAveragePooling1D", "reduction", lambda x, keepdims=False: x.mean(1, keepdim=keepdims), {"keepdims": False}),
        ("GlobalAveragePooling2D", "reduction", lambda x, keepdims=False: x.mean((1, 2), keepdim=keepdims), {"keepdims": False}),
        ("GlobalMaxPooling1D", "reduction", lambda x, keepdims=False: x.amax(1, keepdim=keepdims), {"keepdims": False}),
        ("GlobalMaxPooling2D", "reduction", lambda x, keepdims=False: x.amax((1, 2), keepdim=keepdims), {"keepdims": False}),
        ("UpSampling2D", "movement", _resize, {"size": 2, "data_format": None, "interpolation": "nearest"}), ("ZeroPadding2D", "movement", _zero_padding, {"padding": 1}),
        ("Cropping2D", "movement", _cropping, {"cropping": 0}), ("Rescaling", "elementwise", lambda x, scale=1.0, offset=0.0: x.float() * scale + offset, {"scale": 1.0, "offset": 0.0}),
        ("UpSampling1D", "movement", lambda x, size=2: x.repeat_interleave(size, 1), {"size": 2}), ("UnitNormalization", "activation", lambda x, axis=-1: F.normalize(x, dim=axis), {"axis": -1}),
    ]  # fmt: skip
    for name, kind, compute, parameters in simple:
        made[name] = _simple(name, kind, compute, parameters)
    made["Dropout"] = _random_layer(
        "Dropout", lambda x, rate: F.dropout(x, rate), {"rate": 0.5, "noise_shape": None, "seed": None}
    )
    made["SpatialDropout2D"] = _random_layer(
        "SpatialDropout2D", lambda x, rate: F.dropout2d(x.movedim(-1, 1), rate).movedim(1, -1), {"rate": 0.5}
    )
    made["GaussianNoise"] = _random_layer("GaussianNoise", _noise, {"stddev": 0.1, "seed": None})
    for name, merge in (("Add", _total), ("Multiply", _product), ("Maximum", _stack_max), ("Subtract", lambda v, a: v[0] - v[1]), ("Average", lambda v, a: _total(v, a) / len(v)), ("Minimum", lambda v, a: torch.minimum(v[0], v[1])), ("Concatenate", lambda v, a: torch.cat(v, a)), ("Dot", _dot)):  # fmt: skip
        made[name] = _merge(name, merge)
    for axes in (1, 2, 3):
        made[f"MaxPooling{axes}D"] = made[f"MaxPool{axes}D"] = _pooling(f"MaxPooling{axes}D", axes, "max")
        made[f"AveragePooling{axes}D"] = made[f"AvgPool{axes}D"] = _pooling(
            f"AveragePooling{axes}D", axes, "avg"
        )
    return made


# ------------------------------------------------------------ the kind
def _add_weight(
    layer: Layer,
    shape: Any = None,
    initializer: Any = None,
    dtype: Any = None,
    trainable: bool = True,
    regularizer: Any = None,
    name: Any = None,
    **kwargs: Any,
) -> Variable:
    if isinstance(shape, str):  # the old order: name first
        name, shape = shape, initializer
        initializer = kwargs.get("initializer")
    sizes = [] if shape is None else [int(s) for s in shape_list(shape)]
    with untraced():
        made = Variable(
            initial(initializer, sizes).to(dtype_of(dtype or "float32")), trainable, name or "variable"
        )
    layer.extra.append(made)
    if regularizer is not None and isinstance(regularizer, Regularizer):
        layer.penalties.append((made, regularizer))
    return made


def _get_weights(module: Module) -> list[Any]:
    return [v.numpy() if v.t.dim() else np.asarray(v.numpy()) for v in variables(module)]


def _set_weights(module: Module, weights: Any) -> None:
    given, own = collect(weights), variables(module)
    if len(given) != len(own):
        raise ValueError(
            f"You called `set_weights(weights)` with a weight list of length {len(given)}, but the layer was expecting {len(own)} weights."
        )
    for v, new in zip(own, given, strict=True):
        t = convert(new, like=v.t.dtype).detach()
        if t.shape != v.t.shape:
            raise ValueError(
                f"Layer weight shape {tuple(v.t.shape)} not compatible with provided weight shape {tuple(t.shape)}."
            )
        v.write(t)


class LayerKind(InstanceKind):
    """Layers, models and modules: the snippet's own members, fields, then a table."""

    name = "layer"
    rank = 80

    def __init__(self) -> None:
        super().__init__()
        self.attributes = {
            "weights": Property(variables), "variables": Property(variables), "trainable_weights": Property(lambda m: variables(m, True)),
            "trainable_variables": Property(lambda m: variables(m, True)), "non_trainable_weights": Property(lambda m: variables(m, False)),
            "non_trainable_variables": Property(lambda m: variables(m, False)), "get_weights": Native("get_weights", _get_weights),
            "set_weights": Native("set_weights", _set_weights), "count_params": Native("count_params", lambda m: sum(v.t.numel() for v in variables(m))),
            "add_weight": Native("add_weight", _add_weight), "add_variable": Native("add_variable", _add_weight), "add_loss": Native("add_loss", lambda m, loss: m.added.append(loss)),
            "build": Native("build", lambda m, shape: build_for(m, [None if s is None else int(s) for s in collect(shape)])), "call": Native("call", lambda m, *a, **k: call_layer(m, a, k)),
            "submodules": Property(lambda m: tuple(sublayers(m))), "losses": Property(lambda m: [EagerTensor(t) for t in penalties(m)]), "adapt": Native("adapt", lambda m, d: m.adapt(d)),
            "get_config": Native("get_config", _config), "compute_output_shape": Native("compute_output_shape", lambda m, s: m.output_shape), "reset_states": Native("reset_states", lambda m: None),
        }  # fmt: skip

    def class_of(self, value: Any) -> Any:
        owner = getattr(type(value), "lab_class", None)
        return (
            owner
            if owner is not None
            else publish_type(
                CLASSES.get(type(value).__name__) or NativeClass(type(value).__name__, type(value))
            )
        )

    def type_name(self, value: Any) -> str:
        return type(value).__name__

    def dir(self, value: Any) -> list[str]:
        return sorted({*self.attributes, *value.fields, *(n for n in _PLAIN if hasattr(value, n))})

    def vars(self, value: Any) -> dict[str, Any]:
        return dict(value.fields)

    def getattr(self, value: Any, name: str) -> Any:
        if name in value.fields:
            return value.fields[name]
        found, member = member_of(value, name)
        if found:
            return member
        if name in self.attributes:
            return Kind.getattr(self, value, name)
        if name in _PLAIN and hasattr(value, name):
            made = getattr(value, name)
            return tuple(made) if isinstance(made, list) and name.endswith("shape") else made
        raise no_attribute(type(value).__name__, name, self.dir(value))

    def setattr(self, value: Any, name: str, new: Any) -> None:
        if set_property(value, name, new):
            return
        if name in ("trainable", "name", "built"):
            setattr(value, name, new)
        else:
            if not hasattr(value, "fields"):
                raise RuntimeError(
                    "In layer `"
                    + type(value).__name__
                    + "`, you forgot to call `super().__init__()` as the first statement in the `__init__()` method. Go add it!"
                )
            value.fields[name] = new

    def call(self, value: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        own = self.own(value, "__call__")
        if own is not None:
            return running.call(own, args, kwargs)
        if not isinstance(value, Layer):
            raise TypeError(f"'{type(value).__name__}' object is not callable")
        return call_layer(value, args, kwargs)

    def repr(self, value: Any) -> str:
        function = self.own(value, "__repr__")
        if function is not None:
            return str(running.call(function, ()))
        return f"<{type(value).__name__} name={getattr(value, 'name', '')}, built={getattr(value, 'built', False)}>"

    def encode(self, value: Any, encoder: Any) -> dict[str, Any]:
        shapes = [[v.name, list(v.t.shape)] for v in variables(value)]
        return {
            "kind": "nn_module",
            "data": type(value).__name__,
            "repr": encoder.clip(self.repr(value)),
            "parameters": shapes[:200],
        }


_PLAIN = frozenset({"name", "trainable", "built", "units", "activation", "use_bias", "filters", "kernel_size", "strides", "padding", "pool_size", "output_shape", "axis", "epsilon", "momentum", "layer", "dtype"})  # fmt: skip


def _config(layer: Any) -> dict[str, Any]:
    return {
        k: getattr(layer, k)
        for k in ("name", "trainable", "units", "activation", "use_bias", "filters", "kernel_size")
        if hasattr(layer, k)
    } | {k: v for k, v in layer.fields.items() if isinstance(v, int | float | str)}


LAYER = LayerKind()
register(LAYER, Module)
CLASSES: dict[str, NativeClass] = {}


def Input(
    shape: Any = None, batch_size: Any = None, name: Any = None, dtype: Any = None, **kwargs: Any
) -> KerasTensor:
    """A place where data comes in."""
    return KerasTensor(
        [None, *collect(shape if shape is not None else ())], [], InputLayer(shape=shape, name=name), None
    )


def load() -> None:
    space = Namespace("keras.layers", doc="Layers.")
    overrides = ("call", "build", "get_config", "compute_output_shape")
    base = NativeClass("Layer", Layer, module="keras.src.layers.layer", overrides=overrides)
    classes: dict[str, type[Layer]] = {"Layer": Layer, **_make_classes()}
    for name, python in classes.items():
        ref = (
            base
            if name == "Layer"
            else NativeClass(name, python, module="keras.src.layers", overrides=overrides)
        )
        ref.strict = True
        publish_type(ref)
        CLASSES[name] = ref
        space.members[name] = ref
    space.members["Input"] = Native("Input", Input, "A place where data comes in.")
    for name, source in (
        ("add", "Add"),
        ("multiply", "Multiply"),
        ("concatenate", "Concatenate"),
        ("average", "Average"),
        ("maximum", "Maximum"),
        ("subtract", "Subtract"),
    ):
        space.members[name] = Native(
            name,
            (lambda s: lambda inputs, **k: call_layer(running.call(space.members[s], (), k), (inputs,), {}))(
                source
            ),
        )
    KERAS.members.update(
        layers=space, Layer=base, Input=space.members["Input"], Variable=TF.members["Variable"]
    )
    TF.members["Module"] = publish_type(NativeClass("Module", Module, module="tensorflow", overrides=()))
    publish(space)


__all__ = [
    "CLASSES",
    "LAYER",
    "KerasTensor",
    "Layer",
    "Module",
    "call_layer",
    "penalties",
    "run",
    "variables",
]
