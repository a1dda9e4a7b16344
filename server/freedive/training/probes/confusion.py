"""Confusion: how often each class was taken for each other one, over the whole validation split."""

from __future__ import annotations

import torch

from freedive.protocol.events import Confusion
from freedive.protocol.tensors import TensorData
from freedive.training.evaluation import CHUNK
from freedive.training.probes.base import Probe
from freedive.training.probes.outputs import answer, labels
from freedive.training.state import TrainingState


class ConfusionProbe(Probe):
    """Labels by row, predictions by column."""

    name = "confusion"

    def __init__(self, state: TrainingState) -> None:
        super().__init__(state)
        self.inputs = state.data.validation.inputs
        self.labels = labels(state.data, state.data.validation.targets)
        self.classes = max(2, len(state.data.classes))

    @classmethod
    def fits(cls, state: TrainingState) -> bool:
        """Any classifier."""
        return state.spec.probes.confusion and state.data.task != "regression"

    def measure(self) -> Confusion:
        """Count with the present weights."""
        predicted = torch.cat(
            [answer(self.state, part).argmax(1).cpu() for part in torch.split(self.inputs, CHUNK)]
        )
        counts = torch.bincount(self.labels * self.classes + predicted, minlength=self.classes**2)
        return Confusion(
            step=self.state.step,
            split="validation",
            counts=TensorData.of(counts.view(self.classes, self.classes).numpy()),
        )
