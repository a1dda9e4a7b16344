"""The cache: bounded by bytes, the longest unused goes first."""

from __future__ import annotations

from freedive.sandbox.answers import AnswerCache


def test_equal_requests_get_the_same_bytes() -> None:
    cache = AnswerCache(1000)
    assert cache.get(b"q") is None
    cache.put(b"q", b"answer")
    assert cache.get(b"q") == b"answer"
    assert cache.hits == 1


def test_the_longest_unused_makes_room() -> None:
    cache = AnswerCache(1000)
    for name in range(5):
        cache.put(b"%d" % name, b"x" * 199)
    assert cache.get(b"0") is not None
    cache.put(b"5", b"x" * 199)
    assert cache.get(b"1") is None
    assert cache.get(b"0") is not None
    assert cache.get(b"5") is not None


def test_one_huge_answer_does_not_push_the_others_out() -> None:
    cache = AnswerCache(1000)
    cache.put(b"small", b"x")
    cache.put(b"huge", b"x" * 900)
    assert cache.get(b"huge") is None
    assert cache.get(b"small") == b"x"


def test_a_cache_of_nothing_keeps_nothing() -> None:
    cache = AnswerCache(0)
    cache.put(b"q", b"a")
    assert cache.get(b"q") is None
