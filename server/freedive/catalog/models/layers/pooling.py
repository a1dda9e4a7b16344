"""PoolLayer: the base of both poolings."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from freedive.catalog.models.layers.base import LayerChoice, Padding, Shape, Window, picture, slid


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
        channels, height, width = picture(self.torch_name, shape)
        stride = self.stride or self.kernel
        return (
            channels,
            slid(self.torch_name, height, self.kernel, stride, self.padding),
            slid(self.torch_name, width, self.kernel, stride, self.padding),
        )

    def arguments(self, shape: Shape, outputs: int) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """kernel_size, stride, padding."""
        return (), {"kernel_size": self.kernel, "stride": self.stride or self.kernel, "padding": self.padding}

    def label(self, shape: Shape, outputs: int) -> str:
        """MaxPool 2×2."""
        return f"{self.torch_name.removesuffix('2d')} {self.kernel}×{self.kernel}"
