"""Stored: what is told of the disk, where what was stored is damaged or what is to be stored finds no room."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from pydantic import ValidationError

from freedive.errors import Damaged, NotWritten
from freedive.jobs.job import JobRecord
from freedive.protocol.events import Logged

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


def of_the_disk(trouble: str | None) -> Logged:
    """What a job says when its log cannot be written, and when it can again."""
    if not trouble:
        return Logged(code="log_written", message="The event log is written again.")
    message = f"The event log cannot be written: {trouble}. The job goes on; make room on the disk."
    return Logged(level="error", code="log_not_written", message=message)


def record_of(document: str) -> JobRecord:
    """A stored job. Raises Damaged, also for one whose spec this version does not know any more."""
    try:
        return JobRecord.model_validate_json(document)
    except ValidationError as error:
        raise Damaged(
            "What was stored of this job cannot be read: it is damaged, or another version of Freedive wrote it.",
            hint="Delete it, or install that version again.",
        ) from error


def not_written(why: object) -> NotWritten:
    """Why nothing came of it, in words: SQLite's, or those of the system."""
    if isinstance(why, OSError):
        why = why.strerror or "the disk refuses"
    return NotWritten(
        f"The server cannot write this down: {why}. Nothing was changed.",
        hint="Make room on the server's disk, by deleting jobs for example, and try again. Jobs that run go on.",
    )
