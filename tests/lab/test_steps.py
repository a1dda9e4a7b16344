"""An optimizer's step is told with the numbers of plain torch: before, gradient, after."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from freedive.lab import evaluate


def steps(source: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    answer = evaluate({"source": source, "dialect": "torch"})
    assert answer["status"] == "ok", answer
    return [op["explanation"] for op in answer["ops"] if op["kind"] == "optimizer"], answer["tensors"]


@pytest.mark.parametrize(
    ("optimizer", "settings"),
    [("SGD", {"lr": 0.1, "momentum": 0.9}), ("Adam", {"lr": 0.1}), ("RMSprop", {"lr": 0.01})],
)
def test_every_step_is_that_of_torch(optimizer: str, settings: dict[str, float]) -> None:
    written = ", ".join(f"{key}={value}" for key, value in settings.items())
    told, tensors = steps(
        f"import torch\nw = torch.tensor([1., 2.], requires_grad=True)\no = torch.optim.{optimizer}([w], {written})\n"
        "for i in range(3):\n    o.zero_grad()\n    (w ** 2).sum().backward()\n    o.step()\n"
    )
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    plain = getattr(torch.optim, optimizer)([w], **settings)
    for each in told:
        plain.zero_grad()
        before = w.detach().clone()
        torch.autograd.backward([(w**2).sum()])
        plain.step()
        (moved,) = each["parameters"]
        assert tensors[str(moved["before"])]["data"] == pytest.approx(before.tolist())
        assert w.grad is not None
        assert moved["grad"] == pytest.approx(w.grad.tolist())
        assert tensors[str(moved["after"])]["data"] == pytest.approx(w.tolist())
        assert each["optimizer"] == optimizer
        assert each["settings"]["lr"] == pytest.approx(plain.param_groups[0]["lr"])
    assert len(told) == 3


def test_more_parameters_than_are_told_are_counted() -> None:
    (told,), _ = steps(
        "import torch\nfrom torch import nn\nnet = nn.Sequential(*[nn.Linear(2, 2) for _ in range(4)])\n"
        "o = torch.optim.SGD(net.parameters(), lr=1.)\nnet(torch.ones(1, 2)).sum().backward()\no.step()\n"
    )
    assert len(told["parameters"]) == 4
    assert told["more"] == 4


def test_a_parameter_without_a_gradient_stays() -> None:
    (told,), tensors = steps(
        "import torch\nw = torch.ones(2, requires_grad=True)\no = torch.optim.SGD([w], lr=1.)\no.step()\n"
    )
    (moved,) = told["parameters"]
    assert moved["grad"] is None
    assert tensors[str(moved["before"])]["data"] == tensors[str(moved["after"])]["data"]
