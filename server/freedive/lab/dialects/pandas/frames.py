"""DataFrame, Series and what they give out. `eval`, `query` and pickles are absent: they would run text as code."""

from __future__ import annotations

import operator
from collections.abc import Iterator
from typing import Any

import pandas as pd

from freedive.lab import arrays
from freedive.lab.dialects.pandas.calls import call, called, checked, given
from freedive.lab.dialects.pandas.cells import as_cell, cell
from freedive.lab.dialects.pandas.joining import aligned
from freedive.lab.dialects.pandas.names import METHODS, VALUES
from freedive.lab.kinds import ContainerKind, Native, register
from freedive.lab.operators import PLAIN, UNARY
from freedive.lab.plain import ListKind, show
from freedive.lab.problems import no_attribute
from freedive.lab.running import running

MOST_ROWS = 200
MOST_COLUMNS = 200
MOST_CELLS = 10_000
"""Of a table that are shown."""


class FrameKind(ContainerKind):
    """DataFrame, Series, Index, groups, windows and text columns share one table; pandas itself says what each lacks."""

    data = True

    rank = 40

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def dir(self, value: Any) -> list[str]:
        own = [str(c) for c in value.columns] if isinstance(value, pd.DataFrame) else []
        return sorted([n for n in (*METHODS, *VALUES) if _has(value, n)] + own)

    def getattr(self, value: Any, name: str) -> Any:
        if (
            name in METHODS
            and callable(getattr(type(value), name, None))
            and not isinstance(getattr(type(value), name), type)  # series.cat and its like are no methods
            and not (
                isinstance(value, pd.DataFrame) and name in value.columns and name not in dir(pd.DataFrame)
            )
        ):
            return Native(
                name,
                lambda *args, **kwargs: call(value, name, args, kwargs),
                getattr(type(value), name).__doc__ or "",
            )
        if name in VALUES and _has(value, name):
            return checked(getattr(value, name))
        if isinstance(value, pd.DataFrame) and name in value.columns:
            return value[name]
        if isinstance(value, pd.Series) and name in value.index:
            return checked(value[name])
        if (
            hasattr(value, "obj")
            and isinstance(getattr(value, "obj", None), pd.DataFrame)
            and name in value.obj.columns
        ):
            return value[name]
        raise no_attribute(type(value).__name__, name, self.dir(value))

    def setattr(self, value: Any, name: str, new: Any) -> None:
        if name in ("columns", "index", "name"):
            setattr(value, name, given(new, as_cell))
        else:
            super().setattr(value, name, new)

    def binary(self, op: str, a: Any, b: Any) -> Any:
        one, other = given(a), given(b)
        aligned(one, other)
        return checked(PLAIN[op](one, other))

    def compare(self, op: str, a: Any, b: Any) -> Any:
        return self.binary(op, a, b)

    def unary(self, op: str, value: Any) -> Any:
        return checked({**UNARY, "abs": operator.abs}[op](value))

    def getitem(self, value: Any, index: Any) -> Any:
        return checked(value[given(index, called)])

    def setitem(self, value: Any, index: Any, new: Any) -> None:
        value[given(index, called)] = given(new, as_cell)

    def delitem(self, value: Any, index: Any) -> None:
        del value[given(index)]

    def iterate(self, value: Any) -> Iterator[Any]:
        return map(checked, iter(value))

    def contains(self, value: Any, item: Any) -> bool:
        return given(item) in value

    def number(self, value: Any, cls: type) -> Any:
        return cls(value)

    def text(self, value: Any) -> str:
        text = str(value)
        running.meter.text(len(text))
        return text

    def repr(self, value: Any) -> str:
        return self.text(value)

    def encode(self, value: Any, encoder: Any) -> dict[str, Any]:
        made: dict[str, Any] = {"kind": self.name, "repr": encoder.clip(self.text(value))}
        if isinstance(value, pd.DataFrame):
            columns = value.iloc[:, :MOST_COLUMNS]
            shown = columns.head(min(MOST_ROWS, max(20, MOST_CELLS // max(1, columns.shape[1]))))
            made.update(
                shape=list(value.shape), columns=[str(c) for c in columns.columns], index=[cell(i) for i in shown.index],
                data=[[cell(v) for v in row] for row in shown.itertuples(index=False, name=None)],
                dtypes=[str(d) for d in columns.dtypes],
            )  # fmt: skip
            if shown.shape != value.shape:
                made["windowed"] = True
                made["stats"] = arrays.stats(value.select_dtypes("number").to_numpy(dtype=float))
        elif isinstance(value, pd.Series | pd.Index):
            shown_series = value[:1000]
            made.update(
                shape=[len(value)], dtype=str(value.dtype), data=[cell(v) for v in shown_series.tolist()]
            )
            if isinstance(value, pd.Series):
                made["index"] = [cell(i) for i in shown_series.index]
                made["name"] = None if value.name is None else str(value.name)
            if len(value) > 1000:
                made["windowed"] = True
                made["stats"] = (
                    arrays.stats(value.to_numpy(dtype=float)) if value.dtype.kind in "fiub" else {}
                )
        return made


class NamesKind(ListKind):
    """index.names and index.levels: lists that cannot be changed."""

    def setitem(self, value: Any, index: Any, new: Any) -> None:
        raise TypeError("'FrozenList' does not support mutable operations.")

    def getattr(self, value: Any, name: str) -> Any:
        if name not in ("index", "count"):
            raise no_attribute("FrozenList", name, ["index", "count"])
        return super().getattr(value, name)

    def inplace(self, op: str, a: Any, b: Any) -> Any:
        return self.binary(op, list(a), list(b))

    def type_name(self, value: Any) -> str:
        return "FrozenList"

    def text(self, value: Any) -> str:
        return show(list(value))

    def repr(self, value: Any) -> str:
        return f"FrozenList({show(list(value))})"


register(NamesKind(), type(pd.MultiIndex.from_arrays([[0], [0]]).names))


def _has(value: Any, name: str) -> bool:
    try:
        return hasattr(value, name)
    except Exception:  # an index of several levels has some names only to say why it cannot
        return False


register(FrameKind("dataframe"), pd.DataFrame)
register(FrameKind("series"), pd.Series)
register(FrameKind("index"), pd.Index)


def inner_types() -> None:
    frame = pd.DataFrame({"a": [1.0, 2.0], "b": ["x", "y"]})
    group = frame.groupby("b")
    inner = (
        frame.iloc,
        frame.loc,
        frame.at,
        frame.iat,
        frame["b"].str,
        group,
        group["a"],
        frame.rolling(1),
        frame["a"].rolling(1),
        frame.expanding(),
        frame["a"].ewm(1),
        pd.Series(pd.to_datetime([0])).dt,
        pd.Series(pd.to_timedelta([0])).dt,
        pd.Categorical(["x"]),
        pd.Timestamp(0),
        pd.Timedelta(0),
        pd.NaT,
        pd.Period("2000-01", "M"),
        pd.Interval(0, 1),
        frame.set_index(pd.to_datetime([0, 1])).resample("D"),
        frame.set_index(pd.to_datetime([0, 1]))["a"].resample("D"),
        frame.groupby("b").rolling(1),
        frame["a"].expanding(),
        frame.groupby("b")["a"].rolling(1),
        pd.Series(["x"], dtype="category").cat,
        pd.CategoricalDtype(["x"]),
        pd.DateOffset(days=1),
        pd.offsets.Day(1),
        pd.Grouper(freq="D"),
    )
    for each in inner:
        register(FrameKind("object"), type(each))
