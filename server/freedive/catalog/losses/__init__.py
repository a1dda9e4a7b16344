"""Every loss there is."""

from typing import Annotated

from pydantic import Field

from freedive.catalog.losses.bce_with_logits import BCEWithLogits
from freedive.catalog.losses.cross_entropy import CrossEntropy
from freedive.catalog.losses.huber import Huber
from freedive.catalog.losses.l1 import L1
from freedive.catalog.losses.mse import MSE

Loss = Annotated[MSE | L1 | Huber | CrossEntropy | BCEWithLogits, Field(discriminator="kind")]
