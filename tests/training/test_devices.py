"""Devices: what there is, and a clear word for what there is not."""

from __future__ import annotations

import psutil
import pytest
import torch

from freedive.errors import Unavailable
from freedive.training.devices import choose, devices


def test_the_processor_is_always_listed_last() -> None:
    listed = devices()
    assert len(listed) == torch.cuda.device_count() + 1
    assert listed[-1].name == "cpu"
    assert listed[-1].memory_total == psutil.virtual_memory().total
    assert "cores" in listed[-1].description


def test_auto_takes_the_best_there_is() -> None:
    assert choose("cpu") == torch.device("cpu")
    assert choose("auto").type == ("cuda" if torch.cuda.is_available() else "cpu")


def test_a_gpu_that_is_not_there_is_named_with_what_is() -> None:
    with pytest.raises(Unavailable, match=r"asks for cuda:63, but this worker has only .*cpu") as caught:
        choose("cuda:63")
    assert caught.value.position == "device"
