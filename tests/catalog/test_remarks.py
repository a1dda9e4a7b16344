"""Remarks: what was read otherwise than it was written, or may not be meant, is said."""

from __future__ import annotations

import pytest

from freedive.catalog.datasets import uploads
from freedive.catalog.datasets.store import DataStore


def remarks(store: DataStore, head: str, rows: list[str]) -> list[str]:
    return [r.message for r in uploads.save(store, "\n".join([head, *rows]).encode()).remarks]


@pytest.mark.parametrize(
    ("head", "row", "expected"),
    [
        ("a;y", "{i},5;{i}", "`0,5` in column `a` is read as 0.5."),
        ('a,y', '"1,{i:03}",{i}', "`1,000` in column `a` is read as 1000."),
        ("a,y", "{i}%,{i}", "`0%` in column `a` is read as 0."),
        ("a,y", "${i},{i}", "`$0` in column `a` is read as 0."),
        ("a,y", "{i} kg,{i}", "Column `a` counts as words: 40 of 40 cells are no numbers, such as `0 kg` in row 1."),
        ("id,y", "{p},{i}", "Column `id` seems to number the rows"),
        ("PassengerId,y", "{p},{i}", "Column `PassengerId` seems to number the rows"),
        (",y", "{i},{p}", "Column `column 1` seems to number the rows"),
        ("rownames,y", "{j},{p}", "Column `rownames` seems to number the rows"),
        ("序号,y", "{i},{p}", "Column `序号` seems to number the rows"),
        ("day,y", "2020-01-{i:02},{p}", "Column `day` holds dates"),
        ("day,y", "{i}.3.2021,{p}", "Column `day` holds dates"),
        ("a,y", "{yes},{p}", "`yes` and `Yes` in column `a` count as two different values."),
        ("a,y", "{one},{p}", "`1` and `1.0` in column `a` count as two different values."),
        ("a,b,a", "{p},{p},{p}", "The name `a` stands more than once in the first line; this column is called `a (3)`."),
        ("77,red", "{p},red", "The first line counts as names, but `red` stands below it too"),
        ("7,red", "{seven},{i}", "The first line counts as names, but `7` stands below it too"),
        ("1,2", "{p},{i}", "The first line holds numbers only"),
        ("a,y", "{stray},{p}", "Column `a` counts as words: 4 of 40 cells are no numbers, such as `tall` in row 8."),
    ],
)  # fmt: skip
def test_what_may_not_be_meant_is_said(head: str, row: str, expected: str, store: DataStore) -> None:
    rows = [
        row.format(
            i=i, j=i + 1, p=i * 7 % 41, yes=["yes", "Yes", "no"][i % 3], one=["1", "1.0", "x"][i % 3],
            stray="tall" if i % 10 == 7 else i, seven=i % 9,
        )
        for i in range(40)
    ]  # fmt: skip
    said = remarks(store, head, rows)
    assert any(message.startswith(expected) for message in said), said


@pytest.mark.parametrize(
    ("head", "row"),
    [
        ("x,y", "{i},{p}"),
        ("time,y", "{i},{p}"),
        ("price,quality", "{p},{q}"),
        ("country,1990,1991", "c{q},{p},{p}"),
        ("color,y", "{color},{p}"),
    ],
)
def test_ordinary_tables_are_read_without_a_word(head: str, row: str, store: DataStore) -> None:
    rows = [row.format(i=i, p=i * 7 % 23, q=i % 4, color=["red", "None", "?"][i % 3]) for i in range(40)]
    assert remarks(store, head, rows) == []
