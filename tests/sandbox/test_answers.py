"""What children say, held against the schema; and the cache: bounded by bytes, the longest unused goes first."""

from __future__ import annotations

import json
from typing import Any

import pytest

from freedive.protocol.traces import Answer
from freedive.sandbox.answers import AnswerCache, AnswerReader, fault_of


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


PROPER: dict[str, Any] = {
    "status": "ok", "statements": [], "ops": [], "tensors": {}, "storages": {}, "graph": None, "watch": [], "output": "",
    "plots": {}, "elapsed_ms": 1.5, "error": None,
}  # fmt: skip
PROBLEM = {"code": "error", "type": "ValueError", "mro": ["ValueError"], "message": "no"}
STATEMENT = {"index": 0, "line": 1, "end_line": 1, "source": "1", "target": [], "value": None, "output": "", "ops": [], "error": None}  # fmt: skip


def test_an_answer_by_the_schema_goes_on() -> None:
    reader = AnswerReader(Answer)
    proper = PROPER | {"status": "error", "error": PROBLEM, "statements": [STATEMENT]}
    assert reader.status(json.dumps(PROPER).encode()) == "ok"
    assert reader.status(json.dumps(proper).encode()) == "error"
    assert reader.status(json.dumps(PROPER | {"output": "NaN and -Infinity"}).encode()) == "ok"


@pytest.mark.parametrize(
    "lie",
    [
        {"status": "root"}, {"status": None}, {"statements": None}, {"statements": [1]}, {"statements": {"0": STATEMENT}},
        {"ops": [{"id": 0}]}, {"tensors": [1]}, {"output": 7}, {"output": "x" * 1_000_000}, {"elapsed_ms": float("nan")},
        {"elapsed_ms": "soon"}, {"error": "no"}, {"error": PROBLEM | {"code": "odd"}}, {"error": PROBLEM | {"message": "x" * 100_000}},
        {"error": PROBLEM | {"line": 1.5}}, {"new": 1}, {"plots": {"a": "b"}}, {"graph": {"nodes": 1}},
        {"statements": [STATEMENT | {"value": {"kind": "float", "data": float("inf")}}]},
        {"statements": [STATEMENT | {"value": {"kind": "list", "items": [1]}}]}, {"figures": [{"library": "<script>"}]},
    ],
)  # fmt: skip
def test_a_lie_is_no_answer(lie: dict[str, Any]) -> None:
    assert AnswerReader(Answer).status(json.dumps(PROPER | lie).encode()) is None


@pytest.mark.parametrize("field", PROPER)
def test_a_field_left_out_is_no_answer(field: str) -> None:
    answer = {name: value for name, value in PROPER.items() if name != field}
    assert AnswerReader(Answer).status(json.dumps(answer).encode()) is None


@pytest.mark.parametrize(
    "said", [b"", b"{", b"[]", b"null", b'"ok"', b"\xff\xfe", b'{"status":"ok"}', b"[" * 5_000 + b"]" * 5_000]
)
def test_what_is_no_json_or_no_object_is_no_answer(said: bytes) -> None:
    assert AnswerReader(Answer).status(said) is None


def test_a_fault_is_told_apart() -> None:
    assert fault_of(b'{"fault":"memory"}') == {"fault": "memory"}
    assert fault_of(b'{"fault":') is None
    assert fault_of(json.dumps(PROPER).encode()) is None
