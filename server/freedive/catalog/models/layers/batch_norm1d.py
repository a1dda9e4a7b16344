"""BatchNorm1d."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from freedive.catalog.models.layers.base import LayerChoice, Shape, flat


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
        flat("BatchNorm1d", shape)
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
