"""Answers of children: looked at before they go on, and kept for identical requests.

The seed is part of a request, so equal requests have equal answers.
"""

from __future__ import annotations

import re
from collections import OrderedDict

import orjson
from pydantic import BaseModel, TypeAdapter, ValidationError

_NO_JSON = re.compile(rb"NaN|Infinity")
"""Numbers that pydantic reads where any value may stand, and that no browser does."""


class AnswerReader:
    """Reads what a child says by the schema of an answer: a child that a snippet took over may say anything."""

    def __init__(self, answer: type[BaseModel]) -> None:
        self._adapter: TypeAdapter[BaseModel] = TypeAdapter(answer)

    def status(self, said: bytes) -> str | None:
        """The status of an answer that keeps to the schema to the letter; None where it does not."""
        try:
            if _NO_JSON.search(said):  # in most cases words of a text
                orjson.loads(said)
            answer = self._adapter.validate_json(said)
        except (ValidationError, orjson.JSONDecodeError):
            return None
        return str(getattr(answer, "status", "")) or None


def fault_of(said: bytes) -> dict[str, object] | None:
    """What a child says that could not answer at all."""
    if not said.startswith(b'{"fault":'):
        return None
    try:
        found = orjson.loads(said)
    except orjson.JSONDecodeError:
        return None
    return found if isinstance(found, dict) else None


class AnswerCache:
    """Least recently used, bounded by the bytes of requests and answers together."""

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._held = 0
        self._answers: OrderedDict[bytes, bytes] = OrderedDict()
        self.hits = 0

    def get(self, request: bytes) -> bytes | None:
        answer = self._answers.get(request)
        if answer is not None:
            self._answers.move_to_end(request)
            self.hits += 1
        return answer

    def put(self, request: bytes, answer: bytes) -> None:
        size = len(request) + len(answer)
        if size > self._most // 4 or request in self._answers:  # no single answer pushes all others out
            return
        self._answers[request] = answer
        self._held += size
        while self._held > self._most:
            old_request, old_answer = self._answers.popitem(last=False)
            self._held -= len(old_request) + len(old_answer)
