"""What an optimizer's step did to each parameter: held before it, settled after it, told by `explanations`."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch

from freedive.lab import arrays
from freedive.lab.notes import SMALL, Note, Record
from freedive.lab.recorder import Recorder

Json = dict[str, Any]
MOST_PARAMETERS = 4
"""Parameters of a step that are told."""


class Held(NamedTuple):
    """A parameter as it is before a step."""

    parameter: torch.Tensor
    before: Note
    gradient: Any


class Step(NamedTuple):
    """What a step did: the optimizer's name, its settings then, each told parameter's notes before and after with its gradient."""

    optimizer: str
    settings: Json
    moved: list[tuple[Note, Note, Any]]
    more: int


def hold(recorder: Recorder, args: tuple[Any, ...]) -> tuple[Any, list[Held], Json] | None:
    """The parameters of the optimizer that is about to step; None where the step is not told in full."""
    optimizer = args[0] if args else None
    if not isinstance(optimizer, torch.optim.Optimizer) or not recorder.in_full_now():
        return None
    group = optimizer.param_groups[0]
    settings = {
        key: arrays.number(value)
        for key, value in group.items()
        if isinstance(value, int | float) and not isinstance(value, bool) and (value != 0 or key == "lr")
    }
    held = [
        Held(each, recorder.note(each), None if each.grad is None else arrays.plain(each.grad))
        for each in _parameters(optimizer)[:MOST_PARAMETERS]
        if each.numel() <= SMALL
    ]
    return optimizer, held, settings


def _parameters(optimizer: torch.optim.Optimizer) -> list[torch.Tensor]:
    return [each for group in optimizer.param_groups for each in group["params"]]


def settle(recorder: Recorder, held: tuple[Any, list[Held], Json]) -> None:
    """The step has run: the newest record is told where it moved what was held."""
    optimizer, parameters, settings = held
    record = recorder.records[-1]
    if isinstance(record, Record):
        moved = [(each.before, recorder.note(each.parameter), each.gradient) for each in parameters]
        more = len(_parameters(optimizer)) - len(moved)
        record.step = Step(type(optimizer).__name__, settings, moved, more)


def step(record: Record) -> Json:
    """`optimizer`, `settings`, `parameters` (each `before`, `after`, `grad`) and how many `more` there are; empty where not told."""
    told = record.step
    if told is None:
        return {}
    return {
        "optimizer": told.optimizer, "settings": told.settings, "more": told.more,
        "parameters": [{"before": before.id, "after": after.id, "grad": gradient} for before, after, gradient in told.moved],
    }  # fmt: skip
