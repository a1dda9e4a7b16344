"""Whatever lies on the disk may be damaged or gone: each route says so in words, and where it lay is never told."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from freedive.app import create_app
from freedive.jobs.service import JobService
from freedive.settings import Settings

from ..scripted import spirals, until
from ..site import API, QuietLab
from .test_openapi import DOCUMENT

DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda data: b"",
    "half": lambda data: data[: len(data) // 2],
    "zeros": lambda data: bytes(len(data)),
    "words": lambda data: b"no more what it was",
    "braces": lambda data: b"{}",
    "ones": lambda data: b"\xff" * len(data),
}
TABLE = ("a,b,label\n" + "1,2,x\n3,4,y\n" * 20).encode()
TELLS = re.compile(
    r"/tmp|\.py\b|Traceback|\w(Error|Exception)\b|\bsite-packages\b|pydantic|safetensors\b(?!\")"
)


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder that a server left: a finished job with checkpoints, a fork of it, and an upload."""
    return tmp_path_factory.mktemp("origin")


class Opened:
    """A server on a folder, computing in this process."""

    def __init__(self, client: httpx.AsyncClient, service: JobService) -> None:
        self.client, self.service = client, service

    async def finished(self, job: str) -> None:
        await until(lambda: job not in self.service.dispatcher.jobs, 60)


@pytest.fixture
async def opened(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Callable[[Path], Any]]:
    from contextlib import AsyncExitStack

    monkeypatch.setattr("freedive.app.LabService", QuietLab)
    stack = AsyncExitStack()

    async def open(folder: Path) -> Opened:
        app = create_app(
            Settings(data_dir=folder, executor="in_process", commit_seconds=0.005, checkpoint_seconds=0.01)
        )
        await stack.enter_async_context(app.router.lifespan_context(app))
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        client = await stack.enter_async_context(
            httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:3483", timeout=60)
        )
        return Opened(client, app.state.service)

    async with stack:
        yield open


@pytest.fixture
async def folder(origin: Path, tmp_path: Path, opened: Callable[[Path], Any]) -> Path:
    """A copy of the folder, and what is in it as `ids.json` beside it."""
    if not (origin / "ids.json").exists():
        here = await opened(origin / "data")
        spec = spirals(epochs=20).model_dump(mode="json")
        job = (await here.client.post(f"{API}/jobs", json={"spec": spec})).json()["id"]
        await here.finished(job)
        answer = await here.client.post(f"{API}/uploads", content=TABLE, headers={"content-type": "text/csv"})
        at = f"{API}/jobs/{job}"
        saved = (await here.client.get(f"{at}/checkpoints")).json()
        ids = {"job": job, "upload": answer.json()["id"], "steps": [each["step"] for each in saved]}
        assert here.service.log.flush(10)
        await here.service.close()
        (origin / "ids.json").write_text(json.dumps(ids))
    shutil.copytree(origin, tmp_path / "copy")
    return tmp_path / "copy"


def ids_of(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "ids.json").read_text())
    return found


def questions(ids: dict[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """Every route that looks, and those that work with what is stored."""
    for path, operations in DOCUMENT["paths"].items():
        if "get" in operations and "lab/" not in path:
            yield (
                "GET",
                path.replace("{id}", ids["upload"] if "uploads" in path else ids["job"]).replace(
                    "{step}", str(ids["steps"][-1])
                )
                + ("?step=5" if path.endswith("snapshots") else ""),
                None,
            )
    at = f"{API}/jobs/{ids['job']}"
    for step in (None, ids["steps"][0], ids["steps"][-1]):
        yield "POST", f"{at}/predictions", {"inputs": [[0.1, 0.2]], "step": step}
    table = {
        **spirals().model_dump(mode="json"),
        "dataset": {"kind": "table", "upload": ids["upload"], "target": "label", "task": "binary"},
    }
    yield "POST", f"{API}/outlines", table
    yield "POST", f"{API}/previews", table
    yield "POST", f"{API}/jobs", {"spec": table}
    yield "PATCH", at, {"notes": "n"}
    yield "POST", f"{at}/forks", {"step": ids["steps"][-1] - 1, "changes": [{"lr": 0.01}]}
    yield "GET", f"{API}/jobs?q=spirals", None


async def ask_everything(here: Opened, folder: Path) -> dict[tuple[str, str], int]:
    """All answers are answers: no failure of ours, nothing of the machine in them."""
    statuses = {}
    for method, path, body in questions(ids_of(folder)):
        answer = await here.client.request(method, path, json=body)
        told = f"{method} {path}: {answer.status_code} {answer.text[:500]}"
        assert answer.status_code < 500 or answer.status_code == 503, told
        if answer.status_code >= 400:
            assert answer.headers["content-type"] in ("application/problem+json", "application/json"), told
            assert not TELLS.search(answer.text), told
        assert str(folder) not in answer.text, told
        statuses[method, path] = answer.status_code
        if (method, path) == ("POST", f"{API}/jobs") and answer.status_code == 201:
            await here.finished(answer.json()["id"])
        if path.endswith("/forks") and answer.status_code == 201:
            await here.finished(answer.json()[0]["id"])
            child = await here.client.get(f"{API}/jobs/{answer.json()[0]['id']}")
            assert str(folder) not in child.text
            assert not TELLS.search(child.text)
    return statuses


async def test_all_is_well_where_nothing_is_damaged(folder: Path, opened: Callable[[Path], Any]) -> None:
    here = await opened(folder / "data")
    statuses = await ask_everything(here, folder)
    assert {key: status for key, status in statuses.items() if status >= 300} == {}


@pytest.mark.parametrize("damage", [*DAMAGE, "gone", "folder"])
async def test_damaged_checkpoints(folder: Path, opened: Callable[[Path], Any], damage: str) -> None:
    ids = ids_of(folder)
    paths = sorted((folder / "data/jobs").rglob("*.safetensors"))
    assert len(paths) >= 3
    for path in paths[1:]:
        spoil(path, damage)
    here = await opened(folder / "data")
    statuses = await ask_everything(here, folder)
    at = f"{API}/jobs/{ids['job']}"
    assert statuses["GET", at] == 200
    whole = await here.client.post(f"{at}/predictions", json={"inputs": [[0.1, 0.2]]})
    assert whole.json()["step"] == ids["steps"][0]  # the newest that can be read answers
    asked = await here.client.post(
        f"{at}/predictions", json={"inputs": [[0.1, 0.2]], "step": ids["steps"][-1]}
    )
    assert asked.status_code in (404, 410)
    spoil(paths[0], damage)
    asked = await here.client.post(f"{at}/predictions", json={"inputs": [[0.3, 0.2]]})
    assert asked.status_code in (404, 410), asked.text


@pytest.mark.parametrize("damage", ["half", "ones", "braces", "gone"])
@pytest.mark.parametrize("suffix", ["csv", "json"])
async def test_damaged_uploads(folder: Path, opened: Callable[[Path], Any], damage: str, suffix: str) -> None:
    ids = ids_of(folder)
    spoil(folder / f"data/uploads/{ids['upload']}.{suffix}", damage)
    here = await opened(folder / "data")
    statuses = await ask_everything(here, folder)
    assert statuses["POST", f"{API}/outlines"] == statuses["POST", f"{API}/jobs"] == 422


@pytest.mark.parametrize("damage", ["half", "zeros", "braces"])
@pytest.mark.parametrize(
    ("table", "column", "where"),
    [
        ("jobs", "document", "1"),
        ("frames", "frame", "1"),
        ("frames", "frame", "snapshot = 1"),
        ("frames", "frame", "key LIKE '%metrics%'"),
        ("frames", "frame", "key LIKE '%started%'"),
    ],
)
async def test_damaged_rows(
    folder: Path, opened: Callable[[Path], Any], damage: str, table: str, column: str, where: str
) -> None:
    with sqlite3.connect(folder / "data/freedive.db") as database:
        rows = database.execute(f"SELECT rowid, {column} FROM {table} WHERE {where}").fetchall()
        assert rows
        for row, value in rows:
            data = value.encode() if isinstance(value, str) else value
            spoiled = DAMAGE[damage](data)
            database.execute(
                f"UPDATE {table} SET {column} = ? WHERE rowid = ?",
                (spoiled.decode("latin-1") if isinstance(value, str) else spoiled, row),
            )
    database.close()
    here = await opened(folder / "data")
    await ask_everything(here, folder)
    job = ids_of(folder)["job"]
    assert (await here.client.delete(f"{API}/jobs/{job}")).status_code == 204  # it can always be thrown away


async def test_a_database_that_is_taken_away_while_it_serves(
    folder: Path, opened: Callable[[Path], Any]
) -> None:
    here = await opened(folder / "data")
    for path in (folder / "data").glob("freedive.db*"):
        path.write_bytes(b"\xff" * path.stat().st_size)
    await ask_everything(here, folder)


def spoil(path: Path, damage: str) -> None:
    """Do a file harm."""
    if damage in DAMAGE:
        path.write_bytes(DAMAGE[damage](path.read_bytes()))
        return
    path.unlink()
    if damage == "folder":
        path.mkdir()
