"""Stored: what is read back from the disk may have been damaged there, and that is told as it is."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from freedive.errors import Damaged

logger = logging.getLogger(__name__)


@contextmanager
def readable(what: str) -> Iterator[None]:
    """Raises Damaged where what is decoded inside was not what the server had written."""
    try:
        yield
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, EOFError) as error:
        logger.exception("Something stored cannot be read: %s", what)
        raise Damaged(
            "A part of what was stored of this job cannot be read any more.",
            hint="Fork it from an earlier step, or submit its spec again.",
        ) from error
