"""Uploads: typed columns, encodings and delimiters, and problems that name the row and the column."""

from __future__ import annotations

import csv
import io
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from freedive.catalog.datasets import cells, uploads
from freedive.catalog.datasets.columns import column_type, missing_cells
from freedive.catalog.datasets.store import DataStore
from freedive.errors import BadData, NotFound
from freedive.protocol.tables import Upload


def types(upload: Upload) -> dict[str, str]:
    return {column.name: column.type for column in upload.columns}


def lines(head: str, row: str, count: int = 20) -> str:
    return head + "\n" + (row + "\n") * count


def test_columns_are_typed_and_missing_values_counted(store: DataStore) -> None:
    rows = [f"{i},{i * 0.5},{'NA' if i % 4 == 0 else 'red'},a note of its own {i}" for i in range(40)]
    upload = uploads.save(store, "\n".join(["n,half,color,note", *rows]).encode(), "a/b/things.csv")
    assert (upload.name, upload.rows) == ("things.csv", 40)
    assert types(upload) == {"n": "number", "half": "number", "color": "category", "note": "text"}
    assert [column.missing for column in upload.columns] == [0, 0, 0, 0]
    assert [column.unique for column in upload.columns] == [40, 40, 2, 40]
    assert (upload.columns[2].examples, upload.columns[2].words) == (["NA", "red"], ["NA"])
    assert uploads.find(store, upload.id) == upload
    table = uploads.table_of(store, upload.id)
    assert (table["color"] == "NA").sum() == 10
    assert table["half"][3] == "1.5"


def test_the_same_content_gets_the_same_id_and_other_content_another(store: DataStore) -> None:
    one = uploads.save(store, lines("a,b", "1,2").encode(), "one.csv")
    again = uploads.save(store, lines("a,b", "1,2").encode(), "again.csv")
    assert (one.id, again.name) == (again.id, "again.csv")
    assert uploads.save(store, lines("a,b", "1,3").encode(), "one.csv").id != one.id


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(delimiter: str, store: DataStore) -> None:
    body = lines(delimiter.join(["a", "b", "c"]), delimiter.join(["1", "red", "2.5"]))
    assert types(uploads.save(store, body.encode())) == {"a": "number", "b": "category", "c": "number"}


def test_decimal_commas_without_a_row_of_names(store: DataStore) -> None:
    upload = uploads.save(store, "".join(f"{i},5;{i},25\n" for i in range(12)).encode())
    assert types(upload) == {"column 1": "number", "column 2": "number"}
    assert (upload.rows, upload.columns[1].examples[0]) == (12, "0.25")


def test_the_same_table_may_be_sent_many_times_at_once(store: DataStore) -> None:
    body = lines("a,b", "1,2", 2000).encode()
    with ThreadPoolExecutor(4) as many:
        ids = {upload.id for upload in many.map(lambda _: uploads.save(store, body), range(16))}
    (id,) = ids
    assert len(uploads.table_of(store, id)) == 2000
    assert sorted(path.name for path in store.uploads.iterdir()) == [f"{id}.csv", f"{id}.json"]


def test_a_mark_of_byte_order_inside_quotes_is_no_part_of_a_name(store: DataStore) -> None:
    upload = uploads.save(store, ("\ufeff" + lines('"\ufeffa",b', "1,2")).encode())
    assert list(uploads.table_of(store, upload.id).columns) == ["a", "b"]


@pytest.mark.parametrize("id", ["a" * 300, "\U00020000" * 64, "../jobs", "", "0123456789ABCDEF"])
def test_what_is_no_id_is_not_looked_for(store: DataStore, id: str) -> None:
    with pytest.raises(NotFound):
        uploads.find(store, id)


def test_decimal_commas_are_read_where_the_comma_is_not_the_delimiter(store: DataStore) -> None:
    upload = uploads.save(store, lines("a;b", "1,5;x").encode())
    assert types(upload) == {"a": "number", "b": "category"}
    assert upload.columns[0].examples == ["1.5"]


@pytest.mark.parametrize(
    ("encoding", "word"),
    [("utf-8", "东京"), ("utf-8-sig", "Zürich"), ("utf-16", "東京"), ("utf-16-le", "Zürich")],
)
def test_an_encoding_that_a_file_shows_is_found(encoding: str, word: str, store: DataStore) -> None:
    upload = uploads.save(store, lines("city,n", f"{word},1").encode(encoding))
    assert types(upload) == {"city": "category", "n": "number"}
    assert upload.columns[0].examples == [word]


def test_a_table_without_a_header_gets_numbered_columns(store: DataStore) -> None:
    upload = uploads.save(store, b"1,2\n" * 20)
    assert types(upload) == {"column 1": "number", "column 2": "number"}
    assert upload.rows == 20


def test_empty_and_repeated_names_become_distinct(store: DataStore) -> None:
    upload = uploads.save(store, lines("a,,a", "1,2,3").encode())
    assert list(types(upload)) == ["a", "column 2", "a (3)"]


def test_quoted_cells_may_hold_the_delimiter(store: DataStore) -> None:
    upload = uploads.save(store, lines("place,n", '"Rome, Italy",1').encode())
    assert upload.columns[0].examples == ["Rome, Italy"]


@pytest.mark.parametrize(
    ("body", "message", "position"),
    [
        (b"", "the file is empty", None),
        (lines("a", "1").encode(), "has one column; expected at least two", "line 1"),
        (b"a,b\n1,2\n", "has 1 rows of values; expected at least 10", None),
        (lines("a,b", "1,2").encode() + b"1,2,3\n", "line 22 has 3 cells; expected 2 as in the first line", "line 22"),
        (b"PK\x03\x04\n\0\0", "the file is not text: byte 5 is zero", "line 2"),
        (lines("a,b", "1,2", 100).encode() + b"3,x\n", "column `b`, row 101 holds 'x', but 100 other rows", "row 101, column b"),
        (lines("a,b", "1,2", 100).encode() + b"3,inf\n", "column `b`, row 101 holds 'inf'", "row 101, column b"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_its_place(
    body: bytes, message: str, position: str | None, store: DataStore
) -> None:
    with pytest.raises(BadData) as caught:
        uploads.save(store, body)
    assert message in caught.value.message
    assert caught.value.position == position


def test_too_many_columns_and_rows_are_refused(store: DataStore, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadData, match="has 501 columns; expected at most 500"):
        uploads.save(store, lines(",".join(f"c{i}" for i in range(501)), ",".join("1" * 501)).encode())
    monkeypatch.setattr(cells, "MOST_ROWS", 15)
    with pytest.raises(BadData, match="has more than 15 rows"):
        uploads.save(store, lines("a,b", "1,2").encode())


@pytest.mark.parametrize("id", ["nothere", "../secret", ""])
def test_an_upload_that_does_not_exist(id: str, store: DataStore) -> None:
    with pytest.raises(NotFound, match="there is no upload"):
        uploads.find(store, id)


cell = st.one_of(
    st.text(st.characters(codec="utf-8"), max_size=6),
    st.integers().map(str),
    st.floats().map(str),
    st.sampled_from(["", "NA", "1,5", '"x', "\r", "a\nb", "0x10", "1_0", " 5 ", "１２"]),
)
table = st.lists(st.lists(cell, min_size=3, max_size=3), min_size=11, max_size=16)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> DataStore:
    return DataStore(Path(tmp_path_factory.mktemp("kept")))


@settings(max_examples=60)
@given(
    rows=table,
    delimiter=st.sampled_from(cells.DELIMITERS),
    quoted=st.booleans(),
    junk=st.binary(max_size=3),
)
def test_any_file_is_refused_in_words_or_reads_back_as_it_was_typed(
    rows: list[list[str]], delimiter: str, quoted: bool, junk: bytes, kept: DataStore
) -> None:
    text = io.StringIO(newline="")
    quoting: Literal[0, 1] = csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL
    csv.writer(text, delimiter=delimiter, quoting=quoting, lineterminator="\n").writerows(rows)
    try:
        upload = uploads.save(kept, junk + text.getvalue().encode(), "any.csv")
    except BadData:
        return
    read = uploads.table_of(kept, upload.id)
    assert read.shape == (upload.rows, len(upload.columns))
    for column in upload.columns:
        assert (column_type(read[column.name]), int(missing_cells(read[column.name]).sum())) == (
            column.type,
            column.missing,
        )


def test_line_breaks_within_a_cell_become_spaces(store: DataStore) -> None:
    upload = uploads.save(store, lines('"a\nb",c', '"1\r2",3').encode())
    assert upload.rows == 20
    assert (upload.columns[0].name, upload.columns[0].examples) == ("a b", ["1 2"])
