"""What is known of a job from its facts, and the tables of what may follow what."""

from __future__ import annotations

from typing import Any, get_args

import numpy as np
import ormsgpack
import pytest

from freedive.errors import IllegalCommand
from freedive.jobs.job import ALLOWED, ENDED, SPARK, TRANSITIONS, Job, JobRecord, new_record
from freedive.protocol.commands import (
    Changes,
    Command,
    FinishEpoch,
    Inspect,
    Pace,
    Pause,
    Resume,
    Rewind,
    Set,
    Step,
    Stop,
)
from freedive.protocol.events import Checkpointed, Evaluated, Event, JobState
from freedive.protocol.jobs import JobInfo

from ..scripted import spirals
from .events import Rewound, StateChanged, chunk, finished, metrics, started

COMMANDS: list[Command] = [
    Pause(),
    Resume(),
    Step(n=2),
    FinishEpoch(),
    Stop(),
    Pace(steps_per_second=10),
    Set(changes=Changes(lr=0.1)),
    Inspect(index=1),
    Rewind(step=0),
]
LEGAL = {
    "queued": "stop",
    "starting": "pause stop pace",
    "running": "pause step finish_epoch stop pace set inspect rewind",
    "paused": "resume step finish_epoch stop pace set inspect rewind",
    "interrupted": "stop",
    "finished": "",
    "stopped": "",
    "failed": "",
}


def job(state: JobState = "queued") -> Job:
    info = JobInfo(id="k", name="n", state=state, spec=spirals(), created=1.0)
    return Job(new_record(info, "me"), state=state)


def tell(job: Job, *events: Event) -> None:
    for event in events:
        for fact in ormsgpack.unpackb(chunk(event).payload):
            job.apply(fact)


@pytest.mark.parametrize("state", get_args(JobState))
@pytest.mark.parametrize("command", COMMANDS, ids=lambda c: c.kind)
def test_every_command_in_every_state(state: JobState, command: Command) -> None:
    asked = job(state)
    if command.kind in LEGAL[state].split():
        asked.check(command)
        return
    with pytest.raises(IllegalCommand) as refused:
        asked.check(command)
    assert f"is {state}" in refused.value.message
    assert command.kind in refused.value.message
    assert refused.value.hint


def test_the_tables_cover_every_state_and_ends_are_ends() -> None:
    states = set(get_args(JobState))
    assert set(TRANSITIONS) == set(ALLOWED) == states
    assert {state for state, following in TRANSITIONS.items() if not following} == ENDED
    assert all(following <= states for following in TRANSITIONS.values())
    kinds = {command.kind for command in COMMANDS}
    assert set().union(*ALLOWED.values()) == kinds


def test_a_state_that_may_not_follow_is_not_entered() -> None:
    it = job("finished")
    tell(it, StateChanged(state="running"))
    assert it.state == "finished"


def test_facts_make_the_summary() -> None:
    it = job()
    tell(it, StateChanged(state="starting", worker=2, time=5.0), started(total=40))
    tell(it, StateChanged(state="running", worker=2, device="cpu"))
    tell(it, metrics(1, [4.0, 2.0]), metrics(3, [1.0]))
    tell(it, Evaluated(step=3, epoch=0.3, split="validation", metrics={"loss": 0.5, "accuracy": None}))
    tell(
        it,
        Checkpointed(step=0, nbytes=9, pinned=True, time=6.0),
        Checkpointed(step=3, nbytes=10, dropped=[0]),
    )
    info = it.info()
    assert (info.state, info.worker, info.device, info.started) == ("running", 2, "cpu", 5.0)
    assert (info.step, info.total_steps, info.epoch) == (3, 40, 0.3)
    assert info.latest == {
        "train": {"loss": 1.0, "accuracy": 0.5},
        "validation": {"loss": 0.5, "accuracy": None},
    }
    assert info.spark == [4.0, 2.0, 1.0]
    assert list(it.checkpoints) == [3]
    tell(it, finished(3), StateChanged(state="finished", reason="completed", time=9.0))
    info = it.info()
    assert (info.state, info.reason, info.ended, info.worker) == ("finished", "completed", 9.0, None)
    assert info.latest["test"] == {"accuracy": 0.75}


def test_the_spark_line_is_the_mean_of_equal_stretches_at_any_length() -> None:
    it = job()
    tell(it, started(total=5000))
    losses = np.random.default_rng(0).random(5000).astype(np.float32)
    for i in range(0, 5000, 7):
        tell(it, metrics(i + 1, losses[i : i + 7].tolist()))
    spark = it.info().spark
    assert len(spark) <= SPARK
    want = [float(losses[i : i + it.width].mean()) for i in range(0, 5000, it.width)]
    assert spark == pytest.approx(want, rel=1e-5)


def test_a_loss_that_is_not_finite_leaves_a_gap() -> None:
    it = job()
    tell(it, started(), metrics(1, [1.0, float("nan"), 3.0]))
    assert it.info().spark == [1.0, None, 3.0]
    assert it.info().latest["train"]["loss"] == 3.0


def test_a_rewind_takes_back_what_came_after() -> None:
    it = job("running")
    tell(
        it,
        started(),
        metrics(1, [1.0] * 30),
        Checkpointed(step=10, nbytes=1),
        Checkpointed(step=20, nbytes=1),
    )
    tell(it, Rewound(step=12, reason="command"))
    assert (it.step, list(it.checkpoints), len(it.buckets)) == (12, [10], 12)


def test_the_document_brings_everything_back() -> None:
    it = job("running")
    tell(it, started(), metrics(1, [1.0] * 130), Checkpointed(step=100, nbytes=1, time=2.0))
    it.last_seq = 33
    again = Job.of(JobRecord.model_validate_json(it.document().model_dump_json()))
    assert again.info() == it.info()
    assert (again.checkpoints, again.columns, again.steps_per_epoch) == (
        it.checkpoints,
        it.columns,
        it.steps_per_epoch,
    )
    more: list[dict[str, Any]] = ormsgpack.unpackb(chunk(metrics(131, [2.0])).payload)
    for one in (it, again):
        one.apply(more[0])
    assert again.info() == it.info()
