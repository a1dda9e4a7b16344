"""A disk that takes nothing more: whatever changes something is refused in words, and what runs goes on."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from freedive.jobs.pending import transact

from ..jobs.events import Checkpointed, metrics
from ..scripted import until
from ..site import API, Site, site
from .test_jobs import SPEC, refused, submitted, trained


class Disk:
    """Full or not, as SQLite sees it: no page more than it has."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.full = False

        def limited(connection: sqlite3.Connection, *rest: Any) -> Any:
            pages = 1 if self.full else 1 << 30  # SQLite takes what there is where less is asked for
            connection.execute(f"PRAGMA max_page_count = {pages}")
            return transact(connection, *rest)

        patch.setattr("freedive.jobs.event_log.transact", limited)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    return Disk(monkeypatch)


@pytest.fixture
async def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, disk: Disk) -> AsyncIterator[Site]:
    async with site(monkeypatch, tmp_path, workers=2) as made:
        yield made


NOTES = {"notes": "n" * 9000}
"""More than fits the room that a page may have left."""


async def filled(here: Site, disk: Disk) -> str:
    """A running job, and a disk that is full; the log has noticed."""
    job = await trained(here, [3.0, 2.0, 1.0])
    disk.full = True
    here.executor.say(job, *(metrics(step, [1.0] * 500) for step in range(4, 8)))
    await until(lambda: here.service.log.trouble)
    return job


async def test_a_job_that_cannot_be_written_down_is_not_taken_on(here: Site, disk: Disk) -> None:
    running = await filled(here, disk)
    for _ in range(2):
        problem = refused(
            await here.client.post(f"{API}/jobs", json={"spec": SPEC, **NOTES}), 507, "not_written"
        )
        assert "full" in problem["detail"]
        assert problem["hint"]
    assert [job["id"] for job in (await here.client.get(f"{API}/jobs")).json()["jobs"]] == [running]
    assert list(here.executor.runs) == [running]
    assert len(here.service.dispatcher.queue) == 0
    disk.full = False
    assert (await here.client.post(f"{API}/jobs", json={"spec": SPEC, **NOTES})).status_code == 201
    assert len(here.executor.runs) == 2
    assert here.service.log.trouble is None


async def test_the_first_write_that_is_refused_is_told_at_once(here: Site, disk: Disk) -> None:
    disk.full = True
    refused(await here.client.post(f"{API}/jobs", json={"spec": SPEC, **NOTES}), 507, "not_written")
    assert (await here.client.get(f"{API}/jobs")).json()["total"] == 0
    assert not here.executor.started


async def test_a_fork_that_cannot_be_written_down_leaves_nothing(here: Site, disk: Disk) -> None:
    job = await trained(here, [3.0, 2.0, 1.0])
    path = here.service.files.path(job, 0)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"weights")
    here.executor.say(job, Checkpointed(step=0, nbytes=7))
    await until(lambda: here.service.dispatcher.jobs[job].checkpoints)
    assert here.service.log.flush(10)
    disk.full = True
    body = {"step": 2, "changes": [None] * 8, "name": "x" * 200}
    refused(await here.client.post(f"{API}/jobs/{job}/forks", json=body), 507, "not_written")
    assert [each["id"] for each in (await here.client.get(f"{API}/jobs")).json()["jobs"]] == [job]
    assert [folder.name for folder in here.service.files.root.iterdir()] == [job]
    disk.full = False
    assert (await here.client.post(f"{API}/jobs/{job}/forks", json=body)).status_code == 201


async def test_files_of_a_fork_that_do_not_fit(here: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    job = await trained(here, [3.0, 2.0, 1.0])
    path = here.service.files.path(job, 0)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"weights")
    here.executor.say(job, Checkpointed(step=0, nbytes=7))
    await until(lambda: here.service.dispatcher.jobs[job].checkpoints)

    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    monkeypatch.setattr("os.link", full)
    monkeypatch.setattr("shutil.copy2", full)
    problem = refused(await here.client.post(f"{API}/jobs/{job}/forks", json={"step": 2}), 507, "not_written")
    assert "No space left" in problem["detail"]
    assert str(path.parent) not in str(problem)
    assert (await here.client.get(f"{API}/jobs")).json()["total"] == 1


@pytest.mark.parametrize("ended", [False, True])
async def test_an_edit_that_cannot_be_written_down_is_taken_back(here: Site, disk: Disk, ended: bool) -> None:
    job = await submitted(here, name="old", notes="short")
    if ended:
        here.executor.finish(job)
        await until(lambda: job not in here.service.dispatcher.jobs)
    assert here.service.log.flush(10)
    disk.full = True
    at = f"{API}/jobs/{job}"
    refused(await here.client.patch(at, json={"name": "new", **NOTES}), 507, "not_written")
    shown = (await here.client.get(at)).json()
    assert (shown["name"], shown["notes"]) == ("old", "short")
    disk.full = False
    assert (await here.client.patch(at, json={"name": "new", **NOTES})).json()["name"] == "new"
    assert (await here.client.get(at)).json()["name"] == "new"


async def test_deleting_makes_room_on_a_full_disk(here: Site, disk: Disk) -> None:
    large = await submitted(here, **NOTES)
    here.executor.say(large, *(metrics(step, [1.0] * 500) for step in range(1, 50)))
    here.executor.finish(large, 50)
    await until(lambda: large not in here.service.dispatcher.jobs)
    assert here.service.log.flush(10)
    running = await filled(here, disk)
    assert (await here.client.delete(f"{API}/jobs/{large}")).status_code == 204
    refused(await here.client.get(f"{API}/jobs/{large}"), 404, "not_found")
    assert here.service.log.flush(10)  # what the other job said found the room that this one left
    assert here.service.log.trouble is None
    assert (await here.client.get(f"{API}/jobs/{running}")).json()["step"] == 7 + 499


async def test_a_deletion_that_is_refused_is_told_and_can_be_repeated(
    here: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = await trained(here, [3.0, 2.0, 1.0])
    here.executor.finish(job, 3)
    await until(lambda: job not in here.service.dispatcher.jobs)
    assert here.service.log.flush(10)
    at = f"{API}/jobs/{job}"
    told = (await here.client.get(f"{at}/events")).json()

    def full(*_: Any) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patch:
        patch.setattr("freedive.jobs.event_log.transact", full)
        refused(await here.client.delete(at), 507, "not_written")
        assert (await here.client.get(at)).json()["state"] == "finished"
        assert (await here.client.get(f"{at}/events")).json() == told
        refused(await here.client.delete(at), 507, "not_written")
    assert here.service.log.flush(10)
    assert (await here.client.get(f"{at}/events")).json() == told
    assert (await here.client.delete(at)).status_code == 204
    refused(await here.client.get(at), 404, "not_found")


async def test_what_runs_goes_on_and_is_all_there_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, disk: Disk
) -> None:
    async with site(monkeypatch, tmp_path) as here:
        job = await filled(here, disk)
        columns = (await here.client.get(f"{API}/jobs/{job}/metrics")).json()
        assert len(columns["steps"]) == 3 + 4 * 500
        answer = await here.client.post(f"{API}/jobs/{job}/commands", json={"kind": "pause"})
        assert answer.json()["answer"]["accepted"]  # whoever wants to stop must be able to
        assert (await here.client.get("/readyz")).status_code == 503
        disk.full = False
        assert here.service.log.flush(10)
    async with site(monkeypatch, tmp_path) as again:
        assert (await again.client.get(f"{API}/jobs/{job}/metrics")).json() == columns


async def test_an_upload_that_does_not_fit(here: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    monkeypatch.setattr("freedive.catalog.datasets.uploads.create", full)
    table = b"x,y\n" + b"1,2\n" * 20
    answer = await here.client.post(f"{API}/uploads", content=table, headers={"content-type": "text/csv"})
    problem = refused(answer, 507, "not_written")
    assert "No space left" in problem["detail"]
    assert str(here.service.store.data_dir) not in answer.text
