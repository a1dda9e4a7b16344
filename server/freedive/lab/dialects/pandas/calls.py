"""Calls of pandas: arguments handed over, names in texts and files refused, results measured and known."""

from __future__ import annotations

import contextlib
import inspect
import io
import re
from collections.abc import Callable, Iterator
from typing import Any

import pandas as pd

from freedive.lab.dialects.pandas.cells import Cells, as_cell, inside, out_of_cells
from freedive.lab.dialects.pandas.measuring import measure
from freedive.lab.dialects.pandas.names import SUMMARIES
from freedive.lab.dialects.standard.patterns import Pattern
from freedive.lab.exchange import FAST, callback, hand_over, receive, wrap_as
from freedive.lab.kinds import Callable_, kind_of, type_name
from freedive.lab.problems import Refused
from freedive.lab.running import running

Take = Callable[[Any], Any]

_CALLED = frozenset({
    "apply", "map", "applymap", "agg", "aggregate", "transform", "assign", "groupby", "filter", "where", "mask", "rename",
    "sort_values", "sort_index", "pivot_table", "crosstab", "replace", "pipe", "combine", "case_when", "rename_axis",
    "rename_categories",
})  # fmt: skip
"""Methods that call a function of the snippet back."""

_TYPED = frozenset({"astype", "select_dtypes", "to_numpy"})
_TYPES = frozenset({"dtype", "include", "exclude"})
"""Where a type of numbers or text may stand."""

_KEPT = frozenset({"DataFrame", "Series", "Index", "insert"})
"""What puts its arguments into cells, whatever they are."""

_NAMED = frozenset({"apply", "agg", "aggregate", "transform", "pivot_table", "crosstab"})
"""Methods that look up a text given as `func` or `aggfunc` as the name of another one."""

_FILES = frozenset({"path_or_buf", "buf", "path"})


def given(value: Any, take: Take | None = None) -> Any:
    """An argument for pandas: data; `take` makes something of what is none, which is refused otherwise."""
    if type(value) in FAST:
        return value
    if type(value) in (list, tuple, dict):
        return inside(value, lambda each: given(each, take), {})
    kind = kind_of(value)
    if kind.data:
        return hand_over(value)
    if take is not None and (isinstance(value, Callable_) or not hasattr(kind, "native")):
        return take(value)
    if isinstance(value, Callable_) or kind.handed:
        raise TypeError(f"a {type_name(value)} cannot be used here: a table holds data")
    return hand_over(value)


def called(value: Any) -> Any:
    """A callable of the snippet as pandas calls it; what it gives goes into cells."""
    if isinstance(value, Callable_) or hasattr(type(value), "lab_class"):
        return callback(value, as_cell)
    return hand_over(value)


def taken_by(name: str) -> Take | None:
    """What a method of that name makes of arguments that are no data."""
    if name in _CALLED:
        return called
    if name in _TYPED:
        return hand_over
    return as_cell if name in _KEPT else None


def named(name: str, kwargs: dict[str, Any]) -> dict[str, Any]:
    take = taken_by(name)
    return {key: given(each, hand_over if key in _TYPES else take) for key, each in kwargs.items()}


def checked(made: Any) -> Any:
    """A result of pandas, measured and of a type that the lab knows."""
    if isinstance(made, pd.DataFrame | pd.Series | pd.Index):
        running.meter.elements(int(made.size), "table")
        return made
    if isinstance(made, list | tuple | dict):
        return receive(out_of_cells(made))
    return receive(made)


wrap_as(lambda made: Cells(made.to_numpy(dtype=object)), pd.api.extensions.ExtensionArray)


def only_summaries(name: str, value: Any) -> None:
    """pandas looks up a text given to `agg` and its like as a method's name, so only plain summaries may be named."""
    if isinstance(value, str) and value not in SUMMARIES:
        raise Refused(f"{name}() may name only plain summaries such as 'mean', not {value[:40]!r}")
    if isinstance(value, list | tuple):
        for each in value:
            only_summaries(name, each)
    elif isinstance(value, dict):
        for each in value.values():
            only_summaries(name, each)


def by_name(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    """The arguments by the names of the parameters, wherever in the call they stand; what fits none is left out."""
    try:
        bound = inspect.signature(function).bind_partial(*args, **kwargs).arguments
    except (TypeError, ValueError):
        return dict(kwargs)  # the call itself says what does not fit
    return {**{key: each for key, each in bound.items() if key != "kwargs"}, **bound.get("kwargs", {})}


def look_at(name: str, found: dict[str, Any]) -> None:
    """Texts that name methods or files."""
    if name in _NAMED:
        only_summaries(name, [found.get("func"), found.get("aggfunc")])
    if name in ("agg", "aggregate"):  # agg(highest=("price", "max"))
        for value in found.values():
            only_summaries(name, value[1:] if isinstance(value, tuple) else None)
    if found.get("engine") is not None:
        raise Refused("the keyword 'engine' is not offered")
    if any(found.get(each) is not None for each in _FILES):
        raise Refused(f"{name} cannot write files in the lab")


def call(owner: Any, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    take = taken_by(name)
    args, kwargs = tuple([given(each, take) for each in args]), named(name, kwargs)
    if name == "to_csv":
        return _to_csv(owner, args, kwargs)
    method = getattr(owner, name)
    found = by_name(method, args, kwargs)
    look_at(name, found)
    look_at_patterns(owner, name, found)
    if name == "info":
        buffer = io.StringIO()
        owner.info(buf=buffer)
        running.write(buffer.getvalue())
        return None
    measure(owner, name, found)
    try:
        return checked(method(*args, **kwargs))
    except ImportError as error:
        raise _lacking(name, str(error)) or error from None


_LIBRARIES = ("scipy", "pyarrow", "numba", "numexpr", "matplotlib", "jinja2", "openpyxl")


def _lacking(name: str, said: str) -> Refused | None:
    """pandas leaves some methods to other libraries, and says how to install them."""
    library = next((each for each in _LIBRARIES if each in said.lower()), None)
    if library is None:
        return None
    hint = None
    if name in ("corr", "corrwith"):
        hint = "for Spearman's correlation take the ranks first: a.rank().corr(b.rank())"
    elif name == "interpolate":
        hint = "method='linear' needs nothing else"
    return Refused(f"{name} with these arguments needs {library}, which the lab does not have", hint=hint)


_MATCHING = frozenset(
    {"contains", "count", "match", "fullmatch", "findall", "extract", "extractall", "split", "replace"}
)
"""Methods of a column of texts that take a pattern."""


def look_at_patterns(owner: Any, name: str, found: dict[str, Any]) -> None:
    """Texts may be patterns to pandas: one that could take forever is refused."""
    texts = type(owner).__name__ == "StringMethods"
    if texts and name in _MATCHING and found.get("regex") is not False:
        sources = found.get("pat")
    elif not texts and (found.get("regex") or name in ("filter", "wide_to_long")):
        sources = found
    else:
        return
    lengths: list[int] | None = None
    for source in _texts(sources):
        with contextlib.suppress(re.error):  # it is looked for as it stands, or pandas says what is wrong
            pattern = Pattern(source)
            if lengths is None:
                table = owner._orig.tolist() if texts else _cells(found["df"] if owner is None else owner)
                lengths = [len(each) for each in _texts(table)]
            pattern.afford(lengths)


def _cells(owner: Any) -> list[Any]:
    """All texts that a pattern may be looked for in, names of columns too."""
    found = [owner.columns.tolist()] if isinstance(owner, pd.DataFrame) else []
    frame = owner.to_frame() if isinstance(owner, pd.Series) else owner
    return found + [frame[name].tolist() for name in frame if frame[name].dtype.kind == "O"]


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | tuple | dict):
        for each in (*value.keys(), *value.values()) if isinstance(value, dict) else value:
            yield from _texts(each)


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
