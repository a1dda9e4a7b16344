"""Evaluation of a whole split against torchmetrics and scikit-learn on one big batch."""

from __future__ import annotations

import math

import pytest
import torch
from sklearn.metrics import accuracy_score, f1_score, mean_absolute_error, r2_score, roc_auc_score

from freedive.protocol.commands import Split
from freedive.training import evaluation as evaluation_module
from freedive.training.evaluation import Evaluator

from .jobs import IRIS, LINE, SPIRALS, Job, spec_of

SPLITS: tuple[Split, ...] = ("train", "validation", "test")


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a split takes several, the last of them smaller."""
    monkeypatch.setattr(evaluation_module, "CHUNK", 16)


@pytest.mark.parametrize("split", SPLITS)
def test_a_regression(job: Job, split: Split) -> None:
    state = job.state(spec_of(LINE))
    state.advance()
    found = Evaluator(state).measure(split)
    examples = state.data.split(split)
    values = state.model(examples.inputs).detach().numpy()
    assert found["mae"] == pytest.approx(mean_absolute_error(examples.targets, values), rel=1e-5)
    assert found["r2"] == pytest.approx(r2_score(examples.targets, values), rel=1e-4)
    assert found["loss"] == pytest.approx(float(((values - examples.targets.numpy()) ** 2).mean()), rel=1e-5)


def test_two_and_several_classes(job: Job) -> None:
    metrics = [{"kind": "accuracy"}, {"kind": "auc"}]
    state = job.state(spec_of(SPIRALS, metrics=metrics))
    examples = state.data.validation
    scores = state.model(examples.inputs).detach().sigmoid().numpy()
    found = Evaluator(state).measure("validation")
    assert found["accuracy"] == pytest.approx(accuracy_score(examples.targets, scores > 0.5), abs=1e-6)
    assert found["auc"] == pytest.approx(roc_auc_score(examples.targets, scores), abs=1e-6)
    state = job.state(spec_of(IRIS, metrics=[{"kind": "f1"}, {"kind": "accuracy"}]))
    for _ in range(20):
        state.advance()
    state.model.eval()
    labels = state.data.train.targets
    predicted = state.model(state.data.train.inputs).argmax(1)
    found = Evaluator(state).measure("train")
    assert found["f1"] == pytest.approx(f1_score(labels, predicted, average="macro"), abs=1e-6)
    assert found["accuracy"] == pytest.approx(accuracy_score(labels, predicted), abs=1e-6)


def test_it_leaves_mode_random_numbers_and_statistics_alone(job: Job) -> None:
    layers = [{"width": 6, "dropout": 0.5, "batch_norm": True}]
    state = job.state(spec_of(IRIS, model={"kind": "mlp", "layers": layers}))
    state.advance()
    before = {name: t.clone() for name, t in state.model.state_dict().items()}
    random = torch.get_rng_state()
    evaluator = Evaluator(state)
    assert evaluator.measure("validation") == evaluator.measure("validation")
    assert state.model.training
    assert torch.equal(random, torch.get_rng_state())
    assert all(torch.equal(before[name], t) for name, t in state.model.state_dict().items())


def test_what_is_not_finite_is_none(job: Job) -> None:
    state = job.state(spec_of(LINE))
    with torch.no_grad():
        state.parameters[0].fill_(math.inf)
    assert Evaluator(state).measure("test")["loss"] is None
