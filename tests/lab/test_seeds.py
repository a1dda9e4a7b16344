"""The seed cases, in this process: every snippet of the notes shows what it must."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from freedive.lab import Budget, evaluate
from freedive.protocol.traces import Answer

SEEDS = Path(__file__).resolve().parents[2].parent / "shared" / "seeds"
pytestmark = pytest.mark.skipif(not SEEDS.exists(), reason="the seed cases are not beside this checkout")


def checker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("seeds_check", SEEDS / "check.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["seeds_check"] = module  # its dataclasses look themselves up
    spec.loader.exec_module(module)
    return module


def cases() -> list[dict[str, Any]]:
    if not SEEDS.exists():
        return []
    return [
        json.loads(line) for line in (SEEDS / "cases.jsonl").read_text("utf-8").splitlines() if line.strip()
    ]


@pytest.mark.parametrize("dialect", ["torch", "np", "tf", "mxnet", "keras"])
def test_all_cases_of_a_dialect_pass(dialect: str) -> None:
    check = checker()
    wrong = {}
    for case in cases():
        if case["dialect"] != dialect:
            continue
        request = {
            "source": case["code"], "setup": case.get("setup", ""), "dialect": dialect, "seed": 0,
            "watch": check.expressions(case["expect"]), "session": case.get("session", False), "trace": True,
        }  # fmt: skip
        answer = json.loads(json.dumps(evaluate(request, Budget(seconds=60, wall=240)), allow_nan=False))
        Answer.model_validate(answer)
        found = check.judge(case["expect"], check.Answer(answer))
        if found:
            wrong[case["id"]] = found
    assert not wrong
