"""Memory that can be run can no longer be written: the code that was there stays, and no other comes to it."""

from __future__ import annotations

import os
import platform
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() != "x86_64", reason="the trial's code is for this processor"
)

TRIAL = """
import ctypes, mmap, os
from freedive.sandbox import machine_code

answer = b"\\xb8\\x2a\\x00\\x00\\x00\\xc3"  # return 42
libc = ctypes.CDLL(None)
libc.mmap.restype = ctypes.c_void_p

def rights(address):
    for line in open("/proc/self/maps"):
        area, found = line.split()[:2]
        begin, end = (int(part, 16) for part in area.split("-"))
        if begin <= address < end:
            return found

def call(address):
    return ctypes.CFUNCTYPE(ctypes.c_int)(address)()

one = libc.mmap(None, 4096, 7, 0x22, -1, 0)
fd = os.memfd_create("code")
os.ftruncate(fd, 4096)
written, run = (libc.mmap(None, 4096, prot, 0x01, fd, 0) for prot in (3, 5))
data = mmap.mmap(-1, 4096)  # shared, and never run
for address in (one, written):
    ctypes.memmove(address, answer, len(answer))
assert (rights(one), rights(written), rights(run)) == ("rwxp", "rw-s", "r-xs")
assert machine_code.lock() >= 8192
assert (rights(one), rights(written), rights(run)) == ("r-xp", "---p", "r-xs"), rights(written)
assert call(one) == call(run) == 42
data[:2] = b"ok"
assert machine_code.lock() == 0
"""

GENERATED = """
import re
import torch
from freedive.sandbox import machine_code

def writable_code():
    return [line for line in open("/proc/self/maps") if re.match(r"\\\\S+ .wx", line)]

machine_code.prepare()
machine_code.lock()
a, bag = torch.tensor([[1, 2], [3, 4]]), torch.nn.EmbeddingBag(3, 3)
assert torch.mm(a, a).tolist() == [[7, 10], [15, 22]]
bag(torch.tensor([1, 2]), torch.tensor([0, 1])).sum().backward()
torch.nn.Conv2d(1, 2, 3)(torch.ones(1, 1, 5, 5)).sum().backward()
assert writable_code() == []
"""


@pytest.mark.parametrize("trial", [TRIAL, GENERATED], ids=["what is there stays", "nothing is added"])
def test_code_can_be_run_and_not_be_written(trial: str) -> None:
    path = os.pathsep.join(entry for entry in sys.path if entry)
    environment = {"PYTHONPATH": path, "OMP_NUM_THREADS": "1"}
    subprocess.run([sys.executable, "-c", trial], env=environment, check=True, timeout=120)
