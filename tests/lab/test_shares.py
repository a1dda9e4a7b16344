"""The share of each element in a loss is what torch gives with `reduction='none'`, and adds up to the loss."""

from __future__ import annotations

from typing import Any

import pytest
import torch
import torch.nn.functional as F

from freedive.lab import evaluate

HEAD = "import torch\nimport torch.nn.functional as F\nfrom torch import nn\n"


def explained(source: str) -> dict[str, Any]:
    answer = evaluate({"source": HEAD + source, "dialect": "torch"})
    assert answer["status"] == "ok", answer
    found: dict[str, Any] = next(op for op in answer["ops"] if op["kind"] == "loss")["explanation"]
    return found


@pytest.mark.parametrize(
    "call",
    [
        "F.mse_loss(p, y)",
        "F.mse_loss(p, y, reduction='sum')",
        "nn.MSELoss()(p, y)",
        "F.l1_loss(p, y)",
        "nn.SmoothL1Loss(reduction='sum')(p, y)",
        "F.binary_cross_entropy_with_logits(p, y)",
    ],
)
def test_shares_are_those_of_torch(call: str) -> None:
    p, y = torch.tensor([1.0, -2.0, 4.0]), torch.tensor([1.5, 0.0, 1.0])
    told = explained(
        f"p = torch.tensor({p.tolist()}, requires_grad=True)\ny = torch.tensor({y.tolist()})\nl = {call}"
    )
    wanted = {
        "mse": F.mse_loss(p, y, reduction="none"), "MSE": F.mse_loss(p, y, reduction="none"), "l1_": F.l1_loss(p, y, reduction="none"),
        "Smo": F.smooth_l1_loss(p, y, reduction="none"), "bin": F.binary_cross_entropy_with_logits(p, y, reduction="none"),
    }  # fmt: skip
    assert told["shares"] == pytest.approx(wanted[call.split(".", 1)[1][:3]].tolist())


def test_cross_entropy_tells_its_probabilities() -> None:
    z, y = torch.tensor([[2.0, 1.0, 0.1], [0.5, 2.5, 0.3]]), torch.tensor([0, 2])
    told = explained(
        f"z = torch.tensor({z.tolist()})\ny = torch.tensor([0, 2])\nl = nn.CrossEntropyLoss()(z, y)"
    )
    assert told["shares"] == pytest.approx(F.cross_entropy(z, y, reduction="none").tolist())
    torch.testing.assert_close(torch.tensor(told["probabilities"]), z.softmax(1))


def test_shares_that_do_not_add_up_are_not_told() -> None:
    # With weights of classes the mean is a weighted one.
    told = explained(
        "z = torch.ones(2, 2)\nl = F.cross_entropy(z * torch.tensor([1., 3.]), torch.tensor([0, 1]), weight=torch.tensor([1., 9.]))"
    )
    assert "shares" not in told
