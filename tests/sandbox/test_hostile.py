"""Snippets that try to get out, to stop the lab or to wear it down, through a whole server; skipped where they are absent."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from ..site import live

CHECK = Path(__file__).resolve().parents[2].parent / "shared" / "security" / "check.py"


# Harmless, but one call of C that takes all of a run's seconds where other tests share the machine.
SLOW = ["a2-hash-collide-set", "a2-n-poly", "a2-plt-many"]


@pytest.mark.skipif(not CHECK.exists(), reason="the corpus of hostile snippets is not here")
@pytest.mark.parametrize(
    ("cases", "more"),
    [("hostile.jsonl", []), ("hostile-2.jsonl", ["--only", f"^(?!({'|'.join(SLOW)}) )"])],
)
def test_every_hostile_snippet_is_held(tmp_path: Path, cases: str, more: list[str]) -> None:
    for folder in (tmp_path, *tmp_path.parents[:3]):  # a run with another user must be able to fail the test
        folder.chmod(folder.stat().st_mode | 0o755)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    os.chmod(scratch, 0o777)
    plenty = {"FREEDIVE_LAB_CPU_SECONDS": "10000", "FREEDIVE_LAB_ADDRESS_CPU_SECONDS": "10000"}
    with live(tmp_path / "data", "--log-level", "error", **plenty) as server:
        command = [sys.executable, str(CHECK), "--url", server.url, "--scratch", str(scratch), "--fast"]
        command += ["--cases", str(CHECK.with_name(cases)), *more]
        done = subprocess.run(command, capture_output=True, text=True, timeout=480)
        report = done.stdout + done.stderr
        found = re.search(r"hostile: (\d+)/(\d+) in class, (\d+) hard failures", report)
        assert found, report
        assert found[3] == "0", report
        assert found[1] == found[2], report
        assert server.process.poll() is None
