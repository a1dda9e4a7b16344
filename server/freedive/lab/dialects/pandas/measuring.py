"""How large a table would be that pandas is asked for: worked out before the call, for pandas itself asks nobody."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from freedive.lab.dialects.pandas.joining import aligned, concatenated, joined, merged
from freedive.lab.running import running

Given = dict[str, Any]
"""The arguments of a call by the names of pandas' parameters."""

LONGEST_FORMAT = 64
"""Characters that one directive of a date's format may become."""


def measure(owner: Any, name: str, given: Given) -> None:
    """`owner.name(...)`, or `pd.name(...)` where there is no owner."""
    own = type(owner).__name__
    if own == "StringMethods":
        _texts(owner, name, given)
        return
    if own.endswith("GroupBy"):
        _groups(owner)
    if own.endswith("Resampler") or name in ("asfreq", "resample"):
        _periods(owner, given)
    rule = _RULES.get(name)
    if rule is not None:
        rule(owner, given)
    elif name in _ALIGNED and given.get("other") is not None:
        aligned(owner, given["other"])


def cells(rows: int, columns: int = 1) -> None:
    running.meter.elements(rows * columns, "table")


def width(value: Any) -> int:
    return len(value.columns) if isinstance(value, pd.DataFrame) else 1


def length(value: Any) -> int:
    if isinstance(value, range):  # len() has a limit of its own
        return max(0, -((value.start - value.stop) // value.step))
    return len(value) if hasattr(value, "__len__") else 1


def _distinct(values: Any) -> int:
    try:
        return int(pd.Series(values).nunique(dropna=False))
    except TypeError:  # lists in cells
        return len(values)


# ------------------------------------------------------------ making
def _made(owner: Any, given: Given) -> None:
    """DataFrame and Series of an index: one value may fill it."""
    data, index, columns = given.get("data"), given.get("index"), given.get("columns")
    if index is not None:
        wide = length(columns) if columns is not None else len(data) if isinstance(data, dict) else 1
        cells(length(index), max(1, wide))
    elif isinstance(data, range):
        cells(length(data))


def _numbered(owner: Any, given: Given) -> None:
    """RangeIndex(stop), or start, stop, step: nothing until it is read."""
    start, stop, step = given.get("start"), given.get("stop"), given.get("step") or 1
    if isinstance(start, int):
        cells(length(range(start, stop, step) if isinstance(stop, int) else range(start)))


def _reindex(owner: Any, given: Given) -> None:
    rows, columns = len(owner), width(owner)
    labels, across = given.get("labels"), given.get("axis") in (1, "columns")
    if labels is not None:
        rows, columns = (rows, length(labels)) if across else (length(labels), columns)
    if given.get("index") is not None:
        rows = length(given["index"])
    if given.get("columns") is not None:
        columns = length(given["columns"])
    cells(rows, columns)


def _sample(owner: Any, given: Given) -> None:
    wanted = given.get("n")
    cells(
        int(math.ceil(float(given.get("frac") or 0) * len(owner)) if wanted is None else wanted), width(owner)
    )


def _repeat(owner: Any, given: Given) -> None:
    times = given.get("repeats", 1)
    several = isinstance(times, list | tuple | pd.Series | pd.Index) or bool(getattr(times, "ndim", 0))
    each = list(times) if several else [times]
    cells(sum(int(one) for one in each) * (len(owner) if len(each) == 1 else 1))


def _product(owner: Any, given: Given) -> None:
    parts = given.get("iterables", ())
    cells(math.prod(length(each) for each in parts), max(1, len(parts)))


def _cut(owner: Any, given: Given) -> None:
    for name in ("bins", "q"):
        if isinstance(given.get(name), int):
            running.meter.elements(given[name], "list of bins")


def _dates(owner: Any, given: Given) -> None:
    """A range of dates, given by their number or by both ends; its first steps say how far a step leads."""
    periods, freq = given.get("periods"), given.get("freq")
    if periods is not None:
        running.meter.elements(int(periods), "range of dates")
    elif given.get("start") is not None and given.get("end") is not None:
        _steps_between(pd.Timestamp(given["start"]), pd.Timestamp(given["end"]), freq or "D")


def _steps_between(start: Any, end: Any, freq: Any) -> None:
    try:
        step = pd.tseries.frequencies.to_offset(freq)
        later = start
        for _ in range(20):
            later = later + step
    except (ValueError, TypeError, OverflowError):
        return  # the call itself says what does not fit
    if later > start and end > start:
        running.meter.elements(int((end - start) / ((later - start) / 20)) + 1, "range of dates")


def _lengths(owner: Any, given: Given) -> None:
    """timedelta_range, interval_range: of numbers or of times, by a count or by both ends and a step."""
    if given.get("periods") is not None:
        running.meter.elements(int(given["periods"]), "range")
    elif given.get("start") is not None and given.get("end") is not None:
        start, end, step = given["start"], given["end"], given.get("freq")
        if isinstance(start, int | float) and isinstance(end, int | float):
            running.meter.elements(int(abs(end - start) / abs(step or 1)) + 1, "range")
        else:
            both = (pd.Timedelta(start), pd.Timedelta(end)) if isinstance(start, str) else (start, end)
            _steps_between(*both, step or "D")


def _periods(owner: Any, given: Given) -> None:
    """Resampling makes a row for every step of the clock between the first and the last."""
    table = getattr(owner, "obj", owner)
    freq = getattr(owner, "freq", None) or given.get("freq", given.get("rule"))
    index = getattr(table, "index", None)
    if freq is not None and isinstance(index, pd.DatetimeIndex | pd.TimedeltaIndex) and len(index) > 1:
        _steps_between(index.min(), index.max(), freq)


# ------------------------------------------------------------ turning
def _dummies(owner: Any, given: Given) -> None:
    data = owner if isinstance(owner, pd.DataFrame | pd.Series) else given.get("data")
    if isinstance(data, pd.DataFrame):
        named = given.get("columns")
        names = (
            [name for name in data if data[name].dtype.kind not in "biufc"] if named is None else list(named)
        )
        cells(len(data), len(data.columns) + sum(_distinct(data[name]) for name in names if name in data))
    elif data is not None and not isinstance(data, str):
        cells(length(data), _distinct(data))


def _unstack(owner: Any, given: Given) -> None:
    index = owner.index
    if not isinstance(index, pd.MultiIndex):
        return
    level = given.get("level", -1)
    gone = {index._get_level_number(each) for each in (level if isinstance(level, list | tuple) else [level])}
    sizes = [len(index.unique(level=number)) for number in range(index.nlevels)]
    kept = math.prod(size for number, size in enumerate(sizes) if number not in gone)
    cells(min(len(owner), kept), math.prod(sizes[number] for number in gone) * width(owner))


def _pivot(owner: Any, given: Given) -> None:
    data = owner if isinstance(owner, pd.DataFrame) else given.get("data")
    if not isinstance(data, pd.DataFrame):
        return

    def combinations(names: Any) -> int:
        each = names if isinstance(names, list) else [names]
        return math.prod(
            max(1, _distinct(data[name])) for name in each if isinstance(name, str | int) and name in data
        )

    values = given.get("values")
    wide = len(values) if isinstance(values, list) else 1 if values is not None else len(data.columns)
    rows = min(len(data), combinations(given.get("index"))) if given.get("index") is not None else 1
    cells(rows, combinations(given.get("columns")) * max(1, wide))


def _crosstab(owner: Any, given: Given) -> None:
    def combinations(values: Any) -> int:
        several = isinstance(values, list) and values and isinstance(values[0], list | pd.Series | pd.Index)
        return math.prod(
            max(1, _distinct(part)) for part in (values if several else [values]) if part is not None
        )

    cells(combinations(given.get("index")), combinations(given.get("columns")))


def _melt(owner: Any, given: Given) -> None:
    data = owner if isinstance(owner, pd.DataFrame) else given.get("frame")
    if isinstance(data, pd.DataFrame):
        kept = length(given["id_vars"]) if given.get("id_vars") is not None else 0
        wide = (
            length(given["value_vars"]) if given.get("value_vars") is not None else len(data.columns) - kept
        )
        cells(len(data) * max(0, wide), kept + 2)


def _groups(owner: Any) -> None:
    """Groups by categories have a row for every combination, whether it occurs or not."""
    if getattr(owner, "observed", True) is False:
        keys = [each.grouping_vector for each in owner._grouper.groupings]
        sizes = [len(each.categories) for each in keys if isinstance(each, pd.Categorical)]
        if len(sizes) > 1:
            cells(math.prod(sizes), width(owner.obj))


def _explode(owner: Any, given: Given) -> None:
    named = given.get("column")
    columns = (
        [owner]
        if isinstance(owner, pd.Series)
        else [owner[each] for each in (named if isinstance(named, list) else [named])]
    )
    lengths = [sum(1 if isinstance(v, str) else max(1, length(v)) for v in each.tolist()) for each in columns]
    cells(max(lengths, default=0), width(owner))


def _describe(owner: Any, given: Given) -> None:
    wanted = given.get("percentiles", given.get("q"))
    cells(length(wanted) + 8 if wanted is not None else 8, width(owner))


def _correlate(owner: Any, given: Given) -> None:
    running.meter.spend_flops(2.0 * len(owner) * width(owner) ** 2, "a correlation")
    cells(width(owner), width(owner))


# ------------------------------------------------------------ texts
def _texts(owner: Any, name: str, given: Given) -> None:
    """Columns of text: what is put beside or into each cell."""
    column = owner._orig
    if name == "get_dummies":
        between = str(given.get("sep") or "|")
        parts = {part for each in column.tolist() if isinstance(each, str) for part in each.split(between)}
        cells(len(column), len(parts))
    elif name == "cat" and given.get("others") is None:
        running.meter.text(_letters(column) + len(str(given.get("sep") or "")) * len(column))
    elif name == "repeat":
        times = given.get("repeats", 1)
        most = max((int(each) for each in (times if isinstance(times, list) else [times])), default=0)
        _column(
            column, max((len(each) for each in column.tolist() if isinstance(each, str)), default=0) * most
        )
    elif name in ("pad", "center", "ljust", "rjust", "zfill", "wrap"):
        if name != "wrap":
            _column(column, int(given.get("width") or 0))
    elif name in ("join", "replace", "slice_replace"):
        between = next((str(given[key]) for key in ("sep", "repl") if isinstance(given.get(key), str)), "")
        longest = max((len(each) for each in column.tolist() if isinstance(each, str | list)), default=0)
        _column(column, longest + (longest + 1) * len(between) if between else 0)


def _column(column: Any, each: int) -> None:
    """So many characters in every cell."""
    running.meter.text(each)
    running.meter.elements(each * len(column) // 8, "column of texts")


def _letters(column: Any) -> int:
    return sum(len(each) for each in column.tolist() if isinstance(each, str))


def _sum(owner: Any, given: Given) -> None:
    """Texts are added too: one after the other."""
    frame = owner.to_frame() if isinstance(owner, pd.Series) else owner
    for name in frame if isinstance(frame, pd.DataFrame) else ():
        column = frame[name]
        if isinstance(column, pd.Series) and column.dtype.kind == "O":
            running.meter.text(_letters(column))


def _prefixed(owner: Any, given: Given) -> None:
    added = str(given.get("prefix", given.get("suffix", "")))
    running.meter.text(len(added) * (width(owner) if isinstance(owner, pd.DataFrame) else len(owner)))


def _dated(owner: Any, given: Given) -> None:
    form = given.get("date_format", given.get("format"))
    if isinstance(form, str):
        many = len(owner._parent) if hasattr(owner, "_parent") else length(owner)
        each = LONGEST_FORMAT * form.count("%") + len(form)
        running.meter.text(each)
        running.meter.elements(each * many // 8, "column of texts")


def _printed(owner: Any, given: Given) -> None:
    """A whole table as text: at least three characters for a cell."""
    running.meter.text(3 * len(owner) * width(owner))


_ALIGNED = frozenset({
    "add", "sub", "mul", "div", "truediv", "floordiv", "mod", "pow", "divide", "multiply", "subtract", "radd", "rsub", "rmul", "rdiv",
    "rtruediv", "rfloordiv", "rmod", "rpow", "eq", "ne", "lt", "le", "gt", "ge", "align", "combine", "combine_first", "compare",
    "where", "mask", "reindex_like",
})  # fmt: skip

_RULES: dict[str, Any] = {
    "DataFrame": _made, "Series": _made, "RangeIndex": _numbered, "reindex": _reindex, "sample": _sample, "repeat": _repeat,
    "from_product": _product, "cut": _cut, "qcut": _cut, "value_counts": _cut, "date_range": _dates, "bdate_range": _dates,
    "period_range": _dates, "timedelta_range": _lengths, "interval_range": _lengths,
    "merge": merged, "merge_ordered": merged, "join": joined, "concat": concatenated,
    "get_dummies": _dummies, "unstack": _unstack, "pivot": _pivot, "pivot_table": _pivot, "crosstab": _crosstab, "melt": _melt,
    "explode": _explode, "describe": _describe, "quantile": _describe, "corr": _correlate, "cov": _correlate,
    "sum": _sum, "cumsum": _sum, "add_prefix": _prefixed, "add_suffix": _prefixed, "strftime": _dated,
    "to_string": _printed, "to_html": _printed, "to_json": _printed, "to_csv": _printed,
}  # fmt: skip
