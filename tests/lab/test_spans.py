"""Where operations stand in the source: the lines, the expressions and the runs that a picture is headed with."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.lab.conftest import Run

from freedive.protocol.traces import Answer


def cut(answer: dict[str, Any], span: list[int] | None) -> str | None:
    """What a span stands on."""
    if span is None:
        return None
    line, start, end, after = span
    lines = answer["source"].split("\n")[line - 1 : end]
    lines[-1] = lines[-1][: after - 1]
    lines[0] = lines[0][start - 1 :]
    return "\n".join(lines)


def told(answer: dict[str, Any]) -> list[tuple[str, list[Any]]]:
    """Each operation's expression, and what stands for each of its operands: a span, a name, or the value."""
    Answer.model_validate(json.loads(json.dumps(answer)))

    def operand(each: dict[str, Any]) -> Any:
        if "items" in each and "span" not in each:
            return [operand(item) for item in each["items"]]
        names = answer["tensors"][str(each["tensor"])]["names"] if "tensor" in each else []
        return cut(answer, each.get("span")) or (names[0] if names else each.get("value"))

    return [
        (cut(answer, op["span"]) or "", [operand(each) for each in op["operands"]]) for op in answer["ops"]
    ]


TORCH = "import torch\nfrom torch import nn\nt = torch.tensor([1., 2.], requires_grad=True)\nlr = 0.1\n"


@pytest.mark.parametrize(
    ("line", "want"),
    [
        ("4.9 * t ** 2", [("t ** 2", ["t", 2]), ("4.9 * t ** 2", [4.9, "t ** 2"])]),
        ("(t + 1).sum(dim=0)", [("t + 1", ["t", 1]), ("(t + 1).sum(dim=0)", ["t + 1", 0])]),
        ("torch.mul(t.exp(), lr)", [("t.exp()", ["t"]), ("torch.mul(t.exp(), lr)", ["t.exp()", "lr"])]),
        ("torch.stack([t, -t], dim=1)", [("-t", ["t"]), ("torch.stack([t, -t], dim=1)", [["t", "-t"], 1])]),
        ("t[0] > 1", [("t[0]", ["t", 0]), ("t[0] > 1", ["t[0]", 1])]),
        ("s = '中文'; t * lr", [("t * lr", ["t", "lr"])]),
        ("nn.ReLU()(t * 2)", [("t * 2", ["t", 2]), ("nn.ReLU()(t * 2)", ["t * 2"])]),
        ("y = t.detach(); y[0] = lr * 3", [("t.detach()", ["t"]), ("y[0] = lr * 3", ["y", 0, "lr * 3"])]),
        ("y = t.detach(); y -= lr", [("t.detach()", ["t"]), ("y -= lr", ["y", "lr"])]),
        ("(lambda x: x + 1)(t)", [("x + 1", ["x", 1])]),
    ],
)  # fmt: skip
def test_an_operation_tells_its_expression_and_those_of_its_operands(line: str, want: Any, run: Run) -> None:
    answer = run(TORCH + line)
    assert answer["status"] == "ok", answer["error"]
    assert told(answer)[1:] == want


@pytest.mark.parametrize(
    ("source", "want"),
    [
        ("import numpy as np\na = np.ones(2)\na.T @ (a * 2)", [("a.T", ["a"]), ("a * 2", ["a", 2]), ("a.T @ (a * 2)", ["a.T", "a * 2"])]),
        ("import tensorflow as tf\na = tf.ones(2)\n2 * tf.square(a)", [("tf.square(a)", ["a"]), ("2 * tf.square(a)", ["2", "tf.square(a)"])]),
        ("from mxnet import nd\na = nd.ones(2)\n2 * nd.dot(a, a + 1)", [("a + 1", ["a", 1]), ("nd.dot(a, a + 1)", ["a", "a + 1"]), ("2 * nd.dot(a, a + 1)", [2, "nd.dot(a, a + 1)"])]),
    ],
)  # fmt: skip
def test_so_do_those_of_other_dialects(source: str, want: Any, run: Run) -> None:
    assert told(run(source))[1:] == want


def test_an_operation_belongs_to_its_own_line_and_run(run: Run) -> None:
    source = """import torch
def double(x):
    return x * 2
x = torch.ones(1)
with torch.no_grad():
    for i in range(3):
        x = double(x) + i
class Net(torch.nn.Module):
    def forward(self, x):
        return x - 1
y = torch.nn.Sequential(Net(), torch.nn.ReLU())(x)"""
    answer = run(source)
    found = [(op["name"], op["line"], op["run"], op["statement"]) for op in answer["ops"]]
    assert found == [
        ("ones", 4, None, 2), ("mul", 3, 1, 3), ("add", 7, 1, 3), ("mul", 3, 2, 3), ("add", 7, 2, 3), ("mul", 3, 3, 3),
        ("add", 7, 3, 3), ("sub", 10, 1, 5), ("ReLU", 11, None, 5),
    ]  # fmt: skip
    assert told(answer)[6] == ("double(x) + i", ["double(x)", "i"])


def test_a_mended_source_is_what_spans_count_in(run: Run) -> None:
    answer = run(">>> import torch\n>>> x = torch.ones(2)\n>>> x + x * 3\ntensor([4., 4.])")
    assert [expression for expression, _ in told(answer)] == ["torch.ones(2)", "x * 3", "x + x * 3"]


def test_what_the_setup_computes_with_has_no_place(run: Run) -> None:
    answer = run("double(torch.ones(1)) + 1", setup="import torch\ndef double(x):\n    return x * 2")
    assert [(op["line"], cut(answer, op["span"])) for op in answer["ops"]] == [
        (1, "torch.ones(1)"), (1, None), (1, "double(torch.ones(1)) + 1"),
    ]  # fmt: skip


def test_an_error_after_wide_letters_tells_its_column_in_characters(run: Run) -> None:
    error = run("s = '中文'; x = s + 1")["error"]
    assert (error["line"], error["column"]) == (1, 15)


LOOP = "import torch\nx = torch.ones(2)\nfor i in range(1000):\n    y = x * 2\n    for j in range(2):\n        x = y - x\nz = x + y"


def test_every_line_of_a_long_loop_is_explained_in_its_first_and_last_run(run: Run) -> None:
    answer = run(LOOP)
    runs: dict[int, list[int]] = {}
    for op in answer["ops"]:
        if op["explanation"] is not None:
            runs.setdefault(op["line"], []).append(op["run"])
    assert runs[4][:2] == [1, 2]
    assert runs[4][-1] == 1000
    assert runs[6][-1] == 2000
    assert runs[7] == [None]
    assert answer["dropped"]
    last = next(op for op in answer["ops"] if op["line"] == 6 and op["run"] == 2000)
    assert answer["tensors"][str(last["outputs"][0])]["data"] == answer["inner"][1]["value"]["data"]
    assert answer["tensors"][str(last["inputs"][0])]["data"] == answer["inner"][0]["value"]["data"]


def test_a_change_in_place_in_the_last_run_tells_before_and_after(run: Run) -> None:
    source = "import torch\nx = torch.zeros(1)\nfor i in range(3000):\n    x += 1\n    y = x * 2"
    answer = run(source)
    changes = [op for op in answer["ops"] if op["name"] == "add_" and op["explanation"] is not None]
    assert (
        changes[-1]["run"],
        changes[-1]["explanation"]["before"],
        changes[-1]["explanation"]["after"],
    ) == (3000, [2999], [3000])


def test_the_last_run_is_told_in_numbers_even_when_others_go_without(run: Run) -> None:
    source = "import torch\nw = torch.ones(4, 4, requires_grad=True)\nfor i in range(200):\n    y = (w * i).t()\n    y.sum().backward()"
    answer = run(source)
    last = {op["name"]: op for op in answer["ops"] if op["run"] == 200}
    assert last["mul"]["explanation"]["backward"][0]["partial"] == [[199] * 4] * 4
    assert last["t"]["explanation"]["sources"]["maps"][0]["index"][:5] == [0, 4, 8, 12, 1]
    assert answer["tensors"][str(last["t"]["outputs"][0])]["data"] == [[199] * 4] * 4
