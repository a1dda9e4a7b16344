"""Histograms against numpy's own."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from freedive.training.probes.histograms import Counter, HistogramsProbe

from ..jobs import IRIS, Job, spec_of


@given(
    size=st.integers(2, 40_000),
    bins=st.sampled_from([8, 64, 100, 128, 256]),
    scale=st.sampled_from([1e-20, 1e-3, 1.0, 1e6, 1e30]),
    seed=st.integers(0, 99),
)
def test_counts_equal_numpy_but_for_values_on_an_edge(size: int, bins: int, scale: float, seed: int) -> None:
    values = torch.randn(size, generator=torch.Generator().manual_seed(seed)) * scale
    (low, high), counts, outside = Counter(bins).count(values)
    assert (low, high, outside) == (float(values.min()), float(values.max()), 0)
    assert counts.sum() == size
    expected, _ = np.histogram(values.double().numpy(), bins, (low, high))
    # float32 puts a value that lies on an edge, to its last bits, on either side of it
    assert np.abs(np.cumsum(counts) - np.cumsum(expected)).max() <= max(2, size * bins * 1e-6)


def test_values_that_are_not_finite_are_counted_apart() -> None:
    values = torch.tensor([1.0, float("nan"), 2.0, float("inf"), 3.0, -float("inf")])
    (low, high), counts, outside = Counter(8).count(values)
    assert (low, high, outside) == (1.0, 3.0, 3)
    assert counts.tolist() == [1, 0, 0, 1, 0, 0, 0, 1]
    assert Counter(8).count(torch.full((4,), float("nan")))[2] == 4


def test_extremes_whose_difference_is_no_number() -> None:
    values = torch.tensor([-3e38, 0.0, 3e38])
    assert Counter(8).count(values)[1].tolist() == [1, 0, 0, 0, 1, 0, 0, 1]


def test_equal_values_and_other_layouts(job: Job) -> None:
    assert Counter(8).count(torch.full((5,), 2.5))[1].tolist() == [5, 0, 0, 0, 0, 0, 0, 0]
    turned = torch.randn(200, 100).t()
    assert Counter(64).count(turned)[1].tolist() == Counter(64).count(turned.contiguous())[1].tolist()


def test_every_weight_and_gradient_is_in_the_snapshot(job: Job) -> None:
    state = job.state(spec_of(IRIS))
    before = HistogramsProbe(state).measure()
    assert before.names == [name for name, _ in state.model.named_parameters()]  # no gradients yet
    state.advance()
    after = HistogramsProbe(state).measure()
    assert after.names == [*before.names, *(f"grad/{name}" for name in before.names)]
    assert after.counts.shape == [8, 64]
    gradient = state.model.get_parameter("linear1.weight").grad
    assert gradient is not None
    row = after.names.index("grad/linear1.weight")
    assert after.counts.numpy()[row].sum() == gradient.numel()
    assert after.ranges.numpy()[row].tolist() == pytest.approx([float(gradient.min()), float(gradient.max())])
    assert after.step == 1
