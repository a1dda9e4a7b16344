"""One suite for every executor: what the job service asks of it, seen from outside."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import ormsgpack
import pytest
import pytest_asyncio

from freedive.app import executor_of
from freedive.errors import BadSpec, JobFailed, Unavailable, WorkerLost
from freedive.executors.base import Assignment, Executor, Query, Run
from freedive.protocol.commands import Changes, Pace, Pause, Resume, Set, Stop
from freedive.protocol.events import DataShown
from freedive.settings import Settings
from freedive.training.context import ResumePoint

from ..scripted import spirals, until

pytestmark = pytest.mark.asyncio(loop_scope="module")

SECONDS = 60.0
"""Deadline for anything: torch is imported meanwhile, beside other work."""


@pytest.fixture(scope="module", params=["processes", "in_process"])
def kind(request: pytest.FixtureRequest) -> str:
    """Which executor."""
    return str(request.param)


@pytest.fixture(scope="module")
def folder(kind: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder: one for each executor, whose jobs have the same names."""
    return tmp_path_factory.mktemp(kind)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def executor(kind: str, folder: Path) -> AsyncIterator[Executor]:
    """Warm, with one worker."""
    made = executor_of(
        Settings.model_validate(
            {"executor": kind, "workers": 1, "data_dir": folder, "checkpoint_seconds": 0.05}
        )
    )
    changes: list[int] = []
    await made.start(lambda: changes.append(1))
    await until(made.idle, SECONDS)
    assert changes
    yield made
    await made.close()


class Followed:
    """A run read to its end in the background."""

    def __init__(self, run: Run) -> None:
        self.facts: list[dict[str, Any]] = []
        self.shown: Counter[str] = Counter()
        self.worker = run.worker
        self.task = asyncio.create_task(self._read(run))

    async def _read(self, run: Run) -> None:
        async for chunk in run:
            assert chunk.count == len(ormsgpack.unpackb(chunk.payload))
            if chunk.retention == "fact":
                self.facts += ormsgpack.unpackb(chunk.payload)
            else:
                self.shown[chunk.key] += 1

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [fact for fact in self.facts if fact["type"] == kind]

    async def until(self, kind: str, **fields: Any) -> dict[str, Any]:
        """The first fact of a kind with these fields."""
        found = await until(
            lambda: [f for f in self.of(kind) if all(f[k] == v for k, v in fields.items())], SECONDS
        )
        return dict(found[0])

    async def end(self) -> None:
        await asyncio.wait_for(self.task, SECONDS)


def begin(executor: Executor, job: str, resume: ResumePoint | None = None, **spec: Any) -> Followed:
    watched = spec.pop("watched", False)
    return Followed(executor.run(Assignment(job, spirals(**spec), resume, watched)))


async def test_a_job_runs_to_its_end_and_the_worker_is_idle_again(executor: Executor) -> None:
    run = begin(executor, "whole")
    assert executor.idle() == 0
    with pytest.raises(Unavailable):
        begin(executor, "too much")
    assert [worker.job for worker in executor.workers()] == ["whole"]
    await run.end()
    assert [f["state"] for f in run.of("state")] == ["running", "finished"]
    (started,) = run.of("started")
    (finished,) = run.of("finished")
    assert finished["step"] == started["total_steps"]
    assert sum(f["values"]["shape"][0] for f in run.of("metrics")) == started["total_steps"]
    assert max(run.shown.values()) <= 2  # nobody looks: only how it began and how it ended
    assert executor.idle() == 1
    assert executor.devices()[0].name == "cpu"


async def test_commands_are_answered_between_steps(executor: Executor) -> None:
    run = begin(executor, "told", epochs=100_000)
    await run.until("metrics")
    executor.command("told", "one", Pause())
    await run.until("state", state="paused")
    assert (await run.until("command", id="one"))["accepted"]
    executor.command("told", "two", Set(changes=Changes(lr=0.5)))
    assert (await run.until("command", id="two"))["before"]["lr"] == pytest.approx(0.03, abs=0.03)
    executor.command("told", "three", Resume())
    executor.command("told", "four", Stop())
    await run.end()
    assert [f["id"] for f in run.of("command")] == ["one", "two", "three", "four"]
    executor.command("told", "five", Stop())  # nobody is there any more, and nothing breaks


async def test_only_a_watched_job_shows_itself(executor: Executor) -> None:
    run = begin(executor, "shown", epochs=100_000)
    await run.until("metrics")
    executor.watch("shown", True)
    await until(lambda: run.shown["boundary"] > 2 and run.shown["weights"] > 2, SECONDS)
    executor.command("shown", "", Stop())
    await run.end()


async def test_predictions_with_live_weights_and_from_a_checkpoint(executor: Executor, folder: Path) -> None:
    run = begin(executor, "asked", start_paused=True)
    await run.until("state", state="paused")
    spec = spirals(start_paused=True)
    live = await executor.predict(Query("asked", spec, [[0.1, 0.2], [1.0, -1.0]]))
    assert (live.step, len(live.outputs), len(live.predicted or [])) == (0, 2, 2)
    with pytest.raises(BadSpec, match="shape"):
        await executor.predict(Query("asked", spec, [[0.1, 0.2, 0.3]]))
    await run.until("checkpoint", step=0)
    executor.command("asked", "", Stop())
    await run.end()
    with pytest.raises(Unavailable):
        await executor.predict(Query("asked", spec, [[0.1, 0.2]]))
    path = _path(folder, "asked", 0)
    stored = await executor.predict(Query("asked", spec, [[0.1, 0.2], [1.0, -1.0]], path))
    assert stored.outputs == live.outputs


async def test_data_are_shown_before_anything_runs_as_the_job_shows_them(executor: Executor) -> None:
    spec = spirals(seed=3)
    shown, refused = await asyncio.gather(
        executor.preview(spec), executor.preview(spec), return_exceptions=True
    )
    assert isinstance(shown, DataShown)
    assert isinstance(refused, Unavailable)  # a worker is asked for one at a time
    run = Followed(executor.run(Assignment("shown", spec)))
    with pytest.raises(Unavailable):
        await executor.preview(spec)
    told = DataShown.model_validate(await run.until("data"))
    assert (shown.inputs, shown.targets, shown.splits) == (told.inputs, told.targets, told.splits)
    await run.end()
    await until(executor.idle, SECONDS)
    with pytest.raises(JobFailed):  # nothing is fetched to be looked at
        await executor.preview(spirals(dataset={"kind": "fashion-mnist"}, loss={"kind": "cross_entropy"}))


async def test_a_job_goes_on_bit_for_bit_from_a_checkpoint(executor: Executor, folder: Path) -> None:
    whole = begin(executor, "model", epochs=8)
    await whole.end()
    first = begin(executor, "half", epochs=8, pace=100)
    await first.until("checkpoint", pinned=False)
    executor.command("half", "", Stop())
    await first.end()
    loose = [f["step"] for f in first.of("checkpoint") if f["step"]]
    path = _path(folder, "half", loose[0])
    rest = begin(executor, "half", ResumePoint("worker_lost", path), epochs=8)
    await rest.end()
    assert [f["step"] for f in rest.of("rewound")] == [loose[0]]
    assert _rows(rest)[loose[0] + 1] == _rows(whole)[loose[0] + 1]
    total = whole.of("started")[0]["total_steps"]
    assert {step: row for step, row in _rows(whole).items() if step > loose[0]} == _rows(rest)
    assert max(_rows(rest)) == total


async def test_a_job_whose_newest_checkpoint_is_damaged_goes_on_from_the_one_before(
    executor: Executor, folder: Path
) -> None:
    whole = begin(executor, "unharmed", epochs=8)
    await whole.end()
    first = begin(executor, "harmed", epochs=8, pace=100)
    await first.until("checkpoint", pinned=False)
    await until(lambda: len(first.of("checkpoint")) >= 3, SECONDS)
    await executor.abandon("harmed")
    with pytest.raises(WorkerLost):
        await first.end()
    await until(executor.idle, SECONDS)
    paths = sorted(_path(folder, "harmed", 0).parent.glob("*.safetensors"))
    paths[-1].write_bytes(paths[-1].read_bytes()[:100])
    rest = begin(executor, "harmed", ResumePoint("worker_lost", paths[-1]), epochs=8)
    await rest.end()
    before = int(paths[-2].stem.removeprefix("step-"))
    assert [f["step"] for f in rest.of("rewound")] == [before]
    (warning,) = [f for f in rest.of("log") if f["code"] == "checkpoint_damaged"]
    assert warning["params"] == {"step": before}
    assert _rows(rest) == {step: row for step, row in _rows(whole).items() if step > before}
    for path in paths:
        path.write_bytes(b"")
    anew = begin(executor, "harmed", ResumePoint("worker_lost", paths[0]), epochs=8)
    await anew.end()
    assert _rows(anew) == _rows(whole)


async def test_a_paused_job_gives_its_worker_back_and_goes_on_where_it_stood(
    executor: Executor, folder: Path
) -> None:
    whole = begin(executor, "unparked", epochs=8)
    await whole.end()
    first = begin(executor, "parked", epochs=8, pace=200)
    await first.until("metrics")
    executor.park("parked")  # it runs: nothing happens
    executor.command("parked", "", Pause())
    stood = (await first.until("state", state="paused"))["step"]
    executor.park("parked")
    await first.end()
    assert (first.facts[-1]["state"], first.facts[-1]["reason"]) == ("paused", "parked")
    assert first.facts[-1]["step"] == max(_rows(first)) == stood
    await until(executor.idle, SECONDS)
    path = _path(folder, "parked", stood)
    rest = begin(executor, "parked", ResumePoint("parked", path, stood, paused=True), epochs=8)
    executor.command("parked", "", Pace(steps_per_second=None))
    executor.command("parked", "", Resume())
    await rest.end()
    assert not rest.of("rewound")
    assert [f["state"] for f in rest.of("state")] == ["paused", "running", "finished"]
    assert _rows(first) | _rows(rest) == _rows(whole)


async def test_a_job_that_must_go_at_once(executor: Executor) -> None:
    run = begin(executor, "gone", epochs=100_000)
    await run.until("metrics")
    await executor.abandon("gone")
    with pytest.raises(WorkerLost):
        await run.end()
    await until(executor.idle, SECONDS)
    again = begin(executor, "after", epochs=1)
    await again.end()
    assert again.of("finished")


def _rows(run: Followed) -> dict[int, bytes]:
    """The bytes of each step's row."""
    rows = {}
    for fact in run.of("metrics"):
        count, width = fact["values"]["shape"]
        for i in range(count):
            rows[fact["first_step"] + i] = fact["values"]["data"][i * width * 4 : (i + 1) * width * 4]
    return rows


def _path(folder: Path, job: str, step: int) -> Path:
    return folder / "jobs" / job / "checkpoints" / f"step-{step:08d}.safetensors"
