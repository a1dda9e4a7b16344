"""Flatten."""

from __future__ import annotations

from math import prod
from typing import ClassVar, Literal

from freedive.catalog.models.layers.base import LayerChoice, Shape


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
