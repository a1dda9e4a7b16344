"""Table, its rows: what is missing and what becomes of it, classes among words, and numbers far from zero."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from freedive.catalog.datasets import uploads
from freedive.catalog.datasets.columns import fill_missing
from freedive.catalog.datasets.store import DataStore
from freedive.catalog.datasets.table import Table
from freedive.errors import BadData
from freedive.protocol.tables import Gaps, TableRows

from .conftest import run_code

ROWS = 120
FRAME = pandas.DataFrame(
    {
        "area": ["None" if i % 10 == 3 else str(i) for i in range(ROWS)],
        "pool": [["None", "None", "Gd", "Ex"][i % 4] for i in range(ROWS)],
        "street": [["", "a", "b"][i % 3] for i in range(ROWS)],
        "grade": [["1", "1.0", "2", "None"][i // 4 % 4] for i in range(ROWS)],
        "price": [str(i * 3 % 50) for i in range(ROWS)],
    }
)


@pytest.fixture
def upload(store: DataStore) -> str:
    return uploads.save(store, FRAME.to_csv(index=False).encode()).id


def test_words_are_missing_among_numbers_only(upload: str, store: DataStore) -> None:
    columns = {c.name: (c.type, c.missing, c.words) for c in uploads.find(store, upload).columns}
    assert columns == {
        "area": ("number", 12, ["None"]),
        "pool": ("category", 0, ["None"]),
        "street": ("category", 40, []),
        "grade": ("number", 28, ["None"]),
        "price": ("number", 0, []),
    }


def test_the_outline_says_which_rows_are_left_out_and_why(upload: str, store: DataStore) -> None:
    outline = Table(upload=upload, columns=["area", "pool", "street"], missing="drop").outline(store)
    whole = FRAME[(FRAME["area"] != "None") & (FRAME["street"] != "")]
    assert outline.table == TableRows(
        total=ROWS,
        used=len(whole),
        gaps=[
            Gaps(column="area", missing=12, words=["None"], then="left_out"),
            Gaps(column="street", missing=40, words=[], then="left_out"),
        ],
    )
    assert outline.train_size + outline.validation_size + outline.test_size == len(whole)


def test_none_is_a_class_of_a_target_of_words(upload: str, store: DataStore) -> None:
    outline = Table(upload=upload, target="pool", task="multiclass", columns=["price"]).outline(store)
    assert outline.classes == ("Ex", "Gd", "None")
    assert outline.table is not None
    assert outline.table.used == ROWS


def test_none_is_a_class_beside_numbers_and_equal_numbers_are_one(upload: str, store: DataStore) -> None:
    table = Table(upload=upload, target="grade", task="multiclass", columns=["price"])
    assert table.outline(store).classes == ("1", "2", "None")
    data = table.load(0, store)
    assert sorted(
        torch.cat([data.split(s).targets for s in ("train", "validation", "test")]).bincount().tolist()
    ) == [28, 28, 64]


def test_a_regression_on_a_target_with_words_says_what_it_leaves_out(upload: str, store: DataStore) -> None:
    outline = Table(upload=upload, target="grade", columns=["price"]).outline(store)
    assert outline.table == TableRows(
        total=ROWS, used=92, gaps=[Gaps(column="grade", missing=28, words=["None"], then="left_out")]
    )


def test_words_can_be_missing_everywhere(upload: str, store: DataStore) -> None:
    table = Table(upload=upload, target="pool", task="binary", words="missing", columns=["price"])
    assert table.outline(store).classes == ("Ex", "Gd")
    assert table.outline(store).table == TableRows(
        total=ROWS, used=60, gaps=[Gaps(column="pool", missing=60, words=["None"], then="left_out")]
    )
    own = table.model_copy(update={"task": "multiclass", "missing_target": "class"})
    assert own.outline(store).classes == ("(missing)", "Ex", "Gd")
    assert own.outline(store).table == TableRows(
        total=ROWS, used=ROWS, gaps=[Gaps(column="pool", missing=60, words=["None"], then="value")]
    )


def test_missing_can_be_a_value_of_its_own(upload: str, store: DataStore) -> None:
    table = Table(upload=upload, columns=["area", "street"], missing="own")
    assert table.outline(store).features == (
        "area", "area = (missing)", "street = a", "street = b", "street = (missing)",
    )  # fmt: skip
    data = table.load(0, store)
    raw = torch.cat([data.split(s).raw for s in ("train", "validation", "test")])
    assert len(raw) == ROWS
    assert raw[:, 1:].sum(dim=0).tolist() == [12, 40, 40, 40]
    known = data.train.raw[data.train.raw[:, 1] == 0, 0]
    assert set(raw[raw[:, 1] == 1, 0].tolist()) == {pandas.Series(known.numpy()).median()}


def test_an_empty_column_costs_no_row(store: DataStore) -> None:
    body = "a,nothing,y\n" + "".join(f"{i},,{i}\n" for i in range(30))
    outline = Table(upload=uploads.save(store, body.encode()).id).outline(store)
    assert (outline.features, outline.table) == (("a",), TableRows(total=30, used=30))


@pytest.mark.parametrize("missing", ["drop", "own", "mean", "median", "frequent"])
@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"words": "missing"},
        {"target": "pool", "task": "multiclass"},
        {"target": "grade", "task": "multiclass", "words": "missing", "missing_target": "class"},
        {"target": "street", "task": "multiclass", "missing_target": "class"},
        {"target": "grade"},
    ],
)
def test_a_script_makes_the_same_choices(
    fields: dict[str, Any], missing: Any, upload: str, store: DataStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TABLE", str(store.uploads / f"{upload}.csv"))
    table = Table.model_validate({"upload": upload, "missing": missing, **fields})
    data = table.load(3, store)
    for name, (inputs, targets) in zip(
        ("train", "validation", "test"), run_code(table.code(), seed=3), strict=True
    ):
        assert inputs.isfinite().all()
        assert torch.equal(inputs, data.split(name).inputs)
        assert torch.equal(targets, data.split(name).targets)


number = st.one_of(st.none(), st.integers(-9, 9).map(float))


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(st.tuples(number, number, st.sampled_from(["x", "y", "z", None])), min_size=3, max_size=14),
    how=st.sampled_from(["mean", "median", "frequent"]),
    data=st.data(),
)
def test_gaps_are_filled_as_pandas_fills_them(rows: list[Any], how: str, data: st.DataObject) -> None:
    frame = pandas.DataFrame(rows, columns=["a", "b", "c"])
    training = sorted(data.draw(st.sets(st.integers(0, len(rows) - 1), min_size=1)))
    numbers = frame[["a", "b"]].astype("float64")
    middle = numbers.loc[training].mean() if how == "mean" else numbers.loc[training].median()
    expected = numbers.fillna(middle).fillna(0)
    mode = frame.loc[training, "c"].mode()
    words = frame["c"].fillna(mode[0] if len(mode) else "x") if how == "frequent" else frame["c"]
    for value in "xyz":
        expected[value] = (words == value).astype("float64")
    raw = np.column_stack(
        [numbers.to_numpy()]
        + [
            np.where(frame["c"].isna(), np.nan if how == "frequent" else 0, frame["c"] == value)
            for value in "xyz"
        ]
    )
    filled = fill_missing(torch.tensor(raw, dtype=torch.float64), torch.tensor(training), how, [3])
    torch.testing.assert_close(filled, torch.tensor(expected.to_numpy()))


def test_numbers_far_from_zero_keep_what_tells_them_apart(
    store: DataStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = "x,big,y\n" + "".join(
        f"{i * 37 % 101},{10**9 + i * 37 % 101},{10**12 + 3 * (i * 37 % 101)}\n" for i in range(300)
    )
    upload = uploads.save(store, body.encode()).id
    table = Table(upload=upload)
    data = table.load(0, store)
    torch.testing.assert_close(data.train.inputs[:, 0], data.train.inputs[:, 1])
    torch.testing.assert_close(data.train.inputs[:, :1], data.train.targets)
    assert data.train.inputs.std(dim=0, correction=0).tolist() == pytest.approx([1, 1])
    torch.testing.assert_close(data.prepare(data.test.raw), data.test.inputs)
    monkeypatch.setenv("TABLE", str(store.uploads / f"{upload}.csv"))
    for name, (inputs, targets) in zip(
        ("train", "validation", "test"), run_code(table.code(), seed=0), strict=True
    ):
        assert torch.equal(inputs, data.split(name).inputs)
        assert torch.equal(targets, data.split(name).targets)


def test_a_column_that_never_changes_becomes_zero(store: DataStore) -> None:
    body = "a,b,y\n" + "".join(f"0.1,{i},0.3\n" for i in range(30))
    data = Table(upload=uploads.save(store, body.encode()).id).load(0, store)
    assert data.train.inputs[:, 0].abs().max() < 1e-6
    assert data.train.targets.abs().max() < 1e-6


def test_the_word_that_is_no_number_is_named_with_its_row(store: DataStore) -> None:
    body = "a,y\n" + "".join(f"{i},{'tall' if i % 10 == 7 else i}\n" for i in range(40))
    with pytest.raises(BadData, match="holds words such as 'tall' in row 8"):
        Table(upload=uploads.save(store, body.encode()).id).outline(store)
    more = "a,b,y\n" + "".join(f"{i},{'tall' if i % 10 == 7 else i + 0.5},{i}\n" for i in range(40))
    with pytest.raises(BadData, match="`b` holds words such as 'tall' in row 8 among its numbers"):
        Table(upload=uploads.save(store, more.encode()).id, columns=["a", "b"]).outline(store)


def test_classes_that_went_with_the_rows_are_spoken_of(store: DataStore) -> None:
    body = "a,y\n" + "".join(f"{i if i % 3 else ''},{'pqr'[i % 3]}\n" for i in range(60))
    table = Table(upload=uploads.save(store, body.encode()).id, task="multiclass", missing="drop")
    with pytest.raises(BadData, match="has 2 different values in the 40 of 60 rows that are used"):
        table.outline(store)
