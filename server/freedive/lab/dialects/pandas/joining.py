"""Rows of a table that is joined of two: each key as often as one has it times as often as the other has."""

from __future__ import annotations

from typing import Any

import pandas as pd

from freedive.lab.running import running

Given = dict[str, Any]
Keys = list[Any]


def _wide(value: Any) -> int:
    return len(value.columns) if isinstance(value, pd.DataFrame) else 1


def _fits(rows: int, columns: int) -> None:
    running.meter.elements(rows * max(1, columns), "table")


def merged(owner: Any, given: Given) -> None:
    """left.merge(right, how, on, left_on, right_on, left_index, right_index), and pd.merge."""
    left, right = given.get("left", owner), given.get("right")
    tables = pd.DataFrame | pd.Series
    if not isinstance(left, tables) or not isinstance(right, tables):
        return
    columns = _wide(left) + _wide(right)
    if given.get("how") == "cross":
        _fits(len(left) * len(right), columns)
        return
    shared = (
        [name for name in left.columns if name in right.columns]
        if isinstance(left, pd.DataFrame) and isinstance(right, pd.DataFrame)
        else []
    )
    both = given["on"] if given.get("on") is not None else shared
    keys = []
    for table, side in ((left, "left"), (right, "right")):
        named = given.get(f"{side}_on")
        keys.append(
            _labels(table.index)
            if given.get(f"{side}_index")
            else _columns(table, both if named is None else named)
        )
    _fits(_matches(*keys), columns)


def joined(owner: Any, given: Given) -> None:
    """left.join(others, on, how): by the index of the others."""
    others = given.get("other")
    rows, columns = len(owner), _wide(owner)
    for other in others if isinstance(others, list | tuple) else [others]:
        if not isinstance(other, pd.DataFrame | pd.Series):
            return
        columns += _wide(other)
        if given.get("how") == "cross":
            rows *= len(other)
        else:
            mine = _labels(owner.index) if given.get("on") is None else _columns(owner, given["on"])
            rows = max(rows, _matches(mine, _labels(other.index)) * max(1, rows // max(1, len(owner))))
    _fits(rows, columns)


def aligned(owner: Any, other: Any) -> None:
    """Two tables laid side by side; a label that both have several times meets each other one."""
    if not isinstance(owner, pd.DataFrame | pd.Series) or not isinstance(other, pd.DataFrame | pd.Series):
        return
    if isinstance(owner, pd.DataFrame) and isinstance(other, pd.DataFrame):
        _fits(_paired(owner.index, other.index), _paired(owner.columns, other.columns))
    elif isinstance(owner, pd.DataFrame) or isinstance(other, pd.DataFrame):
        table, row = (owner, other) if isinstance(owner, pd.DataFrame) else (other, owner)
        _fits(len(table), _paired(table.columns, row.index))
    else:
        _fits(_paired(owner.index, other.index), 1)


def concatenated(owner: Any, given: Given) -> None:
    """pd.concat: one below the other with the columns of all, or beside each other with the rows of all."""
    parts = given.get("objs")
    found = (
        list(parts.values()) if isinstance(parts, dict) else parts if isinstance(parts, list | tuple) else []
    )
    tables = [each for each in found if isinstance(each, pd.DataFrame | pd.Series)]
    if not tables:
        return
    if given.get("axis") in (1, "columns"):
        same = all(each.index.equals(tables[0].index) for each in tables[1:])
        _fits(len(tables[0]) if same else sum(map(len, tables)), sum(map(_wide, tables)))
    else:
        names = {name for each in tables for name in (each.columns if isinstance(each, pd.DataFrame) else ())}
        _fits(sum(map(len, tables)), len(names))


def _paired(one: Any, other: Any) -> int:
    if one.equals(other):
        return len(one)
    if one.is_unique and other.is_unique:
        return len(one) + len(other)
    return _matches(_labels(one), _labels(other))


def _labels(index: Any) -> Keys:
    return index.tolist()  # type: ignore[no-any-return]


def _columns(table: Any, named: Any) -> Keys:
    """The keys of all rows: of columns, of levels of the index, or given as lists."""
    parts = []
    for each in named if isinstance(named, list | tuple) else [named]:
        alone = isinstance(each, str | int | float) or each is None
        if alone and isinstance(table, pd.DataFrame) and each in table.columns:
            parts.append(table[each].tolist())
        elif alone and each in table.index.names:
            parts.append(table.index.get_level_values(each).tolist())
        elif not alone and hasattr(each, "__len__"):
            parts.append(list(each))
    return list(zip(*parts, strict=False)) if len(parts) != 1 else parts[0]


def _matches(one: Keys, other: Keys) -> int:
    """Rows of the join, with those that have no match."""
    try:
        times: dict[Any, int] = {}
        for key in other:
            times[key] = times.get(key, 0) + 1
        return sum(max(1, times.get(key, 0)) for key in one) + len(other)
    except TypeError:  # lists in cells
        return len(one) * len(other)
