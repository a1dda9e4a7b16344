"""The data folder: one server at a time, and who comes second is told where the first one is."""

from __future__ import annotations

from pathlib import Path

import pytest

from freedive.errors import Unavailable
from freedive.jobs.database import DataFolder


def test_the_second_server_is_told_where_the_first_one_is(tmp_path: Path) -> None:
    first = DataFolder(tmp_path)
    first.announce("http://127.0.0.1:3483")
    with pytest.raises(Unavailable, match=r"Another Freedive \(process \d+\) .* at http://127.0.0.1:3483"):
        DataFolder(tmp_path)
    first.close()


@pytest.mark.parametrize("note", ["", '{"pid": 1', "7", '["pid"]'])
def test_a_note_that_is_cut_short_is_no_crash(tmp_path: Path, note: str) -> None:
    first = DataFolder(tmp_path)
    (tmp_path / "lock").write_text(note)
    with pytest.raises(Unavailable, match="Another Freedive"):
        DataFolder(tmp_path)
    first.close()
