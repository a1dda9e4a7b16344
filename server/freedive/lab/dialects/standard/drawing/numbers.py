"""What a drawing call was given as numbers: one list, a sheet of rows, words in place of numbers, dates."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
import torch

from freedive.lab.kinds import is_known, kind_of
from freedive.lab.operators import collect
from freedive.lab.running import running

MOST = 4_096
"""Numbers of one list that are kept."""


class Numbers(NamedTuple):
    """A list along an axis: `words` where it named categories, `dates` where the numbers are days since 1970."""

    values: Any
    words: list[str] | None = None
    dates: bool = False


def opened(value: Any) -> Any:
    """A dialect's own array or table as what it holds; a tensor that wants a gradient is refused, as NumPy refuses it."""
    if isinstance(value, torch.Tensor):
        if value.requires_grad:
            raise RuntimeError(
                "Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead."
            )
        return value.to_dense().numpy() if value.is_sparse else value.float().numpy() if value.dtype == torch.bfloat16 else value.numpy()  # fmt: skip
    native = getattr(kind_of(value), "native", None)
    if native is not None:
        held = native(value)
        return held.detach().numpy() if isinstance(held, torch.Tensor) else held
    if hasattr(type(value), "to_numpy"):
        return value.to_numpy()
    if isinstance(value, list | tuple):
        return [opened(each) for each in value]
    if isinstance(value, range):
        running.meter.elements(max(0, (value.stop - value.start) // value.step + 1), "range")
        return np.arange(value.start, value.stop, value.step)
    if isinstance(value, np.ndarray | np.generic | str | int | float | datetime.date) or value is None:
        return value
    if is_known(value) and (hasattr(value, "__iter__") or hasattr(value, "__next__")):
        return [opened(each) for each in collect(value)]
    raise TypeError(
        f"a {kind_of(value).type_name(value)} cannot be drawn: a number or a list of numbers is expected"
    )


def sheet(value: Any) -> Any:
    """Numbers of any shape."""
    made = np.asarray(opened(value))
    if made.dtype.kind in "USO":
        try:
            made = made.astype(float)
        except (TypeError, ValueError):
            raise TypeError("words cannot be drawn here: numbers are expected") from None
    if made.dtype.kind == "c":
        made = made.real
    return made.astype(float)


def listed(value: Any) -> Numbers:
    """Numbers of one axis in a row, or the words or dates that stand for them."""
    held = opened(value)
    made = np.asarray(held)
    if made.dtype.kind == "M":
        return Numbers(made.reshape(-1).astype("datetime64[s]").astype(float) / 86_400, None, True)
    flat = made.reshape(-1)
    if made.dtype.kind in "US":
        return Numbers(np.arange(flat.size, dtype=float), [str(each) for each in flat.tolist()])
    if made.dtype.kind == "O":
        cells = flat.tolist()
        if any(isinstance(each, datetime.date) for each in cells):
            days = np.array(cells, dtype="datetime64[s]").astype(float) / 86_400
            return Numbers(days, None, True)
        if any(isinstance(each, str) for each in cells):
            return Numbers(np.arange(flat.size, dtype=float), [str(each) for each in cells])
        return Numbers(np.array([np.nan if each is None else each for each in cells], dtype=float))
    return Numbers(flat.astype(float))


def columns(value: Any) -> list[Numbers]:
    """A sheet as its columns, as `plot` draws one line for each; a list is one."""
    held = np.asarray(opened(value))
    if held.ndim < 2:
        return [listed(value)]
    if held.ndim > 2:
        raise ValueError("x and y can be no greater than 2D")
    return [listed(held[:, i]) for i in range(min(held.shape[1], 64))]


def plain_number(value: Any) -> float | None:
    """One number, or None where there are several or none."""
    if isinstance(value, bool | int | float):
        return float(value)
    if value is None or isinstance(value, str):
        return None
    try:
        held = np.asarray(opened(value))
    except TypeError:
        return None
    return float(held) if held.ndim == 0 and held.dtype.kind in "fiub" else None


def items(value: Any) -> list[Any]:
    """The items of a list, an array's rows among them."""
    if isinstance(value, list | tuple):
        return list(value)
    held = opened(value)
    return list(held) if isinstance(held, Iterable) else [held]


def is_listed(value: Any) -> bool:
    """Whether it holds several numbers."""
    return not isinstance(value, str) and value is not None and plain_number(value) is None
