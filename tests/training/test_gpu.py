"""The same jobs on a GPU: close to the CPU's losses, and no waiting for the device between two bursts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from freedive.protocol.events import Finished, Started
from freedive.training.recorder import Recorder
from freedive.training.state import TrainingState

from .jobs import DIGITS, SPIRALS, Job, of, same_rows, spec_of, table

pytestmark = pytest.mark.gpu


@pytest.mark.parametrize("base", [SPIRALS, DIGITS], ids=["mlp", "conv"])
def test_losses_are_those_of_the_cpu(job: Job, base: dict[str, Any]) -> None:
    there = job.run(spec_of(base, device="cuda:0"), watched=True, checkpoints=job.folder / "gpu")
    here = job.run(spec_of(base))
    assert of(there, Started)[0].device == "cuda:0"
    left, right = table(there), table(here)
    assert left.keys() == right.keys()
    np.testing.assert_allclose(
        [left[s][0] for s in sorted(left)], [right[s][0] for s in sorted(right)], rtol=2e-2, atol=2e-3
    )
    assert of(there, Finished)[0].reason == "completed"


def test_steps_never_wait_for_the_device(job: Job) -> None:
    spec = spec_of(DIGITS, device="cuda:0", clipping={"enabled": True}, regularization={"l2": 0.01})
    state = TrainingState(spec, spec.dataset.load(0, job.store), torch.device("cuda:0"))
    recorder = Recorder(state.data.task, state.weights, state.device)
    for _ in range(3):
        state.advance(recorder)
    recorder.take()
    torch.cuda.set_sync_debug_mode("error")
    try:
        for _ in range(5):
            state.advance(recorder)
        rows = recorder.take()
    finally:
        torch.cuda.set_sync_debug_mode("default")
    assert rows is not None
    assert rows.numpy().shape == (5, len(recorder.columns))
    assert np.isfinite(rows.numpy()).all()


def test_resuming_continues_on_the_device(job: Job) -> None:
    from freedive.training.context import ResumePoint

    spec = spec_of(SPIRALS, device="cuda:0")
    whole = table(job.run(spec))
    start = job.checkpoints / "step-00000000.safetensors"
    fork = table(job.run(spec, resume=ResumePoint("fork", start, at_step=5), checkpoints=job.folder / "fork"))
    assert same_rows(fork, {s: r for s, r in whole.items() if s > 5})
