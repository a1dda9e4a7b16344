"""Random bytes where a request should be: lines, headers, addresses, cookies, handshakes. Never a 5xx, never silence."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from freedive.api import connection
from freedive.api.token import COOKIE

from ..site import API
from .test_fuzz import Playground

SECONDS = 20.0
TRIES = examples(max_examples=250, database=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def playground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Playground]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(connection, "HEAD_SECONDS", 0.2)
        with Playground(tmp_path_factory.mktemp("malformed"), patch) as made:
            yield made


def told(playground: Playground, data: bytes) -> bytes:
    """All that comes back until the server closes; half requests are closed by their clock."""
    host, _, port = playground.address.removeprefix("http://").partition(":")
    said = b""
    with socket.create_connection((host, int(port)), SECONDS) as peer:
        try:
            peer.sendall(data)
            while piece := peer.recv(1 << 16):
                said += piece
                if b"\r\nconnection: close" not in said.lower():
                    peer.shutdown(socket.SHUT_WR)
                    break
            while piece and (piece := peer.recv(1 << 16)):
                said += piece
        except OSError:
            pass  # it closed while there was more to come
    return said


def judge(said: bytes) -> None:
    """A whole answer that is no failure of the server; a refusal is a problem document, or a page for a browser."""
    if not said:
        return
    head, _, body = said.partition(b"\r\n\r\n")
    status = int(head.split()[1])
    assert status < 500 or (status == 503 and b"The page is not built" in body), said
    if status >= 400:
        kind = re.search(rb"(?mi)^content-type: (.*?)\r?$", head)
        assert kind, head
        assert kind[1] in (b"application/problem+json", b"text/html; charset=utf-8"), said
        if kind[1].endswith(b"json"):
            assert json.loads(body[: body.rindex(b"}") + 1])["detail"]
    assert b"Traceback" not in said
    assert b"Error" not in said


NASTY = st.one_of(
    st.binary(max_size=60),
    st.sampled_from(
        [
            b"http://[::1",
            b"http://[",
            b"//",
            b"\xff\xfe",
            b"a" * 3000,
            b"[",
            b"]:80",
            b"%",
            b"%00",
            b"9" * 5000,
            b"-1",
            b"+1",
            b"1e3",
            b"nan",
            b'"',
            b"=;=;",
            b"\t",
            b"null",
            b"bytes=9-1",
            b"bytes=-",
            b"chunked, gzip",
            b"100-continue",
            b"*/*;q=x",
            b"application/json; charset=none",
            b"text/html",
            b"websocket",
        ]
    ),
)
NAMES = st.one_of(
    st.sampled_from(
        b"Host Origin Cookie Authorization Content-Length Content-Type Transfer-Encoding Accept Accept-Encoding Range "
        b"If-None-Match If-Range If-Modified-Since Expect Upgrade Connection Sec-Fetch-Site Freedive-Session Te "
        b"X-Forwarded-For X-Forwarded-Proto Forwarded Sec-WebSocket-Key Sec-WebSocket-Version Sec-WebSocket-Protocol "
        b"Sec-WebSocket-Extensions".split()
    ),
    st.binary(min_size=1, max_size=12),
)
METHODS = st.one_of(
    st.sampled_from(b"GET POST PATCH DELETE PUT HEAD OPTIONS CONNECT TRACE".split()), st.binary(max_size=8)
)
PLACES = [
    b"/",
    b"*",
    b"",
    b"http://evil.example/",
    b"/docs",
    b"/healthz",
    *(
        f"{API}/{path}".encode()
        for path in (
            "jobs",
            "jobs/JOB",
            "jobs/JOB/events",
            "jobs/JOB/checkpoints/2",
            "jobs/JOB/metrics?points=",
            "stream?job=JOB&after=",
            "uploads/",
            "uploads?name=",
            "evaluate",
        )
    ),
]
ADDRESSES = st.tuples(st.sampled_from(PLACES), NASTY)
HEADERS = st.lists(st.tuples(NAMES, NASTY), max_size=6)


@TRIES
@given(method=METHODS, address=ADDRESSES, headers=HEADERS, body=NASTY, hosted=st.booleans())
@example(b"POST", (f"{API}/jobs".encode(), b""), [(b"Origin", b"http://[::1")], b"{}", True)
@example(b"GET", (b"/", b"a" * 3000), [], b"", True)
@example(b"GET", (b"/", b""), [(b"Cookie", b"a=b; ;;=\x7f; " + COOKIE.encode() + b'="')], b"", True)
@example(b"POST", (f"{API}/jobs".encode(), b""), [(b"Content-Length", b"9" * 5000)], b"{}", True)
@example(b"GET", (b"/", b"\xc3\xa9"), [], b"", True)
@example(b"GET", (f"{API}/jobs/JOB/checkpoints/2".encode(), b""), [(b"Range", b"bytes=9-1")], b"", True)
def test_no_request_is_a_failure_of_the_server(
    playground: Playground,
    method: bytes,
    address: tuple[bytes, bytes],
    headers: list[tuple[bytes, bytes]],
    body: bytes,
    hosted: bool,
) -> None:
    target = b"".join(address).replace(b"JOB", playground.job.encode())
    if method == b"DELETE":
        target = target.replace(playground.job.encode(), b"none")
    own = [(b"Host", playground.address.removeprefix("http://").encode())] if hosted else []
    lines = [method + b" " + target + b" HTTP/1.1", *(b"%s: %s" % pair for pair in [*own, *headers])]
    judge(told(playground, b"\r\n".join([*lines, b"Connection: close", b"", b""]) + body))


@TRIES
@given(target=NASTY, headers=HEADERS, kept=st.sets(st.sampled_from(range(5))))
@example(b"", [(b"Origin", b"http://[::1")], set(range(5)))
@example(b"\xff", [], set(range(5)))
@example(b"", [(b"Content-Length", b"5")], set(range(5)))
def test_no_handshake_is_a_failure_of_the_server(
    playground: Playground, target: bytes, headers: list[tuple[bytes, bytes]], kept: set[int]
) -> None:
    usual = [
        b"Host: " + playground.address.removeprefix("http://").encode(),
        b"Upgrade: websocket",
        b"Connection: Upgrade",
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        b"Sec-WebSocket-Version: 13",
    ]
    first = f"GET {API}/stream?job=none&after=".encode() + target + b" HTTP/1.1"
    lines = [first, *(usual[i] for i in sorted(kept)), *(b"%s: %s" % pair for pair in headers), b"", b""]
    judge(told(playground, b"\r\n".join(lines)))


@TRIES
@given(data=st.binary(max_size=300))
def test_no_bytes_at_all_are_a_failure_of_the_server(playground: Playground, data: bytes) -> None:
    judge(told(playground, data))
