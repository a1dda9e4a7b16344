"""Every dataset: what the outline promises is what loads, the same seed gives the same data, scripts give it too."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from sklearn.datasets import load_iris
from torch import Tensor

from freedive.catalog.datasets import Dataset
from freedive.catalog.datasets.data import Shares, split_sizes
from freedive.catalog.datasets.images import ImageSet
from freedive.catalog.datasets.points import point_features
from freedive.catalog.datasets.samples import moments, split_rows
from freedive.catalog.datasets.store import DataStore
from freedive.catalog.listing import members
from freedive.errors import BadData

from .conftest import example, run_code

SMALL = [entry for entry in members(Dataset) if not issubclass(entry, ImageSet)]
each_small = pytest.mark.parametrize("entry", SMALL, ids=lambda entry: entry.__name__)


def load(kind: str, store: DataStore, seed: int = 0, **fields: Any) -> Any:
    entry = next(e for e in members(Dataset) if e.model_fields["kind"].default == kind)
    return example(entry, store, **fields).load(seed, store)


@each_small
def test_what_loads_is_what_the_outline_promises(entry: Any, store: DataStore) -> None:
    dataset = example(entry, store)
    outline, data = dataset.outline(store), dataset.load(0, store)
    assert data.task == outline.task == dataset.task
    assert dataset.task in entry.tasks
    assert (data.classes, data.features) == (outline.classes, outline.features)
    sizes = (outline.train_size, outline.validation_size, outline.test_size)
    for name, size in zip(("train", "validation", "test"), sizes, strict=True):
        part = data.split(name)
        assert len(part) == size
        assert part.inputs.shape == (size, *outline.input_shape)
        assert part.inputs.dtype == torch.float32
        assert part.inputs.isfinite().all()
        assert len(part.raw) == size
        if outline.task == "multiclass":
            assert part.targets.shape == (size,)
            assert part.targets.dtype == torch.int64
            assert outline.outputs == len(outline.classes)
            assert part.targets.min() >= 0
            assert part.targets.max() < outline.outputs
        else:
            assert part.targets.shape == (size, 1)
            assert part.targets.dtype == torch.float32
            assert outline.outputs == 1
        if outline.task == "binary":
            assert len(outline.classes) == 2
            assert set(part.targets.flatten().tolist()) <= {0.0, 1.0}
        torch.testing.assert_close(data.prepare(part.raw), part.inputs)


@each_small
def test_the_seed_decides_and_the_global_random_state_is_left_alone(entry: Any, store: DataStore) -> None:
    dataset = example(entry, store)
    torch.manual_seed(5)
    before = torch.get_rng_state()
    first, again, other = dataset.load(3, store), dataset.load(3, store), dataset.load(4, store)
    assert torch.equal(before, torch.get_rng_state())
    for name in ("train", "validation", "test"):
        assert torch.equal(first.split(name).inputs, again.split(name).inputs)
        assert torch.equal(first.split(name).targets, again.split(name).targets)
    assert not torch.equal(first.train.inputs, other.train.inputs)


@each_small
@pytest.mark.parametrize("standardize", [True, False])
def test_a_script_draws_the_very_same_numbers(
    entry: Any, standardize: bool, store: DataStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = example(entry, store, standardize=standardize)
    if dataset.kind == "table":
        monkeypatch.setenv("TABLE", str(store.uploads / f"{dataset.upload}.csv"))
    data = dataset.load(7, store)
    for name, (inputs, targets) in zip(
        ("train", "validation", "test"), run_code(dataset.code(), seed=7), strict=True
    ):
        assert torch.equal(inputs, data.split(name).inputs)
        assert torch.equal(targets, data.split(name).targets)


@each_small
def test_standardization_is_measured_on_the_training_split(entry: Any, store: DataStore) -> None:
    inputs = example(entry, store, standardize=True).load(0, store).train.inputs.double()
    torch.testing.assert_close(inputs.mean(0), torch.zeros_like(inputs[0]), atol=1e-4, rtol=0)
    std = inputs.std(0, correction=0)
    assert ((std - 1).abs() < 1e-4).logical_or(std == 0).all()


def test_without_standardization_the_model_sees_what_people_see(store: DataStore) -> None:
    data = load("circle", store, standardize=False)
    assert torch.equal(data.train.inputs, data.train.raw)
    digits = load("digits", store, standardize=False)
    assert torch.equal(digits.train.inputs, digits.train.raw / 255)


@pytest.mark.parametrize("shares", [(0.7, 0.15, 0.15), (1, 1, 1), (0.98, 0.01, 0.01), (0.01, 1, 1)])
@pytest.mark.parametrize("count", [6, 30, 1000])
def test_splits_cover_everything_once_and_none_is_empty(
    count: int, shares: tuple[float, float, float]
) -> None:
    rows = split_rows(count, shares, torch.Generator().manual_seed(0))
    assert tuple(map(len, rows)) == split_sizes(count, shares)
    assert min(map(len, rows)) >= 1
    assert torch.cat(rows).sort().values.tolist() == list(range(count))


def test_the_ratio_of_the_shares_is_what_counts() -> None:
    assert Shares(train=0.6, validation=0.2, test=0.2).sizes(1000) == (600, 200, 200)
    assert Shares(train=0.3, validation=0.1, test=0.1).sizes(1000) == (600, 200, 200)


def test_a_column_that_never_changes_becomes_zero() -> None:
    rows = torch.tensor([[1.0, 3.0], [2.0, 3.0]])
    mean, std = moments(rows)
    assert ((rows - mean) / std)[:, 1].tolist() == [0.0, 0.0]


def test_gaussians_have_the_means_and_covariance_they_promise(store: DataStore) -> None:
    data = load("gaussians", store, size=20_000)
    for label, mean in ((0.0, (0.0, 3.0)), (1.0, (3.0, 0.0))):
        points = data.train.raw[data.train.targets[:, 0] == label]
        torch.testing.assert_close(points.mean(0), torch.tensor(mean), atol=0.05, rtol=0)
        torch.testing.assert_close(points.T.cov(), torch.tensor([[1.0, 0.5], [0.5, 1.0]]), atol=0.05, rtol=0)


def test_the_line_is_found_by_least_squares(store: DataStore) -> None:
    data = load("line", store)
    ones = torch.ones(len(data.train), 1)
    found = torch.linalg.lstsq(torch.cat([data.train.raw, ones], dim=1), data.train.targets).solution
    torch.testing.assert_close(found[:, 0], torch.tensor([2.0, -3.4, 4.2]), atol=0.01, rtol=0)


def test_the_polynomial_is_found_from_its_powers(store: DataStore) -> None:
    data = load("polynomial", store, noise=0.0, standardize=False, coefficients=[1.0, 1.2, -1.7, 0.9])
    ones = torch.ones(len(data.train), 1)
    found = torch.linalg.lstsq(torch.cat([ones, data.train.inputs], dim=1), data.train.targets).solution
    scale = torch.tensor([1.0, 2.0, 4.0, 8.0])  # the model sees powers of x / 2
    torch.testing.assert_close(found[:, 0] / scale, torch.tensor([1.0, 1.2, -1.7, 0.9]), atol=1e-3, rtol=0)


def test_without_noise_xor_and_sine_are_exact(store: DataStore) -> None:
    xor = load("xor", store, noise=0.0).train
    assert torch.equal(xor.targets[:, 0] == 1, xor.raw.prod(dim=1) > 0)
    sine = load("sine", store, noise=0.0, periods=2.0).train
    torch.testing.assert_close(sine.targets, torch.sin(2 * torch.pi * sine.raw))


def test_iris_is_the_table_of_scikit_learn(store: DataStore) -> None:
    table, data = load_iris(), load("iris", store)
    assert data.classes == tuple(table.target_names)
    assert data.features == tuple(table.feature_names)
    raw = torch.cat([data.train.raw, data.validation.raw, data.test.raw])
    assert torch.equal(sorted_rows(raw), sorted_rows(torch.from_numpy(table.data).float()))


@pytest.mark.parametrize("kind", ["iris", "wine", "breast-cancer", "diabetes"])
def test_facts_of_the_classics_are_those_of_scikit_learn(kind: str) -> None:
    import sklearn.datasets

    entry: Any = next(e for e in members(Dataset) if e.model_fields["kind"].default == kind)
    table = getattr(sklearn.datasets, entry.loader)()
    assert entry.known.rows == len(table.data)
    assert list(entry.known.features) == list(table.feature_names)
    assert list(entry.known.classes) == list(table.get("target_names", []))


def sorted_rows(table: Tensor) -> Tensor:
    return torch.tensor(sorted(table.tolist()))


def test_features_are_computed_in_the_order_asked_for(store: DataStore) -> None:
    data = load("xor", store, features=["x1_x2", "x2", "x1_squared"], standardize=False)
    x1, x2 = data.train.raw.unbind(1)
    assert data.features == ("x1_x2", "x2", "x1_squared")
    assert torch.equal(data.train.inputs, torch.stack([x1 * x2, x2, x1**2], dim=1))
    grid = torch.tensor([[0.5, -2.0]])
    every = ["x1", "x2", "x1_squared", "x2_squared", "x1_x2", "sin_x1", "sin_x2"]
    expected = [0.5, -2.0, 0.25, 4.0, -1.0, torch.tensor(0.5).sin().item(), torch.tensor(-2.0).sin().item()]
    torch.testing.assert_close(point_features(grid, every), torch.tensor([expected]))


def test_a_feature_named_twice_is_refused(store: DataStore) -> None:
    with pytest.raises(ValueError, match="x1 came more often"):
        load("xor", store, features=["x1", "x1"])


def test_drawn_points_keep_their_places_and_classes(store: DataStore) -> None:
    points = [(float(i), -float(i), i % 3) for i in range(30)]
    data = load("drawn", store, points=points, classes=3)
    assert data.task == "multiclass"
    raw = torch.cat([data.train.raw, data.validation.raw, data.test.raw])
    labels = torch.cat([data.train.targets, data.validation.targets, data.test.targets])
    came = sorted((*point, label) for point, label in zip(raw.tolist(), labels.tolist(), strict=True))
    assert came == sorted(points)


def test_a_drawn_class_that_does_not_exist_is_named(store: DataStore) -> None:
    with pytest.raises(ValueError, match="point 4 has class 2, but there are 2 classes"):
        load("drawn", store, points=[(0, 0, 0)] * 4 + [(0, 0, 2)] + [(1, 1, 1)] * 4)


def test_diabetes_targets_can_be_taken_back_to_their_units(store: DataStore) -> None:
    scaled, plain = load("diabetes", store), load("diabetes", store, standardize_target=False)
    back = scaled.train.targets * scaled.target_std + scaled.target_mean
    torch.testing.assert_close(back, plain.train.targets)
    assert plain.train.targets.max() > 100


@pytest.mark.parametrize("points", [[], [(0.0, 0.0, 0)] * 5])
def test_too_few_drawn_points_say_how_many_are_wanted(points: list[Any], store: DataStore) -> None:
    with pytest.raises(BadData, match=f"{len(points)} points are drawn; expected at least 6") as caught:
        load("drawn", store, points=points)
    assert caught.value.position == "dataset.points"
