"""A model put together layer by layer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from freedive.catalog.models.base import ModelChoice, Placed
from freedive.catalog.models.layers import Layer
from freedive.catalog.models.layers.activation import ActivationLayer
from freedive.catalog.models.layers.base import Shape
from freedive.catalog.models.layers.flatten import FlattenLayer
from freedive.catalog.models.layers.linear import LinearLayer


class Sequential(ModelChoice):
    """Any row of layers (torch.nn.Sequential); shapes are checked before anything runs."""

    kind: Literal["sequential"] = "sequential"
    layers: Annotated[list[Layer], Field(min_length=1, max_length=64)] = Field(
        default=[FlattenLayer(), LinearLayer(out_features=64), ActivationLayer(), LinearLayer()]
    )
    """Layers in order."""

    title: ClassVar[dict[str, str]] = {"en": "Layer by layer", "zh": "逐层搭建"}
    about: ClassVar[dict[str, str]] = {
        "en": "Put layers in a row; shapes are checked before anything runs.",
        "zh": "逐层搭建模型，运行前检查形状。",
    }

    def placed(self, input_shape: Shape, outputs: int) -> Sequence[Placed]:
        """As given."""
        return [Placed(f"model.layers.{i}", layer) for i, layer in enumerate(self.layers)]
