"""Conv2d."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from freedive.catalog.models.layers.base import LayerChoice, Padding, Shape, Window, picture, slid


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
        _, height, width = picture("Conv2d", shape)
        return (
            self.out_channels,
            slid("Conv2d", height, self.kernel, self.stride, self.padding),
            slid("Conv2d", width, self.kernel, self.stride, self.padding),
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
