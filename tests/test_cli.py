"""The command line: what it prints for people and for programs, and what it says when something is wrong."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from freedive import __version__
from freedive.app import create_app
from freedive.catalog.listing import catalog
from freedive.catalog.recipes import recipes
from freedive.cli import main
from freedive.cli.serving import listen
from freedive.errors import Unavailable
from freedive.jobs.database import DataFolder
from freedive.settings import Settings

from .site import API, live, server_socket


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["version"]) == 0
    assert capsys.readouterr().out == f"{__version__}\n"


def test_the_schema_is_that_of_the_application(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    assert json.loads(capsys.readouterr().out) == create_app(Settings()).openapi()


def test_training_ends_with_one_object(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [
        "train",
        "spirals",
        "--json",
        "--data-dir",
        str(tmp_path),
        "--set",
        "epochs=2",
        "--set",
        "seed=3",
    ]
    assert main(arguments) == 0
    out = capsys.readouterr().out
    result = json.loads(out)
    assert out.count("\n") == 1
    assert (result["spec"]["epochs"], result["spec"]["seed"]) == (2, 3)
    assert result["steps"] > 0
    assert result["seconds"] > 0
    assert set(result["metrics"]) == {"train", "validation", "test"}
    assert 0 <= result["metrics"]["test"]["accuracy"] <= 1
    assert main(arguments) == 0
    again = json.loads(capsys.readouterr().out)
    assert again["metrics"] == result["metrics"]


def test_training_shows_a_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "line", "--data-dir", str(tmp_path), "--set", "epochs=1"]) == 0
    out = capsys.readouterr().out
    assert "validation" in out
    assert "steps in" in out


def test_a_change_of_kind_begins_at_its_defaults(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    changes = ["--set", "optimizer.kind=sgd", "--set", "optimizer.lr=0.25", "--set", "epochs=1"]
    assert main(["train", "spirals", "--json", "--data-dir", str(tmp_path), *changes]) == 0
    spec = json.loads(capsys.readouterr().out)["spec"]
    assert (spec["optimizer"]["kind"], spec["optimizer"]["lr"]) == ("sgd", 0.25)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["train", "nonsense"], "no recipe `nonsense`"),
        (["train", "line", "--set", "epochs=0"], "greater than or equal to 1"),
        (["train", "line", "--set", "epochs"], "KEY=VALUE"),
        (["train", "line", "--set", "optimiser.lr=1"], "optimiser"),
        (["train", "line", "--set", "optimizer.speed=1"], "speed"),
        (["jobs", "--url", "http://127.0.0.1:9"], "No Freedive server answers"),
        (["serve", "--port", "70000"], "70000"),
        (["serve", "--workers", "0"], "workers"),
        (["serve", "--port", "0", "--host", "203.0.113.7"], "203.0.113.7"),
    ],
)
def test_failures_are_sentences(arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 1
    said = capsys.readouterr()
    assert says in said.err
    assert said.err.startswith("freedive: ")
    assert "Traceback" not in said.err
    assert said.out == ""


def test_wrong_arguments_are_shown_how_to_be_right(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["sail"])
    assert ended.value.code == 2
    assert "serve" in capsys.readouterr().err


def test_recipes_and_datasets_are_all_listed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "list"]) == 0
    listed = capsys.readouterr().out
    assert all(recipe.name in listed for recipe in recipes())
    assert main(["datasets", "--json", "--data-dir", str(tmp_path)]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["kind"] for row in rows] == [entry.kind for entry in catalog().entries["datasets"]]
    assert {row["kind"]: row["here"] for row in rows}["fashion-mnist"] is False
    assert main(["datasets", "--data-dir", str(tmp_path)]) == 0
    assert "fetched on demand" in capsys.readouterr().out


def test_the_doctor_looks_at_everything(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["doctor", "--json", "--data-dir", str(tmp_path)])
    findings = json.loads(capsys.readouterr().out)
    assert {"Python", "torch", "Devices", "Memory", "Data folder"} <= {f["name"] for f in findings}
    assert status == (0 if all(finding["ok"] for finding in findings) else 1)
    assert main(["doctor", "--data-dir", str(tmp_path)]) == status
    assert "Python" in capsys.readouterr().out


# ── serve ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_taken_port_gives_the_next_free_one() -> None:
    with server_socket() as taken:
        port = taken.getsockname()[1]
        with listen("127.0.0.1", port) as found:
            assert port < found.getsockname()[1] <= port + 50
    with listen("127.0.0.1", 0) as any_port:
        assert any_port.getsockname()[1] > 0


def test_when_every_port_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("freedive.cli.serving.PORTS_TRIED", 1)
    with server_socket() as taken, pytest.raises(Unavailable, match="taken") as refused:
        listen("127.0.0.1", taken.getsockname()[1])
    assert "--port" in str(refused.value.hint)


def test_what_is_wrong_with_the_data_folder_is_said_before_anything_starts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    DataFolder(tmp_path).close()
    database = sqlite3.connect(tmp_path / "freedive.db")
    database.execute("PRAGMA user_version = 99")
    database.close()
    assert main(["serve", "--port", "0", "--data-dir", str(tmp_path)]) == 1
    assert "newer Freedive" in capsys.readouterr().err


def test_a_server_for_others_prints_a_token_and_wants_it(tmp_path: Path) -> None:
    with live(tmp_path, "--host", "0.0.0.0") as server:
        address, _, token = server.url.partition("/?token=")
        assert len(token) >= 32
        local = f"http://127.0.0.1:{address.rpartition(':')[2]}"
        assert httpx.get(f"{local}/healthz").status_code == 200
        assert httpx.get(f"{local}{API}/jobs").status_code == 403
        assert (
            httpx.get(f"{local}{API}/jobs", headers={"Authorization": f"Bearer {token}"}).status_code == 200
        )
        command = [sys.executable, "-m", "freedive", "jobs", "--url", local, "--json"]
        environment = {**os.environ, "PYTHONPATH": "server"}
        listed = subprocess.run(
            [*command, "--token", token], capture_output=True, text=True, check=True, env=environment
        )
        assert json.loads(listed.stdout) == []
        second = subprocess.run(
            [sys.executable, "-m", "freedive", "serve", "--port", "0", "--data-dir", str(tmp_path)],
            capture_output=True,
            text=True,
            check=False,
            env=environment,
        )
        assert second.returncode == 1
        assert f"process {server.process.pid}" in second.stderr
        assert token not in second.stderr


def test_a_token_that_a_person_chose_is_never_printed(tmp_path: Path) -> None:
    token = "my own words"
    with live(tmp_path, "--host", "0.0.0.0", "--log-level", "debug", FREEDIVE_TOKEN=token) as server:
        assert "?" not in server.url
        local = f"http://127.0.0.1:{server.url.rpartition(':')[2]}"
        assert httpx.get(local, params={"token": token}).status_code in (
            200,
            503,
        )  # 503: no page in a checkout
        assert httpx.get(f"{local}{API}/jobs", params={"token": token}).status_code == 200
        bearer = {"Authorization": f"Bearer {token}"}
        with pytest.raises(InvalidStatus):
            connect(f"ws{local.removeprefix('http')}{API}/stream?job=none", additional_headers=bearer)
        said = server.end()
    assert "GET /api/v1/jobs" in said
    assert "my%20own" not in said
    assert "my+own" not in said
    assert token not in said
