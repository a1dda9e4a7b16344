"""A real worker process: it speaks the protocol of executors/messages.py and computes what train() computes."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgpack
import numpy as np
import pytest
from pydantic import TypeAdapter

from freedive.executors.messages import Message, pack, read
from freedive.protocol.events import Event, Metrics

from ..training.jobs import IRIS, SPIRALS, Job, of, same_rows, spec_of, table

EVENTS: TypeAdapter[list[Event]] = TypeAdapter(list[Event])
DEADLINE = 60.0


class Process:
    """The near side, as small as it can be."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.process = subprocess.Popen(
            [sys.executable, "-m", "freedive.executors.worker", "--id", "5"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self.messages: queue.Queue[Message | None] = queue.Queue()
        self.beats = threading.Semaphore(0)
        threading.Thread(target=self._listen, daemon=True).start()
        self.ready = self.next()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        while (message := read(self.process.stdout)) is not None:  # type: ignore[arg-type]  # IO[bytes] reads too
            if message["type"] == "beat":
                self.beats.release()
            else:
                self.messages.put(message)
        self.messages.put(None)

    def send(self, **message: Any) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(pack(message))
        self.process.stdin.flush()

    def start(self, job: str, spec: dict[str, Any], **options: Any) -> None:
        plain = spec_of(spec).model_dump(mode="json")
        self.send(type="job", job=job, spec=plain, resume=None, data_dir=str(self.folder), **options)

    def next(self) -> Message:
        message = self.messages.get(timeout=DEADLINE)
        assert message is not None, "the worker ended"
        return message

    def events(self, until: Callable[[Event], bool] | None = None) -> list[Event]:
        """Everything told until `done`, or until an event."""
        events: list[Event] = []
        while (message := self.next())["type"] != "done":
            if message["type"] == "chunk":
                chunk = EVENTS.validate_python(msgpack.unpackb(message["payload"]))
                assert len(chunk) == message["count"]
                assert max(e.step for e in chunk) == message["step"]
                events += chunk
                if until is not None and any(until(e) for e in chunk):
                    break
        return events

    def answer(self) -> Message:
        """The next answer; chunks before it are passed over."""
        while (message := self.next())["type"] != "answer":
            assert message["type"] == "chunk"
        return message

    def close(self) -> int:
        assert self.process.stdin is not None
        self.process.stdin.close()
        return self.process.wait(DEADLINE)


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    process = Process(tmp_path_factory.mktemp("worker"))
    yield process
    assert process.close() == 0
    assert process.process.stdout is not None
    process.process.stdout.close()


def test_it_says_when_it_is_ready_and_on_what(worker: Process) -> None:
    assert worker.ready["type"] == "ready"
    assert worker.ready["pid"] == worker.process.pid
    cpu = worker.ready["devices"][-1]
    assert cpu["name"] == "cpu"
    assert cpu["memory_total"] > 0


def test_a_job_in_the_process_computes_the_same_bits_as_here(worker: Process, tmp_path: Path) -> None:
    worker.start("same", SPIRALS, watched=True)
    events = worker.events()
    here = Job(tmp_path).run(spec_of(SPIRALS))
    assert same_rows(table(events), table(here))
    assert events[-1].type == "state"
    assert {e.type for e in events} >= {"boundary", "weights", "histograms", "predictions", "confusion"}
    assert all(e.time > 1.7e9 for e in events)
    assert list((worker.folder / "jobs" / "same" / "checkpoints").glob("*.safetensors"))


def test_commands_and_questions_reach_the_running_job(worker: Process) -> None:
    worker.start("led", {**IRIS, "start_paused": True})
    worker.events(until=lambda e: e.type == "confusion")
    worker.send(type="command", job="led", id="go", command={"kind": "step", "n": 3})
    told = worker.events(until=lambda e: e.type == "state" and e.state == "paused")
    assert [e.id for e in told if e.type == "command"] == ["go"]
    assert sorted(table(told)) == [1, 2, 3]
    inputs = [[5.1, 3.5, 1.4, 0.2], [6.0, 3.0, 5.0, 1.8]]
    worker.send(type="predict", id="q1", job="led", spec=None, checkpoint=None, inputs=inputs, data_dir="")
    live = worker.answer()
    assert live["id"] == "q1"
    assert live["result"]["step"] == 3
    assert np.sum(live["result"]["outputs"], 1) == pytest.approx([1, 1], abs=1e-5)
    worker.send(type="command", job="led", id="end", command={"kind": "stop"})
    worker.events()
    plain = spec_of({**IRIS, "start_paused": True}).model_dump(mode="json")
    path = worker.folder / "jobs" / "led" / "checkpoints" / "step-00000003.safetensors"
    ask = {"type": "predict", "job": "led", "spec": plain, "inputs": inputs, "data_dir": str(worker.folder)}
    worker.send(id="q2", checkpoint=str(path), **ask)
    assert worker.answer()["result"] == live["result"]
    worker.send(id="q3", checkpoint=None, **ask)
    assert worker.answer()["problem"]["code"] == "unavailable"
    worker.send(id="q4", checkpoint=str(path.with_name("step-00000099.safetensors")), **ask)
    assert "cannot be read" in worker.answer()["problem"]["message"]


def test_watching_brings_pictures_and_not_watching_spares_them(worker: Process) -> None:
    worker.start("alone", {**SPIRALS, "epochs": 30})
    alone = [e.step for e in worker.events() if e.type == "boundary"]
    assert len(alone) == 2  # before the first step and at the end
    worker.start("seen", {**SPIRALS, "epochs": 3000})
    worker.events(until=lambda e: isinstance(e, Metrics))
    worker.send(type="watched", job="seen", watched=True)
    seen = worker.events(until=lambda e: e.type == "boundary" and e.step > 0)
    assert seen[-1].type != "finished"
    worker.send(type="command", job="seen", id="x", command={"kind": "stop"})
    assert worker.events()[-1].type == "state"


def test_it_says_that_it_lives_also_in_the_middle_of_long_work(worker: Process) -> None:
    large = {"kind": "mlp", "layers": [{"width": 1024}] * 3}
    worker.start("slow", {**SPIRALS, "model": large, "batch_size": 1000, "epochs": 100_000})
    while worker.beats.acquire(blocking=False):
        pass
    for _ in range(3):
        assert worker.beats.acquire(timeout=DEADLINE)
    worker.send(type="command", job="slow", id="x", command={"kind": "stop"})
    worker.events()


def test_an_interrupt_at_the_terminal_is_not_for_the_worker(worker: Process) -> None:
    os.kill(worker.process.pid, signal.SIGINT)
    worker.start("after", {**SPIRALS, "epochs": 1})
    assert of(worker.events(), Metrics)


def test_a_spec_it_does_not_understand_fails_the_job_and_not_the_worker(worker: Process) -> None:
    worker.send(type="job", job="odd", spec={"kind": "train"}, resume=None, data_dir=str(worker.folder))
    assert [e.type for e in worker.events()] == ["failed", "state"]
    worker.start("next", {**SPIRALS, "epochs": 1})
    assert of(worker.events(), Metrics)


def test_it_ends_at_once_when_its_input_closes_in_the_middle_of_a_job(tmp_path: Path) -> None:
    process = Process(tmp_path)
    process.start("long", {**SPIRALS, "epochs": 100_000})
    process.events(until=lambda e: isinstance(e, Metrics))
    assert process.close() == 0
    assert process.process.stdout is not None
    process.process.stdout.close()


def test_what_prints_does_not_disturb_the_messages() -> None:
    """Whatever a library prints while the worker warms up goes to its error output."""
    noisy = "import freedive.executors.worker as w; w.warm_up = lambda threads: print('loud'); w.main()"
    process = subprocess.Popen(
        [sys.executable, "-c", noisy], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    first = read(process.stdout)  # type: ignore[arg-type]  # IO[bytes] reads too
    while first is not None and first["type"] == "beat":
        first = read(process.stdout)  # type: ignore[arg-type]
    assert first is not None
    assert first["type"] == "ready"
    rest, errors = process.communicate(timeout=DEADLINE)  # closes its input, which ends it
    assert process.returncode == 0
    assert rest.replace(pack({"type": "beat"}), b"") == b""
    assert b"loud" in errors
