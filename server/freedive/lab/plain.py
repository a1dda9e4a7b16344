"""Python's own values, gathered: scalars, sequences, text, mappings, and the iterators that zip and its like give."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from freedive.lab import scalars
from freedive.lab.exchange import wrap_as
from freedive.lab.formats import braces, percent
from freedive.lab.kinds import Kind, register
from freedive.lab.mappings import DictKind, SetKind, View
from freedive.lab.sequences import TUPLE, ListKind, SequenceKind, TupleKind, ordered, position, same
from freedive.lab.showing import show, show_inside, shown_items
from freedive.lab.texts import TextKind


class Lazy:
    """zip, map, enumerate and the like: an iterator with a name."""

    def __init__(self, name: str, source: Iterator[Any]) -> None:
        self.name = name
        self.source = source

    def __iter__(self) -> Iterator[Any]:
        return self.source

    def __next__(self) -> Any:
        return next(self.source)


class LazyKind(Kind):
    name = "iterator"

    def type_name(self, value: Any) -> str:
        return str(value.name)

    def iterate(self, value: Any) -> Iterator[Any]:
        return iter(value)

    def repr(self, value: Any) -> str:
        return f"<{value.name} object>"


register(LazyKind(), Lazy)
wrap_as(lambda source: Lazy("generator", source), Iterator)

__all__ = [
    "TUPLE", "DictKind", "Lazy", "ListKind", "SequenceKind", "SetKind", "TextKind", "TupleKind", "View", "braces", "ordered",
    "percent", "position", "same", "scalars", "show", "show_inside", "shown_items",
]  # fmt: skip
