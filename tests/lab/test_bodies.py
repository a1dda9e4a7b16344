"""Statements inside of others: what they gave when they last ran, and how often they did."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.lab.conftest import Run

from freedive.protocol.traces import Answer


def told(answer: dict[str, Any]) -> list[tuple[int, list[str], int, Any]]:
    """(line, target, runs, data) of each."""
    Answer.model_validate(json.loads(json.dumps(answer)))
    return [(e["line"], e["target"], e["runs"], (e["value"] or {}).get("data")) for e in answer["inner"]]


def test_each_kind_of_body_tells_its_statements(run: Run) -> None:
    source = """import torch
def f(x):
    '''A docstring is no result.'''
    y = x * 2
    return y
for i in range(3):
    a, b = i, f(i)
    if i > 1:
        b += 10
with torch.no_grad():
    c = torch.ones(2)
    c.sum()
class A:
    n: int = 4
    def go(self):
        self.m = 5
        yield self.m
x = list(A().go())
d = 1"""
    answer = run(source)
    assert answer["status"] == "ok", answer["error"]
    assert told(answer) == [
        (4, ["y"], 3, 4), (5, [], 3, 4), (7, ["(a, b)"], 3, None), (9, ["b"], 1, 14), (11, ["c"], 1, [1, 1]),
        (12, [], 1, 2), (14, ["n"], 1, 4), (16, ["self.m"], 1, 5), (17, [], 1, 5),
    ]  # fmt: skip
    assert [item["data"] for item in answer["inner"][2]["value"]["items"]] == [2, 4]
    assert [entry["statement"] for entry in answer["inner"]] == [2, 2, 2, 2, 3, 3, 4, 5, 5]


def test_a_tape_body_tells_its_lines(run: Run) -> None:
    source = "import tensorflow as tf\nx = tf.Variable(3.)\nwith tf.GradientTape() as t:\n    y = x * x\nt.gradient(y, x)"
    assert told(run(source)) == [(4, ["y"], 1, 9)]


def test_what_ran_before_a_failure_is_told(run: Run) -> None:
    answer = run("for i in range(5):\n    x = i\n    y = 1 / (2 - i)\n    z = y")
    assert answer["status"] == "error"
    assert told(answer) == [(2, ["x"], 3, 2), (3, ["y"], 2, 1), (4, ["z"], 2, 1)]


def test_setup_and_watches_tell_nothing(run: Run) -> None:
    answer = run("y = f(2)", setup="def f(x):\n    z = x + 1\n    return z", watch=["f(3)"])
    assert told(answer) == []
    answer = run("def f(x):\n    return x + 1\nf(2)", watch=["f(3)"])
    assert told(answer) == [(2, [], 1, 3)]


def test_a_value_is_that_of_its_own_statement(run: Run) -> None:
    source = "import torch\nw = torch.zeros(2)\nfor i in range(2):\n    w += 1\nw.zero_()"
    assert told(run(source))[0][3] == [2, 2]


def test_an_object_that_cannot_be_shown_harms_nothing(run: Run) -> None:
    source = (
        "class A:\n    def __repr__(self):\n        return 1 / 0\nfor i in range(2):\n    a = A()\n    b = i"
    )
    answer = run(source)
    assert answer["status"] == "ok", answer["error"]
    assert (6, ["b"], 2, 1) in told(answer)


def test_what_the_snippet_gives_up_is_not_kept_alive(run: Run) -> None:
    lines = [f"    t{i} = torch.ones(1000, 1000)" for i in range(40)]
    source = (
        "import torch\ndef f():\n"
        + "\n".join(lines)
        + "\n    return 0\nf()\nkept = torch.ones(2)\nkept.sum()"
    )
    held: list[int] = []

    def watch(told: dict[str, Any]) -> None:
        held.append(sum(entry["value"] is not None for entry in told["inner"]))

    watch(run(source))
    assert held[0] < 40 / 2  # 160 MB were made; a few of the last ones are shown
    assert held[0] >= 1


@pytest.mark.parametrize("body", ["rows", "torch.rand(30, 30)", "'x' * 5000"])
def test_many_statements_stay_within_the_answer(body: str, run: Run) -> None:
    source = "import torch\ndef f():\n" + f"    x = {body}\n" * 450 + "f()\nf()"
    answer = run(source, setup="rows = [[7] * 40] * 40")
    assert answer["status"] == "ok", answer["error"]
    assert len(answer["inner"]) == 400
    assert len(json.dumps(answer)) < 2 * 1024**2
