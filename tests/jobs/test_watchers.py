"""Watchers are woken, counted, and hold nothing."""

from __future__ import annotations

from freedive.jobs.watchers import Watchers


async def test_only_those_who_follow_a_job_are_woken() -> None:
    watchers = Watchers()
    with watchers.follow(["a"]) as one, watchers.follow(["a", "b"]) as both, watchers.follow(["b"]) as other:
        watchers.wake("a")
        assert (one.is_set(), both.is_set(), other.is_set()) == (True, True, False)
        assert (watchers.count("a"), watchers.count("b"), watchers.total) == (2, 2, 4)
    watchers.wake("a")
    assert watchers.total == 0


async def test_a_busy_reader_finds_its_flag_up() -> None:
    watchers = Watchers()
    with watchers.follow(["a"]) as flag:
        for _ in range(1000):
            watchers.wake("a")
        assert flag.is_set()
        flag.clear()
        assert not flag.is_set()


async def test_counts_are_told() -> None:
    watchers, told = Watchers(), list[tuple[str, int]]()
    watchers.on_count = lambda job, count: told.append((job, count))
    with watchers.follow(["a"]), watchers.follow(["a"]):
        pass
    assert told == [("a", 1), ("a", 2), ("a", 1), ("a", 0)]
