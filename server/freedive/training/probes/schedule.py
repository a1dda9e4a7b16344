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
AIM = 0.75
"""Share of the budget that is given out: a probe also costs what it pushes out of the caches, which no clock shows."""
LEAST = 0.4
"""Share of the budget that probes keep where recording and sending would use up all of it (tiny nets)."""
IDLE_SHARE = 0.5
"""Of the time in which a paced job waits: nobody else can use it."""
WEIGHTS = {"boundary": 4.0, "curve": 4.0, "weights": 2.0, "confusion": 0.5}
"""How much more of the budget than others (1) a probe gets."""


@dataclass
class Account:
    """What one probe has cost."""

    probe: Probe
    cost: float = 0.0
    """Seconds, the last time."""
    used: float = 0.0
    """Seconds so far, divided by the probe's weight: the one that used least is next."""
    last: float = float("-inf")
    """When it last ran."""


class Schedule:
    """Credit grows with the time and pays for probes; a probe runs when the credit covers what it cost last time."""

    def __init__(self, probes: list[Probe], share: float) -> None:
        self.accounts = [Account(probe) for probe in probes]
        self.share = share
        self.credit = 0.0
        self.seconds = 0.0
        """Spent on probes so far."""

    def earn(self, busy: float, idle: float, charged: float) -> None:
        """Add the budget of a while: `busy` and `idle` seconds passed, `charged` of them went into other instruments."""
        ceiling = max((account.cost for account in self.accounts), default=0.0) + FASTEST * self.share
        earned = max(AIM * self.share * busy - charged, LEAST * self.share * busy) + IDLE_SHARE * idle
        self.credit = min(self.credit + earned, ceiling)

    def due(self) -> Snapshot | None:
        """One measurement, if one is due and paid for."""
        if not self.accounts:
            return None
        account = min(self.accounts, key=lambda account: account.used)
        now = perf_counter()
        if now - account.last < FASTEST:
            ready = [a for a in self.accounts if now - a.last >= FASTEST]
            if not ready:
                return None
            account = min(ready, key=lambda account: account.used)
        if account.cost > self.credit:
            return None
        before = self.seconds
        snapshot = self._run(account)
        self.credit -= self.seconds - before
        return snapshot

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
        account.cost = account.last - start
        account.used += account.cost / WEIGHTS.get(account.probe.name, 1.0)
        self.seconds += account.cost
        return snapshot
