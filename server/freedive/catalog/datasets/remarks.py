"""Remarks: what a person should know of a table that was read, because it may not be what was meant."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from freedive.catalog.datasets.columns import missing_cells, number_in
from freedive.catalog.datasets.numerals import Read, is_number
from freedive.protocol.tables import Column, Remark

WITH_UNIT = re.compile(r"[-+−]?\d[\d.,]*\s?[^\W\d_]{1,5}\.?")
"""A number and what it counts, as `5 kg`."""
COUNTED = re.compile(
    r"(.*[ _-])?(id|no|nr|idx|index|row|rownum|rowid|number|unnamed: 0|序号|编号|行号|column 1)\.?|.*[a-z]Id",
    re.IGNORECASE,
)
"""Names of columns that number the rows."""
DATE = re.compile(
    r"\d{4}[-/.年]\d{1,2}([-/.月]\d{1,2}日?)?([T ].*)?|\d{1,2}[-/.]\d{1,2}[-/.](\d{4}|\d{2})( .*)?|\d{1,2}[- ][A-Za-z]{3,9}[- ]\d{2,4}"
)
YEAR = re.compile(r"(19|20)\d\d")
MOSTLY = 0.5
"""A column with at least this share of numbers looks as if it were to hold numbers."""


def of_header(
    cells: Sequence[str], names: Sequence[str], is_header: bool, below: Sequence[Any]
) -> Iterator[Remark]:
    """Names that were changed or made up, and a first line that looks like the ones below it."""
    if not is_header:
        yield Remark(
            message="The first line holds numbers only, so it counts as values, and the columns are numbered."
        )
        return
    for cell, column in zip(cells, below, strict=True):
        if cell and not YEAR.fullmatch(cell) and (column == cell).mean() > (0 if is_number(cell) else 0.01):
            yield Remark(
                message=f"The first line counts as names, but `{cell}` stands below it too; if it holds values, "
                "put a line of names above it."
            )
            break
    for cell, name in zip(cells, names, strict=True):
        if cell and cell != name and len(cell) <= 200:
            yield Remark(
                column=name,
                message=f"The name `{cell}` stands more than once in the first line; this column is called `{name}`.",
            )


def of_numbers(name: str, cells: Any, read: Read) -> Iterator[Remark]:
    """Numbers that were not written plainly, and words that keep a column from being one of numbers."""
    if not read.strays:
        for written, number in read.numbers.items():
            if written != number:
                yield Remark(column=name, message=f"`{written}` in column `{name}` is read as {number}.")
                return
        return
    there = cells[~missing_cells(cells, "missing")]
    wrong, count = there.isin(read.strays), len(there)
    with_units = there[:1000].str.fullmatch(WITH_UNIT).mean()
    if wrong.sum() <= (1 - MOSTLY) * count or with_units >= MOSTLY:
        row, cell = int(wrong.to_numpy().argmax()), str(there[wrong].iloc[0])[:50]
        row = int(there.index[row]) + 1
        wrong_count = int(wrong.sum())
        yield Remark(
            column=name,
            message=f"Column `{name}` counts as words: {wrong_count:,} of {count:,} cells are no numbers, "
            f"such as `{cell}` in row {row}.",
        )


def of_values(column: Column, cells: Any, first: bool) -> Iterator[Remark]:
    """Row numbers, dates, and words that differ in nothing but capitals or a trailing zero."""
    name = column.name
    there = cells[~missing_cells(cells, "missing" if column.type == "number" else "value")]
    if column.type == "number":
        if _numbers_rows(name, there, first):
            yield Remark(
                column=name,
                message=f"Column `{name}` seems to number the rows; of rows that are new it tells nothing, so leave it out.",
            )
        return
    if len(there) and there[:1000].str.fullmatch(DATE).mean() > 0.95:
        yield Remark(
            column=name,
            message=f"Column `{name}` holds dates, which count as words; write year, month or day as numbers to use them.",
        )
    elif column.type == "category":
        same: dict[str | float, list[str]] = {}
        for value in there.unique():
            number = number_in(value)
            same.setdefault(value.casefold() if number is None else number, []).append(value)
        for one, other, *_ in (values for values in same.values() if len(values) > 1):
            yield Remark(
                column=name,
                message=f"`{one}` and `{other}` in column `{name}` count as two different values.",
            )


def _numbers_rows(name: str, cells: Any, first: bool) -> bool:
    import pandas

    numbers = pandas.to_numeric(cells)
    if not len(numbers) or (numbers % 1 != 0).any() or numbers.duplicated().any():
        return False
    counts = len(numbers) > 1 and bool((numbers.diff().dropna() == 1).all()) and numbers.iloc[0] in (0, 1)
    return bool(COUNTED.fullmatch(name)) or (
        first and counts and name.lower() not in ("x", "t", "time", "year", "day")
    )
