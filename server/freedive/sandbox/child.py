"""One child: seal, warm the memory it will touch, wait for one request, answer it, end.

Runs after the fork, before and after the seal; `zygote` starts it and `pool` talks to it through two pipes.
"""

from __future__ import annotations

import fcntl
import gc
import importlib
import mmap
import os
import signal
import time
import traceback
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, NoReturn, Protocol

import orjson

from freedive.sandbox.frames import frame, read_frame, to_json, write_all
from freedive.sandbox.limits import Limits
from freedive.sandbox.records import LINE
from freedive.sandbox.seal import Seal

Begun = Callable[[int], None]
"""Told the line of each statement of a snippet that begins."""


class Evaluate(Protocol):
    """The lab's one door."""

    def __call__(self, request: dict[str, Any], begun: Begun | None = None) -> dict[str, Any]: ...


FIRST_TOUCH: dict[str, Any] = {
    "source": "import torch\nx = torch.ones(2, 3, requires_grad=True)\n(x * 2 + x.sum(0)).sum().backward()\nprint(x)",
    "setup": "",
    "dialect": "auto",
    "seed": 0,
    "watch": ["x.grad"],
    "session": False,
    "trace": True,
}
"""Our own snippet, run in each spare child: its pages are then its own, and the visitor does not wait for that."""

_REQUEST_FD, _ANSWER_FD, _RULESET_FD = 3, 4, 5


def load_lab(module: str) -> Evaluate:
    """Import the lab, touch every allowed family of functions once, and give back its one door."""
    lab = importlib.import_module(module)
    lab.warm_up()

    def evaluate(request: dict[str, Any], begun: Begun | None = None) -> dict[str, Any]:
        answer: dict[str, Any] = lab.evaluate(request, lab.Budget.of(request), begun)
        return answer

    return evaluate


def run(
    request_fd: int,
    answer_fd: int,
    note: mmap.mmap,
    seal: Seal,
    evaluate: Evaluate,
    limits: Limits,
    in_haste: bool,
) -> NoReturn:
    """The whole life of a child, from right after the fork. Never returns.

    `note`: a page that the zygote sees too. `in_haste`: a request waits for this very child, so touching memory ahead of it would only cost time.
    """
    try:
        _keep_only(request_fd, answer_fd, seal)
        ready = _get_ready(seal, evaluate, in_haste)
        write_all(_ANSWER_FD, frame(to_json(ready)))
        body = read_frame(_REQUEST_FD, 2 * limits.request) if "layers" in ready else None
        if body is not None:
            write_all(_ANSWER_FD, frame(_answer(body, note, evaluate, limits)))
            os.read(_REQUEST_FD, 1)  # until the server ends us, at a moment that suits it
    except BrokenPipeError:
        pass  # the server has gone or has given up on us
    finally:
        os._exit(0)


def _get_ready(seal: Seal, evaluate: Evaluate, in_haste: bool) -> dict[str, Any]:
    gc.disable()  # it answers once and ends: nothing is worth a walk through all objects
    try:
        layers = seal.apply()
        first = {"status": "ok"} if in_haste else evaluate(FIRST_TOUCH)
        if first["status"] != "ok":
            return {"failed": f"our own snippet ended as {first['status']}: {first.get('error')}"}
        return {"layers": asdict(layers), "cpu_seconds": time.process_time()}
    except BaseException:
        return {"failed": traceback.format_exc()[-4000:]}


def _answer(body: bytes, note: mmap.mmap, evaluate: Evaluate, limits: Limits) -> bytes:
    """The lab answers for the snippet's faults; what it lets through is a fault of the lab or of memory."""
    try:
        answer = to_json(evaluate(orjson.loads(body), lambda line: LINE.pack_into(note, 0, line)))
    except MemoryError:
        return to_json({"fault": "memory"})
    except RecursionError:
        return to_json({"fault": "depth"})
    except BaseException:
        return to_json({"fault": "lab", "report": traceback.format_exc()[-4000:]})
    if len(answer) > limits.answer:
        return to_json({"fault": "size", "bytes": len(answer)})
    return answer


def _keep_only(request_fd: int, answer_fd: int, seal: Seal) -> None:
    """Two pipes and the rule set; the standard streams lead nowhere; signals do what they do by default."""
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    nowhere = os.open(os.devnull, os.O_RDWR)
    wanted = {0: nowhere, 1: nowhere, 2: nowhere, _REQUEST_FD: request_fd, _ANSWER_FD: answer_fd}
    if seal.ruleset >= 0:
        wanted[_RULESET_FD] = seal.ruleset
        seal.ruleset = _RULESET_FD
    aside = {target: fcntl.fcntl(source, fcntl.F_DUPFD, 16) for target, source in wanted.items()}
    for target, source in aside.items():
        os.dup2(source, target)
    os.closerange(max(wanted) + 1, os.sysconf("SC_OPEN_MAX"))
