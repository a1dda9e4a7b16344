"""Metrics: the same numbers as scikit-learn, batch by batch, on targets as datasets give them."""

from __future__ import annotations

import math
from typing import Any

import pytest
import sklearn.metrics as oracle
import torch
from torch import Tensor

from freedive.catalog.listing import members
from freedive.catalog.metrics import Metric
from freedive.catalog.metrics.accuracy import Accuracy
from freedive.catalog.metrics.auc import AUC
from freedive.catalog.metrics.f1 import F1
from freedive.catalog.metrics.mae import MAE
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


def test_what_is_not_defined_is_nan_and_warns_nobody() -> None:
    r2 = R2().build(1)
    r2.update(torch.ones(1, 1), torch.ones(1, 1))
    assert math.isnan(r2.compute().item())
    auc = AUC().build(5)
    auc.update(PK[:3], torch.tensor([0, 1, 1]))
    assert 0 <= auc.compute().item() <= 1
