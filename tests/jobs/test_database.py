"""The data folder: one server at a time, its own database only, and what is said where it cannot be had."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from freedive.errors import Unavailable
from freedive.jobs.database import VERSION, DataFolder


def _version(folder: Path, version: int) -> None:
    DataFolder(folder).close()
    database = sqlite3.connect(folder / "freedive.db")
    database.execute(f"PRAGMA user_version = {version}")
    database.close()


@pytest.mark.parametrize(("version", "word"), [(VERSION + 1, "newer"), (0, "older")])
def test_a_database_of_another_version_is_left_alone_and_said(
    tmp_path: Path, version: int, word: str
) -> None:
    _version(tmp_path, version)
    before = (tmp_path / "freedive.db").read_bytes()
    with pytest.raises(Unavailable, match=word) as refused:
        DataFolder(tmp_path)
    assert "--data-dir" in str(refused.value.hint)
    assert (tmp_path / "freedive.db").read_bytes() == before


@pytest.mark.parametrize("content", [b"this is no database, but a text of some length" * 100, b""])
def test_a_file_that_is_no_database(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "freedive.db").write_bytes(content)
    if content:
        with pytest.raises(Unavailable, match="cannot be used"):
            DataFolder(tmp_path)
    else:
        DataFolder(tmp_path).close()


def test_somebody_elses_database_is_not_touched(tmp_path: Path) -> None:
    database = sqlite3.connect(tmp_path / "freedive.db")
    database.execute("CREATE TABLE letters (text)")
    database.commit()
    database.close()
    with pytest.raises(Unavailable, match="not made by Freedive"):
        DataFolder(tmp_path)


def test_a_second_server_is_told_where_the_first_is(tmp_path: Path) -> None:
    first = DataFolder(tmp_path)
    first.announce("http://127.0.0.1:3483")
    with pytest.raises(Unavailable, match=r"http://127\.0\.0\.1:3483"):
        DataFolder(tmp_path)
    first.close()
    DataFolder(tmp_path).close()


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Unavailable, match="cannot be written") as refused:
        DataFolder(tmp_path / "file" / "below")
    assert "FREEDIVE_DATA_DIR" in str(refused.value.hint)


@pytest.mark.parametrize("note", ["", '{"pid": 1', "7", '["pid"]'])
def test_a_note_that_is_cut_short_is_no_crash(tmp_path: Path, note: str) -> None:
    first = DataFolder(tmp_path)
    (tmp_path / "lock").write_text(note)
    with pytest.raises(Unavailable, match="Another Freedive"):
        DataFolder(tmp_path)
    first.close()
