"""One forked child as the server sees it: two pipes, two frames, one end. `pool` owns all of them."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable

from freedive.sandbox.frames import Inbox, frame


class PooledChild:
    """First says that it is ready, then answers one request. All without blocking the event loop."""

    def __init__(self, pid: int, request_fd: int, answer_fd: int, limit: int) -> None:
        self._loop = asyncio.get_running_loop()
        self.pid = pid
        self.ready: asyncio.Future[bytes | None] = self._loop.create_future()
        """The frame that says which layers are in force; None when it ended before."""
        self.answer: asyncio.Future[bytes | None] = self._loop.create_future()
        """The answer's JSON; None when it ended before, or answered too much."""
        self.ended: asyncio.Future[int | None] = self._loop.create_future()
        """The wait status; None when the zygote died first."""
        self.garbled = False
        """It announced a frame longer than the limit."""
        self.busy = False
        """It has its request."""
        self.line = 0
        """The line of the snippet that it was at when it ended."""
        self.cpu_when_ready = 0.0
        self.charge: Callable[[float], None] | None = None
        """Told the CPU seconds of the run, once the child has ended."""
        self.greeting: asyncio.Task[None] | None = None
        """Whoever waits for `ready`; kept here so that it is not collected."""
        self._request_fd, self._answer_fd = request_fd, answer_fd
        self._inbox = Inbox(limit)
        self._rest = b""
        os.set_blocking(request_fd, False)
        os.set_blocking(answer_fd, False)
        self._loop.add_reader(answer_fd, self._on_readable)

    @property
    def orphaned(self) -> bool:
        """Its zygote has died, and it too."""
        return self.ended.done() and self.ended.result() is None

    def send(self, body: bytes) -> None:
        """Hand the request over; what the pipe does not take at once follows."""
        self.busy = True
        self._rest = frame(body)
        self._on_writable()

    def close(self) -> None:
        """Let go of the pipes; both futures are settled afterwards."""
        self.busy = False
        if self._answer_fd < 0:
            return
        self._loop.remove_reader(self._answer_fd)
        self._loop.remove_writer(self._request_fd)
        os.close(self._answer_fd)
        os.close(self._request_fd)
        self._answer_fd = self._request_fd = -1
        self._no_more()

    def end(self, status: int | None, cpu_seconds: float) -> None:
        """News of its end, from the zygote."""
        if self.ended.done():
            return
        self.ended.set_result(status)
        if self.charge is not None:
            self.charge(max(0.0, cpu_seconds - self.cpu_when_ready))

    def _on_writable(self) -> None:
        try:
            self._rest = self._rest[os.write(self._request_fd, self._rest) :]
        except BlockingIOError:
            pass
        except OSError:  # it has ended; the reader hears of it
            self._rest = b""
        if self._rest:
            self._loop.add_writer(self._request_fd, self._on_writable)
        else:
            self._loop.remove_writer(self._request_fd)

    def _on_readable(self) -> None:
        try:
            data = os.read(self._answer_fd, min(self._inbox.wanted, 1 << 18))
            body = self._inbox.feed(data)
        except BlockingIOError:
            return
        except ValueError:
            self.garbled = True
            data, body = b"", None
        if not data:
            self._loop.remove_reader(self._answer_fd)
            self._no_more()
        elif body is not None:
            if not self.ready.done():
                self.ready.set_result(body)
            elif not self.answer.done():
                self._loop.remove_reader(self._answer_fd)
                self.answer.set_result(body)

    def _no_more(self) -> None:
        for frame_to_come in (self.ready, self.answer):
            if not frame_to_come.done():
                frame_to_come.set_result(None)
