"""Jobs are run in a folder of their own and, as in a worker, with one thread."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from .jobs import Job


@pytest.fixture(autouse=True)
def one_thread() -> None:
    """As in a worker."""
    torch.set_num_threads(1)


@pytest.fixture
def job(tmp_path: Path) -> Job:
    """A folder to run jobs in."""
    return Job(tmp_path)
