"""A log in a folder of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from freedive.jobs.database import DataFolder
from freedive.jobs.event_log import EventLog
from freedive.jobs.pending import Row


@pytest.fixture
def log(tmp_path: Path) -> Iterator[EventLog]:
    """An open log with one job, `a`."""
    log = EventLog(DataFolder(tmp_path / "log"), commit_seconds=0.01, snapshot_frames=10)
    log.save(Row("a", "running", "a", "{}"))
    yield log
    log.close()
