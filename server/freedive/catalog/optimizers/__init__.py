"""Every optimizer there is."""

from typing import Annotated

from pydantic import Field

from freedive.catalog.optimizers.adagrad import Adagrad
from freedive.catalog.optimizers.adam import Adam
from freedive.catalog.optimizers.adamw import AdamW
from freedive.catalog.optimizers.rmsprop import RMSprop
from freedive.catalog.optimizers.sgd import SGD

Optimizer = Annotated[SGD | Adagrad | RMSprop | Adam | AdamW, Field(discriminator="kind")]
