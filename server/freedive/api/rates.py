"""Rates: how often one address may ask for changes, where others on the network can reach the server."""

from __future__ import annotations

import time
from collections.abc import Callable

from freedive.errors import TooMany
from freedive.sandbox.cpu_budget import Buckets, network_of

BURST = 200.0
"""Requests at once: a page that is dragged over, or a script that submits a sweep."""
PER_SECOND = 50.0
"""Requests that come back each second: somebody who draws asks for thirty predictions a second."""


class Rates:
    """A bucket of requests for each address."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._buckets = Buckets(BURST, PER_SECOND, clock)

    def take(self, address: str) -> None:
        """Take one request. Raises TooMany with the seconds until there is one again."""
        key = network_of(address)
        if self._buckets.level(key) < 1:
            raise TooMany(
                f"More than {PER_SECOND:g} requests a second came from {address}.",
                retry_after=(1 - self._buckets.level(key)) / PER_SECOND,
                hint="Wait a moment, and send less at a time.",
            )
        self._buckets.take(key, 1)
