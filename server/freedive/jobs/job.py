"""Job: what is known of one job, kept up to date from the facts it reports; the tables of what may follow what.

The log is the truth and this is a summary of it: after a crash the facts that came later are applied again.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import numpy as np

from freedive.errors import IllegalCommand
from freedive.protocol.commands import Changes, Command
from freedive.protocol.events import JobState
from freedive.protocol.jobs import CheckpointInfo, JobInfo
from freedive.protocol.problems import Problem
from freedive.protocol.wire import Wire

TRANSITIONS: dict[JobState, frozenset[JobState]] = {
    "queued": frozenset({"starting", "stopped", "failed"}),
    "starting": frozenset({"running", "paused", "finished", "stopped", "failed", "interrupted"}),
    "running": frozenset({"paused", "finished", "stopped", "failed", "interrupted"}),
    "paused": frozenset({"running", "queued", "finished", "stopped", "failed", "interrupted"}),
    "interrupted": frozenset({"queued", "stopped", "failed"}),
    "finished": frozenset(),
    "stopped": frozenset(),
    "failed": frozenset(),
}
"""Which state may follow which."""

ENDED: frozenset[JobState] = frozenset({"finished", "stopped", "failed"})
"""States that nothing follows."""
WITH_WORKER: frozenset[JobState] = frozenset({"starting", "running", "paused"})

ALLOWED: dict[JobState, frozenset[str]] = {
    "queued": frozenset({"stop"}),
    "starting": frozenset({"pause", "stop", "pace"}),
    "running": frozenset({"pause", "step", "finish_epoch", "stop", "pace", "set", "inspect", "rewind"}),
    "paused": frozenset({"resume", "step", "finish_epoch", "stop", "pace", "set", "inspect", "rewind"}),
    "interrupted": frozenset({"stop"}),
    "finished": frozenset(),
    "stopped": frozenset(),
    "failed": frozenset(),
}
"""Which commands a state allows."""

STOPPING = "stopping"
"""The reason of a state that was told to end."""

SPARK = 60
"""Points of the spark line."""


class Lineage(Wire):
    """How a fork differs from its parent."""

    checkpoint: int
    """The step of the checkpoint that was taken over; the way from there to the fork is replayed."""
    step: int
    changes: Changes | None = None
    history: tuple[tuple[int, Changes], ...] = ()
    """What was changed before and at the fork, and after which step: a parent may be deleted."""
    scheduled: int | None = None
    """Epochs that the schedule of the learning rate was made for, where the fork trains more of them."""


class Spark(Wire):
    """Training loss in buckets of equal width: [sum, count] each; the width doubles when there are too many."""

    width: int = 1
    buckets: tuple[tuple[float, int], ...] = ()


class JobRecord(Wire):
    """A job as it is stored."""

    info: JobInfo
    submitter: str = ""
    lineage: Lineage | None = None
    checkpoints: tuple[CheckpointInfo, ...] = ()
    spark: Spark = Spark()
    steps_per_epoch: int | None = None
    columns: tuple[str, ...] = ()
    paused: bool = False
    """It was paused when it was interrupted, and waits again once it is back."""


@dataclass
class Job:
    """A job in memory. `record.info` is a snapshot; what changes with every chunk lies beside it."""

    record: JobRecord
    state: JobState = "queued"
    step: int = 0
    last_seq: int = 0
    queue_position: int | None = None
    watchers: int = 0
    changes: dict[str, Any] = field(default_factory=dict)
    """Fields of JobInfo that differ from `record.info`."""
    checkpoints: dict[int, CheckpointInfo] = field(default_factory=dict)
    buckets: list[tuple[float, int]] = field(default_factory=list)
    width: int = 1
    steps_per_epoch: int | None = None
    columns: list[str] = field(default_factory=list)
    losses: list[int | None] = field(default_factory=list)
    """Step of the newest checkpoint at each loss of a worker since the job last got further."""
    outcome: tuple[JobState, str] | None = None
    """How the training says that it ended, until the state follows."""
    resume_reason: Literal["worker_lost", "server_restarted", "parked"] | None = None
    """Why it does not start from its beginning."""
    resume_paused: bool = False

    @classmethod
    def of(cls, record: JobRecord) -> Job:
        """From its document."""
        return cls(
            record,
            state=record.info.state,
            step=record.info.step,
            last_seq=record.info.last_seq,
            checkpoints={c.step: c for c in record.checkpoints},
            buckets=list(record.spark.buckets),
            width=record.spark.width,
            steps_per_epoch=record.steps_per_epoch,
            columns=list(record.columns),
            resume_paused=record.paused,
        )

    @property
    def id(self) -> str:
        return self.record.info.id

    @property
    def had_begun(self) -> bool:
        """Whether it ever had a worker."""
        return (self.changes.get("started") or self.record.info.started) is not None

    @property
    def forked(self) -> bool:
        """Whether a fork has a checkpoint of its own, made after it went its own way; true of all other jobs."""
        lineage, begun = self.record.lineage, self.changes.get("started") or self.record.info.started
        return lineage is None or any(
            c.step > lineage.step or (c.step == lineage.step and begun is not None and c.time >= begun)
            for c in self.checkpoints.values()
        )

    @property
    def ended(self) -> bool:
        return self.state in ENDED

    @property
    def parked(self) -> bool:
        """Whether it is paused without a worker: a checkpoint holds its state, and a command wakes it."""
        return self.state == "paused" and self.reason == "parked"

    @property
    def stopping(self) -> bool:
        """Whether it was told to stop: its worker measures once more and saves, and nothing else is to come."""
        return not self.ended and self.reason == STOPPING

    @property
    def reason(self) -> str | None:
        """Why it is in its state."""
        reason: str | None = self.changes.get("reason", self.record.info.reason)
        return reason

    def info(self) -> JobInfo:
        """As REST shows it now."""
        epoch = self.step / self.steps_per_epoch if self.steps_per_epoch else 0.0
        return self.record.info.model_copy(
            update={
                **self.changes,
                "state": self.state,
                "step": self.step,
                "epoch": epoch,
                "last_seq": self.last_seq,
                "queue_position": self.queue_position,
                "watchers": self.watchers,
                "spark": [total / count if count else None for total, count in self.buckets],
            }
        )

    def document(self) -> JobRecord:
        """As it is stored now."""
        info = self.info().model_copy(update={"queue_position": None, "watchers": 0})
        return self.record.model_copy(
            update={
                "info": info,
                "checkpoints": tuple(self.checkpoints[step] for step in sorted(self.checkpoints)),
                "spark": Spark(width=self.width, buckets=tuple(self.buckets)),
                "steps_per_epoch": self.steps_per_epoch,
                "columns": tuple(self.columns),
                "paused": self.resume_paused,
            }
        )

    def check(self, command: Command) -> None:
        """Raise IllegalCommand where the state forbids the command."""
        if self.stopping:
            raise IllegalCommand(
                "The job is stopping already.",
                position=f"jobs/{self.id}",
                hint="Fork it to go on from any of its steps.",
            )
        if command.kind in ALLOWED[self.state]:
            return
        states = [state for state in get_args(JobState) if command.kind in ALLOWED[state]]
        hint = {
            "interrupted": "It goes on by itself as soon as a worker is free.",
            "queued": "It waits for a free worker; stop takes it out of the queue.",
            "starting": "It is being built; try again in a moment.",
            "running": "Pause it first.",
            "paused": "It is paused already.",
        }.get(self.state, "Fork it to go on from any of its steps.")
        raise IllegalCommand(
            f"`{command.kind}` is for jobs that are {' or '.join(states)}; this one is {self.state}.",
            position=f"jobs/{self.id}",
            hint=hint,
        )

    def enter(self, state: JobState) -> bool:
        """Go over to a state if it may follow; False where it may not."""
        if state == self.state:
            return True
        if state not in TRANSITIONS[self.state]:
            return False
        self.state = state
        return True

    def checkpoint_at(self, step: int | None) -> CheckpointInfo | None:
        """The newest checkpoint at or before a step."""
        found = [s for s in self.checkpoints if step is None or s <= step]
        return self.checkpoints[max(found)] if found else None

    # ── facts ─────────────────────────────────────────────────────────────────────────────────────────────────

    def apply(self, fact: dict[str, Any]) -> None:
        """Take note of a fact, as MessagePack gives it."""
        match fact["type"]:
            case "rewound":
                self._rewind(fact["step"])
                return
            case "state":
                self._enter(fact)
            case "started":
                self.columns = fact["columns"]
                self.steps_per_epoch = fact["steps_per_epoch"]
                self.changes |= {"total_steps": fact["total_steps"], "device": fact["device"]}
            case "metrics":
                self._measure(fact)
            case "evaluation":
                self._latest(fact["split"], fact["metrics"])
            case "checkpoint":
                self.checkpoints[fact["step"]] = CheckpointInfo(
                    step=fact["step"], nbytes=fact["nbytes"], pinned=fact["pinned"], time=fact["time"]
                )
                for step in fact["dropped"]:
                    self.checkpoints.pop(step, None)
            case "log":
                if fact["code"] == "total_steps":
                    self.changes["total_steps"] = fact["params"]["total_steps"]
            case "finished":
                for split, metrics in fact["metrics"].items():
                    self._latest(split, metrics)
                self.outcome = ("stopped" if fact["reason"] == "stopped" else "finished", fact["reason"])
            case "failed":
                self.changes["problem"] = Problem(**fact["problem"])
                self.outcome = ("failed", fact["problem"]["code"])
        self.step = max(self.step, fact["step"])

    def _enter(self, fact: dict[str, Any]) -> None:
        stopping = self.stopping
        if not self.enter(fact["state"]):
            return
        self.changes["reason"] = STOPPING if stopping and not self.ended else fact["reason"]
        if fact["worker"] is not None:
            self.changes["worker"] = fact["worker"]
        if fact["device"] is not None:
            self.changes["device"] = fact["device"]
        if self.state not in WITH_WORKER or self.parked:
            self.changes["worker"] = None
        if self.state == "starting" and not self.had_begun:
            self.changes["started"] = fact["time"]
        if self.ended:
            self.changes["ended"] = fact["time"]

    def _measure(self, fact: dict[str, Any]) -> None:
        values = fact["values"]
        rows = np.frombuffer(values["data"], "<f4").reshape(values["shape"])
        if not len(rows):
            return
        shown = [
            i for i, name in enumerate(self.columns[: rows.shape[1]]) if "/" not in name and name != "lr"
        ]
        newest = rows[-1]
        self._latest("train", {self.columns[i]: _finite(newest[i]) for i in shown})
        for i, loss in enumerate(rows[:, 0].tolist()):
            bucket = (fact["first_step"] + i - 1) // self.width
            while bucket >= SPARK:
                self._widen()
                bucket = (fact["first_step"] + i - 1) // self.width
            while len(self.buckets) <= bucket:
                self.buckets.append((0.0, 0))
            if np.isfinite(loss):
                total, count = self.buckets[bucket]
                self.buckets[bucket] = (total + loss, count + 1)

    def _widen(self) -> None:
        pairs = [self.buckets[i : i + 2] for i in range(0, len(self.buckets), 2)]
        self.buckets = [(sum(t for t, _ in pair), sum(n for _, n in pair)) for pair in pairs]
        self.width *= 2

    def _latest(
        self, split: Literal["train", "validation", "test"], metrics: dict[str, float | None]
    ) -> None:
        latest = self.changes.get("latest") or self.record.info.latest
        self.changes["latest"] = {**latest, split: {**latest.get(split, {}), **metrics}}

    def _rewind(self, step: int) -> None:
        self.step = step
        self.checkpoints = {at: c for at, c in self.checkpoints.items() if at <= step}
        del self.buckets[-(-step // self.width) :]


def _finite(value: Any) -> float | None:
    return float(value) if np.isfinite(value) else None


def new_record(info: JobInfo, submitter: str, lineage: Lineage | None = None) -> JobRecord:
    """The record of a job that was just made."""
    return JobRecord(info=info, submitter=submitter, lineage=lineage)


def now() -> float:
    """Seconds since the Unix epoch."""
    return time.time()
