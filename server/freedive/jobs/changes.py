"""Changes: what was changed of a job while it trained, and after which step; for its script and for its forks."""

from __future__ import annotations

from freedive.jobs.event_log import EventLog
from freedive.jobs.job import Job
from freedive.jobs.stored import readable
from freedive.protocol.commands import Changes

History = tuple[tuple[int, Changes], ...]
"""(steps taken before it, what was changed), in order."""


def history(job: Job, log: EventLog) -> History:
    """All that holds on the way that the job went in the end: what a rewind took back is not in it."""
    lineage = job.record.lineage
    begun = list(lineage.history) if lineage else []
    made: list[tuple[int, Changes]] = []
    with readable("changes"):
        for fact in log.facts(job.id, types=("command", "rewound")):
            if fact["type"] == "rewound":
                made = [(step, changes) for step, changes in made if step <= fact["step"]]
            elif fact["accepted"] and fact["command"]["kind"] == "set":
                made.append((fact["step"], Changes.model_validate(fact["command"]["changes"])))
    return (*begun, *made)


def until(past: History, step: int) -> History:
    """What was changed up to a step."""
    return tuple(entry for entry in past if entry[0] <= step)


def merged(past: History) -> Changes | None:
    """What differs from the spec in the end; None where nothing does."""
    values = {
        name: value for _, changes in past for name, value in changes.model_dump(exclude_none=True).items()
    }
    return Changes.model_validate(values) if values else None
