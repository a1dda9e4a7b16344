"""Every layer that a model may be made of."""

from typing import Annotated

from pydantic import Field

from freedive.catalog.models.layers.activation import ActivationLayer
from freedive.catalog.models.layers.avg_pool2d import AvgPool2dLayer
from freedive.catalog.models.layers.batch_norm1d import BatchNorm1dLayer
from freedive.catalog.models.layers.batch_norm2d import BatchNorm2dLayer
from freedive.catalog.models.layers.conv2d import Conv2dLayer
from freedive.catalog.models.layers.dropout import DropoutLayer
from freedive.catalog.models.layers.flatten import FlattenLayer
from freedive.catalog.models.layers.linear import LinearLayer
from freedive.catalog.models.layers.max_pool2d import MaxPool2dLayer

Layer = Annotated[
    LinearLayer
    | Conv2dLayer
    | MaxPool2dLayer
    | AvgPool2dLayer
    | BatchNorm1dLayer
    | BatchNorm2dLayer
    | DropoutLayer
    | FlattenLayer
    | ActivationLayer,
    Field(discriminator="kind"),
]
