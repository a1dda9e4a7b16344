"""Forks: how long a child trains, and what it is called. service.py makes them."""

from __future__ import annotations

from freedive.errors import IllegalCommand
from freedive.jobs.job import Job
from freedive.protocol.commands import Changes
from freedive.protocol.specs import MOST_EPOCHS


def scheduled(job: Job) -> int:
    """How many epochs its learning rate was scheduled for: those of the first job that it comes from."""
    lineage = job.record.lineage
    return (lineage.scheduled if lineage else None) or job.record.info.spec.epochs


def epochs_of_fork(parent: Job, step: int) -> int:
    """The parent's epochs; from its very end on as many again, so that there is something to train."""
    epochs, total = parent.record.info.spec.epochs, parent.info().total_steps
    if total is None or step < total:
        return epochs
    if epochs + scheduled(parent) > MOST_EPOCHS:
        raise IllegalCommand(
            f"Job `{parent.id}` has trained all its epochs, and no job may have more than {MOST_EPOCHS:,}.",
            position="step",
            hint="Fork it from an earlier step.",
        )
    return epochs + scheduled(parent)


def described(changes: Changes | None) -> str:
    """What a fork does otherwise, in a few words."""
    if changes is None:
        return "fork"
    return ", ".join(f"{name} {value:g}" for name, value in changes.model_dump(exclude_none=True).items())
