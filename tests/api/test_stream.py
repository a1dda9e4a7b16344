"""The socket: cursors, several jobs, late joiners, slow and stalled peers, and who may open one."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus

from freedive.api import stream
from freedive.jobs import tail
from freedive.protocol.chunks import unframe

from ..jobs.events import metrics, picture, seen, started
from ..scripted import until
from ..site import API, Site, served, site
from .test_jobs import submitted, trained


@pytest.fixture
async def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Site, str]]:
    async with site(monkeypatch, tmp_path, workers=3) as made, served(made) as address:
        yield made, f"ws://{address}{API}/stream"


Here = tuple[Site, str]


class Page:
    """What a page keeps of a stream: its cursor, every fact, the newest snapshot of each type."""

    def __init__(self) -> None:
        self.cursor = 0
        self.facts: list[tuple[int, str, int]] = []
        self.shown: dict[str, int] = {}

    async def read(self, socket: ClientConnection, last: int) -> None:
        """Until the event with this number."""
        async with asyncio.timeout(20):
            while self.cursor < last:
                message = await socket.recv()
                assert isinstance(message, bytes)
                for header, _ in unframe(message):
                    assert header.first_seq > self.cursor
                for seq, kind, step in seen(message):
                    self.cursor = seq
                    if kind in ("confusion", "watchers"):
                        self.shown[kind] = step
                    else:
                        self.facts.append((seq, kind, step))


async def test_late_joiner_reconnector_and_live_watcher_know_the_same(here: Here) -> None:
    site, url = here
    job = await submitted(site)
    live, back, late = Page(), Page(), Page()
    async with connect(f"{url}?job={job}&after=0", max_size=None) as one:
        site.executor.say(job, started())
        site.executor.go(job)
        async with connect(f"{url}?job={job}", max_size=None) as two:
            for step in range(1, 50):
                site.executor.say(job, metrics(step, [1.0]), picture(step))
            await until(lambda: site.service.dispatcher.jobs[job].step == 49)
            await back.read(two, site.service.log.last(job) - 20)
        for step in range(50, 80):
            site.executor.say(job, metrics(step, [1.0]), picture(step))
        site.executor.finish(job, 79)
        await until(lambda: job not in site.service.dispatcher.jobs)
        last = site.service.log.last(job)
        await live.read(one, last)
    async with connect(f"{url}?job={job}&after={back.cursor}", max_size=None) as again:
        await back.read(again, last)
    async with connect(f"{url}?job={job}&after=0", max_size=None) as joined:
        await late.read(joined, last)
    assert late.facts == live.facts == back.facts
    assert [step for _, kind, step in live.facts if kind == "metrics"] == list(range(1, 80))
    assert late.shown["confusion"] == live.shown["confusion"] == back.shown["confusion"] == 79


async def test_a_long_log_comes_in_pieces(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    site, url = here
    monkeypatch.setattr(tail, "MESSAGE_BYTES", 2000)
    job = await trained(site, [1.0] * 3000)
    page = Page()
    async with connect(f"{url}?job={job}", max_size=4000) as socket:
        await page.read(socket, site.service.log.last(job))
    assert sum(kind == "metrics" for _, kind, _ in page.facts) == 1000


async def test_several_jobs_share_a_socket(here: Here) -> None:
    site, url = here
    one, two = await trained(site, [1.0]), await trained(site, [2.0, 2.0])
    async with connect(f"{url}?job={one}&after=0&job={two}&after=0") as socket:
        heard: dict[str, int] = {}

        async def listen() -> None:
            async for message in socket:
                assert isinstance(message, bytes)
                for header, events in unframe(message):
                    heard[header.job] = max(e["seq"] for e in events)

        task = asyncio.create_task(listen())
        site.executor.say(one, metrics(2, [1.0]))
        site.executor.say(two, metrics(3, [1.0]))
        await until(
            lambda: (
                heard.get(one, 0) >= site.service.log.last(one)
                and heard.get(two, 0) >= site.service.log.last(two)
                and site.service.dispatcher.jobs[two].step == 3
            )
        )
        task.cancel()


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 422),
        ("job=none", 404),
        ("job=a&after=x", 422),
        ("job=a&after=1&after=2", 422),
        ("job=a&job=b&after=1", 422),
        ("after=0", 422),
        ("&".join(f"job={i}" for i in range(60)), 422),
    ],
)
async def test_addresses_that_make_no_sense_are_refused_before_the_socket_opens(
    here: Here, query: str, status: int
) -> None:
    _, url = here
    with pytest.raises(InvalidStatus) as refused:
        await connect(f"{url}?{query}")
    response = refused.value.response
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"


async def test_pages_of_other_sites_may_not_listen(here: Here) -> None:
    site, url = here
    job = await submitted(site)
    own = url.removeprefix("ws://").partition("/")[0]
    port = int(own.partition(":")[2])
    for address, origin in (
        (url, "http://evil.example"),
        (url, "null"),
        (url, f"http://127.0.0.1:{port + 1}"),
        (url.replace("127.0.0.1", "evil.example"), None),  # a name that was made to point here
        (url.replace("127.0.0.1", "evil.example"), f"http://evil.example:{port}"),
    ):
        headers = {"Origin": origin} if origin else {}
        with pytest.raises(InvalidStatus) as refused:
            await connect(f"{address}?job={job}", host="127.0.0.1", port=port, additional_headers=headers)
        assert refused.value.response.status_code == 403
    async with connect(f"{url}?job={job}", additional_headers={"Origin": f"http://{own}"}) as socket:
        assert await socket.recv()


async def test_a_deleted_job_closes_its_sockets(here: Here) -> None:
    site, url = here
    job = await trained(site, [1.0])
    async with connect(f"{url}?job={job}") as socket:
        await socket.recv()
        await site.service.delete(job)
        async for _ in socket:
            pass
        assert socket.close_code == 1001
        assert socket.close_reason == "The job was deleted."


async def test_a_peer_that_goes_is_counted_out(here: Here) -> None:
    site, url = here
    job = await trained(site, [1.0])
    async with connect(f"{url}?job={job}"), connect(f"{url}?job={job}"):
        await until(lambda: site.service.watchers.count(job) == 2)
        assert (await site.service.info(job)).watchers == 2
    await until(lambda: site.service.watchers.count(job) == 0)


async def test_what_a_peer_says_is_not_listened_to(here: Here) -> None:
    site, url = here
    job = await trained(site, [1.0])
    async with connect(f"{url}?job={job}") as socket:
        for _ in range(100):
            await socket.send(b"pause")
        site.executor.say(job, metrics(2, [1.0]))
        page = Page()
        await until(lambda: site.service.dispatcher.jobs[job].step == 2)
        await page.read(socket, site.service.log.last(job))
    assert site.executor.told == []


async def test_a_stalled_peer_costs_the_others_nothing_and_is_let_go(
    here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "SEND_SECONDS", 0.3)
    site, url = here
    job = await trained(site, [1.0])
    host, _, port = url.removeprefix("ws://").partition("/")[0].partition(":")
    stalled = socket.socket()
    stalled.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    stalled.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(stalled, (host, int(port)))
    request = (
        f"GET {API}/stream?job={job} HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    await loop.sock_sendall(stalled, request.encode())
    await until(lambda: site.service.watchers.count(job) == 1)
    page = Page()
    async with connect(f"{url}?job={job}", max_size=None) as healthy:
        await until(lambda: site.service.watchers.count(job) == 2)
        step = 1
        while (
            site.service.watchers.count(job) == 2
        ):  # the stalled one takes nothing, the healthy one everything
            for _ in range(20):
                step += 1
                site.executor.say(job, metrics(step, [1.0] * 4000))
                step += 3999
            await until(lambda step=step: site.service.dispatcher.jobs[job].step == step)  # type: ignore[misc]
            await page.read(healthy, site.service.log.last(job) - 2)
            assert step < 10_000_000
        assert site.service.watchers.count(job) == 1
    assert page.facts
    stalled.close()
