"""Scripted: an executor whose workers say what the test tells them to; and waiting for conditions, with a deadline."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

from freedive.catalog.recipes import recipes
from freedive.errors import Unavailable, WorkerLost
from freedive.executors.base import Assignment, Query
from freedive.protocol.chunks import Chunk, encode
from freedive.protocol.commands import Command
from freedive.protocol.events import CommandAnswered, DataShown, Event, Finished, StateChanged
from freedive.protocol.jobs import DeviceInfo, Prediction, WorkerInfo
from freedive.protocol.specs import Spec, TrainSpec


class ScriptedRun:
    """A job on a worker of straw."""

    def __init__(self, worker: int, assignment: Assignment) -> None:
        self.worker = worker
        self.assignment = assignment
        self.messages: asyncio.Queue[Chunk | WorkerLost | None] = asyncio.Queue()

    async def __aiter__(self) -> AsyncIterator[Chunk]:
        while (message := await self.messages.get()) is not None:
            if isinstance(message, WorkerLost):
                raise message
            yield message


class Scripted:
    """Starts jobs when there is a worker, answers commands if `answers`, and does nothing else by itself."""

    def __init__(self, workers: int = 1) -> None:
        self.count = workers
        self.runs: dict[str, ScriptedRun] = {}
        self.started: list[Assignment] = []
        self.told: list[tuple[str, Command]] = []
        self.watched: list[tuple[str, bool]] = []
        self.abandoned: list[str] = []
        self.parked: list[str] = []
        self.answers = True
        self.asked: list[Query] = []
        self.changed: Callable[[], None] = lambda: None

    async def start(self, changed: Callable[[], None]) -> None:
        self.changed = changed
        changed()

    async def close(self) -> None:
        for job in list(self.runs):
            self.lose(job)

    def idle(self) -> int:
        return self.count - len(self.runs)

    def run(self, assignment: Assignment) -> ScriptedRun:
        if not self.idle():
            raise Unavailable("nobody is idle")
        self.started.append(assignment)
        run = self.runs[assignment.job] = ScriptedRun(len(self.runs) + 1, assignment)
        return run

    def command(self, job: str, id: str, command: Command) -> None:
        self.told.append((job, command))
        if self.answers:
            self.say(job, CommandAnswered(command=command, id=id))
            if command.kind == "pause":
                self.say(job, StateChanged(state="paused"))
            if command.kind == "resume":
                self.say(job, StateChanged(state="running"))

    def watch(self, job: str, watched: bool) -> None:
        self.watched.append((job, watched))

    def park(self, job: str) -> None:
        self.parked.append(job)
        if self.answers:
            self.say(job, StateChanged(state="paused", reason="parked"))
            self.done(job)

    async def abandon(self, job: str) -> None:
        self.abandoned.append(job)
        self.lose(job)

    async def predict(self, query: Query) -> Prediction:
        self.asked.append(query)
        return Prediction(step=1, outputs=[[1.0]])

    async def preview(self, spec: Spec) -> DataShown | None:
        if self.idle():
            return None
        raise Unavailable("nobody is idle")

    def workers(self) -> list[WorkerInfo]:
        return [WorkerInfo(id=i + 1, state="idle") for i in range(self.count)]

    def devices(self) -> list[DeviceInfo]:
        return [DeviceInfo(name="cpu", description="straw")]

    # ── what the test says ────────────────────────────────────────────────────────────────────────────────────

    def say(self, job: str, *events: Event) -> None:
        """In the job's name."""
        for chunk in encode(events):
            self.runs[job].messages.put_nowait(chunk)

    def go(self, job: str) -> None:
        """It runs."""
        self.say(job, StateChanged(state="running", device="cpu"))

    def finish(self, job: str, step: int = 10) -> None:
        """It ends well."""
        self.say(
            job,
            Finished(step=step, reason="completed", seconds=1.0, metrics={"test": {"accuracy": 0.75}}),
            StateChanged(step=step, state="finished", reason="completed"),
        )
        self.done(job)

    def done(self, job: str) -> None:
        """Its worker is idle again."""
        self.runs.pop(job).messages.put_nowait(None)
        self.changed()

    def lose(self, job: str) -> None:
        """Its worker dies, and another takes its place."""
        self.runs.pop(job).messages.put_nowait(WorkerLost("Worker 1 was ended by SIGKILL."))
        self.changed()


async def until(condition: Callable[[], Any], seconds: float = 10.0) -> Any:
    """Wait for a condition; its value. The deadline is there to fail, not to be met."""
    try:
        async with asyncio.timeout(seconds):
            while not (value := condition()):  # noqa: ASYNC110  # most conditions have no event
                await asyncio.sleep(0.001)
            return value
    except TimeoutError:
        raise AssertionError(f"{condition} did not come true within {seconds} s") from None


def spirals(**changes: Any) -> TrainSpec:
    """The recipe of two spirals, for five epochs of few points unless said otherwise."""
    recipe = next(recipe for recipe in recipes() if recipe.name == "spirals")
    plain = recipe.spec.model_dump(mode="json")
    return TrainSpec.model_validate(
        {**plain, "dataset": {"kind": "spirals", "size": 200}, "epochs": 5, **changes}
    )
