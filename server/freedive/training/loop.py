"""The loop: `train(spec, controls, context)` yields what a job says. No web, no database, no logger.

`bursts` is the same in groups: what one display frame or two brought, so that whoever drains it can encode and send
each group at once. Commands are read between steps; `steering.py` says what each of them does.
"""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Iterator
from time import perf_counter
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from freedive.errors import BadSpec
from freedive.protocol.commands import Split
from freedive.protocol.events import (
    Checkpointed,
    Evaluated,
    Event,
    Failed,
    Finished,
    Logged,
    Metrics,
    Progress,
    Rewound,
    StateChanged,
)
from freedive.protocol.specs import TrainSpec
from freedive.protocol.tensors import TensorData
from freedive.training import hyperparameters
from freedive.training.checkpoint import read
from freedive.training.checkpoints import Checkpoints
from freedive.training.controls import Controls
from freedive.training.devices import choose
from freedive.training.evaluation import Evaluator
from freedive.training.failure import problem, unwritten
from freedive.training.loaded import LoadedData
from freedive.training.not_finite import examine
from freedive.training.probes import fitting
from freedive.training.probes.schedule import Schedule
from freedive.training.progress import loading
from freedive.training.recorder import Recorder, Rows
from freedive.training.shown import data_shown, started
from freedive.training.state import TrainingState
from freedive.training.steering import obey

if TYPE_CHECKING:
    from freedive.protocol.events import JobState, Snapshot
    from freedive.training.context import Context

Burst = Generator[list[Event], None, None]
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
    except Exception as error:  # whatever it is, the job ends with a fact that says so
        yield job.failed(error)
    finally:
        job.close()


class Loop:
    """One job on its way. Attributes are what commands may look at and change."""

    state: TrainingState
    recorder: Recorder
    evaluator: Evaluator
    checkpoints: Checkpoints
    schedule: Schedule

    def __init__(self, spec: TrainSpec, controls: Controls, context: Context) -> None:
        self.spec = spec
        self.controls = controls
        self.context = context
        self.outbox: list[Event] = []
        """Facts that are told with the next burst."""
        self.paused = spec.start_paused
        self.steps_left: int | None = None
        """Steps until it pauses by itself."""
        self.until_epoch_end = False
        self.ending: Ending | None = None
        self.built = False
        self._bad_step: int | None = None
        self._arriving: Rows | None = None
        self._watched = False
        self._shown_at = self._saved_at = -1
        self._next_burst = self._next_step = self._last_checkpoint = self._mark = perf_counter()
        self._idle = 0.0
        self._charged = 0.0

    # ── from beginning to end ────────────────────────────────────────────────────────────────────────────────

    def run(self) -> Burst:
        """The whole job."""
        yield from self._begin()
        while self.ending is None:
            if self.controls.inbox:
                yield from obey(self)
            elif self.paused:
                yield from self._rest()
            elif self.state.pace is not None and self._next_step > perf_counter():
                yield from self._await_pace()
            else:
                self._take_step()
                if perf_counter() >= self._next_burst:
                    yield from self.send(self._burst())
        yield from self._end(self.ending)

    def _begin(self) -> Burst:
        """Load, build, take up a checkpoint if there is one, and show the state before the first step."""
        device = choose(self.spec.device)
        data = yield from loading(self.spec, self.context.store, self.context.loaded or LoadedData())
        self.state = state = TrainingState(self.spec, data, device)
        self.recorder = Recorder(data.task, state.weights, device)
        self.evaluator = Evaluator(state)
        self.checkpoints = Checkpoints(self.context.checkpoints, self.context.checkpoint_ring)
        self.schedule = Schedule(fitting(state), self.spec.probes.share)
        self.built = True
        point = self.context.resume
        anew = point is None or point.checkpoint is None or point.reason == "fork"
        if point is not None:
            if point.checkpoint is not None:
                state.load(read(point.checkpoint))
                yield from self.replay(state.step if point.at_step is None else point.at_step)
            if point.changes is not None:
                hyperparameters.apply(state, point.changes)
                state.total_steps = state.step + state.sampler.steps_left(self.spec.epochs)
            self.paused = point.paused
            if point.reason != "fork":
                self.checkpoints.forget_after(state.step)
                self.tell(Rewound(step=state.step, reason=point.reason))
        if anew:
            self.tell(started(state, self.recorder))
            shown = data_shown(state)
            if shown is not None:
                self.tell(shown)
        self.tell_state("paused" if self.paused else "running")
        if anew:
            self.checkpoint(pinned=True)
            self._evaluate("validation")
        if state.finished:  # a fork of the very end
            self.ending = "completed"
        self._mark = self._next_step = self._last_checkpoint = perf_counter()
        yield from self.send([*self.drained(), *self._show()])

    def _rest(self) -> Burst:
        """Show the state as it is and wait for a command."""
        yield from self.send(self.drained())
        if self.ending is not None:
            return
        if self._shown_at != self.state.step:
            yield from self.send(list(self._show()))
        if not self.controls.inbox:
            self.controls.wait()
        self._mark = self._next_step = perf_counter()  # time at rest is no time of training

    def _await_pace(self) -> Burst:
        """Let the time between two paced steps pass, telling what there is first."""
        if self._next_step - perf_counter() > WORTH_A_BURST:
            yield from self.send(self._burst())
        before = perf_counter()
        if not self.controls.inbox and self._next_step > before:
            self.controls.wait(self._next_step - before)
        self._idle += perf_counter() - before

    def _take_step(self) -> None:
        """One step and all that follows from it."""
        state = self.state
        state.advance(self.recorder)
        if state.evaluation_due:
            state.evaluated(self._evaluate("validation"))
        closed = state.sampler.at_epoch_start
        if closed:
            state.epoch_closed()
        if state.pace is not None:
            now = perf_counter()
            self._next_step = max(self._next_step + 1 / state.pace, now)
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
        yield from self.send(self.drained())
        if self._bad_step is not None:
            ending = "not_finite"
            yield from self._diagnose(self._bad_step)
        state = self.state
        told_step = self._bad_step or state.step
        keeps_best = bool(state.stopper.best) and ending != "not_finite"
        if ending != "not_finite":
            self.checkpoint(pinned=True, weights="best" if keeps_best else "last")
        if keeps_best:
            state.stopper.give_best(state.model)
        splits: tuple[Split, ...] = ("train", "validation", "test")
        metrics = {split: self.evaluator.measure(split) for split in splits}
        for split in splits:
            self.tell(
                Evaluated(step=state.step, epoch=state.sampler.position, split=split, metrics=metrics[split])
            )
        self.checkpoints.settle()
        self._tell_written()
        snapshots = self._show()
        self.tell(
            Finished(
                step=told_step,
                reason=ending,
                seconds=state.seconds,
                metrics=metrics,
                best_step=state.stopper.best_step if keeps_best else None,
            )
        )
        self.tell_state("stopped" if ending == "stopped" else "finished", ending, step=told_step)
        facts, self.outbox = self.outbox, []
        yield from self.send([*snapshots, *facts])

    def failed(self, error: Exception) -> list[Event]:
        """The last burst of a job that could not go on."""
        events: list[Event] = []
        parameters = step = None
        if self.built:
            step = self.state.step
            parameters = sum(p.numel() for p in self.state.parameters)
            with contextlib.suppress(Exception):  # the device itself may have failed
                events = self.drained()
        return [
            *events,
            Failed(step=step or 0, problem=problem(error, self.spec, parameters)),
            StateChanged(step=step or 0, state="failed", reason="failed", worker=self.context.worker),
        ]

    def close(self) -> None:
        """Finish what is being written."""
        if self.built:
            self.checkpoints.close()

    # ── what commands use ────────────────────────────────────────────────────────────────────────────────────

    def tell(self, event: Event) -> None:
        """Put a fact into the next burst."""
        self.outbox.append(event)

    def tell_state(self, state: JobState, reason: str | None = None, step: int | None = None) -> None:
        """Say which state the job is in."""
        self.tell(
            StateChanged(
                step=self.state.step if step is None else step,
                state=state,
                reason=reason,
                worker=self.context.worker,
                device=str(self.state.device),
            )
        )

    def pause(self) -> None:
        """Stop before the next step."""
        self.paused, self.steps_left, self.until_epoch_end = True, None, False
        if self.ending is None:
            self.tell_state("paused")

    def go(self, steps: int | None = None, until_epoch_end: bool = False) -> None:
        """Go on: for ever, for some steps, or to the end of the epoch."""
        was_paused, self.paused = self.paused, False
        self.steps_left, self.until_epoch_end = steps, until_epoch_end
        if was_paused:
            self.tell_state("running")

    def checkpoint(self, pinned: bool = False, weights: str = "last") -> None:
        """Save the state; the event follows when it is on the disk."""
        self.checkpoints.put(self.state.save(pinned, weights))
        self._last_checkpoint, self._saved_at = perf_counter(), self.state.step

    def show(self, name: str) -> None:
        """Tell one snapshot with the next burst."""
        for snapshot in self.schedule.one(name):
            self.tell(snapshot)

    def set_pace(self, steps_per_second: float | None) -> None:
        """Take at most so many steps per second from now on."""
        self.state.pace = steps_per_second
        self._next_step = perf_counter()

    def restore(self, step: int) -> Burst:
        """Become the state at `step` again. Raises BadSpec where no checkpoint is old enough."""
        checkpoint = self.checkpoints.newest(step)
        if checkpoint is None:
            raise BadSpec(
                f"No checkpoint at or before step {step} is left.",
                position="step",
                hint=f"Checkpoints: {', '.join(map(str, self.checkpoints.steps)) or 'none'}.",
            )
        pace, inspected = self.state.pace, self.state.inspected
        self.state.load(checkpoint)
        self.state.pace, self.state.inspected = pace, inspected  # how it is looked at stays
        yield from self.replay(step)
        self._shown_at = -1

    def send(self, events: list[Event]) -> Burst:
        """Yield a burst, and charge the time its consumer takes."""
        if events:
            before = perf_counter()
            yield events
            self._charged += perf_counter() - before

    # ── bursts ───────────────────────────────────────────────────────────────────────────────────────────────

    def _burst(self) -> list[Event]:
        """What happened since the last one, and the probes that are due."""
        begin = perf_counter()
        idle, busy = self._idle, self._clock()
        rows = self.recorder.take()
        if (
            rows is not None and rows.arrived is not None
        ):  # on a GPU: tell those that had a burst's time to arrive
            rows, self._arriving = self._arriving, rows
        events = self._told(rows)
        if self._bad_step is not None:
            return events
        if self._checkpoint_due(begin):
            events += self.drained()
            if self._bad_step is not None:
                return events
            self.checkpoint()
        charged = self._charged + self.recorder.seconds + perf_counter() - begin
        self.recorder.seconds = self._charged = 0.0
        self.schedule.earn(busy, idle, charged)
        if self.controls.watched:
            if self._watched:
                while (snapshot := self.schedule.due()) is not None:
                    events.append(snapshot)
            else:
                events += self._show()
        self._watched = self.controls.watched
        self._next_burst = perf_counter() + self.context.chunk_seconds
        return events

    def _checkpoint_due(self, now: float) -> bool:
        return (
            now - self._last_checkpoint >= self.context.checkpoint_seconds
            and self._saved_at != self.state.step
            and not self.checkpoints.busy
        )

    def _clock(self) -> float:
        """Seconds spent training since the last call, waiting left out; added to the job's own."""
        now = perf_counter()
        busy = max(now - self._mark - self._idle, 0.0)
        self._mark, self._idle = now, 0.0
        self.state.seconds += busy
        return busy

    def drained(self) -> list[Event]:
        """Everything that was recorded and told, waiting for what is still on its way from the device."""
        self._clock()
        early, self._arriving = self._arriving, None
        late = self.recorder.take()
        return self._told(early, late)

    def _told(self, *batches: Rows | None) -> list[Event]:
        """Metrics first, then what else happened; after a step that is not finite nothing counts any more."""
        metrics: list[Event] = []
        for rows in batches:
            if rows is None or self._bad_step is not None:
                continue
            table = rows.numpy()
            bad = _first_bad(table)
            if bad is not None:
                table = table[: bad + 1]
                self._bad_step = rows.first_step + bad
                self.ending = "not_finite"
            metrics.append(
                Metrics(
                    step=rows.first_step + len(table) - 1,
                    first_step=rows.first_step,
                    values=TensorData.of(table),
                    seconds=self.state.seconds,
                )
            )
        self._tell_written()
        facts, self.outbox = self.outbox, []
        if self._bad_step is not None:
            facts = [
                f for f in facts if f.step < self._bad_step or f.type in ("command", "checkpoint", "log")
            ]
        return [*metrics, *facts]

    def _tell_written(self) -> None:
        for written in self.checkpoints.written():
            if written.error is not None:
                code, message, params = unwritten(written)
                self.tell(
                    Logged(step=written.step, level="warning", code=code, message=message, params=params)
                )
            else:
                self.tell(
                    Checkpointed(
                        step=written.step,
                        nbytes=written.nbytes,
                        pinned=written.pinned,
                        dropped=written.dropped,
                    )
                )

    def _evaluate(self, split: Split) -> float | None:
        """Measure a split and tell it; returns its loss."""
        metrics = self.evaluator.measure(split)
        state = self.state
        self.tell(Evaluated(step=state.step, epoch=state.sampler.position, split=split, metrics=metrics))
        return metrics["loss"]

    def _show(self) -> list[Snapshot]:
        """All pictures of the state as it is."""
        self._shown_at = self.state.step
        return self.schedule.all()

    def _diagnose(self, bad: int) -> Burst:
        """Go back to just before the bad step, keep that state, and find the layer where it began."""
        try:
            yield from self.restore(bad - 1)
        except BadSpec:  # no checkpoint could be written: look at what there is
            found = examine(self.state)
        else:
            self.checkpoints.forget_after(bad - 1)
            kept = self.state.save(pinned=True)
            if self.state.finite:
                self.checkpoints.put(kept)
            found = examine(self.state)
            self.state.load(kept)
        self.tell(found.model_copy(update={"step": bad}))


def _first_bad(table: NDArray[np.float32]) -> int | None:
    """The first row whose loss is not finite or that has a NaN gradient."""
    bad = ~np.isfinite(table[:, 0]) | np.isnan(table[:, 3:]).any(axis=1)
    return int(bad.argmax()) if bad.any() else None
