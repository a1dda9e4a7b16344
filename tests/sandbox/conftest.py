"""A pool and a service over the stand-in lab, shared by the tests of this folder: each costs one import of torch."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from pydantic import BaseModel, ConfigDict

from freedive.protocol.traces import Status
from freedive.sandbox.limits import Limits
from freedive.sandbox.pool import Pool
from freedive.sandbox.pooled_child import PooledChild

STAND_IN = "stand_in_lab"


class StandInAnswer(BaseModel):
    """What the stand-in lab answers."""

    model_config = ConfigDict(extra="forbid")

    status: Status
    error: dict[str, Any] | None
    output: str
    out: Any


QUICK = Limits(wall_seconds=1.5, cpu_seconds=3)


@pytest.fixture(autouse=True, scope="session")
def _stand_in_lab_on_path() -> None:
    """The zygote gets this process's path."""
    sys.path.append(str(Path(__file__).parent))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pool(_stand_in_lab_on_path: None) -> AsyncIterator[Pool]:
    pool = Pool(2, QUICK, STAND_IN)
    await pool.start()
    yield pool
    await pool.stop()


async def until(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    """Look again and again, for things that happen in other processes and tell nobody here."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.002)


async def busy_child(pool: Pool) -> PooledChild:
    """The child that has a request in hand, as soon as there is one."""
    found: list[PooledChild] = []

    def look() -> bool:
        found[:] = [child for child in pool._children.values() if child.busy]
        return bool(found)

    await until(look)
    return found[0]
