"""LoadedData keeps the newest dataset and no other."""

from __future__ import annotations

from typing import Any

import pytest

from freedive.catalog.datasets.spirals import Spirals
from freedive.training.loaded import LoadedData

from .jobs import SPIRALS, Job, spec_of


def test_the_same_data_is_loaded_once(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    load, calls = Spirals.load, []

    def counted(self: Spirals, seed: int, store: Any) -> Any:
        calls.append(seed)
        return load(self, seed, store)

    monkeypatch.setattr(Spirals, "load", counted)
    loaded = LoadedData()
    first = loaded.load(spec_of(SPIRALS), job.store)
    assert loaded.load(spec_of(SPIRALS, batch_size=3), job.store) is first
    other = loaded.load(spec_of(SPIRALS, seed=4), job.store)
    assert other.train.inputs.tolist() != first.train.inputs.tolist()
    loaded.load(spec_of(SPIRALS, dataset={"size": 60}), job.store)
    loaded.load(spec_of(SPIRALS), job.store)
    assert calls == [3, 4, 3, 3]
