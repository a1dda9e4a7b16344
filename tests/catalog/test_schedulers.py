"""Schedulers: the learning rate follows its formula, and in a script too."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import nn

from freedive.catalog.listing import members
from freedive.catalog.schedulers import (
    CosineDecay,
    ExponentialDecay,
    NoScheduler,
    ReduceOnPlateau,
    Scheduler,
    StepDecay,
    WarmUp,
)

from .conftest import run_code

TOTAL, PER_EPOCH = 40, 4


def rates(entry: Any, script: bool) -> list[float]:
    """The learning rate of each step, with lr 1."""
    optimizer = torch.optim.SGD(nn.Linear(1, 1).parameters(), lr=1.0)
    if script:
        scheduler = run_code(entry.code(), optimizer=optimizer, total_steps=TOTAL, steps_per_epoch=PER_EPOCH)
    else:
        scheduler = entry.build(optimizer, TOTAL, PER_EPOCH)
    seen = []
    for step in range(TOTAL):
        seen.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if scheduler is None:
            continue
        if entry.per == "step" or (entry.per == "epoch" and (step + 1) % PER_EPOCH == 0):
            scheduler.step()
    return seen


def warm(step: int, steps: int, cosine: bool) -> float:
    if step < steps:
        return (step + 1) / (steps + 1)
    return 0.5 * (1 + math.cos(math.pi * (step - steps) / (TOTAL - steps))) if cosine else 1.0


FORMULAS: list[tuple[Any, Any]] = [
    (NoScheduler(), lambda step: 1.0),
    (StepDecay(epochs=2, gamma=0.5), lambda step: 0.5 ** (step // PER_EPOCH // 2)),
    (ExponentialDecay(gamma=0.9), lambda step: 0.9 ** (step // PER_EPOCH)),
    (CosineDecay(lowest=0.1), lambda step: 0.1 + 0.9 * 0.5 * (1 + math.cos(math.pi * step / TOTAL))),
    (WarmUp(steps=10), lambda step: warm(step, 10, True)),
    (WarmUp(steps=10, then="constant"), lambda step: warm(step, 10, False)),
]


@pytest.mark.parametrize(("entry", "formula"), FORMULAS, ids=lambda x: getattr(x, "kind", ""))
@pytest.mark.parametrize("script", [False, True])
def test_the_learning_rate_follows_its_formula(entry: Any, formula: Any, script: bool) -> None:
    assert rates(entry, script) == pytest.approx([formula(step) for step in range(TOTAL)])


@pytest.mark.parametrize("script", [False, True])
def test_a_plateau_drops_the_rate_after_patience_and_not_below_the_lowest(script: bool) -> None:
    optimizer = torch.optim.SGD(nn.Linear(1, 1).parameters(), lr=1.0)
    entry = ReduceOnPlateau(factor=0.5, patience=1, lowest=0.3)
    scheduler: Any = (
        run_code(entry.code(), optimizer=optimizer) if script else entry.build(optimizer, TOTAL, PER_EPOCH)
    )
    seen = []
    for loss in (3.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0):
        scheduler.step(loss)
        seen.append(optimizer.param_groups[0]["lr"])
    assert seen == [1.0, 1.0, 1.0, 0.5, 0.5, 0.3, 0.3]


def test_a_warm_up_longer_than_the_job_just_rises() -> None:
    entry = WarmUp(steps=1000)
    assert rates(entry, False) == pytest.approx([(step + 1) / 1001 for step in range(TOTAL)])


def test_every_scheduler_is_tried() -> None:
    assert {type(entry) for entry, _ in FORMULAS} | {ReduceOnPlateau} == set(members(Scheduler))
