"""The image and Compose agree with the settings and with each other; no engine is needed to see that."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from freedive.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
DOCKERFILE = (ROOT / "docker/Dockerfile").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker/compose.yaml").read_text())
PORT = Settings.model_fields["port"].default


def test_compose_finds_its_file_from_the_root() -> None:
    pointed_at = re.search(r"^COMPOSE_FILE=(.*)$", (ROOT / ".env").read_text(), re.M)
    assert pointed_at
    assert (ROOT / pointed_at[1]).samefile(ROOT / "docker/compose.yaml")


def test_compose_builds_this_dockerfile_from_the_root() -> None:
    build = COMPOSE["services"]["freedive"]["build"]
    context = ROOT / "docker" / build["context"]
    assert context.samefile(ROOT)
    assert (context / build["dockerfile"]).samefile(ROOT / "docker/Dockerfile")
    assert all(re.search(rf"^ARG {name}\b", DOCKERFILE, re.M) for name in build["args"])


@pytest.mark.parametrize("service", ["freedive", "gpu"])
def test_every_service_is_shut_in(service: str) -> None:
    told = COMPOSE["services"][service]
    assert told["read_only"] is True
    assert told["cap_drop"] == ["ALL"]
    assert told["security_opt"] == ["no-new-privileges:true"]
    assert 0 < told["pids_limit"] <= 1024
    assert told["ports"] == [f"127.0.0.1:{PORT}:{PORT}"]
    assert told["volumes"] == ["data:/data"]
    assert "data" in COMPOSE["volumes"]


def test_only_the_gpu_profile_asks_for_a_gpu() -> None:
    assert "profiles" not in COMPOSE["services"]["freedive"]
    assert "deploy" not in COMPOSE["services"]["freedive"]
    gpu = COMPOSE["services"]["gpu"]
    assert gpu["profiles"] == ["gpu"]
    assert gpu["deploy"]["resources"]["reservations"]["devices"][0]["capabilities"] == ["gpu"]


def test_every_variable_is_a_setting() -> None:
    named = set(re.findall(r"\bFREEDIVE_([A-Z_]+)=", DOCKERFILE))
    named |= {name.removeprefix("FREEDIVE_") for name in COMPOSE["services"]["freedive"]["environment"]}
    assert named == {"DATA_DIR", "TOKEN"}
    assert {name.lower() for name in named} <= Settings.model_fields.keys()


def test_the_image_runs_as_nobody_in_particular() -> None:
    stages = DOCKERFILE.split("\nFROM ")
    user = re.search(r"^USER (\d+):(\d+)$", stages[-1], re.M)
    assert user
    assert int(user[1]) > 0
    assert f"--uid {user[1]}" in stages[-1]
    assert f"EXPOSE {PORT}\n" in stages[-1]


def test_torch_in_the_image_is_torch_of_the_package() -> None:
    pinned = re.search(r'^ARG TORCH="(.*)"$', DOCKERFILE, re.M)
    assert pinned
    assert f'"{pinned[1]}"' in (ROOT / "pyproject.toml").read_text()


@pytest.mark.parametrize(("status", "healthy"), [(200, True), (503, False)])
def test_the_health_check_tells_a_good_answer_from_a_bad_one(status: int, healthy: bool) -> None:
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/healthz" else 404)
            self.end_headers()

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    told = re.search(r"^HEALTHCHECK .*?CMD (\[.*?\])$", DOCKERFILE, re.M | re.S)
    assert told
    program, *arguments = ast.literal_eval(told[1])
    assert program == "python"
    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        here = [argument.replace(f":{PORT}/", f":{server.server_port}/") for argument in arguments]
        check = subprocess.run([sys.executable, *here], capture_output=True, timeout=30, check=False)
        server.shutdown()
    assert (check.returncode == 0) is healthy
