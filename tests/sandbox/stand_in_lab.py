"""A lab that does whatever Python it is told, to try the seal and the pool without the interpreter in between.

All modules that an attack needs are imported here, before the seal, so that no attack fails for want of an import.
"""

from __future__ import annotations

import ctypes
import fcntl
import io
import mmap
import os
import resource
import signal
import socket
import subprocess
import threading
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass
from typing import Any

import torch

NAMES: dict[str, Any] = {
    "torch": torch,
    "ctypes": ctypes,
    "fcntl": fcntl,
    "mmap": mmap,
    "os": os,
    "resource": resource,
    "signal": signal,
    "socket": socket,
    "subprocess": subprocess,
    "threading": threading,
    "libc": ctypes.CDLL(None, use_errno=True),
}


@dataclass(frozen=True)
class Budget:
    seconds: float = 3.0

    @classmethod
    def of(cls, request: dict[str, Any]) -> Budget:
        return cls(60.0 if request.get("long") else 3.0)


def warm_up() -> None:
    x = torch.randn(4, 3, requires_grad=True)
    torch.autograd.grad((x @ torch.randn(3, 2)).sum(), x)


def evaluate(
    request: dict[str, Any], budget: Budget, begun: Callable[[int], None] | None = None
) -> dict[str, Any]:
    """Run the source for real; `out` in its namespace goes into the answer."""
    if request["source"].startswith("# raise"):
        raise {"MemoryError": MemoryError, "RecursionError": RecursionError}.get(
            request["source"].split()[2], LookupError
        )("let through")
    torch.manual_seed(request["seed"])
    names = {**NAMES, "begun": begun}
    printed = io.StringIO()
    status, error = "ok", None
    try:
        with redirect_stdout(printed):
            exec(request["source"], names)
    except Exception as caught:
        status, error = "error", {"type": type(caught).__name__, "message": str(caught)}
    answer = {"status": status, "error": error, "output": printed.getvalue(), "out": names.get("out")}
    replaced: dict[str, Any] = names.get("answer", answer)
    return replaced
