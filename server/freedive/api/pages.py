"""Pages: the built frontend from the package, with headers that let it do what it needs and nothing else."""

from __future__ import annotations

import asyncio
import gzip
import mimetypes
import re
from collections.abc import Sequence
from pathlib import Path

from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from freedive.api.deps import PREFIX
from freedive.api.problems import problem_response

POLICY = (
    "default-src 'self'; img-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors "
)
"""What may stand around a page follows. Nothing from elsewhere, no inline script or style; blob: for pictures that a panel exports."""
HASHED = re.compile(r"[.-][A-Za-z0-9_-]{8,}\.\w+$")
COMPRESSED = (".html", ".js", ".css", ".svg", ".json", ".txt", ".webmanifest")
NOT_BUILT = """<!doctype html><meta charset=utf-8><title>Freedive</title>
<h1>The page is not built</h1><p>The server works, but its page is not in the package.
<p>In a checkout run <code>python frontend/hatch_build.py</code>, then reload. The API is described at
<a href="/docs">/docs</a>."""


class Pages:
    """Files under `static/`; any other address is the page itself, which reads it as its state."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self._compressed: dict[tuple[Path, int], bytes] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            response = problem_response(
                404, "not_found", "There is no socket here.", hint=f"{PREFIX}/stream?job=ID"
            )
        elif scope["method"] not in ("GET", "HEAD") or scope["path"].startswith("/api/"):
            status, code = (
                (404, "not_found") if scope["path"].startswith("/api/") else (405, "method_not_allowed")
            )
            response = problem_response(
                status,
                code,
                f"There is nothing at {scope['path']}." if status == 404 else "A page can only be read.",
                hint="The API is described at /docs.",
            )
        else:
            response = await asyncio.to_thread(self._response, scope["path"], Headers(scope=scope))
        await response(scope, receive, send)

    def _response(self, path: str, headers: Headers) -> Response:
        file = self._file(path)
        if file is None:
            if "." in Path(path).name:
                return problem_response(404, "not_found", f"There is no file {path}.")
            file = self.folder / "index.html"
            if not file.is_file():
                return HTMLResponse(NOT_BUILT, 503)
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        lasting = HASHED.search(file.name) and file.suffix != ".html"
        stat = file.stat()
        answer = {
            "Cache-Control": "public, max-age=31536000, immutable" if lasting else "no-cache",
            "ETag": f'"{stat.st_mtime_ns:x}-{stat.st_size:x}"',
            "Vary": "Accept-Encoding",
        }
        if headers.get("if-none-match") == answer["ETag"]:
            return Response(status_code=304, headers=answer)
        if file.suffix in COMPRESSED and "gzip" in headers.get("accept-encoding", ""):
            key = (file, stat.st_mtime_ns)
            if key not in self._compressed:
                self._compressed[key] = gzip.compress(file.read_bytes(), 9, mtime=0)
            return Response(
                self._compressed[key], media_type=kind, headers={**answer, "Content-Encoding": "gzip"}
            )
        return Response(file.read_bytes(), media_type=kind, headers=answer)

    def _file(self, path: str) -> Path | None:
        """The file of an address; None where there is none, or none that is for others."""
        try:
            file = (self.folder / path.lstrip("/")).resolve()
            inside = file.is_relative_to(self.folder) and not any(
                part.startswith(".") for part in Path(path).parts
            )
            return file if inside and file.is_file() else None
        except (OSError, ValueError):  # a name too long, or with a zero byte: no file has it
            return None


class Headed:
    """Puts the security headers on every answer, and `no-store` on those of the API."""

    def __init__(self, app: ASGIApp, embed_origins: Sequence[str] = ()) -> None:
        self.app = app
        self.policy = (POLICY + " ".join(["'self'", *embed_origins])).encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        added = [
            (b"content-security-policy", self.policy),
            (b"x-content-type-options", b"nosniff"),
            (b"referrer-policy", b"no-referrer"),
            (b"cross-origin-opener-policy", b"same-origin"),
            (b"cross-origin-resource-policy", b"same-origin"),
        ]
        if scope["path"].startswith(PREFIX):
            added.append((b"cache-control", b"no-store"))

        async def send_headed(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), *added]
            await send(message)

        await self.app(scope, receive, send_headed)
