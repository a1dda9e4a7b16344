"""Connections: how much a peer may send before it is known what it asks for, how slowly, and how many times at once.

uvicorn takes heads of any size for any time. Its parser in C stays; what is counted here costs a request some µs.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from functools import partial
from http import HTTPStatus
from typing import Any

from starlette.responses import Response
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request

from freedive.api.problems import problem_response
from freedive.sandbox.cpu_budget import network_of

HEAD_BYTES = 65_536
"""Of a request line and headers: a link to the lab holds a whole snippet."""
HEADERS = 100
SOCKET_LINE_BYTES = 8000
"""Of each line of a socket's handshake: the library that reads it takes no more."""
HEAD_SECONDS = 10.0
"""From the first byte, or the open connection, to the end of the head."""
MESSAGE_SECONDS = 45.0
"""From the end of the head to that of the body: longer than the guard waits for a body, which says why."""
TAKE_SECONDS = 60.0
"""A peer that takes nothing of its answer for so long is let go."""
RESERVED_FILES = 256
"""Open files that are not connections: databases, workers' pipes, datasets."""


class Crowd:
    """How many connections each address holds, all of them together."""

    def __init__(self, most_of_one: int, most: int) -> None:
        self.most_of_one = most_of_one
        self.most = most
        self._counts: Counter[str] = Counter()
        self._all = 0

    def enter(self, key: str) -> Response | None:
        """Count one more; the refusal where it is one too many, which counts too until it has left."""
        self._counts[key] += 1
        self._all += 1
        if self._counts[key] > self.most_of_one:
            return problem_response(
                429,
                "too_many",
                f"{self.most_of_one:,} connections are open from this address already.",
                hint="Close some, or start the server with a higher FREEDIVE_CONNECTIONS_PER_ADDRESS.",
                headers={"Retry-After": "10"},
            )
        if self._all > self.most:
            message = f"{self.most:,} connections are open, as many as this server may hold."
            return problem_response(503, "unavailable", message, headers={"Retry-After": "10"})
        return None

    def leave(self, key: str) -> None:
        """One less."""
        self._all -= 1
        self._counts[key] -= 1
        if self._counts[key] <= 0:
            del self._counts[key]


class Connection(HttpToolsProtocol):
    """HTTP with limits: bytes, number of headers, seconds; each refusal is a problem document."""

    def __init__(self, *args: Any, crowd: Crowd, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._crowd = crowd
        self._key: str | None = None
        """Under which it is counted; None once it is counted no more."""
        self._refusal: Response | None = None
        self._in_head = True
        self._came = 0
        """Bytes of a head that is not complete yet."""
        self._read = self._headers = 0
        """Bytes and headers that the parser found in it: a head may come whole, before all is counted that came."""
        self._deadline: asyncio.TimerHandle | None = None
        self._taking: asyncio.TimerHandle | None = None

    # ── asyncio's side ────────────────────────────────────────────────────────────────────────────────────────

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)  # type: ignore[arg-type]  # uvicorn's own narrowing
        self._key = key_of(self.client)
        if refusal := self._crowd.enter(self._key):
            self._refuse(refusal)
        else:
            self._within(HEAD_SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        self._within(None)
        self._taken()
        if self._key is not None:
            self._crowd.leave(self._key)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._refusal is not None:
            return
        if self._deadline is None:
            self._within(HEAD_SECONDS)  # whatever it is: blank lines between requests are no request
        self._came += len(data)
        super().data_received(data)
        if self._in_head and self._came > HEAD_BYTES and not self.transport.is_closing():
            self._refuse(too_large())

    def pause_writing(self) -> None:
        super().pause_writing()
        self._taking = self.loop.call_later(TAKE_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._taken()

    # ── the parser's side ─────────────────────────────────────────────────────────────────────────────────────

    def on_message_begin(self) -> None:
        self._read = self._headers = 0
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        self._count(len(url))
        if not url.isascii():
            raise self._broken(malformed("The address holds characters that must be encoded."))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers += 1
        self._count(len(name) + len(value))
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._within(MESSAGE_SECONDS)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._in_head, self._came = True, 0
        self._within(None)
        super().on_message_complete()

    # ── uvicorn's side ────────────────────────────────────────────────────────────────────────────────────────

    def send_400_response(self, msg: str) -> None:
        """What the parser could not read, or what a callback above refused."""
        self._refuse(self._refusal or malformed("The request is not well-formed HTTP."))

    def handle_websocket_upgrade(self) -> None:
        lines = [self.url, *(name + value for name, value in self.headers)]
        if any(len(line) > SOCKET_LINE_BYTES for line in lines):
            self._refuse(too_large())
            return
        self._within(None)
        self._key = None  # the socket is counted from here on
        super().handle_websocket_upgrade()

    # ── inside ────────────────────────────────────────────────────────────────────────────────────────────────

    def _count(self, size: int) -> None:
        self._read += size
        if self._read > HEAD_BYTES or self._headers > HEADERS:
            raise self._broken(too_large())

    def _broken(self, refusal: Response) -> ValueError:
        """Raised in a callback it ends the parsing, and uvicorn asks for the answer."""
        self._refusal = refusal
        return ValueError("refused")

    def _within(self, seconds: float | None) -> None:
        """What is to come must have come after so many seconds; None: nothing is to come."""
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = None if seconds is None else self.loop.call_later(seconds, self._late)

    def _late(self) -> None:
        if self.transport.is_closing():
            return
        if self.cycle is not None and not self.cycle.response_complete:
            self._within(HEAD_SECONDS)  # it waits for us; whatever it sends meanwhile is looked at afterwards
        elif self._in_head and self._came:
            message = "The request did not arrive whole in the time that it may take."
            self._refuse(problem_response(408, "too_slow", message))
        else:
            self.transport.close()  # nothing was asked, or it is answered although its body did not come

    def _taken(self) -> None:
        if self._taking is not None:
            self._taking.cancel()
            self._taking = None

    def _refuse(self, refusal: Response) -> None:
        """Answer, unless an answer to an earlier request is under way, and close."""
        self._refusal = refusal
        self._within(None)
        if self.cycle is not None and not self.cycle.response_complete:
            self.transport.abort()
            return
        self.transport.write(written(refusal))
        self.transport.close()


class Socket(WebSocketsSansIOProtocol):
    """A WebSocket whose refused handshakes are problem documents too, counted as the connection was before."""

    def __init__(self, *args: Any, crowd: Crowd, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._crowd = crowd

    def connection_lost(self, exc: Exception | None) -> None:
        self._crowd.leave(key_of(self.client))
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        shaking = not self.handshake_initiated
        super().data_received(data)
        if (
            shaking and not self.handshake_initiated
        ):  # it came whole, so it is no handshake: one with a body, say
            self._refuse(malformed("The request is no handshake of a WebSocket."))

    def handle_connect(self, event: Request) -> None:
        answer = self.conn.accept(event)
        if answer.status_code != 101:
            self.handshake_initiated = True
            self._refuse(malformed("The handshake of the WebSocket is not as the protocol wants it."))
            return
        super().handle_connect(event)

    def _refuse(self, refusal: Response) -> None:
        self.handshake_complete = self.close_sent = True
        self.transport.write(written(refusal))
        self.transport.close()


def key_of(client: tuple[str, int] | None) -> str:
    """Under which a peer is counted."""
    return network_of(client[0]) if client else "unknown"


def too_large() -> Response:
    """A head over its limits."""
    return problem_response(
        431, "too_large", f"Address and headers may have {HEAD_BYTES:,} bytes in at most {HEADERS} headers."
    )


def malformed(message: str) -> Response:
    """Something that is no request."""
    return problem_response(400, "malformed", message)


def written(response: Response) -> bytes:
    """A whole answer as bytes, after which the connection closes."""
    phrase = HTTPStatus(response.status_code).phrase
    headers = [*response.raw_headers, (b"connection", b"close"), (b"x-content-type-options", b"nosniff")]
    head = b"".join(b"%s: %s\r\n" % header for header in headers)
    return b"HTTP/1.1 %d %s\r\n%s\r\n%s" % (response.status_code, phrase.encode(), head, bytes(response.body))


def protocols(most_of_one: int) -> dict[str, Any]:
    """`http` and `ws` for uvicorn's configuration."""
    crowd = Crowd(most_of_one, room())
    return {"http": partial(Connection, crowd=crowd), "ws": partial(Socket, crowd=crowd)}


def room() -> int:
    """How many connections this process may hold, with as many open files as the system lets it have."""
    try:
        import resource
    except ImportError:  # not on this system, and neither is the limit
        return 10_000
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 65_536 if hard == resource.RLIM_INFINITY else min(hard, 65_536)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            soft = wanted
    return max(64, (65_536 if soft == resource.RLIM_INFINITY else soft) - RESERVED_FILES)
