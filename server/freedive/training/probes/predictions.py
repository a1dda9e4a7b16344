"""Predictions: a fixed set of examples and those the model gets most wrong, with what it says of them now."""

from __future__ import annotations

import torch
from torch import Tensor

from freedive.protocol.events import Predictions
from freedive.training.probes.base import Probe
from freedive.training.probes.outputs import answer, labels
from freedive.training.probes.pictures import plain
from freedive.training.state import TrainingState

POOL = 256
"""Validation examples looked at."""
FIXED = 16
"""The first of them are always shown …"""
WRONG = 16
"""… and of the rest those that are most wrong."""


class PredictionsProbe(Probe):
    """Validation examples, fixed ones first."""

    name = "predictions"

    def __init__(self, state: TrainingState) -> None:
        super().__init__(state)
        examples = state.data.validation
        self.inputs = examples.inputs[:POOL].to(state.device)
        self.labels = labels(state.data, examples.targets[:POOL]).to(state.device)

    @classmethod
    def fits(cls, state: TrainingState) -> bool:
        """Any model."""
        return state.spec.probes.predictions

    @torch.no_grad()
    def measure(self) -> Predictions:
        """Answer the pool, show the fixed and the most wrong."""
        answers = answer(self.state, self.inputs)
        error = self._error(answers).nan_to_num(nan=float("inf"))
        count = len(error)
        fixed = torch.arange(min(FIXED, count))
        wrong = error[FIXED:].topk(min(WRONG, max(count - FIXED, 0))).indices.cpu() + FIXED
        chosen = torch.cat([fixed, wrong])
        raw = self.state.data.validation.raw[chosen]
        return Predictions(
            step=self.state.step,
            split="validation",
            indices=chosen.tolist(),
            inputs=plain(raw),
            targets=plain(self.labels.cpu()[chosen]),
            outputs=plain(answers.cpu()[chosen]),
        )

    def _error(self, answers: Tensor) -> Tensor:
        """(n,) absolute error, or what is missing to certainty of the right class."""
        if self.state.data.task == "regression":
            return (answers[:, 0] - self.labels).abs()
        return 1 - answers.gather(1, self.labels[:, None])[:, 0]
