"""The catalog on the wire: JSON Schema of what can be asked, and named starting points."""

from __future__ import annotations

from typing import Any

from freedive.protocol.events import Task
from freedive.protocol.specs import TrainSpec
from freedive.protocol.wire import Wire


class Text(Wire):
    """The same sentence in each language."""

    en: str
    zh: str


class Recipe(Wire):
    """A named starting point."""

    name: str
    title: Text
    about: Text
    spec: TrainSpec


class Entry(Wire):
    """One thing that can be chosen."""

    kind: str
    title: Text
    about: Text
    tasks: list[Task] = []
    """Of a dataset what it is, by its fields; of a loss, metric or model what it serves."""


class Catalog(Wire):
    """All that can be chosen. `entries` is keyed by folder: datasets, models, losses …; `train_schema` by JSON Schema."""

    recipes: list[Recipe]
    entries: dict[str, list[Entry]]
    train_schema: dict[str, Any]
