"""Losses: the formula, the task, and the same in a script."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from freedive.catalog.listing import members
from freedive.catalog.losses import Loss
from freedive.catalog.losses.bce_with_logits import BCEWithLogits
from freedive.catalog.losses.cross_entropy import CrossEntropy
from freedive.catalog.losses.huber import Huber
from freedive.catalog.losses.l1 import L1
from freedive.catalog.losses.mse import MSE

from .conftest import run_code

generator = torch.Generator().manual_seed(0)
VALUES, TARGETS = torch.randn(50, 1, generator=generator), torch.randn(50, 1, generator=generator) * 3
YES = (torch.rand(50, 1, generator=generator) > 0.5).float()
LOGITS, CLASSES = torch.randn(50, 4, generator=generator), torch.randint(4, (50,), generator=generator)


def huber(difference: Tensor, delta: float) -> Tensor:
    size = difference.abs()
    return torch.where(size <= delta, 0.5 * size**2, delta * (size - 0.5 * delta))


def smoothed(share: float) -> Tensor:
    target = torch.nn.functional.one_hot(CLASSES, 4) * (1 - share) + share / 4
    return -(target * LOGITS.log_softmax(1)).sum(1).mean()


PROBABILITY = VALUES.sigmoid()
FORMULAS = [
    (MSE(), VALUES, TARGETS, ((VALUES - TARGETS) ** 2).mean()),
    (L1(), VALUES, TARGETS, (VALUES - TARGETS).abs().mean()),
    (Huber(), VALUES, TARGETS, huber(VALUES - TARGETS, 1.0).mean()),
    (Huber(delta=2.5), VALUES, TARGETS, huber(VALUES - TARGETS, 2.5).mean()),
    (CrossEntropy(), LOGITS, CLASSES, smoothed(0.0)),
    (CrossEntropy(label_smoothing=0.1), LOGITS, CLASSES, smoothed(0.1)),
    (BCEWithLogits(), VALUES, YES, -(YES * PROBABILITY.log() + (1 - YES) * (1 - PROBABILITY).log()).mean()),
]


@pytest.mark.parametrize(
    ("entry", "outputs", "targets", "expected"), FORMULAS, ids=lambda x: getattr(x, "kind", "")
)
def test_the_loss_is_its_formula(entry: Any, outputs: Tensor, targets: Tensor, expected: Tensor) -> None:
    torch.testing.assert_close(entry.build()(outputs, targets), expected)
    torch.testing.assert_close(run_code(entry.code())(outputs, targets), expected)


def test_every_loss_is_tried_and_every_task_has_one() -> None:
    entries = members(Loss)
    assert {type(entry) for entry, *_ in FORMULAS} == set(entries)
    assert frozenset().union(*(entry.tasks for entry in entries)) == {"binary", "multiclass", "regression"}
