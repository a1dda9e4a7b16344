"""The sampler: every example once per epoch, whatever the batch size does."""

from __future__ import annotations

import pytest
import torch

from freedive.training.sampler import Sampler, epoch_order

CPU = torch.device("cpu")


def test_each_epoch_shows_every_example_once_in_an_order_of_its_own() -> None:
    sampler = Sampler(23, 5, 7, CPU)
    epochs = []
    for _ in range(3):
        batches = [sampler.next() for _ in range(sampler.steps_per_epoch)]
        assert [len(b) for b in batches] == [5, 5, 5, 5, 3]
        assert sampler.at_epoch_start
        epochs.append(torch.cat(batches).tolist())
    assert all(sorted(order) == list(range(23)) for order in epochs)
    assert epochs[0] != epochs[1] != epochs[2]


@pytest.mark.parametrize("size", [1, 5, 10, 11])
@pytest.mark.parametrize("batch_size", [1, 4, 5, 20])
@pytest.mark.parametrize("least", [1, 2])
def test_steps_left_counts_the_batches_that_come(size: int, batch_size: int, least: int) -> None:
    sampler = Sampler(size, batch_size, 0, CPU, least)
    left = sampler.steps_left(3)
    taken = 0
    while sampler.epoch < 3:
        batch = sampler.next()
        assert len(batch) >= min(least, size, batch_size)
        taken += 1
        assert sampler.steps_left(3) == left - taken
    assert taken == left


def test_a_new_batch_size_goes_on_at_the_same_example() -> None:
    sampler = Sampler(20, 4, 1, CPU)
    first = [sampler.next(), sampler.next()]
    sampler.batch_size = 6
    rest = [sampler.next(), sampler.next()]
    assert torch.cat(first + rest).tolist() == epoch_order(20, 1, 0).tolist()
    assert sampler.epoch == 1


def test_the_order_depends_on_seed_and_epoch_alone() -> None:
    assert epoch_order(50, 1, 2).tolist() == epoch_order(50, 1, 2).tolist()
    torch.manual_seed(5)
    before = torch.get_rng_state()
    epoch_order(50, 1, 2)
    assert torch.equal(torch.get_rng_state(), before)
    assert epoch_order(50, 1, 2).tolist() != epoch_order(50, 2, 2).tolist()
