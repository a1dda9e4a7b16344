"""One cell of one operation looked at closely: the recorder hands the tensors over as they are, `told` says what made the cell.

Which places made it is told by `terms`; here they become numbers, with the part of each tensor around them.
"""

from __future__ import annotations

import contextlib
import math
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from freedive.lab import arrays
from freedive.lab.products import product_of
from freedive.lab.terms import MOST_TERMS, Taken, Terms, terms_of

if TYPE_CHECKING:
    from freedive.lab.recorder import Note, Record, Recorder

Json = dict[str, Any]

SIDE = 64
"""Rows and columns of a part that is sent."""
MOST_FACETS = 8
MOST_NUMBERS = 12_288
"""Numbers of all facets of one tensor together: three colors of a part, for one."""
MOST_ITEMS = 512
"""Items up to which the recorder looks into a list."""
EXACT = 1_024
"""Numbers up to which a facet is sent as it is."""
MOST_BYTES = 96 * 1024**2
"""Memory of all copies; a snippet that needs more has its answer without them."""
MOST_WORK = 1e8
"""Multiplications of the operation up to which its gradients are worked out again."""


class TooMuch(Exception):
    """The tensors are too large to be copied."""


class Looking:
    """Keeps copies of what one operation took and gave; nothing of it changes afterwards."""

    def __init__(self, look: Json) -> None:
        self.op = int(look["op"])
        self.cell = [int(each) for each in look["cell"]]
        self._held: dict[int, torch.Tensor] = {}
        self._bytes = 0
        self._needed: set[int] = set()
        """Those that wanted a gradient then."""
        self._record: Record | None = None
        self._gradient: torch.Tensor | None = None

    def keep(self, note: Note, value: Any) -> None:
        """A tensor as it is now, before it is written to."""
        with contextlib.suppress(TooMuch):
            self._keep(note, value)

    def _keep(self, note: Note, value: Any) -> None:
        if note.id not in self._held:
            self._bytes += value.nbytes
            if self._bytes > MOST_BYTES:
                raise TooMuch
            self._held[note.id] = _copy(value)
            if isinstance(value, torch.Tensor) and value.requires_grad:
                self._needed.add(note.id)

    def hold(self, recorder: Recorder, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """The arguments of the operation that has just run; what it wrote to was kept before."""
        with contextlib.suppress(TooMuch):
            for value in _arrays((*args, *kwargs.values())):
                self._keep(recorder.note(value), value)

    def seen(self, record: Record, out: Any) -> None:
        """The operation's record and what it gave."""
        self._bytes += sum(value.nbytes for value in _arrays((out,)))
        if self._bytes > MOST_BYTES:
            self._held.clear()
            return
        self._record = record
        for note, value in zip(record.outputs, _arrays((out,)), strict=False):
            self._held[note.id] = _copy(value)
        first = next(iter(_arrays((out,))), None)
        if isinstance(first, torch.Tensor) and first.requires_grad and not first.is_leaf:
            first.register_hook(self._arrived)  # type: ignore[no-untyped-call]

    def _arrived(self, gradient: torch.Tensor) -> None:
        if not torch._C._functorch.is_functorch_wrapped_tensor(gradient):
            self._gradient = gradient.detach().clone()

    def told(self) -> Json | None:
        """What the answer says of the cell; None where the operation has no result, or the result no such cell."""
        from freedive.lab import explanations

        try:
            return self._told()
        except (
            ArithmeticError,
            AttributeError,
            LookupError,
            MemoryError,
            RuntimeError,
            TypeError,
            ValueError,
        ):
            if explanations.STRICT:
                raise
            return None  # the snippet has its answer all the same

    def _told(self) -> Json | None:
        record = self._record
        if record is None or not record.outputs:
            return None
        out = record.outputs[0]
        fits = len(self.cell) == len(out.shape) and all(
            i < size for i, size in zip(self.cell, out.shape, strict=True)
        )
        value = self._held.get(out.id)
        if not fits or value is None or any(held.is_complex() for held in self._held.values()):
            return None
        with torch.no_grad():
            terms = terms_of(record, self.cell, self._held)
            factors = [taken for taken in terms.taken if taken.factor]
            numbers = [self._numbers(taken, terms.filler) for taken in factors]
            told = self._sum(record, terms, factors, numbers, value[tuple(self.cell)])
        gradients = self._gradients(record, terms)
        result = Taken(out, [self.cell], terms.axes)
        product = product_of(record) if record.op.kind == "contraction" else None
        return {
            "op": self.op,
            "cell": self.cell,
            "inputs": [self._part(taken, gradients.get(taken.note.id)) for taken in terms.taken],
            "output": self._part(result, self._gradient),
            "equation": product.equation if product is not None else None,
            **told,
        }

    def _numbers(self, taken: Taken, filler: float) -> torch.Tensor:
        held = self._held[taken.note.id]
        if not taken.places:
            return held.new_empty(0)
        if not taken.note.shape:
            return held.reshape(1).expand(len(taken.places))
        places = torch.tensor(taken.places).T
        sizes = torch.tensor(taken.note.shape).unsqueeze(1)
        inside = ((places >= 0) & (places < sizes)).all(0)
        found = held[tuple(torch.minimum(places.clamp(min=0), sizes - 1))]
        return found if bool(inside.all()) else torch.where(inside, found, filler)

    def _sum(
        self,
        record: Record,
        terms: Terms,
        factors: list[Taken],
        numbers: list[torch.Tensor],
        value: torch.Tensor,
    ) -> Json:
        products: list[Any] = []
        how, count, rest = terms.how, terms.count, None
        if len(numbers) > 1 and how == "sum":
            made = numbers[0]
            for each in numbers[1:]:
                made = made * each
            products = _plain(made)
        if terms.total is not None:
            sent = numbers[0].double()
            for each in numbers[1:]:
                sent = sent * each.double()
            total = terms.total(self._held)
            rest = total - float(sent.sum()) if count > MOST_TERMS else None
            added = sum(
                float(self._held[taken.note.id][tuple(taken.places[0])])
                for taken in terms.taken
                if not taken.factor and taken.places
            )
            if not _adds_up((total / count if how == "mean" and count else total) + added, value, sent):
                how, products, rest = "function", [], None  # the operation does more than is known of it here
        return {
            "terms": [list(each) for each in zip(*(_plain(each) for each in numbers), strict=True)]
            if factors
            else [],
            "products": products,
            "rest": None if rest is None else arrays.number(rest),
            "count": count,
            "how": how,
            "value": _plain(value.reshape(1))[0],
        }

    # ------------------------------------------------------------ parts of tensors
    def _part(self, taken: Taken, gradient: torch.Tensor | None) -> Json:
        note = taken.note
        held = self._held[note.id]
        shape = list(note.shape)
        others = [axis for axis in range(len(shape)) if axis not in taken.axes]
        sizes = [1 if axis is None else shape[axis] for axis in taken.axes]
        places = taken.places or [self._near(note)]
        origin = [
            0 if axis is None else _origin([place[axis] for place in places], size)
            for axis, size in zip(taken.axes, sizes, strict=True)
        ]
        lengths = [min(SIDE, size) for size in sizes]
        batches = list(dict.fromkeys(tuple(place[axis] for axis in others) for place in places))
        inside = [b for b in batches if all(0 <= i < shape[axis] for i, axis in zip(b, others, strict=True))]
        # a cell that sees nothing but padding: the part that is nearest to where it looks
        batches = inside or [tuple(min(max(i, 0), shape[axis] - 1) for i, axis in zip(batches[0], others, strict=True))]  # fmt: skip
        most = max(1, min(MOST_FACETS, MOST_NUMBERS // max(1, math.prod(lengths))))

        def facet(source: torch.Tensor, batch: tuple[int, ...]) -> Any:
            index: list[Any] = [0] * len(shape)
            for axis, i in zip(others, batch, strict=True):
                index[axis] = i
            for shown, start, length in zip(taken.axes, origin, lengths, strict=True):
                if shown is not None:
                    index[shown] = slice(start, start + length)
            part = source[tuple(index)]
            rows, columns = taken.axes
            if rows is not None and columns is not None and rows > columns:
                part = part.T
            return _plain(_rounded(part.reshape(lengths)))

        facets = []
        if held.numel():
            for batch in batches[:most]:
                entry = {"batch": list(batch), "data": facet(held, batch)}
                if gradient is not None and gradient.shape == held.shape:
                    entry["grad"] = facet(gradient, batch)
                facets.append(entry)
        return {
            "tensor": note.id, "shape": shape, "axes": list(taken.axes), "origin": origin, "facets": facets,
            "reaches": max(len(batches), taken.reaches), "picked": taken.places,
        }  # fmt: skip

    def _near(self, note: Note) -> list[int]:
        """Where nothing is known of the sources: the same place as the cell's, as far as there is one."""
        own = self.cell[max(0, len(self.cell) - len(note.shape)) :]
        own = [0] * (len(note.shape) - len(own)) + own
        return [min(i, max(0, size - 1)) for i, size in zip(own, note.shape, strict=True)]

    # ------------------------------------------------------------ backward
    def _gradients(self, record: Record, terms: Terms) -> dict[int, torch.Tensor]:
        """What the operation makes of the gradient that arrived, for each input: by autograd, on the copies."""
        from freedive.lab.recorder import Layer, Note

        gradient = self._gradient
        out = record.outputs[0]
        known = ("contraction", "elementwise", "activation", "reduction", "movement", "indexing")
        work = math.prod(out.shape) * max(1, terms.count)
        if (
            gradient is None
            or record.op.kind not in known
            or work > MOST_WORK
            or record.before is not None
            or record.op.raw
        ):
            return {}
        copies: dict[int, torch.Tensor] = {}

        def copy(value: Any) -> Any:
            if isinstance(value, Note):
                if value.id not in copies:
                    made = self._held[value.id].clone()
                    copies[value.id] = made.requires_grad_() if value.id in self._needed else made
                return copies[value.id]
            if isinstance(value, list | tuple):
                return type(value)(copy(each) for each in value)
            return value

        with contextlib.suppress(Exception), torch.enable_grad():  # then there is no derivative to show
            first = record.args[0] if record.args else None
            kwargs = {key: copy(value) for key, value in record.kwargs.items()}
            if isinstance(first, Layer):
                weights = {name: copy(note) for name, note in first.weights.items()}
                again: Any = torch.func.functional_call(first.module, weights, tuple(copy(a) for a in record.args[1:]), kwargs)  # fmt: skip
            else:
                again = record.op.fn(*[copy(arg) for arg in record.args], **kwargs)
            made = next(iter(_arrays((again,))))
            wanted = {note: value for note, value in copies.items() if value.requires_grad}
            found = torch.autograd.grad(made, list(wanted.values()), gradient, allow_unused=True)
            return {note: grad for note, grad in zip(wanted, found, strict=True) if grad is not None}
        return {}


def _arrays(values: Any) -> Any:
    """Tensors and arrays in arguments or results, layers' weights too."""
    for value in values:
        if arrays.is_array(value):
            yield value
        elif isinstance(value, list | tuple):
            yield from _arrays(value if len(value) <= MOST_ITEMS else ())
        elif isinstance(value, torch.nn.Module):
            yield from (p for p in value.parameters(recurse=False) if type(p) is torch.nn.Parameter)


def _copy(value: Any) -> torch.Tensor:
    if isinstance(value, torch.Tensor):
        return value.detach().clone()
    if value.dtype.kind not in "fiub" or value.dtype == np.longdouble:
        return torch.zeros(value.shape, dtype=torch.complex64)  # no numbers that could be sent
    return torch.from_numpy(np.array(value, order="C"))


def _origin(places: list[int], size: int) -> int:
    """Where the sent part begins: at whole half sides, so that it stands still while the cell moves, and ends beyond it."""
    inside = [place for place in places if 0 <= place < size] or [0]
    first, last = min(inside), max(inside)
    start = max(0, first - SIDE // 4) // (SIDE // 2) * (SIDE // 2)
    if last >= start + SIDE:
        start = first
    return max(0, min(start, size - SIDE))


def _rounded(part: torch.Tensor) -> torch.Tensor:
    if part.numel() <= EXACT or not part.is_floating_point():
        return part
    part = part.double()
    largest = float(part[torch.isfinite(part)].abs().max()) if bool(torch.isfinite(part).any()) else 0.0
    return part.round(decimals=5 - math.floor(math.log10(largest))) if largest > 0 else part


def _plain(values: torch.Tensor) -> list[Any]:
    made: list[Any] = arrays.finite((values.int() if values.dtype == torch.bool else values).tolist())
    return made


def _adds_up(total: float, value: torch.Tensor, parts: torch.Tensor) -> bool:
    """Whether the sum is the result, within what its dtype can tell."""
    wanted = float(value)
    if not math.isfinite(total) or not math.isfinite(wanted):
        return math.isfinite(total) == math.isfinite(wanted)
    precision = torch.finfo(value.dtype).eps if value.is_floating_point() else 1e-9
    scale = max(abs(wanted), float(parts.abs().max()) if parts.numel() else 0.0, 1e-30)
    return abs(total - wanted) <= 64 * precision * scale * max(1.0, math.sqrt(parts.numel()))
