"""Who runs next, without any process: bodies that wait for the test."""

from __future__ import annotations

import asyncio

import pytest

from freedive.errors import Superseded, TooMany
from freedive.sandbox.cpu_budget import Client
from freedive.sandbox.turns import Turns

from .conftest import until


class Runs:
    """Starts runs and lets them end one by one."""

    def __init__(self, turns: Turns) -> None:
        self.turns = turns
        self.started: list[str] = []
        self.gates: dict[str, asyncio.Event] = {}
        self.tasks: dict[str, asyncio.Task[str]] = {}

    async def _run(self, name: str, client: Client) -> str:
        async with self.turns.turn(client):
            self.started.append(name)
            await self.gates[name].wait()
        return name

    async def start(self, name: str, client: Client) -> None:
        self.gates[name] = asyncio.Event()
        self.tasks[name] = asyncio.create_task(self._run(name, client))
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    async def finish(self, name: str) -> str:
        self.gates[name].set()
        return await self.tasks[name]

    async def finish_all(self, names: str) -> list[str]:
        """In whatever order they come."""
        for name in names:
            self.gates[name].set()
        return await asyncio.gather(*(self.tasks[name] for name in names))


async def test_only_so_many_at_once() -> None:
    runs = Runs(Turns(2, 10, 5))
    for name in "abc":
        await runs.start(name, Client("1"))
    assert runs.started == ["a", "b"]
    await runs.finish("b")
    await until(lambda: runs.started == ["a", "b", "c"])
    await runs.finish("a")
    await runs.finish("c")
    assert (runs.turns.running, runs.turns.waiting) == (0, 0)


async def test_addresses_take_turns() -> None:
    runs = Runs(Turns(1, 10, 5))
    for name in ("a1", "a2", "a3", "b1"):
        await runs.start(name, Client(name[0], name))
    for name in ("a1", "a3", "b1", "a2"):
        await until(lambda name=name: runs.started[-1] == name)  # type: ignore[misc]
        await runs.finish(name)
    assert runs.started == ["a1", "a3", "b1", "a2"]


async def test_the_newest_comes_first_until_an_older_one_is_overdue(monkeypatch: pytest.MonkeyPatch) -> None:
    runs = Runs(Turns(1, 10, 5))
    for name in ("busy", "old", "new", "newest"):
        await runs.start(name, Client("1", name))
    await runs.finish("busy")
    await until(lambda: runs.started == ["busy", "newest"])
    monkeypatch.setattr("freedive.sandbox.turns.OVERDUE_SECONDS", 0.0)
    await runs.finish("newest")
    await until(lambda: runs.started == ["busy", "newest", "old"])
    await runs.finish("old")
    await runs.finish("new")


async def test_the_newest_of_a_session_takes_the_place_of_an_older_one_that_waits() -> None:
    runs = Runs(Turns(1, 10, 5))
    other, me = Client("1", "other"), Client("1", "me")
    await runs.start("busy", other)
    for name in ("first", "second", "third"):
        await runs.start(name, me)
    with pytest.raises(Superseded):
        await runs.tasks["first"]
    with pytest.raises(Superseded):
        await runs.tasks["second"]
    assert runs.turns.waiting == 1
    await runs.finish("busy")
    await until(lambda: runs.started == ["busy", "third"])
    await runs.finish("third")


async def test_a_session_has_one_run_at_a_time() -> None:
    runs = Runs(Turns(2, 10, 5))
    await runs.start("a", Client("1", "me"))
    await runs.start("b", Client("1", "me"))
    await runs.start("c", Client("1", "other"))
    assert runs.started == ["a", "c"]
    await runs.finish("a")
    await until(lambda: "b" in runs.started)
    await runs.finish("b")
    await runs.finish("c")


async def test_a_run_that_holds_up_its_own_session_is_ended() -> None:
    runs = Runs(Turns(2, 10, 5))
    await runs.start("endless", Client("1", "me"))
    await runs.start("mended", Client("1", "me"))
    with pytest.raises(Superseded):
        await runs.tasks["endless"]
    await until(lambda: "mended" in runs.started)
    await runs.finish("mended")
    assert runs.turns.running == 0


async def test_a_newer_request_may_come_before_the_older_one_knows_its_turn() -> None:
    runs = Runs(Turns(2, 10, 5))
    for name in ("older", "newer"):
        runs.gates[name] = asyncio.Event()
        runs.tasks[name] = asyncio.create_task(runs._run(name, Client("1", "me")))
    with pytest.raises(Superseded):
        await runs.tasks["older"]
    assert await runs.finish("newer") == "newer"
    assert (runs.turns.running, runs.turns.waiting) == (0, 0)


async def test_without_a_session_nothing_is_superseded() -> None:
    runs = Runs(Turns(1, 10, 5))
    for name in "abc":
        await runs.start(name, Client("1"))
    assert await runs.finish_all("abc") == ["a", "b", "c"]


async def test_too_many_waiting() -> None:
    runs = Runs(Turns(1, 2, 5))
    for name in "abcd":
        await runs.start(name, Client("1"))
    with pytest.raises(TooMany, match="Too many snippets are waiting"):
        await runs.tasks["d"]
    await runs.finish_all("abc")


async def test_waiting_too_long() -> None:
    runs = Runs(Turns(1, 2, 0.01))
    await runs.start("a", Client("1"))
    await runs.start("b", Client("1"))
    with pytest.raises(TooMany, match="waited too long"):
        await runs.tasks["b"]
    await runs.finish("a")
    assert (runs.turns.running, runs.turns.waiting) == (0, 0)


@pytest.mark.parametrize("victim", ["a", "b"])
async def test_whoever_goes_away_leaves_its_place(victim: str) -> None:
    runs = Runs(Turns(1, 10, 5))
    for name in "abc":
        await runs.start(name, Client("1", name))
    runs.tasks[victim].cancel()
    others = "abc".replace(victim, "")
    assert await runs.finish_all(others) == list(others)
    assert (runs.turns.running, runs.turns.waiting) == (0, 0)
