"""Initializations: torch's own functions, for every Linear and Conv2d, and the same in a script."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from freedive.catalog.initializations import Initialization, Kaiming, Normal, TorchDefault, Xavier, Zeros
from freedive.catalog.listing import members
from freedive.catalog.models.lenet5 import LeNet5

from .conftest import run_code

ORACLES = [
    (Normal(std=0.3), lambda weight: nn.init.normal_(weight, std=0.3)),
    (Xavier(gain=2.0), lambda weight: nn.init.xavier_uniform_(weight, gain=2.0)),
    (Xavier(distribution="normal"), nn.init.xavier_normal_),
    (Kaiming(), lambda weight: nn.init.kaiming_normal_(weight, nonlinearity="relu")),
    (
        Kaiming(distribution="uniform", mode="fan_out"),
        lambda weight: nn.init.kaiming_uniform_(weight, mode="fan_out", nonlinearity="relu"),
    ),
    (Zeros(), nn.init.zeros_),
]


@pytest.mark.parametrize(("entry", "oracle"), ORACLES, ids=lambda x: getattr(x, "kind", ""))
def test_weights_are_those_of_torchs_function_and_biases_are_zero(entry: Any, oracle: Any) -> None:
    model = LeNet5().build((1, 28, 28), 10)
    torch.manual_seed(1)
    entry.apply(model)
    torch.manual_seed(1)
    for module in model:
        if isinstance(module, nn.Linear | nn.Conv2d):
            expected = torch.empty_like(module.weight)
            oracle(expected)
            assert torch.equal(module.weight, expected)
            assert module.bias is not None
            assert not module.bias.any()


def test_the_default_leaves_the_weights_alone() -> None:
    model = LeNet5().build((1, 28, 28), 10)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    TorchDefault().apply(model)
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


@pytest.mark.parametrize("entry", members(Initialization), ids=lambda entry: entry.__name__)
def test_a_script_sets_the_same_weights(entry: Any) -> None:
    ours, theirs = LeNet5().build((1, 28, 28), 10), LeNet5().build((1, 28, 28), 10)
    theirs.load_state_dict(ours.state_dict())
    torch.manual_seed(2)
    entry().apply(ours)
    torch.manual_seed(2)
    if code := entry().code().expression:
        assert code.endswith(")")
        run_code(entry().code(), model=theirs)
    for a, b in zip(ours.parameters(), theirs.parameters(), strict=True):
        assert torch.equal(a, b)
