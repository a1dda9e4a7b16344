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
PAIRED_BINS = 128
"""Bins up to which the table of pairs stays in the cache."""


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
    """Counts values into equal bins, with buffers that are kept from one pass to the next."""

    def __init__(self, bins: int) -> None:
        self.bins = bins
        self.bits = (bins - 1).bit_length()
        self.scaled = torch.empty(0)

    def count(self, tensor: Tensor) -> tuple[tuple[float, float], NDArray[Any], int]:
        """((lowest, highest) finite value, (bins,) counts, how many values are not finite)."""
        flat = tensor.reshape(-1)
        if flat.dtype != torch.float32:
            flat = flat.float()
        if flat.numel() == 0:
            return (0.0, 0.0), np.zeros(self.bins, np.int64), 0
        low, high = torch.stack(torch.aminmax(flat)).tolist()
        outside = 0
        if not (np.isfinite(low) and np.isfinite(high)):
            finite = flat[flat.isfinite()]
            outside = flat.numel() - finite.numel()
            if not finite.numel():
                return (0.0, 0.0), np.zeros(self.bins, np.int64), outside
            flat = finite
            low, high = torch.stack(torch.aminmax(flat)).tolist()
        if flat.device.type != "cpu":  # counted where it is: only the counts are copied
            return (low, high), torch.histc(flat, self.bins, low, high).cpu().numpy(), outside
        return (low, high), self._count(flat, low, high), outside

    def _count(self, flat: Tensor, low: float, high: float) -> NDArray[Any]:
        size = flat.numel()
        if self.scaled.numel() < size:
            self.scaled = torch.empty(size)
        scaled = self.scaled[:size]
        spread = high - low
        torch.sub(flat, low, out=scaled)
        scaled.mul_(self.bins * BELOW_ONE / spread if spread > 0 and np.isfinite(spread) else 0.0)
        codes = scaled.numpy().astype(np.uint8)
        if size < PAIRED_FROM or self.bins > PAIRED_BINS:
            return np.bincount(codes, minlength=self.bins)
        rest = np.bincount(codes[size // 2 * 2 :], minlength=self.bins)
        two = codes[: size // 2 * 2].view(np.uint16)  # one increment counts two neighbors
        both = (two & 0xFF) | (two >> 8 << self.bits)
        table = np.bincount(both, minlength=1 << 2 * self.bits).reshape(1 << self.bits, -1)
        counts: NDArray[Any] = (table.sum(0) + table.sum(1))[: self.bins] + rest
        return counts
