"""What was passed to an operation stands in its record, so that the page can write a cell's sum out."""

from __future__ import annotations

from typing import Any

from freedive.lab import evaluate


def ops(source: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = evaluate({"source": source})["ops"]
    return found


def test_numbers_and_tensors_stand_in_the_order_written() -> None:
    add = ops("import torch\na = torch.ones(2)\nb = 2.5 + a\nc = torch.cat([a, b], dim=0)")
    by_name = {op["name"]: op["operands"] for op in add}
    tensor = add[0]["outputs"][0]
    assert {"tensor": tensor} in by_name["add"]
    assert {"value": 2.5} in by_name["add"]
    assert by_name["cat"][0]["items"][0] == {"tensor": tensor}
    assert {"value": 0, "name": "dim"} in by_name["cat"]


def test_an_operation_that_fails_tells_its_operands_too() -> None:
    failed = ops("import torch\nc = torch.ones(3) + torch.ones(4)")[-1]
    assert failed["explanation"]["result"] is None
    assert len(failed["operands"]) == 2
