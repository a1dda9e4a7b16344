"""POST /evaluate at its edge: what is refused before a process is asked, and how; over a stand-in service."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI

from freedive.api import lab, problems
from freedive.errors import FreediveError, Superseded, TooMany, Unavailable
from freedive.protocol.traces import EvaluateRequest
from freedive.sandbox.cpu_budget import Client
from freedive.sandbox.limits import LIMITS
from freedive.sandbox.protection import Layers


class StandInService:
    """Remembers what it was asked; answers with bytes, or raises."""

    def __init__(self) -> None:
        self.asked: list[tuple[EvaluateRequest, Client]] = []
        self.error: FreediveError | None = None
        self.layers: Layers | None = None

    async def evaluate(self, request: EvaluateRequest, client: Client) -> bytes:
        self.asked.append((request, client))
        if self.error is not None:
            raise self.error
        return b'{"status": "ok",   "output": "kept as it is"}'


@pytest.fixture
def service() -> StandInService:
    return StandInService()


@pytest_asyncio.fixture
async def client(service: StandInService) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    problems.install(app)
    app.include_router(lab.router, prefix="/api/v1")
    app.state.lab = service
    transport = httpx.ASGITransport(app, client=("10.0.0.9", 4000))
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver/api/v1") as client:
        yield client


async def test_the_answer_s_bytes_are_handed_on(client: httpx.AsyncClient, service: StandInService) -> None:
    answer = await client.post("/evaluate", json={"source": "2+2"}, headers={"Freedive-Session": "page 1"})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.content == b'{"status": "ok",   "output": "kept as it is"}'
    assert service.asked == [(EvaluateRequest(source="2+2"), Client("10.0.0.9", "page 1"))]


async def test_every_field_arrives(client: httpx.AsyncClient, service: StandInService) -> None:
    sent = {"source": "x", "setup": "x = 1", "dialect": "np", "seed": 7, "watch": ["x"], "session": True}
    sent |= {"trace": False, "long": True, "look": {"op": 3, "cell": [0, 1]}}
    await client.post("/evaluate", json=sent)
    request, who = service.asked[0]
    assert request.model_dump() == sent
    assert who.session is None


@pytest.mark.parametrize(
    ("sent", "position"),
    [
        ({}, "source"),
        ({"source": 5}, "source"),
        ({"source": "x" * 16_001}, "source"),
        ({"source": "1", "setup": "x" * 16_001}, "setup"),
        ({"source": "1", "dialect": "jax"}, "dialect"),
        ({"source": "1", "seed": -1}, "seed"),
        ({"source": "1", "seed": 2**32}, "seed"),
        ({"source": "1", "watch": ["x"] * 65}, "watch"),
        ({"source": "1", "watch": ["x" * 1001]}, "watch.0"),
        ({"source": "1", "sauce": "2"}, "sauce"),
    ],
)
async def test_what_does_not_fit_is_named(
    client: httpx.AsyncClient, service: StandInService, sent: dict[str, Any], position: str
) -> None:
    answer = await client.post("/evaluate", json=sent)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["position"] == position
    assert problem["detail"]
    assert not service.asked


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[" * 60_000, b'{"source": "\\ud800"}'])
async def test_what_is_not_json_is_refused(
    client: httpx.AsyncClient, service: StandInService, body: bytes
) -> None:
    answer = await client.post("/evaluate", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"] == "application/problem+json"
    assert not service.asked


@pytest.mark.parametrize("announced", [True, False])
async def test_a_body_over_the_limit_is_refused_before_it_is_parsed(
    client: httpx.AsyncClient, service: StandInService, announced: bool
) -> None:
    body = json.dumps({"source": "x" * LIMITS.request}).encode()
    sent = 0

    async def pieces() -> AsyncIterator[bytes]:
        nonlocal sent
        for begin in range(0, 10 * len(body), 1000):
            sent += 1
            yield (body * 10)[begin : begin + 1000]

    headers = {"Content-Type": "application/json"}
    answer = await client.post("/evaluate", content=body if announced else pieces(), headers=headers)
    assert answer.status_code == 413
    assert answer.json()["code"] == "too_large"
    assert "65,536 bytes" in answer.json()["detail"]
    assert sent * 1000 <= LIMITS.request + 1000
    assert not service.asked


async def test_a_body_at_the_limit_is_read(client: httpx.AsyncClient, service: StandInService) -> None:
    body = b'{"source": "1"}'
    answer = await client.post(
        "/evaluate", content=body.ljust(LIMITS.request), headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 200
    assert service.asked


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (TooMany("used up", retry_after=3.4), 429, "too_many"),
        (Superseded("a newer one"), 409, "superseded"),
        (Unavailable("no child"), 503, "unavailable"),
    ],
)
async def test_refusals_are_problems(
    client: httpx.AsyncClient, service: StandInService, error: FreediveError, status: int, code: str
) -> None:
    service.error = error
    answer = await client.post("/evaluate", json={"source": "1"})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == code
    if status == 429:
        assert int(answer.headers["Retry-After"]) >= 3


async def test_a_session_s_name_has_an_end(client: httpx.AsyncClient) -> None:
    answer = await client.post("/evaluate", json={"source": "1"}, headers={"Freedive-Session": "x" * 65})
    assert answer.status_code == 422


async def test_which_layers_hold_is_told_with_the_reason_for_the_rest(
    client: httpx.AsyncClient, service: StandInService
) -> None:
    assert (await client.get("/lab/protection")).json() == {"sealed": None, "layers": []}
    service.layers = Layers(
        rlimits=True, user="root", seccomp=True, missing={"landlock": "this kernel has no Landlock"}
    )
    told = (await client.get("/lab/protection")).json()
    assert told["sealed"] is True
    assert {layer["name"]: layer["holds"] for layer in told["layers"]} == {
        "interpreter": True,
        "seccomp": True,
        "landlock": False,
        "limits": True,
        "user": False,
        "server": True,
    }
    assert [layer["why"] for layer in told["layers"] if layer["why"]] == ["this kernel has no Landlock"]
    service.layers = Layers(rlimits=True)
    assert (await client.get("/lab/protection")).json()["sealed"] is False
