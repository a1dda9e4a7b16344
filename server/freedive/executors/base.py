"""Executor: where jobs run, as the job service sees it. Chunks come back encoded and go to the log as they are."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from freedive.protocol.chunks import Chunk
from freedive.protocol.commands import Command
from freedive.protocol.events import DataShown
from freedive.protocol.jobs import DeviceInfo, Prediction, WorkerInfo
from freedive.protocol.specs import Spec
from freedive.training.context import ResumePoint


@dataclass(frozen=True)
class Assignment:
    """A job on its way to a worker."""

    job: str
    spec: Spec
    resume: ResumePoint | None = None
    watched: bool = False
    """Whether a socket follows it already."""


@dataclass(frozen=True)
class Query:
    """Inputs for a model: of a running job with its live weights, or of any job from a checkpoint."""

    job: str
    spec: Spec
    inputs: list[Any]
    checkpoint: Path | None = None
    """None: the live weights of a job that runs here."""


class Run(Protocol):
    """A job that has a worker. Iterating ends when the job ended; raises WorkerLost when its worker did."""

    @property
    def worker(self) -> int:
        """Which worker it is."""

    def __aiter__(self) -> AsyncIterator[Chunk]: ...


class Executor(Protocol):
    """Two exist: local processes and this process. All methods are called on the event loop and never block it."""

    async def start(self, changed: Callable[[], None]) -> None:
        """Begin to warm up and return at once; `changed` is called whenever a worker became idle, busy or lost."""

    async def close(self) -> None:
        """End every worker now. What they were doing goes on from checkpoints at the next start."""

    def idle(self) -> int:
        """How many jobs could start at once."""

    def run(self, assignment: Assignment) -> Run:
        """Give a job to an idle worker. Raises Unavailable when there is none."""

    def command(self, job: str, id: str, command: Command) -> None:
        """Tell a running job something; it answers with a `command` event. Nothing happens when it does not run."""

    def park(self, job: str) -> None:
        """Free the worker of a paused job: it says `paused`, reason `parked`, and its run ends. Else nothing happens."""

    def watch(self, job: str, watched: bool) -> None:
        """Tell a running job whether anybody follows it."""

    async def abandon(self, job: str) -> None:
        """End the worker of a job that must go at once; its run raises WorkerLost."""

    async def predict(self, query: Query) -> Prediction:
        """Answer with the model. Raises BadSpec for inputs of a wrong shape, Unavailable when nothing can answer."""

    async def preview(self, spec: Spec) -> DataShown | None:
        """A spec's data as pictures, None where there are none. Raises Unavailable while no worker is idle."""

    def workers(self) -> list[WorkerInfo]:
        """Everyone who computes."""

    def devices(self) -> list[DeviceInfo]:
        """What they compute on; empty until the first worker is ready."""
