"""History: fewer rows keep the ends and the peaks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from freedive.jobs.history import extremes


@pytest.mark.parametrize(("points", "expected"), [(1, [99]), (2, [0, 99]), (3, [0, 40, 99])])
def test_the_last_step_is_kept_however_few_rows_are_asked_for(points: int, expected: list[int]) -> None:
    table = np.arange(100, dtype=np.float32)[:, None] * np.ones((1, 8), np.float32)
    table[40, 0] = -1
    assert extremes(table, points).tolist() == expected


@given(
    rows=st.integers(2, 300),
    columns=st.integers(1, 9),
    points=st.integers(1, 299),
    seed=st.integers(0, 1000),
    gaps=st.booleans(),
)
def test_the_ends_and_the_peaks_are_kept(rows: int, columns: int, points: int, seed: int, gaps: bool) -> None:
    random = np.random.default_rng(seed)
    table = random.normal(size=(rows, columns)).astype(np.float32)
    if gaps:
        table[random.random(table.shape) < 0.3] = np.nan
    kept = extremes(table, points).tolist()
    assert kept == sorted(set(kept))
    assert len(kept) <= points
    assert kept[-1] == rows - 1
    assert points < 2 or kept[0] == 0
    if points >= 2 + 2 * columns and not np.isnan(table).any():
        assert set(table.argmin(0)) | set(table.argmax(0)) <= set(kept)
