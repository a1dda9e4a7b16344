"""Recorder: the metrics of every step, kept on the device until one copy brings many steps to the host.

Recording a step keeps references and computes nothing but the gradient norms; what can wait (stacking, accuracy) is
done once for all steps when they are taken. Nothing here asks a device for a number while steps are being queued.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from freedive.protocol.events import Task

MOST_KEPT = 64 * 2**20
"""Bytes of outputs kept for the batch metric before they are reduced early."""


@dataclass
class Rows:
    """Steps on their way to the host: `table` is (rows, columns) float32."""

    first_step: int
    table: Tensor
    lrs: list[float]
    arrived: torch.cuda.Event | None = None

    def numpy(self) -> NDArray[np.float32]:
        """The table with the learning rates filled in; waits for the copy if it is still on its way."""
        if self.arrived is not None:
            self.arrived.synchronize()
        table: NDArray[np.float32] = self.table.numpy()
        table[:, 2] = self.lrs
        return table


@dataclass
class Recorder:
    """Columns: loss, accuracy (or mae), lr, then the gradient's 2-norm of each weight, before clipping."""

    task: Task
    weights: Sequence[tuple[str, Tensor]]
    device: torch.device
    columns: list[str] = field(init=False)
    seconds: float = 0.0
    """Spent on recording so far."""

    def __post_init__(self) -> None:
        measured = "mae" if self.task == "regression" else "accuracy"
        self.columns = ["loss", measured, "lr", *(f"grad_norm/{name}" for name, _ in self.weights)]
        self._tensors = [tensor for _, tensor in self.weights]
        self._on_cpu = self.device.type == "cpu"
        self._first = 0
        self._clear()

    def _clear(self) -> None:
        self._losses: list[Tensor] = []
        self._squares: list[Tensor] = []
        self._outputs: list[Tensor] = []
        self._targets: list[Tensor] = []
        self._measured: list[Tensor] = []
        self._lrs: list[float] = []
        self._kept = 0

    def __len__(self) -> int:
        return len(self._lrs)

    def add(self, step: int, loss: Tensor, outputs: Tensor, targets: Tensor, lr: float) -> None:
        """Keep one step's measurements; called after backward and before the update, with detached tensors."""
        start = perf_counter()
        if not self._lrs:
            self._first = step
        self._losses.append(loss)
        self._outputs.append(outputs)
        self._targets.append(targets)
        self._lrs.append(lr)
        gradients = [t.grad for t in self._tensors if t.grad is not None]
        if self._on_cpu:  # half the cost of a norm; the root is taken for all steps at once
            self._squares += [torch.dot(flat, flat) for flat in [g.reshape(-1) for g in gradients]]
        else:
            self._squares += torch._foreach_norm(gradients)
        self._kept += outputs.nbytes
        if self._kept > MOST_KEPT:
            self._reduce()
        self.seconds += perf_counter() - start

    def take(self) -> Rows | None:
        """Everything since the last time, on its way to the host; None where nothing was recorded."""
        if not self._lrs:
            return None
        self._reduce()
        count = len(self._lrs)
        table = torch.full((count, len(self.columns)), float("nan"), device=self.device)
        table[:, 0] = torch.stack(self._losses)
        table[:, 1] = torch.cat(self._measured)
        if self._tensors:
            norms = torch.stack(self._squares).view(count, -1)
            table[:, 3:] = norms.sqrt_() if self._on_cpu else norms
        rows = Rows(self._first, table, self._lrs)
        if not self._on_cpu:  # the copy runs behind the steps queued so far; nobody waits for it here
            host = torch.empty(table.shape, pin_memory=True)
            host.copy_(table, non_blocking=True)
            rows.table, rows.arrived = host, torch.cuda.Event()  # type: ignore[no-untyped-call]
            rows.arrived.record()
        self._clear()
        return rows

    def _reduce(self) -> None:
        """Turn kept outputs into the batch metric, equal shapes together."""
        start = 0
        while start < len(self._outputs):
            end = start + 1
            while end < len(self._outputs) and self._outputs[end].shape == self._outputs[start].shape:
                end += 1
            outputs = torch.stack(self._outputs[start:end])  # (steps, batch, outputs)
            targets = torch.stack(self._targets[start:end])
            self._measured.append(measure(self.task, outputs, targets).flatten(1).mean(1))
            start = end
        self._outputs, self._targets, self._kept = [], [], 0


def measure(task: Task, outputs: Tensor, targets: Tensor) -> Tensor:
    """Per example: 1 where a classifier is right and 0 where not, or a regression's absolute error."""
    if task == "multiclass":
        return (outputs.argmax(-1) == targets).float()
    if task == "binary":
        return ((outputs > 0) == (targets > 0.5)).float()
    return (outputs - targets).abs()
