"""Devices: which one a job computes on, and what there is."""

from __future__ import annotations

import os
import platform
from pathlib import Path

import psutil
import torch

from freedive.errors import Unavailable
from freedive.protocol.jobs import DeviceInfo


def choose(name: str) -> torch.device:
    """`auto` is the first GPU where there is one, else the CPU. Raises Unavailable for a GPU that is not there."""
    if name == "auto":
        return torch.device("cuda:0" if torch.cuda.is_available() else "cpu")
    device = torch.device(name)
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        there = [d.name for d in devices()]
        raise Unavailable(
            f"The spec asks for {name}, but this worker has only {', '.join(there)}.",
            position="device",
            hint="Choose `auto`, which takes the best device there is.",
        )
    return device


def devices() -> list[DeviceInfo]:
    """All devices of this machine, GPUs first."""
    memory = psutil.virtual_memory()
    cores = os.cpu_count()
    cpu = DeviceInfo(
        name="cpu",
        description=f"{_processor()} ({cores} cores)",
        memory_total=memory.total,
        memory_used=memory.used,
        load=min(1.0, psutil.cpu_percent() / 100),
    )
    return [*(_gpu(i) for i in range(torch.cuda.device_count())), cpu]


def _gpu(index: int) -> DeviceInfo:
    free, total = torch.cuda.mem_get_info(index)
    return DeviceInfo(
        name=f"cuda:{index}",
        description=torch.cuda.get_device_name(index),
        memory_total=total,
        memory_used=total - free,
        load=None,
    )


def _processor() -> str:
    listing = Path("/proc/cpuinfo")
    if listing.exists():
        for line in listing.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
