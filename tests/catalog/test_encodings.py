"""Encodings: what says its encoding is read, and what does not is asked for with what it would read."""

from __future__ import annotations

from typing import get_args

import pytest

from freedive.catalog.datasets.encodings import PYTHON, Encoding, decoded, readings
from freedive.errors import BadData, UnknownEncoding

WORDS: list[tuple[Encoding, str]] = [
    ("gb18030", "北京市朝阳区"),
    ("shift_jis", "東京カタカナ"),
    ("big5", "臺北市"),
    ("euc-kr", "서울"),
    ("windows-1252", "Zürich"),
    ("windows-1250", "Čeština"),
    ("windows-1251", "Москва"),
]


@pytest.mark.parametrize(("encoding", "word"), WORDS)
def test_an_encoding_that_a_file_does_not_say_is_asked_for(encoding: Encoding, word: str) -> None:
    body = f"n,city\n1,{word}\n2,x\n".encode(PYTHON.get(encoding, encoding))
    with pytest.raises(UnknownEncoding) as caught:
        decoded(body)
    assert caught.value.position == "line 2"
    assert f"{encoding}: {word}" in caught.value.message
    assert decoded(body, encoding) == f"n,city\n1,{word}\n2,x\n"
    assert [name for name, _ in readings(body)].index(encoding) <= 3


@pytest.mark.parametrize("encoding", get_args(Encoding))
def test_every_offered_encoding_is_known_to_python(encoding: Encoding) -> None:
    assert decoded("a,b".encode(PYTHON.get(encoding, encoding).removesuffix("-sig")), encoding) == "a,b"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_what_is_plain_from_the_bytes_is_read(encoding: str) -> None:
    assert decoded("name,n\nZürich,1\n".encode(encoding)) == "name,n\nZürich,1\n"


def test_bytes_that_do_not_fit_what_was_chosen_are_refused_with_their_line() -> None:
    with pytest.raises(BadData, match="byte 2 does not fit the encoding") as caught:
        decoded(b"a\n\xff\xff", "gb18030")
    assert caught.value.position == "line 2"
