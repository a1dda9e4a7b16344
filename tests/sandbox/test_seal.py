"""Arbitrary Python inside a sealed child: what it tries must have no effect, as root and as an ordinary user."""

from __future__ import annotations

import json
import mmap
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.sandbox.attacks import ATTACKS, WORKS_UNSEALED

from freedive.sandbox.pool import Outcome, Pool
from freedive.sandbox.protection import from_json

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the seal is made of Linux's parts")
with_pool = pytest.mark.asyncio(loop_scope="module")
SIGSYS = 31


@dataclass
class Target:
    """Things outside that an attack would like to touch."""

    folder: Path
    secret: Path
    listener: socket.socket
    victim: subprocess.Popen[bytes]

    def source(self, attack: str) -> str:
        return ATTACKS[attack].format(
            folder=self.folder,
            secret=self.secret,
            port=self.listener.getsockname()[1],
            victim=self.victim.pid,
        )

    def assert_untouched(self) -> None:
        assert sorted(path.name for path in self.folder.iterdir()) == ["doomed", "secret"]
        assert self.secret.read_text() == "a secret of the host"
        assert (self.folder / "doomed").stat().st_mode & 0o777 == 0o600
        with pytest.raises(BlockingIOError):
            self.listener.accept()
        assert self.victim.poll() is None


@pytest.fixture
def target(tmp_path: Path) -> Iterator[Target]:
    for folder in (tmp_path, *tmp_path.parents[:3]):  # so that user 65534 could, if only it were let
        folder.chmod(folder.stat().st_mode | 0o755)
    folder = tmp_path / "open"
    folder.mkdir()
    folder.chmod(0o777)
    secret = folder / "secret"
    secret.write_text("a secret of the host")
    secret.chmod(0o644)
    (folder / "doomed").touch(0o600)
    listener = socket.create_server(("127.0.0.1", 0))
    listener.setblocking(False)
    user = 65534 if os.getuid() == 0 else None
    victim = subprocess.Popen(["/bin/sleep", "300"], user=user)
    yield Target(folder, secret, listener, victim)
    listener.close()
    victim.kill()
    victim.wait()


def request(source: str) -> bytes:
    return json.dumps({"source": source, "seed": 0}).encode()


def assert_without_effect(outcome: Outcome) -> None:
    """Either the child died at the forbidden call, or the call failed and the child could say so."""
    if outcome.end == "died":
        assert outcome.signal == SIGSYS
    else:
        assert outcome.end == "answered"
        said = json.loads(outcome.answer)
        assert said["out"] is None, said


@with_pool
@pytest.mark.parametrize("attack", ATTACKS)
async def test_no_attack_has_an_effect(pool: Pool, target: Target, attack: str) -> None:
    assert_without_effect(await pool.run(request(target.source(attack))))
    target.assert_untouched()
    after = await pool.run(request("out = 2 + 2"))
    assert json.loads(after.answer)["out"] == 4


@pytest.mark.parametrize("attack", [name for name in WORKS_UNSEALED if not name.startswith("torch")])
def test_the_attack_works_outside(target: Target, attack: str) -> None:
    names = "ctypes, fcntl, mmap, os, resource, signal, socket, subprocess, threading"
    source = f"import {names}\nlibc = ctypes.CDLL(None)\n{target.source(attack)}\nassert out == 'done'\n"
    subprocess.run([sys.executable, "-c", source], check=True, timeout=30)


AS_ORDINARY_USER = """
import ctypes, fcntl, json, mmap, os, resource, signal, socket, subprocess, sys, threading
from dataclasses import asdict
from freedive.sandbox.seal import Seal
if os.getuid() == 0:
    os.setgroups([])
    os.setresgid(65534, 65534, 65534)
    os.setresuid(65534, 65534, 65534)
libc = ctypes.CDLL(None)
layers = asdict(Seal().apply())
os.write(1, json.dumps(layers).encode() + b"\\n")
out = None
try:
    exec(sys.argv[1])
except Exception as error:
    out = None
os.write(1, json.dumps(out).encode())
os._exit(0)
"""


@pytest.mark.parametrize(
    "attack",
    [
        "read a file",
        "write a file",
        "connect",
        "fork",
        "run a program",
        "kill another",
        "raise file size",
        "write code",
    ],
)
def test_an_ordinary_user_seals_as_well(target: Target, attack: str) -> None:
    path = os.pathsep.join(entry for entry in sys.path if entry)
    done = subprocess.run(
        [sys.executable, "-c", AS_ORDINARY_USER, target.source(attack)],
        capture_output=True,
        env={"PYTHONPATH": path},
        timeout=30,
    )
    said = done.stdout.splitlines()
    layers = from_json(json.loads(said[0]))
    assert layers.user == "ordinary"
    assert layers.rlimits
    assert layers.sealed
    assert done.returncode == -SIGSYS or json.loads(said[1]) is None
    target.assert_untouched()


def assert_sealed(pid: int) -> None:
    status = dict(
        line.split(":\t", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines() if ":\t" in line
    )
    assert status["NoNewPrivs"] == "1"
    assert status["Seccomp"] == "2"
    assert status["Threads"] == "1"
    assert {int(status[name], 16) for name in ("CapEff", "CapPrm", "CapInh", "CapAmb")} == {0}
    if os.getuid() == 0:
        assert status["Uid"].split() == ["65534"] * 4
        assert status["Gid"].split() == ["65534"] * 4
        assert status["Groups"].strip() == ""
    limits = Path(f"/proc/{pid}/limits").read_text()
    found = {name: tuple(values.split()[:2]) for name, values in re.findall(r"(Max [\w ]+?)  +(.*)", limits)}
    assert found["Max file size"] == ("0", "0")
    assert found["Max core file size"] == ("0", "0")
    assert found["Max processes"] == ("0", "0")
    assert found["Max open files"] == ("16", "16")
    assert found["Max cpu time"] == ("3", "4")
    if os.getuid() == 0:  # others may not look at a process that is not dumpable
        folder = Path(f"/proc/{pid}/fd")
        leads_to = {path.name: os.readlink(path) for path in folder.iterdir()}
        assert sorted(leads_to) == ["0", "1", "2", "3", "4"]
        assert {leads_to[fd] for fd in "012"} == {"/dev/null"}
        assert all(leads_to[fd].startswith("pipe:") for fd in "34")
        areas = [line.split()[:2] for line in Path(f"/proc/{pid}/maps").read_text().splitlines()]
        assert not [rights for _area, rights in areas if "wx" in rights]
        # of what is shared with others it can write to one page, where it notes its line
        (shared,) = (area for area, rights in areas if rights[1] == "w" and rights[3] == "s")
        begin, end = (int(part, 16) for part in shared.split("-"))
        assert end - begin == mmap.PAGESIZE
        environment = Path(f"/proc/{pid}/environ").read_bytes().decode()
        assert not re.search(r"FREEDIVE|TOKEN|SECRET|KEY", environment)


@with_pool
async def test_the_kernel_confirms_every_layer(pool: Pool) -> None:
    """From outside, in /proc, of a child that waits for its request."""
    await pool.run(request("out = 1"))  # so that a spare stands ready again, or soon
    child = await pool._take(pool._usual)
    try:
        assert_sealed(child.pid)
    finally:
        pool._discard(child)


@with_pool
async def test_layers_are_reported(pool: Pool) -> None:
    await pool.run(request("out = 1"))
    assert pool.layers is not None
    assert pool.layers.sealed
    assert pool.layers.dies_with_parent
    assert pool.layers.no_new_privileges
    assert pool.layers.user == ("dropped" if os.getuid() == 0 else "ordinary")


WITH_ONE_LAYER = """
import json, os, sys
from dataclasses import asdict
from freedive.sandbox import bpf, landlock
exec(sys.argv[1])
from freedive.sandbox.seal import Seal
layers = asdict(Seal().apply())
try:
    open(sys.argv[2]).read()
    layers["outcome"] = "read"
except OSError as error:
    layers["outcome"] = type(error).__name__
os.write(1, json.dumps(layers).encode())
os._exit(0)
"""


@pytest.mark.parametrize(
    ("take_away", "missing", "outcome"),
    [
        ("bpf.NUMBERS.clear()", "seccomp", "PermissionError"),
        ("landlock.abi = lambda: 0", "landlock", "FileNotFoundError"),
        ("bpf.NUMBERS.clear(); landlock.abi = lambda: 0", "seccomp", "read"),
    ],
)
def test_a_missing_layer_is_named_and_the_other_one_holds(
    target: Target, take_away: str, missing: str, outcome: str
) -> None:
    path = os.pathsep.join(entry for entry in sys.path if entry)
    done = subprocess.run(
        [sys.executable, "-c", WITH_ONE_LAYER, take_away, str(target.secret)],
        capture_output=True,
        env={"PYTHONPATH": path},
        timeout=30,
        check=True,
    )
    said = json.loads(done.stdout)
    assert said.pop("outcome") == outcome
    layers = from_json(said)
    assert missing in layers.missing
    assert layers.sealed == (outcome != "read")
