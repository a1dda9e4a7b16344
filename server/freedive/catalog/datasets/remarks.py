"""Remarks: what a person should know of a table that was read, because it may not be what was meant."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from freedive.catalog.datasets.columns import column_type, missing_cells, number_in
from freedive.catalog.datasets.numerals import Read
from freedive.protocol.tables import Remark

COUNTED = re.compile(
    r"(.*[ _-])?(id|no|nr|idx|index|row|rownum|rowid|number|unnamed: 0|序号|编号|行号|column 1)\.?|.*[a-z]Id",
    re.IGNORECASE,
)
"""Names of columns that number the rows."""
DATE = re.compile(
    r"\d{4}[-/.年]\d{1,2}([-/.月]\d{1,2}日?)?([T ].*)?|\d{1,2}[-/.]\d{1,2}[-/.](\d{4}|\d{2})( .*)?|\d{1,2}[- ][A-Za-z]{3,9}[- ]\d{2,4}"
)
MOSTLY = 0.5
"""A column with at least this share of numbers looks as if it were to hold numbers."""


def of_header(cells: Sequence[str], names: Sequence[str], is_header: bool) -> Iterator[Remark]:
    """Names that were changed or made up."""
    if not is_header:
        yield Remark(
            message="The first line holds numbers only, so it counts as values, and the columns are numbered."
        )
        return
    for cell, name in zip(cells, names, strict=True):
        if cell and cell != name and len(cell) <= 200:
            yield Remark(
                column=name,
                message=f"The name `{cell}` stands more than once in the first line; this column is called `{name}`.",
            )


def of_numbers(name: str, cells: Any, read: Read) -> Iterator[Remark]:
    """Numbers that were not written plainly, and words that keep a column from being one of numbers."""
    there = cells[~missing_cells(cells, "missing")]
    if not read.strays:
        for written, number in read.numbers.items():
            if written != number:
                yield Remark(column=name, message=f"`{written}` in column `{name}` is read as {number}.")
                return
        return
    wrong = there.isin(read.strays)
    count = len(there)
    if wrong.sum() <= (1 - MOSTLY) * count:
        row, cell = int(wrong.to_numpy().argmax()), str(there[wrong].iloc[0])[:50]
        row = int(there.index[row]) + 1
        wrong_count = int(wrong.sum())
        yield Remark(
            column=name,
            message=f"Column `{name}` counts as words: {wrong_count:,} of {count:,} cells are no numbers, "
            f"such as `{cell}` in row {row}.",
        )


def of_values(name: str, cells: Any, first: bool) -> Iterator[Remark]:
    """Row numbers, dates, and words that differ in nothing but capitals or a trailing zero."""
    type_ = column_type(cells)
    there = cells[~missing_cells(cells)]
    if type_ == "number":
        if _numbers_rows(name, there, first):
            yield Remark(
                column=name,
                message=f"Column `{name}` seems to number the rows; of rows that are new it tells nothing, so leave it out.",
            )
        return
    if len(there) and there.str.fullmatch(DATE).mean() > 0.95:
        yield Remark(
            column=name,
            message=f"Column `{name}` holds dates, which count as words; write year, month or day as numbers to use them.",
        )
    elif type_ == "category":
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
