"""Numerals: how a column writes its numbers: 1,234.50 or 1.234,50 or 1 234,5; with a percent or currency sign; (12)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

LARGEST = 1e30
"""A float32 holds numbers up to about 1e38; what is standardized needs room."""

SIGNS = r"[$€£¥￥₹₩₽₺₫฿¢]|US\$|R\$|USD|EUR|GBP|CHF|CNY|RMB|JPY|kr|zł|Kč|元|円|원"
WRITTEN = re.compile(
    rf"(?P<minus>[-+−(]?)\s*(?P<before>{SIGNS})?\s*(?P<sign>[-+−]?)\s*(?P<digits>[\d.,'’ ]*\d[\d.,]*(?:[eE][-+]?\d+)?)"
    rf"\s*(?P<after>[%％]|{SIGNS})?\)?"
)
STYLES: Mapping[tuple[str, str], re.Pattern[str]] = {
    (".", ""): re.compile(r"\d+\.?\d*|\.\d+"),
    (".", ","): re.compile(r"(?:\d+|[1-9]\d{0,2}(?:,\d{2,3})*,\d{3})(?:\.\d*)?"),
    (",", ""): re.compile(r"\d+,?\d*|,\d+"),
    (",", "."): re.compile(r"(?:\d+|[1-9]\d{0,2}(?:\.\d{3})+)(?:,\d*)?"),
    (".", " "): re.compile(r"(?:\d+|[1-9]\d{0,2}(?: \d{3})+)(?:\.\d*)?"),
    (",", " "): re.compile(r"(?:\d+|[1-9]\d{0,2}(?: \d{3})+)(?:,\d*)?"),
    (".", "'"): re.compile(r"(?:\d+|[1-9]\d{0,2}(?:['’]\d{3})+)(?:\.\d*)?"),
}
"""(decimal mark, mark between thousands): how the digits may look."""
EXPONENT = re.compile(r"[eE][-+]?\d+$")


LOOKED_AT = 200
"""Values of a column that show whether it holds numbers at all."""


class Read(NamedTuple):
    """A column's values as plain numbers."""

    numbers: dict[str, str]
    """Plain number by what was written."""
    strays: list[str]
    """What is no number, in order."""


def is_number(cell: str) -> bool:
    """Whether Python and pandas read it as a number that can be computed with."""
    try:
        return cell.isascii() and "_" not in cell and abs(float(cell)) <= LARGEST
    except ValueError:
        return False


def decimal_marks(columns: Iterable[Sequence[str]]) -> set[str]:
    """Decimal marks that some column shows beyond doubt: followed by other than three digits."""
    marks: set[str] = set()
    for cells in columns:
        values = islice(dict.fromkeys(cells[: 10 * LOOKED_AT]), LOOKED_AT)
        bodies = [found["digits"] for value in values if (found := WRITTEN.fullmatch(value))]
        for mark, other in ((",", "."), (".", ",")):
            sure = re.compile(rf"[\d{re.escape(other)} ]*{re.escape(mark)}(\d{{1,2}}|\d{{4,}})")
            if any(map(sure.fullmatch, bodies)) and all(body.count(mark) <= 1 for body in bodies):
                marks.add(mark)
    return marks


def read_numbers(cells: Iterable[str], delimiter: str, marks: set[str]) -> Read:
    """The cells under the style that reads most of them; `marks` are the decimal marks that the file shows elsewhere."""
    values = list(dict.fromkeys(cells))
    plain = [value for value in values if is_number(value)]
    if len(plain) == len(values) and not (marks == {","} and _all_in_groups(values)):
        return Read({value: value for value in values}, [])
    if not any(map(WRITTEN.fullmatch, values[:LOOKED_AT])):
        return Read({value: value for value in plain}, [value for value in values if not is_number(value)])
    found = {value: match for value in values if (match := WRITTEN.fullmatch(value))}
    units = {(match["before"] or match["after"] or "").replace("％", "%") for match in found.values()}
    if len(units - {""}) > 1 or (
        "%" in units and "" in units
    ):  # 5 % and 0.05, $ and €: one number says nothing
        found = {value: match for value, match in found.items() if not (match["before"] or match["after"])}
    best: dict[str, str] = {value: value for value in plain}
    for style in _styles_in_order(delimiter, marks):
        read = {
            value: number for value, match in found.items() if (number := _plain(match, *style)) is not None
        }
        if len(read) > len(best) or (len(read) == len(best) and style == (",", ".") and marks == {","}):
            best = read
    return Read(best, [value for value in values if value not in best])


def _styles_in_order(delimiter: str, marks: set[str]) -> list[tuple[str, str]]:
    """Where two styles read as many cells, the first wins: 1,234 is 1.234 where commas are decimal marks elsewhere."""
    points = "," not in marks and (delimiter == "," or "." in marks)
    return sorted(
        STYLES, key=lambda style: (style[0] == ",") if points else (style[0] == "." and style[1] != "")
    )


def _all_in_groups(values: list[str]) -> bool:
    """Whether every point stands before three digits, as between thousands, and some does."""
    return any("." in value for value in values) and all(
        re.fullmatch(r"[-+]?(\d{1,3}|[1-9]\d{0,2}(\.\d{3})+)", value) for value in values
    )


def _plain(match: re.Match[str], decimal: str, thousands: str) -> str | None:
    digits = match["digits"]
    if (match["minus"] == "(") != match[0].endswith(")"):
        return None
    exponent = EXPONENT.search(digits)
    body = digits[: exponent.start()] if exponent else digits
    if not STYLES[decimal, thousands].fullmatch(body):
        return None
    if thousands:
        body = (
            body.replace(thousands, "").replace("’", "") if thousands == "'" else body.replace(thousands, "")
        )
    number = body.replace(decimal, ".") + (exponent[0] if exponent else "")
    negative = match["minus"] in ("-", "−", "(") or match["sign"] in ("-", "−")
    number = f"-{number}" if negative else number
    return number if is_number(number) else None
