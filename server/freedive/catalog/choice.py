"""The base of every catalog entry: fields with bounds, a title and a sentence in each language."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import field_validator

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

    @field_validator("*", mode="after")
    @classmethod
    def _zero_has_no_sign(cls, value: Any) -> Any:
        """-0.0 passes every lower bound of zero, and some libraries take it for less."""
        return 0.0 if isinstance(value, float) and value == 0 else value
