"""Specs: what may be asked. The one protocol module that reads the catalog, because the union is the registry."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from freedive.catalog.datasets import Dataset
from freedive.catalog.initializations import Initialization, TorchDefault
from freedive.catalog.losses import Loss
from freedive.catalog.metrics import Metric
from freedive.catalog.models import Model
from freedive.catalog.optimizers import Optimizer
from freedive.catalog.schedulers import NoScheduler, Scheduler
from freedive.protocol.commands import Changes, Rate
from freedive.protocol.wire import Wire

MOST_EPOCHS = 100_000

Device = Annotated[str, Field(pattern=r"^(auto|cpu|cuda:\d{1,2})$")]


class Regularization(Wire):
    """Penalties added to the loss that is minimized; the loss that is shown does not contain them."""

    l1: Annotated[float, Field(ge=0, le=10)] = 0.0
    """Factor of the sum of absolute weights (biases are left out)."""
    l2: Annotated[float, Field(ge=0, le=10)] = 0.0
    """Factor of half the sum of squared weights (biases are left out)."""


class EarlyStopping(Wire):
    """Stop when the validation loss has not improved for a while; the best weights are kept."""

    enabled: bool = False
    patience: Annotated[int, Field(ge=1, le=1000)] = 10
    """Evaluations without improvement."""
    min_delta: Annotated[float, Field(ge=0, le=10)] = 0.0
    """Least improvement that counts."""


class Clipping(Wire):
    """Scale the gradient down when its norm is too large (Pascanu et al., 2013)."""

    enabled: bool = False
    max_norm: Annotated[float, Field(gt=0, le=1000)] = 1.0
    """Largest total 2-norm of all gradients."""


class Probes(Wire):
    """What is measured besides the metrics, and how much time it may take."""

    share: Annotated[float, Field(gt=0, le=0.5)] = 0.03
    """Largest share of the time that all instrumentation together may take."""
    histograms: bool = True
    boundary: bool = True
    weights: bool = True
    activations: bool = True
    predictions: bool = True
    confusion: bool = True
    bins: Annotated[int, Field(ge=8, le=256)] = 64
    """Bins of each histogram."""
    resolution: Annotated[int, Field(ge=16, le=200)] = 100
    """Side of the output map; hidden units are drawn at half of it."""


class TrainSpec(Wire):
    """One training job, whole: the same spec and seed give the same numbers on the same device."""

    kind: Literal["train"] = "train"
    dataset: Dataset
    model: Model
    initialization: Initialization = TorchDefault()
    loss: Loss
    optimizer: Optimizer
    scheduler: Scheduler = NoScheduler()
    metrics: list[Metric] = []
    """Computed at every evaluation; accuracy (or MAE) is also measured on each training batch."""
    regularization: Regularization = Regularization()
    clipping: Clipping = Clipping()
    early_stopping: EarlyStopping = EarlyStopping()
    batch_size: Annotated[int, Field(ge=1, le=65_536)] = 32
    epochs: Annotated[int, Field(ge=1, le=MOST_EPOCHS)] = 10
    evaluate_every: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    """Steps between evaluations of the validation split; 0 is once an epoch."""
    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0
    """Fixes data, initialization, batch order, dropout and augmentation."""
    device: Device = "auto"
    probes: Probes = Probes()
    pace: Rate | None = None
    """Steps per second at most; null is full speed."""
    start_paused: bool = False
    """Build everything, show step 0, and wait."""

    @model_validator(mode="after")
    def _loss_and_metrics_fit_task(self) -> TrainSpec:
        tasks = self.loss.tasks
        if self.dataset.task not in tasks:
            raise ValueError(
                f"loss `{self.loss.kind}` serves {' and '.join(sorted(tasks))} tasks, but dataset "
                f"`{self.dataset.kind}` is a {self.dataset.task} task"
            )
        for metric in self.metrics:
            if self.dataset.task not in metric.tasks:
                raise ValueError(
                    f"metric `{metric.kind}` serves {' and '.join(sorted(metric.tasks))} tasks, but dataset "
                    f"`{self.dataset.kind}` is a {self.dataset.task} task"
                )
        return self


class Fork(Wire):
    """A child of a job: the same spec, batches and random numbers up to `step`, then with the changes."""

    step: Annotated[int, Field(ge=0, le=2**31 - 1)] | None = None
    """Null is the newest step. At the end of a job that has trained all its epochs, a child trains as many again."""
    changes: list[Changes | None] = [None]
    """One child for each entry; null changes nothing."""
    name: Annotated[str, Field(max_length=200)] = ""


Spec = TrainSpec
"""A union by `kind` once there is a second."""
