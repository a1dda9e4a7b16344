"""Numerals: what a person writes is read as the number that was meant, or left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from freedive.catalog.datasets.numerals import decimal_marks, read_numbers


@pytest.mark.parametrize(
    ("cells", "delimiter", "marks", "expected"),
    [
        (["1", "2.5", "-3e2"], ",", set(), [1, 2.5, -300]),
        (["1,5", "2,25"], ";", set(), [1.5, 2.25]),
        (["1,234", "12"], ",", set(), [1234, 12]),
        (["1,234", "12"], ";", set(), [1.234, 12]),
        (["1,234", "12"], ";", {"."}, [1234, 12]),
        (["1,234", "12"], ",", {","}, [1.234, 12]),
        (["1,234,567", "12.5"], ";", set(), [1234567, 12.5]),
        (["1,00,000", "12"], ",", set(), [100000, 12]),
        (["1.234,56", "-7,5"], ";", set(), [1234.56, -7.5]),
        (["1.234", "12.345", "123"], ";", {","}, [1234, 12345, 123]),
        (["1.234", "12.345", "123"], ";", set(), [1.234, 12.345, 123]),
        (["1.234.567", "12"], ";", set(), [1234567, 12]),
        (["1 234,5", "2"], ";", set(), [1234.5, 2]),
        (["1'234.50", "2"], ",", set(), [1234.5, 2]),
        (["0,123", "0,5"], ",", set(), [0.123, 0.5]),
        (["$1,200.50", "$3"], ",", set(), [1200.5, 3]),
        (["-$5", "($7.25)"], ",", set(), [-5, -7.25]),
        (["3 €", "4,50 €"], ";", set(), [3, 4.5]),
        (["EUR 3", "4"], ",", set(), [3, 4]),
        (["12 元", "¥3"], ",", set(), None),
        (["5%", "12.5 %"], ",", set(), [5, 12.5]),
        (["5%", "0.05"], ",", set(), None),
        (["$5", "€6"], ",", set(), None),
        (["−5", "+3"], ",", set(), [-5, 3]),
        (["12-05", "3"], ",", set(), None),
        (["2020-01-05", "2021-02-03"], ",", set(), None),
        (["01.02.2020", "03.04.2021"], ";", {","}, None),
        (["555 1234", "555 9876"], ",", set(), None),
        (["5 kg", "6 kg"], ",", set(), None),
        (["1,2,3", "4,5"], ";", set(), None),
        (["(5", "6"], ",", set(), None),
    ],
)  # fmt: skip
def test_a_column_is_read_as_it_was_meant(
    cells: list[str], delimiter: str, marks: set[str], expected: list[float] | None
) -> None:
    read = read_numbers(cells, delimiter, marks)
    if expected is None:
        assert read.strays
    else:
        assert read.strays == []
        assert [float(read.numbers[cell]) for cell in cells] == pytest.approx(expected)


def test_what_is_no_number_is_named_and_the_rest_is_read() -> None:
    read = read_numbers(["1,5", "oops", "2,5", "3"], ";", set())
    assert read.strays == ["oops"]
    assert read.numbers == {"1,5": "1.5", "2,5": "2.5", "3": "3"}


def test_a_decimal_mark_shows_where_other_than_three_digits_follow() -> None:
    assert decimal_marks([["1,5", "2,25"], ["red"], ["1.234"]]) == {","}
    assert decimal_marks([["1.5"], ["1,234"]]) == {"."}
    assert decimal_marks([["1.234"], ["1,234"], ["1.2.3"], ["1,5,7"]]) == set()


@given(
    values=st.lists(st.floats(-1e9, 1e9).map(lambda value: round(value, 2)), min_size=3, max_size=20),
    style=st.sampled_from([(".", ","), (",", "."), (",", " "), (".", " "), (".", "'"), (".", ""), (",", "")]),
    unit=st.sampled_from(["", "$", "€", " €", " %", "%"]),
)
def test_numbers_written_in_any_style_come_back(
    values: list[float], style: tuple[str, str], unit: str
) -> None:
    decimal, thousands = style

    def written(value: float) -> str:
        digits = f"{abs(value):,.2f}".replace(",", "t").replace(".", decimal).replace("t", thousands)
        signed = "$" + digits if unit == "$" else digits + unit
        return "-" * (value < 0) + signed

    cells = [written(value) for value in values]
    read = read_numbers(cells, ";", set())
    assert read.strays == []
    assert [float(read.numbers[cell]) for cell in cells] == pytest.approx(values, abs=0.001)
