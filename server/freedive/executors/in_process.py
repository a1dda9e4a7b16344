"""InProcess: the same far side on a thread of this process. For tests and debugging: one job at a time."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import threading
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Any

from freedive.errors import Unavailable, WorkerLost
from freedive.executors.base import Assignment, Query
from freedive.executors.processes import error_of
from freedive.protocol.chunks import Chunk
from freedive.protocol.commands import Command
from freedive.protocol.events import DataShown
from freedive.protocol.jobs import DeviceInfo, Prediction, WorkerInfo
from freedive.protocol.specs import Spec
from freedive.settings import Settings

if TYPE_CHECKING:
    from freedive.executors.messages import Message
    from freedive.executors.worker import Worker

ID = 1
CLOSE_SECONDS = 10.0


class InProcessRun:
    """A job on the thread."""

    worker = ID

    def __init__(self) -> None:
        self.chunks: asyncio.Queue[Chunk | WorkerLost | None] = asyncio.Queue()

    async def __aiter__(self) -> AsyncIterator[Chunk]:
        while (chunk := await self.chunks.get()) is not None:
            if isinstance(chunk, WorkerLost):
                raise chunk
            yield chunk


class InProcess:
    """Jobs share this process's torch, and its global random numbers: never two at a time."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._changed: Callable[[], None] = lambda: None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._worker: Worker | None = None
        self._thread: threading.Thread | None = None
        self._job: str | None = None
        self._run: InProcessRun | None = None
        self._abandoned = False
        self._questions: dict[str, asyncio.Future[Message]] = {}

    async def start(self, changed: Callable[[], None]) -> None:
        """Start the thread."""
        from freedive.executors.worker import Worker

        self._changed = changed
        self._loop = asyncio.get_running_loop()
        self._worker = Worker(ID, self._send)
        self._thread = threading.Thread(target=self._serve, name="worker", daemon=True)
        self._thread.start()
        self._changed()

    async def close(self) -> None:
        """Abandon the job and end the thread."""
        if self._worker is None or self._thread is None:
            return
        if self._job is not None:
            await self.abandon(self._job)
        self._worker.stop()
        await asyncio.to_thread(self._thread.join, CLOSE_SECONDS)
        self._worker = None

    def idle(self) -> int:
        """One, or none."""
        return int(self._worker is not None and self._job is None)

    def run(self, assignment: Assignment) -> InProcessRun:
        """Give the job to the thread. Raises Unavailable while it has one."""
        if self._worker is None or self._job is not None:
            raise Unavailable("The one worker of this process is busy.", hint="The job waits in the queue.")
        self._job, self._run, self._abandoned = assignment.job, InProcessRun(), False
        point = assignment.resume
        self._worker.receive(
            {
                "type": "job",
                "job": assignment.job,
                "spec": assignment.spec.model_dump(mode="json"),
                "resume": None
                if point is None
                else {
                    "reason": point.reason,
                    "checkpoint": point.checkpoint,
                    "at_step": point.at_step,
                    "changes": point.changes,
                    "paused": point.paused,
                },
                "watched": assignment.watched,
                **self._surroundings(),
            }
        )
        return self._run

    def command(self, job: str, id: str, command: Command) -> None:
        """Pass it on to the job if it runs."""
        self._tell(job, {"type": "command", "id": id, "command": command})

    def park(self, job: str) -> None:
        """Pass it on to the job if it runs."""
        self._tell(job, {"type": "park"})

    def watch(self, job: str, watched: bool) -> None:
        """Pass it on to the job if it runs."""
        self._tell(job, {"type": "watched", "watched": watched})

    async def abandon(self, job: str) -> None:
        """Have the job end at its next step without a word; its run raises WorkerLost."""
        if job == self._job:
            self._abandoned = True
            self._tell(job, {"type": "abandon"})

    async def predict(self, query: Query) -> Prediction:
        """Ask between two steps of whichever job runs."""
        question = {
            "type": "predict",
            "job": query.job,
            "spec": query.spec.model_dump(mode="json"),
            "checkpoint": None if query.checkpoint is None else str(query.checkpoint),
            "inputs": query.inputs,
        }
        return Prediction.model_validate(await self._ask(question))

    async def preview(self, spec: Spec) -> DataShown | None:
        """Load the data where no job runs."""
        if self._job is not None or self._questions:
            raise Unavailable("The one worker of this process is busy.", hint="Ask again once it is idle.")
        found = await self._ask({"type": "preview", "spec": spec.model_dump(mode="json")})
        return None if found is None else DataShown.model_validate(found)

    async def _ask(self, question: dict[str, Any]) -> Any:
        if self._worker is None:
            raise Unavailable("The server is closing.", hint="Ask again once it runs.")
        id = secrets.token_hex(4)
        self._questions[id] = asyncio.get_running_loop().create_future()
        self._worker.receive({**self._surroundings(), **question, "id": id})
        try:
            answer = await self._questions[id]
        finally:
            del self._questions[id]
        if problem := answer.get("problem"):
            raise error_of(problem)
        return answer["result"]

    def workers(self) -> list[WorkerInfo]:
        """The thread."""
        state = "starting" if self._worker is None else "busy" if self._job else "idle"
        return [WorkerInfo(id=ID, state=state, pid=os.getpid(), job=self._job)]

    def devices(self) -> list[DeviceInfo]:
        """What torch has in this process."""
        from freedive.training.devices import devices

        return devices()

    def _tell(self, job: str, message: dict[str, Any]) -> None:
        if self._worker is not None and job == self._job:
            self._worker.receive({"job": job, **message})

    def _surroundings(self) -> dict[str, Any]:
        settings = self._settings
        return {
            "data_dir": str(settings.data_dir),
            "offline": settings.offline,
            "chunk_seconds": settings.chunk_seconds,
            "checkpoint_seconds": settings.checkpoint_seconds,
            "checkpoint_ring": settings.checkpoint_ring,
        }

    def _serve(self) -> None:
        import torch

        assert self._worker is not None
        torch.set_num_threads(self._settings.threads)
        self._worker.serve()

    def _send(self, message: Message) -> None:
        """From the thread to the event loop; nobody listens once that is closed."""
        assert self._loop is not None
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._receive, message)

    def _receive(self, message: Message) -> None:
        if message["type"] == "answer":
            question = self._questions.get(message["id"])
            if question is not None and not question.done():
                question.set_result(message)
        elif self._run is None or message["job"] != self._job:
            return
        elif message["type"] == "chunk":
            fields = (message[name] for name in Chunk._fields)
            self._run.chunks.put_nowait(Chunk(*fields))
        elif message["type"] == "done":
            lost = WorkerLost("The job was abandoned.", hint="It goes on from its newest checkpoint.")
            self._run.chunks.put_nowait(lost if self._abandoned else None)
            self._job = self._run = None
            self._changed()
