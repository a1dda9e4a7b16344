"""Outputs as people read them: probabilities for a classifier, values in the table's units for a regression."""

from __future__ import annotations

import torch
from torch import Tensor

from freedive.catalog.datasets.data import Data
from freedive.training.evaluation import to_probabilities
from freedive.training.state import TrainingState


@torch.no_grad()
def answer(state: TrainingState, inputs: Tensor) -> Tensor:
    """(n, classes) probabilities (two columns for a binary task) or (n, 1) values, in eval mode, on the device."""
    training = state.model.training
    state.model.eval()
    try:
        return readable(state, state.model(inputs.to(state.device)))
    finally:
        state.model.train(training)


def readable(state: TrainingState, outputs: Tensor) -> Tensor:
    """Raw outputs made readable."""
    data = state.data
    if data.task == "regression":
        return outputs.double() * data.target_std + data.target_mean
    probabilities = to_probabilities(data.task, outputs)
    return torch.cat([1 - probabilities, probabilities], -1) if data.task == "binary" else probabilities


def labels(data: Data, targets: Tensor) -> Tensor:
    """(n,) class indices as int64, or (n,) values in the table's units as float64."""
    if data.task == "regression":
        return targets[:, 0].double() * data.target_std + data.target_mean
    return targets.view(-1).round().long()
