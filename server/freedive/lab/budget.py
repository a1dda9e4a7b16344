"""What one snippet may use (`Budget`) and the meter that counts it; every other module of the lab asks the meter.

A limit is a `BaseException`, so that no `except` of a snippet can hold it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

LET_GO = 32 * 1024**2
SMALL = 1_000


@dataclass(frozen=True)
class Budget:
    """Limits of one request. The parent process holds the clock as well; these only end most snippets earlier."""

    seconds: float = 4.5
    """Computing time of the run; one long C call may overrun it, then the parent's deadline ends the child."""
    wall: float = 5.0
    """Time on the clock, for a machine that has others to serve."""
    steps: int = 4_000_000
    """Statements, loop turns and calls; about as many as the time allows, so that a range beyond them need not be begun."""
    depth: int = 60
    """Calls of the snippet's own functions inside each other."""
    elements: int = 4_000_000
    """Logical elements of one tensor or array, views included."""
    flops: float = 2e10
    """Estimated multiplications and additions of all contractions and decompositions."""
    allocated: int = 2 * 1024**3
    """Bytes of all results together, freed ones included."""
    graph: int = 400 * 1024**2
    """Bytes of results that an autograd graph may still hold."""
    integer_bits: int = 4_096
    text: int = 65_536
    items: int = 20_000
    """Items of one list, tuple, dict or set."""
    cells: int = 400_000
    """Items of all containers together."""
    output: int = 65_536
    records: int = 1_200
    """Operations kept in the trace, three quarters of them of the first statement that does so many."""
    details: int = 300
    """Operations explained down to single elements."""
    numbers: int = 48_000
    """Numbers sent in one answer, all previews together."""

    @classmethod
    def of(cls, request: Mapping[str, Any]) -> Budget:
        """What the request may use: a long run about sixteen times the usual, of all that time is spent on."""
        if not request.get("long"):
            return cls()
        return cls(seconds=58, wall=64, steps=64_000_000, flops=3.2e11, allocated=32 * 1024**3)


class LimitReached(BaseException):
    """A budget is used up. The message names it."""


def told(count: int) -> str:
    """A count for a reader; one of hundreds of digits by its size."""
    return f"{count:,}" if count < 10**18 else f"about 10^{int(count.bit_length() * 0.30103)}"


class Meter:
    """Counts one run against its budget."""

    __slots__ = (
        "allocated",
        "budget",
        "cells",
        "deadline",
        "depth",
        "flops",
        "graph",
        "let_go",
        "let_go_at",
        "ops",
        "pending",
        "spent",
        "steps",
    )

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self.deadline = time.monotonic() + budget.wall
        self.spent = time.process_time() + budget.seconds
        self.steps = 0
        self.ops = 0
        self.depth = 0
        self.flops = 0.0
        self.pending = 0.0
        self.allocated = 0
        self.graph = 0
        self.cells = 0
        self.let_go: Callable[[], None] = lambda: None
        """Called for every LET_GO bytes: what is only held to be shown later is to be given up."""
        self.let_go_at = LET_GO

    def step(self) -> None:
        """One statement, loop turn or call."""
        self.steps += 1
        if not self.steps & 63:
            self.tick()

    def tick(self) -> None:
        """Every 64th step: look at the number of steps and at the clock."""
        if self.steps > self.budget.steps:
            raise LimitReached(f"step limit: more than {self.budget.steps:,} steps in one run")
        self.clock()

    def clock(self) -> None:
        if time.process_time() > self.spent:
            raise LimitReached(f"time limit: the snippet computed longer than {self.budget.seconds:g} s")
        if time.monotonic() > self.deadline:
            raise LimitReached(f"time limit: the snippet ran longer than {self.budget.wall:g} s")

    def elements(self, count: int, what: str = "result") -> None:
        """Refuse a tensor or array of more than the allowed elements, before it is made."""
        if count > self.budget.elements:
            raise LimitReached(
                f"size limit: the {what} would have {told(count)} elements, {self.budget.elements:,} are allowed"
            )

    def spend_flops(self, count: float, what: str) -> None:
        self.flops += count
        self.pending += count
        if self.flops > self.budget.flops:
            raise LimitReached(
                f"computing limit: {what} brings the run to {self.flops:.2g} operations, "
                f"{self.budget.flops:.2g} are allowed"
            )

    def spend_backward(self) -> None:
        """Backward costs about twice what the forward passes since the last one did."""
        count, self.pending = 2 * self.pending, 0.0
        self.graph = 0
        self.spend_flops(count, "backward")
        self.pending = 0.0

    def allocate(self, nbytes: int, held: bool) -> None:
        """Count a result's bytes; `held` when an autograd graph keeps it."""
        self.allocated += nbytes
        if self.allocated > self.let_go_at:
            self.let_go_at = self.allocated + LET_GO
            self.let_go()
        if self.allocated > self.budget.allocated:
            raise LimitReached(f"memory limit: all results together exceed {self.budget.allocated >> 20} MiB")
        if held:
            self.graph += nbytes
            if self.graph > self.budget.graph:
                raise LimitReached(
                    f"memory limit: the autograd graph would hold more than {self.budget.graph >> 20} MiB"
                )

    def items(self, count: int, what: str = "list") -> None:
        if count > self.budget.items:
            raise LimitReached(
                f"size limit: a {what} of {told(count)} items, {self.budget.items:,} are allowed"
            )

    def room(self, count: int) -> None:
        """Cells of all containers together."""
        self.cells += count
        if self.cells > self.budget.cells:
            raise LimitReached(f"size limit: all containers together exceed {self.budget.cells:,} cells")

    def text(self, length: int) -> None:
        if length > self.budget.text:
            raise LimitReached(
                f"size limit: a text of {length:,} characters, {self.budget.text:,} are allowed"
            )

    def integer(self, bits: float) -> None:
        if bits > self.budget.integer_bits:
            raise LimitReached(
                f"size limit: an integer of {bits:,.0f} bits, {self.budget.integer_bits:,} are allowed"
            )

    def copied(self, value: Any) -> Any:
        """Count a container that was just made at once, such as a copy; small ones come and go."""
        self.items(len(value), type(value).__name__)
        if len(value) > SMALL:
            self.room(len(value))
        return value

    def plain(self, value: Any) -> Any:
        """Check a finished plain value (int, text, container) and hand it back."""
        kind = type(value)
        if kind is int:
            self.integer(value.bit_length())
        elif kind is str:
            self.text(len(value))
        elif kind in (list, tuple, dict, set):
            self.items(len(value), kind.__name__)
        return value
