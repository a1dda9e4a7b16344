"""Sealed children that stand ready, and the clock over the one that works: `run(request) -> Outcome`.

Lives in the server's event loop and never blocks it; torch is not imported here. Starts the zygote, starts it again
whenever it dies, keeps some children forked and sealed ahead of need, and kills each child when its run is over.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import orjson

from freedive.errors import Unavailable
from freedive.sandbox.limits import LIMITS, LONG, Limits
from freedive.sandbox.pooled_child import PooledChild
from freedive.sandbox.protection import Layers, from_json, sentences
from freedive.sandbox.records import EXITED, FORK, FORK_IN_HASTE, FORKED, KILL, NOT_FORKED, WARM
from freedive.sandbox.zygote_process import ZygoteProcess

logger = logging.getLogger(__name__)

FIRST_START_SECONDS = 0.5  # the page and the workers come first, unless somebody asks
START_SECONDS = 90.0  # importing torch on a slow, busy machine
FORK_SECONDS = 10.0  # a fork takes milliseconds: after this the zygote is taken for dead
EXIT_SECONDS = 2.0  # between a child's last word and the news of its end
CLEAN_UP_SECONDS = 0.004  # the answer goes out first: ending a child and forking the next takes both cores
SOUND_SECONDS = 10.0  # a zygote that lived this long was not stillborn
FAILURES = 3  # in a row, before those who wait are told

End = Literal["answered", "wall", "died", "garbled", "lost"]


@dataclass(frozen=True)
class Outcome:
    """How one run ended. `lost`: the zygote died under it, which says nothing about the snippet."""

    end: End
    answer: bytes = b""
    signal: int = 0
    """What ended the child, for `died`; 0 where it left by itself."""
    line: int = 0
    """The line of the snippet that it died at, as it said itself; 0 where that is not known."""


@dataclass
class Shelf:
    """Children sealed with the same limits: those that stand ready, those on their way, and who waits for one."""

    limits: Limits
    target: int
    """How many are kept ready."""
    spares: deque[PooledChild] = field(default_factory=deque)
    waiting: deque[asyncio.Future[PooledChild]] = field(default_factory=deque)
    forking: int = 0

    def offer(self, child: PooledChild) -> None:
        while self.waiting:
            place = self.waiting.popleft()
            if not place.done():
                place.set_result(child)
                return
        self.spares.append(child)


class Pool:
    """`await start()`, any number of `await run(...)` at once, `await stop()`; all in one event loop."""

    def __init__(
        self, spares: int, limits: Limits = LIMITS, lab: str = "freedive.lab", must_be_sealed: bool = False
    ) -> None:
        self._must_be_sealed = must_be_sealed
        self._limits = limits
        self._lab = lab
        self._usual = Shelf(limits, spares)
        self._long = Shelf(LONG, 0)
        self._shelves = (self._usual, self._long)
        self._children: dict[int, PooledChild] = {}
        self._failures = 0
        self._news = 0.0  # when the zygote or a new child last gave a sign of life
        self._zygote: ZygoteProcess | None = None
        self._warm = False
        self._keeper: asyncio.Task[None] | None = None
        self._asked = asyncio.Event()
        self.layers: Layers | None = None
        """What is in force in the newest child; None before the first."""
        self.trouble: str | None = None
        """Why no child can be had at present."""

    @property
    def zygote_pid(self) -> int | None:
        return self._zygote.pid if self._zygote else None

    @property
    def ready(self) -> bool:
        return bool(self._usual.spares)

    async def start(self) -> None:
        """Returns at once; the first child is ready some seconds later."""
        if not hasattr(os, "fork"):
            self.trouble = "The tensor lab forks a process for each run, which this system cannot do."
            logger.warning(self.trouble)
            return
        self._keeper = asyncio.create_task(self._keep(), name="zygote keeper")

    async def stop(self) -> None:
        if self._keeper is not None:
            self._keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._keeper
            self._keeper = None
        self._refuse_waiting("The server is stopping.")

    async def run(
        self, request: bytes, charge: Callable[[float], None] | None = None, *, long: bool = False
    ) -> Outcome:
        """One request in one child, within the usual or the long limits. `charge` hears its CPU seconds when it has ended.
        Raises Unavailable."""
        shelf = self._long if long else self._usual
        child = await self._take(shelf)
        child.charge = charge
        answered = False
        try:
            child.send(request)
            try:
                async with asyncio.timeout(shelf.limits.wall_seconds):
                    answer = await child.answer
            except TimeoutError:
                return Outcome("wall")
            if answer is not None:
                answered = True
                return Outcome("answered", answer)
            if child.garbled:
                return Outcome("garbled")
            return await self._how_it_died(child)
        finally:
            if answered and self._usual.spares:
                asyncio.get_running_loop().call_later(CLEAN_UP_SECONDS, self._discard, child)
            else:
                self._discard(child)

    @staticmethod
    async def _how_it_died(child: PooledChild) -> Outcome:
        try:
            async with asyncio.timeout(EXIT_SECONDS):
                status = await asyncio.shield(child.ended)
        except TimeoutError:  # it has closed its pipe and lives on: it has nothing more to say
            return Outcome("garbled")
        if status is None:
            return Outcome("lost")
        signal = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
        return Outcome("died", signal=signal, line=child.line)

    # -- spare children

    async def _take(self, shelf: Shelf) -> PooledChild:
        if shelf.spares:
            return shelf.spares.popleft()
        if self._keeper is None:
            raise Unavailable(self.trouble or "The tensor lab is not running.")
        place: asyncio.Future[PooledChild] = asyncio.get_running_loop().create_future()
        shelf.waiting.append(place)
        self._asked.set()
        self._top_up()
        try:
            return await self._wait_at(place)
        except BaseException:
            if not place.cancel() and not place.cancelled() and place.exception() is None:
                shelf.offer(place.result())  # it came at the very moment when nobody wanted it any more
            raise

    async def _wait_at(self, place: asyncio.Future[PooledChild]) -> PooledChild:
        loop = asyncio.get_running_loop()
        patience = loop.time() + START_SECONDS
        while loop.time() < patience:
            await asyncio.wait([place], timeout=FORK_SECONDS)
            if place.done():
                return place.result()
            if self._zygote and self._warm and loop.time() - self._news > FORK_SECONDS:
                logger.error("the zygote does not answer; starting it again")
                self._zygote.kill()
        raise Unavailable("No process for the tensor lab could be started.", hint=self.trouble)

    def _top_up(self) -> None:
        for shelf in self._shelves:
            shelf.waiting = deque(place for place in shelf.waiting if not place.done())
            wanted = shelf.target + len(shelf.waiting)
            while self._warm and shelf.forking + len(shelf.spares) < wanted:
                in_haste = shelf.forking < len(shelf.waiting)
                shelf.forking += 1
                self._tell(FORK_IN_HASTE if in_haste else FORK, seconds=shelf.limits.cpu_seconds)

    def _discard(self, child: PooledChild) -> None:
        child.close()
        if not child.ended.done():
            self._tell(KILL, child.pid)
        self._top_up()

    def _refuse_waiting(self, why: str) -> None:
        for shelf in self._shelves:
            for place in shelf.waiting:
                if not place.done():
                    place.set_exception(Unavailable("The tensor lab cannot run anything now.", hint=why))
            shelf.waiting.clear()

    def _tell(self, what: int, pid: int = 0, seconds: float = 0.0) -> None:
        if self._zygote is not None:
            self._zygote.tell(what, pid, seconds)

    def _shelf_of(self, cpu_seconds: float) -> Shelf:
        return self._long if cpu_seconds == self._long.limits.cpu_seconds else self._usual

    async def _await_ready(self, child: PooledChild, shelf: Shelf) -> None:
        frame = await child.ready
        if frame is None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(EXIT_SECONDS):
                    await asyncio.shield(child.ended)
        if child.orphaned:
            return  # forgotten already
        shelf.forking -= 1
        self._news = asyncio.get_running_loop().time()
        ready = orjson.loads(frame) if frame is not None else {}
        layers = from_json(ready["layers"]) if "layers" in ready else None
        if layers is not None and self.layers is None:
            for line in sentences(layers):
                logger.log(logging.INFO if layers.sealed else logging.WARNING, "tensor lab: %s", line)
        self.layers = layers or self.layers
        if layers is not None and (layers.sealed or not self._must_be_sealed):
            self.trouble, self._failures = None, 0
            child.cpu_when_ready = float(ready["cpu_seconds"])
            shelf.offer(child)
            return
        self._failures += 1
        unsealed = "The kernel offers no seal here, so the tensor lab answers on the loopback address only."
        self.trouble = (
            unsealed if layers else str(ready.get("failed") or "A child ended before it was ready.")
        )
        logger.error("a child of the tensor lab could not get ready: %s", self.trouble)
        child.close()
        if not child.ended.done():
            self._tell(KILL, child.pid)
        self._after_failure()

    def _after_failure(self) -> None:
        if self._failures >= FAILURES:
            self._refuse_waiting(self.trouble or "")
        asyncio.get_running_loop().call_later(min(30.0, 0.1 * 2**self._failures), self._top_up)

    # -- the zygote

    async def _keep(self) -> None:
        """Start the zygote, and again after each of its deaths, at a decent pace when it keeps dying."""
        loop = asyncio.get_running_loop()
        deaths = 0
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FIRST_START_SECONDS):
                await self._asked.wait()
        while True:
            began = loop.time()
            self._zygote = ZygoteProcess(self._lab, self._limits, self._on_record)
            try:
                await self._zygote.start()
                lost = asyncio.ensure_future(self._zygote.lost.wait())
                await asyncio.wait([lost], timeout=START_SECONDS)
                if self._warm:
                    await lost
                lost.cancel()
            finally:
                was_warm, self._warm = self._warm, False
                last_words = await asyncio.shield(self._zygote.bury())
                self._forget_children()
            deaths = 1 if was_warm and loop.time() - began > SOUND_SECONDS else deaths + 1
            logger.warning("the zygote has ended and is started again. %s", last_words)
            if not was_warm:
                self.trouble = (
                    last_words.splitlines()[-1] if last_words else "The warm process ended at once."
                )
                if deaths >= FAILURES:
                    self._refuse_waiting(self.trouble)
            if deaths > 1:
                await asyncio.sleep(min(30.0, 0.2 * 2**deaths))

    def _on_record(
        self, what: int, pid: int, status: int, cpu_seconds: float, line: int, fds: list[int]
    ) -> None:
        self._news = asyncio.get_running_loop().time()
        if what == WARM:
            self._warm = True
            self._top_up()
        elif what == FORKED:
            child = self._children[pid] = PooledChild(pid, fds[0], fds[1], self._limits.answer)
            child.greeting = asyncio.create_task(self._await_ready(child, self._shelf_of(cpu_seconds)))
        elif what == NOT_FORKED:
            self._shelf_of(cpu_seconds).forking -= 1
            self._failures += 1
            why = os.strerror(status)
            self.trouble = f"No process could be forked: {why}."
            self._after_failure()
        elif what == EXITED and pid in self._children:
            child = self._children.pop(pid)
            child.line = max(0, line)
            self._on_end(child, status, cpu_seconds)

    def _on_end(self, child: PooledChild, status: int, cpu_seconds: float) -> None:
        child.end(status, cpu_seconds)
        shelf = next((each for each in self._shelves if child in each.spares), None)
        if shelf is not None:
            shelf.spares.remove(child)
            child.close()
            logger.warning("a spare child of the tensor lab was ended from outside (wait status %d)", status)
            self._top_up()

    def _forget_children(self) -> None:
        """Its zygote has died, and they with it; those who wait for a child keep waiting."""
        children, self._children = list(self._children.values()), {}
        for shelf in self._shelves:
            shelf.spares.clear()
            shelf.forking = 0
        for child in children:
            child.end(None, 0.0)
            child.close()
