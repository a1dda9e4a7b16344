"""Tables: what REST shows of a CSV file that a person sent, and of what becomes of its rows."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from freedive.protocol.wire import Wire


class Column(Wire):
    """One column of an uploaded table."""

    name: str
    type: Annotated[str, Field(pattern="^(number|category|text)$")]
    missing: int
    unique: int
    examples: list[str] = []
    words: list[str] = []
    """Words such as None, NA, - and ? in it: missing in a column of numbers, values in one of words."""


class Remark(Wire):
    """Something a person should know of a table, in a sentence."""

    message: str
    column: str | None = None


class Upload(Wire):
    """A table a person sent: its columns as they were read."""

    id: str
    name: str
    rows: int
    nbytes: int
    columns: list[Column]
    remarks: list[Remark] = []
    """What may not be as it was meant."""


class Gaps(Wire):
    """A column of a table in which cells hold no value."""

    column: str
    missing: int
    """Cells without a value."""
    words: list[str] = []
    """What stands there, besides nothing."""
    then: Literal["left_out", "filled", "value", "none"]
    """The row is left out; the cell is filled; it is a value of its own; it is none of the category's values."""


class TableRows(Wire):
    """How many rows of a table are used, and where values are missing."""

    total: int
    used: int
    gaps: list[Gaps] = []
