"""What tensors are called, in every dialect: variables under their own names, weights by their path."""

from __future__ import annotations

import json
from typing import Any

import pytest
import torch
from tests.lab.conftest import Run

from freedive.protocol.traces import Answer

TF = "import tensorflow as tf\nfrom tensorflow import keras\n"
MX = "from mxnet import autograd, gluon, nd\nfrom mxnet.gluon import nn\n"
TORCH = "import torch\nfrom torch import nn\n"


def traced(run: Run, source: str) -> dict[str, Any]:
    answer = run(source)
    assert answer["status"] == "ok", answer["error"]
    Answer.model_validate(json.loads(json.dumps(answer)))
    return answer


def names_in(answer: dict[str, Any], op: str) -> list[str]:
    """The first name of each input of the last operation with this name."""
    record = [each for each in answer["ops"] if each["name"] == op][-1]
    return [(answer["tensors"][str(i)]["names"] or [""])[0] for i in record["inputs"]]


@pytest.mark.parametrize(
    ("source", "op", "want"),
    [
        (TORCH + "w = [torch.ones(2), torch.zeros(2)]\nw[0] * w[1]", "mul", ["w[0]", "w[1]"]),
        (TORCH + "p = {'b': torch.ones(2), 3: torch.ones(2)}\np['b'] * p[3]", "mul", ["p['b']", "p[3]"]),
        (TORCH + "class A:\n    def __init__(self):\n        self.w = torch.ones(2)\n    def f(self):\n        return self.w * 2\nmodel = A()\nmodel.f()", "mul", ["model.w"]),
        (TORCH + "net = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 1))\nx = torch.ones(1, 2)\nnet(x)", "Linear", ["net.1.weight", "net.1.bias", ""]),
        (TORCH + "class N(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.inner = nn.Linear(2, 2)\n    def forward(self, x):\n        return self.inner(x)\nm = N()\nx = torch.ones(2)\nm(x)", "Linear", ["m.inner.weight", "m.inner.bias", "x"]),
        (TORCH + "x = torch.ones(2, requires_grad=True)\n(x * 2).sum().backward()\nx.grad * 3", "mul", ["x.grad"]),
        (TF + "v = tf.Variable([1., 2.])\nv * v", "mul", ["v", "v"]),
        (TF + "v = tf.Variable([1., 2.])\nwith tf.GradientTape() as t:\n    y = v * v", "mul", ["v", "v"]),
        (TF + "d = keras.layers.Dense(3)\nx = tf.ones((4, 3))\nd(x)", "matmul", ["x", "d.kernel"]),
        (TF + "model = keras.Sequential([keras.layers.Dense(2), keras.layers.Dense(1)])\nx = tf.ones((4, 3))\nmodel(x)", "matmul", ["", "dense_1.kernel"]),
        (MX + "x = nd.ones(2)\nx.attach_grad()\nwith autograd.record():\n    y = x * x", "mul", ["x", "x"]),
        (MX + "net = nn.Sequential()\nnet.add(nn.Dense(1))\nnet.initialize()\nx = nd.ones((2, 3))\nnet(x)", "Dense", ["x", "net[0].weight", "net[0].bias"]),
        (MX + "x = nd.array([1., 2.])\nx.attach_grad()\nwith autograd.record():\n    s = nd.dot(x, x)\n    y = 2 * s", "mul", ["s"]),
        ("import numpy as np\nw = (np.ones(2), np.zeros(2))\nw[0] * w[1]", "multiply", ["w[0]", "w[1]"]),
    ],
)  # fmt: skip
def test_tensors_are_called_by_their_names_and_paths(source: str, op: str, want: list[str], run: Run) -> None:
    assert names_in(traced(run, source), op) == want


@pytest.mark.parametrize(
    "source",
    [
        TORCH + "v = torch.tensor(3., requires_grad=True)\ny = v * v\ny.backward()",
        TF + "v = tf.Variable(3.)\nwith tf.GradientTape() as t:\n    y = v * v\ng = t.gradient(y, v)",
        TF + "v = tf.constant(3.)\nwith tf.GradientTape() as t:\n    t.watch(v)\n    y = v * v\ng = t.gradient(y, v)",
        MX + "v = nd.array([3.])\nv.attach_grad()\nwith autograd.record():\n    y = v * v\ny.backward()",
        MX + "v = nd.array([3.])\nv.attach_grad()\nwith autograd.record():\n    y = nd.dot(v, v)\ny.backward()",
    ],
)  # fmt: skip
@pytest.mark.parametrize("after", ["", "\n{}"])
def test_a_variable_is_one_leaf_on_one_storage_with_the_numbers_of_then(
    source: str, after: str, run: Run
) -> None:
    changes = {"torch": "v.data.mul_(0)", "tensorflow": "v.assign(0.)" if "Variable" in source else "0", "mxnet": "v[:] = 0"}  # fmt: skip
    change = next(text for name, text in changes.items() if name in source)
    answer = traced(run, source + after.format(change))
    graph = answer["graph"]
    assert [(node["kind"], node["names"]) for node in graph["nodes"]] == [("op", ["y"]), ("leaf", ["v"])]
    leaf = graph["nodes"][1]
    assert torch.tensor([leaf["value"], leaf["grad"]]).flatten().tolist() == [3, 6]
    assert [(edge["from"], edge["to"]) for edge in graph["edges"]] == [(1, 0), (1, 0)]
    assert sum(storage["names"].count("v") for storage in answer["storages"].values()) == 1
    product = next(op for op in answer["ops"] if op["name"] in ("mul", "dot"))
    assert product["inputs"] == [leaf["tensor"]] * 2


def test_weights_that_an_optimizer_changed_are_told_as_they_are_then(run: Run) -> None:
    source = "net = nn.Linear(1, 1, bias=False)\nopt = torch.optim.SGD(net.parameters(), lr=1.)\nx = torch.ones(1, 1)\nnet(x).sum().backward()\nopt.step()\nnet(x)"
    answer = traced(run, TORCH + source)
    first, second = (op for op in answer["ops"] if op["name"] == "Linear")
    before, after = (answer["tensors"][str(op["inputs"][0])] for op in (first, second))
    assert before["data"][0][0] - after["data"][0][0] == pytest.approx(1)
    assert before["names"] == after["names"] == ["net.weight"]
    assert answer["tensors"][str(second["outputs"][0])]["data"] == after["data"]


@pytest.mark.parametrize(
    "source",
    [
        "class A(nn.Module):\n    def __init__(self):\n        self.x = 1\ntry:\n    a = A()\nexcept AttributeError:\n    pass",
        "class A(nn.Module):\n    def __init__(self):\n        pass\na = A()",
        "d = {'k' * 5000: torch.ones(1), (1, 2): torch.ones(1)}\nx = d['k' * 5000] + 1",
        "import numpy as np\nimport pandas as pd\nf = [pd.DataFrame({'a': ['x', None]}), range(3), print, nn, (i for i in range(3))]",
    ],
)
def test_odd_things_are_passed_over(source: str, run: Run) -> None:
    answer = traced(run, TORCH + source)
    assert all(len(name) < 100 for tensor in answer["tensors"].values() for name in tensor["names"])


def test_a_self_holding_list_is_no_trap(run: Run) -> None:
    assert traced(run, TORCH + "w = [torch.ones(1)]\nw.append(w)\nw[0] + 1")["ops"][1]["inputs"] == [0]


def test_of_a_long_graph_the_part_next_to_its_root_is_given(run: Run) -> None:
    source = (
        "x = torch.ones(1, requires_grad=True)\ny = x\nfor i in range(300):\n    y = y * 1.01\ny.backward()"
    )
    graph = traced(run, TORCH + source)["graph"]
    assert (len(graph["nodes"]), graph["cut"], graph["roots"]) == (60, True, [0])
    assert all(edge["from"] == edge["to"] + 1 for edge in graph["edges"])


@pytest.mark.parametrize("turns", [3, 400])
def test_of_a_training_loop_the_last_graph_is_given_with_the_weights_of_then(turns: int, run: Run) -> None:
    source = f"net = nn.Linear(1, 1)\nopt = torch.optim.SGD(net.parameters(), 0.001)\nx = torch.ones(1, 1)\nfor i in range({turns}):\n    loss = (net(x) - 3) ** 2\n    opt.zero_grad()\n    loss.backward()\n    opt.step()"
    answer = traced(run, TORCH + source)
    graph = answer["graph"]
    assert graph["cut"]
    assert len(graph["roots"]) == 1
    assert graph["nodes"][graph["roots"][0]]["value"] == answer["inner"][0]["value"]["data"]
    leaves = {node["names"][0]: node for node in graph["nodes"] if node["kind"] == "leaf"}
    weight, bias = (leaves[name]["value"] for name in ("net.weight", "net.bias"))
    missing = weight[0][0] + bias[0] - 3
    assert graph["nodes"][0]["value"][0][0] == pytest.approx(missing**2, rel=1e-5)
    assert leaves["net.bias"]["grad"] == [pytest.approx(2 * missing, rel=1e-5)]


def test_two_small_graphs_are_both_given(run: Run) -> None:
    source = "x = torch.ones(1, requires_grad=True)\n(x * 2).backward()\n(x * 3).backward()"
    graph = traced(run, TORCH + source)["graph"]
    assert (len(graph["nodes"]), len(graph["roots"]), graph["cut"]) == (3, 2, False)
