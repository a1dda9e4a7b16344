"""Reporter: groups what happens in training into bursts, pays for the probes, and looks whether losses are finite.

`loop.py` tells it facts and takes steps; it hands over lists of events in the order in which they belong.
"""

from __future__ import annotations

from collections.abc import Generator
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from freedive.protocol.events import Checkpointed, Event, Logged, Metrics, StateChanged
from freedive.protocol.tensors import TensorData
from freedive.training.checkpoints import Checkpoints
from freedive.training.context import Context
from freedive.training.controls import Controls
from freedive.training.failure import unwritten
from freedive.training.probes import fitting
from freedive.training.probes.schedule import Schedule
from freedive.training.recorder import Recorder, Rows
from freedive.training.state import TrainingState

if TYPE_CHECKING:
    from freedive.protocol.events import JobState, Snapshot

UNWATCHED = 8
"""How many times longer a burst is while nobody watches: a quarter of a second by default."""

BURSTS = 0.4
"""Share of the budget for putting bursts together and sending them, on a machine so busy that it matters."""

Burst = Generator[list[Event], None, None]


class Reporter:
    """Everything between the training state and the events that tell of it."""

    def __init__(self, state: TrainingState, controls: Controls, context: Context) -> None:
        self.state = state
        self.controls = controls
        self.context = context
        self.recorder = Recorder(state.data.task, state.weights, state.device)
        self.checkpoints = Checkpoints(context.checkpoints, context.checkpoint_ring)
        self.schedule = Schedule(fitting(state), state.spec.probes.share)
        self.outbox: list[Event] = []
        """Facts that are told with the next burst."""
        self.bad_step: int | None = None
        """The first step whose loss was not finite; nothing after it is told."""
        self.due_at = 0.0
        """When the next burst is due, by `perf_counter`."""
        self._arriving: Rows | None = None
        self._was_watched = False
        self._shown_at = self._saved_at = -1
        self._saved_when = self._mark = perf_counter()
        self._idle = 0.0
        self._charged = 0.0
        self._burst_cost = 0.0
        """Seconds one burst takes besides its probes, smoothed."""

    # ── telling ──────────────────────────────────────────────────────────────────────────────────────────────

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

    def send(self, events: list[Event]) -> Burst:
        """Yield a burst, and charge the time its consumer takes."""
        if events:
            before = perf_counter()
            yield events
            self._charged += perf_counter() - before

    def show(self) -> list[Snapshot]:
        """All pictures of the state as it is."""
        self._shown_at = self.state.step
        return self.schedule.all()

    @property
    def shown(self) -> bool:
        """Whether the pictures are of the present step."""
        return self._shown_at == self.state.step

    def outdate(self) -> None:
        """The state is another now, although its step may be the same."""
        self._shown_at = -1

    def checkpoint(self, pinned: bool = False, weights: str = "last") -> None:
        """Save the state; the event follows when it is on the disk."""
        self.checkpoints.put(self.state.save(pinned, weights))
        self._saved_when, self._saved_at = perf_counter(), self.state.step

    # ── time ─────────────────────────────────────────────────────────────────────────────────────────────────

    def rested(self) -> None:
        """Time until now was no time of training."""
        self._mark = perf_counter()
        self._idle = 0.0

    def waited(self, seconds: float) -> None:
        """A paced job let some time pass between two steps."""
        self._idle += seconds

    def _clock(self) -> float:
        """Seconds spent training since the last call, waiting left out; added to the job's own."""
        now = perf_counter()
        busy = max(now - self._mark - self._idle, 0.0)
        self._mark, self._idle = now, 0.0
        self.state.seconds += busy
        return busy

    # ── bursts ───────────────────────────────────────────────────────────────────────────────────────────────

    def burst(self) -> list[Event]:
        """What happened since the last one, a checkpoint if it is time, and the probes that are due."""
        begin = perf_counter()
        idle, busy = self._idle, self._clock()
        rows = self.recorder.take()
        if (
            rows is not None and rows.arrived is not None
        ):  # on a GPU: tell those that had a burst's time to arrive
            rows, self._arriving = self._arriving, rows
        events = self._told(rows)
        if self.bad_step is None and self._checkpoint_due(begin):
            events += self.drained()
            if self.bad_step is None:  # what is not finite is never saved
                self.checkpoint()
        if self.bad_step is not None:
            return events
        cost = self._charged + perf_counter() - begin
        self.schedule.earn(busy, idle, cost + self.recorder.seconds)
        self.recorder.seconds = self._charged = 0.0
        self._burst_cost += 0.2 * (cost - self._burst_cost)
        if self.controls.watched:
            if self._was_watched:
                while (snapshot := self.schedule.due()) is not None:
                    events.append(snapshot)
            else:  # somebody has just come
                events += self.show()
        self._was_watched = self.controls.watched
        self.due_at = perf_counter() + self._spacing()
        return events

    def _spacing(self) -> float:
        """Seconds until the next burst; longer where bursts would take more than their part of the budget."""
        shortest = self.context.chunk_seconds
        if not self._was_watched:
            return shortest * UNWATCHED
        dear = self._burst_cost / (BURSTS * self.state.spec.probes.share)
        return min(max(shortest, dear), shortest * UNWATCHED)

    def drained(self) -> list[Event]:
        """Everything that was recorded and told, waiting for what is still on its way from the device."""
        self._clock()
        early, self._arriving = self._arriving, None
        return self._told(early, self.recorder.take())

    def written(self) -> None:
        """Tell which checkpoints are on the disk by now, and which could not be written."""
        for written in self.checkpoints.written():
            if written.error is None:
                self.tell(
                    Checkpointed(
                        step=written.step,
                        nbytes=written.nbytes,
                        pinned=written.pinned,
                        dropped=written.dropped,
                    )
                )
            else:
                code, message, params = unwritten(written)
                self.tell(
                    Logged(step=written.step, level="warning", code=code, message=message, params=params)
                )

    def _checkpoint_due(self, now: float) -> bool:
        return (
            now - self._saved_when >= self.context.checkpoint_seconds
            and self._saved_at != self.state.step
            and not self.checkpoints.busy
        )

    def _told(self, *batches: Rows | None) -> list[Event]:
        """Metrics first, then what else happened; after a step that is not finite nothing counts any more."""
        metrics: list[Event] = []
        for rows in batches:
            if rows is None or self.bad_step is not None:
                continue
            table = rows.numpy()
            bad = _first_bad(table)
            if bad is not None:
                table = table[: bad + 1]
                self.bad_step = rows.first_step + bad
            metrics.append(
                Metrics(
                    step=rows.first_step + len(table) - 1,
                    first_step=rows.first_step,
                    values=TensorData.of(table),
                    seconds=self.state.seconds,
                )
            )
        self.written()
        facts, self.outbox = self.outbox, []
        if self.bad_step is not None:
            facts = [f for f in facts if f.step < self.bad_step or f.type in ("command", "checkpoint", "log")]
        return [*metrics, *facts]


def _first_bad(table: NDArray[np.float32]) -> int | None:
    """The first row whose loss is not finite or that has a NaN gradient."""
    bad = ~np.isfinite(table[:, 0]) | np.isnan(table[:, 3:]).any(axis=1)
    return int(bad.argmax()) if bad.any() else None
