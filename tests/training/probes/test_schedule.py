"""The budget: probes are spaced by what they cost, and share what there is."""

from __future__ import annotations

from itertools import pairwise

import pytest

from freedive.protocol.events import Curve
from freedive.protocol.tensors import TensorData
from freedive.training.probes import schedule as schedule_module
from freedive.training.probes.base import Probe
from freedive.training.probes.schedule import AIM, FASTEST, Schedule


class Clock:
    """Time that passes when it is told to."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


class Costly(Probe):
    """Takes so long by the clock."""

    def __init__(self, clock: Clock, name: str, cost: float) -> None:
        self.clock, self.cost, self.runs = clock, cost, 0
        self.name = name  # type: ignore[misc]  # each has its own here

    def measure(self) -> Curve:
        self.clock.now += self.cost
        self.runs += 1
        empty = TensorData(dtype="float32", shape=[0], data=b"")
        return Curve(x=empty, y=empty)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(schedule_module, "perf_counter", made)
    return made


def train(schedule: Schedule, clock: Clock, seconds: float, charged: float = 0.0, idle: bool = False) -> None:
    """Bursts of 30 ms until so much time was spent on steps."""
    schedule.all()
    schedule.seconds = 0.0
    for _ in range(round(seconds / 0.03)):
        clock.now += 0.03
        schedule.earn(0.0 if idle else 0.03, 0.03 if idle else 0.0, charged)
        while schedule.due() is not None:
            pass


def test_the_share_is_kept_and_used(clock: Clock) -> None:
    probes = [Costly(clock, "cheap", 0.001), Costly(clock, "dear", 0.02)]
    schedule = Schedule(list(probes), 0.03)
    train(schedule, clock, 60)
    assert schedule.seconds / 60 == pytest.approx(0.03 * AIM, rel=0.1)
    assert probes[0].runs > 5 * probes[1].runs > 0
    assert probes[0].runs * 0.001 == pytest.approx(probes[1].runs * 0.02, rel=0.2)  # alike in time


def test_what_else_is_spent_leaves_less_for_probes(clock: Clock) -> None:
    probe = Costly(clock, "one", 0.002)
    schedule = Schedule([probe], 0.03)
    train(schedule, clock, 60, charged=0.03 * 0.01)
    assert schedule.seconds / 60 == pytest.approx(0.03 * AIM - 0.01, rel=0.1)


def test_a_dear_probe_keeps_nobody_waiting(clock: Clock) -> None:
    probes = [Costly(clock, "cheap", 0.001), Costly(clock, "dear", 1.0)]
    schedule = Schedule(list(probes), 0.03)
    seen, last = [], 0
    schedule.all()
    for burst in range(round(20 / 0.03)):
        clock.now += 0.03
        schedule.earn(0.03, 0.0, 0.0)
        while schedule.due() is not None:
            pass
        if probes[0].runs > last:
            last = probes[0].runs
            seen.append(burst)
    assert max(b - a for a, b in pairwise(seen)) <= 6  # a fifth of a second
    assert schedule.seconds == pytest.approx(
        1.001 + 0.03 * AIM * 10, abs=0.05
    )  # half of it is still being saved


def test_no_picture_comes_faster_than_it_can_be_seen(clock: Clock) -> None:
    probe = Costly(clock, "free", 1e-6)
    train(Schedule([probe], 0.5), clock, 10)
    assert probe.runs <= 10 / FASTEST + 2


def test_while_a_paced_job_waits_everything_is_shown(clock: Clock) -> None:
    probes = [Costly(clock, "cheap", 0.001), Costly(clock, "dear", 0.004)]
    train(Schedule(list(probes), 0.01), clock, 10, idle=True)
    assert probes[1].runs > 100


def test_the_boundary_gets_more_than_the_others(clock: Clock) -> None:
    probes = [Costly(clock, "boundary", 0.002), Costly(clock, "histograms", 0.002)]
    train(Schedule(list(probes), 0.01), clock, 60)
    assert probes[0].runs > 2 * probes[1].runs > 0
