"""Findings: every rule says of its sick example what it must, on its line, and nothing of the mended one."""

from __future__ import annotations

import re
from typing import Any

import pytest
from tests.lab.conftest import Run

from freedive.lab import findings
from freedive.lab.findings import RULES, Example, Rule
from freedive.protocol.traces import Answer

EXAMPLES = [
    pytest.param(rule, example, id=f"{rule.code}-{number}")
    for rule in RULES
    for number, example in enumerate(rule.examples)
]


@pytest.fixture(autouse=True)
def strict(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(findings, "STRICT", True)


def changed(source: str, edit: dict[str, Any]) -> str:
    """The snippet with a mend made."""
    line, column, end, after = edit["span"]
    lines = source.split("\n")
    whole = lines[line - 1][: column - 1] + edit["text"] + lines[end - 1][after - 1 :]
    return "\n".join([*lines[: line - 1], whole, *lines[end:]])


def of(rule: str, answer: dict[str, Any]) -> list[dict[str, Any]]:
    return [each for each in answer["findings"] if each["code"] == rule]


def test_codes_are_names_of_their_own() -> None:
    codes = [rule.code for rule in RULES]
    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", code) for code in codes)
    assert all(rule.examples for rule in RULES)


@pytest.mark.parametrize(("rule", "example"), EXAMPLES)
def test_the_fault_is_found_on_its_line(rule: Rule, example: Example, run: Run) -> None:
    lines = [n for n, line in enumerate(example.sick.split("\n"), 1) if line.endswith("# <-")]
    source = example.sick.replace("  # <-", "")
    answer = run(source)
    (found,) = of(rule.code, answer)
    assert [found["line"]] == lines
    said = f"{found['cause']} | {found['mend']}"
    assert not [words for words in example.says if words not in said], said
    Answer.model_validate(answer)
    if answer["error"] is not None:
        assert found["severity"] == "error"
        elsewhere = "" if answer["error"]["line"] == found["line"] else f"line {found['line']}: "
        assert answer["error"]["hint"] == elsewhere + found["mend"]
    if found["edit"] is not None:
        mended = run(changed(source, found["edit"]))
        assert not of(rule.code, mended), "the edit mends it"
        assert mended["error"] is None


@pytest.mark.parametrize(("rule", "example"), EXAMPLES)
def test_nothing_is_said_of_what_is_well(rule: Rule, example: Example, run: Run) -> None:
    answer = run(example.healthy)
    assert answer["error"] is None, answer["error"]
    assert answer["findings"] == []


@pytest.mark.parametrize(
    "source",
    [
        # (N, 1) against (N,) for a table, a distance, an outer difference: no loss of it
        "import torch\na = torch.arange(3.)\nd = (a[:, None] - a) ** 2",
        "import torch\nlogits = torch.randn(2, 1)\nx = torch.randn(2)\ny = logits * x",
        # gradients that add up on purpose, over two batches for one step
        "import torch\nw = torch.ones(2, requires_grad=True)\no = torch.optim.SGD([w], 0.1)\nfor i in range(3):\n"
        "    o.zero_grad()\n    for j in range(2):\n        (w * w).sum().backward()\n    o.step()",
        # ... and without a step
        "import torch\nx = torch.ones(2, requires_grad=True)\nfor i in range(3):\n    (x * x).sum().backward()\n    print(x.grad)",
        # a gradient that is asked for before backward
        "import torch\nx = torch.ones(2, requires_grad=True)\nprint(x.grad)\n(x * x).sum().backward()",
        # targets as probabilities, soft labels
        "import torch\nimport torch.nn.functional as F\nloss = F.cross_entropy(torch.randn(2, 3), torch.softmax(torch.randn(2, 3), 1))",
        # a mask of -inf is what attention is made of
        "import torch\ns = torch.randn(3, 3).masked_fill(torch.ones(3, 3).triu(1).bool(), float('-inf'))\np = torch.softmax(s, dim=-1)",
        # the accuracy is computed with argmax, beside the loss
        "import torch\nimport torch.nn.functional as F\nz = torch.randn(4, 3, requires_grad=True)\ny = torch.tensor([0, 1, 2, 0])\n"
        "loss = F.cross_entropy(z, y)\nloss.backward()\nright = (z.argmax(1) == y).float().mean()",
        # an error that the snippet expects
        "import torch\nw = torch.ones(2, requires_grad=True)\ntry:\n    w += 1\nexcept RuntimeError as e:\n    print(e)",
        # the same layers under two names
        "import torch.nn as nn\nclass Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.a, self.b = nn.Linear(1, 1), nn.Linear(1, 1)\n"
        "        self.both = [self.a, self.b]\nnet = Net()",
        # a schedule shown by itself
        "import torch\nw = torch.ones(1, requires_grad=True)\no = torch.optim.SGD([w], 1.)\ns = torch.optim.lr_scheduler.StepLR(o, 2)\nfor i in range(4):\n    o.step()\n    s.step()",
        # truncated backpropagation done right
        "import torch, torch.nn as nn\nrnn = nn.RNN(2, 3)\nh = torch.zeros(1, 1, 3)\nfor i in range(3):\n    h = h.detach()\n    out, h = rnn(torch.randn(4, 1, 2), h)\n    out.sum().backward()",
        # all differences of pairs: Gini, a kernel between two samples
        "import numpy as np\nx = np.array([1., 2., 4.])\ngini = np.abs(x[:, None] - x).mean() / (2 * x.mean())",
        "import torch\nx, y = torch.randn(4), torch.randn(4)\nk = torch.exp(-(x[:, None] - y[None, :]) ** 2).mean()",
        # soft labels, by name and before the scores
        "import torch\nimport torch.nn.functional as F\nloss = F.cross_entropy(target=torch.softmax(torch.randn(2, 3), 1), input=torch.randn(2, 3))",
        "import torch\nimport torch.nn.functional as F\nloss = F.binary_cross_entropy_with_logits(target=torch.sigmoid(torch.randn(3)), input=torch.randn(3))",
        "import tensorflow as tf\nloss = tf.nn.softmax_cross_entropy_with_logits(labels=tf.nn.softmax(tf.constant([[1., 2.]])), logits=tf.constant([[2., 1.]]))",
        "from mxnet import nd, gluon\nz = nd.array([[2., 0.]])\nloss = gluon.loss.SoftmaxCrossEntropyLoss(sparse_label=False)(z, nd.softmax(nd.array([[1., 3.]])))",
        # what is to grow grows
        "import torch\nw = torch.tensor([3.], requires_grad=True)\no = torch.optim.SGD([w], lr=2., maximize=True)\nfor i in range(12):\n"
        "    gain = (w ** 2).sum()\n    o.zero_grad()\n    gain.backward()\n    o.step()",
        # detach where it belongs: a target network
        "import torch\nw = torch.ones(2, requires_grad=True)\ntarget = (w * 2).detach()\n((w - target) ** 2).sum().backward()",
    ],
)  # fmt: skip
def test_what_looks_like_a_fault_and_is_none(source: str, run: Run) -> None:
    answer = run(source)
    assert answer["error"] is None, answer["error"]
    assert answer["findings"] == []


def test_scores_are_found_by_their_name(run: Run) -> None:
    answer = run(
        "import tensorflow as tf\np = tf.nn.softmax(tf.constant([[2., 1.]]))\n"
        "loss = tf.nn.softmax_cross_entropy_with_logits(labels=tf.constant([[0., 1.]]), logits=p)"
    )
    assert [found["code"] for found in answer["findings"]] == ["softmax-before-softmax-loss"]


def test_numpy_keeps_an_axis_by_its_own_word(run: Run) -> None:
    (found,) = run("import numpy as np\nx = np.ones((2, 3))\ny = x - x.mean(axis=1)")["findings"]
    assert "keepdims=True" in found["mend"]
    assert found["edit"]["text"].endswith("keepdims=True")


def test_a_rule_that_fails_loses_no_answer(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: Any) -> Any:
        raise IndexError

    monkeypatch.setattr(findings, "STRICT", False)
    monkeypatch.setattr(findings, "RULES", (Rule("broken", "note", broken, ()), *RULES))
    answer = run("import torch\nimport torch.nn.functional as F\np = F.softmax(torch.ones(2, 2))")
    assert [each["code"] for each in answer["findings"]] == ["softmax-without-dim"]


def test_a_loop_says_it_once(run: Run) -> None:
    answer = run(
        "import torch\nimport torch.nn.functional as F\nfor i in range(50):\n    p = F.softmax(torch.ones(2, 2))"
    )
    assert [(each["code"], each["line"]) for each in answer["findings"]] == [("softmax-without-dim", 4)]


def test_without_a_trace_nothing_is_said(run: Run) -> None:
    assert (
        run("import torch\nimport torch.nn.functional as F\np = F.softmax(torch.ones(2, 2))", trace=False)[
            "findings"
        ]
        == []
    )


def test_an_error_that_a_missing_gradient_led_to_is_explained_by_it(run: Run) -> None:
    answer = run(
        "import torch\nw = torch.randn(3, requires_grad=True) * 0.01\n(w ** 2).sum().backward()\nw = w - 0.1 * w.grad"
    )
    assert answer["error"]["type"] == "TypeError"
    (found,) = answer["findings"]
    assert (found["code"], found["line"], found["severity"]) == ("hidden-leaf", 2, "error")
    assert answer["error"]["hint"] == f"line 2: {found['mend']}"


def test_a_gradient_of_one_of_several_outputs_is_no_error(run: Run) -> None:
    """backward through `out` alone calls the hooks of the states beside it with None."""
    answer = run(
        "import torch, torch.nn as nn\nlstm = nn.LSTM(2, 3)\nh = torch.zeros(1, 1, 3)\n"
        "out, (h, c) = lstm(torch.ones(4, 1, 2), (h, h))\nout.sum().backward()\ng = lstm.weight_hh_l0.grad.shape"
    )
    assert answer["error"] is None
