"""The clock, the kill, the cap on answers, and coming back after a death; over the stand-in lab."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from collections.abc import AsyncIterator

import psutil
import pytest
import pytest_asyncio

from freedive.errors import Unavailable
from freedive.sandbox.pool import Pool

from .conftest import QUICK, STAND_IN, busy_child, until

pytestmark = pytest.mark.asyncio(loop_scope="module")


def request(source: str) -> bytes:
    return json.dumps({"source": source, "seed": 0}).encode()


async def out(pool: Pool, source: str) -> object:
    outcome = await pool.run(request(source))
    assert outcome.end == "answered", outcome
    return json.loads(outcome.answer)["out"]


def alive(process: psutil.Process) -> bool:
    """Whether it still runs: a zombie only waits to be counted."""
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


async def test_runs_share_nothing(pool: Pool) -> None:
    assert await out(pool, "torch.leftover = 7\nout = 1") == 1
    assert await out(pool, "out = hasattr(torch, 'leftover')") is False


async def test_the_seed_decides_the_random_numbers(pool: Pool) -> None:
    draws = [await out(pool, "out = torch.rand(3).tolist()") for _ in range(3)]
    assert draws[0] == draws[1] == draws[2]


async def test_many_at_once(pool: Pool) -> None:
    answers = await asyncio.gather(*(out(pool, f"out = {number} ** 2") for number in range(20)))
    assert answers == [number**2 for number in range(20)]


async def test_a_request_larger_than_a_pipe_arrives_whole(pool: Pool) -> None:
    text = "x" * 100_000
    assert await out(pool, f"out = len('{text}')") == 100_000


async def test_the_clock_ends_what_does_not_end_itself(pool: Pool) -> None:
    began = time.monotonic()
    outcome = await pool.run(request("import time\nwhile True: pass"))
    assert outcome.end == "wall"
    assert QUICK.wall_seconds <= time.monotonic() - began < QUICK.wall_seconds + 5


async def test_the_cpu_used_is_charged(pool: Pool) -> None:
    charged: asyncio.Future[float] = asyncio.get_running_loop().create_future()
    source = "import time\nbegan = time.process_time()\nwhile time.process_time() < began + 0.1: pass"
    await pool.run(request(source), charged.set_result)
    assert 0.08 < await asyncio.wait_for(charged, 5) < 1.5


async def test_a_killed_run_is_charged_too(pool: Pool) -> None:
    charged: asyncio.Future[float] = asyncio.get_running_loop().create_future()
    await pool.run(request("while True: pass"), charged.set_result)
    assert await asyncio.wait_for(charged, 5) > 0.05


async def test_an_answer_over_the_cap_is_told_by_the_child(pool: Pool) -> None:
    outcome = await pool.run(request(f"out = 'x' * {QUICK.answer}"))
    assert json.loads(outcome.answer)["fault"] == "size"


async def test_a_child_that_lies_about_its_length_is_not_listened_to(pool: Pool) -> None:
    outcome = await pool.run(request("os.write(4, b'\\xff\\xff\\xff\\xff' + b'x' * 5000)"))
    assert outcome.end == "garbled"


async def test_a_child_that_closes_its_pipe_and_goes_on_is_ended(pool: Pool) -> None:
    outcome = await pool.run(request("os.close(4)\nwhile True: pass"))
    assert outcome.end in ("garbled", "died")
    assert await out(pool, "out = 1") == 1


@pytest.mark.parametrize(
    ("source", "number"),
    [("ctypes.string_at(0)", signal.SIGSEGV), ("os._exit(3)", 0), ("os.fork()", signal.SIGSYS)],
)
async def test_how_a_child_died_is_known(pool: Pool, source: str, number: int) -> None:
    outcome = await pool.run(request(source))
    assert (outcome.end, outcome.signal) == ("died", number)


async def test_no_child_is_left_behind(pool: Pool) -> None:
    await pool.run(request("while True: pass"))
    assert pool.zygote_pid is not None
    zygote = psutil.Process(pool.zygote_pid)
    await until(lambda: len(zygote.children()) <= 2 and pool.ready)


async def test_a_working_child_killed_from_outside(pool: Pool) -> None:
    running = asyncio.create_task(pool.run(request("while True: pass")))
    os.kill((await busy_child(pool)).pid, signal.SIGKILL)
    outcome = await running
    assert (outcome.end, outcome.signal) == ("died", signal.SIGKILL)
    assert await out(pool, "out = 5") == 5


async def test_spares_killed_from_outside_are_replaced(pool: Pool) -> None:
    await until(lambda: len(pool._usual.spares) == 2)
    killed = list(pool._usual.spares)
    for child in killed:
        os.kill(child.pid, signal.SIGKILL)
    await until(lambda: len(pool._usual.spares) == 2 and not set(killed) & set(pool._usual.spares))
    assert await out(pool, "out = 6") == 6


async def test_a_killed_zygote_is_started_again(pool: Pool) -> None:
    before = pool.zygote_pid
    assert before is not None
    children = psutil.Process(before).children()
    running = asyncio.create_task(pool.run(request("while True: pass")))
    await busy_child(pool)
    os.kill(before, signal.SIGKILL)
    assert (await running).end == "lost"
    assert await out(pool, "out = 7") == 7
    assert pool.zygote_pid != before
    await until(lambda: not any(alive(child) for child in children))


async def test_a_stopped_zygote_is_not_waited_for_for_ever(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("freedive.sandbox.pool.FORK_SECONDS", 0.5)
    await until(lambda: pool.ready)
    assert pool.zygote_pid is not None
    os.kill(pool.zygote_pid, signal.SIGSTOP)
    answers = await asyncio.gather(*(out(pool, f"out = {number}") for number in range(4)))
    assert answers == [0, 1, 2, 3]


@pytest_asyncio.fixture(loop_scope="module")
async def broken() -> AsyncIterator[Pool]:
    pool = Pool(1, QUICK, "there_is_no_such_lab")
    await pool.start()
    yield pool
    await pool.stop()


async def test_a_lab_that_cannot_be_loaded_says_why(broken: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("freedive.sandbox.pool.FAILURES", 1)
    with pytest.raises(Unavailable) as refused:
        await broken.run(request("1"))
    assert "there_is_no_such_lab" in str(refused.value.hint)


async def test_whoever_gives_up_waiting_takes_no_child_along() -> None:
    pool = Pool(2, QUICK, STAND_IN)
    await pool.start()
    waiting = [asyncio.create_task(pool.run(request("out = 1"))) for _ in range(4)]
    await asyncio.sleep(0)
    for task in waiting[:3]:
        task.cancel()
    assert (await waiting[3]).end == "answered"
    await until(lambda: len(pool._usual.spares) == 2 and len(pool._children) == 2)
    assert pool._usual.forking == 0
    await pool.stop()


async def test_stopping_ends_every_process() -> None:
    pool = Pool(1, QUICK, STAND_IN)
    await pool.start()
    assert await out(pool, "out = 1") == 1
    assert pool.zygote_pid is not None
    zygote = psutil.Process(pool.zygote_pid)
    family = [zygote, *zygote.children()]
    await pool.stop()
    await until(lambda: not any(alive(process) for process in family))
    with pytest.raises(Unavailable):
        await pool.run(request("1"))
