"""The seal: what a child takes from itself before it reads the first byte of a snippet.

`Seal` is prepared once in the zygote and applied in each child, in this order: resource limits, user, no second
process, no capabilities, not dumpable, dies with its parent, no new privileges, Landlock, seccomp. A layer that the
machine lacks is left out and named in `protection.Layers`.
"""

from __future__ import annotations

import ctypes
import json
import os
import platform
import resource
import signal
import struct
import sys
from dataclasses import asdict
from typing import Any

from freedive.sandbox import bpf, landlock
from freedive.sandbox.limits import LIMITS, Limits
from freedive.sandbox.protection import Layers, User

NOBODY = 65534
_SET_PARENT_DEATH_SIGNAL, _SET_DUMPABLE, _SET_SECCOMP, _SET_NO_NEW_PRIVILEGES = 1, 4, 22, 38
_SECCOMP_MODE_FILTER = 2
_CAPABILITY_VERSION_3 = 0x20080522


class _Program(ctypes.Structure):
    """`struct sock_fprog`."""

    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


class Seal:
    """Built before the fork, so that the child only makes system calls."""

    def __init__(self, limits: Limits = LIMITS) -> None:
        self._limits = limits
        self.cpu_seconds = limits.cpu_seconds
        self._missing: dict[str, str] = {}
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._landlock = landlock.abi() if sys.platform == "linux" else 0
        self.ruleset = -1
        """The Landlock descriptor, to be kept open up to `apply`; -1 where there is none."""
        if self._landlock:
            self.ruleset = landlock.empty_ruleset(self._landlock)
        else:
            self._missing["landlock"] = "this kernel has no Landlock, or it is switched off"
        self._filter: _Program | None = None
        machine = {"AMD64": bpf.X86_64, "arm64": bpf.AARCH64}.get(platform.machine(), platform.machine())
        if sys.platform == "linux" and machine in bpf.NUMBERS and sys.byteorder == "little":
            code = bpf.program(machine)
            self._code = ctypes.create_string_buffer(code, len(code))  # must outlive the pointer to it
            self._filter = _Program(len(code) // 8, ctypes.cast(self._code, ctypes.c_void_p))
        else:
            self._missing["seccomp"] = f"there is no system call filter for {sys.platform} on {machine}"

    def apply(self) -> Layers:
        """Seal this process for good. Never raises: what could not be done stands in `missing`."""
        layers = Layers(missing=dict(self._missing))
        layers.rlimits = self._attempt(layers, "rlimits", self._limit_resources)
        layers.user = self._drop_root(layers)
        # after the change of user: the limit counts a user's processes, and root is exempt
        self._attempt(layers, "one process", lambda: resource.setrlimit(resource.RLIMIT_NPROC, (0, 0)))
        if sys.platform != "linux":
            return layers
        self._attempt(layers, "no capabilities", self._drop_capabilities)
        self._attempt(layers, "not dumpable", lambda: self._prctl(_SET_DUMPABLE, 0))
        layers.dies_with_parent = self._attempt(
            layers, "dies with parent", lambda: self._prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)
        )
        layers.no_new_privileges = self._attempt(
            layers, "no new privileges", lambda: self._prctl(_SET_NO_NEW_PRIVILEGES, 1)
        )
        if self.ruleset >= 0 and self._attempt(layers, "landlock", self._restrict):
            layers.landlock = self._landlock
        if self._filter is not None:
            layers.seccomp = self._attempt(layers, "seccomp", self._filter_calls)
        return layers

    @staticmethod
    def _attempt(layers: Layers, what: str, act: Any) -> bool:
        try:
            act()
        except Exception as error:
            layers.missing[what] = str(error)
            return False
        return True

    def _limit_resources(self) -> None:
        if sys.platform == "linux":  # elsewhere an address space is not a measure of memory
            statm = os.open("/proc/self/statm", os.O_RDONLY)
            pages = int(os.read(statm, 64).split()[0])
            os.close(statm)
            _lower(resource.RLIMIT_AS, pages * resource.getpagesize() + self._limits.memory)
        _deepen(resource.RLIMIT_STACK, self._limits.stack)
        _lower(resource.RLIMIT_FSIZE, 0)
        _lower(resource.RLIMIT_CORE, 0)
        _lower(resource.RLIMIT_NOFILE, 16)
        _lower(resource.RLIMIT_CPU, self.cpu_seconds, self.cpu_seconds + 1)

    @staticmethod
    def _drop_root(layers: Layers) -> User:
        if os.geteuid() != 0 and os.getuid() != 0:
            return "ordinary"
        try:
            os.setgroups([])
            if sys.platform == "linux":
                os.setresgid(NOBODY, NOBODY, NOBODY)
                os.setresuid(NOBODY, NOBODY, NOBODY)
            else:
                os.setgid(NOBODY)
                os.setuid(NOBODY)
        except OSError as error:
            layers.missing["user"] = f"started as root and could not become user {NOBODY}: {error}"
            return "root"
        return "dropped"

    def _drop_capabilities(self) -> None:
        """Whatever a user still has, and root in a container where it could not give itself up."""
        header = struct.pack("<Ii", _CAPABILITY_VERSION_3, 0)
        if self._libc.capset(header, bytes(24)) != 0:
            code = ctypes.get_errno()
            raise OSError(code, os.strerror(code))

    def _prctl(self, option: int, value: int) -> None:
        zero = ctypes.c_ulong(0)
        if self._libc.prctl(ctypes.c_int(option), ctypes.c_ulong(value), zero, zero, zero) != 0:
            code = ctypes.get_errno()
            raise OSError(code, os.strerror(code))

    def _restrict(self) -> None:
        landlock.restrict_self(self.ruleset)
        os.close(self.ruleset)

    def _filter_calls(self) -> None:
        assert self._filter is not None
        result = self._libc.prctl(
            ctypes.c_int(_SET_SECCOMP), ctypes.c_ulong(_SECCOMP_MODE_FILTER), ctypes.byref(self._filter)
        )
        if result != 0:
            code = ctypes.get_errno()
            raise OSError(code, os.strerror(code))


def _lower(limit: int, soft: int, hard: int | None = None) -> None:
    """Never above the hard limit that is already there."""
    hard = soft if hard is None else hard
    ceiling = resource.getrlimit(limit)[1]
    if ceiling != resource.RLIM_INFINITY:
        hard = min(hard, ceiling)
    resource.setrlimit(limit, (min(soft, hard), hard))


def _deepen(limit: int, soft: int) -> None:
    """Raise what holds now, as far as the hard limit goes."""
    now, ceiling = resource.getrlimit(limit)
    wanted = soft if ceiling == resource.RLIM_INFINITY else min(soft, ceiling)
    if now != resource.RLIM_INFINITY and now < wanted:
        resource.setrlimit(limit, (wanted, ceiling))


def main() -> None:
    """Seal this process, try to read a file, and print as JSON what held; `protection.probe` reads it."""
    layers = Seal().apply()
    try:
        with open(__file__, "rb") as file:
            file.read(1)
        read_a_file = True
    except OSError:
        read_a_file = False
    print(json.dumps(asdict(layers) | {"read_a_file": read_a_file}), flush=True)
    os._exit(0)  # the interpreter's own shutdown would ask for what is now forbidden


if __name__ == "__main__":
    main()
