"""Tiny jobs for the tests of training: a spec, a context in a folder of its own, and what a job said."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch

from freedive.catalog.datasets.store import DataStore
from freedive.protocol.commands import Command, Stop
from freedive.protocol.events import Event, Metrics, Rewound, Started
from freedive.protocol.specs import TrainSpec
from freedive.training.context import Context, ResumePoint
from freedive.training.controls import Controls, Question
from freedive.training.loop import train
from freedive.training.state import TrainingState

E = TypeVar("E")

SPIRALS: dict[str, Any] = {
    "dataset": {"kind": "spirals", "size": 120},
    "model": {
        "kind": "mlp",
        "layers": [{"width": 8, "activation": "tanh"}, {"width": 8, "activation": "tanh"}],
    },
    "loss": {"kind": "bce_with_logits"},
    "optimizer": {"kind": "sgd", "lr": 0.1, "momentum": 0.9},
    "metrics": [{"kind": "accuracy"}],
    "batch_size": 16,
    "epochs": 4,
    "seed": 3,
    "device": "cpu",
}

LINE: dict[str, Any] = {
    "dataset": {"kind": "line", "size": 60},
    "model": {"kind": "linear"},
    "loss": {"kind": "mse"},
    "optimizer": {"kind": "sgd", "lr": 0.1},
    "metrics": [{"kind": "mae"}, {"kind": "r2"}],
    "batch_size": 10,
    "epochs": 2,
    "seed": 1,
    "device": "cpu",
}

IRIS: dict[str, Any] = {
    "dataset": {"kind": "iris"},
    "model": {"kind": "mlp", "layers": [{"width": 8}]},
    "loss": {"kind": "cross_entropy"},
    "optimizer": {"kind": "adam", "lr": 0.01},
    "metrics": [{"kind": "accuracy"}],
    "batch_size": 16,
    "epochs": 3,
    "device": "cpu",
}

DIGITS: dict[str, Any] = {
    "dataset": {"kind": "digits"},
    "model": {
        "kind": "sequential",
        "layers": [
            {"kind": "conv2d", "out_channels": 4, "kernel": 3},
            {"kind": "activation", "function": "relu"},
            {"kind": "flatten"},
            {"kind": "linear"},
        ],
    },
    "loss": {"kind": "cross_entropy"},
    "optimizer": {"kind": "adam", "lr": 0.01},
    "metrics": [{"kind": "accuracy"}],
    "batch_size": 128,
    "epochs": 1,
    "device": "cpu",
}


def spec_of(base: dict[str, Any], **changes: Any) -> TrainSpec:
    """A spec from one of the above; a mapping replaces fields of the entry it names."""
    merged = dict(base)
    for name, value in changes.items():
        old = merged.get(name)
        both = isinstance(old, dict) and isinstance(value, dict) and "kind" not in value
        merged[name] = {**old, **value} if both else value  # type: ignore[dict-item]
    return TrainSpec.model_validate(merged)


Turn = Sequence[Command | Question]


class Scripted(Controls):
    """Says the next turn when the job would wait for ever, without another thread; at the end it says stop."""

    def __init__(self, watched: bool, turns: Iterable[Turn]) -> None:
        super().__init__(watched)
        self.turns = list(turns)
        self.waits: list[float] = []
        """How long a paced job wanted to wait."""

    def wait(self, seconds: float | None = None) -> None:
        if seconds is not None:
            self.waits.append(seconds)
            return
        for i, item in enumerate(self.turns.pop(0) if self.turns else [Stop()]):
            if isinstance(item, Question):
                self.ask(item)
            else:
                self.send(item, f"{len(self.turns)}-{i}")


class Job:
    """Runs specs in one folder and remembers what they said."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = DataStore(folder, offline=True)

    @property
    def checkpoints(self) -> Path:
        """Where they lie."""
        return self.folder / "checkpoints"

    def context(self, resume: ResumePoint | None = None, **options: Any) -> Context:
        """The context of a job in this folder."""
        return Context(self.store, options.pop("checkpoints", self.checkpoints), resume=resume, **options)

    def run(
        self,
        spec: TrainSpec,
        *turns: Turn,
        resume: ResumePoint | None = None,
        watched: bool = False,
        until: Callable[[Event], bool] | None = None,
        **options: Any,
    ) -> list[Event]:
        """Drain a job. Each time it rests it gets the next turn of commands; `until` kills it right there."""
        events: list[Event] = []
        generator = train(spec, Scripted(watched, turns), self.context(resume, **options))
        for event in generator:
            events.append(event)
            if until is not None and until(event):
                generator.close()  # type: ignore[attr-defined]  # train is a generator
                break
        return events

    def state(self, spec: TrainSpec) -> TrainingState:
        """The state before the first step."""
        return TrainingState(spec, spec.dataset.load(spec.seed, self.store), torch.device("cpu"))


def of(events: Iterable[Event], kind: type[E]) -> list[E]:
    """The events of one class."""
    return [event for event in events if isinstance(event, kind)]


def table(events: Iterable[Event]) -> dict[int, np.ndarray[Any, Any]]:
    """Row of metrics by step, as a reader that obeys `rewound` holds them."""
    rows: dict[int, np.ndarray[Any, Any]] = {}
    for event in events:
        if isinstance(event, Metrics):
            for i, row in enumerate(event.values.numpy()):
                rows[event.first_step + i] = row
        elif isinstance(event, Rewound):
            rows = {step: row for step, row in rows.items() if step <= event.step}
    return rows


def same_rows(left: dict[int, np.ndarray[Any, Any]], right: dict[int, np.ndarray[Any, Any]]) -> bool:
    """Bit for bit, step for step."""
    return left.keys() == right.keys() and all(left[s].tobytes() == right[s].tobytes() for s in left)


def columns(events: Iterable[Event]) -> list[str]:
    """Of the metrics."""
    return of(events, Started)[0].columns
