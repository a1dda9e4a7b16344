"""The far side of an executor: runs jobs one after the other, and turns what they say into encoded chunks.

As a process (`python -m freedive.executors.worker --id 0`) it reads messages from stdin and writes messages to what
was stdout; whatever prints goes to stderr. It ends at once when stdin closes.
"""

from __future__ import annotations

import argparse
import os
import queue
import signal
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from freedive.executors.messages import Message
    from freedive.protocol.events import Event
    from freedive.protocol.jobs import Prediction
    from freedive.protocol.problems import Problem
    from freedive.protocol.specs import TrainSpec
    from freedive.training.controls import Controls
    from freedive.training.state import TrainingState

MODELS_KEPT = 2
"""Restored models kept for further predictions."""
PIPE_BYTES = 1 << 20
"""Room in the pipe to the server: a server that is busy for a moment does not make training wait."""


class Worker:
    """`receive` takes messages on any thread; `serve` carries them out on the thread that calls it."""

    def __init__(self, id: int, send: Callable[[Message], None]) -> None:
        from freedive.training.loaded import LoadedData

        self.id = id
        self.send = send
        self.loaded = LoadedData()
        self._work: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
        self._controls: dict[str, Controls] = {}
        """Of the job that runs or is next."""
        self._lock = threading.Lock()
        self._models: dict[tuple[str, str], TrainingState] = {}

    def receive(self, message: Message) -> None:
        """Take one message; those for the running job reach it between two steps."""
        from freedive.protocol.commands import Command
        from freedive.training.controls import Controls, Question

        kind = message["type"]
        with self._lock:
            controls = self._controls.get(message.get("job", ""))
            if kind == "job":
                self._controls[message["job"]] = Controls(message.get("watched", False))
                self._work.put(message)
            elif kind == "predict":
                if running := next(
                    iter(self._controls.values()), None
                ):  # between two steps, whichever job it is
                    running.ask(Question(lambda state: self._predict(message, state)))
                else:
                    self._work.put(message)
            elif kind == "preview":
                self._work.put(message)
            elif controls is None:
                return  # the job has ended: its last chunk has told so
            elif kind == "command":
                from pydantic import TypeAdapter

                command = TypeAdapter(Command).validate_python(message["command"])
                controls.send(command, message["id"])
            elif kind == "watched":
                controls.watch(message["watched"])
            elif kind == "park":
                controls.park()
            elif kind == "abandon":
                controls.abandon()

    def stop(self) -> None:
        """Let `serve` return once it has carried out what it received."""
        self._work.put(None)

    def serve(self) -> None:
        """Carry out jobs and predictions until `stop`."""
        while (message := self._work.get()) is not None:
            if message["type"] == "job":
                self._run(message)
            elif message["type"] == "preview":
                self._preview(message)
            else:
                self._predict(message, None)

    def _run(self, message: Message) -> None:
        """One job, to its last chunk."""
        from freedive.executors.messages import resume_from_wire
        from freedive.protocol.events import Failed, StateChanged
        from freedive.protocol.specs import TrainSpec
        from freedive.training.context import Context
        from freedive.training.controls import Question
        from freedive.training.failure import problem
        from freedive.training.loop import bursts

        job, controls = message["job"], self._controls[message["job"]]
        try:
            spec = TrainSpec.model_validate(message["spec"])
            context = Context(
                store=self._store(message),
                checkpoints=Path(message["data_dir"]) / "jobs" / job / "checkpoints",
                chunk_seconds=message.get("chunk_seconds", 0.03),
                checkpoint_seconds=message.get("checkpoint_seconds", 5.0),
                checkpoint_ring=message.get("checkpoint_ring", 20),
                resume=resume_from_wire(message.get("resume")),
                loaded=self.loaded,
                worker=self.id,
            )
            for burst in bursts(spec, controls, context):
                self._tell(job, burst)
        except Exception as error:  # a message this version does not understand; `bursts` itself never raises
            trouble = problem(error, None, None)
            failed = StateChanged(state="failed", reason="failed", worker=self.id)
            self._tell(job, [Failed(problem=trouble), failed])
        with self._lock:
            del self._controls[job]
        while (item := controls.take()) is not None:
            if isinstance(item, Question):
                item.answer(None)
        self.send({"type": "done", "job": job})

    def _tell(self, job: str, burst: list[Event]) -> None:
        from freedive.protocol.chunks import encode

        for chunk in encode(burst):
            states = (
                [event.state for event in burst if event.type == "state"] if chunk.retention == "fact" else []
            )
            self.send(
                {
                    "type": "chunk",
                    "job": job,
                    **chunk._asdict(),
                    "state": states[-1] if states else None,
                    "steps": chunk.step,
                }
            )

    def _predict(self, message: Message, live: TrainingState | None) -> None:
        """Answer from a checkpoint, or from the live weights where none is given. Never raises."""
        from freedive.protocol.problems import Problem
        from freedive.protocol.specs import TrainSpec
        from freedive.training.failure import problem
        from freedive.training.prediction import predict

        answer: Prediction | Problem
        try:
            if message.get("checkpoint") is not None:
                live = self._model(TrainSpec.model_validate(message["spec"]), message)
            elif message["job"] not in self._controls:
                live = None
            answer = _ended(message["job"]) if live is None else predict(live, message["inputs"])
        except Exception as error:  # the answer to a question is a problem, never the end of the worker
            answer = problem(error, None, None)
        key = "problem" if isinstance(answer, Problem) else "result"
        self.send({"type": "answer", "id": message["id"], key: answer.model_dump(mode="json")})

    def _preview(self, message: Message) -> None:
        """A spec's data as pictures, from what is on the disk: nothing is fetched before somebody starts. Never raises."""
        from freedive.protocol.specs import TrainSpec
        from freedive.training.failure import problem
        from freedive.training.shown import data_shown

        try:
            spec = TrainSpec.model_validate(message["spec"])
            shown = data_shown(self.loaded.load(spec, self._store({**message, "offline": True})))
            answer = {"result": None if shown is None else shown.model_dump(mode="json")}
        except Exception as error:  # the answer to a question is a problem, never the end of the worker
            answer = {"problem": problem(error, None, None).model_dump(mode="json")}
        self.send({"type": "answer", "id": message["id"], **answer})

    def _model(self, spec: TrainSpec, message: Message) -> TrainingState:
        """The model of a checkpoint, from memory if it was asked for lately."""
        from freedive.training.prediction import restored

        path = Path(message["checkpoint"])
        key = (str(path), str(path.stat().st_mtime_ns) if path.exists() else "")
        state = self._models.pop(key, None)
        if state is None:
            state = restored(spec, self.loaded.load(spec, self._store(message)), path)
        self._models[key] = state  # the newest last
        while len(self._models) > MODELS_KEPT:
            del self._models[next(iter(self._models))]
        return state

    def _store(self, message: Message) -> Any:
        from freedive.catalog.datasets.store import DataStore

        return DataStore(Path(message["data_dir"]), offline=message.get("offline", False))


def _ended(job: str) -> Problem:
    from freedive.protocol.problems import Problem

    return Problem(
        code="unavailable",
        message=f"Job {job} does not run here any more.",
        hint="Ask again; the answer then comes from its newest checkpoint.",
    )


def warm_up(threads: int) -> None:
    """Import everything and train a tiny job, so that the first real one starts at once."""
    import torch

    from freedive.catalog.datasets.store import DataStore
    from freedive.catalog.recipes import recipes
    from freedive.protocol.chunks import encode
    from freedive.protocol.specs import TrainSpec
    from freedive.training.context import Context
    from freedive.training.controls import Controls
    from freedive.training.loop import bursts

    torch.set_num_threads(threads)
    spirals = next(recipe.spec for recipe in recipes() if recipe.name == "spirals")
    plain = {**spirals.model_dump(mode="json"), "epochs": 1, "device": "auto"}
    plain["dataset"]["size"] = 30
    with tempfile.TemporaryDirectory() as folder:
        context = Context(DataStore(Path(folder), offline=True), Path(folder) / "checkpoints")
        for burst in bursts(TrainSpec.model_validate(plain), Controls(watched=True), context):
            encode(burst)


def main() -> None:
    """Serve the process at the other end of stdin and stdout."""
    parser = argparse.ArgumentParser(prog="freedive.executors.worker", description=__doc__)
    parser.add_argument("--id", type=int, default=0, help="number of this worker")
    parser.add_argument(
        "--threads", type=int, default=int(os.environ.get("OMP_NUM_THREADS", "1")), help="torch threads"
    )
    arguments = parser.parse_args()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for the server, which then closes stdin
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = str(arguments.threads)  # before numpy and torch are loaded
    os.umask(0o077)  # what it writes is for this account alone
    out = os.dup(1)
    os.dup2(2, 1)
    sys.stdout = sys.stderr  # the same for print, at once

    from freedive.executors.messages import BEAT_SECONDS, pack, read
    from freedive.training.devices import devices

    _widen(out)
    writing = threading.Lock()

    def send(message: Message) -> None:
        data = memoryview(pack(message))
        try:
            with writing:
                while data:
                    data = data[os.write(out, data) :]
        except BrokenPipeError:
            os._exit(0)  # nobody is left to work for

    worker = Worker(arguments.id, send)

    def listen() -> None:
        while (message := read(sys.stdin.buffer)) is not None:
            worker.receive(message)
        os._exit(0)

    def beat() -> None:
        while True:
            send({"type": "beat"})
            never.wait(BEAT_SECONDS)

    never = threading.Event()
    threading.Thread(target=listen, name="listen", daemon=True).start()
    threading.Thread(target=beat, name="beat", daemon=True).start()
    warm_up(arguments.threads)
    send({"type": "ready", "pid": os.getpid(), "devices": [d.model_dump(mode="json") for d in devices()]})
    worker.serve()


def _widen(pipe: int) -> None:
    """Enlarge the pipe where the system can; a smaller one works as well."""
    import contextlib

    if sys.platform == "linux":
        import fcntl

        with contextlib.suppress(OSError):
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE_BYTES)


if __name__ == "__main__":
    main()
