"""Table: columns become inputs, missing values are handled as asked, and what does not fit is said with its place."""

from __future__ import annotations

from typing import Any

import pandas
import pytest
import torch

from freedive.catalog.datasets import uploads
from freedive.catalog.datasets.store import DataStore
from freedive.catalog.datasets.table import Table
from freedive.errors import BadData

from .conftest import run_code

ROWS = [
    {
        "size": f"{30 + 3 * i}",
        "rooms": "" if i % 5 == 0 else f"{i % 4 + 1}",
        "city": ["Oslo", "Rome", ""][i % 3],
        "note": f"text {i}",
        "sold": ["yes", "no"][i % 2],
        "price": f"{1000 * i + 500}",
    }
    for i in range(60)
]


@pytest.fixture
def upload(store: DataStore) -> str:
    return uploads.save(store, pandas.DataFrame(ROWS).to_csv(index=False).encode(), "homes.csv").id


def test_numbers_and_categories_become_inputs_and_text_is_left_out(upload: str, store: DataStore) -> None:
    table = Table(upload=upload)
    outline = table.outline(store)
    assert outline.features == ("size", "rooms", "city = Oslo", "city = Rome", "sold = no", "sold = yes")
    whole = [row for row in ROWS if row["rooms"] and row["city"]]
    assert outline.train_size + outline.validation_size + outline.test_size == len(whole)
    data = table.load(0, store)
    raw = torch.cat([data.train.raw, data.validation.raw, data.test.raw])
    expected = torch.tensor(
        [
            [
                *(float(row["size"]), float(row["rooms"])),
                *(float(row["city"] == city) for city in ("Oslo", "Rome")),
                *(float(row["sold"] == sold) for sold in ("no", "yes")),
            ]
            for row in whole
        ]
    )
    assert sorted(raw.tolist()) == sorted(expected.tolist())


@pytest.mark.parametrize("missing", ["mean", "median"])
def test_missing_numbers_are_filled_from_the_training_rows(
    missing: Any, upload: str, store: DataStore
) -> None:
    table = Table(upload=upload, missing=missing, columns=["size", "rooms"])
    data = table.load(0, store)
    parts = [data.train, data.validation, data.test]
    assert sum(map(len, parts)) == len(ROWS)
    rooms = {float(row["size"]): row["rooms"] for row in ROWS}
    known = [float(rooms[size]) for size, _ in data.train.raw.tolist() if rooms[size]]
    filled = {room for part in parts for size, room in part.raw.tolist() if not rooms[size]}
    expected = pandas.Series(known).agg(missing)
    assert list(filled) == pytest.approx([expected])
    assert all(
        room == float(rooms[size]) for part in parts for size, room in part.raw.tolist() if rooms[size]
    )


def test_a_missing_category_is_none_of_its_values(upload: str, store: DataStore) -> None:
    data = Table(upload=upload, missing="mean", columns=["city"]).load(0, store)
    assert sorted(set(map(tuple, data.train.raw.tolist()))) == [(0.0, 0.0), (0.0, 1.0), (1.0, 0.0)]


def test_regression_targets_are_scaled_and_can_be_taken_back(upload: str, store: DataStore) -> None:
    data = Table(upload=upload, missing="mean", columns=["size"]).load(0, store)
    assert data.train.targets.mean().item() == pytest.approx(0, abs=1e-5)
    back = data.train.targets * data.target_std + data.target_mean
    price = {float(row["size"]): float(row["price"]) for row in ROWS}
    expected = torch.tensor([[price[size]] for (size,) in data.train.raw.tolist()])
    torch.testing.assert_close(back, expected, rtol=1e-4, atol=0.1)


def test_a_category_can_be_the_target(upload: str, store: DataStore) -> None:
    table = Table(upload=upload, target="sold", task="binary", columns=["size"])
    data = table.load(0, store)
    assert data.classes == ("no", "yes")
    sold = {float(row["size"]): row["sold"] for row in ROWS}
    came = {
        size: data.classes[int(t)]
        for (size,), (t,) in zip(data.train.raw.tolist(), data.train.targets.tolist(), strict=True)
    }
    assert all(sold[size] == name for size, name in came.items())


def test_numbers_can_be_classes_in_their_order(store: DataStore) -> None:
    body = "x,y\n" + "".join(f"{i},{i % 12}\n" for i in range(60))
    table = Table(upload=uploads.save(store, body.encode()).id, task="multiclass")
    assert table.outline(store).classes == tuple(str(i) for i in range(12))
    data = table.load(0, store)
    assert torch.equal(data.train.targets, (data.train.raw[:, 0] % 12).long())


@pytest.mark.parametrize(
    "fields",
    [
        {"missing": "median"},
        {"missing": "drop", "columns": ["rooms", "city"]},
        {"target": "sold", "task": "binary", "missing": "mean"},
        {"target": "rooms", "task": "multiclass"},
        {"standardize_target": False, "standardize": False},
    ],
)
def test_a_script_reads_the_same_table(
    fields: dict[str, Any], upload: str, store: DataStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TABLE", str(store.uploads / f"{upload}.csv"))
    table = Table.model_validate({"upload": upload, **fields})
    data = table.load(3, store)
    for name, (inputs, targets) in zip(
        ("train", "validation", "test"), run_code(table.code(), seed=3), strict=True
    ):
        assert torch.equal(inputs, data.split(name).inputs)
        assert torch.equal(targets, data.split(name).targets)


@pytest.mark.parametrize(
    ("fields", "position", "message", "hint"),
    [
        ({"upload": ""}, "dataset.upload", "no table was chosen", "Upload a CSV"),
        ({"upload": "gone"}, "dataset.upload", "there is no upload `gone`", "again"),
        ({"target": "prise"}, "dataset.target", "there is no column `prise`; expected one of `size`, `rooms`", None),
        ({"columns": ["sise"]}, "dataset.columns", "there is no column `sise`", None),
        ({"columns": ["price"]}, "dataset.columns", "`price` is to be predicted", None),
        ({"columns": ["note"]}, "dataset.columns", "`note` holds text with 60 different values", "Leave it out"),
        ({"target": "city"}, "dataset.target", "`city` holds words such as 'Oslo' in row 1; a regression expects numbers", "task"),
        ({"target": "rooms", "task": "binary"}, "dataset.target", "has 4 different values; a binary task expects two", "multiclass"),
        ({"target": "sold", "task": "multiclass"}, "dataset.target", "has 2 different values; a multiclass task expects 3 to 100", "binary"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_said_with_its_place(
    fields: dict[str, Any], position: str, message: str, hint: str | None, upload: str, store: DataStore
) -> None:
    with pytest.raises(BadData) as caught:
        Table.model_validate({"upload": upload, **fields}).outline(store)
    assert caught.value.position == position
    assert message in caught.value.message
    if hint:
        assert hint in (caught.value.hint or "")


def test_too_few_whole_rows_name_the_column_with_most_holes(store: DataStore) -> None:
    body = "a,b,y\n" + "".join(f"{i},{i if i < 5 else ''},{i}\n" for i in range(40))
    table = Table(upload=uploads.save(store, body.encode()).id)
    with pytest.raises(BadData, match=r"5 of 40 rows have no missing value; .*column `b` lacks 35") as caught:
        table.outline(store)
    assert "mean or median" in (caught.value.hint or "")
    assert table.model_copy(update={"missing": "mean"}).outline(store).train_size == 28


def test_an_empty_target_is_said_to_be_empty(store: DataStore) -> None:
    table = Table(upload=uploads.save(store, b"a,b,y\n" + b"1,2,\n" * 20).id)
    with pytest.raises(BadData, match="column `y` is empty"):
        table.outline(store)


def test_very_large_numbers_are_standardized_without_overflow(store: DataStore) -> None:
    body = "a,y\n" + "".join(f"{i}e28,{i}e25\n" for i in range(40))
    data = Table(upload=uploads.save(store, body.encode()).id).load(0, store)
    for values in (data.train.inputs, data.train.targets):
        assert values.isfinite().all()
        assert values.std(correction=0).item() == pytest.approx(1, abs=1e-3)
