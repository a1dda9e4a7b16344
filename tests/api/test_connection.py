"""Peers that send too much, too slowly, too often, or take nothing: over real sockets, as they come."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from freedive.api import connection
from freedive.api.connection import HEAD_BYTES, HEADERS

from ..site import API, Site, served, site
from .test_jobs import submitted

SHORT = 1.0
"""Seconds of patience in these tests: less, and a machine that others share is late with what comes in time."""


@pytest.fixture
async def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Site]:
    async with site(monkeypatch, tmp_path) as made:
        yield made


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HEAD_SECONDS", "MESSAGE_SECONDS", "TAKE_SECONDS"):
        monkeypatch.setattr(connection, name, SHORT)


class Peer:
    """A bare connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def answer(self) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body of what comes back."""
        async with asyncio.timeout(20):
            head = await self.reader.readuntil(b"\r\n\r\n")
            first, *lines = head.decode("latin-1").strip().split("\r\n")
            headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
            body = await self.reader.readexactly(int(headers.get("content-length", 0)))
            return int(first.split()[1]), headers, body

    async def refused(self, status: int) -> dict[str, Any]:
        """The problem that it is told, after which the connection is closed."""
        found, headers, body = await self.answer()
        assert (found, headers["content-type"]) == (status, "application/problem+json")
        problem: dict[str, Any] = json.loads(body)
        assert problem["status"] == status
        assert problem["detail"]
        await self.ended()
        return problem

    async def ended(self) -> None:
        """The server closes."""
        async with asyncio.timeout(20):
            with suppress(ConnectionResetError):
                assert await self.reader.read() == b""


@asynccontextmanager
async def peer(address: str) -> AsyncIterator[Peer]:
    host, _, port = address.partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        yield Peer(reader, writer)
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


def asking(address: str, path: str = f"{API}/jobs", *headers: str) -> bytes:
    return "\r\n".join([f"GET {path} HTTP/1.1", f"Host: {address}", *headers, "", ""]).encode()


async def test_a_head_of_the_largest_size_is_read(here: Site) -> None:
    async with served(here) as address, peer(address) as one:
        await one.send(asking(address, f"{API}/jobs?q=a&x=" + "a" * (HEAD_BYTES - 500)))
        assert (await one.answer())[0] == 200
        await one.send(asking(address, f"{API}/jobs", *(f"X-{i}: 1" for i in range(HEADERS - 1))))
        assert (await one.answer())[0] == 200


@pytest.mark.parametrize(
    "head",
    [
        b"GET /" + b"a" * 2 * HEAD_BYTES,
        b"GET / HTTP/1.1\r\nX: " + b"a" * 2 * HEAD_BYTES,
        b"GET / HTTP/1.1\r\n" + b"a" * 2 * HEAD_BYTES,
        b"GET / HTTP/1.1\r\n" + b"".join(b"X-%d: 1\r\n" % i for i in range(HEADERS + 2)),
        b"GET / HTTP/1.1\r\n" + (b"X: " + b"a" * 1000 + b"\r\n") * 70,
    ],
    ids=["address", "value", "name", "number", "sum"],
)
@pytest.mark.parametrize("piece", [1 << 20, 7001])
async def test_more_than_a_head_may_hold_is_refused(here: Site, head: bytes, piece: int) -> None:
    async with served(here) as address, peer(address) as one:
        for at in range(0, len(head), piece):
            await one.send(head[at : at + piece])
        await one.refused(431)


async def test_no_more_is_taken_than_it_takes_to_refuse(here: Site) -> None:
    async with served(here) as address, peer(address) as one:
        given = 0
        with pytest.raises(ConnectionError):  # noqa: PT012  # it must not swallow sixty megabytes
            await one.send(b"GET / HTTP/1.1\r\nX: ")
            for _ in range(60):
                await one.send(b"a" * 1_000_000)
                given += 1_000_000
        assert given < 20_000_000  # what lies in the buffers of both systems


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize(
    "half",
    [
        b"G",
        b"GET / HTTP/1.1\r\nHost: x\r\nX-Half: ",
        b"\r\n",
        b"POST /api/v1/jobs HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Len",
    ],
)
async def test_half_a_request_is_not_waited_for(here: Site, half: bytes) -> None:
    async with served(here) as address, peer(address) as one:
        await one.send(half)
        await one.refused(408)


@pytest.mark.usefixtures("hurried")
async def test_a_request_that_comes_drop_by_drop_gets_no_more_time(here: Site) -> None:
    async with served(here) as address, peer(address) as one:
        told = asyncio.create_task(one.refused(408))
        await one.send(b"GET / HTTP/1.1\r\n")
        while not told.done():
            one.writer.write(b"X: 1\r\n")
            await asyncio.sleep(SHORT / 10)
        await told


@pytest.mark.usefixtures("hurried")
async def test_a_body_that_stays_out_ends_the_connection(here: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("freedive.api.guard.BODY_SECONDS", SHORT)
    async with served(here) as address, peer(address) as one:
        head = f"POST {API}/jobs HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{{"
        await one.send(head.encode())
        status, _, body = await one.answer()
        assert (status, json.loads(body)["code"]) == (408, "too_slow")
        await one.ended()
    async with served(here) as address, peer(address) as one:
        await one.send(asking(address, f"{API}/jobs", "Content-Length: 9"))  # nobody reads the body of a GET
        assert (await one.answer())[0] == 200
        await one.ended()


@pytest.mark.usefixtures("hurried")
async def test_a_connection_without_a_request_is_closed_and_a_used_one_serves_on(here: Site) -> None:
    async with served(here) as address, peer(address) as idle, peer(address) as used:
        await used.send(asking(address))
        assert (await used.answer())[0] == 200
        await idle.ended()
        await used.send(asking(address))
        assert (await used.answer())[0] == 200


@pytest.mark.usefixtures("hurried")
async def test_an_answer_may_take_longer_than_a_request(here: Site) -> None:
    begun, go = asyncio.Event(), asyncio.Event()

    async def slow() -> dict[str, bool]:
        begun.set()
        await go.wait()
        return {"late": True}

    here.app.add_api_route("/slow", slow)
    async with served(here) as address, peer(address) as one:
        await one.send(asking(address, "/slow") + b"\r\n")  # some clients put a blank line behind
        async with asyncio.timeout(20):
            await begun.wait()
        await asyncio.sleep(3 * SHORT)
        go.set()
        assert (await one.answer())[0] == 200


@pytest.mark.usefixtures("hurried")
async def test_a_peer_that_takes_nothing_is_let_go(here: Site) -> None:
    from starlette.responses import Response

    here.app.add_api_route("/large", lambda: Response(b"a" * 40_000_000))
    async with served(here) as address, peer(address) as one:
        one.writer.transport.pause_reading()  # type: ignore[attr-defined]  # it reads too
        await one.send(asking(address, "/large"))
        await asyncio.sleep(4 * SHORT)
        one.writer.transport.resume_reading()  # type: ignore[attr-defined]
        async with asyncio.timeout(20):
            with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
                await one.answer()


async def test_one_address_holds_so_many_connections_and_no_more(
    here: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FREEDIVE_CONNECTIONS_PER_ADDRESS", "8")
    job = await submitted(here)
    async with served(here) as address:
        url = f"ws://{address}{API}/stream?job={job}"
        sockets = [await connect(url) for _ in range(4)]
        held = [AsyncExitStack() for _ in range(4)]
        for each in held:
            await each.enter_async_context(peer(address))
        async with peer(address) as one:
            problem = await one.refused(429)
            assert "8 connections" in problem["detail"]
        with pytest.raises(InvalidStatus) as refusal:
            await connect(url)
        assert refusal.value.response.status_code == 429
        await sockets[0].close()
        await held[0].aclose()

        async def admitted() -> bool:
            async with peer(address) as one:
                await one.send(asking(address))
                return (await one.answer())[0] == 200

        async with asyncio.timeout(20):
            while not await admitted():
                pass
        for socket in sockets[1:]:
            await socket.close()
        for each in held[1:]:
            await each.aclose()


def test_a_crowd_counts_by_network_and_forgets() -> None:
    crowd = connection.Crowd(2, 3)
    keys = [connection.key_of((host, 1)) for host in ("10.0.0.1", "::ffff:10.0.0.1", "10.0.0.1", "fe80::1")]
    assert [refusal and refusal.status_code for refusal in map(crowd.enter, keys)] == [None, None, 429, 503]
    for key in keys:
        crowd.leave(key)
    assert crowd.enter(keys[0]) is None
    assert not crowd._counts["fe80::/64"]


def shaking(address: str, *headers: str, method: str = "GET", target: str = f"{API}/stream?job=x") -> bytes:
    usual = [f"Host: {address}", "Upgrade: websocket", "Connection: Upgrade"]
    return "\r\n".join([f"{method} {target} HTTP/1.1", *usual, *headers, "", ""]).encode("latin-1")


KEY = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
VERSION = "Sec-WebSocket-Version: 13"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ((KEY, VERSION), 404),  # there is no such job
        ((VERSION,), 400),
        ((KEY,), 400),
        ((KEY, "Sec-WebSocket-Version: 9"), 400),
        (("Sec-WebSocket-Key: short", VERSION), 400),
        ((KEY, KEY, VERSION), 400),
        ((KEY, VERSION, "Sec-WebSocket-Extensions: ;;=,"), 404),  # none is offered, so none is read
        ((KEY, VERSION, "Sec-WebSocket-Protocol: (,)"), 400),
        ((KEY, VERSION, "Content-Length: 5"), 400),
        ((KEY, VERSION, "Transfer-Encoding: chunked"), 400),
        ((KEY, VERSION, "Origin: http://[::1"), 403),
        ((KEY, VERSION, "Origin: \xff\xfe"), 403),
        ((KEY, VERSION, "Cookie: " + "a" * 9000), 431),
    ],
)
async def test_a_handshake_that_makes_no_sense_is_told_so(
    here: Site, headers: tuple[str, ...], status: int
) -> None:
    async with served(here) as address, peer(address) as one:
        await one.send(shaking(address, *headers))
        await one.refused(status)


async def test_an_odd_address_of_a_socket(here: Site) -> None:
    for target, status in (
        (f"{API}/stream?job=\xff", 400),
        ("/" + "a" * 3000, 414),
        (f"{API}/stream?job=%ff", 404),
    ):
        async with served(here) as address, peer(address) as one:
            await one.send(shaking(address, KEY, VERSION, target=target))
            await one.refused(status)


async def test_many_half_requests_leave_room_for_others(here: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "HEAD_SECONDS", SHORT)
    async with served(here) as address, AsyncExitStack() as stack:
        halves: list[Peer] = []
        for _ in range(200):
            halves.append(await stack.enter_async_context(peer(address)))
            await halves[-1].send(b"GET / HTTP/1.1\r\nX-Half: ")  # at once: one that says nothing is not told
        async with peer(address) as one:
            await one.send(asking(address))
            assert (await one.answer())[0] == 200
        for half in halves:
            await half.refused(408)


async def test_the_server_says_nothing_of_what_it_is_made_of(here: Site) -> None:
    async with served(here) as address, peer(address) as one:
        await one.send(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")  # TLS, to a server without it
        problem = await one.refused(400)
        assert "uvicorn" not in json.dumps(problem)
