"""The zygote as the server sees it: one process, one control socket, records both ways. `pool` tells it what to do."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable
from typing import IO

from freedive.sandbox.limits import Limits
from freedive.sandbox.records import RECORD

OnRecord = Callable[[int, int, int, float, int, list[int]], None]


class ZygoteProcess:
    """One life of it, from `start` to `bury`."""

    def __init__(self, lab: str, limits: Limits, on_record: OnRecord) -> None:
        self._lab, self._limits, self._on_record = lab, limits, on_record
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 (lives as long as the process)
        self.lost = asyncio.Event()
        """It has died, or is as good as dead."""

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    async def start(self) -> None:
        """In a session and process group of its own, with a bare environment and one descriptor of ours."""
        kind = socket.SOCK_SEQPACKET if sys.platform == "linux" else socket.SOCK_STREAM
        ours, theirs = socket.socketpair(socket.AF_UNIX, kind)
        ours.setblocking(False)
        self._control = ours
        command = [sys.executable, "-P", "-m", "freedive.sandbox.zygote", "--control", str(theirs.fileno())]
        command += ["--lab", self._lab, "--cpu-seconds", str(self._limits.cpu_seconds)]
        with theirs:
            starting = asyncio.ensure_future(asyncio.to_thread(self._open, command, theirs.fileno()))
            try:
                await asyncio.shield(starting)
            finally:  # also when we are told to stop just now: what has been started must be buried
                self._process = await starting
        asyncio.get_running_loop().add_reader(ours.fileno(), self._on_readable)

    def _open(self, command: list[str], control_fd: int) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            command,
            env=bare_environment(),
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=self._errors,
            pass_fds=(control_fd,),
            start_new_session=True,
        )

    def tell(self, what: int, pid: int = 0, seconds: float = 0.0) -> None:
        if self._control is None:
            return
        try:
            self._control.send(RECORD.pack(what, pid, 0, seconds, 0))
        except OSError:  # it has died, or so many records wait for it that it might as well have
            self.kill()

    def kill(self) -> None:
        """The zygote and, with it, every child: they are one process group."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self.lost.set()

    async def bury(self) -> str:
        """Kill and reap it; its last words."""
        if self._control is not None:
            asyncio.get_running_loop().remove_reader(self._control.fileno())
            self._control.close()
            self._control = None
        if self._process is not None:
            self.kill()
            process, self._process = self._process, None
            await asyncio.to_thread(process.wait)
        with self._errors as errors:
            errors.seek(0)
            return errors.read()[-2000:].decode("utf-8", "replace").strip()

    def _on_readable(self) -> None:
        assert self._control is not None
        try:
            data, fds, _flags, _sender = socket.recv_fds(self._control, RECORD.size, 2)
        except BlockingIOError:
            return
        except OSError:
            data, fds = b"", []
        if len(data) == RECORD.size:
            what, pid, status, cpu_seconds, line = RECORD.unpack(data)
            self._on_record(what, pid, status, cpu_seconds, line, fds)
            return
        asyncio.get_running_loop().remove_reader(self._control.fileno())
        self.lost.set()


def bare_environment() -> dict[str, str]:
    """What a Python with torch needs and nothing else: children can read all of it."""
    path = [os.path.abspath(entry) for entry in sys.path]
    one_thread = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS")
    environment = dict.fromkeys(one_thread, "1") | {
        "PYTHONPATH": os.pathsep.join(path),
        "PYTHONHASHSEED": "0",  # equal requests have equal answers, after a restart too
        "CUDA_VISIBLE_DEVICES": "",  # its reservations would break the memory limit, its threads the fork
        "LC_ALL": "C.UTF-8",
        "MALLOC_ARENA_MAX": "1",
    }
    # where torch's libraries lie, and for which processor it computes: avx2 on one that could do more, say
    let_through = ("LD_LIBRARY_PATH", "ATEN_CPU_CAPABILITY")
    return environment | {name: os.environ[name] for name in let_through if name in os.environ}
