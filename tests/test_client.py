"""The Python clients against a live server: submit, command, follow, come back after a break, read columns."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import freedive
from freedive import errors
from freedive.protocol.events import Metrics, StateChanged

from .scripted import spirals
from .site import Live, live


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with live(tmp_path_factory.mktemp("client")) as started:
        yield started


@pytest.fixture
def client(server: Live) -> Iterator[freedive.Client]:
    with freedive.Client(server.url) as client:
        yield client


def test_a_job_from_a_recipe_to_its_columns(client: freedive.Client) -> None:
    job = client.submit("spirals", epochs=3, name="from a script")
    events = list(job.events())
    seqs = [event.seq for event in events]
    assert seqs == sorted(seqs)
    assert isinstance(events[-1], StateChanged)
    assert events[-1].state == "finished"
    losses = np.concatenate([e.values.numpy()[:, 0] for e in events if isinstance(e, Metrics)])
    frame = job.metrics()
    np.testing.assert_array_equal(frame["loss"].to_numpy(np.float32), losses)
    assert frame.index.name == "step"
    assert list(frame.index) == list(range(1, len(losses) + 1))
    info = job.wait()
    assert (info.name, info.recipe, info.state) == ("from a script", "spirals", "finished")
    assert info.id in [other.id for other in client.jobs()]
    assert [other.id for other in client.infos("from a script")] == [info.id]
    assert len(job.predict([[0.0, 0.0], [1.0, 1.0]]).outputs) == 2
    assert "import torch" in job.code()
    assert list(job.events(after=events[-1].seq)) == []
    job.delete()
    with pytest.raises(errors.NotFound):
        job.info()
    with pytest.raises(errors.NotFound):
        list(job.events())


def test_every_command_has_a_method_and_forks_are_jobs(client: freedive.Client) -> None:
    job = client.submit(spirals(start_paused=True, epochs=1000))
    _until(job, "paused")
    assert job.step(4).answer is not None
    _until(job, "paused", step=4)
    receipt = job.set(lr=0.5)
    assert receipt.answer is not None
    assert receipt.answer.accepted
    assert "lr" in receipt.answer.before
    job.pace(30)
    job.inspect(2, "train")
    job.resume()
    with pytest.raises(errors.IllegalCommand, match="running"):
        job.resume()
    job.pause()
    _until(job, "paused")
    job.rewind(2)
    _until(job, "paused", step=2)
    job.finish_epoch()
    _until(job, "paused")
    job.stop()
    assert job.wait().state == "stopped"
    (child,) = job.fork(2, {"lr": 0.1})
    child.stop()
    parent = child.wait().parent
    assert parent is not None
    assert (parent.job, parent.step) == (job.id, 2)


def test_refusals_are_the_exceptions_of_the_same_name(client: freedive.Client) -> None:
    with pytest.raises(errors.NotFound, match="no recipe `nonsense`"):
        client.submit("nonsense")
    with pytest.raises(errors.BadSpec) as refused:
        client.submit("spirals", epochs=0)
    assert refused.value.position == "spec.epochs"
    with pytest.raises(errors.NotFound):
        client.job("none").pause()
    with (
        freedive.Client("http://127.0.0.1:9") as nobody,
        pytest.raises(errors.Unavailable, match="No Freedive server"),
    ):
        nobody.submit("spirals")


async def test_the_same_with_asyncio(server: Live) -> None:
    async with freedive.AsyncClient(server.url) as client:
        job = await client.submit(spirals(epochs=2).model_dump(mode="json"))
        states = [event.state async for event in job.events() if isinstance(event, StateChanged)]
        assert states[-1] == "finished"
        assert len(await job.metrics()) == (await job.info()).step
        assert job.id in [info.id async for info in client.infos()]
        with pytest.raises(errors.IllegalCommand):
            await job.pause()
        (child,) = await job.fork(3)
        assert (await child.wait()).state == "finished"
        assert len((await child.predict([[0.0, 0.0]])).outputs) == 1
        assert "torch" in await child.code()
        await child.delete()


def test_following_survives_the_servers_death(tmp_path: Path) -> None:
    with live(tmp_path, FREEDIVE_CHECKPOINT_SECONDS="0.2") as first:
        port = first.url.rpartition(":")[2]
        client = freedive.Client(first.url)
        job = client.submit(spirals(epochs=3, pace=40))
        halfway, steps, kinds = threading.Event(), list[int](), list[str]()

        def follow() -> None:
            for event in job.events():
                kinds.append(event.type)
                if event.type == "rewound":
                    steps[:] = [step for step in steps if step <= event.step]
                if isinstance(event, Metrics):
                    steps.extend(range(event.first_step, event.first_step + event.values.shape[0]))
                    if len(steps) > 10:
                        halfway.set()

        thread = threading.Thread(target=follow)
        thread.start()
        assert halfway.wait(60)
        first.kill()
    with live(tmp_path, "--port", port):
        thread.join(90)
        assert not thread.is_alive()
        assert "rewound" in kinds
        assert steps == list(range(1, job.info().step + 1))
    client.close()


def _until(job: freedive.client.RemoteJob, state: str, step: int | None = None) -> None:
    """Follow until the job is in a state, at a step."""
    info = job.info()
    if info.state == state and step in (None, info.step):
        return
    for event in job.events():
        if isinstance(event, StateChanged) and event.state == state and step in (None, event.step):
            return
    raise AssertionError(f"the job ended before it was {state}")
