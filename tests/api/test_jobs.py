"""Jobs over HTTP: what goes in, what comes out, and how it is refused."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from freedive.protocol.chunks import unframe
from freedive.protocol.events import Evaluated

from ..jobs.events import Rewound, metrics, picture, started
from ..scripted import spirals, until
from ..site import API, Site, site

SPEC = spirals().model_dump(mode="json")


@pytest.fixture
async def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Site]:
    async with site(monkeypatch, tmp_path) as made:
        yield made


async def submitted(here: Site, **fields: Any) -> str:
    answer = await here.client.post(f"{API}/jobs", json={"spec": SPEC, **fields})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def trained(here: Site, losses: list[float]) -> str:
    """A job that took these steps, one chunk for each three."""
    job = await submitted(here)
    here.executor.say(job, started())
    here.executor.go(job)
    for i in range(0, len(losses), 3):
        here.executor.say(job, metrics(i + 1, losses[i : i + 3]))
    await until(lambda: here.service.dispatcher.jobs[job].step == len(losses))
    return job


def refused(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The problem document of a refusal."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    assert (problem["status"], problem["code"]) == (status, code)
    assert problem["detail"]
    return problem


async def test_a_job_from_submission_to_deletion(here: Site) -> None:
    answer = await here.client.post(f"{API}/jobs", json={"spec": SPEC, "name": "mine", "tags": ["x"]})
    assert answer.status_code == 201
    info = answer.json()
    assert answer.headers["location"] == f"{API}/jobs/{info['id']}"
    assert answer.headers["cache-control"] == "no-store"
    at = f"{API}/jobs/{info['id']}"
    assert (await here.client.get(at)).json()["name"] == "mine"
    assert (await here.client.patch(at, json={"notes": "n"})).json()["notes"] == "n"
    assert [job["id"] for job in (await here.client.get(f"{API}/jobs?q=mine")).json()["jobs"]] == [info["id"]]
    assert (await here.client.get(f"{API}/jobs?state=finished")).json()["total"] == 0
    assert (await here.client.delete(at)).status_code == 204
    refused(await here.client.get(at), 404, "not_found")
    refused(await here.client.delete(at), 404, "not_found")


@pytest.mark.parametrize(
    ("change", "position", "says"),
    [
        ({"optimizer": {"kind": "adam", "lr": -1}}, "spec.optimizer.lr", "greater than 0"),
        ({"optimizer": {"kind": "adam", "lr": "fast"}}, "spec.optimizer.lr", "'fast'"),
        ({"epochs": 0}, "spec.epochs", "greater than or equal to 1; got 0"),
        ({"epoch": 3}, "spec.epoch", "not a field"),
        ({"optimizer": {"kind": "magic"}}, "spec.optimizer", "no kind `magic`"),
        ({"optimizer": {}}, "spec.optimizer", "the `kind` is missing"),
        ({"optimizer": 3}, "spec.optimizer", "object"),
        ({"probes": []}, "spec.probes", "expected an object with named fields; got []"),
        ({"pace": 1e-300}, "spec.pace", "greater than or equal to 0.01"),
        ({"pace": 1e308}, "spec.pace", "less than or equal to 10000"),
        ({"model": {"kind": "mlp", "layers": [{"width": 0}]}}, "spec.model.layers.0.width", "got 0"),
        ({"loss": {"kind": "mse"}}, "spec", "serves regression"),
    ],
)
async def test_a_bad_spec_names_field_bound_and_what_came(
    here: Site, change: dict[str, Any], position: str, says: str
) -> None:
    problem = refused(
        await here.client.post(f"{API}/jobs", json={"spec": {**SPEC, **change}}), 422, "bad_spec"
    )
    assert problem["position"] == position
    assert says in problem["detail"]


NOT_OURS = re.compile(
    r"freedive\.|\w+(Error|Exception)\b|\binstance of\b|pydantic|discriminator|\btag\b|validat|dictionary|list\[|float\[|"
    r"\.py\b|<class|TrainSpec|Choice|Wire|\bNone\b(?=`)"
)


WRONG: dict[str, list[Any]] = {
    "jobs": [
        {"spec": value}
        for value in list[Any]((None, 3, [], "x", {}, {"kind": "train"}, {"kind": "y"}, {"kind": None}))
    ],
    "outlines": [
        {**SPEC, name: value} for name in SPEC for value in list[Any]((None, [], {}, "x", {"kind": 3}, [{}]))
    ],
    "jobs/x/predictions": [
        {"inputs": value} for value in list[Any]((3, [3], [[]], [["x"]], [[[[None]]]], {}, None))
    ],
    "jobs/x/commands": [{}, 3, [], {"kind": "set"}, {"kind": "set", "changes": 1}],
    "jobs/x/forks": [{"changes": value} for value in list[Any]((3, [3], [{}], [{"lr": "x"}]))],
}


@pytest.mark.parametrize(
    ("path", "body"), [(path, body) for path, bodies in WRONG.items() for body in bodies]
)
async def test_nothing_of_ours_is_named_in_a_refusal(here: Site, path: str, body: Any) -> None:
    answer = await here.client.post(f"{API}/{path}", json=body)
    if answer.status_code in (200, 201, 404):
        return
    problem = refused(answer, 422, answer.json()["code"])
    told = [problem["detail"], problem["position"], problem["hint"]]
    told += [text for each in problem["errors"] for text in (each["message"], each["position"], each["hint"])]
    assert not [text for text in told if text and NOT_OURS.search(text)]


async def test_shapes_that_do_not_fit_name_the_layer(here: Site) -> None:
    layers = [{"kind": "linear", "out_features": 8}, {"kind": "conv2d", "out_channels": 4, "kernel": 3}]
    spec = {**SPEC, "model": {"kind": "sequential", "layers": layers}}
    for path, body in (("jobs", {"spec": spec}), ("outlines", spec)):
        problem = refused(await here.client.post(f"{API}/{path}", json=body), 422, "shape_mismatch")
        assert problem["position"] == "model.layers.1"


async def test_an_outline_has_layers_and_sizes(here: Site) -> None:
    outline = (await here.client.post(f"{API}/outlines", json=SPEC)).json()
    assert outline["parameters"] == sum(layer["parameters"] for layer in outline["layers"]) > 0
    assert outline["total_steps"] == outline["steps_per_epoch"] * SPEC["epochs"]
    assert (await here.client.get(f"{API}/jobs")).json()["total"] == 0


async def test_several_wrong_fields_are_all_named(here: Site) -> None:
    problem = refused(
        await here.client.post(f"{API}/jobs", json={"spec": {**SPEC, "epochs": 0, "seed": -1}}),
        422,
        "bad_spec",
    )
    assert [error["position"] for error in problem["errors"]] == ["spec.epochs", "spec.seed"]


@pytest.mark.parametrize("body", [b"{", b"", b"[]", b"null", b"\xff\xfe", b'{"spec": NaN}'])
async def test_bodies_that_are_no_request(here: Site, body: bytes) -> None:
    answer = await here.client.post(f"{API}/jobs", content=body, headers={"content-type": "application/json"})
    refused(answer, 422, "bad_spec")


async def test_a_command_is_answered_and_an_illegal_one_says_why(here: Site) -> None:
    job = await trained(here, [1.0])
    receipt = (await here.client.post(f"{API}/jobs/{job}/commands", json={"kind": "pause"})).json()
    assert receipt["answer"]["accepted"] is True
    assert receipt["answer"]["id"] == receipt["id"]
    await until(lambda: here.service.dispatcher.jobs[job].state == "paused")
    problem = refused(
        await here.client.post(f"{API}/jobs/{job}/commands", json={"kind": "pause"}), 409, "illegal_command"
    )
    assert "is paused" in problem["detail"]
    refused(await here.client.post(f"{API}/jobs/{job}/commands", json={"kind": "dance"}), 422, "bad_spec")
    refused(
        await here.client.post(f"{API}/jobs/{job}/commands", json={"kind": "set", "changes": {}}),
        422,
        "bad_spec",
    )


async def test_events_come_as_json_or_as_the_stored_frames(here: Site) -> None:
    job = await trained(here, [3.0, 2.0, 1.0, 0.5])
    here.executor.say(job, picture(4))
    await until(lambda: here.service.log.frames(job))
    events = (await here.client.get(f"{API}/jobs/{job}/events")).json()
    assert [e["seq"] for e in events] == sorted(e["seq"] for e in events)
    rows = [e["values"] for e in events if e["type"] == "metrics"]
    assert rows[0]["shape"] == [3, 3]
    assert rows[0]["data"][0] == 3.0
    later = (await here.client.get(f"{API}/jobs/{job}/events?after={events[-2]['seq']}")).json()
    assert later == events[-1:]
    chosen = (await here.client.get(f"{API}/jobs/{job}/events?types=metrics,confusion")).json()
    assert [e["type"] for e in chosen] == ["metrics", "metrics", "confusion"]
    assert len((await here.client.get(f"{API}/jobs/{job}/events?limit=2")).json()) == 2
    packed = await here.client.get(f"{API}/jobs/{job}/events", headers={"accept": "application/msgpack"})
    assert packed.content == here.service.log.read(job, 0).frames
    assert [e["seq"] for _, group in unframe(packed.content) for e in group] == [e["seq"] for e in events]
    refused(await here.client.get(f"{API}/jobs/{job}/events?types=metric"), 422, "bad_spec")
    refused(await here.client.get(f"{API}/jobs/{job}/events?after=-1"), 422, "bad_spec")


async def test_metrics_as_columns_csv_and_downsampled_without_losing_peaks(here: Site) -> None:
    losses = np.random.default_rng(0).random(3000)
    losses[1234], losses[2345] = 50.0, -50.0
    job = await trained(here, losses.tolist())
    at = f"{API}/jobs/{job}/metrics"
    whole = (await here.client.get(at)).json()
    assert whole["steps"] == list(range(1, 3001))
    assert whole["columns"]["loss"] == pytest.approx(losses.astype(np.float32).tolist())
    few = (await here.client.get(f"{at}?points=200")).json()
    assert few["downsampled"]
    assert len(few["steps"]) <= 200
    assert {1, 1235, 2346, 3000} <= set(few["steps"])
    text = (await here.client.get(f"{at}?format=csv&names=loss")).text
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[0] == ["step", "loss"]
    assert [float(value) for _, value in rows[1:]] == whole["columns"]["loss"]


async def test_metrics_leave_out_what_a_rewind_took_back(here: Site) -> None:
    job = await trained(here, [1.0, 2.0, 3.0, 4.0])
    here.executor.say(job, Evaluated(step=2, epoch=0.2, split="validation", metrics={"loss": 0.5}))
    here.executor.say(job, Evaluated(step=4, epoch=0.4, split="validation", metrics={"loss": 9.0}))
    here.executor.say(job, Rewound(step=2, reason="command"), metrics(3, [30.0]))
    await until(lambda: here.service.dispatcher.jobs[job].step == 3)
    found = (await here.client.get(f"{API}/jobs/{job}/metrics")).json()
    assert (found["steps"], found["columns"]["loss"]) == ([1, 2, 3], [1.0, 2.0, 30.0])
    assert [e["step"] for e in found["evaluations"]] == [2]


async def test_the_scrubber_asks_for_frames_and_snapshots(here: Site) -> None:
    job = await trained(here, [1.0])
    for step in (0, 5, 9):
        here.executor.say(job, picture(step, step))
    await until(lambda: here.service.log.frames(job).get("confusion") == [0, 5, 9])
    assert (await here.client.get(f"{API}/jobs/{job}/frames")).json()["confusion"] == [0, 5, 9]
    (event,) = (await here.client.get(f"{API}/jobs/{job}/snapshots?step=7&types=confusion")).json()
    assert (event["step"], event["counts"]["data"]) == (5, [5])
    packed = await here.client.get(
        f"{API}/jobs/{job}/snapshots?step=7", headers={"accept": "application/msgpack"}
    )
    assert [
        e["step"] for _, events in unframe(packed.content) for e in events if e["type"] == "confusion"
    ] == [5]


async def test_forks_checkpoints_and_predictions_of_steps_that_do_not_exist(here: Site) -> None:
    job = await trained(here, [1.0, 1.0])
    refused(await here.client.post(f"{API}/jobs/{job}/forks", json={"step": 3}), 422, "bad_spec")
    made = await here.client.post(f"{API}/jobs/{job}/forks", json={"step": 1, "changes": [{"lr": 0.1}]})
    assert made.status_code == 201
    parent = made.json()[0]["parent"]
    assert (parent["job"], parent["step"], parent["changes"]["lr"]) == (job, 1, 0.1)
    assert (await here.client.get(f"{API}/jobs/{job}/checkpoints")).json() == []
    refused(await here.client.get(f"{API}/jobs/{job}/checkpoints/1"), 404, "not_found")
    refused(
        await here.client.post(f"{API}/jobs/{job}/predictions", json={"inputs": [[0, 0]], "step": 7}),
        404,
        "not_found",
    )
    refused(await here.client.post(f"{API}/jobs/{job}/predictions", json={"inputs": []}), 422, "bad_spec")


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", f"{API}/nothing", 404, "not_found"),
        ("PUT", f"{API}/jobs", 405, "method_not_allowed"),
        ("GET", f"{API}/jobs/none", 404, "not_found"),
        ("GET", f"{API}/jobs/none/events", 404, "not_found"),
        ("GET", f"{API}/jobs/none/metrics", 404, "not_found"),
        ("GET", f"{API}/jobs/none/frames", 404, "not_found"),
        ("GET", f"{API}/jobs?limit=0", 422, "bad_spec"),
        ("GET", f"{API}/jobs?cursor=x", 422, "bad_spec"),
        ("GET", f"{API}/uploads/none", 404, "not_found"),
        ("GET", "/assets/none.js", 404, "not_found"),
        ("POST", "/", 405, "method_not_allowed"),
    ],
)
async def test_every_refusal_is_a_problem_document(
    here: Site, method: str, path: str, status: int, code: str
) -> None:
    refused(await here.client.request(method, path), status, code)


async def test_a_fault_of_ours_is_a_problem_too(here: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise RuntimeError("a bug, with a secret in its message")

    monkeypatch.setattr(here.service, "workers", broken)
    problem = refused(await here.client.get(f"{API}/workers"), 500, "internal")
    assert "secret" not in str(problem)


async def test_an_upload_is_read_typed_and_found_again(here: Site) -> None:
    table = "size,kind,price\n" + "".join(f"{i},{'ab'[i % 2]},{i * 2.5}\n" for i in range(20))
    made = await here.client.post(
        f"{API}/uploads?name=prices.csv", content=table, headers={"content-type": "text/csv"}
    )
    assert made.status_code == 201, made.text
    upload = made.json()
    assert [c["type"] for c in upload["columns"]] == ["number", "category", "number"]
    assert (await here.client.get(made.headers["location"])).json() == upload
    bad = await here.client.post(f"{API}/uploads", content="a,b\n1", headers={"content-type": "text/csv"})
    refused(bad, 422, "bad_data")


async def test_a_preview_says_why_there_is_none(here: Site) -> None:
    assert (await here.client.post(f"{API}/previews", json=SPEC)).json() == {"data": None, "lacks": "picture"}
    await submitted(here)
    assert (await here.client.post(f"{API}/previews", json=SPEC)).json()["lacks"] == "worker"
    bad = {**SPEC, "dataset": {**SPEC["dataset"], "size": 1}}
    assert (await here.client.post(f"{API}/previews", json=bad)).status_code == 422
