"""Schedule: probes have a budget, not a frequency. Each is timed, and spaced so that the share of the time holds."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING

from freedive.training.probes.base import Probe

if TYPE_CHECKING:
    from freedive.protocol.events import Snapshot

FASTEST = 1 / 24
"""Seconds between two pictures of one probe: faster is not seen."""
AIM = 0.65
"""Share of the budget that is given out: a probe also costs what it pushes out of the caches, which no clock shows."""
LEAST = 0.35
"""Share of the budget that probes keep where recording and sending would use up all of it (tiny nets)."""
IDLE_SHARE = 0.5
"""Of the time in which a paced job waits: nobody else can use it."""
SMOOTHING = 0.3
"""Of a new measurement of the cost: one that was interrupted by other work must not silence a probe."""
WEIGHTS = {"boundary": 4.0, "curve": 4.0, "weights": 2.0, "confusion": 0.5}
"""How much more of the budget than others (1) a probe gets."""


@dataclass
class Account:
    """What one probe costs, and what it has to spend."""

    probe: Probe
    weight: float
    cost: float = 0.0
    """Seconds one measurement takes, smoothed."""
    credit: float = 0.0
    """Seconds it may spend."""
    last: float = float("-inf")
    """When it last ran."""


class Schedule:
    """Credit grows with the time, for each probe by itself; it runs when its credit covers what it costs.

    So a dear probe saves up for long without keeping the others waiting, and what a cheap one cannot use, because
    nobody would see more of it, goes to the others.
    """

    def __init__(self, probes: list[Probe], share: float) -> None:
        self.accounts = [Account(probe, WEIGHTS.get(probe.name, 1.0)) for probe in probes]
        self.share = share
        self.seconds = 0.0
        """Spent on probes so far."""

    def earn(self, busy: float, idle: float, charged: float) -> None:
        """Add the budget of a while: `busy` and `idle` seconds passed, `charged` of them went into other instruments."""
        earned = max(AIM * self.share * busy - charged, LEAST * self.share * busy) + IDLE_SHARE * idle
        saving = [account for account in self.accounts if account.credit < account.cost]
        total = sum(account.weight for account in saving)
        for account in saving:
            account.credit = min(account.credit + earned * account.weight / total, 2 * account.cost)

    def due(self) -> Snapshot | None:
        """One measurement, if one is due and paid for: of those that are, the one that was not seen for longest."""
        now = perf_counter()
        ready = [a for a in self.accounts if a.credit >= a.cost and now - a.last >= FASTEST]
        return self._run(min(ready, key=lambda account: account.last)) if ready else None

    def all(self) -> list[Snapshot]:
        """Every measurement, paid or not: for moments at which training stands still or somebody has just come."""
        return [self._run(account) for account in self.accounts]

    def one(self, name: str) -> list[Snapshot]:
        """The measurement of that name, now; empty where there is no such probe."""
        return [self._run(account) for account in self.accounts if account.probe.name == name]

    def _run(self, account: Account) -> Snapshot:
        start = perf_counter()
        snapshot = account.probe.measure()
        account.last = perf_counter()
        spent = account.last - start
        account.cost += (spent - account.cost) * (SMOOTHING if account.cost else 1.0)
        account.credit = max(account.credit - spent, -account.cost)
        self.seconds += spent
        return snapshot
