"""What the server costs: `rows()` gives the benchmark's lines for log, sockets, start and memory.

`python tests/bench_server.py` prints them alone. Watchers are a process of their own and share the machine with the
server; what is compared for them is the server's CPU time, and latencies are from the stamp in the event to its receipt.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import numpy as np
import psutil

from freedive.catalog.recipes import recipes
from freedive.executors.base import Assignment, Query
from freedive.jobs.database import DataFolder
from freedive.jobs.event_log import EventLog
from freedive.jobs.pending import Row
from freedive.protocol.chunks import Chunk, encode, unframe
from freedive.protocol.commands import Command
from freedive.protocol.events import DataShown, Metrics, StateChanged
from freedive.protocol.jobs import DeviceInfo, Prediction, WorkerInfo
from freedive.protocol.specs import Spec
from freedive.protocol.tensors import TensorData
from freedive.settings import Settings

API = "/api/v1"
POINTS = 10
"""Steps in a chunk: 330 steps per second at 30 chunks per second."""
HERTZ = 30
BYTES = 4096
PATIENCE = 90.0


def metrics(first: int, rows: int, columns: int = 6) -> Chunk:
    """A chunk of consecutive steps."""
    values = np.full((rows, columns), 0.5, dtype=np.float32)
    (only,) = encode([Metrics(step=first + rows - 1, first_step=first, values=TensorData.of(values))])
    return only


# ── the log ───────────────────────────────────────────────────────────────────────────────────────────────────────


def appending(history: int, samples: int = 2000) -> tuple[float, float]:
    """(us on the caller's side, us of CPU with all the writing) per appended chunk, with so many points before it."""
    with tempfile.TemporaryDirectory() as name:
        log = EventLog(DataFolder(Path(name)))
        log.save(Row("a", "running", "", "{}"))
        for first in range(1, history, POINTS):
            log.append("a", metrics(first, POINTS))
        log.flush()
        chunks = [metrics(history + i * POINTS, POINTS) for i in range(samples)]
        times, cpu = [], time.process_time()
        for chunk in chunks:
            begin = time.perf_counter()
            log.append("a", chunk)
            times.append(time.perf_counter() - begin)
        log.flush()
        cpu = time.process_time() - cpu
        log.close()
    return statistics.median(times) * 1e6, cpu / samples * 1e6


# ── sockets ───────────────────────────────────────────────────────────────────────────────────────────────────────


class Metronome:
    """An executor whose one job says 4 KB thirty times a second, stamped with the time."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.worker = 1
        self.free = 1

    async def start(self, changed: Callable[[], None]) -> None:
        changed()

    async def close(self) -> None:
        pass

    def idle(self) -> int:
        return self.free

    def run(self, assignment: Assignment) -> Metronome:
        self.free = 0
        return self

    async def __aiter__(self) -> AsyncIterator[Chunk]:
        (running,) = encode([StateChanged(state="running")])
        yield running
        beat, values = time.monotonic(), np.zeros((1, BYTES // 4), dtype=np.float32)
        for tick in range(1, int(self.seconds * HERTZ)):
            beat += 1 / HERTZ
            await asyncio.sleep(max(0.0, beat - time.monotonic()))
            event = Metrics(step=tick, first_step=tick, time=time.time(), values=TensorData.of(values))
            yield encode([event])[0]
        await asyncio.Event().wait()

    def command(self, job: str, id: str, command: Command) -> None: ...
    def watch(self, job: str, watched: bool) -> None: ...
    def park(self, job: str) -> None: ...
    async def abandon(self, job: str) -> None: ...

    async def predict(self, query: Query) -> Prediction:
        raise AssertionError("nobody asks")

    async def preview(self, spec: Spec) -> DataShown | None:
        raise AssertionError("nobody asks")

    def workers(self) -> list[WorkerInfo]:
        return [WorkerInfo(id=1, state="busy")]

    def devices(self) -> list[DeviceInfo]:
        return []


def serve_metronome(seconds: float) -> None:
    """The server's process: the whole application over the metronome."""
    from freedive import app
    from freedive.cli.serving import serve

    app.executor_of = lambda settings: Metronome(seconds)
    serve(Settings(port=0, data_dir=Path(os.environ["FREEDIVE_DATA_DIR"])))


@contextmanager
def started(*command: str, **environment: str) -> Iterator[tuple[str, psutil.Process, float]]:
    """A server: its address, its process, and the seconds until its health check answered."""
    with tempfile.TemporaryDirectory() as folder:
        begin = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, *command],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "FREEDIVE_DATA_DIR": folder, **environment},
        )
        try:
            assert process.stdout is not None
            url = next(line for line in process.stdout if line.startswith("Freedive is at")).split()[-1]
            httpx.get(f"{url}/healthz").raise_for_status()
            yield url, psutil.Process(process.pid), time.monotonic() - begin
        finally:
            process.terminate()
            process.wait(30)
            if process.stdout is not None:
                process.stdout.close()


class Watcher:
    """A socket that reads frames with as little work as Python allows, and notes how late each came."""

    def __init__(self, url: str, job: str) -> None:
        self.parts = urlsplit(url)
        self.job = job
        self.delays: list[float] = []
        self.first = self.last = 0
        self.lost = 0

    async def follow(self) -> None:
        reader, writer = await asyncio.open_connection(self.parts.hostname, self.parts.port, limit=2**22)
        writer.write(
            f"GET {API}/stream?job={self.job} HTTP/1.1\r\nHost: {self.parts.netloc}\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
            "Sec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        await reader.readuntil(b"\r\n\r\n")
        try:
            while True:
                head = await reader.readexactly(2)
                size = head[1]
                if size >= 126:
                    size = int.from_bytes(await reader.readexactly(2 if size == 126 else 8), "big")
                message = await reader.readexactly(size)
                if head[0] == 0x82:
                    self._note(message)
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            writer.close()

    def _note(self, message: bytes) -> None:
        now = time.time()
        for _, events in unframe(message):
            for event in events:
                if event["type"] != "metrics":
                    continue
                if self.last and event["step"] != self.last + 1:
                    self.lost += 1
                self.first, self.last = self.first or event["step"], event["step"]
                self.delays.append(now - event["time"])


async def fan_out(
    url: str, server: psutil.Process, watchers: int, seconds: float
) -> tuple[float, float, float, int, float]:
    """(us of server CPU per message, p50 ms, p99 ms, lost, KB of server memory per watcher)."""
    async with httpx.AsyncClient(base_url=url, timeout=PATIENCE) as client:
        spec = next(recipe.spec for recipe in recipes() if recipe.name == "spirals")
        job = (await client.post(f"{API}/jobs", json={"spec": spec.model_dump(mode="json")})).json()["id"]
    before = server.memory_info().rss
    all_of_them = [Watcher(url, job) for _ in range(watchers)]
    tasks = [asyncio.create_task(watcher.follow()) for watcher in all_of_them]
    async with asyncio.timeout(PATIENCE):
        while min(watcher.last for watcher in all_of_them) < 5:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    memory = (server.memory_info().rss - before) / watchers / 1000
    for watcher in all_of_them:
        watcher.delays.clear()
    cpu, count = _cpu(server), 0
    await asyncio.sleep(seconds)
    cpu = _cpu(server) - cpu
    count = sum(len(watcher.delays) for watcher in all_of_them)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    delays = np.concatenate([np.array(watcher.delays) for watcher in all_of_them]) * 1e3
    p50, p99 = np.percentile(delays, [50, 99])
    return cpu / count * 1e6, float(p50), float(p99), sum(w.lost for w in all_of_them), memory


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


# ── the whole server ──────────────────────────────────────────────────────────────────────────────────────────────


async def first_point(url: str) -> float:
    """Seconds from pressing Start to the first metrics on the socket; the worker is warm."""
    spec = next(recipe.spec for recipe in recipes() if recipe.name == "mnist-mlp").model_dump(mode="json")
    async with httpx.AsyncClient(base_url=url, timeout=PATIENCE) as client:
        begin = time.monotonic()
        job = (await client.post(f"{API}/jobs", json={"spec": spec})).json()["id"]
        watcher = Watcher(url, job)
        task = asyncio.create_task(watcher.follow())
        async with asyncio.timeout(PATIENCE):
            while not watcher.delays:  # noqa: ASYNC110
                await asyncio.sleep(0.002)
        seconds = time.monotonic() - begin
        task.cancel()
        await client.delete(f"{API}/jobs/{job}")
    return seconds


def warm(url: str) -> None:
    """Wait until every worker is."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        workers = httpx.get(f"{url}{API}/workers").json()["workers"]
        if all(worker["state"] == "idle" for worker in workers):
            return
    raise AssertionError("the workers did not warm up")


def rows(seconds: float = 5.0) -> Iterator[str]:
    """The lines, as `name: figure (budget)`."""
    few, few_cpu = appending(10)
    many, many_cpu = appending(1_000_000)
    yield f"append to a log of 10 points: {few:.1f} us, with writing {few_cpu:.0f} us of CPU (constant)"
    yield f"append to a log of 1,000,000 points: {many:.1f} us, with writing {many_cpu:.0f} us of CPU (constant)"
    for watchers in (200, 500):
        serving = (__file__, "--serve", str(seconds + 60))
        with started(*serving) as (url, server, _):
            cpu, p50, p99, lost, memory = asyncio.run(fan_out(url, server, watchers, seconds))
        yield f"{watchers} watchers, 4 KB at 30 Hz, server CPU for one message: {cpu:.1f} us (<= 20 us)"
        yield f"{watchers} watchers, delay p50 / p99: {p50:.1f} / {p99:.1f} ms (p99 < 30 ms)"
        yield f"{watchers} watchers, messages lost: {lost} (0)"
        yield f"server memory for each of {watchers} watchers: {memory:.0f} KB (< 100 KB)"
    with started("-m", "freedive", "serve", "--port", "0", FREEDIVE_WORKERS="1") as (url, server, ready):
        yield f"server ready after start: {ready:.2f} s (< 2 s)"
        warm(url)
        yield f"server memory idle: {server.memory_info().rss / 1e6:.0f} MB (< 150 MB)"
        yield f"Start to first point, MNIST MLP, first job of a warm worker: {asyncio.run(first_point(url)):.2f} s (< 1 s)"
        warm(url)
        yield f"Start to first point, MNIST MLP, again: {asyncio.run(first_point(url)):.2f} s (< 1 s)"


def main() -> None:
    """Print the lines, or be the server of one of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--serve", type=float, help=argparse.SUPPRESS)
    parser.add_argument("--seconds", type=float, default=5.0, help="of each measurement")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    if given.serve:
        serve_metronome(given.serve)
        return
    for row in rows(given.seconds):
        print(json.dumps(row) if given.json else row, flush=True)


if __name__ == "__main__":
    main()
