"""The tensor lab: a snippet in, a trace out. `evaluate` is all that the sealed child calls; `warm_up` runs before the seal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from freedive.lab.budget import Budget, LimitReached

__all__ = ["Budget", "LimitReached", "evaluate", "warm_up"]


def evaluate(
    request: dict[str, Any], budget: Budget | None = None, begun: Callable[[int], None] | None = None
) -> dict[str, Any]:
    """Run one snippet and answer with values, operations, memory and graph, ready for JSON.

    `request` has `source` and, each optional, `setup`, `dialect`, `seed`, `watch`, `session` and `trace`. Never raises for
    what a snippet does: its errors stand in the answer. One run at a time in a process. `begun` is told the line of each
    statement before it runs: what a process was at when it died there.
    """
    from freedive.lab.interpreter import Interpreter

    return Interpreter(request, budget or Budget(), begun).run()


def warm_up() -> None:
    """Import everything and call one operation of each family, so that nothing is loaded lazily after the seal."""
    from freedive.lab.warming import warm_up as warm

    warm()
