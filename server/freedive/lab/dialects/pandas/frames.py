"""DataFrame, Series and what they give out. `eval`, `query` and pickles are absent: they would run text as code.

Over 400 lines: frames, series and their groups answer to the same names, which stand in one table.
"""

from __future__ import annotations

import io
import math
import operator
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from freedive.lab import arrays
from freedive.lab.door import hand_over
from freedive.lab.importing import publish
from freedive.lab.kinds import Callable_, Kind, Native, is_known, kind_of, register
from freedive.lab.namespaces import Namespace
from freedive.lab.operators import PLAIN, UNARY
from freedive.lab.problems import Refused, no_attribute
from freedive.lab.running import running
from freedive.lab.types import TypeRef, publish_type

FRAME = [
    "head",
    "tail",
    "sample",
    "describe",
    "info",
    "isnull",
    "isna",
    "notnull",
    "notna",
    "fillna",
    "dropna",
    "drop",
    "drop_duplicates",
    "duplicated",
    "sum",
    "mean",
    "median",
    "std",
    "var",
    "min",
    "max",
    "count",
    "mode",
    "prod",
    "abs",
    "round",
    "cumsum",
    "cumprod",
    "diff",
    "pct_change",
    "corr",
    "cov",
    "quantile",
    "idxmax",
    "idxmin",
    "nunique",
    "value_counts",
    "astype",
    "copy",
    "sort_values",
    "sort_index",
    "reset_index",
    "set_index",
    "rename",
    "reindex",
    "apply",
    "map",
    "applymap",
    "groupby",
    "agg",
    "aggregate",
    "transform",
    "merge",
    "join",
    "assign",
    "insert",
    "pop",
    "melt",
    "pivot",
    "pivot_table",
    "stack",
    "unstack",
    "replace",
    "where",
    "mask",
    "clip",
    "any",
    "all",
    "interpolate",
    "ffill",
    "bfill",
    "shift",
    "rolling",
    "isin",
    "between",
    "unique",
    "tolist",
    "to_numpy",
    "to_list",
    "to_frame",
    "to_dict",
    "to_csv",
    "to_string",
    "items",
    "iterrows",
    "itertuples",
    "keys",
    "filter",
    "select_dtypes",
    "nlargest",
    "nsmallest",
    "add",
    "sub",
    "mul",
    "div",
    "squeeze",
    "equals",
    "cat",
    "get",
    "explode",
    "rank",
    "eq",
    "ne",
    "lt",
    "le",
    "gt",
    "ge",
    "dot",
    "cummax",
    "cummin",
    "transpose",
    "add_prefix",
    "add_suffix",
    "combine_first",
    "convert_dtypes",
    "infer_objects",
    "item",
    "contains",
    "lower",
    "upper",
    "strip",
    "split",
    "len",
    "startswith",
    "endswith",
    "get_dummies",
    "size",
    "first",
    "last",
    "nth",
    "ngroup",
    "cumcount",
    "get_group",
    "to_series",
    "droplevel",
]
VALUES = [
    "shape",
    "columns",
    "index",
    "values",
    "dtypes",
    "dtype",
    "size",
    "ndim",
    "T",
    "empty",
    "name",
    "iloc",
    "loc",
    "at",
    "iat",
    "str",
    "hasnans",
    "is_unique",
    "groups",
    "nbytes",
]
FUNCTIONS = [
    "DataFrame",
    "Series",
    "concat",
    "merge",
    "get_dummies",
    "isnull",
    "isna",
    "notnull",
    "notna",
    "cut",
    "qcut",
    "unique",
    "to_numeric",
    "crosstab",
    "pivot_table",
    "melt",
    "date_range",
    "factorize",
    "to_datetime",
    "Index",
    "Categorical",
    "Timestamp",
]


def _given(value: Any) -> Any:
    if isinstance(value, Callable_) and not isinstance(getattr(value, "python", None), type):
        return running.python(value)
    if isinstance(value, dict):
        return {k: _given(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_given(v) for v in value]
    return hand_over(value)


def _checked(made: Any) -> Any:
    """A result of pandas, measured and of a type that the lab knows."""
    if isinstance(made, pd.DataFrame | pd.Series):
        running.meter.elements(int(made.size))
    if isinstance(made, np.ndarray) and made.dtype.kind == "O":
        return Cells(made)
    if isinstance(made, pd.api.extensions.ExtensionArray):
        return Cells(made.to_numpy(dtype=object))
    if isinstance(made, list | tuple | dict) or is_known(made):
        return made
    if hasattr(made, "__next__") or isinstance(made, zip | map):
        from freedive.lab.plain import Lazy

        return Lazy("generator", iter(made))
    raise Refused(f"pandas gave a {type(made).__name__}, which the lab does not show")


_FILES = frozenset({"path_or_buf", "buf", "path"})


_BY_NAME = frozenset({"apply", "agg", "aggregate", "transform", "pivot_table", "crosstab", "map", "applymap"})
_SUMMARIES = frozenset(
    [
        "sum",
        "mean",
        "median",
        "std",
        "var",
        "min",
        "max",
        "count",
        "prod",
        "nunique",
        "first",
        "last",
        "size",
        "idxmin",
        "idxmax",
        "abs",
        "cumsum",
        "cumprod",
        "rank",
        "any",
        "all",
        "mode",
        "len",
    ]
)


def _only_summaries(name: str, value: Any) -> None:
    """pandas looks up a text given to `agg` and its like as a method's name, so only plain summaries may be named."""
    if isinstance(value, str) and value not in _SUMMARIES:
        raise Refused(f"{name}() may name only plain summaries such as 'mean', not {value[:40]!r}")
    if isinstance(value, list | tuple):
        for each in value:
            _only_summaries(name, each)
    elif isinstance(value, dict):
        for each in value.values():
            _only_summaries(name, each)


def call(owner: Any, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    args = tuple(_given(a) for a in args)
    kwargs = {k: _given(v) for k, v in kwargs.items()}
    if name in _BY_NAME:
        for value in (*args[:1], kwargs.get("func"), kwargs.get("aggfunc"), kwargs.get("arg")):
            _only_summaries(
                name, value if name not in ("pivot_table", "map") or value is kwargs.get("aggfunc") else None
            )
        if name in ("agg", "aggregate"):
            for value in kwargs.values():
                _only_summaries(name, value[1:] if isinstance(value, tuple) else None)
    if name == "to_csv":
        return _to_csv(owner, args, kwargs)
    if _FILES & set(kwargs) or (name in ("to_string", "info", "to_dict") and args and name != "to_dict"):
        raise Refused(f"{name} cannot write files in the lab")
    if name == "info":
        buffer = io.StringIO()
        owner.info(buf=buffer)
        running.write(buffer.getvalue())
        return None
    if name in ("merge", "join") and args and hasattr(args[0], "__len__"):
        running.meter.elements(len(owner) * max(1, len(args[0])))
    if kwargs.get("engine") is not None:
        raise Refused("the keyword 'engine' is not offered")
    return _checked(getattr(owner, name)(*args, **kwargs))


def _to_csv(owner: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    path = args[0] if args else kwargs.pop("path_or_buf", None)
    text = owner.to_csv(
        None,
        **{
            k: v
            for k, v in kwargs.items()
            if k in ("index", "header", "sep", "na_rep", "columns", "float_format")
        },
    )
    if path is None:
        return text
    running.files[str(path)] = io.StringIO(text)
    return None


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


class FrameKind(Kind):
    """DataFrame, Series, Index, groups, windows and text columns share one table; pandas itself says what each lacks."""

    rank = 40

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def dir(self, value: Any) -> list[str]:
        own = [str(c) for c in value.columns] if isinstance(value, pd.DataFrame) else []
        return sorted([n for n in (*FRAME, *VALUES) if hasattr(value, n)] + own)

    def getattr(self, value: Any, name: str) -> Any:
        if (
            name in FRAME
            and hasattr(value, name)
            and not (
                isinstance(value, pd.DataFrame) and name in value.columns and name not in dir(pd.DataFrame)
            )
        ):
            return Native(
                name,
                lambda *args, **kwargs: call(value, name, args, kwargs),
                getattr(type(value), name).__doc__ or "",
            )
        if name in VALUES and hasattr(value, name):
            return _checked(getattr(value, name))
        if isinstance(value, pd.DataFrame) and name in value.columns:
            return value[name]
        if (
            hasattr(value, "obj")
            and isinstance(getattr(value, "obj", None), pd.DataFrame)
            and name in value.obj.columns
        ):
            return value[name]
        raise no_attribute(type(value).__name__, name, self.dir(value))

    def setattr(self, value: Any, name: str, new: Any) -> None:
        if name in ("columns", "index", "name"):
            setattr(value, name, _given(new))
        else:
            super().setattr(value, name, new)

    def binary(self, op: str, a: Any, b: Any) -> Any:
        return _checked(PLAIN[op](_given(a), _given(b)))

    def compare(self, op: str, a: Any, b: Any) -> Any:
        return _checked(PLAIN[op](_given(a), _given(b)))

    def unary(self, op: str, value: Any) -> Any:
        return _checked({**UNARY, "abs": operator.abs}[op](value))

    def getitem(self, value: Any, index: Any) -> Any:
        return _checked(value[_given(index)])

    def setitem(self, value: Any, index: Any, new: Any) -> None:
        value[_given(index)] = _given(new)

    def delitem(self, value: Any, index: Any) -> None:
        del value[index]

    def iterate(self, value: Any) -> Iterator[Any]:
        return iter(value)

    def length(self, value: Any) -> int:
        return len(value)

    def truth(self, value: Any) -> bool:
        return bool(value)

    def contains(self, value: Any, item: Any) -> bool:
        return item in value

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
            shown = value.head(200)
            made.update(
                shape=list(value.shape), columns=[str(c) for c in value.columns], index=[cell(i) for i in shown.index],
                data=[[cell(v) for v in row] for row in shown.itertuples(index=False, name=None)],
                dtypes=[str(d) for d in value.dtypes],
            )  # fmt: skip
            if len(value) > 200:
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


register(FrameKind("dataframe"), pd.DataFrame)
register(FrameKind("series"), pd.Series)
register(FrameKind("index"), pd.Index)
register(CellsKind(), Cells)


def _inner_types() -> None:
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
        pd.Timestamp(0),
    )
    for each in inner:
        register(FrameKind("object"), type(each))


def _read_csv(source: Any, **kwargs: Any) -> Any:
    source = hand_over(source)
    if isinstance(source, str):
        if source not in running.files:
            raise FileNotFoundError(f"[Errno 2] No such file or directory: '{source}'")
        source = io.StringIO(running.files[source].getvalue())
    allowed = {"sep", "delimiter", "header", "names", "index_col", "usecols", "dtype", "na_values", "keep_default_na", "nrows", "skiprows", "comment", "skipinitialspace", "thousands", "decimal"}  # fmt: skip
    unknown = set(kwargs) - allowed
    if unknown:
        raise Refused(f"the keyword '{unknown.pop()}' of read_csv is not offered")
    if len(kwargs.get("sep") or ",") > 4:
        raise Refused("a separator of more than four characters is not offered")
    return _checked(pd.read_csv(source, **{k: _given(v) for k, v in kwargs.items()}))


def _function(name: str) -> Any:
    python = getattr(pd, name)

    def run(*args: Any, **kwargs: Any) -> Any:
        _only_summaries(name, kwargs.get("aggfunc"))
        if name == "date_range" and int(kwargs.get("periods") or 0) > running.budget.items:
            running.meter.items(int(kwargs["periods"]))
        return _checked(python(*[_given(a) for a in args], **{k: _given(v) for k, v in kwargs.items()}))

    run.__doc__ = python.__doc__
    return run


def load() -> None:
    _inner_types()
    space = Namespace("pandas", version=pd.__version__, doc="Tables.")
    for name in FUNCTIONS:
        if isinstance(getattr(pd, name), type):
            space.members[name] = publish_type(
                TypeRef(name, getattr(pd, name), _function(name), module="pandas")
            )
        else:
            space.members[name] = Native(name, _function(name))
    space.members["read_csv"] = Native("read_csv", _read_csv, pd.read_csv.__doc__ or "")
    space.members["NA"] = None
    space.members["set_option"] = Native("set_option", lambda *a, **k: None)
    publish(space)


__all__ = ["kind_of", "load"]
