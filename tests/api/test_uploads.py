"""Uploads over HTTP: tables such as people have them are read, and none of the odd ones ends in a 500."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from freedive.catalog.recipes import recipes

from ..jobs.events import metrics, started
from ..scripted import spirals, until
from ..site import API, Site, site

CSV = {"content-type": "text/csv"}
GOOD = "a,b\n" + "1,x\n" * 20


@pytest.fixture
async def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Site]:
    async with site(monkeypatch, tmp_path) as made:
        yield made


@pytest.mark.parametrize(
    ("body", "code", "position"),
    [
        ((GOOD + f'2,"{"z" * 140_000}"\n').encode(), "bad_data", "line 22"),
        ((GOOD + '2,"oops\n' + "3,y\n" * 50_000).encode(), "bad_data", "line 22"),
        ((GOOD + f"2,{'z' * 140_000}\n").encode(), "bad_data", "line 22"),
        (("a,b\n" + "1,東京\n" * 20).encode("shift_jis"), "unknown_encoding", "line 2"),
        (("a,b\n" + "1,北京\n" * 20).encode("gb18030"), "unknown_encoding", "line 2"),
    ],
)
async def test_what_cannot_be_read_is_refused_with_its_line(
    here: Site, body: bytes, code: str, position: str
) -> None:
    answer = await here.client.post(f"{API}/uploads", content=body, headers=CSV)
    assert answer.status_code == 422, answer.text
    assert (answer.json()["code"], answer.json()["position"]) == (code, position)


async def test_the_encoding_can_be_named(here: Site) -> None:
    body = ("a,b\n" + "1,東京\n" * 20).encode("shift_jis")
    url = f"{API}/uploads?encoding=shift_jis"
    sent = (await here.client.post(url, content=body, headers=CSV)).json()
    assert sent["columns"][1]["examples"] == ["東京"]
    wrong = await here.client.post(f"{API}/uploads?encoding=latin", content=body, headers=CSV)
    assert wrong.status_code == 422


def spec_of(upload: str, **dataset: Any) -> dict[str, Any]:
    spec = next(recipe.spec for recipe in recipes() if recipe.name == "table").model_dump(mode="json")
    return {**spec, "dataset": {**spec["dataset"], "upload": upload, **dataset}}


async def test_the_outline_tells_how_many_rows_are_used(here: Site) -> None:
    body = "a,y\n" + "".join(f"{'None' if i % 4 == 0 else i},{i}\n" for i in range(100))
    sent = (await here.client.post(f"{API}/uploads", content=body, headers=CSV)).json()
    outline = await here.client.post(f"{API}/outlines", json=spec_of(sent["id"], missing="drop"))
    assert outline.json()["table"] == {
        "total": 100,
        "used": 75,
        "gaps": [{"column": "a", "missing": 25, "words": ["None"], "then": "left_out"}],
    }


@pytest.mark.parametrize(("points", "expected"), [(1, [40]), (2, [1, 40]), (3, [1, 7, 40])])
async def test_few_points_keep_the_last_step(here: Site, points: int, expected: list[int]) -> None:
    spec = spirals().model_dump(mode="json")
    job = (await here.client.post(f"{API}/jobs", json={"spec": spec})).json()["id"]
    here.executor.say(job, started(), metrics(1, [0.1 if i == 6 else 2.0 + i for i in range(40)]))
    here.executor.go(job)
    await until(lambda: here.service.log.last(job) >= 3)
    found = await here.client.get(f"{API}/jobs/{job}/metrics?points={points}")
    assert found.json()["steps"] == expected
