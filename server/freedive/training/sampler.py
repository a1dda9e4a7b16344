"""Sampler: which examples make up each batch. Its position (epoch, offset) is all a checkpoint needs of it."""

from __future__ import annotations

import torch
from torch import Tensor


def epoch_order(size: int, seed: int, epoch: int) -> Tensor:
    """(size,) int64: the order of the training examples in one epoch, fixed by the job's seed and the epoch."""
    return torch.randperm(size, generator=torch.Generator().manual_seed(seed * 100_003 + epoch + 1))


class Sampler:
    """Walks through one random order per epoch; the batch size may change at any example."""

    def __init__(self, size: int, batch_size: int, seed: int, device: torch.device, least: int = 1) -> None:
        self.size = size
        self.batch_size = batch_size
        self.seed = seed
        self.device = device
        self.least = least
        """Trailing batches smaller than this are left out: batch norm cannot normalize one example."""
        self.epoch = 0
        """The epoch of the next batch."""
        self.offset = 0
        """Examples of that epoch already used."""
        self._order: tuple[int, Tensor] | None = None

    def next(self) -> Tensor:
        """(batch,) int64 indices into the training examples, on the device."""
        if self._order is None or self._order[0] != self.epoch:
            self._order = (self.epoch, epoch_order(self.size, self.seed, self.epoch).to(self.device))
        batch = self._order[1][self.offset : self.offset + self.batch_size]
        self.offset += self.batch_size
        if self.size - self.offset < self._least:
            self.epoch += 1
            self.offset = 0
        return batch

    @property
    def at_epoch_start(self) -> bool:
        """Whether the next batch opens an epoch, so that the last one closed one."""
        return self.offset == 0

    @property
    def position(self) -> float:
        """Epochs done, with the fraction of the present one."""
        return self.epoch + self.offset / self.size

    @property
    def steps_per_epoch(self) -> int:
        """Batches in a whole epoch."""
        return self._batches(self.size)

    def steps_left(self, epochs: int) -> int:
        """Batches until `epochs` epochs are done."""
        if self.epoch >= epochs:
            return 0
        return self._batches(self.size - self.offset) + (epochs - self.epoch - 1) * self.steps_per_epoch

    @property
    def _least(self) -> int:
        return min(self.least, self.batch_size)

    def _batches(self, examples: int) -> int:
        whole, rest = divmod(examples, self.batch_size)
        return max(1, whole + (rest >= self._least))
