"""Snippets whose answers must be the same behind the seal and without it; collected by `test_behind_the_seal` alone."""

from __future__ import annotations

import json
import math
import os
import re
from pathlib import Path
from typing import Any

import pytest
from tests.golden import write_tensorflow
from tests.lab.test_learners import blocks
from tests.sandbox.needs_much import SNIPPETS

from freedive.lab import Budget, evaluate

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "frontend" / "src" / "pages" / "lab" / "examples"
SEEDS = ROOT.parent / "shared" / "seeds" / "cases.jsonl"
LONG = Budget(seconds=20, wall=60)
CLOCKS = re.compile(r"\btime\b|perf_counter|\bid\(|timeit")
"""What differs from run to run by itself."""

Request = dict[str, Any]


def examples() -> dict[str, Request]:
    """The page's ready snippets, as TypeScript holds them."""
    found = {}
    for path in sorted(EXAMPLES.glob("*.ts")):
        for name, dialect, rest, source in re.findall(
            r"\{ id: '([^']+)'(?:, family: '\w+')?, dialect: '(\w+)'(.*?)source: code`\n(.*?)`", path.read_text("utf-8"), re.S
        ):  # fmt: skip
            watch = re.findall(r"'((?:[^'\\]|\\.)*)'", part[1]) if (part := re.search(r"watch: \[(.*?)\]", rest)) else []  # fmt: skip
            found[f"example {name}"] = {"source": source, "dialect": dialect, "watch": watch}
    return found


def learners() -> dict[str, Request]:
    found = {}
    for block in blocks():
        setup, code, lines = block.values
        dialect = "np" if "import torch" not in setup + code else "torch"
        found[f"learner {block.id}"] = {"source": code, "setup": setup, "session": lines, "dialect": dialect}
    return found


def golden() -> dict[str, Request]:
    found: dict[str, Request] = {}
    for file, dialect in (("tensorflow", "tf"), ("keras", "keras")):
        for family, source in write_tensorflow.snippets((write_tensorflow.HERE / f"{file}.txt").read_text()):
            request = {"source": "", "setup": write_tensorflow.SETUP, "session": True, "dialect": dialect}
            found.setdefault(f"{file} {family}", request)["source"] += source + "\n"
    return found


def seeds() -> dict[str, Request]:
    if not SEEDS.exists():
        return {}
    cases = [json.loads(line) for line in SEEDS.read_text("utf-8").splitlines()]
    return {
        f"seed {case['id']}": {"source": case["code"], "setup": case["setup"] or "", "dialect": case["dialect"], "session": case.get("session", False)}
        for case in cases
        if not case.get("ref_seconds")
    }  # fmt: skip


def needs_much() -> dict[str, Request]:
    return {f"needs {name}": {"source": source, "dialect": "auto"} for name, source in SNIPPETS.items()}


REQUESTS = {
    name: {**request, "seed": 0, "trace": False}
    for family in (needs_much, examples, learners, golden, seeds)
    for name, request in family().items()
    if not CLOCKS.search(request["source"])
}
PLAIN: dict[str, Any] = {}
"""The answers without the seal."""


def ask_without_the_seal(names: set[str]) -> None:
    """In a process of its own: whatever is loaded there for the first time must not stand ready here."""
    out, into = os.pipe()
    if os.fork() == 0:
        for name in [each for each in REQUESTS if each in names]:
            request = REQUESTS[name]
            line = json.dumps([name, evaluate(request, LONG)]) + "\n"
            os.write(into, line.encode())
        os._exit(0)
    os.close(into)
    with os.fdopen(out) as lines:
        for line in lines:
            name, answer = json.loads(line)
            PLAIN[name] = answer
    assert os.wait()[1] == 0


def difference(got: Any, want: Any, path: str = "") -> str | None:
    """Where two answers differ first."""
    if isinstance(want, dict) and isinstance(got, dict) and got.keys() == want.keys():
        return next((d for k in want if k != "elapsed_ms" and (d := difference(got[k], want[k], f"{path}.{k}"))), None)  # fmt: skip
    if isinstance(want, list) and isinstance(got, list) and len(got) == len(want):
        return next((d for i, each in enumerate(want) if (d := difference(got[i], each, f"{path}[{i}]"))), None)  # fmt: skip
    if isinstance(want, float) and isinstance(got, float):
        return None if math.isclose(got, want, rel_tol=1e-5, abs_tol=1e-7) else f"{path}: {got}, not {want}"
    return None if got == want else f"{path}: {str(got)[:300]}, not {str(want)[:300]}"


@pytest.mark.parametrize("name", REQUESTS)
def test_the_seal_changes_nothing(name: str) -> None:
    answer = json.loads(json.dumps(evaluate(REQUESTS[name], LONG)))
    assert difference(answer, PLAIN[name]) is None


@pytest.mark.parametrize("name", [name for name in REQUESTS if name.startswith("needs")])
def test_what_needs_much_runs_to_its_end(name: str) -> None:
    assert PLAIN[name]["status"] == "ok", PLAIN[name]["error"]


@pytest.mark.parametrize(
    "call",
    ["corr(s, method='spearman')", "interpolate(method='cubic')", "rolling(2, win_type='triang').mean()"],
)
def test_what_needs_a_library_that_is_not_there_says_so(call: str) -> None:
    answer = evaluate({"source": f"import pandas as pd\ns = pd.Series([1., 2., 4., None, 5.])\ns.{call}"})
    assert answer["status"] == "rejected"
    assert "needs scipy, which the lab does not have" in answer["error"]["message"]
