"""The data folder is for the account of the server alone, also one that an earlier version left open."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from freedive.catalog.datasets import uploads
from freedive.catalog.datasets.store import DataStore
from freedive.catalog.private import make_folder
from freedive.jobs.checkpoints import CheckpointFiles
from freedive.jobs.database import DataFolder
from freedive.jobs.event_log import EventLog
from freedive.jobs.pending import Row
from freedive.training.checkpoint import write


@pytest.fixture(autouse=True)
def careless() -> Iterator[None]:
    """An account whose files everybody may read and write."""
    before = os.umask(0)
    yield
    os.umask(before)


def modes(folder: Path) -> dict[str, int]:
    return {
        str(path.relative_to(folder)): path.stat().st_mode & 0o777 for path in [folder, *folder.rglob("*")]
    }


def private(folder: Path) -> None:
    for name, mode in modes(folder).items():
        assert mode == (0o700 if (folder / name).is_dir() else 0o600), name


def test_what_is_made_is_private_from_the_start(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "data"
    log = EventLog(DataFolder(folder), commit_seconds=0.01)
    log.save(Row("a", "running", "a", "{}"))
    assert log.flush()
    uploads.save(DataStore(folder), b"x,y\n" + b"1,2\n" * 20)
    files = CheckpointFiles(folder)
    make_folder(files.folder("a"))
    write(files.path("a", 3), b"weights")
    files.take_over("a", "b", 3)
    assert {"freedive.db", "freedive.db-wal", "freedive.db-shm", "lock"} <= modes(folder).keys()
    private(folder)
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o700
    log.close()
    private(folder)


def test_a_folder_that_was_open_is_closed_and_it_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    DataFolder(tmp_path).close()
    checkpoints = tmp_path / "jobs/a/checkpoints"
    checkpoints.mkdir(parents=True)
    (checkpoints / "step-00000001.safetensors").write_bytes(b"weights")
    (tmp_path / "uploads").mkdir()
    (tmp_path / "uploads/b.csv").write_text("a,b")
    for path in [tmp_path, *tmp_path.rglob("*")]:
        path.chmod(0o777 if path.is_dir() else 0o666)
    with caplog.at_level(logging.INFO):
        DataFolder(tmp_path).close()
    private(tmp_path)
    assert "for this account alone now: 9." in caplog.text
    caplog.clear()
    with caplog.at_level(logging.INFO):
        DataFolder(tmp_path).close()
    assert not caplog.text


def test_what_is_not_ours_is_left_as_it_is(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    other, outside = tmp_path / "photos", tmp_path / "outside"
    other.mkdir()
    (other / "a.png").write_bytes(b"")
    outside.write_text("")
    data = tmp_path / "jobs"
    data.mkdir()
    (data / "link").symlink_to(outside)
    tmp_path.chmod(0o755)
    DataFolder(tmp_path).close()
    assert modes(tmp_path)["."] == 0o755
    assert modes(tmp_path)["photos"] == 0o777
    assert modes(tmp_path)["photos/a.png"] == 0o666
    assert outside.stat().st_mode & 0o777 == 0o666
    assert modes(tmp_path)["freedive.db"] == 0o600
    assert modes(tmp_path)["jobs"] == 0o700
    assert "holds other things too" in caplog.text
