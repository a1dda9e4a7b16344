"""The loop against a plain torch loop written out here, and the order in which it tells things."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
import torchmetrics
from torch import nn

from freedive.protocol.commands import Split
from freedive.protocol.events import (
    FACTS,
    Checkpointed,
    DataShown,
    Evaluated,
    Failed,
    Finished,
    Metrics,
    Started,
    StateChanged,
)
from freedive.protocol.specs import TrainSpec
from freedive.training.sampler import epoch_order

from .jobs import DIGITS, IRIS, LINE, SPIRALS, Job, columns, of, same_rows, spec_of, table

DEEP = {"kind": "mlp", "layers": [{"width": 8, "dropout": 0.25, "batch_norm": True}, {"width": 6}]}


def plain_torch(job: Job, spec: TrainSpec) -> tuple[list[list[float]], nn.Module]:
    """Rows of (loss, accuracy or mae, lr, gradient norms) and the trained model, with nothing of ours but the data."""
    data = spec.dataset.load(spec.seed, job.store)
    inputs, targets = data.train.inputs, data.train.targets
    torch.manual_seed(spec.seed)
    outputs = len(data.classes) if data.task == "multiclass" else 1
    model = spec.model.build(tuple(inputs.shape[1:]), outputs)
    optimizer = spec.optimizer.build(model.parameters())
    criterion = spec.loss.build()
    steps = -(-len(inputs) // spec.batch_size)
    scheduler: Any = spec.scheduler.build(optimizer, steps * spec.epochs, steps)
    weights = [p for p in model.parameters() if p.ndim > 1]
    rows = []
    for epoch in range(spec.epochs):
        for index in epoch_order(len(inputs), spec.seed, epoch).split(spec.batch_size):  # type: ignore[no-untyped-call]
            x, y = inputs[index], targets[index]
            optimizer.zero_grad()
            out = model(x)
            loss = criterion(out, y)
            total = loss
            total = total + spec.regularization.l1 * sum(w.abs().sum() for w in weights)
            total = total + spec.regularization.l2 / 2 * sum((w**2).sum() for w in weights)
            total.backward()
            norms = [float(w.grad.norm()) for w in weights if w.grad is not None]
            if spec.clipping.enabled:
                nn.utils.clip_grad_norm_(model.parameters(), spec.clipping.max_norm)
            rate = optimizer.param_groups[0]["lr"]
            optimizer.step()
            if data.task == "multiclass":
                measured = float((out.argmax(1) == y).float().mean())
            elif data.task == "binary":
                measured = float(((out > 0) == (y > 0.5)).float().mean())
            else:
                measured = float((out - y).abs().mean().detach())
            rows.append([float(loss.detach()), measured, rate, *norms])
            if scheduler is not None and spec.scheduler.per == "step":
                scheduler.step()
        if scheduler is not None and spec.scheduler.per == "epoch":
            scheduler.step()
    return rows, model.eval()


@pytest.mark.parametrize(
    "spec",
    [
        spec_of(SPIRALS),
        spec_of(LINE),
        spec_of(IRIS, scheduler={"kind": "cosine"}),
        spec_of(IRIS, model=DEEP, scheduler={"kind": "warm_up", "steps": 5}),
        spec_of(IRIS, scheduler={"kind": "step", "epochs": 1}, optimizer={"kind": "rmsprop"}),
        spec_of(
            SPIRALS, regularization={"l1": 0.001, "l2": 0.01}, clipping={"enabled": True, "max_norm": 0.1}
        ),
        spec_of(DIGITS),
    ],
    ids=["spirals", "line", "cosine", "dropout", "rmsprop", "penalties", "images"],
)
def test_every_step_equals_a_plain_torch_loop(job: Job, spec: TrainSpec) -> None:
    events = job.run(spec)
    expected, model = plain_torch(job, spec)
    rows = table(events)
    assert list(rows) == list(range(1, len(expected) + 1))
    assert of(events, Started)[0].total_steps == len(expected)
    np.testing.assert_allclose(
        np.stack(list(rows.values())), np.array(expected, np.float32), rtol=2e-5, atol=1e-6
    )
    final = of(events, Finished)[0]
    assert final.reason == "completed"
    data = spec.dataset.load(spec.seed, job.store)
    names: tuple[Split, ...] = ("train", "validation", "test")
    for split in names:
        examples = data.split(split)
        with torch.no_grad():
            out = model(examples.inputs)
            loss = float(spec.loss.build()(out, examples.targets))
        assert final.metrics[split]["loss"] == pytest.approx(loss, abs=1e-5)
        if data.task == "multiclass":
            metric = torchmetrics.classification.MulticlassAccuracy(len(data.classes), average="micro")
            right = float(metric(out, examples.targets))
            assert final.metrics[split]["accuracy"] == pytest.approx(right, abs=1e-6)


def test_a_job_tells_its_story_in_order(job: Job) -> None:
    spec = spec_of(SPIRALS)
    events = job.run(spec)
    facts = [event for event in events if event.type in FACTS]
    assert [facts[0].type, facts[1].type, facts[2].type] == ["started", "data", "state"]
    assert facts[-1].type == "state"
    assert [(s.state, s.reason) for s in of(events, StateChanged)] == [
        ("running", None),
        ("finished", "completed"),
    ]
    assert facts[-2].type == "finished"
    start = of(events, Started)[0]
    assert [layer.name for layer in start.layers] == [n for n, _ in job.state(spec).model.named_children()]
    assert (
        start.columns
        == columns(events)
        == [
            "loss",
            "accuracy",
            "lr",
            *(f"grad_norm/linear{i}.weight" for i in (1, 2, 3)),
        ]
    )
    assert start.steps_per_epoch * spec.epochs == start.total_steps == max(table(events))
    evaluated = [(e.step, e.split) for e in of(events, Evaluated)]
    assert evaluated[:2] == [(0, "validation"), (start.steps_per_epoch, "validation")]
    assert {split for step, split in evaluated if step == start.total_steps} == {
        "train",
        "validation",
        "test",
    }
    assert [c.step for c in of(events, Checkpointed)] == [0, start.total_steps]
    assert all(c.pinned for c in of(events, Checkpointed))
    shown = of(events, DataShown)[0]
    assert shown.inputs.shape == [120, 2]
    assert sorted(set(shown.splits.numpy().tolist())) == [0, 1, 2]


def test_the_same_spec_gives_the_same_bits_whoever_watches(job: Job) -> None:
    spec = spec_of(IRIS, model=DEEP)
    alone = table(job.run(spec))
    watched = table(job.run(spec, watched=True, checkpoint_seconds=0.001, chunk_seconds=0.001))
    assert same_rows(alone, watched)
    assert not same_rows(alone, table(job.run(spec_of(IRIS, model=DEEP, seed=9))))


def test_evaluations_come_as_often_as_asked(job: Job) -> None:
    events = job.run(spec_of(SPIRALS, epochs=2, evaluate_every=4))
    steps = [e.step for e in of(events, Evaluated) if e.split == "validation"]
    assert steps == [0, 4, 8, 12]  # 12 is also the end


def test_early_stopping_keeps_the_best_weights(job: Job) -> None:
    spec = spec_of(
        SPIRALS,
        optimizer={"lr": 3.0},
        epochs=60,
        early_stopping={"enabled": True, "patience": 3, "min_delta": 0.001},
    )
    events = job.run(spec)
    final = of(events, Finished)[0]
    assert final.reason == "early_stopping"
    losses = {
        e.step: e.metrics["loss"]
        for e in of(events, Evaluated)
        if e.split == "validation" and e.step and e.step < final.step
    }
    assert final.best_step in losses
    assert final.best_step is not None
    assert final.step > final.best_step
    assert final.metrics["validation"]["loss"] == pytest.approx(losses[final.best_step], abs=1e-7)


def test_a_plateau_lowers_the_learning_rate(job: Job) -> None:
    spec = spec_of(
        SPIRALS,
        optimizer={"lr": 2.0},
        epochs=30,
        scheduler={"kind": "reduce_on_plateau", "patience": 0, "factor": 0.5},
    )
    rates = [float(row[2]) for row in table(job.run(spec)).values()]
    assert rates[0] == 2.0
    assert rates[-1] < 2.0
    assert all(b in (a, a / 2) for a, b in pairwise(rates))


def test_a_device_that_is_not_there_is_a_failure_with_a_way_out(job: Job) -> None:
    events = job.run(spec_of(LINE, device="cuda:7"))
    failed = of(events, Failed)[0]
    assert failed.problem.code == "unavailable"
    assert "cuda:7" in failed.problem.message
    assert of(events, StateChanged)[-1].state == "failed"


def test_metrics_count_time_and_steps_without_gaps(job: Job) -> None:
    events = of(job.run(spec_of(IRIS), chunk_seconds=0.001), Metrics)
    assert events[0].first_step == 1
    for before, after in pairwise(events):
        assert after.first_step == before.step + 1
        assert after.seconds >= before.seconds
