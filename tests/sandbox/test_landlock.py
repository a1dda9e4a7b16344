"""Landlock by itself, without the filter in front of it: what it denies, by effect."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

import pytest

from freedive.sandbox import landlock

needs_landlock = pytest.mark.skipif(landlock.abi() == 0, reason="this kernel has no Landlock")

TRIAL = """
import ctypes, os, socket, sys
from freedive.sandbox import landlock
ctypes.CDLL(None).prctl(38, 1, 0, 0, 0)
landlock.restrict_self(landlock.empty_ruleset(landlock.abi()))
def attempt(act):
    try:
        act()
    except PermissionError:
        return "denied"
    return "done"
print(attempt(lambda: open("/etc/hostname").close()))
print(attempt(lambda: os.mkdir(sys.argv[1])))
print(attempt(lambda: socket.create_connection(("127.0.0.1", int(sys.argv[2])), 2).close()))
print(attempt(lambda: os.kill(os.getppid(), 0)))
"""


@needs_landlock
def test_alone_it_shuts_off_files_network_and_signals(tmp_path: os.PathLike[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        made, port = os.path.join(tmp_path, "made"), listener.getsockname()[1]
        path = os.pathsep.join(entry for entry in sys.path if entry)
        done = subprocess.run(
            [sys.executable, "-c", TRIAL, made, str(port)],
            capture_output=True,
            text=True,
            env={"PYTHONPATH": path},
            check=True,
        )
    file, folder, network, sent = done.stdout.split()
    assert (file, folder) == ("denied", "denied")
    assert not os.path.exists(made)
    if landlock.abi() >= 4:
        assert network == "denied"
    if landlock.abi() >= 6:
        assert sent == "denied"


@needs_landlock
@pytest.mark.parametrize("version", [1, 3, 4, 6])
def test_older_kernels_get_what_they_know(version: int) -> None:
    if version > landlock.abi():
        pytest.skip(f"this kernel knows ABI {landlock.abi()}")
    os.close(landlock.empty_ruleset(version))


def test_a_kernel_without_it_is_abi_zero(monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*_: object) -> int:
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(landlock, "_call", denied)
    assert landlock.abi() == 0
