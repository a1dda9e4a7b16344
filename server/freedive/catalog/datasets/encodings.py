"""Encodings: the bytes of a file as text. What is not UTF-8, and says nothing else, is asked for and never guessed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, get_args

from freedive.errors import BadData, UnknownEncoding

Encoding = Literal[
    "utf-8",
    "utf-16le",
    "utf-16be",
    "windows-1252",
    "gb18030",
    "shift_jis",
    "big5",
    "euc-kr",
    "windows-1250",
    "windows-1251",
]
"""Names as browsers know them, so that a page can show what a file would say in each."""

PYTHON = {"utf-8": "utf-8-sig", "utf-16le": "utf-16-le", "utf-16be": "utf-16-be", "shift_jis": "cp932"}
"""What Python calls them, where that is something else. Shift-JIS with Windows' additions, as browsers read it."""

SAMPLE = 24
"""Characters shown of what a file would say."""


def decoded(body: bytes, encoding: Encoding | None = None) -> str:
    """UTF-16 by its mark, the encoding that was named, else UTF-8. Raises UnknownEncoding or BadData."""
    if body[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encoding = "utf-16le" if body[:1] == b"\xff" else "utf-16be"
    if encoding is None and b"\0" in body:
        encoding = _wide(body)
    named = encoding or "utf-8"
    try:
        return body.decode(PYTHON.get(named, named)).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = _line(body, error.start)
        if encoding is None:
            raise _asked(body, error.start, line) from None
        at = error.start
        raise BadData(
            f"byte {at:,} does not fit the encoding that was named",
            position=line,
            hint="Choose another encoding, or save the table as CSV, encoded in UTF-8.",
        ) from None


def _wide(body: bytes) -> Encoding:
    """UTF-16 without a mark: in a table, every other byte of most letters is zero. Raises BadData."""
    half = len(body) // 2 or 1
    if len(body) % 2 == 0 and body[1::2].count(0) > 0.5 * half:
        return "utf-16le"
    if len(body) % 2 == 0 and body[::2].count(0) > 0.5 * half:
        return "utf-16be"
    at = body.index(b"\0")
    raise BadData(
        f"the file is not text: byte {at:,} is zero",
        position=_line(body, at),
        hint="Save the table as CSV, encoded in UTF-8; a spreadsheet file cannot be read.",
    )


def _line(body: bytes, at: int) -> str:
    """The line of a byte."""
    number = body[:at].count(10) + 1
    return f"line {number}"


def _asked(body: bytes, at: int, line: str) -> UnknownEncoding:
    offers = "; ".join(f"{encoding}: {sample}" for encoding, sample in readings(body))
    return UnknownEncoding(
        f"byte {at:,} is not UTF-8, and the file does not say in which encoding it is written; "
        f"it would read {offers or '…'}",
        position=line,
        hint="Choose the encoding in which the words are right (`encoding=`), or save the table as CSV, encoded in UTF-8.",
    )


def readings(body: bytes) -> Iterator[tuple[Encoding, str]]:
    """Each encoding that the bytes could be, the likeliest first, with the first foreign word as it would read."""
    found: list[tuple[int, Encoding, str]] = []
    for encoding in get_args(Encoding):
        if encoding.startswith("utf"):
            continue
        try:
            text = body.decode(PYTHON.get(encoding, encoding))
        except UnicodeDecodeError:
            continue
        foreign = re.search(r"[^\s,;\t|]*[^\x00-\x7f][^\s,;\t|]*", text)
        if foreign:
            found.append((_oddness(text), encoding, foreign[0][:SAMPLE]))
    yield from ((encoding, sample) for _, encoding, sample in sorted(found, key=lambda one: one[0]))


def _oddness(text: str) -> int:
    """How many characters are of a kind that a table of words seldom has: it only orders what is offered."""
    usual = re.compile(
        r"[\x00-\x7fÀ-ÖØ-öø-ž’–—€°²³µ\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7a3\u0410-\u044fЁё、。，；：（）]"
    )
    odd = sum(not usual.match(letter) for letter in text[:20_000])
    mixed = re.findall(r"[A-Za-z][\u0410-\u044f\u4e00-\u9fff]|[À-ž]{3,}", text[:20_000])
    return odd + len(mixed)
