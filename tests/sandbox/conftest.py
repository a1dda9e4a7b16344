"""A pool and a service over the stand-in lab, shared by the tests of this folder: each costs one import of torch."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from freedive.sandbox.limits import Limits
from freedive.sandbox.pool import Pool

STAND_IN = "stand_in_lab"
QUICK = Limits(wall_seconds=1.0, cpu_seconds=3)


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
