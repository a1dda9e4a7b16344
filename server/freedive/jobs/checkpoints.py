"""Checkpoints on the disk, as the server sees them: paths to serve, copies for forks, and what a deleted job leaves.

Files are written and thinned by the worker (training/checkpoints.py); the server never looks inside them.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path
from typing import BinaryIO

from freedive.catalog.private import make_folder
from freedive.errors import NotFound
from freedive.jobs.job import Job


class CheckpointFiles:
    """The folders `<data_dir>/jobs/<job>/checkpoints`."""

    def __init__(self, data_dir: Path) -> None:
        self.root = data_dir / "jobs"

    def folder(self, job: str) -> Path:
        """Where a job's checkpoints lie."""
        return self.root / job / "checkpoints"

    def path(self, job: str, step: int) -> Path:
        """The file of one step, whether it exists or not."""
        return self.folder(job) / f"step-{step:08d}.safetensors"

    def find(self, job: Job, step: int | None) -> Path:
        """The file of exactly this step, or the newest one. Raises NotFound."""
        known = job.checkpoint_at(step)
        if known is not None and (step is None or known.step == step):
            path = self.path(job.id, known.step)
            if path.is_file():
                return path
        have = ", ".join(str(s) for s in sorted(job.checkpoints)[-10:]) or "none yet"
        raise NotFound(
            f"Job `{job.id}` has no checkpoint of step {step}."
            if step is not None
            else f"Job `{job.id}` has no checkpoint.",
            position=f"jobs/{job.id}/checkpoints",
            hint=f"It has these: {have}.",
        )

    def open(self, path: Path) -> tuple[BinaryIO, int]:
        """A checkpoint to be read, which stays whole even where the job drops it meanwhile, and its size."""
        try:
            file = path.open("rb")
        except OSError as error:
            raise NotFound("The checkpoint is gone.", hint="Look again which ones there are.") from error
        return file, os.fstat(file.fileno()).st_size

    def before(self, job: Job) -> list[Path]:
        """All that are there, the newest first."""
        paths = [self.path(job.id, step) for step in sorted(job.checkpoints, reverse=True)]
        return [path for path in paths if path.is_file()]

    def usable(self, job: Job, step: int | None) -> int | None:
        """The step of the newest checkpoint at or before `step` whose file exists."""
        for known in sorted(job.checkpoints, reverse=True):
            if (step is None or known <= step) and self.path(job.id, known).is_file():
                return known
        return None

    def take_over(self, parent: str, child: str, step: int) -> int:
        """Give a fork its parent's checkpoint, as a second name of the same file where the disk can. Returns its size."""
        source, target = self.path(parent, step), self.path(child, step)
        make_folder(target.parent)
        try:
            os.link(source, target)
        except FileExistsError:
            pass
        except OSError:
            shutil.copy2(source, target)
        return target.stat().st_size

    def forget_after(self, job: str, step: int) -> None:
        """Delete what lies after a step that a job goes back to: the way from there is taken again."""
        for path in self.folder(job).glob("step-*.safetensors"):
            if int(path.stem.removeprefix("step-")) > step:
                with contextlib.suppress(OSError):
                    path.unlink()

    def delete(self, job: str) -> None:
        """Remove all that a job wrote."""
        shutil.rmtree(self.root / job, ignore_errors=True)
