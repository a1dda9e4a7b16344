"""The lab's own tests once more, each in a process that is sealed first, on every kind of processor that this one can be.

Torch has other code for other processors, some of it written while it runs, which a seal forbids; and what a library
loads late is out of reach there. Neither shows in a process that may do what it likes.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from freedive.sandbox.zygote_process import bare_environment

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the seal is made of Linux's parts")

ROOT = Path(__file__).resolve().parents[2]
PROPERTIES = [f"tests/lab/test_{name}.py" for name in ("looking", "printing", "provenance")]
ROWS = ["tests/lab/test_tables.py", "tests/lab/test_whole_products.py"]
SNIPPETS = "tests/sandbox/same_answers.py"
NAMES = "tests/sandbox/every_name.py"

FEWER = "(needs or example or not same_answers) and not large"
RUNS = {
    "as it is": ("", [SNIPPETS, NAMES, *ROWS, *PROPERTIES], "not large"),
    "avx512": ("avx512", [SNIPPETS], "needs"),
    "avx2": ("avx2", [SNIPPETS, *ROWS, *PROPERTIES], f"{FEWER} and not a_cell_of_every_function"),
    "default": ("default", [SNIPPETS, ROWS[0]], FEWER),
}
"""Which processor to be (none, and torch chooses), which tests, and which of them."""

OPTIONS = [
    "--import-mode=importlib", "-W", "error", "-c", os.devnull, f"--rootdir={ROOT}", "--noconftest", "-p", "no:cacheprovider",
    "-p", "tests.sandbox.behind_the_seal", "--capture=no", "-q", "--tb=short",
]  # fmt: skip


@pytest.mark.parametrize("run", RUNS)
def test_the_labs_tests_pass_behind_the_seal(run: str) -> None:
    capability, files, only = RUNS[run]
    flags = Path("/proc/cpuinfo").read_text("utf-8")
    if not re.search({"avx512": r"\bavx512vl\b", "avx2": r"\bavx2\b"}.get(capability, ""), flags):
        pytest.skip(f"this processor has no {capability}")
    wanted = [*files, *(["-k", only] if only else [])]
    deaths: dict[str, str] = {}
    while True:  # goes on behind whatever ended the process
        status, said = run_sealed(capability, [*wanted, *(f"--deselect={test}" for test in deaths)])
        if status >= 0:
            break
        test = re.findall(r"^begun (.*)$", said, re.M)[-1]
        assert test not in deaths, said[-4000:]
        deaths[test] = signal.Signals(-status).name
    assert status == 0, said[-8000:]
    assert re.search(r"\b\d+ passed", said)
    assert not deaths


def run_sealed(capability: str, arguments: list[str]) -> tuple[int, str]:
    environment = bare_environment() | {"PYTHONUNBUFFERED": "1", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    environment["ATEN_CPU_CAPABILITY"] = capability
    if not capability:
        del environment["ATEN_CPU_CAPABILITY"]
    environment["PYTHONPATH"] += f"{os.pathsep}{ROOT}"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *OPTIONS, *arguments],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=900,
    )
    return done.returncode, done.stdout
