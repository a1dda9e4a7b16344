"""Listing: the whole catalog as GET /catalog shows it, read from the unions themselves."""

from __future__ import annotations

from functools import cache
from types import UnionType
from typing import Any, Union, get_args, get_origin

from freedive.catalog.choice import Choice
from freedive.catalog.datasets import Dataset
from freedive.catalog.initializations import Initialization
from freedive.catalog.losses import Loss
from freedive.catalog.metrics import Metric
from freedive.catalog.models import Model
from freedive.catalog.models.layers import Layer
from freedive.catalog.optimizers import Optimizer
from freedive.catalog.recipes import recipes
from freedive.catalog.schedulers import Scheduler
from freedive.protocol.catalog import Catalog, Entry, Text
from freedive.protocol.specs import TrainSpec

FOLDERS: dict[str, Any] = {
    "datasets": Dataset,
    "models": Model,
    "layers": Layer,
    "initializations": Initialization,
    "losses": Loss,
    "optimizers": Optimizer,
    "schedulers": Scheduler,
    "metrics": Metric,
}


def members(union: Any) -> tuple[type[Choice], ...]:
    """The classes of a discriminated union, in its order."""
    inner = get_args(union)[0]
    classes: tuple[type[Choice], ...] = (
        get_args(inner) if get_origin(inner) in (Union, UnionType) else (inner,)
    )
    return classes


@cache
def catalog() -> Catalog:
    """Everything that can be chosen, with the JSON Schema of a training spec. Made once: nothing in it changes."""
    return Catalog(
        recipes=recipes(),
        entries={
            folder: [
                Entry(
                    kind=entry.model_fields["kind"].default,
                    title=Text(**entry.title),
                    about=Text(**entry.about),
                    tasks=sorted(entry.tasks),
                )
                for entry in members(union)
            ]
            for folder, union in FOLDERS.items()
        },
        train_schema=TrainSpec.model_json_schema(),
    )
