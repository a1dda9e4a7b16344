"""Metrics: the same numbers as scikit-learn, batch by batch, on targets as datasets give them."""

from __future__ import annotations

import math
from typing import Any

import pytest
import sklearn.metrics as oracle
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from freedive.catalog.listing import members
from freedive.catalog.metrics import Metric
from freedive.catalog.metrics.accuracy import Accuracy
from freedive.catalog.metrics.auc import AUC
from freedive.catalog.metrics.f1 import F1
from freedive.catalog.metrics.mae import MAE
from freedive.catalog.metrics.naming import by_name
from freedive.catalog.metrics.precision import Precision
from freedive.catalog.metrics.r2 import R2
from freedive.catalog.metrics.recall import Recall
from freedive.catalog.metrics.top_k import TopK
from freedive.errors import BadSpec

from .conftest import run_code

generator = torch.Generator().manual_seed(0)
P1 = torch.rand(200, 1, generator=generator)
Y1 = (torch.rand(200, 1, generator=generator) < P1).float()
PK = torch.randn(200, 5, generator=generator).softmax(1)
YK = torch.multinomial(PK, 1, generator=generator)[:, 0]
V, T = torch.randn(200, 1, generator=generator), torch.randn(200, 1, generator=generator)
T = T + V
y1, c1, p1 = Y1[:, 0].long().numpy(), (P1[:, 0] > 0.5).long().numpy(), P1[:, 0].numpy()
yk, ck, pk = YK.numpy(), PK.argmax(1).numpy(), PK.numpy()

CASES: list[tuple[Any, int, Tensor, Tensor, float]] = [
    (Accuracy(), 1, P1, Y1, oracle.accuracy_score(y1, c1)),
    (Precision(), 1, P1, Y1, oracle.precision_score(y1, c1)),
    (Recall(), 1, P1, Y1, oracle.recall_score(y1, c1)),
    (F1(), 1, P1, Y1, oracle.f1_score(y1, c1)),
    (AUC(), 1, P1, Y1, oracle.roc_auc_score(y1, p1)),
    (Accuracy(), 5, PK, YK, oracle.accuracy_score(yk, ck)),
    (TopK(k=3), 5, PK, YK, oracle.top_k_accuracy_score(yk, pk, k=3)),
    *((Precision(average=a), 5, PK, YK, oracle.precision_score(yk, ck, average=a)) for a in ("macro", "weighted", "micro")),
    *((Recall(average=a), 5, PK, YK, oracle.recall_score(yk, ck, average=a)) for a in ("macro", "weighted", "micro")),
    *((F1(average=a), 5, PK, YK, oracle.f1_score(yk, ck, average=a)) for a in ("macro", "weighted", "micro")),
    (AUC(), 5, PK, YK, oracle.roc_auc_score(yk, pk, multi_class="ovr", average="macro")),
    (MAE(), 1, V, T, oracle.mean_absolute_error(T, V)),
    (R2(), 1, V, T, oracle.r2_score(T, V)),
]  # fmt: skip


@pytest.mark.parametrize(("entry", "outputs", "values", "targets", "expected"), CASES)
def test_the_value_is_scikit_learns(
    entry: Any, outputs: int, values: Tensor, targets: Tensor, expected: float
) -> None:
    for metric in (entry.build(outputs), run_code(entry.code(outputs))):
        for value, target in zip(torch.split(values, 64), torch.split(targets, 64), strict=True):
            metric.update(value, target)
        assert metric.compute().item() == pytest.approx(expected, abs=1e-5)
        metric.reset()
        metric.update(values, targets)
        assert metric.compute().item() == pytest.approx(expected, abs=1e-5)


def test_every_metric_is_compared() -> None:
    assert {type(entry) for entry, *_ in CASES} == set(members(Metric))


def test_top_k_of_no_more_than_k_classes_is_refused() -> None:
    with pytest.raises(BadSpec, match="expected k from 2 to 4"):
        TopK(k=5).build(5)


def measured(entry: Any, outputs: int, values: Tensor, targets: Tensor) -> float:
    """What a job and its script both say, over batches of eight."""
    found = []
    for metric in (entry.build(outputs), run_code(entry.code(outputs))):
        for value, target in zip(torch.split(values, 8), torch.split(targets, 8), strict=True):
            metric.update(value, target)
        found.append(float(metric.compute()))
    assert found[0] == pytest.approx(found[1], nan_ok=True)
    return found[0]


def test_classes_that_never_occur_are_left_out_of_the_area() -> None:
    targets = torch.tensor([0, 2, 2, 0, 4, 4])
    perfect = torch.nn.functional.one_hot(targets, 5) * 0.9 + 0.02
    assert measured(AUC(), 5, perfect, targets) == 1.0


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10_000), classes=st.integers(3, 7), count=st.integers(1, 30), coarse=st.booleans())
def test_random_answers_are_measured_as_scikit_learn_does(
    seed: int, classes: int, count: int, coarse: bool
) -> None:
    """Few examples of many classes: some occur in the targets only, some in the answers only, some nowhere."""
    drawn = torch.Generator().manual_seed(seed)
    values = torch.randn(count, classes, generator=drawn)
    values = (values.round() if coarse else values).softmax(1)  # rounded: many ties
    targets = torch.randint(
        0, int(torch.randint(1, classes + 1, (), generator=drawn)), (count,), generator=drawn
    )
    y, p, c = targets.numpy(), values.numpy(), values.argmax(1).numpy()
    areas = [oracle.roc_auc_score(y == i, p[:, i]) for i in range(classes) if 0 < (y == i).sum() < count]
    expected = sum(areas) / len(areas) if areas else math.nan
    assert measured(AUC(), classes, values, targets) == pytest.approx(expected, abs=1e-6, nan_ok=True)
    for entry, score in (
        (Precision, oracle.precision_score),
        (Recall, oracle.recall_score),
        (F1, oracle.f1_score),
    ):
        for average in ("macro", "weighted", "micro"):
            expected = score(y, c, average=average, zero_division=0)
            assert measured(entry(average=average), classes, values, targets) == pytest.approx(
                expected, abs=1e-6
            ), (entry, average)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), count=st.integers(1, 30), share=st.sampled_from([0.0, 0.3, 1.0]))
def test_two_classes_of_which_one_may_be_absent(seed: int, count: int, share: float) -> None:
    drawn = torch.Generator().manual_seed(seed)
    values = (torch.rand(count, 1, generator=drawn) * 20).round() / 20
    targets = (torch.rand(count, 1, generator=drawn) < share).float()
    y, p = targets[:, 0].long().numpy(), values[:, 0].numpy()
    expected = oracle.roc_auc_score(y, p) if 0 < y.sum() < count else math.nan
    assert measured(AUC(), 1, values, targets) == pytest.approx(expected, abs=1e-6, nan_ok=True)
    for entry, score in (
        (Precision, oracle.precision_score),
        (Recall, oracle.recall_score),
        (F1, oracle.f1_score),
    ):
        expected = score(y, p > 0.5, zero_division=0)
        assert measured(entry(), 1, values, targets) == pytest.approx(expected, abs=1e-6)


def test_values_far_from_zero_keep_their_r2() -> None:
    truth = (1e6 + torch.arange(64.0))[:, None]
    assert measured(R2(), 1, truth + 0.5, truth) == pytest.approx(
        oracle.r2_score(truth.double(), truth.double() + 0.5), abs=1e-9
    )


def test_two_metrics_of_one_kind_are_named_apart() -> None:
    metrics = [Accuracy(), TopK(k=2), TopK(k=5), F1(), F1(average="micro"), F1(), Recall(average="weighted")]
    assert list(by_name(metrics)) == [
        "accuracy",
        "top_k(k=2)",
        "top_k(k=5)",
        "f1(average=macro)",
        "f1(average=micro)",
        "recall",
    ]


def test_what_is_not_defined_is_nan_and_warns_nobody() -> None:
    r2 = R2().build(1)
    r2.update(torch.ones(1, 1), torch.ones(1, 1))
    assert math.isnan(r2.compute().item())
    auc = AUC().build(5)
    auc.update(PK[:3], torch.tensor([0, 1, 1]))
    assert 0 <= auc.compute().item() <= 1
