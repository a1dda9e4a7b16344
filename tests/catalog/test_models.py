"""Models: the outline's arithmetic is what torch does, a layer that does not fit is named, every dataset is learned from."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from freedive.catalog.datasets import Dataset
from freedive.catalog.datasets.images import ImageSet
from freedive.catalog.datasets.store import DataStore
from freedive.catalog.listing import members
from freedive.catalog.models.layers.activation import TORCH_NAMES
from freedive.catalog.models.lenet5 import LeNet5
from freedive.catalog.models.linear import LinearModel
from freedive.catalog.models.mlp import MLP, HiddenLayer
from freedive.catalog.models.sequential import Sequential
from freedive.catalog.models.softmax import SoftmaxRegression
from freedive.errors import BadSpec, ShapeMismatch
from freedive.protocol.events import Layer

from .conftest import example, run_code

MODELS = [
    LinearModel(),
    SoftmaxRegression(),
    MLP(),
    MLP(layers=[]),
    MLP(layers=[HiddenLayer(width=5, activation="tanh", dropout=0.2, batch_norm=True), HiddenLayer(width=3)]),
    LeNet5(),
    LeNet5(activation="sigmoid", pooling="average"),
    Sequential(),
    Sequential.model_validate(
        {
            "layers": [
                {"kind": "conv2d", "out_channels": 4, "kernel": 3, "stride": 2, "padding": 1},
                {"kind": "batch_norm2d"},
                {"kind": "activation", "function": "silu"},
                {"kind": "avg_pool2d", "kernel": 3, "stride": 2, "padding": 1},
                {"kind": "flatten"},
                {"kind": "linear", "out_features": 7},
                {"kind": "batch_norm1d"},
                {"kind": "dropout", "p": 0.1},
                {"kind": "linear"},
            ]
        }
    ),
]


def compare(outline: list[Layer], module: nn.Module, input_shape: tuple[int, ...]) -> None:
    """Every child has the name, class, shapes and number of parameters that the outline says."""
    children = dict(module.named_children())
    assert list(children) == [layer.name for layer in outline]
    module.eval()
    value = torch.zeros(2, *input_shape)
    for layer in outline:
        child = children[layer.name]
        assert type(child).__name__ == layer.kind
        assert list(value.shape[1:]) == layer.input_shape
        value = child(value)
        assert list(value.shape[1:]) == layer.output_shape
        assert sum(p.numel() for p in child.parameters()) == layer.parameters


def matching() -> list[tuple[Any, Any]]:
    return [(model, entry) for model in MODELS for entry in members(Dataset)]


@pytest.mark.parametrize(
    ("model", "entry"), matching(), ids=lambda x: x.__name__ if isinstance(x, type) else f"{x.kind}"
)
def test_every_model_learns_from_every_dataset_it_fits(model: Any, entry: Any, store: DataStore) -> None:
    dataset = example(entry, store)
    data = dataset.outline(store)
    small_pictures = len(data.input_shape) == 3 and data.input_shape[1] == 8
    flat = len(data.input_shape) == 1
    convolves = model.kind == "lenet5" or (model.kind == "sequential" and model.layers[0].kind == "conv2d")
    unfit = (
        (model.kind == "softmax" and data.task != "multiclass")
        or (convolves and flat)
        or (model.kind == "lenet5" and small_pictures)
    )
    if unfit:
        with pytest.raises(ShapeMismatch) as caught:
            model.outline(data.input_shape, data.outputs)
        assert (caught.value.position or "").startswith("model")
        assert caught.value.hint
        return
    outline = model.outline(data.input_shape, data.outputs)
    assert outline[-1].output_shape == [data.outputs]
    module = model.build(data.input_shape, data.outputs)
    compare(outline, module, data.input_shape)
    if issubclass(entry, ImageSet):
        inputs, targets = torch.randn(8, *data.input_shape), torch.randint(data.outputs, (8,))
    else:
        part = dataset.load(0, store).train
        inputs, targets = part.inputs[:8], part.targets[:8]
    module.train()
    outputs = module(inputs)
    losses: dict[str, Any] = {
        "multiclass": nn.functional.cross_entropy,
        "binary": nn.functional.binary_cross_entropy_with_logits,
        "regression": nn.functional.mse_loss,
    }
    loss = losses[data.task](outputs, targets)
    loss.backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in module.parameters())


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.kind)
def test_a_script_builds_the_same_module(model: Any) -> None:
    torch.manual_seed(0)
    ours = model.build((1, 28, 28), 10)
    torch.manual_seed(0)
    theirs = run_code(model.code((1, 28, 28), 10))
    assert str(ours) == str(theirs)
    for (name, a), (other, b) in zip(ours.state_dict().items(), theirs.state_dict().items(), strict=True):
        assert name == other
        assert torch.equal(a, b)


def test_lenet_has_the_shapes_of_the_paper() -> None:
    outline = LeNet5().outline((1, 28, 28), 10)
    assert sum(layer.parameters for layer in outline) == 61_706
    assert [layer.label for layer in outline if layer.kind in ("Conv2d", "Linear", "Flatten")] == [
        "Conv 5×5, 1 → 6",
        "Conv 5×5, 6 → 16",
        "Flatten 400",
        "Linear 400 → 120",
        "Linear 120 → 84",
        "Linear 84 → 10",
    ]


@pytest.mark.parametrize("function", sorted(TORCH_NAMES))
def test_every_activation_is_torchs(function: Any) -> None:
    module = MLP(layers=[HiddenLayer(activation=function)]).build((2,), 1)
    assert type(module.get_submodule(f"{function}1")) is getattr(nn, TORCH_NAMES[function])


MISFITS: list[tuple[list[dict[str, Any]], tuple[int, ...], str, str]] = [
    ([{"kind": "linear"}], (1, 28, 28), "model.layers.0", "expects flat examples of shape (features,), but (1, 28, 28)"),
    ([{"kind": "flatten"}, {"kind": "conv2d"}], (1, 28, 28), "model.layers.1", "(channels, height, width), but (784,)"),
    ([{"kind": "max_pool2d", "kernel": 9}], (1, 8, 8), "model.layers.0", "looks at 9 × 9 pixels, but only 8 × 8 come in"),
    ([{"kind": "conv2d", "kernel": 11, "padding": 1}], (1, 8, 8), "model.layers.0", "only 8 × 8 with padding 1 on each side"),
    ([{"kind": "flatten"}, {"kind": "batch_norm2d"}], (1, 8, 8), "model.layers.1", "BatchNorm2d expects pictures"),
    ([{"kind": "batch_norm1d"}], (1, 8, 8), "model.layers.0", "BatchNorm1d expects flat examples"),
    ([{"kind": "flatten"}, {"kind": "linear", "out_features": 3}], (1, 8, 8), "model.layers.1", "must end in 10 numbers, one for each class, but its last layer gives 3"),
    ([{"kind": "conv2d"}], (1, 8, 8), "model.layers.0", "its last layer gives shape (6, 4, 4)"),
]  # fmt: skip


@pytest.mark.parametrize(("layers", "shape", "position", "message"), MISFITS)
def test_a_layer_that_does_not_fit_is_named_with_the_reason(
    layers: list[dict[str, Any]], shape: tuple[int, ...], position: str, message: str
) -> None:
    with pytest.raises(ShapeMismatch) as caught:
        Sequential.model_validate({"layers": layers}).outline(shape, 10)
    assert caught.value.position == position
    assert message in caught.value.message
    assert caught.value.hint


def test_a_model_too_large_to_hold_is_refused() -> None:
    wide = [{"kind": "linear", "out_features": 4096}] * 6
    with pytest.raises(BadSpec, match=r"would have 83,922,945 parameters; expected at most 50,000,000"):
        Sequential.model_validate({"layers": [*wide, {"kind": "linear"}]}).outline((2,), 1)


def test_pooling_padding_is_at_most_half_the_window() -> None:
    with pytest.raises(ValueError, match="expected 0 to 1, came 2"):
        Sequential.model_validate({"layers": [{"kind": "max_pool2d", "kernel": 3, "padding": 2}]})


small = st.integers(1, 6)
layer = st.one_of(
    st.fixed_dictionaries({"kind": st.just("linear"), "out_features": small}),
    st.fixed_dictionaries(
        {
            "kind": st.just("conv2d"),
            "out_channels": small,
            "kernel": small,
            "stride": small,
            "padding": st.integers(0, 3),
        }
    ),
    st.fixed_dictionaries(
        {"kind": st.sampled_from(["max_pool2d", "avg_pool2d"]), "kernel": small, "stride": small}
    ),
    st.fixed_dictionaries(
        {"kind": st.sampled_from(["flatten", "activation", "dropout", "batch_norm1d", "batch_norm2d"])}
    ),
)


@given(layers=st.lists(layer, max_size=6), shape=st.sampled_from([(3,), (1, 8, 8), (2, 11, 7)]))
def test_shapes_and_parameters_are_torchs_for_any_row_of_layers(
    layers: list[Any], shape: tuple[int, ...]
) -> None:
    model = Sequential.model_validate({"layers": [*layers, {"kind": "flatten"}, {"kind": "linear"}]})
    try:
        outline = model.outline(shape, 3)
    except ShapeMismatch as mismatch:
        at = int((mismatch.position or "").rsplit(".", 1)[1])
    else:
        compare(outline, model.build(shape, 3), shape)
        return
    before = Sequential.model_validate({"layers": [*layers[:at], {"kind": "flatten"}, {"kind": "linear"}]})
    reached = tuple(before.outline(shape, 3)[at].input_shape)
    # torch takes Linear and BatchNorm1d along one axis of a picture too, which is not what a learner means
    if model.layers[at].kind not in ("linear", "batch_norm1d"):
        module = model.layers[at].build(reached, 3)
        with pytest.raises((RuntimeError, ValueError, IndexError)):
            module(torch.zeros(2, *reached))
