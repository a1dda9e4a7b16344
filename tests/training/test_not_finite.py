"""A loss that is not finite: the exact step, the layer where it began, and a state to go on from."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from freedive.protocol.events import (
    Checkpointed,
    Diagnosed,
    Evaluated,
    Finished,
    StateChanged,
)
from freedive.training.checkpoint import path_of, read
from freedive.training.checkpoints import Checkpoints
from freedive.training.not_finite import examine
from freedive.training.state import TrainingState

from .jobs import LINE, SPIRALS, Job, of, spec_of, table

WILD: dict[str, Any] = {**LINE, "optimizer": {"kind": "sgd", "lr": 90.0}, "epochs": 30, "batch_size": 5}


def first_bad_step(job: Job, spec: Any) -> int:
    """The oracle: the loop by hand, looking at every loss."""
    state = job.state(spec)
    for step in range(1, 10_000):
        inputs, targets = state.batch(state.sampler.next())
        loss = state.criterion(state.model(inputs), targets)
        if not bool(loss.isfinite()):
            return step
        state.optimizer.zero_grad()
        loss.backward()
        state.optimizer.step()
    raise AssertionError("every loss was finite")


@pytest.mark.parametrize("chunk_seconds", [1e-6, 0.03, 1.0])
def test_a_diverging_job_names_the_exact_step_however_late_it_is_noticed(
    job: Job, chunk_seconds: float
) -> None:
    spec = spec_of(WILD)
    bad = first_bad_step(job, spec)
    events = job.run(spec, chunk_seconds=chunk_seconds, checkpoint_seconds=chunk_seconds)
    rows = table(events)
    assert max(rows) == bad
    assert not np.isfinite(rows[bad][0])
    assert all(np.isfinite(rows[step][0]) for step in range(1, bad))
    (diagnosis,) = of(events, Diagnosed)
    assert (diagnosis.code, diagnosis.step, diagnosis.params["step"]) == ("not_finite", bad, bad)
    assert str(bad) in diagnosis.message
    assert diagnosis.layer == "linear1"
    assert diagnosis.hint
    (final,) = of(events, Finished)
    assert (final.reason, final.step) == ("not_finite", bad)
    assert of(events, StateChanged)[-1].state == "finished"
    assert not [e for e in of(events, Evaluated) if e.step >= bad]
    kept = max(c.step for c in of(events, Checkpointed))
    saved = read(path_of(job.checkpoints, kept))
    assert kept < bad
    assert all(bool(t.isfinite().all()) for t in saved.group("model").values())


class Breaking(nn.Module):
    """Fine until its input is larger than any in training, or its gradient is asked for."""

    def __init__(self, how: str) -> None:
        super().__init__()
        self.how = how

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        if self.how == "output":
            return values / 0.0
        return values + (values * 0).sqrt()  # the value is right, the slope of the root at 0 is infinite


@pytest.mark.parametrize(("how", "layer"), [("output", "tanh2"), ("gradient", "linear2")])
def test_the_layer_is_found_by_taking_the_step_apart(job: Job, how: str, layer: str) -> None:
    state = job.state(spec_of(SPIRALS))
    setattr(state.model, "tanh2", Breaking(how))  # noqa: B010  # a child by name
    found = examine(state)
    assert (found.layer, found.params["what"]) == (layer, how)
    assert found.step == 1


def test_weights_that_an_update_broke_are_named(job: Job) -> None:
    state = job.state(spec_of(SPIRALS))
    state.advance()
    with torch.no_grad():
        state.model.get_parameter("linear2.bias")[3] = float("inf")
    found = examine(state)
    assert (found.layer, found.params["what"], found.step) == ("linear2", "weights", 2)


def test_missing_values_in_the_data_are_said_to_be_that(job: Job) -> None:
    state = job.state(spec_of(SPIRALS))
    state.inputs = state.inputs.clone()
    state.inputs[:] = float("nan")
    found = examine(state)
    assert found.params["what"] == "inputs"
    assert "data" in found.message


def test_a_checkpoint_of_broken_weights_is_not_kept(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    advance = TrainingState.advance

    def breaks(state: TrainingState, *arguments: Any) -> None:
        advance(state, *arguments)
        if state.step == 5:
            with torch.no_grad():
                state.model.get_parameter("linear2.weight")[0, 0] = float("nan")

    monkeypatch.setattr(TrainingState, "advance", breaks)
    monkeypatch.setattr(Checkpoints, "busy", False)  # one after every step
    events = job.run(spec_of(SPIRALS), chunk_seconds=1e-6, checkpoint_seconds=1e-6)
    (diagnosis,) = of(events, Diagnosed)
    assert (diagnosis.step, diagnosis.layer, diagnosis.params["what"]) == (6, "linear2", "weights")
    for path in job.checkpoints.glob("*.safetensors"):
        assert all(bool(t.isfinite().all()) for t in read(path).group("model").values()), path
    assert of(events, Finished)[0].metrics["test"]["loss"] is None
