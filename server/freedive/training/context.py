"""Context: what a job is given besides its spec: where data and checkpoints lie, and where to start from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from freedive.catalog.datasets.store import DataStore
from freedive.protocol.commands import Changes

if TYPE_CHECKING:
    from freedive.training.loaded import LoadedData


@dataclass(frozen=True)
class ResumePoint:
    """Go on from a checkpoint in place of starting anew."""

    reason: Literal["worker_lost", "server_restarted", "fork", "parked"]
    checkpoint: Path | None = None
    """None: the job died before its first checkpoint, so it starts at step 0 again."""
    at_step: int | None = None
    """Replay silently to this step first; None is the checkpoint's own."""
    changes: Changes | None = None
    """Made at that step, before the first step of its own."""
    paused: bool = False
    """Wait there."""


@dataclass(frozen=True)
class Context:
    """Where a job reads and writes, and how often it speaks."""

    store: DataStore
    checkpoints: Path
    """The job's own folder of checkpoints; made if absent."""
    chunk_seconds: float = 0.03
    """Between two bursts of events."""
    checkpoint_seconds: float = 5.0
    """Between two checkpoints."""
    checkpoint_ring: int = 20
    """Checkpoints kept besides the pinned ones."""
    resume: ResumePoint | None = None
    loaded: LoadedData | None = None
    """Keeps the data for the next job; None loads it anew."""
    worker: int | None = None
    """Named in `state` events."""
