"""Linear."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from freedive.catalog.models.layers.base import LayerChoice, Shape, Width, flat


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
        flat("Linear", shape)
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
