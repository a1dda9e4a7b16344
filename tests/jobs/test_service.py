"""The service over workers of straw: queue, commands, forks, losses, restarts, deletion.

Over 400 lines: all of it stands on one stage, and a job goes through several of these in one test.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest

from freedive.errors import BadSpec, Damaged, IllegalCommand, NotFound, ShapeMismatch, TooMany
from freedive.jobs.database import DataFolder
from freedive.jobs.event_log import EventLog
from freedive.jobs.pending import Row
from freedive.jobs.service import JobService
from freedive.protocol.chunks import unframe
from freedive.protocol.commands import Changes, Pause, Resume, Set, Step, Stop
from freedive.protocol.events import Checkpointed, CommandAnswered
from freedive.protocol.jobs import JobEdit, NewJob, PredictionRequest
from freedive.protocol.specs import Fork
from freedive.settings import Settings
from freedive.training.context import ResumePoint

from ..scripted import Scripted, spirals, until
from .events import Rewound, StateChanged, metrics, started


@asynccontextmanager
async def serving(
    folder: Path, workers: int = 1, **settings: int
) -> AsyncIterator[tuple[JobService, Scripted]]:
    """A service that is closed in the end."""
    executor = Scripted(workers)
    log = EventLog(DataFolder(folder), commit_seconds=0.005)
    service = JobService(Settings(data_dir=folder, **settings), log, executor)  # type: ignore[arg-type]
    await service.start()
    yield service, executor
    await service.close()


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[tuple[JobService, Scripted]]:
    async with serving(tmp_path) as pair:
        yield pair


Stage = tuple[JobService, Scripted]
NEW = NewJob(spec=spirals())


def facts(service: JobService, job: str) -> list[tuple[str, str | None]]:
    """(type, state) of each fact."""
    return [(fact["type"], fact.get("state")) for fact in service.log.facts(job)]


def checkpoint(
    service: JobService, executor: Scripted, job: str, step: int, content: bytes = b"state"
) -> None:
    """What a worker does when it saves."""
    path = service.files.path(job, step)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    executor.say(job, Checkpointed(step=step, nbytes=len(content)))


async def started_times(executor: Scripted, times: int) -> None:
    """Jobs were started so often."""
    await until(lambda: len(executor.started) == times)


async def running(service: JobService, executor: Scripted, steps: int = 10) -> str:
    """A job that took some steps and saved itself at half of them."""
    info = await service.submit(NEW)
    await until(lambda: info.id in executor.runs)
    executor.say(info.id, started())
    executor.go(info.id)
    executor.say(info.id, metrics(1, [1.0] * (steps // 2)))
    checkpoint(service, executor, info.id, steps // 2)
    executor.say(info.id, metrics(steps // 2 + 1, [1.0] * (steps - steps // 2)))
    await until(lambda: service.dispatcher.jobs[info.id].step == steps)
    return info.id


async def test_from_submission_to_the_end(stage: Stage) -> None:
    service, executor = stage
    info = await service.submit(NewJob(spec=spirals(), tags=["t"], notes="n"), "me")
    assert (info.name, info.state, info.tags) == ("Spirals · MLP", "starting", ["t"])
    executor.go(info.id)
    executor.finish(info.id)
    await until(lambda: info.id not in service.dispatcher.jobs)
    assert facts(service, info.id) == [
        ("state", "queued"),
        ("state", "starting"),
        ("state", "running"),
        ("finished", None),
        ("state", "finished"),
    ]
    ended = await service.info(info.id)
    assert (ended.state, ended.latest["test"], ended.worker) == ("finished", {"accuracy": 0.75}, None)


async def test_what_does_not_fit_is_refused_before_a_worker_is_asked(stage: Stage) -> None:
    service, executor = stage
    wrong = spirals(model={"kind": "sequential", "layers": [{"kind": "linear", "out_features": 3}]})
    with pytest.raises(ShapeMismatch):
        await service.submit(NewJob(spec=wrong))
    with pytest.raises(BadSpec, match="cuda:7"):
        await service.submit(NewJob(spec=spirals(device="cuda:7")))
    assert not executor.started
    assert (await service.page(None, 10, "", [])).total == 0


async def test_submitters_take_turns_and_everyone_knows_the_position(stage: Stage) -> None:
    service, executor = stage
    first = (await service.submit(NEW, "ann")).id
    anns = [(await service.submit(NEW, "ann")).id for _ in range(3)]
    bob = (await service.submit(NEW, "bob")).id
    assert service.workers().queued == [anns[0], bob, *anns[1:]]
    assert (await service.info(bob)).queue_position == 2
    queue = [
        e for _, events in unframe(service.log.read(bob, 0).frames) for e in events if e["type"] == "queue"
    ]
    assert [(e["position"], e["length"]) for e in queue] == [(2, 4)]
    executor.finish(first)
    await until(lambda: len(executor.started) == 2)
    executor.finish(anns[0])
    await until(lambda: len(executor.started) == 3)
    assert [assignment.job for assignment in executor.started] == [first, anns[0], bob]
    assert (await service.info(bob)).queue_position is None


async def test_a_full_queue_says_when_to_come_again(tmp_path: Path) -> None:
    async with serving(tmp_path, max_queue=2) as (service, _):
        for _ in range(3):
            await service.submit(NEW)
        with pytest.raises(TooMany) as refused:
            await service.submit(NEW)
        assert refused.value.retry_after >= 1


async def test_a_fork_that_the_queue_does_not_take_leaves_nothing(tmp_path: Path) -> None:
    async with serving(tmp_path, max_queue=1) as (service, executor):
        job = await running(service, executor)
        with pytest.raises(TooMany):
            await service.fork(job, Fork(step=7, changes=[Changes(lr=0.5), None]))
        assert [path.name for path in service.files.root.iterdir()] == [job]


async def test_commands_reach_the_worker_and_come_back_answered(stage: Stage) -> None:
    service, executor = stage
    job = await running(service, executor)
    receipt = await service.command(job, Set(changes=Changes(lr=0.5)))
    assert receipt.answer is not None
    assert (receipt.answer.accepted, receipt.answer.id) == (True, receipt.id)
    await service.command(job, Pause())
    await until(lambda: service.dispatcher.jobs[job].state == "paused")
    with pytest.raises(IllegalCommand, match="is paused"):
        await service.command(job, Pause())
    await service.command(job, Resume())
    assert [command.kind for _, command in executor.told] == ["set", "pause", "resume"]


async def test_a_command_that_the_end_overtook_is_answered_too(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    service, executor = stage
    job = await running(service, executor)
    executor.answers = False
    monkeypatch.setattr("freedive.jobs.dispatcher.ANSWER_SECONDS", 0.01)
    receipt = await service.command(job, Step(n=3))
    assert receipt.answer is None
    executor.finish(job)
    await until(lambda: job not in service.dispatcher.jobs)
    answers = [fact for fact in service.log.facts(job) if fact["type"] == "command"]
    assert [(a["id"], a["accepted"]) for a in answers] == [(receipt.id, False)]
    with pytest.raises(IllegalCommand, match="finished"):
        await service.command(job, Step())


async def test_a_waiting_job_can_be_stopped(stage: Stage) -> None:
    service, _ = stage
    await service.submit(NEW)
    waiting = (await service.submit(NEW)).id
    receipt = await service.command(waiting, Stop())
    assert receipt.answer is not None
    assert (await service.info(waiting)).state == "stopped"
    assert service.workers().queued == []


async def test_a_lost_worker_means_going_on_from_the_newest_checkpoint(stage: Stage) -> None:
    service, executor = stage
    job = await running(service, executor, steps=10)
    stray = service.files.path(job, 8)
    stray.write_bytes(b"written, but never told: its facts are lost")
    executor.lose(job)
    await until(lambda: len(executor.started) == 2)
    assert executor.started[1].resume == ResumePoint("worker_lost", service.files.path(job, 5))
    assert not stray.exists()
    assert [state for kind, state in facts(service, job) if kind == "state"][-3:] == [
        "interrupted",
        "queued",
        "starting",
    ]
    executor.say(job, Rewound(step=5, reason="worker_lost"))
    executor.go(job)
    await until(lambda: service.dispatcher.jobs[job].state == "running")
    assert service.dispatcher.jobs[job].step == 5


async def test_a_paused_job_comes_back_where_it_stood(stage: Stage) -> None:
    service, executor = stage
    job = await running(service, executor, steps=10)
    await service.command(job, Pause())
    await until(lambda: service.dispatcher.jobs[job].state == "paused")
    executor.lose(job)
    await until(lambda: len(executor.started) == 2)
    assert executor.started[1].resume == ResumePoint(
        "worker_lost", service.files.path(job, 5), at_step=10, paused=True
    )


async def parked(service: JobService, executor: Scripted) -> str:
    """A paused job that gave its worker to another, which has ended."""
    job = await running(service, executor)
    await service.command(job, Pause())
    other = (await service.submit(NEW)).id
    await until(lambda: other in executor.runs)
    executor.go(other)
    executor.finish(other)
    await until(lambda: other not in service.dispatcher.jobs)
    return job


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Paused jobs are asked for their workers as soon as somebody waits."""
    monkeypatch.setattr("freedive.jobs.parking.SHORT_PAUSE", 0.0)
    monkeypatch.setattr("freedive.jobs.dispatcher.BEAT_SECONDS", 0.01)


@pytest.mark.usefixtures("hasty")
async def test_paused_jobs_hold_up_nobody(stage: Stage) -> None:
    service, executor = stage
    jobs = []
    for _ in range(3):
        job = await running(service, executor)
        await service.command(job, Pause())
        jobs.append(job)
    assert executor.parked == jobs[:2]  # nobody waits for the third one's worker
    infos = [await service.info(job) for job in jobs]
    assert [info.state for info in infos] == ["paused"] * 3
    assert [info.worker is None for info in infos] == [True, True, False]
    receipt = await service.command(jobs[0], Resume())
    assert receipt.answer is not None
    assert receipt.answer.accepted
    assert executor.parked == jobs  # the one that resumed waited for it
    assert executor.started[-1].resume == ResumePoint(
        "parked", service.files.path(jobs[0], 5), at_step=10, paused=True
    )
    await until(lambda: service.dispatcher.jobs[jobs[0]].state == "running")
    assert executor.told[-1] == (jobs[0], Resume())


@pytest.mark.usefixtures("hasty")
async def test_a_parked_job_is_asked_by_its_checkpoint_and_can_be_stopped_or_deleted(stage: Stage) -> None:
    service, executor = stage
    job, other = await parked(service, executor), await parked(service, executor)
    await service.predict(job, PredictionRequest(inputs=[[0, 0]]))
    assert executor.asked[-1].checkpoint == service.files.path(job, 5)
    receipt = await service.command(job, Stop())
    assert receipt.answer is not None
    assert (await service.info(job)).state == "stopped"
    await service.delete(other)
    with pytest.raises(NotFound):
        await service.info(other)
    assert not service.dispatcher.jobs


@pytest.mark.usefixtures("hasty")
async def test_a_parked_job_takes_no_worker_when_the_server_starts_again(tmp_path: Path) -> None:
    async with serving(tmp_path) as (service, executor):
        job = await parked(service, executor)
    async with serving(tmp_path) as (service, executor):
        assert (await service.info(job)).state == "paused"
        assert not executor.started
        await service.command(job, Step(n=1))
        assert executor.started[0].resume == ResumePoint(
            "parked", service.files.path(job, 5), at_step=10, paused=True
        )


@pytest.mark.usefixtures("hasty")
async def test_what_is_said_while_a_worker_is_given_back_is_heard_afterwards(stage: Stage) -> None:
    service, executor = stage
    executor.answers = False
    job = await running(service, executor)
    executor.say(job, StateChanged(state="paused"))
    await service.submit(NEW)
    await until(lambda: executor.parked == [job])
    resumed = asyncio.create_task(service.command(job, Resume()))
    await until(lambda: (job, Resume()) in executor.told)
    executor.say(job, StateChanged(state="paused", reason="parked"))
    executor.done(job)
    await resumed
    assert service.dispatcher.jobs[job].state == "queued"
    with pytest.raises(IllegalCommand, match="queued"):
        await service.command(job, Step(n=1))


async def test_what_was_changed_on_the_way_is_in_the_script_and_in_forks(stage: Stage) -> None:
    service, executor = stage
    job = await running(service, executor, steps=10)
    for step, lr in ((4, 0.5), (8, 0.25)):
        executor.say(
            job, CommandAnswered(step=step, command=Set(changes=Changes(lr=lr)), accepted=True, id=str(step))
        )
    refused = CommandAnswered(step=9, command=Set(changes=Changes(momentum=0.1)), accepted=False, id="9")
    executor.say(job, refused)
    await until(lambda: len(list(service.log.facts(job, types=("command",)))) == 3)
    assert "4: {'lr': 0.5},\n        8: {'lr': 0.25},\n    }" in await service.code(job)
    (child,) = await service.fork(job, Fork(step=6, changes=[Changes(weight_decay=0.1)]))
    assert child.parent is not None
    assert child.parent.changes == Changes(lr=0.5, weight_decay=0.1)
    await service.delete(job)
    text = await service.code(child.id)
    assert "4: {'lr': 0.5},\n        6: {'weight_decay': 0.1},\n    }" in text


async def test_what_a_rewind_took_back_is_not_in_the_script(stage: Stage) -> None:
    service, executor = stage
    other = await running(service, executor, steps=10)
    assert "changes = {" not in await service.code(other)
    executor.say(other, CommandAnswered(step=9, command=Set(changes=Changes(lr=0.5)), accepted=True, id="x"))
    executor.say(other, Rewound(step=5, reason="command"))
    await until(lambda: service.dispatcher.jobs[other].step == 5)
    assert "changes = {" not in await service.code(other)  # a rewind took it back


async def test_a_job_that_keeps_killing_its_worker_is_given_up(stage: Stage) -> None:
    service, executor = stage
    job = await running(service, executor)
    for i in range(3):
        await started_times(executor, i + 1)
        executor.lose(job)
    await until(lambda: job not in service.dispatcher.jobs)
    info = await service.info(job)
    assert info.state == "failed"
    assert info.problem is not None
    assert info.problem.code == "worker_lost"
    assert "3 times after step 5" in info.problem.message


async def test_getting_further_in_between_is_no_reason_to_give_up(stage: Stage) -> None:
    service, executor = stage
    job = await running(service, executor)
    for i in range(5):
        executor.lose(job)
        await started_times(executor, i + 2)
        checkpoint(service, executor, job, 6 + i)
        await until(partial(service.dispatcher.jobs[job].checkpoints.get, 6 + i))
    assert service.dispatcher.jobs[job].state == "starting"


async def test_a_server_that_closes_takes_its_jobs_up_again(tmp_path: Path) -> None:
    async with serving(tmp_path) as (service, executor):
        job = await running(service, executor)
        waiting = (await service.submit(NEW)).id
    async with serving(tmp_path) as (service, executor):
        await until(lambda: executor.started)
        assert executor.started[0].job == job
        assert executor.started[0].resume == ResumePoint("server_restarted", service.files.path(job, 5))
        assert service.workers().queued == [waiting]
        reasons = [f["reason"] for f in service.log.facts(job) if f["type"] == "state"]
        assert "server_stopped" in reasons


async def test_facts_that_came_after_the_document_are_not_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(tmp_path) as (service, executor):
        job = await running(service, executor)
        monkeypatch.setattr(service.dispatcher, "save", lambda job: None)
        checkpoint(service, executor, job, 10)
        executor.say(job, metrics(11, [0.5] * 4))
        await until(lambda: service.dispatcher.jobs[job].step == 14)
        service.log.flush()
    monkeypatch.undo()
    async with serving(tmp_path) as (service, executor):
        await until(lambda: executor.started)
        assert executor.started[0].resume == ResumePoint("server_restarted", service.files.path(job, 10))


async def test_forks_take_over_the_checkpoint_and_replay_to_the_step(stage: Stage) -> None:
    service, executor = stage
    job = await running(service, executor, steps=10)
    children = await service.fork(job, Fork(step=7, changes=[Changes(lr=0.5), None]))
    assert [(c.parent.job, c.parent.step) for c in children if c.parent] == [(job, 7), (job, 7)]
    assert [c.name for c in children] == ["Spirals · MLP · lr 0.5", "Spirals · MLP · fork"]
    child = children[0].id
    own = service.files.path(child, 5)
    assert own.read_bytes() == b"state"
    executor.finish(job)
    await until(lambda: len(executor.started) == 2)
    assert executor.started[1].resume == ResumePoint("fork", own, 7, Changes(lr=0.5))
    service.files.path(job, 5).unlink()
    assert own.read_bytes() == b"state"


async def test_a_fork_that_lost_its_worker_early_begins_again_and_later_goes_on(stage: Stage) -> None:
    service, executor = stage
    job = await running(service, executor, steps=10)
    (child,) = await service.fork(job, Fork(step=7, changes=[Changes(lr=0.5)]))
    executor.finish(job)
    await until(lambda: len(executor.started) == 2)
    executor.go(child.id)
    executor.say(child.id, metrics(8, [1.0]))
    executor.lose(child.id)
    await until(lambda: len(executor.started) == 3)
    assert executor.started[2].resume == ResumePoint(
        "fork", service.files.path(child.id, 5), 7, Changes(lr=0.5)
    )
    assert ("rewound", None) in facts(service, child.id)
    checkpoint(service, executor, child.id, 7, b"after the change")
    await until(lambda: service.dispatcher.jobs[child.id].forked)
    executor.lose(child.id)
    await until(lambda: len(executor.started) == 4)
    assert executor.started[3].resume == ResumePoint("worker_lost", service.files.path(child.id, 7))


@pytest.mark.parametrize("step", [11, 10_000])
async def test_a_step_that_was_never_taken_cannot_be_forked(stage: Stage, step: int) -> None:
    service, executor = stage
    job = await running(service, executor, steps=10)
    with pytest.raises(BadSpec, match="from 0 to 10"):
        await service.fork(job, Fork(step=step))


async def test_a_job_that_has_not_started_cannot_be_forked(stage: Stage) -> None:
    service, _ = stage
    await service.submit(NEW)
    waiting = (await service.submit(NEW)).id
    with pytest.raises(IllegalCommand):
        await service.fork(waiting, Fork())


async def test_editing_a_live_job_and_an_ended_one(stage: Stage) -> None:
    service, executor = stage
    job = await running(service, executor)
    assert (await service.edit(job, JobEdit(name="mine", tags=["a"]))).name == "mine"
    executor.finish(job)
    await until(lambda: job not in service.dispatcher.jobs)
    await service.edit(job, JobEdit(notes="good"))
    info = await service.info(job)
    assert (info.name, info.tags, info.notes, info.state) == ("mine", ["a"], "good", "finished")
    assert (await service.edit(job, JobEdit(name=""))).name == "Spirals · MLP"


async def test_pages_follow_each_other_and_can_be_searched(stage: Stage) -> None:
    service, _ = stage
    ids = [(await service.submit(NewJob(spec=spirals(), name=f"Number-{i} of five"))).id for i in range(5)]
    page = await service.page(None, 2, "", [])
    assert ([job.id for job in page.jobs], page.total) == ([ids[4], ids[3]], 5)
    page = await service.page(page.next, 3, "", [])
    assert [job.id for job in page.jobs] == [ids[2], ids[1], ids[0]]
    assert page.next is None
    assert [job.id for job in (await service.page(None, 9, "FIVE number-3", [])).jobs] == [ids[3]]
    assert [job.id for job in (await service.page(None, 9, "", ["starting"])).jobs] == [ids[0]]
    with pytest.raises(BadSpec):
        await service.page("nonsense", 9, "", [])


async def test_deleting_ends_a_running_job_and_leaves_nothing(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("freedive.jobs.dispatcher.STOP_SECONDS", 0.01)
    service, executor = stage
    job = await running(service, executor)
    waiting = (await service.submit(NEW)).id
    await service.delete(job)
    with pytest.raises(NotFound):
        await service.info(job)
    assert not service.files.folder(job).exists()
    await until(lambda: waiting in executor.runs)
    executor.finish(waiting)
    await until(lambda: waiting not in service.dispatcher.jobs)
    await service.delete(waiting)
    assert (await service.page(None, 9, "", [])).total == 0


async def test_a_job_that_stops_when_it_is_deleted_leaves_its_worker_warm(stage: Stage) -> None:
    service, executor = stage
    job = await running(service, executor)
    deleting = asyncio.create_task(service.delete(job))
    await until(lambda: executor.told)
    assert executor.told == [(job, Stop())]
    executor.say(job, StateChanged(state="stopped", reason="stopped"))
    executor.done(job)
    await deleting
    assert executor.abandoned == []
    with pytest.raises(NotFound):
        await service.info(job)


async def test_predictions_ask_live_weights_or_the_checkpoint(stage: Stage) -> None:
    service, executor = stage
    job = await running(service, executor)
    request = PredictionRequest(inputs=[[0.0, 1.0]])
    await service.predict(job, request)
    await service.predict(job, request.model_copy(update={"step": 5}))
    with pytest.raises(NotFound, match="no checkpoint of step 6"):
        await service.predict(job, request.model_copy(update={"step": 6}))
    executor.finish(job)
    await until(lambda: job not in service.dispatcher.jobs)
    await service.predict(job, request)
    path = service.files.path(job, 5)
    assert [query.checkpoint for query in executor.asked] == [None, path, path]


async def test_watchers_are_told_to_the_worker_and_to_each_other(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    service, executor = stage
    job = await running(service, executor)
    with service.watchers.follow([job]):
        assert executor.watched == [(job, True)]
        await until(lambda: service.log.frames(job).get("watchers"))
    await until(lambda: executor.watched[-1] == (job, False))


async def test_those_who_look_at_an_ended_job_are_counted_too(stage: Stage) -> None:
    service, executor = stage
    job = await running(service, executor)
    executor.finish(job)
    await until(lambda: job not in service.dispatcher.jobs)
    with service.watchers.follow([job]), service.watchers.follow([job]):
        await until(lambda: _watching(service, job) == 2)
    await until(lambda: _watching(service, job) == 0)


def _watching(service: JobService, job: str) -> int | None:
    """What the newest snapshot says."""
    frames = unframe(service.log.read(job, 0).frames)
    return next((e["count"] for _, events in frames[::-1] for e in events if e["type"] == "watchers"), None)


async def test_a_fault_of_the_server_ends_the_job_and_its_worker(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    service, executor = stage
    job = await running(service, executor)
    live = service.dispatcher.jobs[job]
    real = live.apply

    def broken(fact: dict[str, object]) -> None:
        if fact["type"] == "metrics":
            raise RuntimeError("a bug")
        real(fact)

    monkeypatch.setattr(live, "apply", broken)
    executor.say(job, metrics(11, [1.0]))
    await until(lambda: job not in service.dispatcher.jobs)
    assert executor.abandoned == [job]
    info = await service.info(job)
    assert info.state == "failed"
    assert info.problem is not None
    assert "a bug" in info.problem.message
    await until(executor.idle)


async def test_trouble_with_the_disk_is_told_by_every_job(stage: Stage) -> None:
    service, executor = stage
    job = await running(service, executor)
    service.log.on_trouble("database or disk is full")
    service.log.on_trouble(None)
    await until(lambda: [f for f in service.log.facts(job) if f["type"] == "log"][1:])
    told = [f for f in service.log.facts(job) if f["type"] == "log"]
    assert [(f["level"], f["code"]) for f in told] == [("error", "log_not_written"), ("info", "log_written")]
    assert "disk is full" in told[0]["message"]


async def test_a_job_of_another_version_hides_no_other_and_can_be_deleted(stage: Stage) -> None:
    service, _ = stage
    good = (await service.submit(NEW)).id
    service.log.save(Row("old", "finished", "old", '{"info": {"id": "old", "spec": {"kind": "gone"}}}'))
    assert service.log.flush()
    page = await service.page(None, 9, "", [])
    assert ([job.id for job in page.jobs], page.total) == ([good], 2)
    with pytest.raises(Damaged, match="another version of Freedive"):
        await service.info("old")
    await service.delete("old")
    assert (await service.page(None, 9, "", [])).total == 1


async def test_stop_is_seen_at_once_and_the_last_word(stage: Stage) -> None:
    service, executor = stage
    executor.answers = False  # in the middle of a long step
    job = (await service.submit(NewJob(spec=spirals()))).id
    executor.go(job)
    await until(lambda: service.dispatcher.jobs[job].state == "running")
    told = asyncio.create_task(service.command(job, Stop()))
    await until(lambda: executor.told)
    info = await service.info(job)
    assert (info.state, info.reason) == ("running", "stopping")
    with pytest.raises(IllegalCommand, match="stopping already"):
        await service.command(job, Stop())
    with pytest.raises(IllegalCommand, match="stopping already"):
        await service.command(job, Pause())
    executor.say(job, StateChanged(state="paused"))  # said before it heard
    await until(lambda: service.dispatcher.jobs[job].state == "paused")
    assert service.dispatcher.jobs[job].stopping
    executor.lose(job)  # and it never hears: nobody wants the job back
    await until(lambda: job not in service.dispatcher.jobs)
    assert (await service.info(job)).state == "stopped"
    assert not executor.runs
    await told
