"""The checkpoints of one job: written behind the training's back, thinned evenly, dropped when history is rewritten."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from freedive.catalog.private import make_folder
from freedive.errors import Damaged
from freedive.training.checkpoint import Checkpoint, path_of, read, read_record, step_of, write


@dataclass(frozen=True)
class Written:
    """A checkpoint that is safely on the disk, or why it is not."""

    step: int
    nbytes: int
    pinned: bool
    dropped: list[int]
    error: OSError | MemoryError | None = None


class Checkpoints:
    """A folder of checkpoints with at most one being written at a time."""

    def __init__(self, folder: Path, ring: int) -> None:
        make_folder(folder)
        self.folder = folder
        self.ring = ring
        self._lock = threading.Lock()
        self._pinned: dict[int, bool] = {}
        for path in sorted(folder.glob("step-*.safetensors")):
            try:
                self._pinned[step_of(path)] = read_record(path).pinned
            except Damaged:  # half a file of another version; a crash never leaves one of ours
                continue
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="checkpoint")
        self._under_way: Future[None] | None = None
        self._written: list[Written] = []

    @property
    def steps(self) -> list[int]:
        """Steps that can be gone back to, ascending."""
        with self._lock:
            return sorted(self._pinned)

    @property
    def busy(self) -> bool:
        """Whether one is still being written."""
        return self._under_way is not None and not self._under_way.done()

    def put(self, checkpoint: Checkpoint) -> None:
        """Write in the background, after the one before it. The tensors must not change any more."""
        self.settle()
        self._under_way = self._thread.submit(self._write, checkpoint)

    def settle(self) -> None:
        """Return once nothing is being written."""
        if self._under_way is not None:
            self._under_way.result()
            self._under_way = None

    def written(self) -> list[Written]:
        """What became of the checkpoints put since the last call."""
        if not self._written:
            return []
        with self._lock:
            done, self._written = self._written, []
        return done

    def newest(self, step: int | None = None) -> Checkpoint | None:
        """The newest readable checkpoint at or before `step`."""
        self.settle()
        for candidate in reversed(self.steps):
            if step is None or candidate <= step:
                try:
                    return read(path_of(self.folder, candidate))
                except Damaged:
                    with self._lock:
                        del self._pinned[candidate]
        return None

    def forget_after(self, step: int) -> None:
        """Delete those of a history that is being rewritten from `step` on, also what cannot be read."""
        self.settle()
        for path in self.folder.glob("step-*.safetensors"):
            if step_of(path) > step:
                self._delete(step_of(path))

    def close(self) -> None:
        """Finish writing and end the thread."""
        self.settle()
        self._thread.shutdown()

    def _delete(self, step: int) -> None:
        path_of(self.folder, step).unlink(missing_ok=True)
        with self._lock:
            self._pinned.pop(step, None)

    def _write(self, checkpoint: Checkpoint) -> None:
        step, pinned = checkpoint.record.step, checkpoint.record.pinned
        try:
            data = checkpoint.encode()
            write(path_of(self.folder, step), data)
        except (OSError, MemoryError) as error:
            with self._lock:
                self._written.append(Written(step, 0, pinned, [], error))
            return
        with self._lock:
            self._pinned[step] = pinned
        dropped = self._thin()
        with self._lock:
            self._written.append(Written(step, len(data), pinned, dropped))

    def _thin(self) -> list[int]:
        """Let go of the unpinned checkpoint that leaves the smallest gap, until the ring holds; never the newest."""
        dropped: list[int] = []
        while True:
            steps = self.steps
            loose = [i for i, step in enumerate(steps[:-1]) if not self._pinned[step]]
            if len(loose) < self.ring:
                return dropped
            gap = {i: steps[i + 1] - (steps[i - 1] if i else 0) for i in loose}
            victim = steps[min(loose, key=lambda i: (gap[i], i))]
            self._delete(victim)
            dropped.append(victim)
