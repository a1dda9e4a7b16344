"""Host, Origin, token, type and size: who may ask what, with what."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import ValidationError
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from freedive.api.guard import is_loopback, name_in
from freedive.api.rates import BURST, PER_SECOND, Rates
from freedive.api.token import COOKIE
from freedive.errors import TooMany
from freedive.settings import Settings

from ..site import API, Site, served, site
from .test_jobs import SPEC, refused, submitted

TOKEN = "correct-horse"


@asynccontextmanager
async def made(folder: Path, **settings: Any) -> AsyncIterator[Site]:
    with pytest.MonkeyPatch.context() as patch:
        async with site(patch, folder, **settings) as here:
            yield here


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Site]:
    async with made(tmp_path) as here:
        yield here


@pytest.fixture
async def guarded(tmp_path: Path) -> AsyncIterator[Site]:
    async with made(tmp_path, host="0.0.0.0", token=TOKEN) as here:
        yield here


@pytest.mark.parametrize(
    ("host", "origin", "fetched", "allowed"),
    [
        ("127.0.0.1:3483", None, None, True),
        ("localhost:3483", None, None, True),
        ("[::1]:3483", "http://[::1]:3483", "same-origin", True),
        ("127.0.0.1:3483", "http://127.0.0.1:3483", "same-origin", True),
        ("freedive.localhost", None, None, True),
        ("127.0.0.1:3483", "http://127.0.0.1:5173", "same-site", False),
        ("127.0.0.1:3483", "http://evil.example", "cross-site", False),
        ("127.0.0.1:3483", "null", None, False),
        ("127.0.0.1:3483", "http://[::1", None, False),
        ("127.0.0.1:3483", "http://[", "same-origin", False),
        ("127.0.0.1:3483", "//", None, False),
        ("127.0.0.1:3483", "http://\u2100:3483", None, False),
        ("127.0.0.1:3483", "\xff\x7f", None, False),
        ("[::1", None, None, False),
        ("[v1.x]", None, None, False),
        ("127.0.0.1:3483", None, "cross-site", False),
        ("127.0.0.1:3483", None, "same-site", False),
        ("evil.example", "http://evil.example", "same-origin", False),
        ("127.0.0.1.evil.example:3483", None, None, False),
        ("192.168.1.5:3483", None, None, False),
        ("", None, None, False),
    ],
)
async def test_host_and_origin(
    here: Site, host: str, origin: str | None, fetched: str | None, allowed: bool
) -> None:
    headers = {b"host": host.encode()}
    if origin:
        headers[b"origin"] = origin.encode()
    if fetched:
        headers[b"sec-fetch-site"] = fetched.encode()
    answer = await here.client.post(f"{API}/outlines", json=SPEC, headers=headers)
    if allowed:
        assert answer.status_code == 200
    else:
        refused(answer, 403, "forbidden")
    assert (await here.client.get(f"{API}/jobs")).json()["total"] == 0


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
async def test_other_methods_that_change_things_are_checked_too(here: Site, method: str) -> None:
    job = await submitted(here)
    answer = await here.client.request(
        method, f"{API}/jobs/{job}", headers={"origin": "http://evil.example"}, json={"name": "x"}
    )
    refused(answer, 403, "forbidden")
    assert (await here.client.get(f"{API}/jobs/{job}")).status_code == 200


async def test_a_name_that_was_allowed(tmp_path: Path) -> None:
    async with made(tmp_path, allowed_hosts=["Lab.Example"]) as here:
        headers = {"host": "lab.example", "origin": "https://lab.example"}
        assert (await here.client.post(f"{API}/outlines", json=SPEC, headers=headers)).status_code == 200


@pytest.mark.parametrize(
    ("headers", "query", "allowed"),
    [
        ({}, "", False),
        ({"authorization": f"Bearer {TOKEN}"}, "", True),
        ({"authorization": f"bearer  {TOKEN}"}, "", True),
        ({"authorization": f"Basic {TOKEN}"}, "", False),
        ({"authorization": f"Bearer {TOKEN}x"}, "", False),
        ({"authorization": "Bearer"}, "", False),
        ({"authorization": "Bearer \u00e9"}, "", False),
        ({"cookie": f"other=1; {COOKIE}={TOKEN}"}, "", True),
        ({"cookie": f"{COOKIE}=wrong"}, "", False),
        ({"cookie": f"{COOKIE}={TOKEN}; broken\x7f=;=;"}, "", True),
        ({"cookie": f'broken\x7f=;=; a[b]=1; {{}}; \u00e9=\u00e9; "; {COOKIE}={TOKEN}'}, "", True),
        ({"cookie": f'odd="unclosed; {COOKIE}={TOKEN}'}, "", True),
        ({"cookie": f"{COOKIE}=stale; {COOKIE}={TOKEN}"}, "", True),
        ({"cookie": f"x{COOKIE}={TOKEN}; {COOKIE}x={TOKEN}; {COOKIE}"}, "", False),
        ({"authorization": "Bearer "}, "", False),
        ({}, f"?token={TOKEN}", True),
        ({}, "?token=wrong", False),
        ({}, "?token=", False),
    ],
)
async def test_every_address_needs_the_token(
    guarded: Site, headers: dict[str, str], query: str, allowed: bool
) -> None:
    raw = {name.encode(): value.encode("latin-1") for name, value in headers.items()}
    for path in (f"{API}/jobs", f"{API}/workers", "/", f"{API}/metrics"):
        answer = await guarded.client.get(path + query, headers=raw)
        assert (answer.status_code != 403) == allowed, path


async def test_only_the_health_check_is_open(guarded: Site) -> None:
    for path in ("/healthz", f"{API}/healthz"):
        assert (await guarded.client.get(path)).json()["status"] == "ok"
    assert (await guarded.client.get("/readyz")).status_code == 403


async def test_the_printed_address_leaves_a_cookie_and_no_token_in_the_bar(guarded: Site) -> None:
    answer = await guarded.client.get(f"/train?lr=0.1&token={TOKEN}&x=<b>")
    cookie = answer.headers["set-cookie"]
    assert all(word in cookie for word in (f"{COOKIE}={TOKEN}", "HttpOnly", "SameSite=strict", "Path=/"))
    assert 'url=/train?lr=0.1&amp;x=%3Cb%3E"' in answer.text
    assert TOKEN not in answer.text
    assert answer.headers["cache-control"] == "no-store"
    guarded.client.cookies.set(COOKIE, TOKEN)
    assert (await guarded.client.post(f"{API}/outlines", json=SPEC)).status_code == 200


@pytest.mark.parametrize(
    "path", ["//evil.example/", "/%5Cevil.example/", "/%09/evil.example", "//%5C/evil.example/x"]
)
async def test_the_token_never_leads_to_another_server(guarded: Site, path: str) -> None:
    answer = await guarded.client.get(f"http://127.0.0.1:3483{path}?token={TOKEN}&x=1")
    assert answer.status_code == 200
    (address,) = re.findall(r"url=([^\"]*)", answer.text)
    assert re.match(r"/[^/\\\t\r\n]", address), address
    assert "\\" not in address


@pytest.mark.parametrize("token", ["口令", 'a;b c"d', "100%25", "é=+&#/?"])
async def test_a_token_may_hold_any_characters(tmp_path: Path, token: str) -> None:
    async with made(tmp_path, host="0.0.0.0", token=token) as here:
        answer = await here.client.get("/", params={"token": token})
        assert answer.headers["set-cookie"].startswith(f"{COOKIE}=")
        assert (await here.client.get(f"{API}/jobs")).status_code == 200  # by the cookie that it left
        here.client.cookies.clear()
        assert (await here.client.get(f"{API}/jobs")).status_code == 403
        bearer = {b"authorization": f"Bearer {token}".encode()}
        assert (await here.client.get(f"{API}/jobs", headers=bearer)).status_code == 200


def test_an_empty_token_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FREEDIVE_TOKEN", "")
    assert Settings().token is None
    assert Settings(token="").token is None


async def test_a_cookie_does_not_help_a_page_of_another_site(guarded: Site) -> None:
    answer = await guarded.client.post(
        f"{API}/jobs",
        json={"spec": SPEC},
        headers={"cookie": f"{COOKIE}={TOKEN}", "origin": "http://evil.example"},
    )
    refused(answer, 403, "forbidden")


async def test_a_browser_without_the_token_is_told_in_a_page(guarded: Site) -> None:
    answer = await guarded.client.get("/", headers={"accept": "text/html"})
    assert answer.status_code == 403
    assert answer.headers["content-type"].startswith("text/html")
    assert "when it started" in answer.text
    assert "请打开服务器启动时打印的地址" in answer.text


async def test_a_server_for_others_goes_by_its_addresses(guarded: Site) -> None:
    token = {"authorization": f"Bearer {TOKEN}"}
    for host, status in (("192.168.1.5:3483", 200), ("[fe80::1]:3483", 200), ("evil.example", 403)):
        answer = await guarded.client.get(f"{API}/jobs", headers={"host": host, **token})
        assert answer.status_code == status


async def test_sockets_need_the_token_too(guarded: Site) -> None:
    token = {"authorization": f"Bearer {TOKEN}"}
    answer = await guarded.client.post(f"{API}/jobs", json={"spec": SPEC}, headers=token)
    async with served(guarded) as address:
        url = f"ws://{address}{API}/stream?job={answer.json()['id']}"
        for headers in ({}, {"Authorization": "Bearer wrong"}, {"Cookie": f"{COOKIE}=wrong"}):
            with pytest.raises(InvalidStatus) as refusal:
                await connect(url, additional_headers=headers)
            assert refusal.value.response.status_code == 403
        for headers in ({"Authorization": f"Bearer {TOKEN}"}, {"Cookie": f"{COOKIE}={TOKEN}"}):
            async with connect(url, additional_headers=headers) as socket:
                assert await socket.recv()
        async with connect(f"{url}&token={TOKEN}") as socket:
            assert await socket.recv()


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", None]
)
async def test_bodies_of_other_types_are_not_parsed(here: Site, kind: str | None) -> None:
    headers = {"content-type": kind} if kind else {}
    answer = await here.client.post(f"{API}/jobs", content=b'{"spec": {}}', headers=headers)
    refused(answer, 415, "unsupported_media_type")


async def test_a_table_must_be_text(here: Site) -> None:
    refused(await here.client.post(f"{API}/uploads", json={}), 415, "unsupported_media_type")


async def test_a_body_over_its_limit_is_refused_by_its_announcement(tmp_path: Path) -> None:
    async with made(tmp_path, max_body=2000) as here:
        answer = await here.client.post(f"{API}/jobs", json={"spec": SPEC, "notes": "x" * 3000})
        problem = refused(answer, 413, "too_large")
        assert "2,000" in problem["detail"]


async def test_a_body_that_does_not_say_its_size_is_read_no_further_than_its_limit(tmp_path: Path) -> None:
    async with made(tmp_path, max_body=2000, max_upload=5000) as here:
        given = 0

        async def endless() -> AsyncIterator[bytes]:
            nonlocal given
            while given < 10_000_000:
                given += 500
                yield b" " * 500

        headers = {"content-type": "application/json"}
        answer = await here.client.post(f"{API}/jobs", content=endless(), headers=headers)
        refused(answer, 413, "too_large")
        assert given <= 3000
        given = 0
        answer = await here.client.post(
            f"{API}/uploads", content=endless(), headers={"content-type": "text/csv"}
        )
        refused(answer, 413, "too_large")
        assert 5000 < given <= 6000


async def test_a_body_that_does_not_arrive_is_not_waited_for(
    here: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    import asyncio

    monkeypatch.setattr("freedive.api.guard.BODY_SECONDS", 0.05)
    never = asyncio.Event()

    async def stuck() -> AsyncIterator[bytes]:
        yield b"{"
        await never.wait()

    async with asyncio.timeout(10):
        answer = await here.client.post(
            f"{API}/jobs", content=stuck(), headers={"content-type": "application/json"}
        )
    refused(answer, 408, "too_slow")


def kept(folder: Path) -> list[Path]:
    """What was uploaded."""
    return list(folder.rglob("uploads/*"))


async def test_half_a_table_is_not_kept_when_its_sender_leaves(here: Site, tmp_path: Path) -> None:
    sent: list[dict[str, Any]] = []
    received: Iterator[dict[str, Any]] = iter([
        {"type": "http.request", "body": b"a,b\n" + b"1,2\n" * 50, "more_body": True},
        {"type": "http.disconnect"},
    ])  # fmt: skip

    async def receive() -> dict[str, Any]:
        return next(received)

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {
        "type": "http", "method": "POST", "path": f"{API}/uploads", "query_string": b"", "client": ("127.0.0.1", 1),
        "headers": [(b"host", b"127.0.0.1"), (b"content-type", b"text/csv")],
    }  # fmt: skip
    await here.app(scope, receive, send)  # type: ignore[arg-type]
    assert not sent
    assert not kept(tmp_path)


async def test_one_address_cannot_ask_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("freedive.api.rates.BURST", 3.0)
    monkeypatch.setattr("freedive.api.rates.PER_SECOND", 0.001)
    headers = {"authorization": f"Bearer {TOKEN}"}
    async with made(tmp_path, host="0.0.0.0", token=TOKEN) as here:
        answers = [await here.client.post(f"{API}/jobs", json={}, headers=headers) for _ in range(4)]
        assert [answer.status_code for answer in answers] == [422, 422, 422, 429]
        refused(answers[-1], 429, "too_many")
        assert int(answers[-1].headers["retry-after"]) > 900
        assert (await here.client.get(f"{API}/jobs", headers=headers)).status_code == 200


def test_rates_come_back_with_time_and_are_counted_by_address() -> None:
    now = [100.0]
    rates = Rates(lambda: now[0])
    for _ in range(int(BURST)):
        rates.take("a")
    with pytest.raises(TooMany) as refused:
        rates.take("a")
    assert refused.value.retry_after == pytest.approx(1 / PER_SECOND)
    rates.take("b")
    now[0] += 2 / PER_SECOND
    rates.take("a")
    rates.take("a")
    with pytest.raises(TooMany):
        rates.take("a")


@pytest.mark.parametrize(
    ("address", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.8.9.1", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.168.1.5", False),
        ("localhost.evil.example", False),
        ("", False),
    ],
)
def test_what_only_this_machine_can_reach(address: str, loopback: bool) -> None:
    assert is_loopback(address) is loopback


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("a.b:80", "a.b"),
        ("A.B.", "a.b"),
        ("[::1]:1", "::1"),
        ("[", ""),
        ("a:b:c", "a"),
        ("user@host", "host"),
    ],
)
def test_the_name_in_a_host_header(header: str, name: str) -> None:
    assert name_in(header) == name


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A page as the build leaves it."""
    folder = tmp_path / "static"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>page</title>" + "x" * 2000)
    (folder / "assets/index-B3x9Kq2_.js").write_text("console.log(1);" * 100)
    (folder / ".digest").write_text("secret")
    (tmp_path / "outside.txt").write_text("secret")
    return folder


async def test_the_page_is_served_for_every_address_of_its_own(built: Path, tmp_path: Path) -> None:
    from freedive.api.pages import Headed, Pages

    transport = httpx.ASGITransport(Headed(Pages(built)))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        for path in ("/", "/train", "/jobs/abc", "/index.html"):
            answer = await client.get(path)
            assert "<title>page</title>" in answer.text
            assert answer.headers["cache-control"] == "no-cache"
        page = await client.get("/")
        assert page.headers["content-encoding"] == "gzip"
        assert "'unsafe" not in page.headers["content-security-policy"]
        assert "default-src 'self'" in page.headers["content-security-policy"]
        assert page.headers["x-content-type-options"] == "nosniff"
        again = await client.get("/", headers={"if-none-match": page.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        script = await client.get("/assets/index-B3x9Kq2_.js")
        assert "immutable" in script.headers["cache-control"]
        assert script.headers["content-type"].startswith("text/javascript")
        plain = await client.get("/assets/index-B3x9Kq2_.js", headers={"accept-encoding": "identity"})
        assert plain.text == script.text
        for path in (
            "/.digest",
            "/../outside.txt",
            "/%2e%2e/outside.txt",
            "/assets/../../outside.txt",
            "/no.js",
        ):
            answer = await client.get(path)
            assert "secret" not in answer.text
        assert (await client.get("/no.js")).status_code == 404
        assert (await client.get("/api/none")).status_code == 404
        assert (await client.post("/")).status_code == 405


@pytest.mark.parametrize(
    "path", ["/" + "a" * 300, "/" + "a/" * 400, "/%00", "/jobs/%FF%FE", "/a" + "/.." * 300]
)
async def test_an_odd_address_is_still_an_address(built: Path, path: str) -> None:
    from freedive.api.pages import Pages

    transport = httpx.ASGITransport(Pages(built))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        assert (await client.get(path)).status_code in (200, 404)
        assert (await client.get(path + "b.css")).status_code == 404


@pytest.mark.parametrize("path", ["/", f"{API}/jobs/", "/docs/"])
async def test_a_path_that_is_far_too_long(here: Site, path: str) -> None:
    problem = refused(await here.client.get(path + "a" * 3000), 414, "too_long")
    assert "1,000" in problem["detail"]


async def test_half_characters_in_a_body_are_told_and_break_nothing(here: Site) -> None:
    body = b'{"spec": {"kind": "train", "\\ud800": 1}, "name": "\\udfff"}'
    answer = await here.client.post(f"{API}/jobs", content=body, headers={"content-type": "application/json"})
    refused(answer, 422, "bad_spec")


async def test_a_server_without_its_page_says_how_to_build_it(tmp_path: Path) -> None:
    from freedive.api.pages import Pages

    transport = httpx.ASGITransport(Pages(tmp_path / "none"))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        answer = await client.get("/")
        assert answer.status_code == 503
        assert "hatch_build.py" in answer.text


@pytest.mark.parametrize(
    ("origins", "ancestors"),
    [
        ([], "frame-ancestors 'self'"),
        (["https://slides.example.org"], "frame-ancestors 'self' https://slides.example.org"),
    ],
)
async def test_only_named_pages_may_show_ours_in_a_frame(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, origins: list[str], ancestors: str
) -> None:
    async with site(monkeypatch, tmp_path, embed_origins=origins) as made:
        page = await made.client.get("/training/abc?panel=loss&bare")
        assert page.headers["content-security-policy"].split("; ")[-1] == ancestors


def test_an_origin_cannot_bring_a_policy_of_its_own() -> None:
    with pytest.raises(ValidationError):
        Settings(embed_origins=["https://a.example; script-src *"])
