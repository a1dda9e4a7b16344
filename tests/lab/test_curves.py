"""The derivative at every element is autograd's; a function called with parameters of its own has no curve."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from freedive.lab import evaluate

X = [-2.0, -0.5, 0.5, 3.0]


def explained(call: str) -> dict[str, Any]:
    answer = evaluate(
        {
            "source": f"import torch\nimport torch.nn.functional as F\nx = torch.tensor({X})\ny = {call}",
            "dialect": "torch",
        }
    )
    assert answer["status"] == "ok", answer
    found: dict[str, Any] = answer["ops"][-1]["explanation"]
    return found


@pytest.mark.parametrize("name", ["sigmoid", "tanh", "exp", "relu", "square", "floor"])
def test_slopes_are_those_of_autograd(name: str) -> None:
    x = torch.tensor(X, dtype=torch.float64, requires_grad=True)
    (wanted,) = torch.autograd.grad(getattr(torch, name)(x).sum(), x)
    told = explained(f"torch.{name}(x)")
    assert told["curve"] == name
    assert told["slopes"] == pytest.approx(wanted.tolist())


def test_a_function_with_other_parameters_has_no_curve() -> None:
    assert "curve" not in explained("F.leaky_relu(x, 0.3)")
    assert explained("F.leaky_relu(x)")["curve"] == "leaky_relu"
