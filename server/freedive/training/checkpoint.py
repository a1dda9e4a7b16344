"""Checkpoint: everything a job needs to go on bit for bit, as one safetensors file.

Tensors are `model/<name>`, `optimizer/<parameter index>/<key>`, `rng/<device>` (uint8) and, with early stopping,
`best/<name>`; the rest is JSON under the metadata key `freedive`. `state.py` fills it and takes it apart again.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from freedive.catalog.private import create
from freedive.errors import Damaged
from freedive.protocol.specs import TrainSpec

FORMAT = 1
_FREE = {"probes", "pace", "start_paused", "device", "epochs"}
"""Fields of a spec that do not change the numbers up to here (the device changes only their last bits)."""


def spec_digest(spec: TrainSpec) -> str:
    """The same for two specs that train alike."""
    plain = spec.model_dump(mode="json", exclude=_FREE)
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()[:16]


@dataclass
class Record:
    """The part of a checkpoint that is not tensors."""

    step: int
    epoch: int
    offset: int
    batch_size: int
    seconds: float
    digest: str
    optimizer_groups: list[dict[str, Any]]
    optimizer_numbers: dict[str, dict[str, Any]]
    """Plain values in the optimizer's state, by parameter index."""
    scheduler: dict[str, Any] | None
    stopping: dict[str, Any]
    dropout: dict[str, float]
    """Probability by module."""
    pace: float | None
    inspected: tuple[str, int]
    pinned: bool = False
    weights: str = "last"
    """`best`: training ended, and what it offers for prediction are the tensors under `best/`."""
    total_steps: int = 0
    format: int = FORMAT


@dataclass
class Checkpoint:
    """A record and its tensors."""

    record: Record
    tensors: dict[str, Tensor] = field(default_factory=dict)

    def group(self, prefix: str) -> dict[str, Tensor]:
        """Tensors under `prefix/`, without it."""
        return {
            name[len(prefix) + 1 :]: t for name, t in self.tensors.items() if name.startswith(prefix + "/")
        }

    @property
    def offered(self) -> dict[str, Tensor]:
        """The model's tensors that predictions are made with."""
        return {**self.group("model"), **(self.group("best") if self.record.weights == "best" else {})}

    def encode(self) -> bytes:
        """The file's bytes."""
        return save(self.tensors, {"format": "pt", "freedive": json.dumps(asdict(self.record))})


def path_of(folder: Path, step: int) -> Path:
    """Where the checkpoint of a step lies."""
    return folder / f"step-{step:08d}.safetensors"


def step_of(path: Path) -> int:
    """The step a checkpoint belongs to, from its name."""
    return int(path.stem.removeprefix("step-"))


def write(path: Path, data: bytes) -> None:
    """Write whole or not at all: to a temporary name, synced to the disk, then renamed."""
    temporary = path.with_suffix(".partial")
    try:
        with create(temporary) as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
    if os.name == "posix":
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def damaged(message: str) -> Damaged:
    """What is told of a checkpoint that is of no use; where it lies concerns nobody but the server."""
    return Damaged(message, position="step", hint="Take an earlier one, or start the job anew.")


def read_record(path: Path) -> Record:
    """The record alone, without the tensors. Raises Damaged, also where it is of another version."""
    step = step_of(path)
    try:
        with safe_open(str(path), framework="pt") as file:
            plain = json.loads((file.metadata() or {})["freedive"])
        if plain["format"] == FORMAT:
            return Record(**{**plain, "inspected": tuple(plain["inspected"])})
    except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
        raise damaged(f"The checkpoint of step {step} cannot be read any more.") from error
    raise damaged(f"The checkpoint of step {step} was written by another version of Freedive.")


def read(path: Path, device: torch.device | str = "cpu") -> Checkpoint:
    """Read a checkpoint; tensors come to `device`, random states stay on the CPU. Raises Damaged."""
    record = read_record(path)
    try:
        with safe_open(str(path), framework="pt", device=str(device)) as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  # not a dict
    except (OSError, SafetensorError) as error:
        raise damaged(f"The checkpoint of step {record.step} cannot be read any more.") from error
    return Checkpoint(record, {n: t.cpu() if n.startswith("rng/") else t for n, t in tensors.items()})


@contextlib.contextmanager
def fitting(step: int) -> Iterator[None]:
    """Raises Damaged where what was read does not fit what it is put into: tensors that are missing or of other shapes."""
    try:
        yield
    except (RuntimeError, KeyError, IndexError, TypeError, ValueError) as error:
        raise damaged(f"The checkpoint of step {step} does not fit its job.") from error
