"""The ring of checkpoints: thinned evenly, pinned ones kept, and a full disk does not end the job."""

from __future__ import annotations

import errno
from itertools import pairwise
from pathlib import Path

import pytest

from freedive.protocol.events import Checkpointed, Finished, Logged
from freedive.training import checkpoints as checkpoints_module
from freedive.training.checkpoints import Checkpoints

from .jobs import IRIS, SPIRALS, Job, of, spec_of


def test_the_ring_keeps_pinned_ones_and_an_even_spread_of_the_others(job: Job, tmp_path: Path) -> None:
    state = job.state(spec_of(IRIS))
    ring = Checkpoints(tmp_path / "ring", 5)
    dropped: set[int] = set()
    for step in range(0, 210, 10):
        state.step = step
        ring.put(state.save(pinned=step in (0, 30)))
        ring.settle()
        dropped |= {gone for written in ring.written() for gone in written.dropped}
    ring.close()
    steps = ring.steps
    assert {0, 30, 200} <= set(steps)
    assert len(steps) <= 5 + 2
    assert dropped == set(range(0, 210, 10)) - set(steps)
    gaps = [b - a for a, b in pairwise(steps)]
    assert max(gaps) <= 80
    assert sorted(p.name for p in (tmp_path / "ring").iterdir()) == [
        f"step-{s:08d}.safetensors" for s in steps
    ]
    again = Checkpoints(tmp_path / "ring", 5)
    assert again.steps == steps
    newest = again.newest(steps[3] + 1)
    assert newest is not None
    assert newest.record.step == steps[3]
    again.forget_after(steps[2])
    assert again.steps == steps[:3]
    again.close()


def test_a_damaged_newest_falls_back_to_the_one_before(job: Job, tmp_path: Path) -> None:
    state = job.state(spec_of(IRIS))
    ring = Checkpoints(tmp_path, 5)
    for step in (0, 10):
        state.step = step
        ring.put(state.save())
    ring.settle()
    (tmp_path / "step-00000010.safetensors").write_bytes(b"torn")
    newest = ring.newest()
    assert newest is not None
    assert newest.record.step == 0
    Checkpoints(tmp_path, 5).forget_after(0)  # it knows none but the first, and yet lets nothing lie
    ring.close()
    assert [path.name for path in tmp_path.iterdir()] == ["step-00000000.safetensors"]


def test_a_full_disk_is_a_warning_and_training_goes_on(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, data: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(checkpoints_module, "write", full)
    events = job.run(spec_of(SPIRALS, epochs=1))
    warnings = of(events, Logged)
    assert warnings
    assert {w.code for w in warnings} == {"disk_full"}
    assert "the disk is full" in warnings[0].message
    assert of(events, Finished)[0].reason == "completed"
    assert not of(events, Checkpointed)
