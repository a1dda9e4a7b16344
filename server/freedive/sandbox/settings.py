"""The lab's knobs, read from FREEDIVE_LAB_*; what a single run may take stands in `limits`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from freedive.settings import cores


class LabSettings(BaseSettings):
    """`FREEDIVE_LAB_CPU_SECONDS=60 freedive serve`."""

    model_config = SettingsConfigDict(env_prefix="FREEDIVE_LAB_", use_attribute_docstrings=True)

    cpu_seconds: Annotated[float, Field(gt=0)] = 10.0
    """CPU seconds one client may use in a burst: three or four endless loops, or a thousand and more edits."""
    cpu_share: Annotated[float, Field(gt=0)] = 0.75
    """CPU seconds per second that come back to it: sixty short runs a second need 0.5, one endless loop after another 1."""
    address_cpu_seconds: Annotated[float, Field(gt=0)] = 60.0
    """The same for all clients behind one address together, who may be a class or one person with many names."""
    address_cpu_share: Annotated[float, Field(gt=0)] = 0.8 * cores()
    """Leaves some of the machine to everybody else."""
    children: Annotated[int, Field(ge=1, le=64)] = cores()
    """Runs at once: more than there are cores only makes each slower."""
    spares: Annotated[int, Field(ge=1, le=64)] = max(2, min(8, cores()))
    """Children forked and sealed ahead of need, some 20 MB each."""
    long_children: Annotated[int, Field(ge=1, le=64)] = 1
    """Runs of a minute at once, beside the others: each takes a core from everybody."""
    queue: Annotated[int, Field(ge=1)] = 64
    """Requests that may wait: a class of forty that presses a key at the same moment."""
    queue_seconds: Annotated[float, Field(gt=0)] = 10.0
    """How long one waits before it is told to come again."""
    cache_bytes: Annotated[int, Field(ge=0)] = 32 * 1024**2
    """Answers kept for identical requests."""
