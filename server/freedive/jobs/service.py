"""JobService: what people may ask about jobs. It decides and records; dispatcher.py runs, event_log.py keeps."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets

from freedive.catalog.datasets.store import DataStore
from freedive.errors import (
    BadSpec,
    Damaged,
    IllegalCommand,
    JobFailed,
    NotFound,
    NotWritten,
    TooMany,
    Unavailable,
)
from freedive.executors.base import Executor, Query
from freedive.jobs.changes import history, merged, until
from freedive.jobs.checkpoints import CheckpointFiles
from freedive.jobs.dispatcher import Dispatcher
from freedive.jobs.event_log import EventLog
from freedive.jobs.forks import described, epochs_of_fork, scheduled
from freedive.jobs.job import Job, Lineage, new_record, now
from freedive.jobs.outline import outline
from freedive.jobs.stored import not_written, readable, record_of
from freedive.jobs.watchers import Watchers
from freedive.protocol.commands import Command
from freedive.protocol.events import Checkpointed, JobState, StateChanged
from freedive.protocol.jobs import (
    CheckpointInfo,
    CommandReceipt,
    JobEdit,
    JobInfo,
    JobPage,
    NewJob,
    Outline,
    Parent,
    Prediction,
    PredictionRequest,
    Preview,
    Workers,
)
from freedive.protocol.specs import Fork, Spec
from freedive.settings import Settings
from freedive.training.script import script

logger = logging.getLogger(__name__)

ID_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"
FLUSH_SECONDS = 2.0
"""How long a new job waits to be safe on the disk before it is answered for all the same."""


class JobService:
    """The front of everything about jobs."""

    def __init__(self, settings: Settings, log: EventLog, executor: Executor) -> None:
        self.settings = settings
        self.log = log
        self.executor = executor
        self.watchers = Watchers()
        self.files = CheckpointFiles(settings.data_dir)
        self.store = DataStore(settings.data_dir, settings.offline)
        self.dispatcher = Dispatcher(settings, log, executor, self.watchers, self.files)

    async def start(self) -> None:
        """Take up what an earlier server left, and begin."""
        unfinished: list[JobState] = ["queued", "starting", "running", "paused", "interrupted"]
        rows, _ = await asyncio.to_thread(self.log.documents, limit=1_000_000, states=list(unfinished))
        for _, document in reversed(rows):
            try:
                job = Job.of(record_of(document))
                with readable("log"):
                    for fact in await asyncio.to_thread(
                        lambda job=job: list(self.log.facts(job.id, job.last_seq))  # type: ignore[misc]
                    ):
                        job.apply(fact)
            except Damaged as error:  # the others go on
                logger.error("%s %s", error.message, document[:200])
                continue
            job.last_seq = self.log.last(job.id)
            if job.ended:
                self.dispatcher.save(job)
            else:
                self.dispatcher.take_up(job)
        await self.dispatcher.start()

    async def close(self) -> None:
        """Interrupt what runs and write down where it stands."""
        await self.dispatcher.close()
        await asyncio.to_thread(self.log.close)

    # ── looking ───────────────────────────────────────────────────────────────────────────────────────────────

    async def job(self, id: str) -> Job:
        """A job by its id: a live one as it is, an ended one from its document. Raises NotFound."""
        live = self.dispatcher.jobs.get(id)
        if live is not None:
            return live
        return Job.of(record_of(await asyncio.to_thread(self.log.document, id)))

    async def info(self, id: str) -> JobInfo:
        """A job as it stands. Raises NotFound."""
        return self._shown(await self.job(id))

    async def page(self, cursor: str | None, limit: int, words: str, states: list[JobState]) -> JobPage:
        """Jobs, newest first. Raises BadSpec for a cursor that no page gave."""
        if cursor is not None and not cursor.isdecimal():
            raise BadSpec(
                f"`{cursor}` is no cursor of a page.",
                position="cursor",
                hint="Use `next` of the page before.",
            )
        before = min(int(cursor), 1 << 62) if cursor is not None else None
        rows, total = await asyncio.to_thread(
            self.log.documents, before=before, limit=limit + 1, words=words, states=list(states)
        )
        infos = []
        for _, document in rows[:limit]:
            with contextlib.suppress(Damaged):  # asked for by its id it says what is wrong with it
                record = record_of(document)
                infos.append(self._shown(self.dispatcher.jobs.get(record.info.id) or Job.of(record)))
        following = str(rows[limit - 1][0]) if len(rows) > limit else None
        return JobPage(jobs=infos, next=following, total=total)

    async def outline(self, spec: Spec) -> Outline:
        """A spec looked at without running it. Raises BadSpec naming what does not fit."""
        found = await asyncio.to_thread(outline, spec, self.store)
        devices = [device.name for device in self.executor.devices()]
        if spec.device not in ("auto", "cpu", *devices) and devices:
            raise BadSpec(
                f"There is no device `{spec.device}` here; there is {', '.join(devices)}.",
                position="device",
                hint="Choose `auto` or one of those.",
            )
        return found

    async def preview(self, spec: Spec) -> Preview:
        """A spec's data as pictures, without fetching anything. Raises BadSpec where they do not fit."""
        await self.outline(spec)
        try:
            shown = await self.executor.preview(spec)
        except Unavailable:
            return Preview(lacks="worker")
        except JobFailed:
            return Preview(lacks="files")
        return Preview(data=shown, lacks=None if shown else "picture")

    def workers(self) -> Workers:
        """Who computes, on what, and who waits."""
        workers = self.executor.workers()
        for i, worker in enumerate(workers):
            job = self.dispatcher.jobs.get(worker.job or "")
            device = job.info().device if job else None
            workers[i] = worker.model_copy(update={"device": device or worker.device})
        return Workers(
            workers=workers,
            devices=self.executor.devices(),
            queued=self.dispatcher.queue.order(),
        )

    # ── asking ────────────────────────────────────────────────────────────────────────────────────────────────

    async def submit(self, new: NewJob, submitter: str = "") -> JobInfo:
        """Take a spec on: it is on the disk and in the queue when this returns. Raises BadSpec, TooMany."""
        await self.outline(new.spec)
        info = JobInfo(
            id=_new_id(),
            name=new.name or name_of(new.spec),
            state="queued",
            spec=new.spec,
            recipe=new.recipe,
            tags=new.tags,
            notes=new.notes,
            created=now(),
        )
        job = Job(new_record(info, submitter))
        await self._begin([(job, None)])
        return self._shown(job)

    async def command(self, id: str, command: Command) -> CommandReceipt:
        """Tell a job something. Raises NotFound, or IllegalCommand where its state forbids it."""
        key, answer = await self.dispatcher.command(await self.job(id), command)
        return CommandReceipt(id=key, job=id, answer=answer)

    async def fork(self, id: str, fork: Fork, submitter: str = "") -> list[JobInfo]:
        """Children that go their own way from a step on; from the end on they train as many epochs again.

        Raises BadSpec where the parent was never there.
        """
        parent = await self.job(id)
        begins = parent.record.lineage.step if parent.record.lineage else 0
        step = parent.step if fork.step is None else fork.step
        if not begins <= step <= parent.step:
            raise BadSpec(
                f"expected a step from {begins} to {parent.step}, which job `{id}` took; got {step}",
                position="step",
                hint="Fork its parent for an earlier step." if step < begins else "Wait until it gets there.",
            )
        if not parent.had_begun:
            raise IllegalCommand(
                f"Job `{id}` has not started, so there is nothing to fork.", hint="Submit its spec again."
            )
        self.dispatcher.queue.admit(len(fork.changes), self.settings.max_queue)  # before anything is copied
        epochs = epochs_of_fork(parent, step)
        children: list[tuple[Job, CheckpointInfo | None]] = []
        past = until(await asyncio.to_thread(history, parent, self.log), step)
        for changes in fork.changes:
            child = _new_id()
            try:
                taken = await self._take_over(parent, child, step)
            except (OSError, NotFound) as error:
                await self._forget([child, *(job.id for job, _ in children)])
                if isinstance(error, OSError):
                    raise not_written(error) from error
                raise
            lineage = Lineage(
                checkpoint=taken.step if taken else 0,
                step=step,
                changes=changes,
                history=past if changes is None else (*past, (step, changes)),
                scheduled=scheduled(parent),
            )
            children.append((self._fork(parent, child, lineage, epochs, fork.name, submitter), taken))
        await self._begin(children)
        return [self._shown(child) for child, _ in children]

    async def edit(self, id: str, edit: JobEdit) -> JobInfo:
        """Change name, tags or notes."""
        job = await self.job(id)
        given = {name: value for name, value in edit.model_dump().items() if value is not None}
        if given.get("name") == "":
            given["name"] = name_of(job.record.info.spec)
        before = job.record.info
        job.record = job.record.model_copy(update={"info": before.model_copy(update=given)})
        self.dispatcher.save(job)
        if await self._refused():
            was = {name: getattr(before, name) for name in given}
            job.record = job.record.model_copy(update={"info": job.record.info.model_copy(update=was)})
            self.dispatcher.save(job)
            raise not_written(self.log.trouble)
        return self._shown(job)

    async def delete(self, id: str) -> None:
        """End a job if it runs, and forget it with its log and its checkpoints.

        Its files go first, which makes the room that a full disk needs for the rest.
        """
        job = self.dispatcher.jobs.get(id)
        if job is not None:
            await self.dispatcher.end(job)
        deleted = await asyncio.to_thread(self.log.delete, id)
        await asyncio.to_thread(self.files.delete, id)
        while await self._refused():
            if self.log.undelete(deleted):
                self.dispatcher.pump()
                raise NotWritten(
                    f"The job is not deleted: {self.log.trouble}. It has ended, and its checkpoints are gone.",
                    hint="Make room on the server's disk and delete it again.",
                )
        self.watchers.wake(id)
        self.dispatcher.pump()

    async def predict(self, id: str, request: PredictionRequest) -> Prediction:
        """Ask the model: with its live weights while it runs, else from a checkpoint."""
        job = await self.job(id)
        live = request.step is None and job.state in ("running", "paused") and not job.parked
        spec, inputs = job.record.info.spec, list(request.inputs)
        if live:
            return await self.executor.predict(Query(id, spec, inputs))
        paths = self.files.before(job) if request.step is None else []
        for path in paths[:-1]:
            with contextlib.suppress(Damaged):  # then the one before it answers
                return await self.executor.predict(Query(id, spec, inputs, path))
        path = paths[-1] if paths else self.files.find(job, request.step)
        return await self.executor.predict(Query(id, spec, inputs, path))

    async def checkpoints(self, id: str) -> list[CheckpointInfo]:
        """Saved states, oldest first."""
        job = await self.job(id)
        return [job.checkpoints[step] for step in sorted(job.checkpoints)]

    async def code(self, id: str) -> str:
        """The job as one plain script that takes the steps which it took."""
        job = await self.job(id)
        past = await asyncio.to_thread(history, job, self.log)
        spec, threads = job.record.info.spec, self.settings.threads
        return await asyncio.to_thread(script, spec, self.store, "", past, threads, scheduled(job))

    # ── inside ────────────────────────────────────────────────────────────────────────────────────────────────

    def _shown(self, job: Job) -> JobInfo:
        return job.info().model_copy(update={"watchers": self.watchers.count(job.id)})

    async def _begin(self, jobs: list[tuple[Job, CheckpointInfo | None]]) -> None:
        """Let jobs wait for their turn once they are on the disk: one that is not was never asked for."""
        ids = [job.id for job, _ in jobs]
        try:
            self.dispatcher.queue.admit(len(jobs), self.settings.max_queue)
        except TooMany:  # the last places went while a fork was copied
            await self._forget(ids)
            raise
        for job, _ in jobs:
            self.dispatcher.save(job)
        if await self._refused():
            await self._forget(ids)
            raise not_written(self.log.trouble)
        for job, taken in jobs:
            self.dispatcher.enqueue(job)
            self.dispatcher.report(job, StateChanged(state="queued"))
            if taken:
                self.dispatcher.report(job, Checkpointed(step=taken.step, nbytes=taken.nbytes, pinned=True))
        self.dispatcher.pump()

    async def _refused(self) -> bool:
        """Whether the disk takes no more; a slow one is waited for no longer than FLUSH_SECONDS."""
        return not await asyncio.to_thread(self.log.flush, FLUSH_SECONDS) and self.log.trouble is not None

    async def _forget(self, ids: list[str]) -> None:
        """Jobs that did not come to be."""
        for id in ids:
            with contextlib.suppress(NotFound):
                await asyncio.to_thread(self.log.delete, id)
            await asyncio.to_thread(self.files.delete, id)

    async def _take_over(self, parent: Job, child: str, step: int) -> CheckpointInfo | None:
        """Give a fork the newest checkpoint at or before the step; a running parent may drop its own meanwhile."""
        while (source := self.files.usable(parent, step)) is not None:
            with contextlib.suppress(FileNotFoundError):
                nbytes = await asyncio.to_thread(self.files.take_over, parent.id, child, source)
                return CheckpointInfo(step=source, nbytes=nbytes, pinned=True, time=now())
        if parent.record.lineage is not None:
            raise NotFound(f"Job `{parent.id}` has no checkpoint at or before step {step}.", position="step")
        return None  # it is replayed from the beginning

    def _fork(
        self,
        parent: Job,
        id: str,
        lineage: Lineage,
        epochs: int,
        name: str,
        submitter: str,
    ) -> Job:
        above, step = parent.record.info, lineage.step
        info = JobInfo(
            id=id,
            name=name or f"{above.name} · {described(lineage.changes)}",
            state="queued",
            spec=above.spec.model_copy(update={"start_paused": False, "epochs": epochs}),
            recipe=above.recipe,
            tags=above.tags,
            created=now(),
            step=step,
            parent=Parent(job=parent.id, step=step, changes=merged(lineage.history)),
        )
        child = Job(new_record(info, submitter, lineage))
        child.step = step
        return child


def name_of(spec: Spec) -> str:
    """A name for people from what the spec says."""
    return f"{spec.dataset.title['en']} · {spec.model.title['en']}"


def _new_id() -> str:
    return "".join(secrets.choice(ID_LETTERS) for _ in range(10))
