"""LeNet-5."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from freedive.catalog.models.base import ModelChoice, Placed
from freedive.catalog.models.layers.activation import ActivationLayer, Function
from freedive.catalog.models.layers.avg_pool2d import AvgPool2dLayer
from freedive.catalog.models.layers.base import LayerChoice, Shape
from freedive.catalog.models.layers.conv2d import Conv2dLayer
from freedive.catalog.models.layers.flatten import FlattenLayer
from freedive.catalog.models.layers.linear import LinearLayer
from freedive.catalog.models.layers.max_pool2d import MaxPool2dLayer


class LeNet5(ModelChoice):
    """Two convolutions with pooling, then three Linear (LeCun et al., 1998), for pictures of about 28 x 28."""

    kind: Literal["lenet5"] = "lenet5"
    activation: Function = "relu"
    """Function after each convolution and Linear; the original had sigmoids."""
    pooling: Literal["max", "average"] = "max"
    """How each 2 x 2 window becomes one value; the original took averages."""

    title: ClassVar[dict[str, str]] = {"en": "LeNet-5", "zh": "LeNet-5"}
    about: ClassVar[dict[str, str]] = {
        "en": "The classic small convolutional net.",
        "zh": "经典的小型卷积网络。",
    }

    def placed(self, input_shape: Shape, outputs: int) -> Sequence[Placed]:
        """6 and 16 filters of 5 x 5, then 120, 84 and the outputs."""
        pool = MaxPool2dLayer() if self.pooling == "max" else AvgPool2dLayer()
        activation = ActivationLayer(function=self.activation)
        row: list[LayerChoice] = [
            Conv2dLayer(out_channels=6, kernel=5, padding=2),
            activation,
            pool,
            Conv2dLayer(out_channels=16, kernel=5),
            activation,
            pool,
            FlattenLayer(),
            LinearLayer(out_features=120),
            activation,
            LinearLayer(out_features=84),
            activation,
            LinearLayer(),
        ]
        return [Placed("model", layer) for layer in row]
