"""Buckets of CPU seconds on a clock that the test moves."""

from __future__ import annotations

import pytest

from freedive.errors import TooMany
from freedive.sandbox.cpu_budget import Client, CpuBudget, network_of


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def make(clock: Clock) -> CpuBudget:
    return CpuBudget(own=(10.0, 0.5), shared=(30.0, 1.0), clock=clock)


def test_sixty_short_runs_a_second_go_on_for_ever() -> None:
    clock = Clock()
    budget = make(clock)
    for _ in range(60 * 600):
        budget.admit(Client("10.0.0.1", "page"))
        budget.charge(Client("10.0.0.1", "page"), 0.006)
        clock.now += 1 / 60


def test_one_long_loop_after_another_is_stopped_and_told_when_to_come_back() -> None:
    clock = Clock()
    budget = make(clock)
    client = Client("10.0.0.1")
    for _ in range(4):
        budget.admit(client)
        budget.charge(client, 3.0)
        clock.now += 3.0
    for _ in range(3):  # comes back at half the speed at which they spend
        budget.charge(client, 3.0)
        clock.now += 3.0
    with pytest.raises(TooMany) as refused:
        budget.admit(client)
    assert 1 <= refused.value.retry_after <= 10
    clock.now += refused.value.retry_after - 1.01
    with pytest.raises(TooMany):
        budget.admit(client)
    clock.now += 1.01
    budget.admit(client)


def test_one_session_does_not_use_up_its_neighbours_budget() -> None:
    budget = make(Clock())
    budget.charge(Client("10.0.0.1", "a"), 11.0)
    with pytest.raises(TooMany):
        budget.admit(Client("10.0.0.1", "a"))
    budget.admit(Client("10.0.0.1", "b"))


def test_many_names_behind_one_address_share_its_budget() -> None:
    budget = make(Clock())
    for name in range(4):
        budget.charge(Client("10.0.0.1", f"name {name}"), 9.0)
    with pytest.raises(TooMany):
        budget.admit(Client("10.0.0.1", "yet another"))
    budget.admit(Client("10.0.0.2", "yet another"))


def test_a_bucket_is_never_fuller_than_its_size() -> None:
    clock = Clock()
    budget = make(clock)
    client = Client("10.0.0.1")
    budget.charge(client, 1.0)
    clock.now += 1e6
    budget.charge(client, 10.5)
    with pytest.raises(TooMany):
        budget.admit(client)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("10.1.2.3", "10.1.2.3"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8::ffff:1", "2001:db8::/64"),
        ("::ffff:10.1.2.3", "10.1.2.3"),
        ("testclient", "testclient"),
    ],
)
def test_network(address: str, network: str) -> None:
    assert network_of(address) == network
