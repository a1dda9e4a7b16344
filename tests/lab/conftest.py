"""The lab in this process, warmed once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from freedive.lab import Budget, evaluate, explanations, warm_up
from freedive.protocol.traces import Answer
from freedive.sandbox.answers import AnswerReader
from freedive.sandbox.frames import to_json

from ..internals import internals_in

READER = AnswerReader(Answer)
Run = Callable[..., dict[str, Any]]


@pytest.fixture(scope="session", autouse=True)
def warm() -> None:
    torch.set_num_threads(1)
    explanations.STRICT = True
    warm_up()


@pytest.fixture
def run() -> Run:
    """Evaluate a snippet with time to spare: the machine that tests may be busy."""

    def evaluated(source: str, budget: Budget | None = None, **request: Any) -> dict[str, Any]:
        answer = evaluate({"source": source, **request}, budget or Budget(seconds=20, wall=60))
        # the server passes on what keeps to the schema and nothing else
        assert READER.status(to_json(answer)) == answer["status"]
        assert internals_in(answer) == []
        return answer

    return evaluated
