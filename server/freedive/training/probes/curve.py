"""Curve: the model of one input, as what it predicts over the range of the data."""

from __future__ import annotations

import torch

from freedive.protocol.events import Curve
from freedive.training.probes.base import Probe
from freedive.training.probes.outputs import answer
from freedive.training.probes.pictures import plain
from freedive.training.state import TrainingState

POINTS = 200
MARGIN = 0.05


class CurveProbe(Probe):
    """A line of predictions; for a binary task the probability of the second class."""

    name = "curve"

    def __init__(self, state: TrainingState) -> None:
        super().__init__(state)
        data = state.data
        raw = torch.cat([data.train.raw, data.validation.raw, data.test.raw]).double()
        low, high = float(raw.min()), float(raw.max())
        margin = MARGIN * (high - low)
        self.x = torch.linspace(low - margin, high + margin, POINTS, dtype=torch.float64)
        self.inputs = data.prepare(self.x[:, None]).to(state.device)

    @classmethod
    def fits(cls, state: TrainingState) -> bool:
        """One input, one output."""
        return state.spec.probes.boundary and tuple(state.data.train.raw.shape[1:]) == (1,)

    def measure(self) -> Curve:
        """Predictions with the present weights."""
        return Curve(
            step=self.state.step,
            x=plain(self.x),
            y=plain(answer(self.state, self.inputs)[:, -1].contiguous()),
        )
