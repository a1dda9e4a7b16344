"""Steering: what each command does to a job between two steps. Every command is answered by one `command` event."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING

from freedive.errors import BadSpec, FreediveError, IllegalCommand
from freedive.protocol.commands import (
    Command,
    FinishEpoch,
    Inspect,
    Pace,
    Pause,
    Resume,
    Rewind,
    Set,
    Step,
    Stop,
)
from freedive.protocol.events import CommandAnswered, Event, Logged, Rewound
from freedive.protocol.problems import Problem
from freedive.training import hyperparameters
from freedive.training.controls import Abandon, Park, Question

if TYPE_CHECKING:
    from freedive.training.loop import Loop


class Abandoned(Exception):
    """Nobody wants to hear more of this job for now."""


def obey(job: Loop) -> Generator[list[Event], None, None]:
    """Take everything out of the inbox: answer questions, carry out commands. Raises Abandoned."""
    reporter = job.reporter
    yield from reporter.send(reporter.drained())  # what was measured before belongs before the answer
    while job.ending is None and reporter.bad_step is None and (item := job.controls.take()) is not None:
        if isinstance(item, Abandon):
            raise Abandoned
        if isinstance(item, Question):
            item.answer(job.state)
            continue
        if isinstance(item, Park):
            if job.paused and (yield from job.park()):
                raise Abandoned
            continue
        earlier, reporter.outbox = reporter.outbox, []
        before: dict[str, float | None] = {}
        trouble: Problem | None = None
        try:
            before = yield from _carry_out(job, item.command)
        except FreediveError as error:
            trouble = Problem(
                code=error.code, message=error.message, position=error.position, hint=error.hint
            )
        answer = CommandAnswered(
            step=job.state.step,
            command=item.command,
            id=item.id,
            accepted=trouble is None,
            problem=trouble,
            before=before,
        )
        reporter.outbox = [*earlier, answer, *reporter.outbox]  # the answer first, then what came of it


def _carry_out(job: Loop, command: Command) -> Generator[list[Event], None, dict[str, float | None]]:
    """Do it; returns the values before, for `set`. Raises FreediveError where it cannot be done."""
    state = job.state
    match command:
        case Pause():
            if job.paused:
                raise IllegalCommand("The job is paused already.", hint="Send `resume` or `step`.")
            job.pause()
        case Resume():
            if not job.paused:
                raise IllegalCommand("The job is running; only a paused job can be resumed.")
            job.go()
        case Step(n=n):
            job.go(steps=n)
        case FinishEpoch():
            job.go(until_epoch_end=True)
        case Stop():
            job.ending = "stopped"
        case Pace(steps_per_second=pace):
            job.set_pace(pace)
        case Set(changes=changes):
            hyperparameters.check(state, changes)
            before = hyperparameters.present(state, changes)
            hyperparameters.apply(state, changes)
            if changes.batch_size is not None:
                state.total_steps = state.step + state.sampler.steps_left(state.spec.epochs)
                job.reporter.tell(
                    Logged(
                        step=state.step,
                        code="total_steps",
                        message=f"{state.total_steps} steps in all with batches of {changes.batch_size}.",
                        params={"total_steps": state.total_steps, "batch_size": changes.batch_size},
                    )
                )
            job.reporter.checkpoint(
                pinned=True
            )  # holds the new values: nothing that starts here crosses the change
            job.reporter.checkpoints.settle()
            return before
        case Inspect(split=split, index=index):
            size = len(state.data.split(split))
            if index >= size:
                raise BadSpec(
                    f"The {split} split has {size} examples, 0 to {size - 1}; got {index}.",
                    position="index",
                )
            state.inspected = (split, index)
            for snapshot in job.reporter.schedule.one("activations"):
                job.reporter.tell(snapshot)
        case Rewind(step=step):
            if step > state.step:
                raise IllegalCommand(
                    f"The job has taken {state.step} steps; it cannot go back to step {step}.",
                    position="step",
                    hint="Send `step` to go forward.",
                )
            yield from job.restore(step)
            job.reporter.checkpoints.forget_after(state.step)
            job.reporter.tell(Rewound(step=state.step, reason="command"))
            job.pause()
    return {}
