"""Guard: what is checked before a request is looked at: Host, Origin, token, rate, type and size of the body.

A page of another site may send requests to a server on this machine, and may have its own name point here (DNS
rebinding). So the Host must be one of ours, a page's Origin must be the Host it talks to, and where others on the
network can reach the server, the token must be there.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from html import escape
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from freedive.api.deps import PREFIX
from freedive.api.problems import problem_response, response_of
from freedive.api.rates import Rates
from freedive.api.token import Token
from freedive.errors import Forbidden, FreediveError, TooLarge
from freedive.settings import Settings

OPEN_PATHS = {"/healthz", f"{PREFIX}/healthz"}
"""For a container's health check: says nothing but that the server is alive."""
UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}
IN_CHINESE = {
    "Authorization": "缺少令牌，或令牌不对。请打开服务器启动时打印的地址。",
    "Host": "这个服务器不用这个名字。如果名字是你的，请设置 FREEDIVE_ALLOWED_HOSTS 后启动。",
}
"""What a browser is told before it may load the page, which knows all other lines."""
BODY_SECONDS = 30.0
"""A body that takes longer to arrive is not waited for."""
LONGEST_PATH = 1000
"""Characters of a path: ours are far shorter, and a file system takes 255 for a name."""


class Guard:
    """Stands before the whole application, pages and sockets included."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.settings = settings
        self.token = Token(settings.token) if settings.token is not None else None
        self.open_to_others = not is_loopback(settings.host)
        self.rates = Rates()
        self.hosts = {"localhost", settings.host.lower(), *(name.lower() for name in settings.allowed_hosts)}
        if self.open_to_others:
            self.hosts |= {socket.gethostname().lower(), socket.getfqdn().lower()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        try:
            _check_length(scope["path"])
            self._check_host(headers)
            self._check_origin(scope, headers)
            given = self._check_token(scope, headers)
            is_page = scope["type"] == "http" and not scope["path"].startswith(PREFIX)
            if self.token is not None and given == "query" and is_page:
                await self.token.remembered(scope)(scope, receive, send)
                return
            if scope["type"] == "http" and scope["method"] in UNSAFE:
                if self.open_to_others:
                    self.rates.take(scope["client"][0] if scope.get("client") else "unknown")
                self._check_type(scope, headers)
                receive = await self._body(scope, headers, receive)
        except FreediveError as error:
            await self._refuse(error, scope, headers)(scope, receive, send)
            return
        except _Refusal as refusal:
            await refusal.response(scope, receive, send)
            return
        except _Gone:
            return
        await self.app(scope, receive, send)

    # ── who asks ──────────────────────────────────────────────────────────────────────────────────────────────

    def _check_host(self, headers: Headers) -> None:
        host = name_in(headers.get("host", ""))
        if host in self.hosts or is_loopback(host):
            return
        # A rebound name is a name: whoever gives an address cannot have been led here by one.
        if self.open_to_others and _is_address(host):
            return
        raise Forbidden(
            f"This server does not go by the name `{host[:200]}`.",
            position="Host",
            hint="If the name is yours, start with FREEDIVE_ALLOWED_HOSTS='[\"that.name\"]'.",
        )

    def _check_origin(self, scope: Scope, headers: Headers) -> None:
        if scope["type"] == "http" and scope["method"] not in UNSAFE:
            return
        origin = headers.get("origin")
        if origin is None:
            if headers.get("sec-fetch-site", "none") in ("none", "same-origin"):
                return
        elif place_in(origin) == headers.get("host", "").lower() or name_in(place_in(origin)) in {
            name.lower() for name in self.settings.allowed_hosts
        }:
            return
        raise Forbidden(
            f"A page of `{(origin or 'another site')[:200]}` may not do this here.",
            position="Origin",
            hint="Use the page that this server shows.",
        )

    def _check_token(self, scope: Scope, headers: Headers) -> str | None:
        """Where the right token was found; None where none is needed."""
        if self.token is None or scope["path"] in OPEN_PATHS:
            return None
        if found := self.token.is_in(scope, headers):
            return found
        raise Forbidden(
            "The token is missing or wrong.",
            position="Authorization",
            hint="Open the address that the server printed when it started, or add `?token=` and your token to it; "
            "a program sends `Authorization: Bearer <token>`.",
        )

    # ── what comes with it ────────────────────────────────────────────────────────────────────────────────────

    def _check_type(self, scope: Scope, headers: Headers) -> None:
        if headers.get("content-length", "0") == "0" and "transfer-encoding" not in headers:
            return
        given = headers.get("content-type", "").partition(";")[0].strip().lower()
        upload = scope["path"] == f"{PREFIX}/uploads"
        expected = ("text/csv", "text/plain", "application/octet-stream") if upload else ("application/json",)
        if given not in expected:
            raise _Refusal(
                problem_response(
                    415,
                    "unsupported_media_type",
                    f"Expected a body of type {' or '.join(expected)}; got {given or 'none'}.",
                    position="Content-Type",
                    hint=f"Send `Content-Type: {expected[0]}`.",
                )
            )

    async def _body(self, scope: Scope, headers: Headers, receive: Receive) -> Receive:
        """Read the whole body, no further than its limit; nothing parses a byte before it is known to be allowed."""
        limit = self.settings.max_upload if scope["path"] == f"{PREFIX}/uploads" else self.settings.max_body
        announced = headers.get("content-length", "0")
        if announced.isdecimal() and (len(announced) > 18 or int(announced) > limit):
            raise _too_large(limit)
        parts: list[bytes] = []
        size = 0
        try:
            async with asyncio.timeout(BODY_SECONDS):
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise _Gone
                    parts.append(message.get("body", b""))
                    size += len(parts[-1])
                    if size > limit:
                        raise _too_large(limit)
                    if not message.get("more_body"):
                        break
        except TimeoutError:
            raise _Refusal(
                problem_response(408, "too_slow", f"The body did not arrive within {BODY_SECONDS:g} s.")
            ) from None
        body: Message | None = {"type": "http.request", "body": b"".join(parts), "more_body": False}

        async def replay() -> Message:
            nonlocal body
            if body is None:
                return await receive()
            message, body = body, None
            return message

        return replay

    def _refuse(self, error: FreediveError, scope: Scope, headers: Headers) -> Response:
        response = response_of(error)
        wants_page = "text/html" in headers.get("accept", "") and not scope["path"].startswith(PREFIX)
        if scope["type"] == "http" and wants_page:
            text = f"<!doctype html><meta charset=utf-8><title>Freedive</title><p>{escape(error.message)}"
            text += f"<p>{escape(error.hint or '')}"
            text += f"<p lang=zh>{IN_CHINESE.get(error.position or '', '')}"
            response = HTMLResponse(text, error.status)
        response.headers["Connection"] = "close"
        return response


class _Gone(Exception):
    """Whoever asked has left in the middle of the body: half of one is no request."""


class _Refusal(Exception):
    """A refusal that has no exception of its own."""

    def __init__(self, response: Response) -> None:
        super().__init__()
        self.response = response


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"The body may have {limit:,} bytes; this one is larger.", hint="Send less at a time.")


def _check_length(path: str) -> None:
    if len(path) > LONGEST_PATH:
        raise _Refusal(
            problem_response(
                414,
                "too_long",
                f"A path has at most {LONGEST_PATH:,} characters; this one has {len(path):,}.",
            )
        )


def name_in(host: str) -> str:
    """The name or address in a Host header, without the port; empty where it is none."""
    try:
        return (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def place_in(origin: str) -> str:
    """Name and port in an Origin header, in small letters; empty where it is none."""
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach it."""
    if host.lower() == "localhost" or host.lower().endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
