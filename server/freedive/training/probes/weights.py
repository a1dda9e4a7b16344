"""Weights: links of a net, and pictures where the first layer looks at an image."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from freedive.protocol.events import WeightPicture, Weights
from freedive.protocol.tensors import TensorData
from freedive.training.probes.base import Probe
from freedive.training.probes.pictures import picture, plain
from freedive.training.state import TrainingState

WINDOW = 32
"""Rows and columns shown of a wide Linear."""
FILTERS = 32
"""Filters shown of a layer that looks at an image."""
CHANNELS = 4
"""Channels shown of each filter."""


class WeightsProbe(Probe):
    """Every weight of two and more axes: a window of each Linear, pictures of kernels and of the first layer."""

    name = "weights"

    @classmethod
    def fits(cls, state: TrainingState) -> bool:
        """Any model with a weight."""
        return state.spec.probes.weights and bool(state.weights)

    @torch.no_grad()
    def measure(self) -> Weights:
        """The present weights."""
        shape = tuple(self.state.data.train.inputs.shape[1:])
        tensors = []
        for index, (name, weight) in enumerate(self.state.weights):
            looks_at_image = index == 0 and len(shape) == 3 and weight.shape[1] == math.prod(shape)
            pictured = weight.detach().view(-1, *shape) if looks_at_image else weight.detach()
            tensors.append(
                WeightPicture(name=name, values=self._values(pictured), shape=list(pictured.shape))
            )
        return Weights(step=self.state.step, tensors=tensors)

    @staticmethod
    def _values(weight: Tensor) -> TensorData:
        if weight.ndim == 2:
            return plain(weight[:WINDOW, :WINDOW].contiguous())
        return picture(weight[:FILTERS, :CHANNELS].contiguous(), symmetric=True)
