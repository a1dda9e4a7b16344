"""Failure: what ended a job, as a problem that a person can act on."""

from __future__ import annotations

import errno
import traceback

import torch

from freedive.errors import FreediveError
from freedive.protocol.problems import Problem
from freedive.protocol.specs import TrainSpec
from freedive.training.checkpoints import Written


def out_of_memory(error: BaseException) -> bool:
    """Whether memory ran out, on the host or on a device."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    text = str(error)
    return isinstance(error, RuntimeError) and ("can't allocate memory" in text or "out of memory" in text)


def problem(error: BaseException, spec: TrainSpec | None, parameters: int | None) -> Problem:
    """The error in words: ours as they are, memory with sizes and a way out, others with where they came from."""
    if isinstance(error, FreediveError):
        return Problem(code=error.code, message=error.message, position=error.position, hint=error.hint)
    if spec is not None and out_of_memory(error):
        model = f"a model of {parameters:,} parameters" if parameters else "this model"
        return Problem(
            code="out_of_memory",
            message=f"Memory ran out training {model} on batches of {spec.batch_size}.",
            position="batch_size",
            hint=f"Try batch_size {max(1, spec.batch_size // 4)}, narrower layers, or a device with more memory.",
            params={"batch_size": spec.batch_size, "parameters": parameters or 0},
        )
    place = traceback.extract_tb(error.__traceback__)
    where = f"{place[-1].filename.rpartition('/')[2]}:{place[-1].lineno}" if place else None
    return Problem(
        code="job_failed",
        message=f"Training could not go on: {type(error).__name__}: {error}",
        position=where,
        hint="The state is kept: go on from the newest checkpoint, or change the spec.",
    )


def unwritten(written: Written) -> tuple[str, str, dict[str, str | int | float]]:
    """(code, message, params) of the warning for a checkpoint that could not be written."""
    error = written.error
    full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
    why = "the disk is full" if full else str(error) or type(error).__name__
    return (
        "disk_full" if full else "checkpoint_failed",
        f"The checkpoint at step {written.step} could not be written: {why}. Training goes on; a crash or a rewind "
        "falls back to an earlier one. Free some space in the data folder.",
        {"step": written.step, "why": why},
    )
