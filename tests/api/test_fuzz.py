"""Random requests, made from the description of the API: none may end in a 5xx, and every answer must be as promised."""

from __future__ import annotations

import asyncio
import threading
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
import schemathesis
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance

from freedive.app import create_app
from freedive.protocol.jobs import NewJob
from freedive.settings import Settings

from ..jobs.events import Checkpointed, metrics, picture, started
from ..scripted import spirals, until
from ..site import Site, served, site

CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance]
SLOW = {"/api/v1/evaluate"}
"""Tried at length by the tensor lab's own tests, through real sealed processes."""


class Playground:
    """A served application on a thread, with a job that rests after some steps."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.address = ""
        self.job = ""
        self._folder, self._patch = folder, patch
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._enough: asyncio.Event | None = None
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))

    def __enter__(self) -> Playground:
        self._thread.start()
        assert self._ready.wait(60)
        return self

    def __exit__(self, *_: object) -> None:
        assert self._loop is not None
        assert self._enough is not None
        self._loop.call_soon_threadsafe(self._enough.set)
        self._thread.join(60)

    async def _serve(self) -> None:
        self._loop, self._enough = asyncio.get_running_loop(), asyncio.Event()
        async with site(self._patch, self._folder, workers=2) as here, served(here) as address:
            self.address = f"http://{address}"
            self.job = await self._resting(here)
            self._ready.set()
            await self._enough.wait()

    async def _resting(self, here: Site) -> str:
        job = (await here.service.submit(NewJob(spec=spirals()))).id
        say = here.executor.say
        say(job, started())
        here.executor.go(job)
        path = here.service.files.path(job, 2)
        path.parent.mkdir(parents=True)
        path.write_bytes(b"weights")
        say(job, metrics(1, [2.0, 1.0]), Checkpointed(step=2, nbytes=7), picture(2))
        await until(lambda: here.service.log.frames(job))
        return job


@pytest.fixture(scope="module")
def playground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Playground]:
    with pytest.MonkeyPatch.context() as patch, Playground(tmp_path_factory.mktemp("fuzz"), patch) as made:
        yield made


DOCUMENT = create_app(Settings()).openapi()
OPERATIONS = {
    f"{found.ok().method.upper()} {found.ok().path}": found.ok()
    for found in cast("Any", schemathesis.openapi.from_dict(DOCUMENT).get_all_operations())
    if found.ok().path not in SLOW
}


def has_input(name: str) -> bool:
    """Whether the schema leaves anything to get wrong."""
    method, path = name.split(" ")
    operation = DOCUMENT["paths"][path][method.lower()]
    return "application/json" in operation.get("requestBody", {}).get("content", {}) or any(
        p["in"] == "query" for p in operation.get("parameters", [])
    )


ATTEMPTS = [(name, "fitting") for name in OPERATIONS]
ATTEMPTS += [(name, "not fitting") for name in OPERATIONS if has_input(name)]


@pytest.mark.parametrize(("name", "mode"), ATTEMPTS)
def test_random_requests_break_nothing(playground: Playground, name: str, mode: str) -> None:
    wanted = GenerationMode.POSITIVE if mode == "fitting" else GenerationMode.NEGATIVE

    @examples(max_examples=20, database=None, suppress_health_check=list(HealthCheck))
    @given(case=OPERATIONS[name].as_strategy(generation_mode=wanted))
    def attempt(case: Any) -> None:
        # Most made-up ids are of no job, and then nothing behind the first look is tried.
        if (
            "/jobs/{id}" in name
            and not name.startswith("DELETE")
            and zlib.crc32(repr((case.query, case.body)).encode()) % 4
        ):
            case.path_parameters["id"] = playground.job
        case.call_and_validate(base_url=playground.address, checks=CHECKS)

    attempt()
