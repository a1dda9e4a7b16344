"""WS /stream: each socket is a cursor on the log. It reads when it is ready to send, so a slow one costs nobody."""

from __future__ import annotations

import asyncio
from urllib.parse import parse_qsl

from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from freedive.api.deps import PREFIX
from freedive.api.problems import problem_response
from freedive.errors import NotFound
from freedive.jobs.event_log import EventLog
from freedive.jobs.service import JobService
from freedive.jobs.tail import Message

SEND_SECONDS = 20.0
"""A peer that takes nothing for so long is let go; it comes back with its cursor."""
MOST_JOBS = 50
GOING_AWAY = 1001


class Stream:
    """Answers before the router: with hundreds of watchers every layer between log and socket counts."""

    def __init__(self, app: ASGIApp, main: FastAPI) -> None:
        self.app = app
        self._main = main

    @property
    def service(self) -> JobService:
        service: JobService = self._main.state.service
        return service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "websocket" or scope["path"] != f"{PREFIX}/stream":
            await self.app(scope, receive, send)
            return
        await receive()  # websocket.connect
        cursors = await self._cursors(scope, receive, send)
        if cursors is None:
            return
        await send({"type": "websocket.accept"})
        with self.service.watchers.follow(list(cursors)) as flag:
            # A task of its own: this one lies under a dozen layers, and every wake-up would pass them all.
            reading = asyncio.create_task(Reading(self.service.log, cursors, flag, send).run())
            own = asyncio.current_task()

            def over(_: object) -> None:
                if own is not None:
                    own.cancel()

            reading.add_done_callback(over)
            try:
                while (await receive())["type"] != "websocket.disconnect":
                    pass  # what the peer says is not listened to
            except asyncio.CancelledError:
                if not reading.done():
                    raise
            finally:
                reading.remove_done_callback(over)
                reading.cancel()

    async def _cursors(self, scope: Scope, receive: Receive, send: Send) -> dict[str, int] | None:
        """What the address asks for; refused before the socket opens where it makes no sense."""
        pairs = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        jobs = [value for name, value in pairs if name == "job"]
        afters = [value for name, value in pairs if name == "after"]
        wrong = None
        if not 1 <= len(set(jobs)) <= MOST_JOBS:
            wrong = f"Expected `job` from 1 to {MOST_JOBS} times; got {len(set(jobs))}."
        elif len(afters) not in (0, len(jobs)) or not all(a.isdecimal() and len(a) < 16 for a in afters):
            wrong = "Expected `after` once for each job, as the last sequence number seen; or not at all."
        if wrong:
            response = problem_response(422, "bad_spec", wrong, hint="/api/v1/stream?job=ID&after=0")
            await response(scope, receive, send)
            return None
        try:
            for job in jobs:
                await asyncio.to_thread(self.service.log.last, job)
        except NotFound as error:
            await problem_response(404, error.code, error.message, hint=error.hint)(scope, receive, send)
            return None
        return dict(zip(jobs, map(int, afters or ["0"] * len(jobs)), strict=True))


class Reading:
    """One socket's way through the log. Ends when its jobs are deleted, or when the peer takes nothing any more."""

    def __init__(self, log: EventLog, cursors: dict[str, int], flag: asyncio.Event, send: Send) -> None:
        self.log = log
        self.cursors = cursors
        self.flag = flag
        self.send = send
        self._begun: float | None = None
        """When the message that is on its way was begun; a look now and then costs less than a timer for each."""
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None

    async def run(self) -> None:
        """Send what is new whenever there is something new."""
        self._look(asyncio.current_task())
        try:
            while self.cursors:
                self.flag.clear()
                for job, cursor in [*self.cursors.items()]:
                    message = self.log.peek(job, cursor) or await self._stored(job, cursor)
                    if message.cursor == cursor:
                        continue
                    self.cursors[job] = message.cursor
                    if message.more:
                        self.flag.set()
                    if message.frames:
                        self._begun = self._loop.time()
                        await self.send({"type": "websocket.send", "bytes": message.frames})
                        self._begun = None
                if self.cursors:
                    await self.flag.wait()
            await self.send({"type": "websocket.close", "code": GOING_AWAY, "reason": "The job was deleted."})
        except OSError:
            pass  # the peer is gone
        finally:
            if self._timer:
                self._timer.cancel()

    def _look(self, task: asyncio.Task[None] | None) -> None:
        """End the task if one message takes too long, else look again later."""
        waited = self._loop.time() - self._begun if self._begun is not None else 0.0
        if waited >= SEND_SECONDS and task is not None:
            task.cancel()
        else:
            self._timer = self._loop.call_later(SEND_SECONDS - waited, self._look, task)

    async def _stored(self, job: str, cursor: int) -> Message:
        """What memory does not hold any more."""
        try:
            return await asyncio.to_thread(self.log.read, job, cursor)
        except NotFound:
            del self.cursors[job]  # deleted while it was watched
            return Message(b"", cursor)
