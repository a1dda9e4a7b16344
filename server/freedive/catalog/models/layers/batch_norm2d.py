"""BatchNorm2d."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from freedive.catalog.models.layers.base import LayerChoice, Shape, picture


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
        picture("BatchNorm2d", shape)
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
