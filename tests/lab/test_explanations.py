"""What each kind of operation tells of itself."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from tests.lab.conftest import Run

SETUP = "import torch\nfrom torch import nn\nimport torch.nn.functional as F\n"


def explained(run: Run, source: str, name: str, setup: str = "") -> dict[str, Any]:
    answer = run(source, setup=SETUP + setup)
    assert answer["status"] == "ok", answer["error"]
    told: dict[str, Any] = next(op for op in answer["ops"] if op["name"] == name)["explanation"]
    return told


def test_expand_costs_nothing_and_repeat_copies(run: Run) -> None:
    setup = "b = torch.rand(1, 32, 1, 1)"
    expanded = explained(run, "b.expand(4, 32, 14, 14)", "expand", setup)
    repeated = explained(run, "b.repeat(4, 1, 14, 14)", "repeat", setup)
    assert (expanded["view"], expanded["bytes"]) == (True, {"allocated": 0, "copied": 100_352})
    assert (repeated["view"], repeated["bytes"]["allocated"]) == (False, 100_352)
    assert expanded["strides"]["after"] == [[0, 1, 0, 0]]


def test_transpose_tells_why_a_view_must_fail(run: Run) -> None:
    answer = run("y = x.transpose(0, 1)\ny.view(6)", setup=SETUP + "x = torch.arange(6).reshape(2, 3)")
    moved, failed = answer["ops"]
    assert moved["explanation"]["contiguous"] == {"before": True, "after": [False]}
    assert failed["explanation"]["contiguous"]["before"] is False
    assert "view size is not compatible" in failed["error"]
    assert "contiguous" in answer["error"]["hint"]


@pytest.mark.parametrize(
    ("call", "axes", "keepdim", "result"),
    [("x.sum()", [0, 1, 2], False, []), ("x.mean(dim=1)", [1], False, [2, 4]), ("x.amax((0, -1), keepdim=True)", [0, 2], True, [1, 3, 1]),
     ("x.norm(2, dim=2)", [2], False, [2, 3]), ("x.argmax(1)", [1], False, [2, 4])],
)  # fmt: skip
def test_a_reduction_tells_its_axes(
    call: str, axes: list[int], keepdim: bool, result: list[int], run: Run
) -> None:
    name = call.split(".")[1].split("(")[0]
    told = explained(run, call, name, "x = torch.rand(2, 3, 4)")
    assert (told["axes"], told["keepdim"], told["result"]) == (axes, keepdim, result)


def test_a_loss_of_unlike_shapes_is_warned_of(run: Run) -> None:
    setup = "y, t = torch.rand(5, 1), torch.rand(5)"
    assert explained(run, "((y - t) ** 2).mean()", "sub", setup)["warning"] == "both_stretched"
    assert explained(run, "F.mse_loss(y, t)", "mse_loss", setup)["warning"] == "shapes_differ"
    assert "warning" not in explained(run, "y - t.reshape(5, 1)", "sub", setup)


def test_a_loss_tells_its_gradient(run: Run) -> None:
    told = explained(
        run, "F.mse_loss(p, torch.zeros(2))", "mse_loss", "p = torch.tensor([1., 3.], requires_grad=True)"
    )
    assert told["gradients"] == [[1.0, 3.0], None]


def test_an_activation_has_a_curve_and_softmax_a_jacobian(run: Run) -> None:
    answer = run(
        "torch.sigmoid(x)\nF.softmax(x, dim=0)\nnn.ReLU()(x)", setup=SETUP + "x = torch.tensor([1., 2., 3.])"
    )
    sigmoid, softmax, relu = (op["explanation"] for op in answer["ops"])
    drawn = answer["curves"][sigmoid["curve"]]
    np.testing.assert_allclose(drawn["y"], 1 / (1 + np.exp(-np.array(drawn["x"]))), rtol=1e-9)
    np.testing.assert_allclose(drawn["slope"], np.array(drawn["y"]) * (1 - np.array(drawn["y"])), rtol=1e-6)
    want = torch.autograd.functional.jacobian(lambda v: torch.softmax(v, 0), torch.tensor([1.0, 2.0, 3.0]))  # type: ignore[no-untyped-call]
    np.testing.assert_allclose(softmax["jacobian"]["matrix"], want.numpy(), atol=1e-6)
    assert relu["curve"] == "relu"


def test_random_numbers_come_with_a_histogram(run: Run) -> None:
    told = explained(run, "torch.randn(500)", "randn")
    assert told["distribution"] == {"name": "normal", "mean": 0.0, "std": 1.0}
    assert sum(told["histogram"]["counts"]) == 500


def test_backward_names_the_inplace_change_that_broke_it(run: Run) -> None:
    answer = run(
        "x = torch.ones(3, requires_grad=True)\ny = x.exp()\ny.add_(1)\ny.sum().backward()", setup=SETUP
    )
    assert answer["error"]["hint"] == "line 3: make a new tensor: y = y.add(1)"
    (found,) = answer["findings"]
    assert found["cause"] == "add_ on line 3 overwrote y, which exp on line 2 keeps for backward"


def test_batched_products_tell_their_batch_axes(run: Run) -> None:
    told = explained(
        run, "torch.matmul(a, b)", "matmul", "a, b = torch.rand(4, 3, 2, 5), torch.rand(4, 1, 5, 2)"
    )
    assert told["batch"]["result"] == [4, 3]
    assert told["equation"] == "abxk,abky->abxy"
    assert told["fits"]


def test_details_end_but_the_trace_goes_on(run: Run) -> None:
    answer = run("x = torch.ones(2, 1)\nfor i in range(2500):\n    x = x + 1\nx + torch.ones(3)", setup=SETUP)
    assert answer["status"] == "ok"
    assert 900 < len(answer["ops"]) < 1200
    assert answer["dropped"]
    assert answer["ops"][800]["explanation"] is None
    assert answer["ops"][-1]["explanation"]["result"] == [2, 3]


def test_arrays_past_the_details_may_change_in_place(run: Run) -> None:
    answer = run("import numpy as np\na = np.zeros(3)\nfor i in range(400):\n    b = a * 2\n    b += 1\nb")
    assert answer["status"] == "ok", answer["error"]
    assert answer["statements"][-1]["value"]["data"] == [1, 1, 1]
