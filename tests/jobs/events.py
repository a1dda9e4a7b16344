"""Events as jobs say them, small and by hand."""

from __future__ import annotations

import numpy as np

from freedive.protocol.chunks import Chunk, encode, unframe
from freedive.protocol.events import (
    Checkpointed,
    Confusion,
    Event,
    Finished,
    Metrics,
    Rewound,
    Started,
    StateChanged,
    Watched,
)
from freedive.protocol.tensors import TensorData

COLUMNS = ["loss", "accuracy", "lr"]


def chunk(*events: Event) -> Chunk:
    """Events of one kind as their one chunk."""
    (only,) = encode(events)
    return only


def metrics(first: int, losses: list[float]) -> Metrics:
    """Steps from `first` on, with these losses."""
    rows = np.array([[loss, 0.5, 0.1] for loss in losses], dtype=np.float32)
    return Metrics(step=first + len(losses) - 1, first_step=first, values=TensorData.of(rows))


def picture(step: int, mark: int = 0) -> Confusion:
    """A snapshot that can be told from others."""
    return Confusion(step=step, split="validation", counts=TensorData.of(np.array([[mark]], dtype=np.int64)))


def started(total: int = 100) -> Started:
    return Started(
        device="cpu",
        task="binary",
        input_shape=[2],
        outputs=1,
        layers=[],
        parameters=[],
        columns=COLUMNS,
        train_size=40,
        validation_size=5,
        test_size=5,
        steps_per_epoch=10,
        total_steps=total,
    )


def finished(step: int) -> Finished:
    return Finished(step=step, reason="completed", seconds=1.0, metrics={"test": {"accuracy": 0.75}})


def seen(message: bytes) -> list[tuple[int, str, int]]:
    """(sequence number, type, step) of every event in a message."""
    return [(e["seq"], e["type"], e["step"]) for _, events in unframe(message) for e in events]


__all__ = [
    "COLUMNS",
    "Checkpointed",
    "Rewound",
    "StateChanged",
    "Watched",
    "chunk",
    "finished",
    "metrics",
    "picture",
    "seen",
    "started",
]
