"""What watching costs training: `rows()` gives the benchmark's lines for the training side.

Ratios are taken in one process with one thread: a bare torch loop and our loop take turns of some hundred steps; what is
compared is CPU time per step. Ours is what a worker does: every metric of every step, gradient norms, probes as the
budget allows, encoded, packed and written.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as in a worker, and before numpy is loaded

import torch

from freedive.catalog.datasets.data import Data
from freedive.catalog.datasets.store import DataStore
from freedive.executors.messages import pack
from freedive.executors.worker import Worker
from freedive.protocol.chunks import encode
from freedive.protocol.events import Event, Metrics
from freedive.protocol.specs import TrainSpec
from freedive.protocol.tensors import TensorData
from freedive.training.context import Context
from freedive.training.controls import Controls
from freedive.training.loaded import LoadedData
from freedive.training.loop import Loop
from freedive.training.probes.boundary import BoundaryProbe
from freedive.training.probes.histograms import HistogramsProbe
from freedive.training.recorder import Recorder
from freedive.training.state import TrainingState

MLP: dict[str, Any] = {
    "dataset": {"kind": "mnist"},
    "model": {"kind": "mlp", "layers": [{"width": 200}, {"width": 200}]},
    "loss": {"kind": "cross_entropy"},
    "optimizer": {"kind": "sgd", "lr": 0.05},
    "batch_size": 200,
    "epochs": 100_000,
    "evaluate_every": 1_000_000,
    "device": "cpu",
}
LENET: dict[str, Any] = {**MLP, "model": {"kind": "lenet5"}, "batch_size": 64}


def net(*widths: int) -> dict[str, Any]:
    """A job on points of the plane."""
    return {
        "dataset": {"kind": "spirals"},
        "model": {"kind": "mlp", "layers": [{"width": width, "activation": "tanh"} for width in widths]},
        "loss": {"kind": "bce_with_logits"},
        "optimizer": {"kind": "sgd", "lr": 0.05},
        "batch_size": 10,
        "device": "cpu",
    }


def cpu_microseconds(work: Callable[[], object], rounds: int = 15, at_least: float = 0.02) -> float:
    """Median CPU time of one call."""
    work()
    begin, calls = time.process_time(), 0
    while time.process_time() - begin < at_least:
        work()
        calls += 1
    figures = []
    for _ in range(rounds):
        begin = time.process_time()
        for _ in range(calls):
            work()
        figures.append((time.process_time() - begin) / calls)
    return statistics.median(figures) * 1e6


class Bare:
    """The loop as one would write it by hand: nothing is measured."""

    def __init__(self, spec: TrainSpec, data: Data) -> None:
        self.inputs, self.targets, self.size = data.train.inputs, data.train.targets, spec.batch_size
        torch.manual_seed(spec.seed)
        self.model = spec.model.build(tuple(self.inputs.shape[1:]), len(data.classes))
        self.optimizer = spec.optimizer.build(self.model.parameters())
        self.criterion = spec.loss.build()

    def take(self, steps: int) -> float:
        """Take so many steps; CPU seconds for each."""
        cpu, left = time.process_time(), steps
        while left:
            order = torch.randperm(len(self.inputs))
            for index in order.split(self.size)[:left]:  # type: ignore[no-untyped-call]
                x, y = self.inputs[index], self.targets[index]
                loss = self.criterion(self.model(x), y)
                self.optimizer.zero_grad()
                torch.autograd.backward(loss)
                self.optimizer.step()
                left -= 1
        return (time.process_time() - cpu) / steps


class Ours:
    """A worker's job, drained into a pipe that leads nowhere."""

    def __init__(self, spec: TrainSpec, loaded: LoadedData, folder: Path, watched: bool) -> None:
        self.sink = os.open(os.devnull, os.O_WRONLY)
        self.worker = Worker(0, self._write)
        context = Context(DataStore(folder), folder / f"checkpoints-{watched}", loaded=loaded)
        self.loop = Loop(spec, Controls(watched), context)
        self.bursts = self.loop.run()

    def take(self, steps: int) -> float:
        """Take at least so many steps; CPU seconds for each."""
        if not hasattr(self.loop, "reporter"):
            self.worker._tell("bench", next(self.bursts))
        self.loop.reporter.rested()  # while the other loop had its turn, this one was not training
        self.worker._tell("bench", next(self.bursts))
        before = self.loop.state.step
        cpu = time.process_time()
        while self.loop.state.step - before < steps:
            self.worker._tell("bench", next(self.bursts))
        return (time.process_time() - cpu) / (self.loop.state.step - before)

    def _write(self, message: dict[str, Any]) -> None:
        os.write(self.sink, pack(message))

    def close(self) -> None:
        """End it."""
        self.bursts.close()
        self.loop.close()
        os.close(self.sink)


def ratios(spec: TrainSpec, rounds: int, steps: int) -> dict[str, float]:
    """Steps per CPU second of our loop over those of the bare loop, by whether somebody watches.

    Means over all turns: a probe that is dear and rare is paid for in one turn of many.
    """
    with tempfile.TemporaryDirectory() as name:
        folder, loaded = Path(name), LoadedData()
        bare = Bare(spec, loaded.load(spec, DataStore(folder)))
        ours = {label: Ours(spec, loaded, folder, label == "watched") for label in ("watched", "unwatched")}
        found: dict[str, list[tuple[float, float]]] = {label: [] for label in ours}
        bare.take(steps)
        for job in ours.values():
            job.take(steps)
        for _ in range(rounds):
            for label, job in ours.items():
                first = bare.take(steps // 2)
                mine = job.take(steps)
                found[label].append(((first + bare.take(steps // 2)) / 2, mine))
        for job in ours.values():
            job.close()
    return {label: sum(b for b, _ in turns) / sum(m for _, m in turns) for label, turns in found.items()}


def state_of(plain: dict[str, Any], folder: Path, steps: int = 3) -> TrainingState:
    """A state that has taken a few steps, so that there are gradients."""
    spec = TrainSpec.model_validate(plain)
    state = TrainingState(spec, spec.dataset.load(spec.seed, DataStore(folder)), torch.device("cpu"))
    for _ in range(steps):
        state.advance()
    return state


def recording(state: TrainingState, measuring: bool) -> float:
    """Microseconds to keep one step's numbers and bring them to the host, in bursts of 12 steps.

    With `measuring` also to compute the accuracy of the batch and the gradient's norms; without it the batch is one
    example and there are no weights, so that only the recording is left.
    """
    recorder = Recorder(state.data.task, state.weights if measuring else [], state.device)
    inputs, targets = state.batch(state.sampler.next())
    outputs = state.model(inputs).detach()
    loss = state.criterion(outputs, targets).detach()
    if not measuring:
        outputs, targets = outputs[:1], targets[:1]

    def burst() -> None:
        for step in range(12):
            recorder.add(step, loss, outputs, targets, 0.1)
        recorder.take()

    return cpu_microseconds(burst) / 12


def tick(state: TrainingState) -> tuple[float, int]:
    """(microseconds to encode, bytes) of a 30 Hz tick: losses and norms of 12 steps, 10 histograms, a boundary map."""
    recorder = Recorder(state.data.task, state.weights, state.device)
    for step in range(12):
        inputs, targets = state.batch(state.sampler.next())
        outputs = state.model(inputs)
        recorder.add(step + 1, outputs.mean().detach(), outputs.detach(), targets, 0.1)
    rows = recorder.take()
    assert rows is not None
    metrics = Metrics(step=12, first_step=1, values=TensorData.of(rows.numpy()), seconds=1.0)
    histograms = HistogramsProbe(state).measure()
    boundary = BoundaryProbe(state).measure().model_copy(update={"units": []})
    assert histograms.counts.shape[0] >= 10
    events: list[Event] = [metrics, histograms, boundary]
    size = sum(len(chunk.payload) for chunk in encode(events))
    return cpu_microseconds(lambda: encode(events)), size


def step_microseconds(state: TrainingState) -> float:
    """One training step that nobody measures."""
    return cpu_microseconds(state.advance)


def rows(rounds: int = 9) -> Iterator[str]:
    """The lines, as `name: figure (budget)`."""
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for title, plain, steps in (
            ("MLP 784-200-200-10, batch 200", MLP, 300),
            ("LeNet-5, batch 64", LENET, 120),
        ):
            found = ratios(TrainSpec.model_validate(plain), rounds, steps)
            yield f"training {title}, watched, of the bare loop's speed: {found['watched']:.3f} (>= 0.97)"
            yield f"training {title}, nobody watching: {found['unwatched']:.3f} (>= 0.99)"
        mlp = state_of(MLP, folder)
        yield f"recording the metrics of one step: {recording(mlp, False):.2f} us (<= 5 us)"
        yield f"  with computing accuracy and gradient norms, MLP: {recording(mlp, True):.2f} us (no budget)"
        step = step_microseconds(mlp)
        histograms = HistogramsProbe(mlp)
        share = cpu_microseconds(histograms.measure) / step
        yield f"histograms of every weight and gradient, MLP, of a step: {share:.2f} (<= 0.3)"
        for widths, most in (((4, 2), 0.25), ((8,) * 6, 2.0)):
            state = state_of(net(*widths), folder)
            probe = BoundaryProbe(state)
            assert probe.plane is not None
            forward = cpu_microseconds(torch.no_grad()(probe.plane.run)) / 1000
            whole = cpu_microseconds(probe.measure) / 1000
            label = "-".join(map(str, widths)) if len(set(widths)) > 1 else f"{len(widths)}x{widths[0]}"
            yield f"boundary 100x100 with every hidden unit, {label}: {forward:.2f} ms (<= {most} ms)"
            yield f"  the same made into a snapshot, {label}: {whole:.2f} ms (no budget)"
        microseconds, size = tick(state_of(net(8, 8), folder))
        yield f"encoding a 30 Hz tick: {microseconds:.0f} us (<= 100 us)"
        yield f"size of a 30 Hz tick: {size / 1024:.1f} KB (<= 16 KB)"


def main() -> None:
    """Print them as they come."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    for row in rows(parser.parse_args().rounds):
        print(row, flush=True)
    sys.exit()


if __name__ == "__main__":
    main()
