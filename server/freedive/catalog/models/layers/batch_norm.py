"""BatchNormChoice: what batch normalization of features and of channels have in common."""

from __future__ import annotations

from typing import Any

from freedive.catalog.models.layers.base import LayerChoice, Shape


class BatchNormChoice(LayerChoice):
    """Standardizes along the first axis; a subclass says which shapes it takes."""

    prefix = "norm"

    def parameters(self, shape: Shape, outputs: int) -> int:
        """A scale and a shift for each feature or channel."""
        return 2 * shape[0]

    def arguments(self, shape: Shape, outputs: int) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """num_features."""
        return (shape[0],), {}

    def label(self, shape: Shape, outputs: int) -> str:
        """BatchNorm 200."""
        return f"BatchNorm {shape[0]}"
