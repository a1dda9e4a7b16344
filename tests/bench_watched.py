"""What five hundred watchers cost the job that they watch: `rows()` gives the benchmark's lines for it.

One job trains at full speed; one watcher and then a crowd follow it, in turns. What is compared is the steps of a second
of the worker's own CPU time: the server and the crowd share the cores of this machine with it, which they need not.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import psutil
from tests.bench_server import API, PATIENCE, started, warm

from freedive.catalog.recipes import recipes


class Ear(asyncio.Protocol):
    """A socket that reads and forgets: a crowd of them must leave the cores to what is measured."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self.heard = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.heard += len(data)

    def ask(self, job: str, host: str) -> None:
        """Follow the job from now on."""
        assert self.transport is not None
        self.transport.write(
            f"GET {API}/stream?job={job} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )


class Bench:
    """A job on the only worker of a server."""

    def __init__(self, url: str, client: httpx.AsyncClient, worker: psutil.Process, job: str) -> None:
        self.parts, self.client, self.worker, self.job = urlsplit(url), client, worker, job

    async def gather(self, count: int) -> list[Ear]:
        """So many watchers, each of whom has heard of the job."""
        loop, ears = asyncio.get_running_loop(), []
        host, port = self.parts.hostname or "127.0.0.1", self.parts.port or 80
        for _ in range(count):
            _, ear = await loop.create_connection(Ear, host, port)
            ear.ask(self.job, self.parts.netloc)
            ears.append(ear)
        async with asyncio.timeout(PATIENCE):
            while min(ear.heard for ear in ears) < 2000:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        return ears

    async def pace(self, seconds: float) -> tuple[float, float]:
        """Steps in a second of the worker's CPU time, and in one of everybody's."""
        step, cpu, clock = await self._now()
        await asyncio.sleep(seconds)
        later, cpu_later, clock_later = await self._now()
        return (later - step) / (cpu_later - cpu), (later - step) / (clock_later - clock)

    async def _now(self) -> tuple[int, float, float]:
        step = (await self.client.get(f"{API}/jobs/{self.job}")).json()["step"]
        times = self.worker.cpu_times()
        return step, times.user + times.system, time.monotonic()


async def compared(
    url: str, server: psutil.Process, watchers: int, rounds: int, seconds: float
) -> list[float]:
    """[steps per CPU second with the crowd over those with one watcher, the same by the clock], medians of all turns."""
    (worker,) = [one for one in server.children() if "freedive.executors.worker" in one.cmdline()]
    spec = next(recipe.spec for recipe in recipes() if recipe.name == "mnist-mlp")
    endless = spec.model_copy(update={"epochs": 1000, "evaluate_every": 1_000_000})
    async with httpx.AsyncClient(base_url=url, timeout=PATIENCE) as client:
        answer = await client.post(f"{API}/jobs", json={"spec": endless.model_dump(mode="json")})
        bench = Bench(url, client, worker, answer.raise_for_status().json()["id"])
        alone = await bench.gather(1)
        await bench.pace(seconds)  # the first second is another: data are loaded, caches filled
        turns = []
        for _ in range(rounds):
            before = await bench.pace(seconds)
            crowd = await bench.gather(watchers - 1)
            among = await bench.pace(seconds)
            _leave(crowd)
            after = await bench.pace(seconds)
            turns.append([2 * m / (b + a) for b, m, a in zip(before, among, after, strict=True)])
        _leave(alone)
        await client.delete(f"{API}/jobs/{bench.job}")
    return [statistics.median(column) for column in zip(*turns, strict=True)]


def _leave(ears: list[Ear]) -> None:
    for ear in ears:
        if ear.transport is not None:
            ear.transport.abort()


def rows(watchers: int = 500, rounds: int = 7, seconds: float = 4.0) -> Iterator[str]:
    """The lines, as `name: figure (budget)`."""
    with started("-m", "freedive", "serve", "--port", "0", FREEDIVE_WORKERS="1") as (url, server, _):
        warm(url)
        cpu, clock = asyncio.run(compared(url, server, watchers, rounds, seconds))
    yield (
        f"training MNIST MLP with {watchers} watchers, of the speed with one: {cpu:.3f} "
        f"(>= 0.99; by the clock {clock:.3f}, where server and watchers share its cores)"
    )


def main() -> None:
    """Print them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--watchers", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=4.0, help="of each measurement")
    given = parser.parse_args()
    for row in rows(given.watchers, given.rounds, given.seconds):
        print(row, flush=True)


if __name__ == "__main__":
    main()
