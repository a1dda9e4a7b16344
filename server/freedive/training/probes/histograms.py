"""Histograms of every weight and every gradient, in one pass that costs a fraction of a training step."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from freedive.protocol.events import Histograms
from freedive.protocol.tensors import TensorData
from freedive.training.probes.base import Probe
from freedive.training.state import TrainingState

BELOW_ONE = 1 - 1e-6
"""Keeps the highest value inside the last bin."""
PAIRED_FROM = 8192
"""Elements from which counting two at a time pays."""
LARGEST = float(np.finfo(np.float32).max)
_ZERO = np.float32(0)


class HistogramsProbe(Probe):
    """Equal bins between each tensor's own extremes."""

    name = "histograms"

    def __init__(self, state: TrainingState) -> None:
        super().__init__(state)
        self.bins = state.spec.probes.bins
        self.named = [(n, p) for n, p in state.model.named_parameters() if p.requires_grad]
        self.counter = Counter(self.bins)

    @classmethod
    def fits(cls, state: TrainingState) -> bool:
        """Always, if asked for."""
        return state.spec.probes.histograms

    @torch.no_grad()
    def measure(self) -> Histograms:
        """Count weights, and gradients once there are any."""
        named = [(name, p.detach()) for name, p in self.named]
        named += [(f"grad/{name}", p.grad) for name, p in self.named if p.grad is not None]
        ranges = np.zeros((len(named), 2), np.float32)
        counts = np.zeros((len(named), self.bins), np.uint32)
        outside = np.zeros(len(named), np.uint32)
        for row, (_, tensor) in enumerate(named):
            ranges[row], counts[row], outside[row] = self.counter.count(tensor)
        return Histograms(
            step=self.state.step,
            names=[name for name, _ in named],
            ranges=TensorData.of(ranges),
            counts=TensorData.of(counts),
            outside=TensorData.of(outside),
        )


class Counter:
    """Counts values into equal bins, with a buffer that is kept from one pass to the next."""

    def __init__(self, bins: int) -> None:
        self.bins = bins
        self.buffer = np.empty(0, np.float32)

    def count(self, tensor: Tensor) -> tuple[tuple[float, float], NDArray[Any], int]:
        """((lowest, highest) finite value, (bins,) counts, how many values are not finite)."""
        if tensor.device.type != "cpu":
            return self._count_on_gpu(tensor)
        values = tensor.numpy().ravel()
        outside = 0
        low, high = (values.min(), values.max()) if values.size else (_ZERO, _ZERO)
        if not (np.isfinite(low) and np.isfinite(high)):
            values = values[np.isfinite(values)]
            outside = tensor.numel() - values.size
            low, high = (values.min(), values.max()) if values.size else (_ZERO, _ZERO)
        return (float(low), float(high)), self._count(values, low, high), outside

    def _count(self, values: NDArray[Any], low: np.floating[Any], high: np.floating[Any]) -> NDArray[Any]:
        if self.buffer.size < values.size:
            self.buffer = np.empty(values.size, np.float32)
        scaled = self.buffer[: values.size]
        spread = float(high) - float(low)
        if spread > LARGEST:  # their difference is no float32
            return np.histogram(values.astype(np.float64), self.bins, (float(low), float(high)))[0]
        np.subtract(values, low, out=scaled)
        scaled *= self.bins * BELOW_ONE / spread if spread > 0 else 0.0
        codes = scaled.astype(np.uint8)
        if values.size < PAIRED_FROM:
            return np.bincount(codes, minlength=self.bins)
        even = values.size // 2 * 2
        pairs = codes[:even].view(np.uint16)  # one increment counts two neighbors
        table = np.bincount(pairs, minlength=self.bins << 8).reshape(-1, 256)[: self.bins, : self.bins]
        counts: NDArray[Any] = table.sum(0) + table.sum(1)
        if even < values.size:
            counts[codes[-1]] += 1
        return counts

    def _count_on_gpu(self, tensor: Tensor) -> tuple[tuple[float, float], NDArray[Any], int]:
        """Counted where it is: only the counts are copied."""
        values = tensor.flatten().float()
        finite = values[values.isfinite()]
        if not finite.numel():
            return (0.0, 0.0), np.zeros(self.bins, np.int64), values.numel()
        low, high = torch.stack(torch.aminmax(finite)).tolist()
        counts = torch.histc(finite, self.bins, low, high).cpu().numpy()
        return (low, high), counts, values.numel() - finite.numel()
