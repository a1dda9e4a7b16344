"""The tensor lab as the API sees it: `await evaluate(request, client)` gives the answer's JSON.

Cache, budget of CPU time, turn, then one sealed child of `pool`. What the child says is checked before it goes on;
what it could not say (killed, crashed, too much) is said here.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import time
from typing import Any

import orjson
from pydantic import BaseModel

from freedive.errors import Unavailable
from freedive.protocol.traces import Answer, EvaluateRequest
from freedive.sandbox.answers import AnswerCache, AnswerReader, fault_of
from freedive.sandbox.cpu_budget import Client, CpuBudget
from freedive.sandbox.limits import LIMITS, LONG, Limits
from freedive.sandbox.pool import Outcome, Pool
from freedive.sandbox.protection import Layers
from freedive.sandbox.settings import LabSettings
from freedive.sandbox.turns import Turns

logger = logging.getLogger(__name__)
security = logging.getLogger("freedive.security")

_REPEATABLE = frozenset(("ok", "rejected", "error"))  # the rest depends on how busy the machine was


class LabService:
    """One per server. `loopback`: nobody but this machine's own users can reach it."""

    def __init__(
        self,
        settings: LabSettings,
        *,
        loopback: bool = True,
        limits: Limits = LIMITS,
        lab: str = "freedive.lab",
        answer: type[BaseModel] = Answer,
    ) -> None:
        self.limits = limits
        self.pool = Pool(settings.spares, limits, lab, must_be_sealed=not loopback)
        self.turns = Turns(settings.children, settings.queue, settings.queue_seconds)
        self.long_turns = Turns(settings.long_children, settings.queue, LONG.wall_seconds)
        self.budget = CpuBudget(
            (settings.cpu_seconds, settings.cpu_share),
            (settings.address_cpu_seconds, settings.address_cpu_share),
            time.monotonic,
        )
        self.cache = AnswerCache(settings.cache_bytes)
        self._reader = AnswerReader(answer)
        self._in_flight: dict[bytes, asyncio.Future[bytes | None]] = {}

    async def start(self) -> None:
        """Returns at once; requests that come before the first child is ready wait for it."""
        await self.pool.start()

    async def stop(self) -> None:
        await self.pool.stop()

    @property
    def layers(self) -> Layers | None:
        """What protects the runs; None until the first child is ready."""
        return self.pool.layers

    async def evaluate(self, request: EvaluateRequest, client: Client) -> bytes:
        """The answer as JSON. Raises TooMany, Superseded, Unavailable; never for what a snippet does."""
        body = orjson.dumps(request.model_dump())
        while True:
            answer = self.cache.get(body)
            if answer is not None:
                return answer
            same = self._in_flight.get(body)
            if same is None:
                break
            answer = await asyncio.shield(same)  # somebody else asks the very same right now
            if answer is not None:
                return answer
        if not request.long:  # long runs are few: waiting for the turn is what they cost
            self.budget.admit(client)
        flight = self._in_flight[body] = asyncio.get_running_loop().create_future()
        shared: bytes | None = None
        try:
            async with (self.long_turns if request.long else self.turns).turn(client):
                limits = LONG if request.long else self.limits
                status, answer = self._answer(await self._run(body, client, request.long), limits)
            if status in _REPEATABLE:
                self.cache.put(body, answer)
            shared = answer if status != "crashed" else None
            return answer
        finally:
            del self._in_flight[body]
            flight.set_result(shared)

    async def _run(self, body: bytes, client: Client, long: bool) -> Outcome:
        def charge(cpu_seconds: float) -> None:
            if not long:
                self.budget.charge(client, cpu_seconds)

        outcome = await self.pool.run(body, charge, long=long)
        if outcome.end == "lost" or (outcome.end == "died" and outcome.signal == signal.SIGKILL):
            outcome = await self.pool.run(
                body, charge, long=long
            )  # ended from outside: a run has no effects to repeat
        if outcome.end == "lost":
            raise Unavailable(
                "The tensor lab is being started again.", hint="Try once more in a few seconds."
            )
        return outcome

    def _answer(self, outcome: Outcome, limits: Limits) -> tuple[str, bytes]:
        """Status and JSON; what a child says is passed on only where it is an answer by the schema."""
        if outcome.end == "answered":
            status = self._reader.status(outcome.answer)
            if status is not None:
                return status, outcome.answer
            fault = fault_of(outcome.answer)
            if fault is not None:
                return self._fault(fault)
        if outcome.end == "wall":
            seconds = limits.wall_seconds
            return _say(
                "limit", "wall", f"time limit: the run was ended after {seconds:g} s", seconds=seconds
            )
        if outcome.end == "died" and outcome.signal == signal.SIGXCPU:
            return _too_much_cpu(limits, outcome.line)
        if outcome.end == "died" and outcome.signal == signal.SIGSYS:
            security.warning("a snippet made the lab's process try a forbidden system call; it was ended")
            return _say(
                "rejected", "system_call", "the run tried something that the lab forbids, and was ended"
            )
        if outcome.end == "died":
            name = _signal_name(outcome.signal)
            logger.error("a process of the tensor lab ended by itself: %s, line %d", name, outcome.line)
            message = (
                f"the process that ran the snippet ended unexpectedly ({name}); nothing else is affected"
            )
            return _say("crashed", "process", message, outcome.line, signal=name)
        security.warning("a process of the tensor lab answered with something that is not an answer")
        return _say("crashed", "garbled", "the process that ran the snippet did not give a proper answer")

    def _fault(self, said: dict[str, Any]) -> tuple[str, bytes]:
        """What went wrong in a child outside the snippet's own errors."""
        fault = said["fault"]
        if fault == "memory":
            mib = self.limits.memory >> 20
            return _say("limit", "memory", f"memory limit: the run needs more than {mib} MiB", mib=mib)
        if fault == "depth":
            return _say("limit", "depth", "depth limit: the snippet or its values are nested too deeply")
        if fault == "size":
            mib = self.limits.answer >> 20
            message = f"size limit: the answer is larger than {mib} MiB; show less, or smaller tensors"
            return _say("limit", "answer", message, mib=mib)
        logger.error(
            "the tensor lab failed on a snippet: %s", repr(said.get("report"))[:4000]
        )  # repr: one line
        return _say("crashed", "lab", "the lab itself failed on this snippet; this is our mistake")


def _too_much_cpu(limits: Limits, line: int) -> tuple[str, bytes]:
    seconds = limits.cpu_seconds
    message = f"time limit: the run used more than {seconds} s of processor time"
    return _say("limit", "cpu", message, line, seconds=seconds)


def _say(status: str, reason: str, message: str, line: int = 0, **params: object) -> tuple[str, bytes]:
    """A whole answer (`traces.Answer`) for a run that could not give one."""
    code = {"rejected": "refused"}.get(status, status)
    kind = {"limit": "LimitReached", "refused": "Refused", "crashed": "Crashed"}[code]
    problem = {
        "code": code,
        "reason": reason,
        "params": params,
        "type": kind,
        "mro": [kind],
        "message": message,
        "line": line or None,
    }
    lists: dict[str, Any] = {name: [] for name in ("statements", "ops", "watch")}
    tables: dict[str, Any] = {name: {} for name in ("tensors", "storages", "plots")}
    rest = {"status": status, "graph": None, "output": "", "elapsed_ms": 0, "error": problem}
    return status, orjson.dumps(lists | tables | rest)


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name if number else "it left without a word"
    except ValueError:
        return f"signal {number}"
