"""Cells: the text of a table as rows of cells, all of the same width, or a problem that names the line."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import islice
from typing import NamedTuple

from freedive.catalog.datasets.numerals import is_number
from freedive.errors import BadData

MOST_COLUMNS = 500
MOST_ROWS = 500_000
LEAST_ROWS = 10
DELIMITERS = ",;\t|"
LONGEST = csv.field_size_limit()
LOOKED_AT = 50
"""Rows that the delimiter is found by."""


def delimited(text: str) -> tuple[str, str, int]:
    """The table, its delimiter and how many lines stand above it: Excel names the delimiter in a line `sep=;`."""
    named = re.match(r"sep=([^\r\n\"]?)[ \t]*(?:\r\n|\r|\n)", text, re.IGNORECASE)
    if named:
        table = text[named.end() :]
        return table, named[1] or _delimiter(table), 1
    return text, _delimiter(text), 0


def _delimiter(text: str) -> str:
    """The one that divides the first rows into the same number of cells: into numbers alone, else the more the better."""

    def rows(delimiter: str) -> list[list[str]]:
        found: list[list[str]] = []
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
        with suppress(csv.Error):  # said when the table is read
            found.extend(row for row in islice(reader, LOOKED_AT) if row)
        return found

    # Where no delimiter is even, the one of the header wins, so that the message can name the odd row.
    all_rows = {delimiter: rows(delimiter) for delimiter in DELIMITERS}
    even = [
        d for d, found in all_rows.items() if found and {len(row) for row in found} == {len(found[0])} != {1}
    ]
    first = text.lstrip().split("\n", 1)[0]
    if not even:
        return max(DELIMITERS, key=first.count)
    # `0,5;0,25` has more commas than semicolons
    return max(even, key=lambda d: (all(are_plain(row, d) for row in all_rows[d][1:]), len(all_rows[d][0])))


def are_plain(row: Sequence[str], delimiter: str) -> bool:
    """Whether all its cells are numbers, with a decimal comma where that divides no cells."""
    return all(is_number(cell if delimiter == "," else cell.replace(",", ".", 1)) for cell in row)


def rows_of(text: str, delimiter: str, above: int = 0) -> list[list[str]]:
    """All rows that are not empty. Raises BadData naming the line; `above` lines stand before the text."""
    rows: list[list[str]] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
    begin = last = 0  # lines before the row that is being read, and before the one above it
    suspect: int | None = None  # lines before the first row of several lines
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                if not rows:
                    _check_width(len(row), above + begin + 1)
                elif len(row) != len(rows[0]):
                    raise _odd(text, delimiter, (begin, reader.line_num), above, len(row), len(rows[0]))
                rows.append([" ".join(cell.split()) for cell in row])
            if len(rows) > MOST_ROWS + 1:
                raise BadData(f"the table has more than {MOST_ROWS:,} rows", hint="Send a part of it.")
            if suspect is None and reader.line_num > begin + 1:
                suspect = begin
            last, begin = begin, reader.line_num
    except csv.Error:
        raise _too_long(text, delimiter, begin, above) from None
    if not rows:
        raise BadData("the file is empty", hint="Send a CSV file with a row of names and rows of values.")
    _check_quotes(text, delimiter, last if suspect is None else suspect, above)
    return rows


def _check_quotes(text: str, delimiter: str, begin: int, above: int) -> None:
    """Raises BadData where a quote swallowed lines: it never closes, or it closes before further letters."""
    for cell in _quoted(text, delimiter, begin):
        if cell.length is None:
            raise _never_closed(above + cell.begin)
        if cell.glued and cell.end > cell.begin:
            begin, end = above + cell.begin, above + cell.end
            raise BadData(
                f"the quote that opens in line {begin} closes in line {end}, in the middle of a cell",
                position=f"line {begin}",
                hint='Close it where it should; within quotes, write a quote twice, "like ""this""".',
            )


def _check_width(width: int, number: int) -> None:
    if width < 2:
        raise BadData(
            "the table has one column; expected at least two, one to predict and one to predict from",
            position=f"line {number}",
            hint="Divide cells by commas, semicolons, tabs or bars.",
        )
    if width > MOST_COLUMNS:
        raise BadData(
            f"the table has {width:,} columns; expected at most {MOST_COLUMNS}", position=f"line {number}"
        )


def _odd(text: str, delimiter: str, lines: tuple[int, int], above: int, count: int, width: int) -> BadData:
    """A row with another number of cells than the first."""
    if unclosed := _unclosed(text, delimiter, lines[0]):
        return _never_closed(above + unclosed)
    number = above + lines[0] + 1
    hint = 'Put cells that contain the delimiter into quotes, "like, this".'
    if lines[1] > lines[0] + 1:
        cell = next(cell for cell in _quoted(text, delimiter, lines[0]) if cell.end > cell.begin)
        begin, end = above + cell.begin, above + cell.end
        hint = f"A quote opens in line {begin} and closes in line {end}; look whether it should."
    return BadData(
        f"line {number} has {count} cells; expected {width} as in the first line",
        position=f"line {number}",
        hint=hint,
    )


def _too_long(text: str, delimiter: str, begin: int, above: int) -> BadData:
    if unclosed := _unclosed(text, delimiter, begin):
        return _never_closed(above + unclosed)
    cells = _quoted(text, delimiter, begin)
    number = above + next((cell.begin for cell in cells if (cell.length or 0) > LONGEST), begin + 1)
    return BadData(
        f"line {number} has a cell of more than {LONGEST:,} characters",
        position=f"line {number}",
        hint="Shorten it, or look whether a quote that opens there closes where it should.",
    )


def _never_closed(number: int) -> BadData:
    return BadData(
        f"a quote opens in line {number} and never closes",
        position=f"line {number}",
        hint='Close it; within quotes, write a quote twice, "like ""this""".',
    )


def _unclosed(text: str, delimiter: str, begin: int) -> int | None:
    """The line, from 1, of a quote that opens after `begin` lines and never closes."""
    return next((cell.begin for cell in _quoted(text, delimiter, begin) if cell.length is None), None)


class Quoted(NamedTuple):
    """A cell in quotes: the lines, from 1, where it begins and ends, and its length; None where it never ends."""

    begin: int
    end: int
    length: int | None
    glued: bool = False
    """Whether more than spaces follows before the cell ends."""


def _quoted(text: str, delimiter: str, begin: int) -> Iterator[Quoted]:
    """The quoted cells after `begin` lines."""
    breaks = re.compile(r"\r\n|\r|\n")
    at, line = 0, 1
    for found in islice(breaks.finditer(text), begin):
        at, line = found.end(), line + 1
    ends = re.compile(f"{re.escape(delimiter)}|\r\n|\r|\n")
    while at < len(text):
        while text[at : at + 1] == " ":
            at += 1
        if text[at : at + 1] == '"':
            close = text.find('"', at + 1)
            while close >= 0 and text[close + 1 : close + 2] == '"':
                close = text.find('"', close + 2)
            if close < 0:
                yield Quoted(line, line, None)
                return
            opened, line = line, line + len(breaks.findall(text, at, close))
            end = ends.search(text, close)
            rest = text[close + 1 : end.start() if end else len(text)]
            yield Quoted(opened, line, close - at - 1, glued=bool(rest.strip()))
            at = close + 1
        end = ends.search(text, at)
        if end is None:
            return
        at = end.end()
        line += end[0] != delimiter


def names_of(cells: Sequence[str]) -> list[str]:
    """Column names, all different: an empty one is numbered by its place, one that came before too."""
    names: list[str] = []
    taken = {cell[:200] for cell in cells if cell}
    for i, cell in enumerate(cells):
        name = cell[:200] or f"column {i + 1}"
        number = i + 1
        while name in names or (name in taken and name != cell[:200]):
            name = f"{(cell or 'column')[:180]} ({number})"
            number += 1
        names.append(name)
    return names
