"""Processes: jobs run on local worker processes that are kept warm. The default executor; worker.py is the far side."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import secrets
from collections.abc import AsyncIterator, Callable
from typing import Any

import psutil

from freedive.errors import BadSpec, Damaged, FreediveError, JobFailed, Unavailable, WorkerLost
from freedive.executors.base import Assignment, Query
from freedive.executors.messages import BEAT_SECONDS
from freedive.executors.worker_link import WorkerLink
from freedive.protocol.chunks import Chunk, encode
from freedive.protocol.commands import Command
from freedive.protocol.events import DataShown, Logged
from freedive.protocol.jobs import DeviceInfo, Prediction, WorkerInfo
from freedive.protocol.specs import Spec
from freedive.settings import Settings

logger = logging.getLogger(__name__)

ANSWER_SECONDS = 60.0
"""How long a prediction may take: a dataset may have to be loaded first."""
SPARE_SECONDS = 300.0
"""How long an extra worker that was started for predictions stays without being asked."""
RESTART_SECONDS = (0.0, 0.5, 2.0, 10.0)
"""Pauses before a worker that never became ready is started again."""


class ProcessRun:
    """A job on a worker."""

    def __init__(self, link: WorkerLink) -> None:
        self.link = link
        self.messages: asyncio.Queue[Chunk | WorkerLost | None] = asyncio.Queue()
        """Filled by the reader, emptied at once by the dispatcher, which never waits: it cannot grow."""

    @property
    def worker(self) -> int:
        return self.link.id

    async def __aiter__(self) -> AsyncIterator[Chunk]:
        while (message := await self.messages.get()) is not None:
            if isinstance(message, WorkerLost):
                raise message
            yield message


class Processes:
    """N workers for jobs, and one more for predictions while all of them are busy."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._changed: Callable[[], None] = lambda: None
        self._links: dict[int, WorkerLink] = {}
        self._runs: dict[str, ProcessRun] = {}
        self._questions: dict[str, tuple[WorkerLink, asyncio.Future[dict[str, Any]]]] = {}
        self._devices: list[DeviceInfo] = []
        self._failures: dict[int, int] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._starting = asyncio.Semaphore(max(1, (os.cpu_count() or 2) // 2))
        """Importing torch is work: the first worker is ready sooner when not all of them do it at once."""
        self._ready: dict[int, asyncio.Event] = {}
        self._closing = False
        self._spare_timer: asyncio.TimerHandle | None = None

    # ── life ──────────────────────────────────────────────────────────────────────────────────────────────────

    async def start(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        self._keep(self._listen_for_beats())
        psutil.cpu_percent()  # the first call only sets the mark that later ones measure from
        for id in range(1, self._settings.workers + 1):
            self._links[id] = WorkerLink(id, self._settings.threads, self._receive)
            self._spawn(self._links[id])

    async def close(self) -> None:
        self._closing = True
        if self._spare_timer:
            self._spare_timer.cancel()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*(link.close() for link in self._links.values()))

    # ── jobs ──────────────────────────────────────────────────────────────────────────────────────────────────

    def idle(self) -> int:
        return len(self._free())

    def run(self, assignment: Assignment) -> ProcessRun:
        if not (free := self._free()):
            raise Unavailable("No worker is idle.", hint="The job waits in the queue until one is.")
        link = free[0]
        link.state, link.job = "busy", assignment.job
        run = self._runs[assignment.job] = ProcessRun(link)
        point = assignment.resume
        link.send(
            {
                "type": "job",
                "job": assignment.job,
                "spec": assignment.spec.model_dump(mode="json"),
                "resume": {
                    "reason": point.reason,
                    "checkpoint": str(point.checkpoint) if point.checkpoint else None,
                    "at_step": point.at_step,
                    "changes": point.changes.model_dump(mode="json") if point.changes else None,
                    "paused": point.paused,
                }
                if point
                else None,
                "data_dir": str(self._settings.data_dir),
                "offline": self._settings.offline,
                "chunk_seconds": self._settings.chunk_seconds,
                "checkpoint_seconds": self._settings.checkpoint_seconds,
                "checkpoint_ring": self._settings.checkpoint_ring,
                "watched": assignment.watched,
            }
        )
        return run

    def command(self, job: str, id: str, command: Command) -> None:
        if run := self._runs.get(job):
            run.link.send(
                {"type": "command", "job": job, "id": id, "command": command.model_dump(mode="json")}
            )

    def park(self, job: str) -> None:
        if run := self._runs.get(job):
            run.link.send({"type": "park", "job": job})

    def watch(self, job: str, watched: bool) -> None:
        if run := self._runs.get(job):
            run.link.send({"type": "watched", "job": job, "watched": watched})

    async def abandon(self, job: str) -> None:
        if run := self._runs.get(job):
            run.link.kill()

    # ── predictions ───────────────────────────────────────────────────────────────────────────────────────────

    async def predict(self, query: Query) -> Prediction:
        link = await self._answerer(query)
        question = {
            "type": "predict",
            "job": query.job,
            "spec": query.spec.model_dump(mode="json"),
            "checkpoint": str(query.checkpoint) if query.checkpoint else None,
            "inputs": query.inputs,
            "offline": self._settings.offline,
        }
        return Prediction.model_validate(await self._ask(link, question, "The model"))

    async def preview(self, spec: Spec) -> DataShown | None:
        asked = [link for link, _ in self._questions.values()]  # one at a time: jobs come first
        link = next((x for x in self._links.values() if self._is_idle(x) and x not in asked), None)
        if link is None:
            raise Unavailable("No worker is idle to load the data.", hint="Ask again once one is.")
        question = {"type": "preview", "spec": spec.model_dump(mode="json")}
        found = await self._ask(link, question, "The worker that loads the data")
        return None if found is None else DataShown.model_validate(found)

    async def _ask(self, link: WorkerLink, question: dict[str, Any], who: str) -> Any:
        id = secrets.token_hex(4)
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._questions[id] = (link, answer)
        link.send({**question, "id": id, "data_dir": str(self._settings.data_dir)})
        try:
            message = await asyncio.wait_for(answer, ANSWER_SECONDS)
        except TimeoutError:
            raise Unavailable(
                f"{who} did not answer within {ANSWER_SECONDS:g} s.", hint="Try again."
            ) from None
        finally:
            del self._questions[id]
        if problem := message.get("problem"):
            raise error_of(problem)
        return message["result"]

    async def _answerer(self, query: Query) -> WorkerLink:
        """The job's own worker, or an idle one, or the spare one, which is started when it is first needed."""
        run = self._runs.get(query.job)
        if query.checkpoint is None:
            if run is None:
                raise Unavailable(
                    "The job does not run any more.", hint="Ask again; its newest checkpoint answers."
                )
            return run.link
        for link in self._links.values():
            if self._is_idle(link):
                return link
        id = self._settings.workers + 1
        if id not in self._links:
            self._links[id] = WorkerLink(id, self._settings.threads, self._receive)
            self._spawn(self._links[id])
        try:
            await asyncio.wait_for(self._ready.setdefault(id, asyncio.Event()).wait(), ANSWER_SECONDS)
        except TimeoutError:
            raise Unavailable("No worker is ready to answer.", hint="Try again in a moment.") from None
        if id not in self._links:
            raise Unavailable("The worker that was to answer could not start.", hint="Try again in a moment.")
        if self._spare_timer:
            self._spare_timer.cancel()
        self._spare_timer = asyncio.get_running_loop().call_later(SPARE_SECONDS, self._end_spare)
        return self._links[id]

    def _end_spare(self) -> None:
        link = self._links.get(self._settings.workers + 1)
        if link is not None:
            self._keep(link.close())

    # ── who is there ──────────────────────────────────────────────────────────────────────────────────────────

    def workers(self) -> list[WorkerInfo]:
        return [
            WorkerInfo(
                id=link.id,
                state="stalled" if link.stalled else link.state,
                pid=link.pid,
                job=link.job,
                memory=link.memory(),
            )
            for link in self._links.values()
        ]

    def devices(self) -> list[DeviceInfo]:
        memory = psutil.virtual_memory()
        now = {
            "memory_total": memory.total,
            "memory_used": memory.total - memory.available,
            "load": min(1.0, psutil.cpu_percent() / 100),
        }
        return [d.model_copy(update=now) if d.name == "cpu" else d for d in self._devices]

    # ── inside ────────────────────────────────────────────────────────────────────────────────────────────────

    def _keep(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _free(self) -> list[WorkerLink]:
        """Who could take a job now."""
        return [x for x in self._links.values() if x.id <= self._settings.workers and self._is_idle(x)]

    def _is_idle(self, link: WorkerLink) -> bool:
        return link.state == "idle" and not link.stalled

    async def _listen_for_beats(self) -> None:
        """Counts beats and not seconds: a server that stood still itself finds what its workers said meanwhile."""
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            for link in list(self._links.values()):
                if link.miss():
                    logger.warning("Worker %d (process %s) stands still.", link.id, link.pid)
                    if run := self._runs.get(link.job or ""):
                        message = f"Worker {link.id} stands still. If it stays so, another takes its place."
                        told = Logged(level="warning", code="worker_stalled", message=message)
                        run.messages.put_nowait(encode([told])[0])

    def _spawn(self, link: WorkerLink) -> None:
        self._keep(self._warm_up(link))

    async def _warm_up(self, link: WorkerLink) -> None:
        failures = self._failures.get(link.id, 0)
        await asyncio.sleep(RESTART_SECONDS[min(failures, len(RESTART_SECONDS) - 1)])
        ready = self._ready[link.id] = self._ready.get(link.id) or asyncio.Event()
        async with self._starting:
            await link.start()
            self._changed()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(ready.wait(), 30)

    def _receive(self, link: WorkerLink, message: dict[str, Any] | None) -> None:
        """A message of a worker, or None when it is gone."""
        if message is None:
            self._lost(link)
            return
        if link.stalled:
            link.silent = 0
            self._changed()  # it goes on
        match message["type"]:
            case "chunk":
                if run := self._runs.get(message["job"]):
                    run.messages.put_nowait(
                        Chunk(
                            message["retention"],
                            message["key"],
                            message["step"],
                            message["count"],
                            message["payload"],
                        )
                    )
            case "done":
                link.state, link.job = "idle", None
                if run := self._runs.pop(message["job"], None):
                    run.messages.put_nowait(None)
                self._changed()
            case "answer":
                _, answer = self._questions.get(message["id"], (link, None))
                if answer is not None and not answer.done():
                    answer.set_result(message)
            case "ready" | "devices":
                self._devices = [DeviceInfo.model_validate(device) for device in message["devices"]]
                if message["type"] == "ready":
                    link.state = "idle"
                    self._failures.pop(link.id, None)
                    self._ready.setdefault(link.id, asyncio.Event()).set()
                    self._changed()

    def _lost(self, link: WorkerLink) -> None:
        was_ready = self._ready.pop(link.id, None)
        if was_ready is None or not was_ready.is_set():
            self._failures[link.id] = self._failures.get(link.id, 0) + 1
        if was_ready is not None:
            was_ready.set()  # whoever waits for it must look again
        message, hint = link.ending()
        for _, answer in [(x, a) for x, a in self._questions.values() if x is link]:
            if not answer.done():
                answer.set_exception(Unavailable(message, hint="Ask again."))
        if link.job and (run := self._runs.pop(link.job, None)):
            run.messages.put_nowait(WorkerLost(message, hint=hint))
        if self._closing:
            return
        if link.id > self._settings.workers:
            del self._links[link.id]
            return
        logger.warning("%s", message)
        fresh = self._links[link.id] = WorkerLink(link.id, self._settings.threads, self._receive)
        self._spawn(fresh)
        self._changed()


def error_of(problem: dict[str, Any]) -> FreediveError:
    """A problem that a worker answered with, as the exception it was."""
    kinds: list[type[FreediveError]] = [BadSpec, *BadSpec.__subclasses__(), Damaged, Unavailable]
    kind = next((kind for kind in kinds if kind.code == problem["code"]), JobFailed)
    return kind(problem["message"], position=problem.get("position"), hint=problem.get("hint"))
