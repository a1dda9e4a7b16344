"""Optimizers: torch's own with every field passed on; ten steps lower a convex loss; the same in a script."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from freedive.catalog.listing import members
from freedive.catalog.optimizers import Optimizer
from freedive.catalog.optimizers.adagrad import Adagrad
from freedive.catalog.optimizers.adam import Adam
from freedive.catalog.optimizers.adamw import AdamW
from freedive.catalog.optimizers.rmsprop import RMSprop
from freedive.catalog.optimizers.sgd import SGD

from .conftest import run_code

CHANGED = [
    (SGD(lr=0.03, momentum=0.8, nesterov=True, weight_decay=0.1), torch.optim.SGD, {"lr": 0.03, "momentum": 0.8, "nesterov": True, "weight_decay": 0.1}),
    (Adagrad(lr=0.2, lr_decay=0.1, eps=1e-6, weight_decay=0.1), torch.optim.Adagrad, {"lr": 0.2, "lr_decay": 0.1, "eps": 1e-6, "weight_decay": 0.1}),
    (RMSprop(lr=0.02, alpha=0.9, eps=1e-6, momentum=0.5, centered=True, weight_decay=0.1), torch.optim.RMSprop, {"lr": 0.02, "alpha": 0.9, "eps": 1e-6, "momentum": 0.5, "centered": True, "weight_decay": 0.1}),
    (Adam(lr=0.02, beta1=0.8, beta2=0.9, eps=1e-6, weight_decay=0.1), torch.optim.Adam, {"lr": 0.02, "betas": (0.8, 0.9), "eps": 1e-6, "weight_decay": 0.1}),
    (AdamW(lr=0.02, beta1=0.8, beta2=0.9, eps=1e-6, weight_decay=0.1), torch.optim.AdamW, {"lr": 0.02, "betas": (0.8, 0.9), "eps": 1e-6, "weight_decay": 0.1}),
]  # fmt: skip


def problem() -> tuple[nn.Linear, Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    inputs = torch.randn(64, 3, generator=generator)
    targets = inputs @ torch.tensor([[1.0], [-2.0], [0.5]]) + 0.3
    model = nn.Linear(3, 1)
    nn.init.zeros_(model.weight)
    nn.init.zeros_(model.bias)
    return model, inputs, targets


def ten_steps(
    optimizer: torch.optim.Optimizer, model: nn.Linear, inputs: Tensor, targets: Tensor
) -> list[float]:
    losses = []
    for _ in range(10):
        loss = nn.functional.mse_loss(model(inputs), targets)
        losses.append(loss.item())
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    return losses


@pytest.mark.parametrize("entry", members(Optimizer), ids=lambda entry: entry.__name__)
def test_ten_steps_lower_a_convex_loss(entry: Any) -> None:
    model, inputs, targets = problem()
    losses = ten_steps(entry().build(model.parameters()), model, inputs, targets)
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < losses[0]


@pytest.mark.parametrize(("entry", "oracle", "arguments"), CHANGED, ids=lambda x: getattr(x, "kind", ""))
def test_every_field_reaches_torch(entry: Any, oracle: Any, arguments: dict[str, Any]) -> None:
    assert set(entry.model_fields_set) - {"beta1", "beta2"} == set(arguments) - {"betas"}
    expected_model, inputs, targets = problem()
    expected = ten_steps(oracle(expected_model.parameters(), **arguments), expected_model, inputs, targets)
    model, *_ = problem()
    assert ten_steps(entry.build(model.parameters()), model, inputs, targets) == expected
    model, *_ = problem()
    assert ten_steps(run_code(entry.code(), model=model), model, inputs, targets) == expected


def test_every_optimizer_is_compared() -> None:
    assert {type(entry) for entry, *_ in CHANGED} == set(members(Optimizer))


def test_nesterov_without_momentum_says_what_to_set() -> None:
    with pytest.raises(ValueError, match=r"momentum is 0; set momentum, for example 0\.9"):
        SGD(nesterov=True)
