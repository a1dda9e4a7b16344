"""What a loss is said to have computed with is what it computed with: every loss of every dialect."""

from __future__ import annotations

from typing import Any

import pytest
from tests.lab.conftest import Run

Json = dict[str, Any]
GLUON = "from mxnet import gluon, nd\n"
RESHAPING = (
    "L2Loss",
    "L1Loss",
    "SigmoidBinaryCrossEntropyLoss",
    "SigmoidBCELoss",
    "HuberLoss",
    "HingeLoss",
    "LogisticLoss",
)


def loss_of(answer: Json) -> Json:
    assert answer["status"] == "ok", answer["error"]
    explained: Json = next(op["explanation"] for op in answer["ops"] if op["kind"] == "loss")
    return explained


@pytest.mark.parametrize("name", RESHAPING)
@pytest.mark.parametrize(
    ("prediction", "target"), [((10, 1), (10,)), ((10,), (10, 1)), ((2, 3), (6,)), ((4, 2), (4, 2))]
)
def test_gluon_gives_the_target_the_shape_of_the_prediction(
    name: str, prediction: Any, target: Any, run: Run
) -> None:
    told = loss_of(run(f"{GLUON}gluon.loss.{name}()(nd.ones({prediction}), nd.ones({target}))"))
    assert told["shapes"] == [list(prediction), list(target)]
    assert told["aligned"] == [list(prediction), list(prediction)]
    assert told["result"] == list(prediction)
    assert told["conflict_axis"] is None
    assert "warning" not in told
    assert told.get("reshaped", False) is (prediction != target)


@pytest.mark.parametrize(
    ("setup", "call", "result"),
    [
        ("import torch", "torch.nn.functional.mse_loss(torch.ones(10, 1), torch.ones(10))", [10, 10]),
        ("import torch", "torch.nn.MSELoss()(torch.ones(10, 1), torch.ones(10))", [10, 10]),
        ("import torch", "torch.nn.L1Loss()(torch.ones(3, 1), torch.ones(4))", [3, 4]),
        ("import torch", "torch.nn.HuberLoss()(torch.ones(3, 1), torch.ones(4))", [3, 4]),
        ("import torch", "torch.nn.functional.kl_div(torch.zeros(2, 3), torch.ones(3))", [2, 3]),
        ("import torch", "torch.nn.functional.cross_entropy(torch.ones(4, 3), torch.zeros(4, dtype=torch.int64))", [4]),
        ("import torch", "torch.nn.functional.cross_entropy(torch.ones(3), torch.tensor(1))", []),
        ("import torch", "torch.nn.functional.cross_entropy(torch.ones(2, 3, 4, 5), torch.zeros(2, 4, 5, dtype=torch.int64))", [2, 4, 5]),
        ("import torch", "torch.nn.NLLLoss()(torch.ones(4, 3), torch.zeros(4, dtype=torch.int64))", [4]),
        ("import torch", "torch.nn.functional.multi_margin_loss(torch.ones(4, 3), torch.zeros(4, dtype=torch.int64))", [4]),
        ("import torch", "torch.nn.functional.binary_cross_entropy_with_logits(torch.ones(4, 3), torch.ones(4, 3))", [4, 3]),
        ("from mxnet import gluon, nd", "gluon.loss.SoftmaxCrossEntropyLoss()(nd.ones((4, 3)), nd.zeros((4,)))", [4]),
        ("from tensorflow import keras\nimport numpy as np", "keras.losses.MeanSquaredError()(np.ones((10,)), np.ones((10, 1)))", [10, 1]),
        ("from tensorflow import keras\nimport numpy as np", "keras.losses.mean_absolute_error(np.ones((4, 2)), np.ones((4, 2)))", [4, 2]),
        ("from tensorflow import keras\nimport numpy as np", "keras.losses.SparseCategoricalCrossentropy()(np.zeros(4), np.ones((4, 3)) / 3)", [4]),
        ("from tensorflow import keras\nimport numpy as np", "keras.losses.CategoricalCrossentropy()(np.eye(3), np.ones((3, 3)) / 3)", [3, 3]),
    ],
)  # fmt: skip
def test_a_loss_tells_the_shape_that_it_computed(setup: str, call: str, result: list[int], run: Run) -> None:
    told = loss_of(run(f"{setup}\nloss = {call}"))
    assert told["conflict_axis"] is None
    assert told["prediction"] == int("keras" in setup)
    assert told["result"] == result, told


TORCH_LOSSES = (
    "MSELoss",
    "L1Loss",
    "SmoothL1Loss",
    "HuberLoss",
    "BCELoss",
    "BCEWithLogitsLoss",
    "KLDivLoss",
    "PoissonNLLLoss",
    "SoftMarginLoss",
    "HingeEmbeddingLoss",
)


@pytest.mark.parametrize("name", TORCH_LOSSES)
def test_the_told_result_is_the_shape_of_the_loss_of_each_element(name: str, run: Run) -> None:
    source = f"import torch\np = torch.full((2, 3), 0.5)\nt = torch.full((2, 3), 0.25)\nwhole = torch.nn.{name}()(p, t)\neach = torch.nn.{name}(reduction='none')(p, t)"
    answer = run(source)
    assert loss_of(answer)["result"] == answer["statements"][-1]["value"]["shape"]


def test_a_loss_that_failed_tells_where(run: Run) -> None:
    answer = run("import torch\ntorch.nn.functional.mse_loss(torch.ones(2, 3), torch.ones(2))")
    told = next(op["explanation"] for op in answer["ops"] if op["kind"] == "loss")
    assert (told["result"], told["conflict_axis"]) == (None, -1)


def test_the_number_of_each_sample_is_no_mean_over_all(run: Run) -> None:
    assert loss_of(run(f"{GLUON}gluon.loss.L2Loss()(nd.ones((4, 2)), nd.ones((4, 2)))"))["reduction"] is None
