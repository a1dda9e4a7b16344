"""Derivatives of single operations, by torch itself on copies of what the operation took; read by `explanations`.

Only what wanted a gradient then has one here: where torch leaves None, the trace says None.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch

from freedive.lab import arrays
from freedive.lab.recorder import Layer, Note, Record

Tensor = torch.Tensor


class _Copies:
    """Fresh leaves in place of the notes among an operation's arguments, as they were when it ran."""

    def __init__(self, made: Callable[[Tensor], Tensor]) -> None:
        self.made = made
        self.by_place: list[Tensor | None] = []
        """One entry for each note, in the order of the record's inputs; None for what wants no gradient."""

    def of(self, value: Any) -> Any:
        if isinstance(value, Layer):
            self.by_place += [None] * len(value.weights)
            return value.module
        if isinstance(value, list | tuple):
            return type(value)(self.of(each) for each in value)
        if not isinstance(value, Note):
            return value
        if value.data is None or value.array:
            raise ValueError
        made = self.made(torch.tensor(value.data, dtype=getattr(torch, value.dtype)).reshape(value.shape))
        self.by_place.append(made.requires_grad_() if value.requires_grad else None)
        return made


def _again(record: Record, copies: _Copies) -> Tensor | None:
    """The operation run once more on copies; None where it does not give the same again, as what depends on chance."""
    out = record.outputs[0]
    args = [copies.of(arg) for arg in record.args]
    kwargs = {key: copies.of(value) for key, value in record.kwargs.items() if key != "inplace"}
    made = record.op.fn(*args, **kwargs)
    if not isinstance(made, Tensor) or not made.requires_grad or out.data is None:
        return None
    told = torch.tensor(out.data, dtype=made.dtype).reshape(out.shape)
    return made if made.shape == told.shape and torch.allclose(made, told, equal_nan=True) else None


def slopes(record: Record, most: int = 256) -> list[Any] | None:
    """The gradient of a one-number result (a loss, a sum) by each input that wants one; None where none does."""
    if not record.outputs or record.outputs[0].shape or not record.outputs[0].requires_grad:
        return None
    if sum(math.prod(n.shape) for n in record.inputs) > most:
        return None
    copies = _Copies(lambda tensor: tensor)
    try:
        with torch.enable_grad():
            out = _again(record, copies)
            wanted = [copy for copy in copies.by_place if copy is not None]
            if out is None or not wanted:
                return None
            found = iter(torch.autograd.grad(out, wanted, allow_unused=True))
        return [None if copy is None else _plain(next(found)) for copy in copies.by_place]
    except Exception:
        return None  # no derivative to show; the operation itself has already run


def partials(record: Record, most: int = 64) -> list[tuple[Any, Any]] | None:
    """For each input of an elementwise operation what came back to it in the last backward, in the broadcast shape, before
    (`partial`: d output / d input, cell by cell) and after it is multiplied with the gradient that arrived.

    Worked out on copies stretched to the result's shape, so that each cell depends on its own inputs alone. `partial` is None
    where it does not, as with softmax, both are for inputs that want no gradient, and the second one before any backward.
    """
    out = record.outputs[0] if record.outputs else None
    if out is None or not out.requires_grad or math.prod(out.shape) > most:
        return None
    if isinstance(record.args[0] if record.args else None, Layer):
        return None
    shape = out.shape
    copies = _Copies(lambda tensor: tensor.expand(shape).clone())
    try:
        with torch.enable_grad():
            again = _again(record, copies)
            wanted = [copy for copy in copies.by_place if copy is not None]
            if again is None or not wanted:
                return None

            def back(arrived: Tensor) -> list[Tensor | None]:
                return list(torch.autograd.grad(again, wanted, arrived, retain_graph=True, allow_unused=True))

            each = back(torch.ones_like(again))
            # numbers that differ from cell to cell: what mixes cells gives something else than cell by cell
            probe = torch.linspace(1, 2, max(1, again.numel()), dtype=again.dtype).reshape(shape)
            apart = [
                p is None or v is None or torch.allclose(v, p * probe, equal_nan=True)
                for p, v in zip(each, back(probe), strict=True)
            ]
            arrived = None
            if out.grad:
                arrived = torch.tensor(out.grad[-1], dtype=again.dtype).reshape(shape)
            came = [None] * len(wanted) if arrived is None else back(arrived)
            found = iter(
                (_plain(p) if is_apart else None, _plain(c))
                for p, is_apart, c in zip(each, apart, came, strict=True)
            )
            return [(None, None) if copy is None else next(found) for copy in copies.by_place]
    except Exception:
        return None  # no derivative to show; the operation itself has already run


def _plain(gradient: Tensor | None) -> Any:
    """Its numbers; a zero that torch has not written anywhere is written first."""
    return None if gradient is None else arrays.plain(gradient + torch.zeros((), dtype=gradient.dtype))
