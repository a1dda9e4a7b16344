"""A real server, a real Chromium, and pages that fail the test when their console holds an error."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

from ..site import live

ROOT = Path(__file__).resolve().parents[2]
FLAGS = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
]
PATIENCE = 60_000
"""Milliseconds until a condition must hold; other work may run on the same cores."""


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Debian's Chromium where there is one, else Playwright's own."""
    found = shutil.which("chromium")
    return {**browser_type_launch_args, "args": FLAGS, **({"executable_path": found} if found else {})}


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server with one worker that is ready."""
    if not (ROOT / "server/freedive/static/index.html").exists():
        pytest.fail("the page is not built: run `npm ci && npm run build` in frontend/")
    with live(tmp_path_factory.mktemp("data"), "--offline") as here:
        _ready(here.url)
        yield here.url


def _ready(url: str) -> None:
    """Until a worker has imported torch."""
    deadline, pause = time.monotonic() + PATIENCE / 1000, threading.Event()
    with httpx.Client(base_url=url, timeout=10) as client:
        while time.monotonic() < deadline:
            workers = client.get("/api/v1/workers").json()["workers"]
            if any(worker["state"] == "idle" for worker in workers):
                return
            pause.wait(0.1)
    raise AssertionError("no worker became ready")


@pytest.fixture(scope="session")
def base_url(server: str) -> str:
    """What `page.goto("/")` begins with."""
    return server


@pytest.fixture
def api(server: str) -> Iterator[httpx.Client]:
    """The REST interface of the same server."""
    with httpx.Client(base_url=f"{server}/api/v1", timeout=30, headers={"origin": server}) as client:
        yield client


Visit = Callable[..., Page]


@pytest.fixture
def visit(browser: Browser, base_url: str) -> Iterator[Visit]:
    """Opens a page in a context of its own; errors in its console fail the test.

    Chromium tells the console of every refused request; `refusals` names the answers that a journey asks for.
    """
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def open_page(
        path: str, width: int = 1440, height: int = 900, refusals: tuple[int, ...] = (), **options: Any
    ) -> Page:
        def heard(message: ConsoleMessage) -> None:
            expected = any(f"status of {status} " in message.text for status in refusals)
            # A snippet that still waits when a newer one comes gives way to it: on a busy machine, any may.
            expected |= "status of 409 " in message.text and message.location["url"].endswith("/evaluate")
            if message.type == "error" and not expected:
                errors.append(message.text)

        context = browser.new_context(
            base_url=base_url, viewport={"width": width, "height": height}, **options
        )
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        page = context.new_page()
        page.on("console", heard)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert errors == []


@pytest.fixture(autouse=True)
def quiet_end(api: httpx.Client) -> Iterator[None]:
    """What still runs or waits when a test ends is stopped, or the next one would wait for the only worker."""
    yield
    for state in ("queued", "starting", "running", "paused"):
        for job in api.get("/jobs", params={"state": state}).json()["jobs"]:
            api.post(f"/jobs/{job['id']}/commands", json={"kind": "stop"})


@pytest.fixture
def start(api: httpx.Client) -> Callable[..., str]:
    """Submits a recipe with changes (`optimizer__lr=0.1`) and gives the job's id."""

    def submit(recipe: str, **changes: Any) -> str:
        recipes = {entry["name"]: entry["spec"] for entry in api.get("/catalog").json()["recipes"]}
        spec = recipes[recipe]
        for path, value in changes.items():
            *parents, name = path.split("__")
            inner = spec
            for parent in parents:
                inner = inner[parent]
            inner[name] = value
        answer = api.post("/jobs", json={"spec": spec, "recipe": recipe})
        assert answer.status_code == 201, answer.text
        job: str = answer.json()["id"]
        return job

    return submit
