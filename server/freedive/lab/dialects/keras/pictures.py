"""Layers for pictures and series: convolution, pooling, padding and resizing, channels last as Keras has them."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F

from freedive.lab.dialects.keras.basic import _act
from freedive.lab.dialects.keras.layer import ADD, Layer
from freedive.lab.dialects.tensorflow.neural import conv, padded, pool, spread
from freedive.lab.door import Op
from freedive.lab.plain import show_inside

T = torch.Tensor


class _Conv(Layer):
    axes = 2
    transposed = False

    def __init__(self, filters: int, kernel_size: Any, strides: Any = 1, padding: str = "valid", data_format: Any = None, dilation_rate: Any = 1, groups: int = 1, activation: Any = None, use_bias: bool = True, kernel_initializer: Any = "glorot_uniform", bias_initializer: Any = "zeros", kernel_regularizer: Any = None, kernel_constraint: Any = None, **kwargs: Any) -> None:  # fmt: skip
        super().__init__(**kwargs)
        self.dilation, self.groups, self.keep = (
            spread(dilation_rate, self.axes),
            int(groups),
            kernel_constraint,
        )
        self.filters, self.use_bias, self.activation = int(filters), use_bias, activation
        self.kernel_size = tuple(spread(kernel_size, self.axes))
        self.strides, self.padding, self.act = spread(strides, self.axes), padding, _act(activation)
        self.starts, self.rule = (kernel_initializer, bias_initializer), kernel_regularizer
        self.op = Op(type(self).__name__, conv(self.axes), "contraction", "conv")

    def build(self, shape: Any) -> None:
        if shape is not None and len(shape) != self.axes + 2:
            raise self.wrong_rank([self.first_size, *shape[1:]])
        sizes = (
            [*self.kernel_size, self.filters, int(shape[-1])]
            if self.transposed
            else [*self.kernel_size, int(shape[-1]) // self.groups, self.filters]
        )
        self.kernel = self.weight("kernel", sizes, self.starts[0], penalty=self.rule, keep=self.keep)
        if self.use_bias:
            self.bias = self.weight("bias", [self.filters], self.starts[1])

    def forward(self, x: Any, training: bool) -> Any:
        if x.dim() != self.axes + 2:
            raise self.wrong_rank(list(x.shape))
        if self.padding == "causal":
            x = F.pad(x, (0, 0, self.dilation[0] * (self.kernel_size[0] - 1), 0))
        padding = "valid" if self.padding == "causal" else self.padding
        given: list[Any] = [x, self.fields["kernel"].read(), self.strides, padding]
        if not self.transposed:
            given.append(self.dilation)
        out = self.op.apply(tuple(given), {})
        if self.use_bias:
            out = ADD.apply((out, self.fields["bias"].read()), {})
        return out if self.act is None else self.act(out)

    def wrong_rank(self, shape: list[Any]) -> ValueError:
        error: Any = self.misfit(
            f"expected min_ndim={self.axes + 2}, found ndim={len(shape)}. Full shape received: {show_inside(tuple(shape), [])}"
        )
        error.hint = "pictures are (batch, height, width, channels); add the missing axis with x[..., None]"
        return error  # type: ignore[no-any-return]


class Conv2D(_Conv):
    pass


class Conv1D(_Conv):
    axes = 1


class Conv3D(_Conv):
    axes = 3


def _transposed(x: T, kernel: T, strides: list[int], padding: Any) -> Any:
    """Keras's transposed convolutions: what comes in grows by the stride ('same'), or by what the window adds ('valid')."""
    axes = x.dim() - 2
    weight = kernel.movedim((-1, -2), (0, 1))
    fn: Any = {1: F.conv_transpose1d, 2: F.conv_transpose2d, 3: F.conv_transpose3d}[axes]
    out = fn(x.movedim(-1, 1), weight, stride=strides)
    if str(padding).lower() == "same":
        for axis in range(axes):
            size = x.shape[1 + axis] * strides[axis]
            start = (out.shape[2 + axis] - size) // 2
            out = out.narrow(2 + axis, max(0, start), size)
    return out.movedim(1, -1)


class Conv2DTranspose(_Conv):
    transposed = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.op = Op(type(self).__name__, _transposed, "contraction", "meta")


class Conv1DTranspose(Conv2DTranspose):
    axes = 1


class Conv3DTranspose(Conv2DTranspose):
    axes = 3


class DepthwiseConv2D(Layer):
    def __init__(
        self,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        depth_multiplier: int = 1,
        data_format: Any = None,
        dilation_rate: Any = 1,
        activation: Any = None,
        use_bias: bool = True,
        depthwise_initializer: Any = "glorot_uniform",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.start = depthwise_initializer
        self.size, self.strides, self.padding = spread(kernel_size, 2), spread(strides, 2), padding
        self.multiplier, self.use_bias, self.act = depth_multiplier, use_bias, _act(activation)

    def build(self, shape: Any) -> None:
        self.channels = int(shape[-1])
        self.weight("kernel", [*self.size, self.channels, self.multiplier], self.start)
        if self.use_bias:
            self.weight("bias", [self.channels * self.multiplier], "zeros")

    def forward(self, x: Any, training: bool) -> Any:
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


class SeparableConv2D(Layer):
    """Each channel on its own, then all channels place by place."""

    axes = 2

    def __init__(self, filters: int, kernel_size: Any, strides: Any = 1, padding: str = "valid", data_format: Any = None, dilation_rate: Any = 1, depth_multiplier: int = 1, activation: Any = None, use_bias: bool = True, depthwise_initializer: Any = "glorot_uniform", pointwise_initializer: Any = "glorot_uniform", bias_initializer: Any = "zeros", **kwargs: Any) -> None:  # fmt: skip
        super().__init__(**kwargs)
        self.filters, self.multiplier, self.use_bias, self.act = (
            int(filters),
            int(depth_multiplier),
            use_bias,
            _act(activation),
        )
        self.size, self.strides, self.padding = spread(kernel_size, 2), spread(strides, 2), padding
        self.starts = (depthwise_initializer, pointwise_initializer, bias_initializer)

    def build(self, shape: Any) -> None:
        channels = int(shape[-1])
        self.weight("depthwise_kernel", [*self.size, channels, self.multiplier], self.starts[0])
        self.weight("pointwise_kernel", [1, 1, channels * self.multiplier, self.filters], self.starts[1])
        if self.use_bias:
            self.weight("bias", [self.filters], self.starts[2])

    def forward(self, x: Any, training: bool) -> Any:
        def compute(x: T, deep: T, wide: T) -> T:
            height, width, channels, _ = deep.shape
            inner = padded(x.movedim(-1, 1), [height, width], self.strides, self.padding)
            each = F.conv2d(
                inner,
                deep.permute(2, 3, 0, 1).reshape(-1, 1, height, width),
                stride=self.strides,
                groups=channels,
            )
            return F.conv2d(each, wide.permute(3, 2, 0, 1)).movedim(1, -1)

        weights = (self.fields["depthwise_kernel"].read(), self.fields["pointwise_kernel"].read())
        out = Op("SeparableConv2D", compute, "contraction", "meta").apply((x, *weights), {})
        if self.use_bias:
            out = ADD.apply((out, self.fields["bias"].read()), {})
        return out if self.act is None else self.act(out)


def _pooling(name: str, axes: int, how: str) -> type[Layer]:
    op = Op(name, pool(axes, how), "contraction", "none")

    def __init__(
        self: Any,
        pool_size: Any = 2 if how == "max" else None,
        strides: Any = None,
        padding: str = "valid",
        data_format: Any = None,
        **kwargs: Any,
    ) -> None:
        if pool_size is None:
            raise TypeError(f"{name}.__init__() missing 1 required positional argument: 'pool_size'")
        Layer.__init__(self, **kwargs)
        self.size = spread(pool_size, axes)
        self.strides = self.size if strides is None else spread(strides, axes)
        self.padding = padding
        self.pool_size = tuple(self.size)

    def forward(self: Any, x: Any, training: bool) -> Any:
        return op.apply((x, self.size, self.strides, self.padding), {})

    return type(name, (Layer,), {"__init__": __init__, "forward": forward})


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
