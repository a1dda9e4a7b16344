"""The base of every catalog entry: fields with bounds, a title and a sentence in each language."""

from __future__ import annotations

from typing import ClassVar

from freedive.protocol.wire import Wire


class Choice(Wire):
    """One thing that can be chosen. Subclasses fix `kind` and build themselves; torch is imported only inside methods."""

    kind: str
    title: ClassVar[dict[str, str]]
    """Its name by language: `en`, `zh`."""
    about: ClassVar[dict[str, str]]
    """One sentence by language."""
