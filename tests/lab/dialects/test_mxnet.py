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


@pytest.mark.parametrize(
    ("expression", "want"),
    [
        ("nd.Convolution(nd.ones((1, 1, 3, 3)), nd.ones((1, 1, 2, 2)), nd.zeros(1), kernel=(2, 2), num_filter=1)[0, 0]", [[4, 4], [4, 4]]),
        ("nd.Pooling(nd.arange(16).reshape((1, 1, 4, 4)), kernel=(2, 2), stride=(2, 2), pool_type='avg')[0, 0]", [[2.5, 4.5], [10.5, 12.5]]),
        ("nd.gather_nd(x, nd.array([[0, 1], [1, 2]]))", [1, 5]), ("nd.scatter_nd(nd.array([5, 6]), nd.array([[0, 2]]), (3,))", [5, 0, 6]),
        ("nd.SequenceMask(nd.ones((3, 2)), nd.array([1, 2]), True)", [[1, 1], [0, 1], [0, 0]]), ("nd.linalg.gemm2(x, x, transpose_b=True)", [[5, 14], [14, 50]]),
        ("nd.shape_array(nd.reshape(nd.ones((2, 3, 4)), shape=(-3, 0)))", [6, 4]),
        ("nd.pad(nd.ones((1, 1, 1, 1)), mode='constant', pad_width=(0, 0, 0, 0, 1, 1, 0, 0))[0, 0]", [[0], [1], [0]]), ("nd.cumsum(x, axis=1)", [[0, 1, 3], [3, 7, 12]]),
        ("nd.linalg.potrf(nd.array([[4., 2], [2, 2]]))", [[2, 0], [1, 1]]), ("nd.L2Normalization(nd.array([[3., 4.]]))", [[0.6, 0.8]]), ("nd.softmin(nd.zeros((1, 2)))", [[0.5, 0.5]]),
        ("nd.batch_take(x, nd.array([2, 0]))", [2, 3]), ("nd.broadcast_maximum(x, nd.array([[2.]]))", [[2, 2, 2], [3, 4, 5]]), ("nd.smooth_l1(nd.array([0.5, 3.]))", [0.125, 2.5]),
    ],
)  # fmt: skip
def test_the_rest_of_nd_gives_its_documented_values(expression: str, want: Any) -> None:
    found = value("from mxnet import nd\nx = nd.arange(6).reshape((2, 3))", expression)
    np.testing.assert_allclose(
        np.array(found["data"], dtype=float), np.array(want, dtype=float), rtol=1e-5, atol=1e-6
    )


def test_out_writes_where_it_is_told() -> None:
    source = "from mxnet import nd\nx, z = nd.ones((2, 2)), nd.zeros((2, 2))\nbefore = id(z)\nnd.elemwise_add(x, x, out=z)"
    assert value(source, "z")["data"] == [[2.0, 2.0], [2.0, 2.0]]
    assert value(source, "id(z) == before")["data"] is True


def test_numpys_names_record_and_keep_numpys_shapes() -> None:
    source = """
from mxnet import autograd, np, npx
npx.set_np()
x = np.arange(4.)
x.attach_grad()
with autograd.record():
    y = 2 * np.dot(x, x)
y.backward()
"""
    assert value(source, "x.grad")["data"] == [0.0, 4.0, 8.0, 12.0]
    assert value(source, "y")["shape"] == []
    assert value(source, "x > 1")["dtype"] == "bool"
    assert value(source, "repr(x)")["data"] == "array([0., 1., 2., 3.])"


@pytest.mark.parametrize(
    ("layer", "torchs"), [("RNN", torch.nn.RNN), ("LSTM", torch.nn.LSTM), ("GRU", torch.nn.GRU)]
)
def test_a_recurrent_layer_is_torchs(layer: str, torchs: Any) -> None:
    source = f"""
from mxnet import nd, init
from mxnet.gluon import rnn
net = rnn.{layer}(3, num_layers=2)
net.initialize(init.Constant(0.1))
x = nd.arange(20).reshape((5, 2, 2)) / 10
out, states = net(x, net.begin_state(batch_size=2))
"""
    made = torchs(2, 3, 2, **({"nonlinearity": "relu"} if layer == "RNN" else {}))
    for name, parameter in made.named_parameters():
        torch.nn.init.constant_(parameter, 0.0 if "bias" in name else 0.1)
    want, _ = made(torch.arange(20.0).reshape(5, 2, 2) / 10)
    np.testing.assert_allclose(np.array(value(source, "out")["data"]), want.detach().numpy(), rtol=1e-4)
    assert value(source, "len(states)")["data"] == (2 if layer == "LSTM" else 1)


def test_saved_parameters_come_back_and_own_functions_and_initializers_work() -> None:
    source = """
from mxnet import autograd, nd, init
from mxnet.gluon import nn
class Fill(init.Initializer):
    def _init_weight(self, name, data):
        data[:] = 2
class Twice(autograd.Function):
    def forward(self, x):
        return 2 * x
    def backward(self, dy):
        return 20 * dy
a, b = nn.Dense(1, in_units=2), nn.Dense(1, in_units=2)
a.initialize(Fill())
a.save_parameters('a.params')
b.load_parameters('a.params')
x = nd.array([1.])
x.attach_grad()
with autograd.record():
    y = Twice()(x)
y.backward()
"""
    assert value(source, "b.weight.data()")["data"] == [[2.0, 2.0]]
    assert value(source, "x.grad")["data"] == [20.0]


def test_a_number_of_one_element_can_be_formatted_as_books_do() -> None:
    answer = run("from mxnet import nd\nprint('loss %f' % nd.array([1.5]).mean().asnumpy())")
    assert answer["output"] == "loss 1.500000\n"


def test_a_block_uses_the_parameters_of_another_one() -> None:
    source = HEAD + (
        "shared = nn.Dense(3, activation='relu')\nnet = nn.HybridSequential()\n"
        "net.add(nn.Dense(3), shared, nn.Dense(3, params=shared.params), nn.Dense(1))\n"
        "net.initialize()\nnet(nd.ones((2, 3)))\nnet[1].weight.data()[0, 0] = 100\n"
    )
    assert value(source, "net[2].weight.data()[0, 0]")["data"] == [100.0]
    assert value(source, "net[2].weight is net[1].weight")["data"] is True
    assert value(source, "len(net.collect_params())")["data"] == 6
    refused = evaluate({"source": HEAD + "a = nn.Dense(3, in_units=2)\nnn.Dense(4, params=a.params)"})
    assert refused["statements"][-1]["error"]["type"] == "AssertionError"


@pytest.mark.parametrize(
    "layer",
    [
        "nn.Conv2D(2, 3, {})",
        "nn.BatchNorm({})",
        "nn.Embedding(4, 2, {})",
        "gluon.rnn.LSTM(3, {})",
        "nn.PReLU({})",
    ],
)
def test_every_layer_takes_a_prefix_and_parameters(layer: str) -> None:
    source = HEAD + f"a = {layer.format('prefix=' + repr('mine_'))}\nb = {layer.format('params=a.params')}\n"
    assert value(source, "list(a.collect_params().keys()) == list(b.collect_params().keys())")["data"] is True
    assert value(source, "all([k.startswith('mine_') for k in a.collect_params().keys()])")["data"] is True


def test_names_made_in_a_name_scope_begin_with_the_blocks_own() -> None:
    source = HEAD + (
        "class MLP(nn.Block):\n    def __init__(self, **kwargs):\n        super().__init__(**kwargs)\n"
        "        with self.name_scope():\n            self.h = nn.Dense(4)\n            self.o = nn.Dense(2)\n"
        "    def forward(self, x):\n        return self.o(self.h(x))\n"
        "a = MLP(prefix='mlp_')\nb = MLP(params=a.collect_params())\n"
    )
    names = ["mlp_dense0_weight", "mlp_dense0_bias", "mlp_dense1_weight", "mlp_dense1_bias"]
    assert [v["data"] for v in value(source, "list(a.collect_params().keys())")["items"]] == names
    assert value(source, "b.o.weight is a.o.weight and b.h.weight is a.h.weight")["data"] is True


def test_writing_to_a_part_of_the_weights_changes_the_layer() -> None:
    source = HEAD + (
        "net = nn.Dense(1, in_units=2)\nnet.initialize()\nnet.weight.data()[:] = 3\nw = net.weight.data()\n"
        "w[:] *= 2\nw[0, 0] += 1\nw += 1\n"
        "with autograd.record():\n    y = net(nd.ones((1, 2))).sum()\ny.backward()\n"
        "net.weight.data()[:] -= 0.5 * net.weight.grad()\n"
    )
    assert value(source, "net.weight.data()")["data"] == [[7.5, 6.5]]
    assert value(source, "net(nd.ones((1, 2)))")["data"] == [[14.0]]
    assert value(source, "w is net.weight.data()")["data"] is True


def test_an_initializer_of_ones_own_fills_weights_and_says_how_biases_begin() -> None:
    source = HEAD + (
        "class Own(init.Initializer):\n    def _init_weight(self, name, data):\n        data[:] = 2\n{}"
        "net = nn.Dense(2, in_units=1, bias_initializer=None)\nnet.initialize(Own())\n"
    )
    assert value(source.format(""), "net.bias.data()")["data"] == [0.0, 0.0]
    own = source.format("    def _init_bias(self, name, data):\n        data[:] = 5\n")
    assert value(own, "net.bias.data()")["data"] == [5.0, 5.0]
    assert value(own, "net.weight.data()")["data"] == [[2.0], [2.0]]


def test_a_child_may_be_registered_under_any_name() -> None:
    source = "from mxnet.gluon import nn\nnet = nn.Sequential()\nnet.register_child(nn.Dense(2), 7)\nnet.register_child(nn.Dense(3))\nlen(net)"
    answer = evaluate({"source": source})
    assert answer["status"] == "ok", answer["error"]
    assert answer["statements"][-1]["value"]["data"] == 2
