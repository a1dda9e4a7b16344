"""MXNet's own rules on torch: shapes of reductions, float comparisons, overwritten gradients, gluon's loops."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from freedive.lab import evaluate


def run(source: str, *watch: str) -> dict[str, Any]:
    answer = evaluate({"source": source, "dialect": "mxnet", "watch": list(watch)})
    assert answer["status"] == "ok", answer["error"] or [s["error"] for s in answer["statements"]]
    return answer


def value(source: str, expression: str) -> Any:
    watched = run(source, expression)["watch"][0]
    assert watched["error"] is None, watched["error"]
    return watched["value"]


HEAD = "from mxnet import nd, autograd, gluon, init\nfrom mxnet.gluon import nn\n"


@pytest.mark.parametrize(
    ("expression", "data", "dtype"),
    [
        ("nd.array([[1, 2], [3, 4]]).sum()", [10.0], "float32"),
        ("nd.array([[1, 2], [3, 4]]).sum(axis=0)", [4.0, 6.0], "float32"),
        ("nd.array([[1, 2], [3, 4]]).sum(axis=0, exclude=True)", [3.0, 7.0], "float32"),
        ("nd.array([1, 5, 2]) == nd.array([1, 2, 2])", [1.0, 0.0, 1.0], "float32"),
        ("nd.array([[1, 5, 2]]).argmax(axis=1)", [1.0], "float32"),
        ("nd.arange(6).reshape((2, 3)).T", [[0.0, 3.0], [1.0, 4.0], [2.0, 5.0]], "float32"),
        ("nd.arange(6).reshape((0, -1))", [[0.0], [1.0], [2.0], [3.0], [4.0], [5.0]], "float32"),
        ("nd.concat(nd.ones((1, 2)), nd.zeros((1, 2)), dim=0)", [[1.0, 1.0], [0.0, 0.0]], "float32"),
        (
            "nd.take(nd.array([[1, 2], [3, 4], [5, 6]]), nd.array([2, 0]))",
            [[5.0, 6.0], [1.0, 2.0]],
            "float32",
        ),
        ("nd.pick(nd.array([[1, 2], [3, 4]]), nd.array([0, 1]))", [1.0, 4.0], "float32"),
        ("nd.one_hot(nd.array([2, 0]), 3)", [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]], "float32"),
        ("nd.array([1, 2]).astype('int32')", [1, 2], "int32"),
    ],
)
def test_functions_follow_mxnet(expression: str, data: Any, dtype: str) -> None:
    found = value(HEAD, expression)
    assert (found["data"], found["dtype"], found["kind"]) == (data, dtype, "ndarray")


def test_a_second_backward_overwrites_the_gradient() -> None:
    source = HEAD + (
        "x = nd.array([1., 2., 3.])\nx.attach_grad()\n"
        "for i in range(2):\n    with autograd.record():\n        y = x * x\n    y.backward()\n"
    )
    assert value(source, "x.grad")["data"] == [2.0, 4.0, 6.0]


def test_gradients_add_where_grad_req_says_so() -> None:
    source = HEAD + (
        "x = nd.array([1., 2.])\nx.attach_grad(grad_req='add')\n"
        "for i in range(2):\n    with autograd.record():\n        y = x * x\n    y.backward()\n"
    )
    assert value(source, "x.grad")["data"] == [4.0, 8.0]


def test_nothing_is_recorded_outside_record() -> None:
    answer = evaluate({"source": HEAD + "x = nd.ones(2)\nx.attach_grad()\ny = x * 2\ny.backward()", "dialect": "mxnet"})  # fmt: skip
    assert answer["status"] == "error"
    assert "autograd.record()" in answer["error"]["message"]


def test_arrays_print_as_in_mxnet() -> None:
    answer = run(HEAD + "print(nd.zeros((2, 3)))")
    assert answer["output"] == f"\n{np.zeros((2, 3), np.float32)}\n<NDArray 2x3 @cpu(0)>\n"


def test_writing_in_place_keeps_the_object_and_its_memory() -> None:
    source = HEAD + "x = nd.zeros(3)\nbefore = id(x)\nv = x[0:2]\nx[:] = 7\nx += 1\nsame = id(x) == before\n"
    assert value(source, "same")["data"] is True
    assert value(source, "v")["data"] == [8.0, 8.0]


def test_a_block_of_the_snippet_trains_like_torch() -> None:
    """One step of SGD on a linear model, against torch itself."""
    source = HEAD + (
        "class Net(nn.Block):\n"
        "    def __init__(self, **kwargs):\n"
        "        super().__init__(**kwargs)\n"
        "        self.out = nn.Dense(1)\n"
        "    def forward(self, x):\n"
        "        return self.out(x)\n"
        "net = Net()\nnet.initialize(init.Constant(0.5))\n"
        "X = nd.array([[1., 2.], [3., 4.]])\ny = nd.array([1., 2.])\n"
        "loss = gluon.loss.L2Loss()\n"
        "trainer = gluon.Trainer(net.collect_params(), 'sgd', {'learning_rate': 0.1, 'momentum': 0.9})\n"
        "for i in range(3):\n"
        "    with autograd.record():\n"
        "        l = loss(net(X), y)\n"
        "    l.backward()\n"
        "    trainer.step(2)\n"
    )
    answer = run(source, "net.out.weight.data()", "net.out.bias.data()")
    weight = torch.full((1, 2), 0.5, requires_grad=True)
    bias = torch.zeros(1, requires_grad=True)
    optimizer = torch.optim.SGD([weight, bias], lr=0.1, momentum=0.9)
    x, y = torch.tensor([[1.0, 2.0], [3.0, 4.0]]), torch.tensor([1.0, 2.0])
    for _ in range(3):
        optimizer.zero_grad()
        (((x @ weight.T + bias).squeeze(1) - y) ** 2 / 2).mean().backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    got = [watched["value"]["data"] for watched in answer["watch"]]
    np.testing.assert_allclose(got[0], weight.detach().numpy(), rtol=1e-5)
    np.testing.assert_allclose(got[1], bias.detach().numpy(), rtol=1e-5)


def test_shapes_are_settled_by_the_first_batch() -> None:
    source = HEAD + "net = nn.Sequential()\nnet.add(nn.Conv2D(6, 5), nn.MaxPool2D(2), nn.Dense(10))\nnet.initialize()\n"  # fmt: skip
    answer = evaluate({"source": source + "net[0].weight.data()", "dialect": "mxnet"})
    assert "deferred" in answer["error"]["message"]
    assert value(source + "y = net(nd.ones((2, 1, 28, 28)))\n", "y.shape")["items"][1]["data"] == 10


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        ("gluon.loss.L1Loss()", torch.nn.L1Loss(reduction="none")),
        ("gluon.loss.HuberLoss()", torch.nn.SmoothL1Loss(reduction="none")),
        ("gluon.loss.SigmoidBCELoss()", torch.nn.BCEWithLogitsLoss(reduction="none")),
    ],
)
def test_losses_give_one_number_for_each_example(mine: str, theirs: torch.nn.Module) -> None:
    source = HEAD + "p = nd.array([[0.5, -2.0], [3.0, 0.1]])\nt = nd.array([[0., 1.], [1., 0.]])\n"
    p, t = torch.tensor([[0.5, -2.0], [3.0, 0.1]]), torch.tensor([[0.0, 1.0], [1.0, 0.0]])
    np.testing.assert_allclose(
        value(source, f"{mine}(p, t)")["data"], theirs(p, t).mean(1).numpy(), rtol=1e-5
    )


def test_shapes_that_do_not_broadcast_name_the_axis() -> None:
    answer = evaluate({"source": HEAD + "nd.ones((2, 3)) + nd.ones((2, 4))", "dialect": "mxnet"})
    op = answer["ops"][-1]
    assert op["explanation"]["conflict_axis"] == -1
    assert op["explanation"]["result"] is None
