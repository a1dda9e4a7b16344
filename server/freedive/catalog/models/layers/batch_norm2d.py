"""BatchNorm2d."""

from __future__ import annotations

from typing import ClassVar, Literal

from freedive.catalog.models.layers.base import Shape, picture
from freedive.catalog.models.layers.batch_norm import BatchNormChoice


class BatchNorm2dLayer(BatchNormChoice):
    """Each channel to mean 0 and variance 1 over the batch, then scaled and shifted (Ioffe and Szegedy, 2015)."""

    kind: Literal["batch_norm2d"] = "batch_norm2d"

    title: ClassVar[dict[str, str]] = {"en": "BatchNorm2d", "zh": "批归一化（二维）"}
    about: ClassVar[dict[str, str]] = {
        "en": "Standardizes each channel over the batch.",
        "zh": "按批次标准化每个通道。",
    }
    torch_name = "BatchNorm2d"

    def output_shape(self, shape: Shape, outputs: int) -> Shape:
        """As it came in."""
        picture("BatchNorm2d", shape)
        return shape
