"""The loop: `train(spec, controls, context)` yields what a job says. No web, no database, no logger.

`bursts` is the same in groups: what one display frame or two brought, so that whoever drains it can encode and send
each group at once. Commands are read between steps; `steering.py` says what each of them does.
"""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Iterator
from time import perf_counter
from typing import Literal

from freedive.errors import BadSpec, Damaged
from freedive.protocol.commands import Split
from freedive.protocol.events import (
    CommandAnswered,
    Evaluated,
    Event,
    Failed,
    Finished,
    Logged,
    Progress,
    Rewound,
    StateChanged,
)
from freedive.protocol.specs import TrainSpec
from freedive.training import hyperparameters
from freedive.training.checkpoint import read, step_of
from freedive.training.context import Context, ResumePoint
from freedive.training.controls import Abandon, Controls, Told
from freedive.training.devices import choose
from freedive.training.evaluation import Evaluator
from freedive.training.failure import problem
from freedive.training.loaded import LoadedData
from freedive.training.not_finite import examine
from freedive.training.progress import Unwanted, loading
from freedive.training.reporter import Burst, Reporter
from freedive.training.shown import data_shown, started
from freedive.training.state import TrainingState
from freedive.training.steering import Abandoned, obey

Ending = Literal["completed", "early_stopping", "stopped", "not_finite"]

WORTH_A_BURST = 0.002
"""Seconds: before a longer wait everything is told first."""
TELL_REPLAY = 0.2
"""Seconds between two reports of a replay."""


def train(spec: TrainSpec, controls: Controls, context: Context) -> Iterator[Event]:
    """Train one job; every fact and snapshot in order. Failures are events, not exceptions."""
    for burst in bursts(spec, controls, context):
        yield from burst


def bursts(spec: TrainSpec, controls: Controls, context: Context) -> Iterator[list[Event]]:
    """Like `train`, in groups that belong together; nothing is held back while the job waits for a command."""
    job = Loop(spec, controls, context)
    try:
        yield from job.run()
    except Abandoned:
        return
    except Unwanted:
        yield job.unwanted()
    except Exception as error:  # whatever it is, the job ends with a fact that says so
        yield job.failed(error)
    finally:
        job.close()


class Loop:
    """One job on its way. Attributes are what commands may look at and change."""

    state: TrainingState
    evaluator: Evaluator
    reporter: Reporter

    def __init__(self, spec: TrainSpec, controls: Controls, context: Context) -> None:
        self.spec = spec
        self.controls = controls
        self.context = context
        self.paused = spec.start_paused
        self.steps_left: int | None = None
        """Steps until it pauses by itself."""
        self.until_epoch_end = False
        self.ending: Ending | None = None
        self._next_step = 0.0
        """When a paced job may take its next step."""
        self._validated: dict[tuple[Split, int], dict[str, float | None]] = {}
        """The newest evaluation."""

    # ── from beginning to end ────────────────────────────────────────────────────────────────────────────────

    def run(self) -> Burst:
        """The whole job."""
        yield from self._begin()
        reporter = self.reporter
        while self.ending is None:
            if self.controls.inbox:
                yield from obey(self)
            elif self.paused:
                yield from self._rest()
            elif self.state.pace is not None and self._next_step > perf_counter():
                yield from self._await_pace()
            else:
                self._take_step()
                if perf_counter() >= reporter.due_at:
                    yield from reporter.send(reporter.burst())
            if reporter.bad_step is not None:
                self.ending = "not_finite"
        yield from self._end(self.ending)

    def _begin(self) -> Burst:
        """Load, build, take up a checkpoint if there is one, and show the state before the first step."""
        device = choose(self.spec.device)
        data = yield from loading(
            self.spec, self.context.store, self.context.loaded or LoadedData(), self.controls
        )
        self.state = state = TrainingState(self.spec, data, device)
        self.evaluator = Evaluator(state)
        self.reporter = reporter = Reporter(state, self.controls, self.context)
        point = self.context.resume
        anew = point is None or point.checkpoint is None or point.reason == "fork"
        if point is not None:
            whole = self._take_up(point)
            if whole and point.checkpoint is not None:
                yield from self.replay(state.step if point.at_step is None else point.at_step)
            if point.changes is not None:
                hyperparameters.apply(state, point.changes)
            if point.reason == "fork":
                state.total_steps = state.step + state.sampler.steps_left(self.spec.epochs)
            self.paused = point.paused
            if point.reason != "fork":
                reporter.checkpoints.forget_after(state.step)
                if point.reason != "parked":
                    reporter.tell(Rewound(step=state.step, reason=point.reason))
                elif not whole:  # else it stands where it stood
                    reporter.tell(Rewound(step=state.step, reason="worker_lost"))
        if anew:
            reporter.tell(started(state, reporter.recorder))
            shown = data_shown(state.data, state.step)
            if shown is not None:
                reporter.tell(shown)
        reporter.tell_state("paused" if self.paused else "running")
        yield from reporter.send(reporter.drained())  # what it is shows before what it looks like is measured
        if anew:
            reporter.checkpoint(pinned=True)
            self._evaluate("validation")
        if state.finished:  # a fork of the very end, or a crash after it
            self.ending = "completed"
        elif state.stopper.exhausted and point is not None and point.reason == "fork":
            state.stopper.waited = 0  # whoever forks a job that stopped early wants it to go on
        elif state.stopper.exhausted:
            self.ending = "early_stopping"
        reporter.rested()
        yield from reporter.send([*reporter.drained(), *reporter.show()])

    def _take_up(self, point: ResumePoint) -> bool:
        """Become what a checkpoint holds; False where it is damaged, and an earlier one had to do.

        Raises Damaged for a fork, which has but the one.
        """
        if point.checkpoint is None:
            return True
        try:
            self.state.load(read(point.checkpoint))
            return True
        except Damaged as error:
            if point.reason == "fork":
                raise
            earlier = self.reporter.checkpoints.newest(step_of(point.checkpoint) - 1)
            if earlier is not None:
                self.state.load(earlier)
            self.reporter.tell(
                Logged(
                    step=self.state.step,
                    level="warning",
                    code="checkpoint_damaged",
                    message=f"{error.message} The job goes on from step {self.state.step}.",
                    params={"step": self.state.step},
                )
            )
            return False

    def _rest(self) -> Burst:
        """Show the state as it is and wait for a command."""
        reporter = self.reporter
        reporter.checkpoints.settle()  # so that everything is told before a long silence
        yield from reporter.send(reporter.drained())
        if reporter.bad_step is not None:
            return
        if not reporter.shown:
            yield from reporter.send(list(reporter.show()))
        if not self.controls.inbox:
            self.controls.wait()
        reporter.rested()

    def _await_pace(self) -> Burst:
        """Let the time between two paced steps pass, telling what there is first."""
        reporter = self.reporter
        if self._next_step - perf_counter() > WORTH_A_BURST:
            yield from reporter.send(reporter.burst())
        before = perf_counter()
        if not self.controls.inbox and self._next_step > before:
            self.controls.wait(self._next_step - before)
        reporter.waited(perf_counter() - before)

    def _take_step(self) -> None:
        """One step and all that follows from it."""
        state = self.state
        state.advance(self.reporter.recorder)
        if state.evaluation_due:
            state.evaluated(self._evaluate("validation"))
        closed = state.sampler.at_epoch_start
        if closed:
            state.epoch_closed()
        if state.pace is not None:
            self._next_step = max(self._next_step + 1 / state.pace, perf_counter())
        if state.stopper.exhausted:
            self.ending = "early_stopping"
        elif state.finished:
            self.ending = "completed"
        if self.steps_left is not None:
            self.steps_left -= 1
        if self.steps_left == 0 or (closed and self.until_epoch_end):
            self.pause()

    def replay(self, step: int) -> Burst:
        """Take steps silently until `step`; a stop command ends it where it is."""
        state, begin, last = self.state, self.state.step, perf_counter()
        while state.step < step and not state.finished and not self.controls.stops:
            state.advance()
            if state.evaluation_due and state.needs_evaluations:
                state.evaluated(self.evaluator.measure("validation", with_metrics=False)["loss"])
            if state.sampler.at_epoch_start:
                state.epoch_closed()
            if perf_counter() - last > TELL_REPLAY:
                last = perf_counter()
                done, total = state.step - begin, step - begin
                yield [Progress(step=state.step, what="replay", done=done, total=total, unit="steps")]

    def _end(self, ending: Ending) -> Burst:
        """Keep the state, measure all splits, show it, and say that it is over."""
        state, reporter = self.state, self.reporter
        yield from reporter.send(reporter.drained())
        bad = reporter.bad_step
        if bad is not None:
            ending = "not_finite"
            yield from self._diagnose(bad)
            keeps_best = False
        else:
            keeps_best = bool(state.stopper.best)
            reporter.checkpoint(pinned=True, weights="best" if keeps_best else "last")
            if keeps_best:
                state.stopper.give_best(state.model)
        splits: tuple[Split, ...] = ("train", "validation", "test")
        known = {} if keeps_best or bad is not None else self._validated
        metrics = {split: known.get((split, state.step)) or self._measured(split) for split in splits}
        snapshots = reporter.show()
        reporter.checkpoints.settle()
        reporter.written()
        told_step = state.step if bad is None else bad
        reporter.tell(
            Finished(
                step=told_step,
                reason=ending,
                seconds=state.seconds,
                metrics=metrics,
                best_step=state.stopper.best_step if keeps_best else None,
            )
        )
        reporter.tell_state("stopped" if ending == "stopped" else "finished", ending, step=told_step)
        facts, reporter.outbox = reporter.outbox, []
        yield from reporter.send([*snapshots, *facts])

    def _diagnose(self, bad: int) -> Burst:
        """Go back to just before the bad step, keep that state, and find the layer where it began."""
        try:
            yield from self.restore(bad - 1)
        except BadSpec:  # no checkpoint could be written: look at what there is
            found = examine(self.state)
        else:
            kept, checkpoints = self.state.save(pinned=True), self.reporter.checkpoints
            if self.state.finite:
                checkpoints.forget_after(bad - 1)
                checkpoints.put(kept)
            else:  # the update before was it: what was saved since is of no use
                checkpoints.forget_after(bad - 2)
            found = examine(self.state)
            self.state.load(kept)
        self.reporter.tell(found.model_copy(update={"step": bad}))

    def failed(self, error: Exception) -> list[Event]:
        """The last burst of a job that could not go on."""
        events: list[Event] = []
        step, parameters = 0, None
        if hasattr(self, "reporter"):
            step, parameters = self.state.step, sum(p.numel() for p in self.state.parameters)
            with contextlib.suppress(Exception):  # the device itself may have failed
                events = self.reporter.drained()
        return [
            *events,
            Failed(step=step, problem=problem(error, self.spec, parameters)),
            StateChanged(step=step, state="failed", reason="failed", worker=self.context.worker),
        ]

    def unwanted(self) -> list[Event]:
        """The last burst of a job that was stopped before it had anything to keep."""
        answers: list[Event] = []
        while (item := self.controls.take()) is not None:
            if isinstance(item, Abandon):
                return []
            if isinstance(item, Told):
                answers.append(CommandAnswered(command=item.command, id=item.id))
        return [*answers, StateChanged(state="stopped", reason="stopped", worker=self.context.worker)]

    def close(self) -> None:
        """Finish what is being written."""
        if hasattr(self, "reporter"):
            self.reporter.checkpoints.close()

    # ── what commands use ────────────────────────────────────────────────────────────────────────────────────

    def pause(self) -> None:
        """Stop before the next step."""
        self.paused, self.steps_left, self.until_epoch_end = True, None, False
        if self.ending is None:
            self.reporter.tell_state("paused")

    def park(self) -> Generator[list[Event], None, bool]:
        """Save a paused job as it is, so that its worker may go; False where that could not be written."""
        reporter = self.reporter
        reporter.checkpoint(pinned=True)
        reporter.checkpoints.settle()
        told = reporter.drained()
        if saved := any(event.type == "checkpoint" and event.step == self.state.step for event in told):
            told.append(StateChanged(step=self.state.step, state="paused", reason="parked"))
        yield from reporter.send(told)
        return saved

    def go(self, steps: int | None = None, until_epoch_end: bool = False) -> None:
        """Go on: for ever, for some steps, or to the end of the epoch."""
        was_paused, self.paused = self.paused, False
        self.steps_left, self.until_epoch_end = steps, until_epoch_end
        self._next_step = perf_counter()
        if was_paused:
            self.reporter.tell_state("running")

    def set_pace(self, steps_per_second: float | None) -> None:
        """Take at most so many steps per second from now on."""
        self.state.pace = steps_per_second
        self._next_step = perf_counter()

    def restore(self, step: int) -> Burst:
        """Become the state at `step` again. Raises BadSpec where no checkpoint is old enough."""
        checkpoints = self.reporter.checkpoints
        checkpoint = checkpoints.newest(step)
        if checkpoint is None:
            raise BadSpec(
                f"No checkpoint at or before step {step} is left.",
                position="step",
                hint=f"Checkpoints: {', '.join(map(str, checkpoints.steps)) or 'none'}.",
            )
        pace, inspected = self.state.pace, self.state.inspected
        self.state.load(checkpoint)
        self.state.pace, self.state.inspected = pace, inspected  # how it is looked at stays
        yield from self.replay(step)
        self._validated = {}
        self.reporter.outdate()

    def _evaluate(self, split: Split) -> float | None:
        """Measure a split and tell it; returns its loss."""
        metrics = self._measured(split)
        self._validated = {(split, self.state.step): metrics}
        return metrics["loss"]

    def _measured(self, split: Split) -> dict[str, float | None]:
        metrics = self.evaluator.measure(split)
        state = self.state
        self.reporter.tell(
            Evaluated(step=state.step, epoch=state.sampler.position, split=split, metrics=metrics)
        )
        return metrics
