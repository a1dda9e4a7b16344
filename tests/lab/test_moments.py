"""Mean and variance of a normalization are those of plain torch, and are left out where the result does not follow from them."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from freedive.lab import evaluate

X = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 7.0], [0.0, 1.0, 9.0]])
HEAD = (
    f"import torch\nimport torch.nn.functional as F\nfrom torch import nn\nx = torch.tensor({X.tolist()})\n"
)


def explained(source: str) -> dict[str, Any]:
    answer = evaluate({"source": HEAD + source, "dialect": "torch"})
    assert answer["status"] == "ok", answer
    found: dict[str, Any] = [op for op in answer["ops"] if op["kind"] == "normalization"][-1]["explanation"]
    return found


@pytest.mark.parametrize(
    ("call", "values", "axes"),
    [
        ("nn.BatchNorm1d(3)(x)", X, [0]),
        ("nn.LayerNorm(3)(x)", X, [1]),
        ("F.layer_norm(x, (3,))", X, [1]),
        ("F.batch_norm(x, torch.zeros(3), torch.ones(3), training=True)", X, [0]),
        ("nn.InstanceNorm1d(3)(x.reshape(1, 3, 3))", X.reshape(1, 3, 3), [2]),
        ("F.group_norm(x.reshape(1, 3, 3), 1)", X.reshape(1, 1, 9), [2]),
    ],
)
def test_statistics_are_those_of_each_group(call: str, values: torch.Tensor, axes: list[int]) -> None:
    told = explained(f"y = {call}")
    mean, variance = (
        values.double().mean(axes, keepdim=True),
        values.double().var(axes, correction=0, keepdim=True),
    )
    torch.testing.assert_close(torch.tensor(told["mean"], dtype=torch.float64), mean)
    torch.testing.assert_close(torch.tensor(told["variance"], dtype=torch.float64), variance)
    assert (told["axes"], told["shape"], told["running"]) == (axes, list(mean.shape), False)


def test_evaluation_tells_the_running_statistics() -> None:
    told = explained("n = nn.BatchNorm1d(3)\nn(x)\nn.eval()\ny = n(x)")
    layer = torch.nn.BatchNorm1d(3)
    layer(X)
    assert told["running"] is True
    torch.testing.assert_close(torch.tensor(told["mean"]).reshape(3), layer.running_mean, check_dtype=False)


def test_what_has_been_overwritten_since_is_not_told() -> None:
    told = explained("n = nn.BatchNorm1d(3)\nn.eval()\ny = n(x)\nn.running_mean.fill_(100.)")
    assert "mean" not in told
