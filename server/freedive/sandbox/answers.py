"""Answers kept for identical requests: the seed is part of a request, so equal requests have equal answers."""

from __future__ import annotations

from collections import OrderedDict


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
