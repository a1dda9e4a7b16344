"""WorkerLink: one worker process and the pipe to it. processes.py decides what to send; worker.py is the far side."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import ormsgpack
import psutil

from freedive.executors.messages import BEAT_SECONDS, LENGTH, Message, pack

WorkerState = Literal["starting", "idle", "busy", "lost"]

STALLED = 4
"""A worker that missed so many beats gets no new work, and it is told."""
GIVEN_UP = 10
"""One that missed so many is replaced."""
GIVEN_UP_STARTING = 120
"""The same while it loads its libraries, which may come from a slow disk and leave no thread its turn."""

COMMAND = [sys.executable, "-P", "-m", "freedive.executors.worker"]
READ_AHEAD = 4_000_000
"""Bytes that may wait to be parsed: a worker never waits for us because of one large snapshot."""
INHERITED = ("PATH", "HOME", "USER", "LANG", "LC_ALL", "TMPDIR", "TZ", "LD_LIBRARY_PATH", "SSL_CERT_FILE")
INHERITED_PREFIXES = ("CUDA_", "NVIDIA_", "HTTP_", "HTTPS_", "http", "no_proxy", "NO_PROXY", "REQUESTS_")
LAST_WORDS = 12
"""Lines of a worker's error output that are kept, to be told if it dies."""


class WorkerLink:
    """Starts the process, sends, and hands every message to `receive`; `receive(None)` is the end."""

    def __init__(self, id: int, threads: int, receive: Callable[[WorkerLink, Message | None], None]) -> None:
        self.id = id
        self.state: WorkerState = "starting"
        self.job: str | None = None
        self.pid: int | None = None
        self.exit_code: int | None = None
        self.silent = 0
        """Beats that it missed, one after the other."""
        self.given_up = False
        """It stood still and was ended for it."""
        self._threads = threads
        self._receive = receive
        self._process: asyncio.subprocess.Process | None = None
        self._usage: psutil.Process | None = None
        self._words: deque[str] = deque(maxlen=LAST_WORDS)
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Start the process; `receive` gets its `ready` once torch is loaded."""
        self._process = await asyncio.create_subprocess_exec(
            *COMMAND,
            "--id",
            str(self.id),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
            env=environment(self._threads),
            limit=READ_AHEAD,
        )
        self.pid = self._process.pid
        with contextlib.suppress(psutil.Error):
            self._usage = psutil.Process(self.pid)
        self._tasks = [asyncio.create_task(self._read()), asyncio.create_task(self._listen())]

    def send(self, message: Message) -> None:
        """Put a message on its way; a worker that is gone is noticed by the reader."""
        if self._process is None or self._process.stdin is None or self._process.stdin.is_closing():
            return
        with contextlib.suppress(OSError, RuntimeError):
            self._process.stdin.write(pack(message))

    @property
    def stalled(self) -> bool:
        """Whether it stands still, as far as can be seen."""
        return self.silent >= STALLED and self.state in ("idle", "busy")

    def miss(self) -> bool:
        """A beat's time is over. Ends it after too many without one; True where it is seen to stand still now."""
        self.silent += 1
        if self._process is not None and self.silent >= (
            GIVEN_UP_STARTING if self.state == "starting" else GIVEN_UP
        ):
            self.given_up = True
            self.kill()
        return self.stalled and self.silent == STALLED

    def memory(self) -> int | None:
        """Resident bytes."""
        try:
            return int(self._usage.memory_info().rss) if self._usage else None
        except psutil.Error:
            return None

    def kill(self) -> None:
        """End it at once."""
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()

    async def close(self) -> None:
        """Close its input, which ends it; kill it if that does not."""
        if self._process is None:
            return
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            await asyncio.wait_for(self._process.wait(), 2)
        except TimeoutError:
            self.kill()
            await self._process.wait()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def ending(self) -> tuple[str, str | None]:
        """How it ended, and a hint, for a person."""
        code = self.exit_code
        if self.given_up:
            silent = self.silent * BEAT_SECONDS
            told = f"Worker {self.id} stood still for {silent:g} s, and another takes its place."
            return told, None
        if code is not None and code < 0:
            name = signal.Signals(-code).name if -code in set(signal.Signals) else f"signal {-code}"
            how = f"Worker {self.id} was ended by {name}"
            hint = "The system may have run out of memory." if -code == signal.SIGKILL else None
        else:
            how, hint = f"Worker {self.id} ended unexpectedly with exit code {code}", None
        words = [word for word in self._words if word.strip()]
        return how + (f": {words[-1].strip()}" if words and code != -signal.SIGKILL else "."), hint

    async def _read(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        read = self._process.stdout.readexactly
        try:
            while True:
                size = LENGTH.unpack(await read(LENGTH.size))[0]
                message = ormsgpack.unpackb(await read(size))
                self._receive(self, message)
                self.silent = 0
        except (asyncio.IncompleteReadError, OSError, ormsgpack.MsgpackDecodeError):
            pass
        self.kill()
        self.exit_code = await self._process.wait()
        self.state = "lost"
        self._receive(self, None)

    async def _listen(self) -> None:
        assert self._process is not None
        assert self._process.stderr is not None
        with contextlib.suppress(ValueError, OSError):
            while line := await self._process.stderr.readline():
                self._words.append(line.decode(errors="replace").rstrip())


def environment(threads: int) -> dict[str, str]:
    """A clean environment: no token, none of our settings, this package on the path, threads as configured."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name in INHERITED or name.startswith(INHERITED_PREFIXES)
    }
    return {
        **kept,
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "PYTHONUNBUFFERED": "1",
        "PYTHONFAULTHANDLER": "1",
        "OMP_NUM_THREADS": str(threads),
        "MKL_NUM_THREADS": str(threads),
        "CUBLAS_WORKSPACE_CONFIG": ":4096:8",
    }
