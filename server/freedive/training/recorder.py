"""Recorder: the metrics of every step, kept where they were computed until one copy brings many steps to the host.

Recording a step keeps references and computes nothing but the gradient norms; what can wait (stacking, accuracy) is
done once for all steps when they are taken. Nothing here asks a GPU for a number while steps are being queued. On the
CPU, where there is nothing to wait for, numpy works on the same memory: it takes half of torch's time.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from time import perf_counter
from typing import TYPE_CHECKING, Any

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
    table: NDArray[np.float32]
    arrived: torch.cuda.Event | None = None

    def numpy(self) -> NDArray[np.float32]:
        """The table; waits for the copy if it is still on its way."""
        if self.arrived is not None:
            self.arrived.synchronize()
        return self.table


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
        self._norms: list[Any] = []
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
        if self._on_cpu:  # squares; the root is taken for all steps at once
            self._norms += _squares(gradients)
        else:
            self._norms += torch._foreach_norm(gradients)
        self._kept += outputs.nbytes
        if self._kept > MOST_KEPT:
            self._reduce()
        self.seconds += perf_counter() - start

    def take(self) -> Rows | None:
        """Everything since the last time, on its way to the host; None where nothing was recorded."""
        if not self._lrs:
            return None
        self._reduce()
        rows = self._from_cpu() if self._on_cpu else self._from_gpu()
        self._clear()
        return rows

    def _from_cpu(self) -> Rows:
        table = np.empty((len(self._lrs), len(self.columns)), np.float32)
        table[:, 0] = torch.stack(self._losses).numpy()
        table[:, 1] = torch.cat(self._measured).numpy()
        table[:, 2] = self._lrs
        if self._tensors:
            np.sqrt(np.array(self._norms, np.float32).reshape(len(table), -1), out=table[:, 3:])
        return Rows(self._first, table)

    def _from_gpu(self) -> Rows:
        """The copy runs behind the steps queued so far; nobody waits for it here."""
        parts = [torch.stack(self._losses)[:, None], torch.cat(self._measured)[:, None]]
        if self._tensors:
            parts.append(torch.stack(self._norms).view(len(self._lrs), -1))
        table = torch.cat(parts, 1)
        host = torch.empty(table.shape, pin_memory=True)
        host.copy_(table, non_blocking=True)
        arrived = torch.cuda.Event()  # type: ignore[no-untyped-call]
        arrived.record()
        return ArrivingRows(self._first, host.numpy(), arrived, self._lrs)

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


@dataclass
class ArrivingRows(Rows):
    """Rows copied from a GPU, without the learning rates, which the host knows."""

    lrs: list[float] = field(default_factory=list)

    def numpy(self) -> NDArray[np.float32]:
        """The whole table; waits for the copy if it is still on its way."""
        return np.insert(super().numpy(), 2, self.lrs, axis=1)


@np.errstate(over="ignore", invalid="ignore")  # what is not finite is seen later, at its step
def _squares(gradients: list[Tensor]) -> list[Any]:
    """The squared 2-norm of each."""
    return [flat.dot(flat) for flat in [g.numpy().ravel() for g in gradients]]


def measure(task: Task, outputs: Tensor, targets: Tensor) -> Tensor:
    """Per example: 1 where a classifier is right and 0 where not, or a regression's absolute error."""
    if task == "multiclass" and outputs.device.type == "cpu":
        return torch.from_numpy((outputs.numpy().argmax(-1) == targets.numpy()).astype(np.float32))
    if task == "multiclass":
        return (outputs.argmax(-1) == targets).float()
    if task == "binary":
        return ((outputs > 0) == (targets > 0.5)).float()
    return (outputs - targets).abs()
