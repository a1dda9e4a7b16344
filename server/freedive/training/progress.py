"""Progress: slow work before the first step (fetching, unpacking) done in a thread, with reports as events."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Generator
from dataclasses import replace
from typing import Any

from freedive.catalog.datasets.data import Data
from freedive.catalog.datasets.store import DataStore
from freedive.protocol.events import Event, Progress
from freedive.protocol.specs import TrainSpec
from freedive.training.controls import Controls
from freedive.training.loaded import LoadedData

SPACING = 0.1
"""Seconds between two looks at the reports; of several in one look only the newest is told."""


class Unwanted(Exception):
    """Somebody stopped the job before its data was there."""


def loading(
    spec: TrainSpec, store: DataStore, loaded: LoadedData, controls: Controls
) -> Generator[list[Event], None, Data]:
    """Load the spec's dataset; yields progress, returns the data, raises what loading raised, or Unwanted."""
    reports: queue.SimpleQueue[Progress] = queue.SimpleQueue()

    def report(what: str, done: float, total: float | None, unit: str) -> None:
        reports.put(Progress(what=what, done=done, total=total, unit=unit))

    told = replace(store, report=report)
    return (yield from _working(lambda: loaded.load(spec, told), reports, controls))


def _working(
    work: Callable[[], Data], reports: queue.SimpleQueue[Progress], controls: Controls
) -> Generator[list[Event], None, Data]:
    """Run `work` in a thread and yield its newest reports meanwhile. Nobody waits for it once the job is stopped."""
    outcome: dict[str, Any] = {}
    done = threading.Event()

    def run() -> None:
        try:
            outcome["result"] = work()
        except BaseException as error:  # handed to whoever waits for the result
            outcome["error"] = error
        finally:
            done.set()

    threading.Thread(target=run, name="load", daemon=True).start()
    while not done.wait(SPACING):
        newest: dict[str, Progress] = {}
        while not reports.empty():
            progress = reports.get()
            newest[progress.what] = progress
        if newest:
            yield list(newest.values())
        if controls.stops:
            raise Unwanted
    if "error" in outcome:
        raise outcome["error"]
    data: Data = outcome["result"]
    return data
