"""How fast the tensor lab answers through a running server: `rows(url)` gives the benchmark's lines for it.

`python tests/bench_lab.py --url http://127.0.0.1:3483` prints them alone. The clients share the machine with the server;
every snippet is new, so the cache answers none of them. Give the server a larger FREEDIVE_LAB_ADDRESS_CPU_SECONDS when
the benchmark is repeated many times over, or it will be told to wait.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import secrets
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

SMALL = "import torch\nx = torch.tensor([1., 2., 3.], requires_grad=True)\ny = (x * {}).sum()\ny.backward()\nx.grad"
"""A small snippet: {} makes each one new."""

TYPED = """import torch
w = torch.randn(3, 2, requires_grad=True)
x = torch.arange(12.).reshape(4, 3)
loss = ((x @ w) ** 2).mean()
loss.backward()
print(w.grad)
"""
"""What forty people type, key by key."""


class Connection:
    """One keep-alive HTTP/1.1 connection; as little as possible, because it uses the server's own cores."""

    def __init__(self, url: str, session: str | None = None) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or 80
        named = f"Freedive-Session: {session}\r\n" if session else ""
        self._head = f"POST /api/v1/evaluate HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Type: application/json\r\n{named}"
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def evaluate(self, source: str) -> tuple[int, bytes]:
        """HTTP status and body."""
        body = json.dumps({"source": source}).encode()
        request = f"{self._head}Content-Length: {len(body)}\r\n\r\n".encode() + body
        if self._reader is None or self._writer is None or self._reader.at_eof():  # the server ends idle ones
            self._reader, self._writer = await asyncio.open_connection(self._host, self._port)
        self._writer.write(request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        return int(head.split(maxsplit=2)[1]), await self._reader.readexactly(length)

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()


@dataclass
class Latencies:
    """Milliseconds of the answered requests, and how many were not answered because a newer one came."""

    answered: list[float] = field(default_factory=list)
    superseded: int = 0
    failed: dict[int, int] = field(default_factory=dict)

    def percentile(self, share: float) -> float:
        ordered = sorted(self.answered)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")

    async def time(self, connection: Connection, source: str) -> None:
        began = time.perf_counter()
        status, body = await connection.evaluate(source)
        if status == 200:
            if json.loads(body)["status"] == "crashed":
                self.failed[500] = self.failed.get(500, 0) + 1
            self.answered.append((time.perf_counter() - began) * 1e3)
        elif status == 409:
            self.superseded += 1
        else:
            self.failed[status] = self.failed.get(status, 0) + 1


async def one_after_another(url: str, count: int = 300, pause: float = 0.03) -> Latencies:
    """One person, one snippet at a time."""
    connection, found = Connection(url), Latencies()
    for number in range(count + 20):
        if number == 20:  # the first ones warm the server's own code
            found = Latencies()
        await found.time(connection, SMALL.format(secrets.randbelow(10**9)))
        await asyncio.sleep(pause)
    connection.close()
    return found


class Page:
    """A page that sends every edit at once, whether or not the one before has been answered."""

    def __init__(self, url: str) -> None:
        self._url, self._session = url, secrets.token_hex(8)
        self._idle: list[Connection] = []
        self.found = Latencies()

    async def send(self, source: str) -> None:
        connection = self._idle.pop() if self._idle else Connection(self._url, self._session)
        await self.found.time(connection, source)
        self._idle.append(connection)

    def close(self) -> None:
        for connection in self._idle:
            connection.close()


async def dragging(url: str, per_second: int = 60, seconds: float = 5.0) -> tuple[Latencies, float]:
    """One person drags a number; and the 95th percentile of the last second alone, where a queue would show."""
    page = Page(url)
    sent: list[asyncio.Task[None]] = []
    loop = asyncio.get_running_loop()
    began, before = loop.time(), 0
    for number in range(int(per_second * seconds)):
        if number == int(per_second * (seconds - 1)):
            before = len(page.found.answered)
        sent.append(asyncio.create_task(page.send(SMALL.format(f"{number}.{secrets.randbelow(10**6)}"))))
        await asyncio.sleep(max(0.0, began + (number + 1) / per_second - loop.time()))
    await asyncio.gather(*sent)
    page.close()
    return page.found, Latencies(page.found.answered[before:]).percentile(0.95)


async def typing(
    url: str, people: int = 40, keys_per_second: float = 3.3, seconds: float = 10.0
) -> Latencies:
    """So many people type without a pause, each their own program, at an average typist's forty words a minute."""
    total = Latencies()

    async def one(seat: int) -> None:
        page = Page(url)
        page.found = total
        source = f"seed = {secrets.randbelow(10**9)}\n" + TYPED
        await asyncio.sleep(seat / people / keys_per_second)  # nobody types in step with everybody else
        loop, sent = asyncio.get_running_loop(), []
        began, first = loop.time(), len(source) - len(TYPED) + 12
        for key in range(int(keys_per_second * seconds)):
            text = source[: first + key * (len(source) - first) // int(keys_per_second * seconds)]
            sent.append(asyncio.create_task(page.send(text)))
            await asyncio.sleep(max(0.0, began + (key + 1) / keys_per_second - loop.time()))
        await asyncio.gather(*sent)
        page.close()

    await asyncio.gather(*(one(seat) for seat in range(people)))
    return total


LOOP = "import torch\nx = torch.ones(3, 4)\nfor i in range(5000):\n    y = x * 1.0001\n    x = y - 0.0001\n"


def tracing(rounds: int = 7) -> tuple[float, float]:
    """(traced over plain torch, seconds): CPU time of 10,000 operations, medians of turns taken one after the other."""
    import torch

    from freedive.lab import evaluate, warm_up

    torch.set_num_threads(1)
    warm_up()
    plain, ratios, traced = compile(LOOP, "<plain>", "exec"), [], []
    for _ in range(rounds):
        began = time.process_time()
        exec(plain, {})
        between = time.process_time()
        answer = evaluate({"source": LOOP})
        ended = time.process_time()
        assert answer["status"] == "ok", answer["error"]
        ratios.append((ended - between) / (between - began))
        traced.append(ended - between)
    return statistics.median(ratios), statistics.median(traced)


def rows(url: str) -> Iterator[str]:
    """`name: figure (budget)`, one by one as they are measured."""
    ratio, seconds = tracing()
    yield f"10,000 traced tensor operations: {ratio:.1f}x plain torch, {seconds:.2f} s (<= 3x)"
    alone = asyncio.run(one_after_another(url))
    yield f"evaluate p50: {alone.percentile(0.5):.1f} ms (<= 5 ms)"
    yield f"evaluate p99: {alone.percentile(0.99):.1f} ms (<= 16 ms, one display frame)"
    drag, last = asyncio.run(dragging(url))
    yield (
        f"60 edits/s from one person: p95 {drag.percentile(0.95):.1f} ms, in the last second {last:.1f} ms, "
        f"{len(drag.answered)} answered, {drag.superseded} superseded{_failures(drag)} (no queue: both <= 50 ms)"
    )
    forty = asyncio.run(typing(url))
    yield (
        f"40 people typing p95: {forty.percentile(0.95):.0f} ms, {len(forty.answered)} answered, "
        f"{forty.superseded} superseded{_failures(forty)} (<= 250 ms)"
    )


def _failures(found: Latencies) -> str:
    return "".join(f", {count} failed with {status}" for status, count in found.failed.items())


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the tensor lab of a running server.")
    parser.add_argument("--url", required=True)
    for row in rows(parser.parse_args().url):
        print(row, flush=True)


if __name__ == "__main__":
    main()
