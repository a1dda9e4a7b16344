"""Cells of a table as values: numbers and texts mixed, an empty one as null."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from freedive.lab import arrays
from freedive.lab.door import hand_over
from freedive.lab.kinds import Kind, Native, register


class Cells:
    """A table's values as NumPy objects: numbers and texts mixed."""

    def __init__(self, data: Any) -> None:
        self.data = data


class CellsKind(Kind):
    name = "ndarray"

    def __init__(self) -> None:
        super().__init__()
        self.attributes = {
            "tolist": Native("tolist", lambda c: _plain_cells(c.data.tolist())),
            "astype": Native("astype", lambda c, dtype: c.data.astype(hand_over(dtype))),
        }

    def type_name(self, value: Any) -> str:
        return "ndarray"

    def getattr(self, value: Any, name: str) -> Any:
        if name in ("shape", "ndim", "size", "dtype"):
            return getattr(value.data, name)
        return super().getattr(value, name)

    def getitem(self, value: Any, index: Any) -> Any:
        made = value.data[hand_over(index)]
        return Cells(made) if isinstance(made, np.ndarray) else made

    def length(self, value: Any) -> int:
        return len(value.data)

    def iterate(self, value: Any) -> Iterator[Any]:
        return (Cells(each) if isinstance(each, np.ndarray) else each for each in value.data)

    def native(self, value: Any) -> Any:
        return value.data

    def text(self, value: Any) -> str:
        return str(value.data)

    def repr(self, value: Any) -> str:
        return repr(value.data)

    def encode(self, value: Any, encoder: Any) -> dict[str, Any]:
        return {"kind": "ndarray", "data": _plain_cells(value.data.tolist()), "shape": list(value.data.shape), "dtype": "object", "repr": encoder.clip(repr(value.data))}  # fmt: skip


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


register(CellsKind(), Cells)
