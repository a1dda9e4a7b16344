"""What tf.function's tracing knows while it goes on: the names of symbolic tensors, and what has to be undone after it.

A function under tf.function is traced at the first call for a kind of arguments. In the lab that first run computes too,
so a tensor made in it has numbers, but answers like a symbol: it tells a name and no value.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator
from typing import Any

import torch


class NotInGraph(Exception):
    """tf.errors.OperatorNotAllowedInGraphError."""

    lab_mro = ("OperatorNotAllowedInGraphError", "TypeError", "Exception")
    hint: str | None = None


class Symbol:
    """A tensor's name in the graph, and its shape where the graph knows less of it than the numbers at hand."""

    __slots__ = ("name", "shape")

    def __init__(self, name: str, shape: tuple[Any, ...] | None = None) -> None:
        self.name = name
        self.shape = shape


class Tracing:
    """The one tracing that goes on, or none."""

    def __init__(self) -> None:
        self.on = False
        self.autograph = True
        self.depth = 0
        """How many functions under tf.function are being called, one in the other."""
        self.names: Counter[str] = Counter()
        self.made = self.own = 0
        """Variables made meanwhile, and those of them that the function made itself."""
        self.later: list[str] = []
        """What tf.print prints, which is the graph's and comes when it runs."""
        self.fixed = False
        """Whether the function has had its first call and may make no variables any more."""
        self.undo: list[tuple[torch.Tensor, torch.Tensor]] | None = None
        """Values of what changes, from before; kept while a branch runs that only the tracing sees."""

    def symbol(self, op: str = "PartitionedCall") -> Symbol:
        """A new tensor's name: mul:0, mul_1:0, …"""
        count = self.names[op]
        self.names[op] += 1
        return Symbol(f"{op}:0" if not count else f"{op}_{count}:0")

    def changes(self, t: torch.Tensor) -> None:
        """A variable is about to be changed."""
        if self.undo is not None:
            self.undo.append((t, t.detach().clone()))

    @contextlib.contextmanager
    def undone(self) -> Iterator[None]:
        """What happens to variables and to the random numbers inside never happened."""
        outer, self.undo = self.undo, []
        state = torch.get_rng_state()
        try:
            yield
        finally:
            with torch.no_grad():
                for t, before in reversed(self.undo):
                    t.copy_(before)
            torch.set_rng_state(state)
            self.undo = outer


TRACING = Tracing()

_NOT_ALLOWED = (
    " is not allowed. You can attempt the following resolutions to the problem: If you are running in Graph mode, use Eager "
    "execution mode or decorate this function with @tf.function. If you are using AutoGraph, you can try decorating this "
    "function with @tf.function. If that does not work, then you may be using an unsupported feature or your source code may "
    "not be visible to AutoGraph. See https://github.com/tensorflow/tensorflow/blob/master/tensorflow/python/autograph/g3doc/"
    "reference/limitations.md#access-to-source-code for more information."
)


def not_in_graph(what: str, hint: str) -> NotInGraph:
    """The refusal of what needs values that a graph has not."""
    error = NotInGraph(what + _NOT_ALLOWED)
    error.hint = hint
    return error
