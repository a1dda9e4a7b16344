"""Fairness: submitters take turns, whoever lost a worker goes first, and positions say what will happen."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from freedive.jobs.queue import FairQueue


def drained(queue: FairQueue) -> list[str]:
    return [queue.take() for _ in range(len(queue))]


def test_submitters_take_turns() -> None:
    queue = FairQueue()
    for i in range(4):
        queue.put(f"ann{i}", "ann")
    queue.put("bob0", "bob")
    queue.put("cy0", "cy")
    queue.put("bob1", "bob")
    assert drained(queue) == ["ann0", "bob0", "cy0", "ann1", "bob1", "ann2", "ann3"]


def test_somebody_new_does_not_wait_for_a_hundred_of_another() -> None:
    queue = FairQueue()
    for i in range(100):
        queue.put(f"ann{i}", "ann")
    assert queue.take() == "ann0"
    queue.put("bob", "bob")
    assert queue.order().index("bob") <= 1


def test_interrupted_jobs_go_first() -> None:
    queue = FairQueue()
    queue.put("a", "ann")
    queue.put_first("lost")
    assert drained(queue) == ["lost", "a"]


def test_taking_out() -> None:
    queue = FairQueue()
    queue.put("a", "ann")
    queue.put("b", "ann")
    queue.put_first("c")
    assert queue.remove("a")
    assert queue.remove("c")
    assert not queue.remove("a")
    assert drained(queue) == ["b"]
    with pytest.raises(IndexError):
        queue.take()


@given(st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), max_size=40))
def test_the_order_told_is_the_order_taken(said: list[tuple[str, bool]]) -> None:
    queue = FairQueue()
    for i, (who, take) in enumerate(said):
        queue.put(f"{who}{i}", who)
        if take:
            first = queue.order()[0]
            assert queue.take() == first
    assert queue.order() == drained(queue)
