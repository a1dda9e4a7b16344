"""Every way to change the learning rate while training."""

from typing import Annotated

from pydantic import Field

from freedive.catalog.schedulers.constant import NoScheduler
from freedive.catalog.schedulers.cosine import CosineDecay
from freedive.catalog.schedulers.exponential import ExponentialDecay
from freedive.catalog.schedulers.reduce_on_plateau import ReduceOnPlateau
from freedive.catalog.schedulers.step import StepDecay
from freedive.catalog.schedulers.warm_up import WarmUp

Scheduler = Annotated[
    NoScheduler | StepDecay | ExponentialDecay | CosineDecay | ReduceOnPlateau | WarmUp,
    Field(discriminator="kind"),
]

__all__ = [
    "CosineDecay",
    "ExponentialDecay",
    "NoScheduler",
    "ReduceOnPlateau",
    "Scheduler",
    "StepDecay",
    "WarmUp",
]
