"""Every model there is."""

from typing import Annotated

from pydantic import Field

from freedive.catalog.models.lenet5 import LeNet5
from freedive.catalog.models.linear import LinearModel
from freedive.catalog.models.mlp import MLP
from freedive.catalog.models.sequential import Sequential
from freedive.catalog.models.softmax import SoftmaxRegression

Model = Annotated[LinearModel | SoftmaxRegression | MLP | LeNet5 | Sequential, Field(discriminator="kind")]
