"""Uploads: a CSV file that a person sent, read with care, typed by column and kept as plain UTF-8. Torch-free."""

from __future__ import annotations

import csv
import hashlib
import io
import os
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from freedive.catalog.datasets.columns import classes_of, column_type, read_table
from freedive.catalog.datasets.store import DataStore
from freedive.errors import BadData, NotFound
from freedive.protocol.jobs import Column, Upload

MOST_COLUMNS = 500
MOST_ROWS = 500_000
LEAST_ROWS = 10
DELIMITERS = ",;\t|"
MISSING = {"", "na", "n/a", "#n/a", "nan", "null", "none", "?", "-", "."}
LARGEST = 1e30
NEARLY = 0.98
"""A column with at least this share of numbers was meant to hold numbers only."""


def save(store: DataStore, body: bytes, name: str = "") -> Upload:
    """Read, type and keep a CSV file; the same content gets the same id. Raises BadData.

    Bytes are limited at the edge (`max_upload`), rows and columns here.
    """
    import pandas

    text = _decoded(body)
    delimiter = _delimiter(text)
    header, rows = _cells(text, delimiter)
    columns = [_mended([row[i] for row in rows], header[i], delimiter) for i in range(len(header))]
    table = pandas.DataFrame(dict(zip(header, columns, strict=True)))
    upload = Upload(
        id=hashlib.sha256(body).hexdigest()[:16],
        name=Path(name).name[:200],
        rows=len(rows),
        nbytes=len(body),
        columns=[_column(column, table[column]) for column in header],
    )
    store.uploads.mkdir(parents=True, exist_ok=True)
    _write(store.uploads / f"{upload.id}.csv", table.to_csv(index=False))
    _write(store.uploads / f"{upload.id}.json", upload.model_dump_json())
    return upload


def find(store: DataStore, id: str) -> Upload:
    """What is known of an upload. Raises NotFound."""
    path = store.uploads / f"{id}.json"
    if not id.isalnum() or not path.exists():
        raise NotFound(f"there is no upload `{id}`", position="upload", hint="Upload the CSV file again.")
    return Upload.model_validate_json(path.read_bytes())


def table_of(store: DataStore, id: str) -> Any:
    """The table of an upload as a DataFrame of strings. Raises NotFound."""
    find(store, id)
    return read_table(store.uploads / f"{id}.csv")


def _decoded(body: bytes) -> str:
    """UTF-8 or UTF-16 by their marks, else UTF-8, else GB 18030 or Windows-1252 by the look of the bytes."""
    if body[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encoding = "utf-16"
    elif b"\0" in body:
        at = body.index(b"\0")
        raise BadData(
            f"the file is not text: byte {at:,} is zero",
            position=_line(body, at),
            hint="Save the table as CSV, encoded in UTF-8; a spreadsheet file cannot be read.",
        )
    else:
        encoding = "utf-8-sig"
    try:
        return body.decode(encoding)
    except UnicodeDecodeError as error:
        if encoding == "utf-8-sig":
            guess = "gb18030" if _comes_in_pairs(body) else "cp1252"
            try:
                return body.decode(guess)
            except UnicodeDecodeError:
                pass
        raise BadData(
            f"byte {error.start:,} is neither UTF-8 nor another encoding known here",
            position=_line(body, error.start),
            hint="Save the table as CSV, encoded in UTF-8.",
        ) from None


def _line(body: bytes, at: int) -> str:
    """The line of a byte."""
    return f"line {body[:at].count(10) + 1}"


def _comes_in_pairs(body: bytes) -> bool:
    """Chinese text in GB 18030 has its high bytes side by side; Western text has single ones between letters."""
    high = [i for i, byte in enumerate(body[:200_000]) if byte >= 0x80]
    paired = sum(1 for i, j in pairwise(high) if j == i + 1)
    return paired > 0.4 * len(high)


def _delimiter(text: str) -> str:
    """The one that divides the first lines into the same number of cells, the more the better."""
    lines = text.splitlines()[:50]

    def evenness(delimiter: str) -> tuple[bool, int]:
        widths = [len(row) for row in csv.reader(lines, delimiter=delimiter) if row]
        return len(set(widths)) == 1, max(widths, default=0)

    # Where no delimiter is even, the one of the header wins, so that the message can name the odd row.
    even = [d for d in DELIMITERS if evenness(d)[0] and evenness(d)[1] > 1]
    return max(even or DELIMITERS, key=lambda d: evenness(d)[1] if even else (lines or [""])[0].count(d))


def _cells(text: str, delimiter: str) -> tuple[list[str], list[list[str]]]:
    """Names and rows. Numbers count as a header only when none is given. Raises BadData naming the odd row."""
    rows: list[list[str]] = []
    numbers: list[int] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                rows.append([" ".join(cell.split()) for cell in row])
                numbers.append(reader.line_num)
            if len(rows) > MOST_ROWS + 1:
                raise BadData(f"the table has more than {MOST_ROWS:,} rows", hint="Send a part of it.")
    except csv.Error as error:
        raise BadData(f"the table cannot be read: {error}", position=f"line {reader.line_num}") from None
    if not rows:
        raise BadData("the file is empty", hint="Send a CSV file with a row of names and rows of values.")
    width = len(rows[0])
    if width < 2:
        raise BadData(
            "the table has one column; expected at least two, one to predict and one to predict from",
            position="line 1",
            hint="Divide cells by commas, semicolons, tabs or bars.",
        )
    if width > MOST_COLUMNS:
        raise BadData(f"the table has {width:,} columns; expected at most {MOST_COLUMNS}", position="line 1")
    for row, number in zip(rows, numbers, strict=True):
        if len(row) != width:
            raise BadData(
                f"line {number} has {len(row)} cells; expected {width} as in the first line",
                position=f"line {number}",
                hint='Put cells that contain the delimiter into quotes, "like, this".',
            )
    header = _names(rows[0]) if not all(_is_number(cell) for cell in rows[0]) else _names([""] * width)
    values = rows[1:] if not all(_is_number(cell) for cell in rows[0]) else rows
    if len(values) < LEAST_ROWS:
        raise BadData(f"the table has {len(values)} rows of values; expected at least {LEAST_ROWS}")
    return header, values


def _names(cells: Sequence[str]) -> list[str]:
    """Column names; an empty one is numbered, one that came before too."""
    names: list[str] = []
    for i, cell in enumerate(cells):
        name = cell[:200] or f"column {i + 1}"
        names.append(name if name not in names else f"{name[:180]} ({i + 1})")
    return names


def _is_number(cell: str) -> bool:
    try:
        return abs(float(cell)) <= LARGEST and "_" not in cell
    except ValueError:
        return False


def _mended(cells: list[str], name: str, delimiter: str) -> Any:
    """One column as a Series: missing cells empty, decimal commas as points. Raises BadData for a stray word."""
    import pandas

    column = pandas.Series(cells, dtype=object)
    column[column.str.lower().isin(MISSING)] = ""
    there = column != ""
    if delimiter != ",":
        points = column.str.replace(",", ".", regex=False)
        if _are_numbers(points[there]).all():
            column = points
    strays = there & ~_are_numbers(column)
    wrong, right = int(strays.sum()), int(there.sum() - strays.sum())
    if 0 < wrong <= (1 - NEARLY) * (wrong + right):
        i = int(strays.to_numpy().argmax())
        row, cell = i + 1, column[i][:50]
        raise BadData(
            f"column `{name}`, row {row} holds {cell!r}, but {right:,} other rows hold numbers; "
            "expected a number, or nothing where the value is missing",
            position=f"row {row}, column {name}",
            hint="Mend or empty that cell." if wrong == 1 else f"Mend or empty {wrong} such cells.",
        )
    return column


def _are_numbers(cells: Any) -> Any:
    """Which cells are numbers that a float32 can hold."""
    import pandas

    return pandas.to_numeric(cells, errors="coerce").abs() <= LARGEST


def _column(name: str, cells: Any) -> Column:
    there = cells[cells != ""]
    return Column(
        name=name,
        type=column_type(there),
        missing=int((cells == "").sum()),
        unique=int(there.nunique()),
        examples=[
            str(value)[:50]
            for value in (classes_of(there)[:5] if there.nunique() <= 5 else there.unique()[:5])
        ],
    )


def _write(path: Path, text: str) -> None:
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)
