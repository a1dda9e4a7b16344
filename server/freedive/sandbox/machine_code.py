"""Machine code that torch writes while it runs: none of it is wanted after the seal, which gives no memory that can be run.

`prepare` comes before torch computes anything, `lock` after the warm-up and before the first fork. Three libraries
inside torch write code on the CPU, and none of them survives a refusal:

- oneDNN, for most of what it computes: switched off, torch has kernels of its own for all of it.
- FBGEMM, for the lookups of EmbeddingBag, one piece for each width: told by its own switch to use its compiled loops.
- FBGEMM, for products of int64 matrices where the processor has AVX-512: two pieces, whatever the shapes are. They are
  written here, once, and every child has them from the fork on.

What is left are products of quantized tensors, which the lab does not offer.
"""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path

_READ, _EXECUTE = 1, 4
_NOTHING, _PRIVATE, _FIXED, _ANONYMOUS = 0, 0x02, 0x10, 0x20


def prepare() -> None:
    """Switch off what can be, write the rest, and let torch ask the processor what it is, which takes files."""
    import torch

    os.environ["FBGEMM_NO_ASMJIT"] = "1"  # read at the first lookup
    torch.backends.mkldnn.set_flags(False)  # type: ignore[no-untyped-call]
    whole = torch.ones(2, 2, dtype=torch.int64)
    torch.addmm(whole, whole, whole)
    torch.mm(whole, whole)
    # a library of its own reads /proc/cpuinfo here; torch may ask it for the first time in a product of halves
    half = torch.ones(2, 2).half()
    torch.mm(half, half)


def lock() -> int:
    """Take the right to write away from all memory that can be run; bytes done. Raises OSError where that fails.

    Where memory cannot have both rights at once, such a library maps the same pages twice. The pages that can be
    written then lead nowhere afterwards, for they would be shared with every child.
    """
    if sys.platform != "linux":
        return 0
    libc = ctypes.CDLL(None, use_errno=True)
    libc.mmap.restype = ctypes.c_void_p
    areas = [line.split(maxsplit=5) for line in Path("/proc/self/maps").read_text("utf-8").splitlines()]
    shared = {tuple(rest[1:3]) for _area, rights, *rest in areas if rights[2:] == "xs"}
    done = 0
    for area, rights, *rest in areas:
        begin, end = (int(part, 16) for part in area.split("-"))
        address, size = ctypes.c_void_p(begin), ctypes.c_size_t(end - begin)
        if rights[1] != "w":
            continue
        if rights[2] == "x":
            failed = libc.mprotect(address, size, _READ | _EXECUTE) != 0
        elif rights[3] == "s" and tuple(rest[1:3]) in shared:
            how = _PRIVATE | _FIXED | _ANONYMOUS
            failed = libc.mmap(address, size, _NOTHING, how, -1, ctypes.c_long(0)) != begin
        else:
            continue
        if failed:
            raise OSError(ctypes.get_errno(), f"memory at {area} can be written and run")
        done += end - begin
    return done
