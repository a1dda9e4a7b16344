"""The in-process executor: the interface of base.py, on a thread of this process."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import msgpack
import pytest
import pytest_asyncio
from pydantic import TypeAdapter

from freedive.errors import BadSpec, Unavailable, WorkerLost
from freedive.executors.base import Assignment, Query
from freedive.executors.in_process import InProcess
from freedive.protocol.commands import Resume, Step, Stop
from freedive.protocol.events import Event
from freedive.settings import Settings

from ..training.jobs import IRIS, SPIRALS, Job, same_rows, spec_of, table

EVENTS: TypeAdapter[list[Event]] = TypeAdapter(list[Event])
PAUSED = {**IRIS, "start_paused": True}


@pytest_asyncio.fixture
async def executor(data_dir: Path) -> AsyncIterator[InProcess]:
    made = InProcess(Settings(data_dir=data_dir, executor="in_process"))
    await made.start(lambda: None)
    yield made
    await made.close()


async def test_a_job_says_what_train_says(executor: InProcess, tmp_path: Path) -> None:
    assert executor.idle() == 1
    run = executor.run(Assignment("a", spec_of(SPIRALS)))
    assert (executor.idle(), executor.workers()[0].job) == (0, "a")
    with pytest.raises(Unavailable):
        executor.run(Assignment("b", spec_of(SPIRALS)))
    events = [e async for chunk in run for e in EVENTS.validate_python(msgpack.unpackb(chunk.payload))]
    assert executor.idle() == 1
    assert same_rows(table(events), table(Job(tmp_path).run(spec_of(SPIRALS))))


async def test_commands_predictions_and_a_clean_end(executor: InProcess) -> None:
    run = executor.run(Assignment("a", spec_of(PAUSED)))
    executor.command("a", "1", Step(n=2))
    query = Query("a", spec_of(PAUSED), [[5.1, 3.5, 1.4, 0.2]])
    chunks = run.__aiter__()
    while (await anext(chunks)).step < 2:
        pass
    assert (await executor.predict(query)).step == 2
    with pytest.raises(BadSpec, match=r"Expected inputs of shape \(n, 4\)"):
        await executor.predict(Query("a", spec_of(PAUSED), [[1.0]]))
    executor.command("a", "2", Stop())
    assert [chunk.key async for chunk in chunks][-1].endswith("finished,state")
    with pytest.raises(Unavailable):
        await executor.predict(query)


async def test_an_abandoned_job_ends_as_a_lost_worker(executor: InProcess) -> None:
    run = executor.run(Assignment("a", spec_of({**SPIRALS, "epochs": 100_000})))
    chunks = run.__aiter__()
    await anext(chunks)
    executor.command("a", "1", Resume())
    await executor.abandon("a")
    with pytest.raises(WorkerLost):
        async for _ in chunks:
            pass
    assert executor.idle() == 1
