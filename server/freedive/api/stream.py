"""WS /stream: each socket is a cursor on the log. It reads when it is ready to send, so a slow one costs nobody."""

from __future__ import annotations

import asyncio
from urllib.parse import parse_qsl

from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from freedive.api.problems import problem_response
from freedive.errors import NotFound
from freedive.jobs.service import JobService

SEND_SECONDS = 20.0
"""A peer that takes nothing for so long is let go; it comes back with its cursor."""
MOST_JOBS = 50
GOING_AWAY, TRY_AGAIN_LATER = 1001, 1013


class Stream:
    """A plain ASGI endpoint: with hundreds of watchers every layer between log and socket would count."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app

    @property
    def service(self) -> JobService:
        service: JobService = self._app.state.service
        return service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()  # websocket.connect
        cursors = await self._cursors(scope, receive, send)
        if cursors is None:
            return
        await send({"type": "websocket.accept"})
        with self.service.watchers.follow(list(cursors)) as flag:
            listener = asyncio.create_task(_until_closed(receive, flag))
            try:
                await self._follow(cursors, flag, listener, send)
            except (OSError, TimeoutError):
                pass
            finally:
                listener.cancel()

    async def _follow(
        self, cursors: dict[str, int], flag: asyncio.Event, listener: asyncio.Task[None], send: Send
    ) -> None:
        log = self.service.log
        while True:
            flag.clear()
            for job in list(cursors):
                try:
                    message = log.peek(job, cursors[job])
                    if message is None:
                        message = await asyncio.to_thread(log.read, job, cursors[job])
                except NotFound:
                    del cursors[job]  # deleted while it was watched
                    continue
                if listener.done():
                    return
                if message.cursor != cursors[job]:
                    cursors[job] = message.cursor
                    flag.set()
                    if message.frames:
                        async with asyncio.timeout(SEND_SECONDS):
                            await send({"type": "websocket.send", "bytes": message.frames})
            if listener.done():
                return
            if not cursors:
                await send({"type": "websocket.close", "code": GOING_AWAY, "reason": "The job was deleted."})
                return
            await flag.wait()

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


async def _until_closed(receive: Receive, flag: asyncio.Event) -> None:
    """Wait for the peer to go; what it says meanwhile is not listened to."""
    while (await receive())["type"] != "websocket.disconnect":
        pass
    flag.set()
