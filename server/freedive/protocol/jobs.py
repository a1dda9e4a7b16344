"""Jobs, workers and outlines as REST shows them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from freedive.protocol.commands import Changes, Split
from freedive.protocol.events import CommandAnswered, DataShown, JobState, Layer, Task
from freedive.protocol.problems import Problem
from freedive.protocol.specs import Spec
from freedive.protocol.tables import TableRows
from freedive.protocol.tensors import TensorData
from freedive.protocol.wire import Wire

Name = Annotated[str, Field(max_length=200)]
Tags = Annotated[list[Annotated[str, Field(min_length=1, max_length=50)]], Field(max_length=20)]


class NewJob(Wire):
    """What to compute and what to call it."""

    spec: Spec
    name: Name = ""
    """Empty: the server names it after dataset and model."""
    recipe: Annotated[str, Field(max_length=50)] = ""
    tags: Tags = []
    notes: Annotated[str, Field(max_length=10_000)] = ""


class JobEdit(Wire):
    """What may be changed about a job at any time."""

    name: Name | None = None
    tags: Tags | None = None
    notes: Annotated[str, Field(max_length=10_000)] | None = None


class Parent(Wire):
    """Where a fork came from."""

    job: str
    step: int
    changes: Changes | None = None
    """The hyper-parameters that differ from the spec at that step: changed before it, or by the fork."""


class JobInfo(Wire):
    """A job as it stands."""

    id: str
    name: str
    state: JobState
    reason: str | None = None
    spec: Spec
    recipe: str = ""
    tags: list[str] = []
    notes: str = ""
    created: float
    started: float | None = None
    ended: float | None = None
    step: int = 0
    total_steps: int | None = None
    epoch: float = 0.0
    worker: int | None = None
    device: str | None = None
    queue_position: int | None = None
    watchers: int = 0
    parent: Parent | None = None
    latest: dict[Split, dict[str, float | None]] = {}
    """The newest measurements by split."""
    spark: list[float | None] = []
    """Training loss, at most 60 points over the whole job."""
    last_seq: int = 0
    problem: Problem | None = None


class JobPage(Wire):
    """Newest first."""

    jobs: list[JobInfo]
    next: str | None = None
    """Cursor of the next page."""
    total: int


class CommandReceipt(Wire):
    """The command was taken; `answer` is there if the job answered at once."""

    id: str
    job: str
    answer: CommandAnswered | None = None


class CheckpointInfo(Wire):
    """A saved state."""

    step: int
    nbytes: int
    pinned: bool
    time: float


class MetricColumns(Wire):
    """Columns of equal length; `steps[i]` belongs to every column's i-th value."""

    steps: list[int]
    columns: dict[str, list[float | None]]
    evaluations: list[dict[str, float | int | str | None]] = []
    downsampled: bool = False


class Outline(Wire):
    """A spec looked at without running it: sizes, shapes, parameters, or what does not fit."""

    task: Task
    input_shape: list[int]
    outputs: int
    classes: list[str] = []
    features: list[str] = []
    layers: list[Layer]
    parameters: int
    train_size: int
    validation_size: int
    test_size: int
    steps_per_epoch: int
    total_steps: int
    table: TableRows | None = None
    """Of an uploaded table: what became of its rows."""


class Preview(Wire):
    """A spec's data as pictures, or why there are none."""

    data: DataShown | None = None
    """As the job's `data` event would show them."""
    lacks: Literal["picture", "files", "worker"] | None = None
    """A table too wide for one; files that the job would have to fetch; an idle worker: ask again."""


class PredictionRequest(Wire):
    """Inputs as the dataset gives them before standardization: (n, features), or (n, c, h, w) with values 0..255."""

    inputs: Annotated[list[list[float]] | list[list[list[list[float]]]], Field(min_length=1, max_length=1000)]
    step: Annotated[int, Field(ge=0, le=2**31 - 1)] | None = None
    """A checkpoint; null is the newest weights."""


class Prediction(Wire):
    """What the model says, and at which step."""

    step: int
    outputs: list[list[float]]
    """Probabilities of each class, or values."""
    predicted: list[int] | None = None
    activations: list[TensorData] = []


class DeviceInfo(Wire):
    """A device jobs can run on."""

    name: str
    """`cpu`, `cuda:0` …"""
    description: str
    memory_total: int | None = None
    """Bytes."""
    memory_used: int | None = None
    load: float | None = None
    """0..1 of all its cores, or of the GPU."""


class WorkerInfo(Wire):
    """A worker process."""

    id: int
    state: Annotated[str, Field(pattern="^(starting|idle|busy|stalled|lost)$")]
    """`stalled`: it has said nothing for some seconds; it is replaced if it stays so."""
    pid: int | None = None
    device: str = "cpu"
    job: str | None = None
    memory: int | None = None
    """Resident bytes."""


class Workers(Wire):
    """Everything that computes, and what waits for it."""

    workers: list[WorkerInfo]
    devices: list[DeviceInfo]
    queued: list[str]
