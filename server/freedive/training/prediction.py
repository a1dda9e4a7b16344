"""Prediction: answers to new inputs, from the live weights of a job or from one of its checkpoints."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from freedive.catalog.datasets.data import Data
from freedive.errors import BadSpec, FreediveError
from freedive.protocol.jobs import Prediction
from freedive.protocol.problems import Problem
from freedive.protocol.specs import TrainSpec
from freedive.training.checkpoint import fitting, read
from freedive.training.probes.outputs import answer
from freedive.training.state import TrainingState


def as_raw(data: Data, inputs: list[Any]) -> Tensor:
    """Inputs as the dataset gives them before standardization. Raises BadSpec naming both shapes."""
    expected = tuple(data.train.raw.shape[1:])
    try:
        raw = torch.tensor(inputs, dtype=torch.float64)
    except (ValueError, TypeError) as error:
        raise BadSpec(f"The inputs are not a regular array of numbers: {error}", position="inputs") from error
    if tuple(raw.shape[1:]) != expected:
        raise BadSpec(
            f"Expected inputs of shape (n, {', '.join(map(str, expected))}); got ({', '.join(map(str, raw.shape))}).",
            position="inputs",
            hint="Give inputs as the dataset has them before standardization; pixels are 0..255.",
        )
    return raw


def predict(state: TrainingState, inputs: list[Any]) -> Prediction | Problem:
    """Outputs for new inputs with the weights as they are; a problem where the inputs do not fit."""
    try:
        outputs = answer(state, state.data.prepare(as_raw(state.data, inputs)))
    except FreediveError as error:
        return Problem(code=error.code, message=error.message, position=error.position, hint=error.hint)
    if not bool(outputs.isfinite().all()):
        return Problem(
            code="not_finite", message="The model answers NaN or infinity.", hint="Choose an earlier step."
        )
    regression = state.data.task == "regression"
    return Prediction(
        step=state.step,
        outputs=outputs.tolist(),
        predicted=None if regression else outputs.argmax(1).tolist(),
    )


def restored(spec: TrainSpec, data: Data, checkpoint: Path) -> TrainingState:
    """A model as it is offered by a checkpoint, on the CPU; for prediction only. Raises Damaged.

    Random numbers of the caller are left alone, so that a job of the same process goes on undisturbed.
    """
    with torch.random.fork_rng(devices=range(torch.cuda.device_count())):
        state = TrainingState(spec, data, torch.device("cpu"))
        saved = read(checkpoint)
        with fitting(saved.record.step):
            state.model.load_state_dict(saved.offered)
        state.step = saved.record.step
    state.model.eval()
    return state
