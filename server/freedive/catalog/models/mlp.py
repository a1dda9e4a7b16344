"""A multilayer perceptron."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from freedive.catalog.models.base import ModelChoice, Placed
from freedive.catalog.models.layers.activation import ActivationLayer, Function
from freedive.catalog.models.layers.base import Shape, Width
from freedive.catalog.models.layers.batch_norm1d import BatchNorm1dLayer
from freedive.catalog.models.layers.dropout import DropoutLayer
from freedive.catalog.models.layers.flatten import FlattenLayer
from freedive.catalog.models.layers.linear import LinearLayer
from freedive.protocol.wire import Wire


class HiddenLayer(Wire):
    """One hidden layer: Linear, batch norm, activation, dropout."""

    width: Width = 8
    """Number of units."""
    activation: Function = "relu"
    """Function of each unit."""
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """Share of units set to 0 at random while training; 0 leaves dropout out."""
    batch_norm: bool = False
    """Standardize each unit over the batch before its activation."""


class MLP(ModelChoice):
    """Linear layers with activations between them, and a last Linear for the outputs."""

    kind: Literal["mlp"] = "mlp"
    layers: Annotated[list[HiddenLayer], Field(max_length=20)] = Field(default=[HiddenLayer(), HiddenLayer()])
    """Hidden layers in order."""

    title: ClassVar[dict[str, str]] = {"en": "MLP", "zh": "多层感知机"}
    about: ClassVar[dict[str, str]] = {
        "en": "Linear layers with activations between them.",
        "zh": "由激活函数连接的若干线性层。",
    }

    def placed(self, input_shape: Shape, outputs: int) -> Sequence[Placed]:
        """Flatten for pictures, the hidden layers, then Linear."""
        row = [Placed("model", FlattenLayer())] if len(input_shape) > 1 else []
        for i, hidden in enumerate(self.layers):
            position = f"model.layers.{i}"
            row.append(Placed(position, LinearLayer(out_features=hidden.width)))
            if hidden.batch_norm:
                row.append(Placed(position, BatchNorm1dLayer()))
            row.append(Placed(position, ActivationLayer(function=hidden.activation)))
            if hidden.dropout:
                row.append(Placed(position, DropoutLayer(p=hidden.dropout)))
        return [*row, Placed("model", LinearLayer())]
