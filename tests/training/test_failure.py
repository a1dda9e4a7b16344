"""What cannot go on ends with a fact that says what happened and what to do."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from freedive.catalog.datasets.spirals import Spirals
from freedive.errors import DataUnavailable
from freedive.protocol.commands import Stop
from freedive.protocol.events import CommandAnswered, Event, Failed, Metrics, Progress, StateChanged
from freedive.training.checkpoint import path_of
from freedive.training.controls import Controls
from freedive.training.failure import out_of_memory, problem
from freedive.training.loop import train
from freedive.training.state import TrainingState

from .jobs import SPIRALS, Job, of, spec_of

HUNGRY = """
import json, resource, sys
from pathlib import Path
import torch
torch.set_num_threads(1)
from freedive.catalog.datasets.store import DataStore
from freedive.protocol.specs import TrainSpec
from freedive.training.context import Context
from freedive.training.controls import Controls
from freedive.training.loop import train
spec = TrainSpec.model_validate_json(sys.argv[1])
folder = Path(sys.argv[2])
next(iter(train(spec.model_copy(update={"start_paused": True}), Controls(), Context(DataStore(folder), folder / "a"))))
used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 250 * 2**20, used + 250 * 2**20))
for event in train(spec, Controls(), Context(DataStore(folder), folder / "b")):
    if event.type in ("failed", "finished"):
        print(event.model_dump_json())
"""


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="reads its own size from /proc")
def test_running_out_of_memory_says_which_sizes_and_what_to_do(tmp_path: Path) -> None:
    """A real one: the process may take 250 MB more, the hidden layer of one batch takes 311."""
    layers = [{"width": 4096}]
    spec = spec_of(
        SPIRALS,
        dataset={"size": 20_000, "split": {"train": 0.98, "validation": 0.01, "test": 0.01}},
        model={"kind": "mlp", "layers": layers},
        batch_size=19_000,
        probes={"boundary": False},
    )
    done = subprocess.run(
        [sys.executable, "-c", HUNGRY, spec.model_dump_json(), str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    failed = Failed.model_validate_json(done.stdout)
    assert failed.problem.code == "out_of_memory"
    assert "batches of 19000" in failed.problem.message
    assert "parameters" in failed.problem.message
    assert "batch_size 4750" in (failed.problem.hint or "")


def test_memory_errors_are_recognized_by_what_torch_says() -> None:
    assert out_of_memory(torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"))
    assert out_of_memory(MemoryError())
    assert not out_of_memory(RuntimeError("shape mismatch"))
    assert resource.getpagesize() > 0


def test_a_failure_in_the_middle_keeps_the_state_and_what_was_measured(
    job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    advance = TrainingState.advance

    def breaks(state: TrainingState, *arguments: Any) -> None:
        if state.step == 7:
            raise RuntimeError("cosmic ray")
        advance(state, *arguments)

    monkeypatch.setattr(TrainingState, "advance", breaks)
    events = job.run(spec_of(SPIRALS))
    (failed,) = of(events, Failed)
    assert failed.step == 7
    assert "RuntimeError: cosmic ray" in failed.problem.message
    assert of(events, Metrics)[-1].step == 7
    assert (events[-1].type, of(events, StateChanged)[-1].state) == ("state", "failed")
    assert path_of(job.checkpoints, 0).exists()


def test_data_that_is_not_to_be_had_fails_with_its_own_words(
    job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unavailable(self: Spirals, seed: int, store: Any) -> None:
        store.report("fetch", 1.0, 3.0, "bytes")
        raise DataUnavailable("The checksum is wrong.", position="dataset", hint="Try again.")

    monkeypatch.setattr(Spirals, "load", unavailable)
    events = job.run(spec_of(SPIRALS))
    assert [e.type for e in events] == ["failed", "state"]
    assert of(events, Failed)[0].problem.model_dump() == {
        "code": "data_unavailable",
        "message": "The checksum is wrong.",
        "position": "dataset",
        "hint": "Try again.",
        "params": {},
    }


def test_slow_loading_tells_how_far_it_is(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    import threading

    load, told = Spirals.load, threading.Event()

    def slowly(self: Spirals, seed: int, store: Any) -> Any:
        for done in (1.0, 2.0):
            store.report("fetch", done, 3.0, "bytes")
        assert told.wait(30)
        return load(self, seed, store)

    def seen(event: Event) -> bool:
        if isinstance(event, Progress):
            told.set()
        return False

    monkeypatch.setattr(Spirals, "load", slowly)
    events = job.run(spec_of(SPIRALS, epochs=1), until=seen)
    assert [(p.what, p.done, p.total, p.unit) for p in of(events, Progress)] == [("fetch", 2.0, 3.0, "bytes")]
    assert events[-1].type == "state"


def test_a_job_can_be_stopped_while_its_data_is_still_on_its_way(
    job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    import threading

    ended = threading.Event()
    controls = Controls()

    def slowly(self: Spirals, seed: int, store: Any) -> Any:
        store.report("fetch", 1.0, 3.0, "bytes")
        assert ended.wait(30)
        raise DataUnavailable("Too late.")

    monkeypatch.setattr(Spirals, "load", slowly)
    events = []
    for event in train(spec_of(SPIRALS), controls, job.context()):
        events.append(event)
        if isinstance(event, Progress):
            controls.send(Stop(), "enough")
    ended.set()
    assert [e.type for e in events[-2:]] == ["command", "state"]
    assert of(events, StateChanged)[0].state == "stopped"
    assert of(events, CommandAnswered)[0].id == "enough"


def test_an_unknown_error_says_where_it_came_from() -> None:
    try:
        raise ValueError("odd")
    except ValueError as error:
        found = problem(error, None, None)
    assert found.message == "Training could not go on: ValueError: odd"
    assert found.position is not None
    assert found.position.startswith("test_failure.py:")
