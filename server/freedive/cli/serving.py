"""`freedive serve`: find a port, say where the page is, run the server until it is told to end."""

from __future__ import annotations

import errno
import logging
import os
import secrets
import socket
import threading
import webbrowser
from typing import Any
from urllib.parse import quote

import uvicorn

from freedive.api.connection import protocols
from freedive.api.guard import is_loopback
from freedive.app import create_app
from freedive.errors import Unavailable
from freedive.jobs.database import DataFolder
from freedive.settings import Settings

PORTS_TRIED = 50
GRACE_SECONDS = 3
"""For open connections when the server is told to stop."""


class Server(uvicorn.Server):
    """Says where the page is as soon as it can be opened."""

    def __init__(self, config: uvicorn.Config, words: str, opened: str | None) -> None:
        super().__init__(config)
        self.words = words
        self.opened = opened

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then print the address once."""
        await super().startup(sockets)
        if self.started:
            print(self.words, flush=True)
            if self.opened:
                threading.Thread(target=webbrowser.open, args=(self.opened,), daemon=True).start()


def serve(settings: Settings, *, open_page: bool = False) -> int:
    """Serve until a signal ends it; the exit status. Raises Unavailable for what a person must change first."""
    os.umask(0o077)  # whatever a library writes beside our own files is for this account alone too
    logging.basicConfig(level=settings.log_level.upper(), format="%(levelname)s %(name)s: %(message)s")
    chosen = settings.token is not None
    if not chosen and not is_loopback(settings.host):
        settings = settings.model_copy(update={"token": secrets.token_hex(20)})
    folder = DataFolder(settings.data_dir)
    try:
        listener = listen(settings.host, settings.port)
    except Unavailable:
        folder.close()
        raise
    port = listener.getsockname()[1]
    host = settings.host if settings.host not in ("0.0.0.0", "::") else socket.gethostname()
    url = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    folder.announce(url)
    config = uvicorn.Config(
        create_app(settings, folder),
        log_level="warning" if settings.log_level == "info" else settings.log_level,
        access_log=settings.log_level == "debug",
        timeout_graceful_shutdown=GRACE_SECONDS,
        **transport(settings),
    )
    entry = f"{url}/?token={quote(settings.token, safe='')}" if settings.token else url
    # A token that a person chose may serve elsewhere too; what is printed ends in logs and on screens.
    words = f"{url} (add /?token= and your token)" if chosen else entry
    server = Server(config, f"Freedive is at {words}", entry if open_page else None)
    server.run(sockets=[listener])
    return 0 if server.started else 1


def transport(settings: Settings) -> dict[str, Any]:
    """How uvicorn is to speak HTTP and WebSocket."""
    return {
        **protocols(settings.connections_per_address),
        "ws_per_message_deflate": False,
        "ws_max_size": 1024,  # the socket only sends
        "server_header": False,
    }


def listen(host: str, port: int) -> socket.socket:
    """A listening socket on the port, or on the next free one. Raises Unavailable."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for candidate in [port] if port == 0 else range(port, min(port + PORTS_TRIED, 65_536)):
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, candidate))
            listener.listen(2048)
            return listener
        except OSError as error:
            listener.close()
            if error.errno == errno.EADDRINUSE:
                continue
            if error.errno in (errno.EACCES, errno.EPERM):
                raise Unavailable(
                    f"Port {candidate} may not be opened by this user.",
                    hint="Choose one above 1023 with --port.",
                ) from error
            raise Unavailable(
                f"Freedive cannot listen on {host}, port {candidate}: {error.strerror}.",
                hint="--host must be an address of this machine, such as 127.0.0.1 or 0.0.0.0.",
            ) from error
    raise Unavailable(
        f"Ports {port} to {candidate} are all taken.",
        hint="Choose another one with --port, or 0 for any free one.",
    )
