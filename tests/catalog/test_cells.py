"""Cells: rows as pandas reads them, names that lose nothing, and problems with the line where they begin."""

from __future__ import annotations

import csv
import io
from typing import Literal

import pandas
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from freedive.catalog.datasets.cells import DELIMITERS, delimited, names_of, rows_of
from freedive.errors import BadData

GOOD = "a,b\n" + "1,x\n" * 20


@pytest.mark.parametrize(
    ("text", "line", "message", "hint"),
    [
        (GOOD + '2,"oops\n' + "3,y\n" * 40, 22, "a quote opens in line 22 and never closes", "Close it"),
        (GOOD + '2,"oops\n' + "3,y\n" * 60_000, 22, "a quote opens in line 22 and never closes", "Close it"),
        (GOOD + '2,"two\nlines"\n"3,x\n4,y\n', 24, "a quote opens in line 24 and never closes", "Close it"),
        (GOOD + '2,"o""k\n', 22, "a quote opens in line 22 and never closes", "Close it"),
        ("sep=,\n" + GOOD + '2,"oops\n', 23, "a quote opens in line 23 and never closes", "Close it"),
        (GOOD + f'2,"{"z" * 200_000}"\n3,y\n', 22, "line 22 has a cell of more than 131,072 characters", "quote"),
        (GOOD + f"2,{'z' * 200_000}\n3,y\n", 22, "line 22 has a cell of more than 131,072 characters", "Shorten"),
        (GOOD + '2,"x\n3,y\n4,"z\n5,w\n', 22, "the quote that opens in line 22 closes in line 24, in the middle", "Close it"),
        (GOOD + '2,"x\n3,y\n4",z\n5,w\n', 22, "line 22 has 3 cells", "opens in line 22 and closes in line 24"),
        (GOOD + "2,x,3\n", 22, "line 22 has 3 cells; expected 2", "quotes"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_the_line_where_it_begins(
    text: str, line: int, message: str, hint: str
) -> None:
    table, delimiter, above = delimited(text)
    with pytest.raises(BadData) as caught:
        rows_of(table, delimiter, above)
    assert message in caught.value.message
    assert caught.value.position == f"line {line}"
    assert hint in str(caught.value.hint)


@pytest.mark.parametrize(
    "text", ['1,5" pipe\n2,x\n', '1,"a"b\n', '1,""""\n', '"1","2"\n', 'a,"b\n\nc" \n3,"d"\n']
)
def test_quotes_that_close_are_no_problem(text: str) -> None:
    assert rows_of("a,b\n" + text, ",") == [
        [" ".join(cell.split()) for cell in row]
        for row in csv.reader(io.StringIO("a,b\n" + text, newline=""))
        if row
    ]


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_a_line_that_names_the_delimiter_is_no_row(ending: str) -> None:
    text, delimiter, above = delimited(f"SEP=;{ending}a;b,c{ending}1,5;2{ending}")
    assert rows_of(text, delimiter, above) == [["a", "b,c"], ["1,5", "2"]]


def test_a_line_that_names_no_delimiter_leaves_it_to_be_found() -> None:
    text, delimiter, above = delimited("sep=\r\na;b\r\n1;2\r\n")
    assert (rows_of(text, delimiter, above), above) == ([["a", "b"], ["1", "2"]], 1)


def test_a_quote_is_never_the_delimiter() -> None:
    assert delimited('sep="\na;b\n1;2\n')[1] in DELIMITERS


def test_empty_lines_below_the_one_that_names_the_delimiter_are_counted() -> None:
    text, delimiter, above = delimited("sep=;\n\n\na;b\n1;2;3\n")
    with pytest.raises(BadData) as caught:
        rows_of(text, delimiter, above)
    assert caught.value.position == "line 5"


@pytest.mark.parametrize("head", ["", "a;b\n"])
def test_commas_in_numbers_do_not_divide_cells(head: str) -> None:
    text = head + "".join(f"{i},5;{i},25\n" for i in range(12))
    assert delimited(text)[1] == ";"
    assert delimited("a,b,c\n" + "0,5;1,25\n" * 12)[1] == ","


@pytest.mark.parametrize("delimiter", DELIMITERS)
def test_cells_of_many_lines_do_not_hide_the_delimiter(delimiter: str) -> None:
    rows = [[f'say "{i}"\nand, more; of | it\t{i}', str(i)] for i in range(80)]
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows([["words", "n"], *rows])
    assert delimited(text.getvalue())[1] == delimiter


@given(
    st.lists(
        st.sampled_from(["a", "a (2)", "a (3)", "", "column 2", "b" * 199, "b" * 201, "b" * 202]),
        min_size=1,
        max_size=9,
    )
)
def test_repeated_names_lose_no_column(cells: list[str]) -> None:
    names = names_of(cells)
    assert len(set(names)) == len(cells)
    assert all(names)
    assert max(map(len, names)) <= 200
    for i, cell in enumerate(cells):
        if cell and len(cell) <= 200 and cell not in cells[:i]:
            assert names[i] == cell


word = st.text(
    st.characters(codec="utf-8", exclude_characters="\0", exclude_categories=["Cs", "Zl", "Zp", "Cc"]),
    max_size=8,
)


@settings(max_examples=80, deadline=None)
@given(
    rows=st.lists(st.tuples(word, word, word), min_size=12, max_size=20),
    delimiter=st.sampled_from(DELIMITERS),
    quoted=st.booleans(),
    ending=st.sampled_from(["\n", "\r\n"]),
)
def test_rows_are_those_that_pandas_reads(
    rows: list[tuple[str, str, str]], delimiter: str, quoted: bool, ending: str
) -> None:
    text = io.StringIO(newline="")
    quoting: Literal[0, 1] = csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL
    csv.writer(text, delimiter=delimiter, quoting=quoting, lineterminator=ending).writerows(rows)
    expected = pandas.read_csv(
        io.StringIO(text.getvalue(), newline=""),
        sep=delimiter, header=None, dtype=str, keep_default_na=False, skipinitialspace=True, engine="python",
    )  # fmt: skip
    whole = [[" ".join(str(cell).split()) for cell in row] for row in expected.to_numpy().tolist()]
    try:
        found = rows_of(text.getvalue(), delimiter)
    except BadData:  # there is nothing, or a line break of another kind in a cell
        found = []
    assert found == [row for row in whole if any(row)]
