"""Recipes: whole, unique, and each fits together."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from freedive.catalog.datasets import uploads
from freedive.catalog.datasets.store import DataStore
from freedive.catalog.recipes import recipes
from freedive.protocol.catalog import Recipe
from freedive.protocol.specs import TrainSpec

from .conftest import HOMES

NAMES = [
    "line",
    "gaussians",
    "spirals",
    "iris",
    "mnist-softmax",
    "mnist-mlp",
    "mnist-lenet",
    "fashion-lenet",
    "table",
]


def test_all_are_there_in_order() -> None:
    assert [recipe.name for recipe in recipes()] == NAMES


@pytest.mark.parametrize("recipe", recipes(), ids=lambda recipe: recipe.name)
def test_a_recipe_fits_together(recipe: Recipe, store: DataStore) -> None:
    spec = recipe.spec
    assert TrainSpec.model_validate_json(spec.model_dump_json()) == spec
    dataset = spec.dataset
    if dataset.kind == "table":
        dataset = dataset.model_copy(update={"upload": uploads.save(store, HOMES, "homes.csv").id})
    data = dataset.outline(store)
    assert spec.model.outline(data.input_shape, data.outputs)[-1].output_shape == [data.outputs]
    assert spec.metrics
    for metric in spec.metrics:
        metric.build(data.outputs)
    assert recipe.title.zh != recipe.title.en


def test_a_metric_that_does_not_serve_the_task_is_refused() -> None:
    spec = recipes()[0].spec.model_dump()
    with pytest.raises(
        ValidationError, match="metric `accuracy` serves binary and multiclass tasks, but dataset `line`"
    ):
        TrainSpec.model_validate({**spec, "metrics": [{"kind": "accuracy"}]})


def test_a_loss_that_does_not_serve_the_task_is_refused() -> None:
    spec = recipes()[0].spec.model_dump()
    with pytest.raises(
        ValidationError, match="loss `cross_entropy` serves multiclass tasks, but dataset `line`"
    ):
        TrainSpec.model_validate({**spec, "loss": {"kind": "cross_entropy"}})
