"""A pytest plugin: collects, gets warm as the zygote does, seals its own process, and only then runs the tests.

`test_behind_the_seal` starts pytest with it. Files are out of reach by then, so conftest.py is left out (the fixtures
that lab tests share are named here) and a test that needs a file of its own cannot run this way.
"""

from __future__ import annotations

import os
import sys

import pytest
from hypothesis import given, settings, strategies
from tests.lab.conftest import run

from freedive.lab import explanations
from freedive.sandbox.limits import Limits
from freedive.sandbox.seal import Seal
from freedive.sandbox.zygote import get_warm

__all__ = ["run"]

settings.register_profile("sealed", deadline=None, derandomize=True, database=None)
settings.load_profile("sealed")

MANY = Limits(cpu_seconds=900, memory=8 * 1024**3)
"""One process runs them all."""


@given(strategies.data())
def try_everything_once(data: strategies.DataObject) -> None:
    """Hypothesis too loads some of itself late."""
    data.draw(strategies.lists(strategies.text("ab"), max_size=3))


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> None:
    explanations.STRICT = True
    seal = Seal(MANY)
    get_warm("freedive.lab")
    try_everything_once()
    if "tests.sandbox.same_answers" in sys.modules:
        calls = [item.callspec.params for item in session.items if hasattr(item, "callspec")]
        names = {params["name"] for params in calls if "name" in params}
        sys.modules["tests.sandbox.same_answers"].ask_without_the_seal(names)
    # where pytest ends it goes back to where it began, which is forbidden by then
    os.chdir = lambda path: None
    layers = seal.apply()
    assert layers.seccomp, layers.missing


def pytest_runtest_logstart(nodeid: str) -> None:
    """What the process was at when it died."""
    print(f"\nbegun {nodeid}")
