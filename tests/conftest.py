"""What every test stands on: a data folder of its own, no settings from outside, one torch thread, gpu tests skipped."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings

# Before torch is imported, here and in every process that a test starts: two test processes share two cores.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# The same examples on every run, and no clock: a busy machine must not fail a test.
hypothesis_settings.register_profile("freedive", deadline=None, derandomize=True, print_blob=True)
hypothesis_settings.load_profile("freedive")


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh FREEDIVE_DATA_DIR, so that no test reads or writes what belongs to the person at this machine."""
    for name in [name for name in os.environ if name.startswith("FREEDIVE_")]:
        monkeypatch.delenv(name)
    folder = tmp_path / "data"
    monkeypatch.setenv("FREEDIVE_DATA_DIR", str(folder))
    return folder


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    needing = [item for item in items if item.get_closest_marker("gpu")]
    if not needing:
        return
    import torch

    if not torch.cuda.is_available():
        for item in needing:
            item.add_marker(pytest.mark.skip(reason="needs a CUDA device"))
