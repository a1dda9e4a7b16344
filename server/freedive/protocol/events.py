"""Events: the facts a job reports and the snapshots it shows. The union at the foot is the table of contents.

Facts are kept, all of them and in order; snapshots are superseded by newer ones of the same type.
`RETENTION` says which is which, and the log, the socket and the tests read it from there.
"""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import Field

from freedive.protocol.commands import Command, Split
from freedive.protocol.problems import Problem
from freedive.protocol.tensors import TensorData
from freedive.protocol.wire import Wire

JobState = Literal["queued", "starting", "running", "paused", "finished", "stopped", "failed", "interrupted"]
Task = Literal["binary", "multiclass", "regression"]
Retention = Literal["fact", "snapshot"]


class Reported(Wire):
    """What every event carries. The log fills in `seq`; it is 0 while the event is on its way there."""

    seq: int = 0
    """Position in the job's log, from 1, without gaps for facts."""
    time: float = 0.0
    """Seconds since the Unix epoch, by the worker's clock."""
    step: int = 0
    """Optimizer steps taken when this was true."""


# ── facts ────────────────────────────────────────────────────────────────────────────────────────────────────


class StateChanged(Reported):
    """The job entered a state."""

    type: Literal["state"] = "state"
    state: JobState
    reason: str | None = None
    """Machine-readable: `completed`, `early_stopping`, `not_finite`, `stopped`, `worker_lost`, `server_stopped` …"""
    worker: int | None = None
    device: str | None = None


class Layer(Wire):
    """One layer of the model, in order."""

    name: str
    """Its path in the module, for example `layers.0`."""
    kind: str
    """torch's class name, for example `Linear`."""
    input_shape: list[int]
    """Without the batch axis."""
    output_shape: list[int]
    parameters: int = 0
    label: str = ""
    """For people: `Linear 784 → 200`, `ReLU`, `Conv 5×5, 1 → 6`."""


class Parameter(Wire):
    """One trainable tensor."""

    name: str
    shape: list[int]


class Started(Reported):
    """What will be trained, on what, and which columns the `metrics` events have."""

    type: Literal["started"] = "started"
    device: str
    task: Task
    input_shape: list[int]
    outputs: int
    """Width of the last layer: classes, or 1 for binary and scalar regression."""
    classes: list[str] = []
    features: list[str] = []
    layers: list[Layer]
    parameters: list[Parameter]
    columns: list[str]
    """`loss`, `accuracy` …, `lr`, then `grad_norm/<parameter>` for each weight."""
    train_size: int
    validation_size: int
    test_size: int
    steps_per_epoch: int
    total_steps: int


class DataShown(Reported):
    """The data, for pictures: points of 1-D and 2-D sets, or a few images. Sent once, before the first step."""

    type: Literal["data"] = "data"
    inputs: TensorData
    """(n, 1) or (n, 2) float32 or float64 as the model sees them before standardization, or (n, c, h, w) uint8 for images."""
    targets: TensorData
    """(n,) class indices as int64, or values as float64."""
    splits: TensorData
    """(n,) uint8: 0 train, 1 validation, 2 test."""


class Metrics(Reported):
    """Consecutive steps measured on the training batch: row i belongs to step `first_step` + i."""

    type: Literal["metrics"] = "metrics"
    first_step: int
    """1 for the very first step: the value measured while taking that step."""
    values: TensorData
    """(rows, columns) float32, columns as `started.columns`; NaN where a column was not measured."""
    seconds: float = 0.0
    """Time spent training so far."""


class Evaluated(Reported):
    """The whole of a split, measured in eval mode."""

    type: Literal["evaluation"] = "evaluation"
    epoch: float
    split: Split
    metrics: dict[str, float | None]
    """`loss` and each metric of the spec; null where it is not finite or not defined."""


class Checkpointed(Reported):
    """State was saved: the job can go on, be rewound or forked from here."""

    type: Literal["checkpoint"] = "checkpoint"
    nbytes: int
    pinned: bool = False
    """True where thinning must keep it: the first, the last, the best, and those written before a change."""
    dropped: list[int] = []
    """Steps of older checkpoints that the ring let go."""


class CommandAnswered(Reported):
    """What a person told the job, and what came of it."""

    type: Literal["command"] = "command"
    command: Command
    id: str = ""
    accepted: bool = True
    problem: Problem | None = None
    before: dict[str, float | None] = {}
    """For `set`: the values that were changed, as they were."""


class Logged(Reported):
    """A line for the log panel."""

    type: Literal["log"] = "log"
    level: Literal["info", "warning", "error"] = "info"
    code: str
    """Names the sentence, so that a page can say it in another language."""
    message: str
    params: dict[str, str | int | float] = {}


class Diagnosed(Reported):
    """Something is wrong with the training itself, and since when."""

    type: Literal["diagnosis"] = "diagnosis"
    code: str
    """For example `not_finite`, `dead_units`."""
    message: str
    layer: str | None = None
    hint: str | None = None
    params: dict[str, str | int | float] = {}


class Rewound(Reported):
    """Readers drop everything after `step`: the job goes on from there."""

    type: Literal["rewound"] = "rewound"
    reason: Literal["command", "worker_lost", "server_restarted"]


class Finished(Reported):
    """Training ended in an orderly way."""

    type: Literal["finished"] = "finished"
    reason: Literal["completed", "early_stopping", "stopped", "not_finite"]
    seconds: float
    metrics: dict[Split, dict[str, float | None]]
    best_step: int | None = None
    """With early stopping: the step whose weights were kept."""


class Failed(Reported):
    """Training could not go on."""

    type: Literal["failed"] = "failed"
    problem: Problem


# ── snapshots ────────────────────────────────────────────────────────────────────────────────────────────────


class Progress(Reported):
    """Work before the first step: fetching, unpacking, building."""

    type: Literal["progress"] = "progress"
    what: str
    done: float
    total: float | None = None
    unit: str = ""


class Queued(Reported):
    """Where the job stands in the queue."""

    type: Literal["queue"] = "queue"
    position: int
    """1 is next; 0 when it left the queue."""
    length: int


class Watched(Reported):
    """How many sockets follow the job."""

    type: Literal["watchers"] = "watchers"
    count: int


class Histograms(Reported):
    """Counts of every weight and gradient in equal bins between its own extremes."""

    type: Literal["histograms"] = "histograms"
    names: list[str]
    """Parameter names; gradients as `grad/<name>`."""
    ranges: TensorData
    """(tensors, 2) float32: lowest and highest finite value."""
    counts: TensorData
    """(tensors, bins) uint32."""
    outside: TensorData
    """(tensors,) uint32: NaN and infinite values."""


class UnitMaps(Wire):
    """What each unit of one layer answers over the plane."""

    layer: str
    maps: TensorData
    """(units, height, width) uint8 with lo and hi."""
    ranges: TensorData
    """(units, 2) float32: the extremes of each unit."""


class Boundary(Reported):
    """The model over the plane of its two inputs: the output, and every hidden unit by itself."""

    type: Literal["boundary"] = "boundary"
    x: tuple[float, float]
    y: tuple[float, float]
    """Row 0 of each map is the lowest y."""
    output: TensorData
    """(outputs, height, width) uint8: logits, or values, with lo and hi."""
    units: list[UnitMaps] = []


class Curve(Reported):
    """The model of one input as a curve: what it predicts over the range of the data."""

    type: Literal["curve"] = "curve"
    x: TensorData
    """(n,) float64."""
    y: TensorData
    """(n,) float64."""


class WeightPicture(Wire):
    """One weight tensor, whole or as a window."""

    name: str
    values: TensorData
    """(out, in) float32 for a small Linear; (filters, channels, h, w) uint8 with lo and hi for pictures."""
    shape: list[int]
    """The full shape, where `values` holds fewer filters."""


class Weights(Reported):
    """Weights as links of a net, and as pictures where the first layer looks at an image."""

    type: Literal["weights"] = "weights"
    tensors: list[WeightPicture]


class LayerActivations(Wire):
    """What one layer answers to the chosen example."""

    layer: str
    kind: str
    values: TensorData
    """(channels, h, w) or (units,) uint8 with lo and hi."""
    shape: list[int]


class Activations(Reported):
    """The chosen example on its way through the model."""

    type: Literal["activations"] = "activations"
    split: Split
    index: int
    input: TensorData
    target: float | None = None
    layers: list[LayerActivations]
    outputs: list[float]
    """Probabilities for a classifier, values for a regression."""


class Predictions(Reported):
    """A fixed set of examples and what the model says of them now."""

    type: Literal["predictions"] = "predictions"
    split: Split
    indices: list[int]
    inputs: TensorData
    """(n, c, h, w) uint8 for images, (n, features) float32 or float64 for tables."""
    targets: TensorData
    """(n,) int64 classes or float64 values."""
    outputs: TensorData
    """(n, classes) float32 probabilities, or (n, 1) float64 values."""


class Confusion(Reported):
    """Counts by label (rows) and prediction (columns)."""

    type: Literal["confusion"] = "confusion"
    split: Split
    counts: TensorData
    """(classes, classes) int64."""


Fact = (
    StateChanged
    | Started
    | DataShown
    | Metrics
    | Evaluated
    | Checkpointed
    | CommandAnswered
    | Logged
    | Diagnosed
    | Rewound
    | Finished
    | Failed
)
Snapshot = (
    Progress
    | Queued
    | Watched
    | Histograms
    | Boundary
    | Curve
    | Weights
    | Activations
    | Predictions
    | Confusion
)
Event = Annotated[Fact | Snapshot, Field(discriminator="type")]

FACTS: frozenset[str] = frozenset(member.model_fields["type"].default for member in get_args(Fact))
SNAPSHOTS: frozenset[str] = frozenset(member.model_fields["type"].default for member in get_args(Snapshot))
