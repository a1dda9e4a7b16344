"""Every example of the function tables, in the lab and in plain torch."""

from __future__ import annotations

import json
from typing import Any

import pytest
import torch
from tests.lab.conftest import Run
from tests.lab.operands import COMMON, SPECIAL

from freedive.lab.tables import FAMILIES, ROWS, Row

CUDA = {"cuda"}
RANDOM = {"random"}


def rows() -> list[Row]:
    return [row for family in FAMILIES.values() for row in family if row.name not in CUDA]


def plain(value: Any) -> Any:
    """A torch result as the answer tells it."""
    if isinstance(value, torch.Tensor):
        return ("tensor", list(value.shape), str(value.dtype).removeprefix("torch."))
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return value


def told(value: dict[str, Any]) -> Any:
    if value["kind"] == "tensor":
        return ("tensor", value["shape"], value["dtype"])
    if value["kind"] in ("list", "tuple"):
        return [told(each) for each in value["items"]]
    return value.get("data")


def same_numbers(value: dict[str, Any], want: Any) -> bool:
    if isinstance(want, torch.Tensor):
        if want.is_complex():
            return True
        got = torch.tensor(
            json.loads(
                json.dumps(value["data"]).replace('"', "").replace("inf", "Infinity").replace("nan", "NaN")
            ),
            dtype=torch.float64,
        )
        return torch.allclose(got.reshape(want.shape), want.detach().double(), atol=1e-5, equal_nan=True)
    if isinstance(want, list | tuple):
        return all(same_numbers(v, w) for v, w in zip(value["items"], want, strict=True))
    return True


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{row.family}-{row.name}")
def test_an_example_gives_what_torch_gives(row: Row, run: Run) -> None:
    source = COMMON + SPECIAL.get(f"{row.family}-{row.name}", SPECIAL.get(row.name, ""))
    names: dict[str, Any] = {}
    torch.manual_seed(0)
    exec(source, names)
    want = eval(row.example, names)
    answer = run(row.example, setup=source)
    assert answer["status"] == "ok", answer["error"]
    value = answer["statements"][0]["value"]
    assert told(value) == plain(want)
    if row.kind not in RANDOM and "empty" not in row.name:
        assert same_numbers(value, want)


def test_every_row_has_words_in_both_languages() -> None:
    for row in ROWS.values():
        assert row.en.endswith((".", ")")), row
        assert any("一" <= c <= "鿿" for c in row.zh) or row.zh[:1].isalpha(), row
        assert row.name in row.example or row.family in ("activation", "linear"), row
