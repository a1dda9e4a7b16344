"""Budgets of CPU time: a bucket per client and one per address, filled with time and emptied by what runs used."""

from __future__ import annotations

import ipaddress
import math
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from freedive.errors import TooMany

_MOST_BUCKETS = 10_000  # the longest unused are forgotten; their address is not so soon


@dataclass(frozen=True)
class Client:
    """Who asks: an address, and the page's own name for its session where it gives one."""

    address: str
    session: str | None = None


def network_of(address: str) -> str:
    """IPv6 users hold 2^64 addresses each: what counts is the network."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)


class Buckets:
    """Token buckets by key, counted in CPU seconds. A run may overdraw; the next waits until the debt is paid."""

    def __init__(self, size: float, share: float, clock: Callable[[], float]) -> None:
        self._size, self._share, self._clock = size, share, clock
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()  # key: level, when

    def level(self, key: str) -> float:
        level, when = self._levels.get(key, (self._size, self._clock()))
        return min(self._size, level + (self._clock() - when) * self._share)

    def wait(self, key: str) -> float:
        """Seconds until there is something in the bucket; 0 when there is."""
        return max(0.0, -self.level(key) / self._share)

    def take(self, key: str, cpu_seconds: float) -> None:
        self._levels[key] = (self.level(key) - cpu_seconds, self._clock())
        self._levels.move_to_end(key)
        if len(self._levels) > _MOST_BUCKETS:
            self._levels.popitem(last=False)


class CpuBudget:
    """Both budgets of every client."""

    def __init__(
        self, own: tuple[float, float], shared: tuple[float, float], clock: Callable[[], float]
    ) -> None:
        self._own = Buckets(*own, clock)
        self._shared = Buckets(*shared, clock)

    def admit(self, client: Client) -> None:
        """Raises TooMany with the time after which there is something to spend again."""
        network = network_of(client.address)
        wait = max(self._own.wait(f"{network} {client.session}"), self._shared.wait(network))
        if wait > 0:
            raise TooMany(
                "The computing time for your snippets is used up for the moment.",
                retry_after=math.ceil(wait),
                hint=f"Wait {math.ceil(wait)} s. Short snippets use little of it, long loops much.",
            )

    def charge(self, client: Client, cpu_seconds: float) -> None:
        network = network_of(client.address)
        self._own.take(f"{network} {client.session}", cpu_seconds)
        self._shared.take(network, cpu_seconds)
