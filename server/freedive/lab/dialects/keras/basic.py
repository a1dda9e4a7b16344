"""Dense, activations, merging, dropout, reshaping and other layers of few lines, one `forward` each."""

from __future__ import annotations

import itertools
from typing import Any

import torch

from freedive.lab.dialects.keras.constraints import constraint
from freedive.lab.dialects.keras.functions import Regularizer, activation, regularizer
from freedive.lab.dialects.keras.layer import ADD, MATMUL, Layer
from freedive.lab.dialects.tensorflow.tensors import EagerTensor, convert
from freedive.lab.door import Op
from freedive.lab.operators import collect
from freedive.lab.plain import show_inside
from freedive.lab.running import running

T = torch.Tensor


# ------------------------------------------------------------ the layers themselves
class Dense(Layer):
    def __init__(self, units: int, activation: Any = None, use_bias: bool = True, kernel_initializer: Any = "glorot_uniform", bias_initializer: Any = "zeros", kernel_regularizer: Any = None, bias_regularizer: Any = None, kernel_constraint: Any = None, bias_constraint: Any = None, **kwargs: Any) -> None:  # fmt: skip
        super().__init__(**kwargs)
        if not isinstance(units, int) or units <= 0:
            raise ValueError(
                f"Received an invalid value for `units`, expected a positive integer. Received: units={units}"
            )
        self.units, self.use_bias, self.activation = units, use_bias, activation
        self.act = _act(activation)
        self.starts = (kernel_initializer, bias_initializer)
        self.rules = (kernel_regularizer, bias_regularizer)
        self.kernel_regularizer, self.kernel_constraint = (
            regularizer(kernel_regularizer),
            constraint(kernel_constraint),
        )
        self.bias_constraint = bias_constraint

    def build(self, shape: Any) -> None:
        if shape is not None and len(shape) < 2:
            raise self.misfit(
                f"expected min_ndim=2, found ndim={len(shape)}. Full shape received: ({self.first_size},)"
            )
        self.kernel = self.weight(
            "kernel",
            [int(shape[-1]), self.units],
            self.starts[0],
            penalty=self.rules[0],
            keep=self.kernel_constraint,
        )
        if self.use_bias:
            self.bias = self.weight(
                "bias", [self.units], self.starts[1], penalty=self.rules[1], keep=self.bias_constraint
            )

    def forward(self, x: Any, training: bool) -> Any:
        kernel = self.fields["kernel"].read()
        if x.shape[-1] != kernel.shape[0]:
            error: Any = self.misfit(
                f"expected axis -1 of input shape to have value {kernel.shape[0]}, but received input with shape {tuple(x.shape)}"
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


_GROWING = frozenset({
    "RepeatVector", "UpSampling1D", "UpSampling2D", "UpSampling3D", "ZeroPadding1D", "ZeroPadding2D", "ZeroPadding3D", "Resizing",
})  # fmt: skip
"""Layers whose results are larger than what they are given by as much as they are told."""


def _simple(name: str, op_kind: str, compute: Any, parameters: dict[str, Any] | None = None) -> type[Layer]:
    """A layer without weights: its parameters with their defaults, and a function of the tensor."""
    defaults = parameters or {}
    rule = "meta" if name in _GROWING else "none" if op_kind in ("movement", "contraction") else ""
    op = Op(name, compute, op_kind, rule)

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
    cells = name not in ("Concatenate", "Dot")

    def __init__(self: Any, axis: int = -1, axes: Any = None, normalize: bool = False, **kwargs: Any) -> None:
        Layer.__init__(self, **kwargs)
        self.axis = axis if axes is None else axes

    def forward(self: Any, x: Any, training: bool) -> Any:
        if not isinstance(x, list | tuple):
            raise ValueError(
                f"A merge layer should be called on a list of inputs. Received: input_shape={tuple(x.shape)} (not a list of shapes)"
            )
        if cells:
            for a, b in itertools.pairwise(x):
                pairs = zip(reversed(a.shape[1:]), reversed(b.shape[1:]), strict=False)
                if any(p != q and 1 not in (p, q) for p, q in pairs):
                    shapes = [show_inside(tuple(t.shape[1:]), []) for t in (a, b)]
                    raise ValueError(
                        f"Inputs have incompatible shapes. Received shapes {shapes[0]} and {shapes[1]}"
                    )
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


class Lambda(Layer):
    def __init__(self, function: Any, **kwargs: Any) -> None:
        super().__init__(**{k: v for k, v in kwargs.items() if k != "output_shape"})
        self.function = function

    def forward(self, x: Any, training: bool) -> Any:
        given = [EagerTensor(each) for each in x] if isinstance(x, list) else EagerTensor(x)
        return convert(running.call(self.function, (given,)))


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


class Masking(Layer):
    """Steps that hold nothing but one value are left out by what follows."""

    def __init__(self, mask_value: float = 0.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.mask_value = float(mask_value)

    def new_mask(self, first: Any) -> T:
        return (convert(first) != self.mask_value).any(-1)

    def forward(self, x: Any, training: bool) -> Any:
        return Op("Masking", lambda t: t * (t != self.mask_value).any(-1, keepdim=True), "elementwise").apply(
            (x,), {}
        )


class ActivityRegularization(Layer):
    def __init__(self, l1: float = 0.0, l2: float = 0.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rule = Regularizer(l1, l2)

    def forward(self, x: Any, training: bool) -> Any:
        self.added.append(EagerTensor(self.rule.penalty(x)))
        return x


class EinsumDense(Layer):
    """A dense layer whose axes an equation names."""

    def __init__(self, equation: str, output_shape: Any, activation: Any = None, bias_axes: Any = None, kernel_initializer: Any = "glorot_uniform", bias_initializer: Any = "zeros", **kwargs: Any) -> None:  # fmt: skip
        super().__init__(**kwargs)
        self.equation, self.out, self.bias_axes = equation.replace(" ", ""), output_shape, bias_axes
        self.act, self.starts = _act(activation), (kernel_initializer, bias_initializer)

    def build(self, shape: Any) -> None:
        left, right = self.equation.split("->")
        data, weights = left.split(",")
        sizes = dict(zip(data, shape, strict=False))
        wide = collect(self.out) if isinstance(self.out, list | tuple) else [self.out]
        for letter, size in zip(right[-len(wide) :], wide, strict=True):
            sizes[letter] = size if size is not None else sizes.get(letter)
        self.weight("kernel", [int(sizes[letter]) for letter in weights], self.starts[0])
        if self.bias_axes:
            first = min(right.index(letter) for letter in self.bias_axes)
            self.weight(
                "bias", [int(sizes[c]) if c in self.bias_axes else 1 for c in right[first:]], self.starts[1]
            )

    def forward(self, x: Any, training: bool) -> Any:
        out = Op("EinsumDense", torch.einsum, "contraction", "einsum").apply(
            (self.equation, x, self.fields["kernel"].read()), {}
        )
        if self.bias_axes:
            out = ADD.apply((out, self.fields["bias"].read()), {})
        return out if self.act is None else self.act(out)


def _noise(x: T, stddev: float = 0.1, **kwargs: Any) -> T:
    return x + torch.randn_like(x) * stddev


def _reshape(x: T, target_shape: Any) -> T:
    return x.reshape(x.shape[0], *target_shape)
