"""Alive, able to work, and figures for Prometheus."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from freedive.protocol.jobs import WorkerInfo

from ..site import API, Site, site
from .test_jobs import submitted, trained


@pytest.fixture
async def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Site]:
    async with site(monkeypatch, tmp_path) as made:
        yield made


@pytest.mark.parametrize("prefix", ["", API])
async def test_alive_at_both_addresses(here: Site, prefix: str) -> None:
    assert (await here.client.get(f"{prefix}/healthz")).json()["status"] == "ok"


async def test_ready_only_when_a_job_could_start(here: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (await here.client.get("/readyz")).json() == {
        "ready": True,
        "workers_ready": 1,
        "workers": 1,
        "reason": None,
    }
    monkeypatch.setattr(here.executor, "workers", lambda: [WorkerInfo(id=1, state="starting")])
    answer = await here.client.get("/readyz")
    assert answer.status_code == 503
    assert "warming up" in answer.json()["reason"]
    monkeypatch.undo()
    here.service.log.trouble = "database or disk is full"
    answer = await here.client.get("/readyz")
    assert answer.status_code == 503
    assert "disk is full" in answer.json()["reason"]
    here.service.log.trouble = None


async def test_figures_are_in_prometheus_text(here: Site) -> None:
    job = await trained(here, [1.0, 1.0])
    await submitted(here)
    answer = await here.client.get(f"{API}/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    figures = dict(line.rsplit(" ", 1) for line in answer.text.splitlines() if not line.startswith("#"))
    assert all(re.fullmatch(r'freedive_\w+(\{\w+="[^"]*"\})?', name) for name in figures)
    assert figures['freedive_jobs{state="running"}'] == "1"
    assert figures['freedive_jobs{state="queued"}'] == "1"
    assert figures[f'freedive_steps{{job="{job}"}}'] == "2"
    assert float(figures["freedive_memory_bytes"]) > 1e7
    named = {line.split()[2] for line in answer.text.splitlines() if line.startswith("# TYPE")}
    assert {name.partition("{")[0] for name in figures} == named


async def test_workers_and_who_waits(here: Site) -> None:
    await submitted(here)
    waiting = await submitted(here)
    found = (await here.client.get(f"{API}/workers")).json()
    assert found["queued"] == [waiting]
    assert found["devices"][0]["name"] == "cpu"


async def test_the_catalog_has_everything_that_can_be_chosen(here: Site) -> None:
    found = (await here.client.get(f"{API}/catalog")).json()
    assert {"datasets", "models", "losses", "optimizers"} <= set(found["entries"])
    assert "spirals" in [recipe["name"] for recipe in found["recipes"]]
    assert found["train_schema"]["properties"]["dataset"]
