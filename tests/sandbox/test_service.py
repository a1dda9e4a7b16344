"""What a person gets for every kind of run, the cache, the budget and coming back; over the stand-in lab."""

from __future__ import annotations

import asyncio
import copy
import json
import logging
import os
import signal
from collections.abc import AsyncIterator, Coroutine
from typing import Any

import pytest
import pytest_asyncio

from freedive.errors import Superseded, TooMany, Unavailable
from freedive.protocol.traces import Answer, EvaluateRequest
from freedive.sandbox.answers import AnswerReader
from freedive.sandbox.cpu_budget import Client
from freedive.sandbox.limits import Limits
from freedive.sandbox.protection import Layers
from freedive.sandbox.service import LabService
from freedive.sandbox.settings import LabSettings

from .conftest import QUICK, STAND_IN, StandInAnswer, busy_child, until

pytestmark = pytest.mark.asyncio(loop_scope="module")
ME = Client("127.0.0.1")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def lab(_stand_in_lab_on_path: None) -> AsyncIterator[LabService]:
    lab = LabService(
        LabSettings(cpu_seconds=1000, children=2), limits=QUICK, lab=STAND_IN, answer=StandInAnswer
    )
    await lab.start()
    yield lab
    await lab.stop()


async def ask(lab: LabService, source: str, client: Client = ME, **rest: Any) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(await lab.evaluate(EvaluateRequest(source=source, **rest), client))
    return answer


async def test_a_child_s_answer_goes_on_as_it_is(lab: LabService) -> None:
    assert (await ask(lab, "out = [1, 'é']"))["out"] == [1, "é"]


BUSY = "import time\nbegan = time.monotonic()\nwhile time.monotonic() - began < {seconds}: pass\nout = 'done'"


async def test_a_long_run_has_more_than_the_usual_seconds(lab: LabService) -> None:
    source = BUSY.format(seconds=QUICK.wall_seconds + 0.5)
    assert (await ask(lab, source))["status"] == "limit"
    assert (await ask(lab, source, long=True))["out"] == "done"


async def test_usual_runs_go_on_beside_a_long_one_and_whoever_leaves_it_ends_it(lab: LabService) -> None:
    await until(lambda: not any(child.busy for child in lab.pool._children.values()))
    long = asyncio.ensure_future(ask(lab, BUSY.format(seconds=50), long=True))
    child = await busy_child(lab.pool)
    assert (await ask(lab, "out = 1"))["out"] == 1
    assert child.busy
    long.cancel()
    with pytest.raises(asyncio.CancelledError):
        await long
    await asyncio.wait_for(child.ended, 10)


@pytest.mark.parametrize(
    ("source", "status", "reason", "words"),
    [
        ("while True: pass", "limit", "wall", "ended after 1.5 s"),
        ("out = 'x' * 3_000_000", "limit", "answer", "larger than 2 MiB"),
        ("# raise MemoryError", "limit", "memory", "more than 512 MiB"),
        ("# raise RecursionError", "limit", "depth", "nested too deeply"),
        ("# raise anything", "crashed", "lab", "our mistake"),
        ("os.fork()", "rejected", "system_call", "forbids"),
        ("ctypes.string_at(0)", "crashed", "process", "SIGSEGV"),
        ("os._exit(0)", "crashed", "process", "ended unexpectedly"),
        ("answer = [1]", "crashed", "garbled", "proper answer"),
        ("answer = {'status': 'root'}", "crashed", "garbled", "proper answer"),
        ("os.write(4, b'\\x03\\x00\\x00\\x00no!')", "crashed", "garbled", "proper answer"),
        ("import resource\nos.kill", "ok", None, None),
    ],
)
async def test_every_end_has_its_status_and_its_words(
    lab: LabService, source: str, status: str, reason: str | None, words: str | None
) -> None:
    answer = await ask(lab, source)
    assert answer["status"] == status
    if reason is not None and words is not None:
        said = Answer.model_validate(answer)
        assert said.error is not None
        assert said.error.reason == reason
        assert words in said.error.message
        assert "/" not in said.error.message
        assert said.statements == []
    assert (await ask(lab, "out = 2 + 2"))["out"] == 4


@pytest.mark.parametrize(
    ("source", "line"),
    [("ctypes.string_at(0)", None), ("begun(7)\nctypes.string_at(0)", 7), ("begun(-5)\nos.abort()", None)],
)
async def test_an_unexpected_end_tells_the_line(lab: LabService, source: str, line: int | None) -> None:
    answer = await ask(lab, source)
    assert (answer["status"], answer["error"]["line"]) == ("crashed", line)


@pytest.mark.parametrize(
    "lie",
    ["{'status': 'ok'}", "{'status': 'ok', 'output': 5, 'error': None}", "{'fault': 'odd', 'report': 'x'}", "{'out': 1}", "[[[]]]"],
)  # fmt: skip
async def test_a_child_that_lies_is_a_run_that_crashed(lab: LabService, lie: str) -> None:
    """By the schema of real answers: whatever a child says, a page can show what the server passes on."""
    told = Answer.model_validate(await ask(strict(lab), f"answer = {lie}"))
    assert told.status == "crashed"
    assert told.error is not None
    assert "/" not in told.error.message


def strict(lab: LabService) -> LabService:
    """The same lab, its answers held against the real schema."""
    made = copy.copy(lab)
    made._reader = AnswerReader(Answer)
    return made


async def test_cpu_limit_of_the_kernel() -> None:
    """Where the wall clock is generous, the kernel's own limit ends the run."""
    limits = Limits(wall_seconds=20, cpu_seconds=1)
    lab = LabService(LabSettings(spares=1), limits=limits, lab=STAND_IN, answer=StandInAnswer)
    await lab.start()
    answer = await ask(lab, "begun(1)\nbegun(2)\nwhile True: pass")
    await lab.stop()
    assert (answer["status"], answer["error"]["reason"], answer["error"]["line"]) == ("limit", "cpu", 2)


async def test_a_forbidden_call_is_a_security_event(
    lab: LabService, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        await ask(lab, "socket.socket()")
    assert any(
        record.name == "freedive.security" and "forbidden system call" in record.message
        for record in caplog.records
    )


async def test_a_fault_of_the_lab_is_logged_on_one_line(
    lab: LabService, caplog: pytest.LogCaptureFixture
) -> None:
    await ask(lab, "# raise anything else")
    (record,) = (record for record in caplog.records if "failed on a snippet" in record.message)
    assert "LookupError" in record.message
    assert "\n" not in record.message


async def test_identical_requests_are_served_from_the_cache(lab: LabService) -> None:
    source = "out = os.getpid()"
    first = await ask(lab, source)
    hits = lab.cache.hits
    assert await ask(lab, source) == first
    assert lab.cache.hits == hits + 1
    assert await ask(lab, source, seed=1) != first


async def test_identical_requests_at_the_same_moment_run_once(lab: LabService) -> None:
    source = "out = os.getpid()  # all at once"
    answers = await asyncio.gather(*(ask(lab, source, Client("127.0.0.1", str(seat))) for seat in range(30)))
    assert len({answer["out"] for answer in answers}) == 1


@pytest.mark.parametrize("source", ["while True: pass", "ctypes.string_at(0)"])
async def test_limits_and_crashes_are_not_cached(lab: LabService, source: str) -> None:
    await ask(lab, source)
    hits = lab.cache.hits
    await ask(lab, source)
    assert lab.cache.hits == hits


async def one_after_another(runs: list[Coroutine[Any, Any, dict[str, Any]]]) -> None:
    """The rest of them is closed unrun when one raises."""
    try:
        for run in runs:
            await run
    finally:
        for run in runs:
            run.close()


async def test_long_loops_use_up_the_budget_and_short_runs_do_not() -> None:
    settings = LabSettings(spares=1, cpu_seconds=0.6, cpu_share=0.001)
    lab = LabService(settings, limits=Limits(wall_seconds=30), lab=STAND_IN, answer=StandInAnswer)
    await lab.start()
    for number in range(10):
        assert (await ask(lab, f"out = {number}"))["status"] == "ok"
    long = "import time\nwhile time.process_time() < 0.4: pass"
    loops = [ask(lab, long, seed=number) for number in range(4)]
    with pytest.raises(TooMany) as refused:
        await one_after_another(loops)
    assert refused.value.retry_after > 1
    assert (await ask(lab, "out = 1", Client("127.0.0.1", "somebody else")))["out"] == 1
    await lab.stop()


async def test_a_newer_request_of_the_session_wins(lab: LabService) -> None:
    me = Client("127.0.0.1", "page")
    endless = asyncio.create_task(ask(lab, "while True: pass  # mine", me))
    await asyncio.sleep(0.05)
    typed = [asyncio.create_task(ask(lab, f"out = {number}", me)) for number in range(100, 110)]
    ended = await asyncio.gather(endless, *typed, return_exceptions=True)
    assert all(isinstance(one, Superseded) for one in ended[:-1])
    assert isinstance(ended[-1], dict)
    assert ended[-1]["out"] == 109


async def test_kill_9_of_the_zygote_is_not_noticed(lab: LabService) -> None:
    running = asyncio.create_task(
        ask(lab, "import time\nwhile time.process_time() < 0.05: pass\nout = 'late'")
    )
    await busy_child(lab.pool)
    assert lab.pool.zygote_pid is not None
    os.kill(lab.pool.zygote_pid, signal.SIGKILL)
    assert (await running)["out"] == "late"
    assert (await ask(lab, "out = 'next'"))["out"] == "next"


async def test_a_child_killed_from_outside_is_not_noticed(lab: LabService) -> None:
    running = asyncio.create_task(
        ask(lab, "import time\nwhile time.process_time() < 0.05: pass\nout = 'again'")
    )
    os.kill((await busy_child(lab.pool)).pid, signal.SIGKILL)
    assert (await running)["out"] == "again"


async def test_without_a_seal_the_lab_keeps_to_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("freedive.sandbox.pool.from_json", lambda value: Layers())
    monkeypatch.setattr("freedive.sandbox.pool.FAILURES", 1)
    open_to_all = LabService(
        LabSettings(spares=1), loopback=False, limits=QUICK, lab=STAND_IN, answer=StandInAnswer
    )
    await open_to_all.start()
    with pytest.raises(Unavailable) as refused:
        await ask(open_to_all, "out = 1")
    assert "loopback" in str(refused.value.hint)
    await open_to_all.stop()
    at_home = LabService(
        LabSettings(spares=1), loopback=True, limits=QUICK, lab=STAND_IN, answer=StandInAnswer
    )
    await at_home.start()
    assert (await ask(at_home, "out = 1"))["out"] == 1
    await at_home.stop()
