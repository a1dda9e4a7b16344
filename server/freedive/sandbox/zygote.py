"""The warm process: imports torch and the lab once, then forks a child whenever the server asks.

It never runs a visitor's code and holds nothing worth reading: an emptied environment, one control socket. It talks to
`pool` in fixed records and hands each new child's two pipes over with them; `child.run` is what the child then does.
The end of the control socket is its end, and its end is the end of its children (PR_SET_PDEATHSIG).
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import gc
import math
import mmap
import os
import select
import signal
import socket
import sys
from pathlib import Path
from typing import NoReturn

from freedive.sandbox import child, huge_pages, machine_code
from freedive.sandbox.limits import LIMITS, Limits
from freedive.sandbox.records import EXITED, FORK, FORK_IN_HASTE, FORKED, KILL, LINE, NOT_FORKED, RECORD, WARM
from freedive.sandbox.seal import Seal


class Zygote:
    def __init__(self, control: socket.socket, evaluate: child.Evaluate, limits: Limits) -> None:
        self._control = control
        self._evaluate = evaluate
        self._limits = limits
        self._seal = Seal(limits)
        self._children: dict[int, mmap.mmap] = {}
        """Each with a page that it shares with us: there it notes the line it is at, in case it dies there."""
        self._bell, bell = os.pipe()  # rung by SIGCHLD
        for fd in (self._bell, bell):
            os.set_blocking(fd, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(bell, warn_on_full_buffer=False)

    def serve(self) -> None:
        """Until the server closes the control socket."""
        self._tell(WARM)
        poll = select.poll()
        poll.register(self._control, select.POLLIN)
        poll.register(self._bell, select.POLLIN)
        while True:
            rung = {fd for fd, _event in poll.poll()}
            if self._bell in rung:
                os.read(self._bell, 4096)
                self._reap()
            if self._control.fileno() in rung:
                record = self._control.recv(RECORD.size)
                if len(record) < RECORD.size:
                    return
                what, pid, _status, seconds, _line = RECORD.unpack(record)
                if what in (FORK, FORK_IN_HASTE):
                    self._fork(what == FORK_IN_HASTE, math.ceil(seconds) or self._limits.cpu_seconds)
                elif what == KILL and pid in self._children:  # not reaped yet, so the number is still its own
                    os.kill(pid, signal.SIGKILL)

    def _fork(self, in_haste: bool, cpu_seconds: int) -> None:
        request_out, request_in = os.pipe()
        answer_out, answer_in = os.pipe()
        try:
            note = mmap.mmap(-1, mmap.PAGESIZE)
            pid = self._fork_bare()
            if pid == 0:
                signal.set_wakeup_fd(-1)
                for others in self._children.values():
                    others.close()
                self._seal.cpu_seconds = cpu_seconds
                child.run(request_out, answer_in, note, self._seal, self._evaluate, self._limits, in_haste)
            self._children[pid] = note
            record = RECORD.pack(FORKED, pid, 0, float(cpu_seconds), 0)
            socket.send_fds(self._control, [record], [request_in, answer_out])
        except OSError as error:
            self._tell(NOT_FORKED, status=error.errno or 0, seconds=float(cpu_seconds))
        finally:
            for fd in (request_out, request_in, answer_out, answer_in):
                os.close(fd)

    @staticmethod
    def _fork_bare() -> int:
        """The C library's fork. Python's own goes on to put its locks, threads and random numbers in order in the child:
        0.8 ms and 300 pages copied, for a process that has one thread and seeds for itself."""
        if sys.platform != "linux":
            return os.fork()
        libc = ctypes.PyDLL(None, use_errno=True)  # PyDLL: the interpreter's lock stays held on both sides
        pid = int(libc.fork())
        if pid < 0:
            code = ctypes.get_errno()
            raise OSError(code, os.strerror(code))
        return pid

    def _reap(self) -> None:
        while self._children:
            pid, status, usage = os.wait4(-1, os.WNOHANG)
            if pid == 0:
                return
            with self._children.pop(pid) as note:
                (line,) = LINE.unpack_from(note)
            self._tell(EXITED, pid, status, usage.ru_utime + usage.ru_stime, line)

    def _tell(self, what: int, pid: int = 0, status: int = 0, seconds: float = 0.0, line: int = 0) -> None:
        self._control.send(RECORD.pack(what, pid, status, seconds, line))


def threads() -> int:
    """Threads of this process; a fork takes only the one that calls it along."""
    tasks = Path("/proc/self/task")
    return len(list(tasks.iterdir())) if tasks.exists() else 1


def get_warm(lab: str) -> child.Evaluate:
    """Import and call what a snippet may need, since behind the seal it is too late; from here on the process only forks."""
    import torch  # the one slow import, before anything is promised

    torch.set_num_threads(1)
    machine_code.prepare()
    evaluate = child.load_lab(lab)
    for _ in range(3):
        evaluate(child.FIRST_TOUCH)
    if threads() > 1:
        sys.exit(f"the warm process has {threads()} threads; a fork would lose all but one")
    machine_code.lock()
    gc.collect()
    gc.freeze()  # a collection in a child must not touch, and so copy, all that is here
    huge_pages.collapse()
    return evaluate


def main() -> NoReturn:
    parser = argparse.ArgumentParser(description="The tensor lab's warm process; started by the server.")
    parser.add_argument("--control", type=int, required=True, help="descriptor of the control socket")
    parser.add_argument("--lab", default="freedive.lab", help="module with evaluate, warm_up and Budget")
    parser.add_argument("--cpu-seconds", type=int, default=LIMITS.cpu_seconds)
    options = parser.parse_args()

    evaluate = get_warm(options.lab)
    control = socket.socket(fileno=options.control)
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # the server has gone
        Zygote(control, evaluate, Limits(cpu_seconds=options.cpu_seconds)).serve()
    os._exit(0)


if __name__ == "__main__":
    main()
