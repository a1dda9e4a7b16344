"""BatchNorm1d."""

from __future__ import annotations

from typing import ClassVar, Literal

from freedive.catalog.models.layers.base import Shape, flat
from freedive.catalog.models.layers.batch_norm import BatchNormChoice


class BatchNorm1dLayer(BatchNormChoice):
    """Each feature to mean 0 and variance 1 over the batch, then scaled and shifted (Ioffe and Szegedy, 2015)."""

    kind: Literal["batch_norm1d"] = "batch_norm1d"

    title: ClassVar[dict[str, str]] = {"en": "BatchNorm1d", "zh": "批归一化（一维）"}
    about: ClassVar[dict[str, str]] = {
        "en": "Standardizes each feature over the batch.",
        "zh": "按批次标准化每个特征。",
    }
    torch_name = "BatchNorm1d"

    def output_shape(self, shape: Shape, outputs: int) -> Shape:
        """As it came in."""
        flat("BatchNorm1d", shape)
        return shape
