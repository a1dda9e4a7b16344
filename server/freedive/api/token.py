"""Token: the secret that a server for others asks for; where a request carries it, and how a browser comes to keep it."""

from __future__ import annotations

import hmac
import logging
from html import escape
from typing import Any
from urllib.parse import parse_qsl, quote, quote_plus, unquote_to_bytes

from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, Response
from starlette.types import Scope

COOKIE = "freedive_token"


class Token:
    """Compared in constant time, as bytes: a header may hold anything."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    def is_in(self, scope: Scope, headers: Headers) -> str | None:
        """`header`, `query` or `cookie`, wherever the right one is; None where it is nowhere."""
        scheme, _, bearer = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and self._fits(bearer.strip().encode("latin-1")):
            return "header"
        if any(name == "token" and self._fits(value.encode()) for name, value in _query(scope)):
            return "query"
        if any(self._fits(value) for header in headers.getlist("cookie") for value in ours(header)):
            return "cookie"
        return None

    def remembered(self, scope: Scope) -> Response:
        """A page that leaves the token in a cookie and goes on without it in the address.

        Not by a redirect: coming from elsewhere, a browser would leave a strict cookie out on the way.
        """
        page = f'<!doctype html><meta http-equiv="refresh" content="0; url={escape(own_address(scope))}"><title>Freedive</title>'
        response = HTMLResponse(page, headers={"Cache-Control": "no-store"})
        response.set_cookie(
            COOKIE,
            quote(self._secret, safe=""),
            httponly=True,
            samesite="strict",
            secure=scope["scheme"] == "https",
            path="/",
        )
        return response

    def _fits(self, given: bytes) -> bool:
        return hmac.compare_digest(given, self._secret)


class Unlogged(logging.Filter):
    """Leaves the secret out of what a logger says: addresses and headers of requests carry it."""

    def __init__(self, secret: str) -> None:
        super().__init__()
        self._forms = {secret, quote(secret, safe=""), quote(secret), quote_plus(secret)}

    def filter(self, record: logging.LogRecord) -> bool:
        """Never holds a record back."""
        record.msg = self._without(record.msg)
        if isinstance(record.args, tuple):
            record.args = tuple(map(self._without, record.args))
        return True

    def _without(self, said: Any) -> Any:
        if isinstance(said, str):
            for form in self._forms:
                said = said.replace(form, "…")
        return said


def ours(header: str) -> list[bytes]:
    """What our cookie holds in a Cookie header, as it stands and decoded; other sites' cookies there are not parsed."""
    pairs = [part.strip().partition("=") for part in header.split(";")]
    found = [value.strip().strip('"') for name, _, value in pairs if name.strip() == COOKIE]
    return [form for value in found for form in (value.encode("latin-1"), unquote_to_bytes(value))]


def own_address(scope: Scope) -> str:
    """The address that was asked for, without the token, and never one of another server.

    A browser takes `//name` and `/\\name` for another server, and drops tabs before it looks: so one slash stands at
    the beginning, and all that is no plain letter is encoded.
    """
    query = [(name, value) for name, value in _query(scope) if name != "token"]
    path = "/" + quote(scope["path"].lstrip("/\\"), safe="/~")
    return path + (
        "?" + "&".join(f"{quote(n, safe='')}={quote(v, safe='')}" for n, v in query) if query else ""
    )


def _query(scope: Scope) -> list[tuple[str, str]]:
    return parse_qsl(scope["query_string"].decode("latin-1"))
