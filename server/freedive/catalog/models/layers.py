"""Layers: what a model is made of. Each knows its shapes without torch, and builds torch's module of the same name.

Shapes leave out the batch axis: (features,) for flat examples, (channels, height, width) for pictures.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from freedive.catalog.choice import Choice
from freedive.errors import ShapeMismatch

if TYPE_CHECKING:
    from torch import nn

Shape = tuple[int, ...]
Width = Annotated[int, Field(ge=1, le=4096)]
Window = Annotated[int, Field(ge=1, le=31)]
Padding = Annotated[int, Field(ge=0, le=15)]
Function = Literal["relu", "leaky_relu", "elu", "gelu", "tanh", "sigmoid", "softplus", "silu", "identity"]

TORCH_NAMES: dict[str, str] = {
    "relu": "ReLU",
    "leaky_relu": "LeakyReLU",
    "elu": "ELU",
    "gelu": "GELU",
    "tanh": "Tanh",
    "sigmoid": "Sigmoid",
    "softplus": "Softplus",
    "silu": "SiLU",
    "identity": "Identity",
}


class LayerChoice(Choice):
    """One layer. `outputs` is what the dataset asks of the whole model; only a Linear without a width reads it."""

    torch_name: ClassVar[str]
    """Name of the class in torch.nn."""
    prefix: ClassVar[str]
    """Its name in the module, before the number."""

    def output_shape(self, shape: Shape, outputs: int) -> Shape:
        """What comes out where `shape` goes in. Raises ShapeMismatch, without a position, where it does not fit."""
        return shape

    def parameters(self, shape: Shape, outputs: int) -> int:
        """Trainable numbers."""
        return 0

    def arguments(self, shape: Shape, outputs: int) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Positional and keyword arguments of torch's class."""
        return (), {}

    def label(self, shape: Shape, outputs: int) -> str:
        """For people."""
        return self.module_name()

    def module_name(self) -> str:
        """Name of the class in torch.nn."""
        return self.torch_name

    def module_prefix(self) -> str:
        """Its name in the module, before the number."""
        return self.prefix

    def build(self, shape: Shape, outputs: int) -> nn.Module:
        """torch's module."""
        from torch import nn

        given, named = self.arguments(shape, outputs)
        module: nn.Module = getattr(nn, self.module_name())(*given, **named)
        return module

    def expression(self, shape: Shape, outputs: int) -> str:
        """The same as source text."""
        given, named = self.arguments(shape, outputs)
        listed = [repr(value) for value in given] + [f"{name}={value!r}" for name, value in named.items()]
        return f"nn.{self.module_name()}({', '.join(listed)})"


def _flat(name: str, shape: Shape) -> int:
    if len(shape) != 1:
        raise ShapeMismatch(
            f"{name} expects flat examples of shape (features,), but {_shown(shape)} comes in",
            hint="Put a Flatten before it.",
        )
    return shape[0]


def _picture(name: str, shape: Shape) -> tuple[int, int, int]:
    if len(shape) != 3:
        raise ShapeMismatch(
            f"{name} expects pictures of shape (channels, height, width), but {_shown(shape)} comes in",
            hint="Put it before the first Flatten or Linear, and choose a dataset of pictures.",
        )
    return shape[0], shape[1], shape[2]


def _shown(shape: Shape) -> str:
    return f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"


def _slid(name: str, side: int, kernel: int, stride: int, padding: int) -> int:
    """Positions of a window along one side (torch.nn.Conv2d's formula with dilation 1)."""
    if kernel > side + 2 * padding:
        padded = f" with padding {padding} on each side" if padding else ""
        raise ShapeMismatch(
            f"{name} looks at {kernel} × {kernel} pixels, but only {side} × {side}{padded} come in",
            hint="Make its kernel smaller, its padding larger, or pool less before it.",
        )
    return (side + 2 * padding - kernel) // stride + 1


class LinearLayer(LayerChoice):
    """Every output is a weighted sum of all inputs plus a bias (torch.nn.Linear)."""

    kind: Literal["linear"] = "linear"
    out_features: Width | None = None
    """Number of outputs; null is as many as the dataset asks for (its classes, or 1)."""

    title: ClassVar[dict[str, str]] = {"en": "Linear", "zh": "全连接"}
    about: ClassVar[dict[str, str]] = {"en": "Weighted sums of all inputs.", "zh": "所有输入的加权和。"}
    torch_name = "Linear"
    prefix = "linear"

    def output_shape(self, shape: Shape, outputs: int) -> Shape:
        """(out_features,)."""
        _flat("Linear", shape)
        return (self.out_features or outputs,)

    def parameters(self, shape: Shape, outputs: int) -> int:
        """Weights and biases."""
        return (shape[0] + 1) * (self.out_features or outputs)

    def arguments(self, shape: Shape, outputs: int) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """in_features, out_features."""
        return (shape[0], self.out_features or outputs), {}

    def label(self, shape: Shape, outputs: int) -> str:
        """Linear 784 → 200."""
        return f"Linear {shape[0]} → {self.out_features or outputs}"


class Conv2dLayer(LayerChoice):
    """Small filters slid over a picture (torch.nn.Conv2d)."""

    kind: Literal["conv2d"] = "conv2d"
    out_channels: Annotated[int, Field(ge=1, le=512)] = 6
    """Number of filters."""
    kernel: Window = 5
    """Side of each filter in pixels."""
    stride: Annotated[int, Field(ge=1, le=8)] = 1
    """Pixels between two positions."""
    padding: Padding = 0
    """Zeros around the picture."""

    title: ClassVar[dict[str, str]] = {"en": "Conv2d", "zh": "卷积"}
    about: ClassVar[dict[str, str]] = {
        "en": "Small filters slid over a picture.",
        "zh": "在图像上滑动的小滤波器。",
    }
    torch_name = "Conv2d"
    prefix = "conv"

    def output_shape(self, shape: Shape, outputs: int) -> Shape:
        """(out_channels, height, width)."""
        _, height, width = _picture("Conv2d", shape)
        return (
            self.out_channels,
            _slid("Conv2d", height, self.kernel, self.stride, self.padding),
            _slid("Conv2d", width, self.kernel, self.stride, self.padding),
        )

    def parameters(self, shape: Shape, outputs: int) -> int:
        """Filters and biases."""
        return self.out_channels * (shape[0] * self.kernel**2 + 1)

    def arguments(self, shape: Shape, outputs: int) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """in_channels, out_channels, kernel_size, stride, padding."""
        named = {"kernel_size": self.kernel, "stride": self.stride, "padding": self.padding}
        return (shape[0], self.out_channels), named

    def label(self, shape: Shape, outputs: int) -> str:
        """Conv 5×5, 1 → 6."""
        return f"Conv {self.kernel}×{self.kernel}, {shape[0]} → {self.out_channels}"


class PoolLayer(LayerChoice):
    """Base of both poolings."""

    kernel: Window = 2
    """Side of the window in pixels."""
    stride: Annotated[int, Field(ge=1, le=8)] | None = None
    """Pixels between two positions; null is the side of the window."""
    padding: Padding = 0
    """Pixels added around the picture; at most half the window."""

    prefix = "pool"

    @model_validator(mode="after")
    def _padding_is_small(self) -> Self:
        if self.padding > self.kernel // 2:
            raise ValueError(
                f"padding is at most half the window: expected 0 to {self.kernel // 2}, came {self.padding}"
            )
        return self

    def output_shape(self, shape: Shape, outputs: int) -> Shape:
        """(channels, height, width)."""
        channels, height, width = _picture(self.torch_name, shape)
        stride = self.stride or self.kernel
        return (
            channels,
            _slid(self.torch_name, height, self.kernel, stride, self.padding),
            _slid(self.torch_name, width, self.kernel, stride, self.padding),
        )

    def arguments(self, shape: Shape, outputs: int) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """kernel_size, stride, padding."""
        return (), {"kernel_size": self.kernel, "stride": self.stride or self.kernel, "padding": self.padding}

    def label(self, shape: Shape, outputs: int) -> str:
        """MaxPool 2×2."""
        return f"{self.torch_name.removesuffix('2d')} {self.kernel}×{self.kernel}"


class MaxPool2dLayer(PoolLayer):
    """The largest value of each window (torch.nn.MaxPool2d)."""

    kind: Literal["max_pool2d"] = "max_pool2d"

    title: ClassVar[dict[str, str]] = {"en": "MaxPool2d", "zh": "最大池化"}
    about: ClassVar[dict[str, str]] = {
        "en": "The largest value of each window.",
        "zh": "取每个窗口的最大值。",
    }
    torch_name = "MaxPool2d"


class AvgPool2dLayer(PoolLayer):
    """The mean of each window (torch.nn.AvgPool2d)."""

    kind: Literal["avg_pool2d"] = "avg_pool2d"

    title: ClassVar[dict[str, str]] = {"en": "AvgPool2d", "zh": "平均池化"}
    about: ClassVar[dict[str, str]] = {"en": "The mean of each window.", "zh": "取每个窗口的平均值。"}
    torch_name = "AvgPool2d"


class BatchNorm1dLayer(LayerChoice):
    """Each feature to mean 0 and variance 1 over the batch, then scaled and shifted (Ioffe and Szegedy, 2015)."""

    kind: Literal["batch_norm1d"] = "batch_norm1d"

    title: ClassVar[dict[str, str]] = {"en": "BatchNorm1d", "zh": "批归一化（一维）"}
    about: ClassVar[dict[str, str]] = {
        "en": "Standardizes each feature over the batch.",
        "zh": "按批次标准化每个特征。",
    }
    torch_name = "BatchNorm1d"
    prefix = "norm"

    def output_shape(self, shape: Shape, outputs: int) -> Shape:
        """As it came in."""
        _flat("BatchNorm1d", shape)
        return shape

    def parameters(self, shape: Shape, outputs: int) -> int:
        """A scale and a shift for each feature."""
        return 2 * shape[0]

    def arguments(self, shape: Shape, outputs: int) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """num_features."""
        return (shape[0],), {}

    def label(self, shape: Shape, outputs: int) -> str:
        """BatchNorm 200."""
        return f"BatchNorm {shape[0]}"


class BatchNorm2dLayer(LayerChoice):
    """Each channel to mean 0 and variance 1 over the batch, then scaled and shifted (Ioffe and Szegedy, 2015)."""

    kind: Literal["batch_norm2d"] = "batch_norm2d"

    title: ClassVar[dict[str, str]] = {"en": "BatchNorm2d", "zh": "批归一化（二维）"}
    about: ClassVar[dict[str, str]] = {
        "en": "Standardizes each channel over the batch.",
        "zh": "按批次标准化每个通道。",
    }
    torch_name = "BatchNorm2d"
    prefix = "norm"

    def output_shape(self, shape: Shape, outputs: int) -> Shape:
        """As it came in."""
        _picture("BatchNorm2d", shape)
        return shape

    def parameters(self, shape: Shape, outputs: int) -> int:
        """A scale and a shift for each channel."""
        return 2 * shape[0]

    def arguments(self, shape: Shape, outputs: int) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """num_features."""
        return (shape[0],), {}

    def label(self, shape: Shape, outputs: int) -> str:
        """BatchNorm 6."""
        return f"BatchNorm {shape[0]}"


class DropoutLayer(LayerChoice):
    """Sets a random share of values to 0 while training and scales up the rest (Srivastava et al., 2014)."""

    kind: Literal["dropout"] = "dropout"
    p: Annotated[float, Field(ge=0, lt=1)] = 0.5
    """Share that is set to 0."""

    title: ClassVar[dict[str, str]] = {"en": "Dropout", "zh": "随机失活"}
    about: ClassVar[dict[str, str]] = {
        "en": "Sets a random share of values to 0.",
        "zh": "随机将一部分值置零。",
    }
    torch_name = "Dropout"
    prefix = "dropout"

    def arguments(self, shape: Shape, outputs: int) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """p."""
        return (), {"p": self.p}

    def label(self, shape: Shape, outputs: int) -> str:
        """Dropout 0.5."""
        return f"Dropout {self.p:g}"


class FlattenLayer(LayerChoice):
    """A picture as one long row of numbers (torch.nn.Flatten)."""

    kind: Literal["flatten"] = "flatten"

    title: ClassVar[dict[str, str]] = {"en": "Flatten", "zh": "展平"}
    about: ClassVar[dict[str, str]] = {"en": "A picture as one row of numbers.", "zh": "把图像展开成一行数。"}
    torch_name = "Flatten"
    prefix = "flatten"

    def output_shape(self, shape: Shape, outputs: int) -> Shape:
        """(channels * height * width,)."""
        return (prod(shape),)

    def label(self, shape: Shape, outputs: int) -> str:
        """Flatten 784."""
        return f"Flatten {prod(shape)}"


class ActivationLayer(LayerChoice):
    """A function of each value by itself; without one, layers in a row are no more than one Linear."""

    kind: Literal["activation"] = "activation"
    function: Function = "relu"
    """Which function."""

    title: ClassVar[dict[str, str]] = {"en": "Activation", "zh": "激活函数"}
    about: ClassVar[dict[str, str]] = {
        "en": "A function of each value by itself.",
        "zh": "对每个值单独作用的函数。",
    }

    def module_name(self) -> str:
        """torch's name of the function."""
        return TORCH_NAMES[self.function]

    def module_prefix(self) -> str:
        """The name of the function."""
        return self.function


Layer = Annotated[
    LinearLayer
    | Conv2dLayer
    | MaxPool2dLayer
    | AvgPool2dLayer
    | BatchNorm1dLayer
    | BatchNorm2dLayer
    | DropoutLayer
    | FlattenLayer
    | ActivationLayer,
    Field(discriminator="kind"),
]
