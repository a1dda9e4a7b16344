"""The function tables over HTTP: what the editor completes, explains and names in other dialects."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..site import site


async def test_the_tables_are_served_with_names_in_other_dialects(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async with site(monkeypatch, tmp_path) as here:
        answer = await here.client.get("/api/v1/lab/functions")
    assert answer.status_code == 200
    rows = {row["name"]: row for row in answer.json()}
    assert rows["sum"]["others"]["tf"] == "reduce_sum"
    assert rows["reshape"]["kind"] == "movement"
    assert all(row["en"] and row["zh"] and row["example"] for row in rows.values())
    assert rows["logaddexp"]["method"] is False
