"""Site: the whole application without a network, over workers of straw; and a live server as a process of its own."""

from __future__ import annotations

import asyncio
import os
import re
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from freedive.app import create_app
from freedive.cli.serving import transport
from freedive.jobs.service import JobService
from freedive.settings import Settings

from .scripted import Scripted, until

API = "/api/v1"
PATIENCE = 90.0
"""Seconds until a live server must have said where it is: torch is imported beside other work."""


class QuietLab:
    """Stands where the tensor lab would start its processes."""

    layers = None

    def __init__(self, *_: Any, **__: Any) -> None:
        pass

    async def start(self) -> None:
        pass

    async def stop(self) -> None:
        pass


@dataclass
class Site:
    """An application and its client."""

    app: FastAPI
    client: httpx.AsyncClient
    executor: Scripted

    @property
    def service(self) -> JobService:
        service: JobService = self.app.state.service
        return service


@asynccontextmanager
async def site(patch: pytest.MonkeyPatch, folder: Path, **settings: Any) -> AsyncIterator[Site]:
    """An application that is running; requests come from 127.0.0.1 under the name 127.0.0.1."""
    executor = Scripted(settings.pop("workers", 1))
    patch.setattr("freedive.app.executor_of", lambda _: executor)
    patch.setattr("freedive.app.LabService", QuietLab)
    app = create_app(Settings(data_dir=folder, commit_seconds=0.005, **settings))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:3483") as client,
    ):
        yield Site(app, client, executor)


@dataclass
class Live:
    """A server as a person starts it."""

    url: str
    process: subprocess.Popen[str]
    seconds: float
    """From start to the line that says where it is."""

    def kill(self) -> None:
        """As the system would, without a word."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(30)

    def end(self) -> str:
        """As Ctrl+C would; what it had said."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        out, _ = self.process.communicate(timeout=30)
        return out


@contextmanager
def live(folder: Path, *flags: str, **environment: str) -> Iterator[Live]:
    """`freedive serve` on a free port, with a data folder of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FREEDIVE_")}
    begin = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "freedive", "serve", "--port", "0", "--data-dir", str(folder), *flags],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**kept, "FREEDIVE_WORKERS": "1", "PYTHONPATH": "server", **environment},
        cwd=Path(__file__).parent.parent,
    )
    try:
        url = _address(process)
        yield Live(url, process, time.monotonic() - begin)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            try:
                process.communicate(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
        if process.stdout is not None:
            process.stdout.close()
        process.wait(20)


def _address(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    said = ""
    with selectors.DefaultSelector() as ready:
        ready.register(process.stdout, selectors.EVENT_READ)
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and ready.select(deadline - time.monotonic()):
            line = process.stdout.readline()
            said += line
            if found := re.match(r"Freedive is at (http\S+)", line):
                return found[1]
            if not line:
                break
    raise AssertionError(f"the server did not say where it is:\n{said}")


@asynccontextmanager
async def served(here: Site, **options: Any) -> AsyncIterator[str]:
    """The application on a real port of this process, as `freedive serve` sets uvicorn up; its address."""
    config = uvicorn.Config(
        here.app, port=0, lifespan="off", log_level="warning", **transport(Settings()), **options
    )
    server = uvicorn.Server(config)
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    with server_socket() as listener:
        task = asyncio.create_task(server._serve(sockets=[listener]))
        await until(lambda: server.started)
        yield f"127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = server.force_exit = True
        await task


def server_socket() -> socket.socket:
    """Listening on a free port."""
    return socket.create_server(("127.0.0.1", 0))
