"""Cells of a table as values: numbers and texts mixed, an empty one as null; what is no data is known by its text alone."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd

from freedive.lab import arrays
from freedive.lab.exchange import FAST, hand_over, receive, wrap_as
from freedive.lab.kinds import Kind, Native, kind_of, register
from freedive.lab.problems import Refused
from freedive.lab.running import running
from freedive.lab.showing import show


class Shown:
    """A function, a class or an object of the snippet in a cell: a table keeps its text, never the thing itself."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Shown) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __repr__(self) -> str:
        return self.text


Shown.__name__ = "object"


class ShownKind(Kind):
    name = "object"
    data = True

    def repr(self, value: Any) -> str:
        return str(value.text)


def inside(value: Any, change: Callable[[Any], Any], seen: dict[int, Any]) -> Any:
    """A list, a tuple or a dict with all in it changed; one that many others hold is walked through once."""
    found = seen.get(id(value))
    if found is None:
        running.meter.step()

        def changed(each: Any) -> Any:
            if type(each) in FAST:
                return each
            return inside(each, change, seen) if type(each) in (list, tuple, dict) else change(each)

        if isinstance(value, dict):
            found = {changed(key): changed(each) for key, each in value.items()}
        else:
            found = type(value)([changed(each) for each in value])
        seen[id(value)] = found
    return found


def as_cell(value: Any) -> Any:
    """A value on its way into a table."""
    if type(value) in FAST:
        return value
    if type(value) in (list, tuple, dict):
        return inside(value, as_cell, {})
    kind = kind_of(value)
    if kind.data or hasattr(kind, "native"):
        return hand_over(value)
    if isinstance(value, dict | tuple | set | frozenset) or hasattr(value, "__next__"):
        return hand_over(value)
    return Shown(show(value)[:200])


def out_of_cells(made: Any) -> Any:
    """Lists and dicts of cells on their way out: what only its text is known of cannot be handed back."""
    running.meter.step()
    if isinstance(made, Shown):
        raise Refused(
            f"a cell that holds {made.text[:80]} cannot be handed back: a table keeps only its text"
        )
    if isinstance(made, dict):
        for each in (*made.keys(), *made.values()):
            out_of_cells(each)
    elif isinstance(made, list | tuple) and not isinstance(made, pd.Series):
        for each in made:
            if type(each) not in FAST:
                out_of_cells(each)
    return made


class Cells:
    """A table's values as NumPy objects: numbers and texts mixed."""

    def __init__(self, data: Any) -> None:
        self.data = data

    def shown(self) -> Any:
        """The same with texts in place of what is no data."""
        made = np.empty(self.data.shape, dtype=object)
        for place, each in np.ndenumerate(self.data):
            made[place] = as_cell(each)
        return made


class CellsKind(Kind):
    name = "ndarray"

    def __init__(self) -> None:
        super().__init__()
        self.attributes = {
            "tolist": Native("tolist", lambda c: receive(out_of_cells(c.data.tolist()))),
            "astype": Native("astype", _as_type),
        }

    def type_name(self, value: Any) -> str:
        return "ndarray"

    def getattr(self, value: Any, name: str) -> Any:
        if name in ("shape", "ndim", "size", "dtype"):
            return getattr(value.data, name)
        return super().getattr(value, name)

    def getitem(self, value: Any, index: Any) -> Any:
        return receive(value.data[hand_over(index)])

    def length(self, value: Any) -> int:
        return len(value.data)

    def iterate(self, value: Any) -> Iterator[Any]:
        return map(receive, value.data)

    def native(self, value: Any) -> Any:
        return value.shown()

    def text(self, value: Any) -> str:
        return str(value.shown())

    def repr(self, value: Any) -> str:
        return repr(value.shown())

    def encode(self, value: Any, encoder: Any) -> dict[str, Any]:
        shown = value.shown()
        return {"kind": "ndarray", "data": _plain_cells(shown.tolist()), "shape": list(shown.shape), "dtype": "object", "repr": encoder.clip(repr(shown))}  # fmt: skip


def _as_type(cells: Cells, dtype: Any) -> Any:
    for each in cells.data.flat:
        if as_cell(each) is not each or isinstance(each, Shown):
            raise TypeError(f"a cell that holds {show(each)[:80]} is neither a number nor a text")
    return receive(cells.data.astype(hand_over(dtype)))


def _plain_cells(data: Any) -> Any:
    if isinstance(data, list):
        return [_plain_cells(each) for each in data]
    return cell(data)


def cell(value: Any) -> Any:
    """One cell as JSON: an empty one is null."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, bool | int | float | str):
        return arrays.number(value)
    return str(value)


register(ShownKind(), Shown)
register(CellsKind(), Cells)
wrap_as(Cells, np.ndarray)
