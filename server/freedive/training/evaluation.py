"""Evaluation: a whole split in eval mode: the loss, and the spec's metrics by torchmetrics."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from freedive.catalog.datasets.data import Examples
from freedive.catalog.metrics.naming import by_name
from freedive.protocol.commands import Split
from freedive.protocol.events import Task
from freedive.training.state import TrainingState

CHUNK = 1024
"""Examples evaluated at once."""


def to_probabilities(task: Task, outputs: Tensor) -> Tensor:
    """Logits to probabilities; a regression's values as they are."""
    if task == "multiclass":
        return outputs.softmax(-1)
    return outputs.sigmoid() if task == "binary" else outputs


class Evaluator:
    """Keeps the metric objects and the splits on the device between evaluations."""

    def __init__(self, state: TrainingState) -> None:
        self.state = state
        task = state.data.task
        outputs = len(state.data.classes) if task == "multiclass" else state.data.train.targets.shape[1]
        self.metrics: dict[str, Any] = {
            name: metric.build(outputs).to(state.device)
            for name, metric in by_name(state.spec.metrics).items()
        }
        self._placed: dict[str, tuple[Tensor, Tensor]] = {"train": (state.inputs, state.targets)}

    def examples(self, split: Split) -> tuple[Tensor, Tensor]:
        """Inputs and targets of a split, on the device where they fit."""
        if split not in self._placed:
            examples: Examples = self.state.data.split(split)
            self._placed[split] = self.state._place(examples)
        return self._placed[split]

    @torch.no_grad()
    def measure(self, split: Split, with_metrics: bool = True) -> dict[str, float | None]:
        """`loss` (mean over the examples, without penalties) and each metric; None where not finite or undefined."""
        state = self.state
        inputs, targets = self.examples(split)
        metrics = self.metrics if with_metrics else {}
        total = torch.zeros((), device=state.device, dtype=torch.float64)
        training = state.model.training
        state.model.eval()
        try:
            for start in range(0, len(targets), CHUNK):
                x = inputs[start : start + CHUNK].to(state.device, non_blocking=True)
                y = targets[start : start + CHUNK].to(state.device, non_blocking=True)
                outputs = state.model(x)
                total += state.criterion(outputs, y) * len(y)
                if metrics:
                    answers = to_probabilities(state.data.task, outputs)
                    for metric in metrics.values():
                        metric.update(answers, y)
        finally:
            state.model.train(training)
        result = {"loss": finite(float(total) / len(targets))}
        for name, metric in metrics.items():
            result[name] = finite(float(metric.compute()))
            metric.reset()
        return result


def finite(value: float) -> float | None:
    """JSON and the wire know no NaN."""
    return value if math.isfinite(value) else None
