"""Freedive: a visual playground for deep learning that shows the real torch computation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from freedive.client import AsyncClient, Client

__version__ = "0.1.0"
__all__ = ["AsyncClient", "Client", "__version__"]


def __getattr__(name: str) -> Any:
    """The clients are imported when they are asked for: the server and its workers need neither."""
    if name in ("AsyncClient", "Client"):
        from freedive import client

        return getattr(client, name)
    raise AttributeError(f"module 'freedive' has no attribute {name!r}")
