"""Dispatcher: takes jobs from the queue to a worker, what they say to the log, and mends what breaks on the way."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from typing import Any

import ormsgpack

from freedive.errors import IllegalCommand, NotFound, WorkerLost
from freedive.executors.base import Assignment, Executor, Run
from freedive.jobs.checkpoints import CheckpointFiles
from freedive.jobs.event_log import EventLog
from freedive.jobs.job import STOPPING, WITH_WORKER, Job
from freedive.jobs.parking import Parking
from freedive.jobs.pending import Row
from freedive.jobs.queue import FairQueue
from freedive.jobs.stored import of_the_disk
from freedive.jobs.watchers import Watchers
from freedive.protocol.chunks import Chunk, encode
from freedive.protocol.commands import Command, Stop
from freedive.protocol.events import (
    CommandAnswered,
    Event,
    Failed,
    JobState,
    Logged,
    Queued,
    Rewound,
    StateChanged,
    Watched,
)
from freedive.protocol.problems import Problem
from freedive.settings import Settings
from freedive.training.context import ResumePoint

logger = logging.getLogger(__name__)

LOSSES = 3
"""A job whose worker is lost this often without getting further is given up."""
BEAT_SECONDS = 0.5
"""Between two looks at who watches and which documents changed."""
ANSWER_SECONDS = 1.0
"""How long a command waits for the job's answer before the receipt goes out without it."""

STOP_SECONDS = 2.0
"""How long a job that is to be deleted may take to stop; then its worker is ended, and another must warm up."""


class Dispatcher:
    """All of it happens on the event loop; nothing here waits for a disk or a worker."""

    def __init__(
        self,
        settings: Settings,
        log: EventLog,
        executor: Executor,
        watchers: Watchers,
        files: CheckpointFiles,
    ) -> None:
        self.settings = settings
        self.log = log
        self.executor = executor
        self.watchers = watchers
        self.files = files
        self.jobs: dict[str, Job] = {}
        """Jobs that have not ended."""
        self.queue = FairQueue()
        self._runs: dict[str, asyncio.Task[None]] = {}
        self._answers: dict[str, tuple[str, Command, asyncio.Future[CommandAnswered]]] = {}
        self._parking = Parking(executor)
        self._unsaved: set[str] = set()
        self._counted: dict[str, int] = {}
        self._recount: set[str] = set()
        self._closing = False
        self._beat: asyncio.Task[None] | None = None

    # ── life ──────────────────────────────────────────────────────────────────────────────────────────────────

    async def start(self) -> None:
        """Take up what an earlier server left, then begin."""
        loop = asyncio.get_running_loop()

        def on_trouble(trouble: str | None) -> None:
            loop.call_soon_threadsafe(self._tell_trouble, trouble)

        self.log.on_trouble = on_trouble
        self.watchers.on_count = self._count
        self._beat = asyncio.create_task(self._keep_beat())
        await self.executor.start(self.pump)

    async def close(self) -> None:
        """Interrupt every job at its newest checkpoint; the next start takes them up."""
        self._closing = True
        if self._beat:
            self._beat.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._beat
        await self.executor.close()
        if self._runs:
            await asyncio.wait(list(self._runs.values()), timeout=5)
        for job in self.jobs.values():
            self.save(job)

    # ── the log ───────────────────────────────────────────────────────────────────────────────────────────────

    def report(self, job: Job, *events: Event) -> None:
        """Say something in a job's name."""
        for chunk in encode(
            e if "step" in e.model_fields_set else e.model_copy(update={"step": job.step}) for e in events
        ):
            self.absorb(job, chunk)

    def absorb(self, job: Job, chunk: Chunk) -> None:
        """Put a chunk into the log, take note of its facts and wake whoever waits."""
        job.last_seq = self.log.append(job.id, chunk)
        if chunk.retention == "fact":
            before = job.state
            for fact in ormsgpack.unpackb(chunk.payload):
                job.apply(fact)
                if fact["type"] == "command":
                    self._answer(fact)
            self._parking.note(job, job.state != before, "command" in chunk.key)
            if job.state != before:
                self.save(job)
            else:
                self._unsaved.add(job.id)
        self.watchers.wake(job.id)

    def change(self, job: Job, state: JobState, reason: str | None = None, worker: int | None = None) -> None:
        """Enter a state and say so."""
        self.report(job, StateChanged(state=state, reason=reason, worker=worker))

    def save(self, job: Job) -> None:
        """Write the job's document with the next commit."""
        self._unsaved.discard(job.id)
        record = job.document()
        info = record.info
        search = " ".join([info.name, info.recipe, info.notes, *info.tags, info.id]).lower()
        self.log.save(Row(info.id, info.state, search, record.model_dump_json()))

    # ── the queue ─────────────────────────────────────────────────────────────────────────────────────────────

    def enqueue(self, job: Job) -> None:
        """Let a job wait for its turn."""
        self.jobs[job.id] = job
        self.queue.put(job.id, job.record.submitter)

    def pump(self) -> None:
        """Give waiting jobs to idle workers, and tell the others where they stand."""
        while not self._closing and len(self.queue) and self.executor.idle():
            job = self.jobs[self.queue.take()]
            self._place(job, None)
            assignment = Assignment(
                job.id, job.record.info.spec, self._resume_point(job), self._watched(job.id)
            )
            run = self.executor.run(assignment)
            self.change(job, "starting", worker=run.worker)
            for id, command in self._parking.take(job):
                self.executor.command(job.id, id, command)
            self._runs[job.id] = asyncio.create_task(self._follow(job, run), name=f"job {job.id}")
        order = self.queue.order()
        for i, id in enumerate(order):
            self._place(self.jobs[id], i + 1, len(order))

    def _place(self, job: Job, position: int | None, length: int = 0) -> None:
        if job.queue_position != position:
            job.queue_position = position
            self.report(job, Queued(position=position or 0, length=length))

    def leave_queue(self, job: Job, command: Command, id: str) -> None:
        """Stop a job that has no worker."""
        self.queue.remove(job.id)
        self.report(job, CommandAnswered(command=command, id=id))
        self._parking.take(job)
        self._place(job, None)
        self.change(job, "stopped", "stopped")
        self._refuse_rest(job)
        self.jobs.pop(job.id, None)
        self.pump()

    def _wake(self, job: Job, id: str, command: Command) -> None:
        """A parked job is told something: it waits for a worker, goes on from its checkpoint, and hears it there."""
        if not self._parking.tell(job, id, command):
            return
        job.resume_reason, job.resume_paused = "parked", True
        self.change(job, "queued", "resumed")
        self.queue.put(job.id, job.record.submitter)
        self.pump()

    def _refuse_rest(self, job: Job) -> None:
        """Commands that came too late are answered too."""
        for id, (owner, command, _) in list(self._answers.items()):
            if owner == job.id:
                ended = IllegalCommand(f"The job was {job.state} before it could {command.kind}.")
                problem = Problem(code=ended.code, message=ended.message)
                self.report(job, CommandAnswered(command=command, id=id, accepted=False, problem=problem))

    # ── one job on its worker ─────────────────────────────────────────────────────────────────────────────────

    async def _follow(self, job: Job, run: Run) -> None:
        lost: WorkerLost | None = None
        try:
            async for chunk in run:
                self.absorb(job, chunk)
        except WorkerLost as error:
            lost = error
        except Exception as error:  # a fault of ours must not leave a job that never ends
            logger.exception("Job %s could not be followed", job.id)
            self._fail(
                job, Problem(code="internal", message=f"The server failed to follow the job: {error!r}.")
            )
            await self.executor.abandon(job.id)
        if lost and not job.ended:
            self._recover(job, lost)
        elif not job.ended:
            if job.outcome:
                self.change(job, *job.outcome)
            elif not job.parked:
                message = "The worker said that the job is done, but not how it ended."
                self._fail(job, Problem(code="job_failed", message=message, hint="Submit it again."))
        self._runs.pop(job.id, None)
        self._parking.left(job)
        (self._hear if job.parked else self._refuse_rest)(job)
        if job.ended:
            self.jobs.pop(job.id, None)
        self.save(job)
        self.pump()

    def _hear(self, job: Job) -> None:
        """What a job was told while it gave its worker back."""
        for id, (owner, command, answer) in list(self._answers.items()):
            if owner != job.id or answer.done():
                continue
            if command.kind == "stop":
                self.leave_queue(job, command, id)
            elif not job.ended:
                self._wake(job, id, command)

    def _fail(self, job: Job, problem: Problem) -> None:
        self.report(job, Failed(problem=problem), StateChanged(state="failed", reason=problem.code))

    def _recover(self, job: Job, lost: WorkerLost) -> None:
        """The job goes on from its newest checkpoint: at the next start, or as soon as a worker is free."""
        if job.stopping:  # whoever wanted it to end does not want it back
            self.change(job, "stopped", "stopped")
            return
        job.resume_paused = job.state == "paused"
        if self._closing:
            self.change(job, "interrupted", "server_stopped")
            return
        reached = self.files.usable(job, None)
        if job.losses and job.losses[-1] != reached:
            job.losses.clear()
        job.losses.append(reached)
        if len(job.losses) >= LOSSES:
            where = f"after step {reached}" if reached else "before its first checkpoint"
            message = f"The worker was lost {LOSSES} times {where}: {lost.message}"
            self._fail(
                job, Problem(code=lost.code, message=message, hint=lost.hint, params={"losses": LOSSES})
            )
            return
        message = f"{lost.message} The job goes on from its newest checkpoint."
        self.report(
            job, Logged(level="warning", code="worker_lost", message=message, params={"step": reached or 0})
        )
        self.change(job, "interrupted", "worker_lost")
        job.resume_reason = "worker_lost"
        self.change(job, "queued", "worker_lost")
        self.queue.put_first(job.id)

    def take_up(self, job: Job) -> None:
        """A job that an earlier server left unfinished."""
        self.jobs[job.id] = job
        if job.stopping:
            self.change(job, "stopped", "stopped")
            del self.jobs[job.id]
            return
        if job.parked:  # it needs no worker until somebody tells it something
            return
        if job.had_begun:
            job.resume_reason = "server_restarted"
        if job.state != "queued":
            if job.state in WITH_WORKER:
                job.resume_paused = job.state == "paused"
                self.change(job, "interrupted", "server_lost")
            self.change(job, "queued", "server_restarted")
        self.queue.put(job.id, job.record.submitter)

    def _resume_point(self, job: Job) -> ResumePoint | None:
        """Where a job starts from: None is its very beginning."""
        lineage = job.record.lineage
        if job.resume_reason is None and lineage is None:
            return None
        step = self.files.usable(job, None)
        self.files.forget_after(job.id, -1 if step is None else step)
        path = None if step is None else self.files.path(job.id, step)
        if lineage is not None and not job.forked:
            if job.resume_reason is not None and job.resume_reason != "parked":
                self.report(job, Rewound(step=lineage.step, reason=job.resume_reason))
            return ResumePoint("fork", path, lineage.step, lineage.changes, job.resume_paused)
        # Replaying to where a paused job stood is exact, and nothing that people saw is taken back.
        at_step = job.step if job.resume_paused else None
        return ResumePoint(job.resume_reason or "server_restarted", path, at_step, None, job.resume_paused)

    # ── commands ──────────────────────────────────────────────────────────────────────────────────────────────

    async def command(self, job: Job, command: Command) -> tuple[str, CommandAnswered | None]:
        """Pass a command on and wait briefly for what comes of it. Raises IllegalCommand."""
        job.check(command)
        id = secrets.token_hex(4)
        if job.id not in self._runs and command.kind == "stop":
            self.leave_queue(job, command, id)
            return id, CommandAnswered(seq=job.last_seq, step=job.step, command=command, id=id)
        answer: asyncio.Future[CommandAnswered] = asyncio.get_running_loop().create_future()
        self._answers[id] = (job.id, command, answer)
        if job.id in self._runs:
            if (
                command.kind == "stop"
            ):  # seen at once: a long step, or measuring a large split, takes its time
                self.change(job, job.state, STOPPING)
            self.executor.command(job.id, id, command)
        else:
            self._wake(job, id, command)
        done, _ = await asyncio.wait([answer], timeout=ANSWER_SECONDS)
        return id, answer.result() if done else None

    def _answer(self, fact: dict[str, Any]) -> None:
        if waiting := self._answers.pop(fact["id"], None):
            waiting[2].set_result(CommandAnswered.model_validate(fact))

    async def end(self, job: Job) -> None:
        """Make sure that a job no longer runs: ask its worker first, then end it."""
        run = self._runs.get(job.id)
        if run is None:
            self.queue.remove(job.id)
            self._parking.take(job)
            self.jobs.pop(job.id, None)
            return
        job.losses = [None] * LOSSES  # whatever happens, it must not be taken up again
        self.executor.command(job.id, "", Stop())
        done, _ = await asyncio.wait([run], timeout=STOP_SECONDS)
        if not done:
            await self.executor.abandon(job.id)
            await asyncio.wait([run], timeout=10)
        self.queue.remove(job.id)
        self.jobs.pop(job.id, None)

    # ── the beat ──────────────────────────────────────────────────────────────────────────────────────────────

    def _watched(self, job: str) -> bool:
        return self.watchers.count(job) > 0

    def _count(self, job: str, count: int) -> None:
        if count and not self._counted.get(job):
            self._counted[job] = count
            self.executor.watch(job, True)
        self._recount.add(job)

    async def _keep_beat(self) -> None:
        """Counts of watchers are told twice a second at most, and documents written."""
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            self._parking.make_room(0 if self.executor.idle() else len(self.queue), self._runs)
            for id in list(self._unsaved):
                if id in self.jobs:
                    self.save(self.jobs[id])
            self._unsaved.clear()
            for id in list(self._recount):
                self._recount.discard(id)
                count = self.watchers.count(id)
                self.executor.watch(id, count > 0)
                self._counted[id] = count
                if not count:
                    del self._counted[id]
                job = self.jobs.get(id)
                if job is None:
                    self._recount_ended(id, count)
                elif job.watchers != count:
                    job.watchers = count
                    self.report(job, Watched(count=count))

    def _recount_ended(self, id: str, count: int) -> None:
        """Those who look at an ended job see each other too."""
        with contextlib.suppress(NotFound):  # deleted while it was looked at
            self.log.append(id, encode([Watched(count=count)])[0])
            self.watchers.wake(id)

    def _tell_trouble(self, trouble: str | None) -> None:
        """Jobs go on while the disk refuses; their log waits in memory, and the person is told."""
        for job in self.jobs.values():
            self.report(job, of_the_disk(trouble))
