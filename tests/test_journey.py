"""The road of one job with nothing in between replaced: HTTP, worker process, log, socket; and the ways it can break."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from freedive.protocol.chunks import unframe

from .scripted import spirals, until
from .site import API, Live, live

SECONDS = 120.0
"""Deadline of a whole job: generous, because other work shares the machine."""


class Listener:
    """A page: it follows a job from its cursor, drops what a rewind takes back, and keeps each step's row."""

    def __init__(self, job: str) -> None:
        self.job = job
        self.cursor = 0
        self.rows: dict[int, bytes] = {}
        self.states: list[str] = []
        self.facts: list[dict[str, Any]] = []
        self.pictures: set[str] = set()

    def take(self, message: bytes) -> None:
        """A socket message."""
        for header, events in unframe(message):
            assert header.job == self.job
            assert header.first_seq > self.cursor
            for event in events:
                self.cursor = event["seq"]
                if header.retention == "snapshot":
                    self.pictures.add(event["type"])
                    continue
                self.facts.append(event)
                if event["type"] == "state":
                    self.states.append(event["state"])
                elif event["type"] == "rewound":
                    self.rows = {step: row for step, row in self.rows.items() if step <= event["step"]}
                elif event["type"] == "metrics":
                    count, width = event["values"]["shape"]
                    data = event["values"]["data"]
                    for i in range(count):
                        self.rows[event["first_step"] + i] = data[i * width * 4 : (i + 1) * width * 4]

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [fact for fact in self.facts if fact["type"] == kind]

    @property
    def ended(self) -> bool:
        return bool(self.states) and self.states[-1] in ("finished", "stopped", "failed")

    async def follow(self, server: Live, enough: Any = None) -> None:
        """Until the job ended, or it was enough, or the server is gone."""
        url = f"ws{server.url.removeprefix('http')}{API}/stream?job={self.job}&after={self.cursor}"
        async with asyncio.timeout(SECONDS), connect(url, max_size=None) as socket:
            try:
                while not self.ended and not (enough and enough()):
                    message = await socket.recv()
                    assert isinstance(message, bytes)
                    self.take(message)
            except ConnectionClosed:
                return


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """One server for the journeys that do not end it; checkpoints often."""
    with live(tmp_path_factory.mktemp("server"), FREEDIVE_CHECKPOINT_SECONDS="0.2") as started:
        yield started


@asynccontextmanager
async def asking(server: Live) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=server.url + API, timeout=SECONDS) as client:
        yield client


async def submit(server: Live, **changes: Any) -> str:
    async with asking(server) as client:
        answer = await client.post("/jobs", json={"spec": spirals(**changes).model_dump(mode="json")})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])


async def worker_of(server: Live, job: str) -> int:
    """The process that a job runs in."""
    async with asking(server) as client:
        workers = (await client.get("/workers")).json()["workers"]
        return int(next(worker["pid"] for worker in workers if worker["job"] == job))


async def uninterrupted(server: Live, **changes: Any) -> Listener:
    """The same job without a mishap, at full speed: what the others must reproduce."""
    listener = Listener(await submit(server, **changes))
    await listener.follow(server)
    assert listener.states[-1] == "finished"
    return listener


async def test_one_job_from_post_to_its_last_event(server: Live) -> None:
    job = await submit(server, epochs=30)
    listener = Listener(job)
    await listener.follow(server)
    assert listener.states == ["queued", "starting", "running", "finished"]
    (started,) = listener.of("started")
    assert sorted(listener.rows) == list(range(1, started["total_steps"] + 1))
    assert {"boundary", "weights", "histograms"} <= listener.pictures
    async with asking(server) as client:
        info = (await client.get(f"/jobs/{job}")).json()
        assert (info["state"], info["step"]) == ("finished", started["total_steps"])
        columns = (await client.get(f"/jobs/{job}/metrics")).json()
        assert list(columns["columns"]) == started["columns"]
        losses = [float(_first(listener.rows[step])) for step in columns["steps"]]
        assert columns["columns"]["loss"] == losses
        prediction = await client.post(f"/jobs/{job}/predictions", json={"inputs": [[0.5, 0.5]]})
        assert prediction.json()["step"] == started["total_steps"]
        saved = (await client.get(f"/jobs/{job}/checkpoints")).json()
        content = (await client.get(f"/jobs/{job}/checkpoints/{saved[-1]['step']}")).content
        assert len(content) == saved[-1]["nbytes"]
    again = Listener(job)
    await again.follow(server)
    assert (again.rows, again.facts) == (listener.rows, listener.facts)


def _first(row: bytes) -> Any:
    import numpy as np

    return np.frombuffer(row, "<f4")[0]


# Slow enough to be interrupted in the middle, with everything that must be brought back: dropout, momentum, a schedule.
CHANGES: dict[str, Any] = {
    "epochs": 30,
    "model": {"kind": "mlp", "layers": [{"width": 8, "dropout": 0.2}, {"width": 4}]},
    "scheduler": {"kind": "cosine"},
}


async def test_a_worker_that_is_killed_is_replaced_and_not_a_bit_is_lost(server: Live) -> None:
    expected = await uninterrupted(server, **CHANGES)
    job = await submit(server, **CHANGES, pace=60)
    listener = Listener(job)
    await listener.follow(server, lambda: len(listener.of("checkpoint")) >= 2 and len(listener.rows) > 20)
    os.kill(await worker_of(server, job), signal.SIGKILL)
    await listener.follow(server, lambda: listener.of("rewound"))
    await _at_full_speed(server, job)
    await listener.follow(server)
    assert listener.states == [
        "queued",
        "starting",
        "running",
        "interrupted",
        "queued",
        "starting",
        "running",
        "finished",
    ]
    assert [fact["reason"] for fact in listener.of("rewound")] == ["worker_lost"]
    assert listener.rows == expected.rows
    assert listener.of("finished")[0]["metrics"] == expected.of("finished")[0]["metrics"]
    assert any(fact["code"] == "worker_lost" for fact in listener.of("log"))


async def test_a_worker_that_stands_still_is_told_and_replaced(server: Live) -> None:
    expected = await uninterrupted(server, **CHANGES)
    job = await submit(server, **CHANGES, pace=60)
    listener = Listener(job)
    await listener.follow(server, lambda: len(listener.of("checkpoint")) >= 2 and len(listener.rows) > 20)
    still = await worker_of(server, job)
    os.kill(still, signal.SIGSTOP)
    await listener.follow(
        server, lambda: any(fact["code"] == "worker_stalled" for fact in listener.of("log"))
    )
    async with asking(server) as client:
        workers = (await client.get("/workers")).json()["workers"]
        assert [worker["state"] for worker in workers if worker["pid"] == still] == ["stalled"]
    await listener.follow(server, lambda: listener.of("rewound"))
    await _at_full_speed(server, job)
    await listener.follow(server)
    assert _gone(still)
    assert [fact["reason"] for fact in listener.of("rewound")] == ["worker_lost"]
    (lost,) = [fact for fact in listener.of("log") if fact["code"] == "worker_lost"]
    assert "stood still" in lost["message"]
    assert listener.states[-1] == "finished"
    assert listener.rows == expected.rows


async def test_a_server_that_is_killed_takes_its_jobs_up_and_not_a_bit_is_lost(tmp_path: Path) -> None:
    with live(tmp_path, FREEDIVE_CHECKPOINT_SECONDS="0.2") as first:
        expected = await uninterrupted(first, **CHANGES)
        job, waiting = await submit(first, **CHANGES, pace=60), await submit(first, epochs=1)
        listener = Listener(job)
        await listener.follow(first, lambda: len(listener.of("checkpoint")) >= 2 and len(listener.rows) > 20)
        worker = await worker_of(first, job)
        first.kill()
    await until(lambda: _gone(worker), 30)
    with live(tmp_path) as second:
        await listener.follow(second, lambda: listener.of("rewound"))
        await _at_full_speed(second, job)
        await listener.follow(second)
        assert [fact["reason"] for fact in listener.of("rewound")] == ["server_restarted"]
        assert listener.rows == expected.rows
        assert listener.of("finished")[0]["metrics"] == expected.of("finished")[0]["metrics"]
        afterwards = Listener(waiting)
        await afterwards.follow(second)
        assert afterwards.states[-1] == "finished"
        late = Listener(job)
        await late.follow(second)
        assert late.rows == expected.rows


async def test_a_server_that_is_ended_goes_on_where_it_was(tmp_path: Path) -> None:
    with live(tmp_path, FREEDIVE_CHECKPOINT_SECONDS="0.2") as first:
        job = await submit(first, **CHANGES, pace=60)
        listener = Listener(job)
        await listener.follow(first, lambda: len(listener.of("checkpoint")) >= 2)
        worker = await worker_of(first, job)
        first.end()
        assert first.process.returncode in (0, 130)  # in order: neither killed nor fallen over
    await until(lambda: _gone(worker), 30)
    with live(tmp_path) as second:
        await listener.follow(second, lambda: listener.of("rewound"))
        assert "server_stopped" in [fact["reason"] for fact in listener.of("state")]
        await _at_full_speed(second, job)
        await listener.follow(second)
        expected = await uninterrupted(second, **CHANGES)
        assert listener.rows == expected.rows


async def test_a_fork_without_changes_repeats_its_parent_bit_for_bit(server: Live) -> None:
    expected = await uninterrupted(server, **CHANGES)
    async with asking(server) as client:
        body = {"step": 50, "changes": [None, {"lr": 0.5}]}
        children = (await client.post(f"/jobs/{expected.job}/forks", json=body)).json()
    same, other = Listener(children[0]["id"]), Listener(children[1]["id"])
    await same.follow(server)
    await other.follow(server)
    assert same.rows == {step: row for step, row in expected.rows.items() if step > 50}
    assert sorted(other.rows) == sorted(same.rows)
    assert other.rows != same.rows


async def test_a_fork_of_the_end_trains_as_many_epochs_again(server: Live) -> None:
    whole = await uninterrupted(server, **CHANGES)
    end = max(whole.rows)
    async with asking(server) as client:
        body = {"changes": [{"lr": 0.01}]}
        (child,) = (await client.post(f"/jobs/{whole.job}/forks", json=body)).json()
        assert child["spec"]["epochs"] == 2 * CHANGES["epochs"]
        forked = Listener(child["id"])
        await forked.follow(server)
        assert sorted(forked.rows) == list(range(end + 1, 2 * end + 1))
        assert forked.of("started")[0]["total_steps"] == 2 * end
        assert forked.states[-1] == "finished"
        # The schedule goes on as it was made, in the script too.
        code = (await client.get(f"/jobs/{child['id']}/code")).text
        assert f"seed, epochs, batch_size = 0, {2 * CHANGES['epochs']}," in code
        assert f"total_steps = {CHANGES['epochs']} * steps_per_epoch" in code
        (again,) = (await client.post(f"/jobs/{child['id']}/forks", json={})).json()
        assert again["spec"]["epochs"] == 3 * CHANGES["epochs"]
        await client.delete(f"/jobs/{again['id']}")


async def test_more_paused_jobs_than_workers_hold_up_nobody(server: Live) -> None:
    expected = await uninterrupted(server, **CHANGES)
    paused: list[Listener] = []
    for number in range(2):
        listener = Listener(await submit(server, **CHANGES, pace=60))
        await listener.follow(server, lambda listener=listener: len(listener.rows) > 10)
        async with asking(server) as client:
            answer = await client.post(f"/jobs/{listener.job}/commands", json={"kind": "pause"})
            assert answer.json()["answer"]["accepted"]
        paused.append(listener)
        waiting = Listener(await submit(server, epochs=1))
        await waiting.follow(server)
        assert waiting.states[-1] == "finished", number
    for listener in paused:
        await listener.follow(
            server, lambda listener=listener: listener.of("state")[-1]["reason"] == "parked"
        )
        async with asking(server) as client:
            info = (await client.get(f"/jobs/{listener.job}")).json()
            assert (info["state"], info["reason"], info["worker"]) == ("paused", "parked", None)
            looked = await client.get(f"/jobs/{listener.job}/snapshots", params={"step": info["step"]})
            assert looked.status_code == 200
            for command in ({"kind": "pace", "steps_per_second": None}, {"kind": "resume"}):
                answer = await client.post(f"/jobs/{listener.job}/commands", json=command)
                while answer.status_code == 409:  # it has been told to wake, and waits for its worker
                    await listener.follow(server, lambda listener=listener: listener.states[-1] != "queued")
                    answer = await client.post(f"/jobs/{listener.job}/commands", json=command)
        await listener.follow(server)
        assert listener.states[-1] == "finished"
        assert not listener.of("rewound")
        assert listener.rows == expected.rows


def test_the_server_holds_no_torch(server: Live) -> None:
    mapped = [entry.path for entry in psutil.Process(server.process.pid).memory_maps()]
    assert mapped
    assert not [path for path in mapped if "libtorch" in path]


async def _at_full_speed(server: Live, job: str) -> None:
    """Let a paced job run; it may be starting at this moment."""
    async with asking(server) as client, asyncio.timeout(SECONDS):
        while (
            answer := await client.post(
                f"/jobs/{job}/commands", json={"kind": "pace", "steps_per_second": None}
            )
        ).status_code == 409:
            assert answer.json()["code"] == "illegal_command"


def _gone(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True
