"""Uploads: a CSV file that a person sent, read with care, typed by column and kept as plain UTF-8. Torch-free."""

from __future__ import annotations

import hashlib
import re
import secrets
from pathlib import Path
from typing import Any

from freedive.catalog.datasets import remarks
from freedive.catalog.datasets.cells import LEAST_ROWS, are_plain, delimited, names_of, rows_of
from freedive.catalog.datasets.columns import (
    are_numbers,
    classes_of,
    column_type,
    missing_cells,
    read_table,
    spelled_alike,
)
from freedive.catalog.datasets.encodings import Encoding, decoded
from freedive.catalog.datasets.numerals import Read, decimal_marks, read_numbers
from freedive.catalog.datasets.store import DataStore
from freedive.catalog.private import create, make_folder
from freedive.errors import BadData, Damaged, NotFound
from freedive.protocol.tables import Column, Upload

NEARLY = 0.98
"""A column with at least this share of numbers was meant to hold numbers only."""
_ID = re.compile("[0-9a-f]{16}")
MOST_REMARKS = 50
"""What says more is not read."""


def save(store: DataStore, body: bytes, name: str = "", encoding: Encoding | None = None) -> Upload:
    """Read, type and keep a CSV file; the same content gets the same id. Raises BadData, UnknownEncoding.

    Bytes are limited at the edge (`max_upload`), rows and columns here.
    """
    import pandas

    text, delimiter, above = delimited(decoded(body, encoding))
    rows = rows_of(text, delimiter, above)
    is_header = not are_plain(rows[0], delimiter)
    # a byte order mark stands inside the quotes where a file with one was put together with another
    first = [cell.strip("\ufeff") for cell in rows[0]] if is_header else [""] * len(rows[0])
    header, values = names_of(first), rows[1:] if is_header else rows
    if len(values) < LEAST_ROWS:
        raise BadData(f"the table has {len(values)} rows of values; expected at least {LEAST_ROWS}")
    written = [pandas.Series([row[i] for row in values], dtype=object) for i in range(len(header))]
    marks = decimal_marks(written)
    said = list(remarks.of_header(first, header, is_header, written))
    columns: dict[str, Any] = {}
    known: list[Column] = []
    for title, cells in zip(header, written, strict=True):
        columns[title], read = _plainly(cells, title, delimiter, marks)
        known.append(_column(title, columns[title]))
        said += remarks.of_numbers(title, cells, read)
        said += remarks.of_values(known[-1], columns[title], first=len(known) == 1)
    upload = Upload(
        id=hashlib.sha256(body + (encoding or "").encode()).hexdigest()[:16],
        name=Path(name).name[:200],
        rows=len(values),
        nbytes=len(body),
        columns=known,
        remarks=said[:MOST_REMARKS],
    )
    make_folder(store.uploads)
    _write(store.uploads / f"{upload.id}.csv", pandas.DataFrame(columns).to_csv(index=False))
    _write(store.uploads / f"{upload.id}.json", upload.model_dump_json())
    return upload


def find(store: DataStore, id: str) -> Upload:
    """What is known of an upload. Raises NotFound, Damaged."""
    path = store.uploads / f"{id}.json"
    if not _ID.fullmatch(id) or not path.exists():
        raise NotFound(f"there is no upload `{id}`", position="upload", hint="Upload the CSV file again.")
    try:
        return Upload.model_validate_json(path.read_bytes())
    except (OSError, ValueError) as error:
        raise _damaged() from error


def table_of(store: DataStore, id: str) -> Any:
    """The table of an upload as a DataFrame of strings. Raises NotFound, Damaged."""
    upload = find(store, id)
    try:
        table = read_table(store.uploads / f"{id}.csv")
    except (OSError, ValueError) as error:
        raise _damaged() from error
    if (len(table), list(table.columns)) != (upload.rows, [column.name for column in upload.columns]):
        raise _damaged()
    return table


def _damaged() -> Damaged:
    return Damaged(
        "what was stored of this table cannot be read any more",
        position="upload",
        hint="Upload the CSV file again.",
    )


def _plainly(cells: Any, name: str, delimiter: str, marks: set[str]) -> tuple[Any, Read]:
    """A column with its numbers written plainly, if it is one of numbers. Raises BadData for a stray word."""
    there = ~missing_cells(cells, "missing")
    if marks != {","} and are_numbers(cells[there]):
        return cells, Read({}, [])
    read = read_numbers(cells[there], delimiter, marks)
    strays = there & cells.isin(read.strays)
    wrong, right = int(strays.sum()), int(there.sum() - strays.sum())
    if 0 < wrong <= (1 - NEARLY) * (wrong + right):
        i = int(strays.to_numpy().argmax())
        row, cell = i + 1, cells[i][:50]
        raise BadData(
            f"column `{name}`, row {row} holds {cell!r}, but {right:,} other rows hold numbers; "
            "expected a number, or nothing where the value is missing",
            position=f"row {row}, column {name}",
            hint="Mend or empty that cell." if wrong == 1 else f"Mend or empty {wrong} such cells.",
        )
    return (cells if wrong else cells.map(lambda cell: read.numbers.get(cell, cell))), read


def _column(name: str, cells: Any) -> Column:
    import pandas

    worded, type_ = missing_cells(cells, "missing"), column_type(cells)
    absent, words = worded if type_ == "number" else cells == "", worded & (cells != "")
    there = cells[~absent]
    values = there.unique()
    listed = classes_of(spelled_alike(there)) if len(values) <= 5 else values
    return Column(
        name=name,
        type=type_,
        missing=int(absent.sum()),
        unique=int(pandas.to_numeric(there).nunique()) if type_ == "number" else len(values),
        examples=[str(value)[:50] for value in listed[:5]],
        words=[str(word)[:50] for word in cells[words].value_counts().index[:5]],
    )


def _write(path: Path, text: str) -> None:
    partial = path.with_name(f"{path.name}.{secrets.token_hex(4)}.partial")  # two may send the same at once
    try:
        with create(partial) as file:
            file.write(text.encode())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
