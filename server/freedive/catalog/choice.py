"""The base of every catalog entry: fields with bounds, a title and a sentence in each language."""

from __future__ import annotations

from typing import ClassVar

from freedive.protocol.events import Task
from freedive.protocol.wire import Wire

ALL_TASKS: frozenset[Task] = frozenset({"binary", "multiclass", "regression"})


class Choice(Wire):
    """One thing that can be chosen. Subclasses fix `kind` and build themselves; torch is imported only inside methods."""

    kind: str = ""
    title: ClassVar[dict[str, str]]
    """Its name by language: `en`, `zh`."""
    about: ClassVar[dict[str, str]]
    """One sentence by language."""
    tasks: ClassVar[frozenset[Task]] = ALL_TASKS
    """Of a dataset what it can be, of a loss, metric or model what it serves."""
