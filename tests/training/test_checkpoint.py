"""Checkpoint files: what goes in comes out bit for bit; what is damaged or foreign is refused in words."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from freedive.errors import BadSpec, Damaged
from freedive.training.checkpoint import path_of, read, read_record, spec_digest, step_of, write

from .jobs import DIGITS, IRIS, SPIRALS, Job, spec_of

DROPPING = {"kind": "mlp", "layers": [{"width": 8, "dropout": 0.3, "batch_norm": True}]}


def test_a_state_comes_back_bit_for_bit(job: Job, tmp_path: Path) -> None:
    spec = spec_of(IRIS, model=DROPPING, scheduler={"kind": "cosine"}, early_stopping={"enabled": True})
    state = job.state(spec)
    for _ in range(5):
        state.advance()
    state.evaluated(0.5)
    write(path_of(tmp_path, 5), state.save(pinned=True).encode())
    other = job.state(spec)
    other.load(read(path_of(tmp_path, 5)))
    assert (other.step, other.sampler.epoch, other.sampler.offset) == (5, state.sampler.epoch, 80)
    for _ in range(12):
        other.advance()
    torch.set_rng_state(read(path_of(tmp_path, 5)).tensors["rng/cpu"])
    for _ in range(12):
        state.advance()
    for name, tensor in state.model.state_dict().items():
        assert torch.equal(tensor, other.model.state_dict()[name]), name
    assert other.optimizer.param_groups[0]["lr"] == state.optimizer.param_groups[0]["lr"]
    assert other.stopper.best_loss == 0.5


def test_the_file_is_plain_safetensors(job: Job, tmp_path: Path) -> None:
    state = job.state(spec_of(IRIS))
    path = path_of(tmp_path, 0)
    write(path, state.save().encode())
    tensors = load_file(path)
    assert torch.equal(tensors["model/linear1.weight"], state.model.state_dict()["linear1.weight"])
    assert path.name == "step-00000000.safetensors"
    assert step_of(path) == 0
    assert not list(tmp_path.glob("*.partial"))


def test_a_checkpoint_of_another_spec_is_refused(job: Job, tmp_path: Path) -> None:
    state = job.state(spec_of(IRIS))
    write(path_of(tmp_path, 0), state.save().encode())
    other = job.state(spec_of(IRIS, batch_size=8))
    with pytest.raises(BadSpec, match="belongs to a job with another spec"):
        other.load(read(path_of(tmp_path, 0)))


def test_looking_differently_is_the_same_training() -> None:
    plain = spec_digest(spec_of(SPIRALS))
    assert plain == spec_digest(spec_of(SPIRALS, pace=3.0, start_paused=True, probes={"share": 0.1}))
    assert plain != spec_digest(spec_of(SPIRALS, seed=4))


@pytest.mark.parametrize("content", [b"", b"not safetensors at all", b"\x10\0\0\0\0\0\0\0{}              "])
def test_a_damaged_file_is_named(content: bytes, tmp_path: Path) -> None:
    path = path_of(tmp_path, 7)
    path.write_bytes(content)
    with pytest.raises(Damaged, match="checkpoint of step 7 cannot be read") as caught:
        read_record(path)
    assert caught.value.hint
    assert str(tmp_path) not in f"{caught.value.message} {caught.value.position} {caught.value.hint}"


def test_images_keep_their_kernels(job: Job, tmp_path: Path) -> None:
    state = job.state(spec_of(DIGITS))
    state.advance()
    write(path_of(tmp_path, 1), state.save().encode())
    assert read(path_of(tmp_path, 1)).group("model")["conv1.weight"].shape == (4, 1, 3, 3)
