"""What one cell of a result was made of: the places in each input, in order, and how their numbers make the value.

`looking` hands the tensors over as they were and turns the places into numbers.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from freedive.lab.explanations import align, reduced_axes
from freedive.lab.products import Product, last_two, product_of
from freedive.lab.provenance import source_of
from freedive.lab.recorder import Note, Record
from freedive.lab.windows import Window, count_of, window_of

Axes = tuple[int | None, int | None]
Held = Mapping[int, torch.Tensor]
"""Tensors by the id of their note."""

MOST_TERMS = 64


@dataclass
class Taken:
    """The part of one input: `places` in the order of the terms, outside of the tensor where a window meets padding."""

    note: Note
    places: list[list[int]]
    axes: Axes
    factor: bool = True
    """Whether it has a number in every term; else it is added once."""
    reaches: int = 0
    """How many matrices of `axes` all terms lie in, where that is more than the listed places say."""


@dataclass
class Terms:
    how: str
    taken: list[Taken]
    count: int
    axes: Axes
    """Of the result."""
    filler: float = 0.0
    """What stands in the padding."""
    total: Callable[[Held], float] | None = None
    """The sum of all terms, those that are not listed too."""


def terms_of(record: Record, cell: list[int], held: Held) -> Terms:
    """What the cell of the first output was made of; with no places where that cannot be told."""
    product = product_of(record) if record.op.kind == "contraction" else None
    if product is not None:
        return _product(product, cell)
    window = window_of(record) if record.op.kind == "contraction" else None
    if window is not None:
        return _window(window, cell)
    kind = record.op.kind
    found = None
    if kind in ("elementwise", "activation", "inplace"):
        found = _elementwise(record, cell)
    elif kind in ("movement", "indexing"):
        found = _movement(record, cell, held)
    elif kind == "reduction":
        found = _reduction(record, cell)
    if found is not None:
        return found
    rank = len(record.outputs[0].shape)
    taken = [Taken(note, [], last_two(len(note.shape)), False) for note in record.inputs[:4]]
    return Terms("function", taken, 0, last_two(rank))


# ------------------------------------------------------------ products
def _product(product: Product, cell: list[int]) -> Terms:
    at = dict(zip(product.result, cell, strict=True))
    summed = product.summed
    sizes = [product.size(c) for c in summed]
    places: list[list[list[int]]] = [[] for _ in product.operands]
    for inner in itertools.islice(itertools.product(*map(range, sizes)), MOST_TERMS):
        here = {**at, **dict(zip(summed, inner, strict=True))}
        for each, note, letters in zip(places, product.operands, product.letters, strict=True):
            each.append([_stretched(here[c], note.shape[axis]) for axis, c in enumerate(letters)])
    facing = product.facing()
    taken = []
    for note, letters, each, axes in zip(product.operands, product.letters, places, facing, strict=False):
        aside = {c for axis, c in enumerate(letters) if axis not in axes and c in summed}
        taken.append(Taken(note, each, axes, reaches=math.prod(product.size(c) for c in aside)))
    if product.added is not None:
        taken.append(_added(product.added, cell))

    def total(held: Held) -> float:
        parts, letters = [], []
        for note, spelled in zip(product.operands, product.letters, strict=True):
            index = tuple(
                _stretched(at[c], note.shape[axis]) if c in at else slice(None)
                for axis, c in enumerate(spelled)
            )
            parts.append(held[note.id][index].double())
            letters.append("".join(c for c in spelled if c not in at))
        sizes = {c: product.size(c) for c in summed}
        parts = [
            part.expand([sizes[c] for c in spelled]) for part, spelled in zip(parts, letters, strict=True)
        ]
        return float(torch.einsum(f"{','.join(letters)}->", *parts))

    return Terms("sum", taken, math.prod(sizes), facing[-1], total=total)


def _stretched(place: int, size: int) -> int:
    return 0 if size == 1 else place


def _added(note: Note, cell: list[int]) -> Taken:
    """A bias: aligned with the result from the right."""
    rank = len(note.shape)
    place = [_stretched(i, size) for i, size in zip(cell[len(cell) - rank :], note.shape, strict=True)]
    return Taken(note, [place], last_two(rank), False)


# ------------------------------------------------------------ windows
def _window(window: Window, cell: list[int]) -> Terms:
    rank, axes = len(window.result), window.axes
    space = window.space(rank)
    out = cell[window.channel(rank)]
    channels = window.channels(out)
    along = [window.along(i, cell[axis]) for i, axis in enumerate(space)]
    x_space = window.space(len(window.x.shape))
    x_channel = window.channel(len(window.x.shape))
    x_places, w_places = [], []
    for (channel, c), *steps in itertools.islice(itertools.product(channels, *along), MOST_TERMS):
        place = list(cell)  # the place in the batch stays
        place[x_channel] = channel
        for axis, (at, _) in zip(x_space, steps, strict=True):
            place[axis] = at
        x_places.append(place)
        if window.weight is not None:
            w_places.append(_weight_place(window, out, c, [k for _, k in steps]))
    shown = _shown(window, len(window.x.shape))
    reaches = 1 if axes == 1 else len(channels) * math.prod(len(each) for each in along[:-2])
    taken = [Taken(window.x, x_places, shown, reaches=reaches)]
    if window.weight is not None:
        w_space = window.weight_axes()[2]
        flat: Axes = (window.weight_axes()[1], w_space[0])
        facing = flat if axes == 1 else (w_space[-2], w_space[-1])
        taken.append(Taken(window.weight, w_places, facing, reaches=reaches))
    if window.bias is not None:
        taken.append(Taken(window.bias, [[out]], last_two(1), False))

    def total(held: Held) -> float:
        x = held[window.x.id].double()
        index: list[Any] = list(cell)
        index[x_channel] = slice(None)
        for axis in x_space:
            index[axis] = slice(None)
        x = x[tuple(index)].movedim(-1, 0) if window.last else x[tuple(index)]
        x = x[torch.tensor([channel for channel, _ in channels])]
        for axis, steps in enumerate(along):
            places = torch.tensor([at for at, _ in steps], dtype=torch.long)
            size = x.shape[1 + axis]
            inside = ((places >= 0) & (places < size)).double()
            shape = [1] * x.dim()
            shape[1 + axis] = -1
            x = x.index_select(1 + axis, places.clamp(0, size - 1)) * inside.reshape(shape)
        if window.weight is None:
            return float(x.sum())
        o, i, w_axes = window.weight_axes()
        w = held[window.weight.id].double().permute(o, i, *w_axes)[window.filter(out)]
        w = w[torch.tensor([c for _, c in channels])]
        for axis, steps in enumerate(along):
            w = w.index_select(1 + axis, torch.tensor([k for _, k in steps], dtype=torch.long))
        return float((x * w).sum())

    filler = -math.inf if window.how == "max" else 0.0
    return Terms(window.how, taken, count_of(window, cell), _shown(window, rank), filler, None if window.how == "max" else total)  # fmt: skip


def _shown(window: Window, rank: int) -> Axes:
    """Rows and columns of the picture: the last two axes of space; of a sequence its channels and its length."""
    space = window.space(rank)
    return (window.channel(rank), space[0]) if window.axes == 1 and window.weight is not None else (
        (None, space[0]) if window.axes == 1 else (space[-2], space[-1])
    )  # fmt: skip


def _weight_place(window: Window, out: int, channel: int, steps: Sequence[int]) -> list[int]:
    o, i, space = window.weight_axes()
    place = [0] * (2 + window.axes)
    place[o], place[i] = window.filter(out), channel
    for axis, k in zip(space, steps, strict=True):
        place[axis] = k
    return place


# ------------------------------------------------------------ all others
def _elementwise(record: Record, cell: list[int]) -> Terms | None:
    notes, shape = record.inputs, record.outputs[0].shape
    if not notes:
        return None
    if (
        record.name.lower().replace("_", "") in ("softmax", "logsoftmax", "softmin")
        and notes[0].shape == shape
    ):
        axis = _axis(record, len(shape))
        places = [[*cell[:axis], i, *cell[axis + 1 :]] for i in range(min(shape[axis], MOST_TERMS))]
        return Terms(
            "function", [Taken(notes[0], places, last_two(len(shape)))], shape[axis], last_two(len(shape))
        )
    fits = align([note.shape for note in notes])
    if fits["result"] != list(shape):
        return None
    taken = []
    for note in notes:
        own = cell[len(cell) - len(note.shape) :]
        place = [_stretched(i, size) for i, size in zip(own, note.shape, strict=True)]
        taken.append(Taken(note, [place], last_two(len(note.shape))))
    return Terms("function", taken, 1, last_two(len(shape)))


def _axis(record: Record, rank: int) -> int:
    module = getattr(record.args[0], "module", None)
    given = record.args[1] if len(record.args) > 1 and isinstance(record.args[1], int) else -1
    axis = (
        getattr(module, "dim", None)
        if module is not None
        else record.kwargs.get("dim", record.kwargs.get("axis", given))
    )
    return axis % rank if isinstance(axis, int) else rank - 1


def _movement(record: Record, cell: list[int], held: Held) -> Terms | None:
    found = source_of(record, held, cell)
    if found is None:
        return None
    note, place = found
    taken = [Taken(note, [place], last_two(len(note.shape)))] if place is not None else []
    taken += [
        Taken(each, [], last_two(len(each.shape)), False) for each in record.inputs if each is not note
    ][:2]
    return Terms("copy", taken, 1 if place is not None else 0, last_two(len(cell)))


_REDUCED = {"sum": "sum", "reduce_sum": "sum", "nansum": "sum", "mean": "mean", "reduce_mean": "mean", "max": "max", "amax": "max", "reduce_max": "max"}  # fmt: skip


def _reduction(record: Record, cell: list[int]) -> Terms | None:
    note = record.inputs[0] if len(record.inputs) == 1 else None
    if note is None:
        return None
    rank, shape = len(note.shape), record.outputs[0].shape
    axes = reduced_axes(record, rank)
    kept = [axis for axis in range(rank) if axis not in axes]
    running = shape == note.shape and len(axes) == 1 and record.name.startswith("cum")
    if running:
        ranges = [range(i, i + 1) for i in cell]
        ranges[axes[0]] = range(cell[axes[0]] + 1)
    elif len(shape) == rank and all(shape[axis] == 1 for axis in axes):
        ranges = [range(size) if axis in axes else range(cell[axis], cell[axis] + 1) for axis, size in enumerate(note.shape)]  # fmt: skip
    elif list(shape) == [note.shape[axis] for axis in kept]:
        fixed = dict(zip(kept, cell, strict=True))
        ranges = [range(size) if axis in axes else range(fixed[axis], fixed[axis] + 1) for axis, size in enumerate(note.shape)]  # fmt: skip
    else:
        return None
    places = [list(each) for each in itertools.islice(itertools.product(*ranges), MOST_TERMS)]
    how = (
        "sum" if record.name == "cumsum" else "function" if running else _REDUCED.get(record.name, "function")
    )
    index = tuple(slice(each.start, each.stop) for each in ranges)
    count = math.prod(len(each) for each in ranges)

    def total(held: Held) -> float:
        return float(held[note.id][index].double().sum())

    return Terms(how, [Taken(note, places, last_two(rank))], count, last_two(len(shape)), total=total if how in ("sum", "mean") else None)  # fmt: skip
