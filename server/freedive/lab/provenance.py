"""Which input element made each output element: the same operation run again on tensors that hold their own numbering."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from freedive.lab.recorder import KEPT, Layer, Note, Record

MOVES = {
    "where": (1, 2), "embedding": (1,), "Embedding": (), "scatter": (0, 3), "index_copy": (0, 3), "index_put": (0, 2),
    "masked_scatter": (0, 2), "concatenate": (0,), "append": (0, 1), "insert": (0, 2),
    "cartesian_prod": tuple(range(16)), "block_diag": tuple(range(16)),
}  # fmt: skip
"""Which arguments hold the elements that move; the first one unless said otherwise."""

FILLED = {"masked_fill": 2, "masked_fill_": 2, "index_fill": 3, "pad": 3}
"""Arguments that hold a value to fill in, which has no source."""

PICKS = frozenset(
    {"topk", "sort", "kthvalue", "max", "min", "median", "mode", "nanmedian", "cummax", "cummin", "aminmax"}
)  # fmt: skip
"""Operations that give values together with their places along one axis."""


class Unknown(Exception):
    """The sources cannot be told."""


def _numbering(note: Note, start: int) -> Any:
    count = math.prod(note.shape)
    if note.array:
        return np.arange(start, start + count).reshape(note.shape)
    flat = torch.arange(start, start + count).reshape(note.shape)
    if note.strides and count and _dense(note):
        # the same strides, so that `view` is refused or allowed just as on the real tensor
        made = torch.empty_strided(note.shape, note.strides, dtype=torch.int64)
        return made.copy_(flat)
    return flat


def _dense(note: Note) -> bool:
    reach = sum((size - 1) * step for size, step in zip(note.shape, note.strides, strict=True))
    return all(step > 0 for step in note.strides) and reach < 4 * KEPT


class _Replay:
    """Arguments rebuilt for the second run; `starts` tells where each moved tensor's numbers begin."""

    def __init__(self, held: Mapping[int, torch.Tensor] | None = None) -> None:
        self.held = held
        self.next = 1  # 0 stands for "made from nothing"
        self.starts: list[tuple[int, int]] = []

    def moved(self, value: Any) -> Any:
        if isinstance(value, Note):
            start = self.next
            self.next += math.prod(value.shape)
            self.starts.append((value.id, start))
            return _numbering(value, start)
        if isinstance(value, list | tuple):
            return type(value)(self.moved(each) for each in value)
        if isinstance(value, bool | int | float):
            return 0
        return value

    def real(self, value: Any) -> Any:
        if isinstance(value, Note):
            if self.held is not None:
                kept = self.held[value.id]
                return kept.numpy() if value.array else kept
            if value.kept is None:
                raise Unknown
            return value.kept.detach() if isinstance(value.kept, torch.Tensor) else value.kept
        if isinstance(value, list | tuple):
            return type(value)(self.real(each) for each in value)
        if isinstance(value, Layer):
            return value.module
        return value


def sources(record: Record) -> dict[str, Any] | None:
    """For each output the flat input positions of its elements, in order; -1 where an element was filled in.

    Gives ``{"inputs": [tensor ids], "maps": [{"input": [...], "index": [...]} per output]}``, or None where that cannot be
    told (large tensors, values worked out anew).
    """
    if not record.outputs or any(math.prod(note.shape) > KEPT for note in (*record.inputs, *record.outputs)):
        return None
    try:
        if record.name in PICKS:
            return _picked(record)
        if record.name == "Embedding" and isinstance(record.args[0], Layer):
            return _looked_up(record)
        found = _moved(record)
        return found if found is not None and _is_so(record, found) else None
    except Unknown:
        return None
    except Exception:
        # a second run on whole numbers may be refused where the first was not; then there is nothing to tell
        return None


def _is_so(record: Record, found: dict[str, Any]) -> bool:
    """Whether every element equals the one it is said to come from: what sorts or counts goes other ways on a numbering."""
    numbers = {note.id: _numbers(note) for note in record.inputs}
    for note, told in zip(record.outputs, found["maps"], strict=False):
        made = _numbers(note)
        if made is None or any(numbers.get(tensor) is None for tensor in found["inputs"]):
            continue
        for value, which, index in zip(made.tolist(), told["input"], told["index"], strict=True):
            if which < 0:
                continue
            source = numbers[found["inputs"][which]][index].item()  # type: ignore[index]
            if value != source and (value == value or source == source):
                return False
    return True


def _numbers(note: Note) -> torch.Tensor | None:
    """The elements as they were then, in one line; None where they are not known any more."""
    if "complex" in note.dtype or not note.dtype.startswith(("float", "int", "uint", "bool", "bfloat")):
        return None
    if note.data is not None:
        return torch.tensor(note.data, dtype=torch.float64).reshape(-1)
    kept = note.kept
    if isinstance(kept, torch.Tensor) and not kept.is_inference() and kept._version == note.version:
        return kept.detach().reshape(-1).double()
    return None


def _looked_up(record: Record) -> dict[str, Any]:
    """Rows of an embedding's weight, as the indices name them."""
    layer, indices = record.args[0], record.args[1]
    weight = layer.weights["weight"]
    if layer.module.max_norm is not None or indices.data is None:
        raise Unknown  # rows that are scaled down on the way are not those of the weight
    width = weight.shape[1]
    rows = np.asarray(indices.data, dtype=np.int64).reshape(-1, 1)
    index = (rows * width + np.arange(width)).reshape(-1).tolist()
    return {"inputs": [weight.id], "maps": [{"input": [0] * len(index), "index": index}]}


def source_of(
    record: Record, held: Mapping[int, torch.Tensor], cell: list[int]
) -> tuple[Note, list[int] | None] | None:
    """The input and the place in it that one cell of the first output came from, at any size; no place where the cell was
    filled in; None where that cannot be told. `held` has the tensors by the id of their note."""
    try:
        if record.name in PICKS:
            return _picked_one(record, held, cell)
        if record.name == "Embedding" and isinstance(record.args[0], Layer):
            weight = record.args[0].weights["weight"]
            return weight, [int(held[record.args[1].id][tuple(cell[:-1])]), cell[-1]]
        replay, outputs = _replayed(record, held)
    except Exception:
        return None  # as in `sources`
    number = float(outputs[0][tuple(cell)]) if outputs else 0.5
    if number != int(number) or not record.inputs:
        return None
    if number <= 0:
        return record.inputs[0], None
    tensor, start = max((each for each in replay.starts if each[1] <= number), key=lambda each: each[1])
    note = next(each for each in record.inputs if each.id == tensor)
    if number - start >= math.prod(note.shape):
        return None
    place = [int(i) for i in np.unravel_index(int(number) - start, note.shape)]
    source, value = held[note.id][tuple(place)].item(), held[record.outputs[0].id][tuple(cell)].item()
    return (note, place) if value == source or (value != value and source != source) else None


def _picked_one(
    record: Record, held: Mapping[int, torch.Tensor], cell: list[int]
) -> tuple[Note, list[int]] | None:
    note, places = record.inputs[0], record.outputs[1]
    axis = axis_of(record, len(note.shape), default=-1)
    if axis is None or not places.dtype.startswith("int"):
        return None
    index = int(held[places.id][tuple(cell)])
    after = cell[axis:] if len(cell) < len(note.shape) else cell[axis + 1 :]
    return note, [*cell[:axis], index, *after]


def _moved(record: Record) -> dict[str, Any] | None:
    replay, outputs = _replayed(record)
    return _maps(replay.starts, outputs)


def _replayed(record: Record, held: Mapping[int, torch.Tensor] | None = None) -> tuple[_Replay, list[Any]]:
    replay = _Replay(held)
    moves = MOVES.get(record.name, record.op.moves)
    first = record.args[0] if record.args else None
    if isinstance(first, Layer):
        moves = (1,)
    args = []
    for place, value in enumerate(record.args):
        if place in moves:
            args.append(replay.moved(value))
        elif FILLED.get(record.name) == place:
            args.append(0)
        else:
            args.append(replay.real(value))
    kwargs = {}
    for key, value in record.kwargs.items():
        kwargs[key] = (
            replay.moved(value)
            if key in ("src", "tensors")
            else 0
            if key in ("value", "fill_value")
            else replay.real(value)
        )
    kwargs.pop("dtype", None)
    if not replay.starts:
        raise Unknown
    with torch.no_grad():
        try:
            out = record.op.fn(*args, **kwargs)
        except (RuntimeError, TypeError):
            floats = [
                a.double() if isinstance(a, torch.Tensor) and i in moves else a for i, a in enumerate(args)
            ]
            out = record.op.fn(*floats, **kwargs)
    return replay, list(_leaves(out))


def _leaves(value: Any) -> Any:
    if isinstance(value, torch.Tensor | np.ndarray):
        yield value
    elif isinstance(value, np.generic):
        yield np.asarray(value)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _leaves(each)


def _maps(starts: list[tuple[int, int]], outputs: list[Any]) -> dict[str, Any] | None:
    maps = []
    for out in outputs:
        flat = (
            out.detach().reshape(-1)
            if isinstance(out, torch.Tensor)
            else torch.from_numpy(np.ascontiguousarray(out).reshape(-1))
        )
        if flat.is_floating_point():
            if not torch.equal(flat, flat.round()):
                return None  # blended from several sources
            flat = flat.long()
        numbers = flat.tolist()
        inputs, index = [], []
        for number in numbers:
            if number <= 0:
                inputs.append(-1)
                index.append(-1)
                continue
            which = max(i for i, (_, start) in enumerate(starts) if start <= number)
            inputs.append(which)
            index.append(number - starts[which][1])
        maps.append({"input": inputs, "index": index})
    return {"inputs": [tensor for tensor, _ in starts], "maps": maps}


def axis_of(record: Record, rank: int, default: int | None = None) -> int | None:
    """The one axis that an operation works along, if it was given one."""
    value = record.kwargs.get("dim", record.kwargs.get("axis"))
    if value is None:
        place = 2 if record.name in ("topk", "kthvalue") else 1
        given = record.args[place] if len(record.args) > place else None
        value = given if isinstance(given, int) and not isinstance(given, bool) else default
    if not isinstance(value, int):
        return None
    return value % rank if rank else 0


def _picked(record: Record) -> dict[str, Any] | None:
    """Values with their places along an axis: topk, sort, max(dim) …"""
    if len(record.outputs) < 2 or not record.inputs:
        raise Unknown
    note, places = record.inputs[0], record.outputs[1]
    if places.kept is None or not places.dtype.startswith("int"):
        raise Unknown
    axis = axis_of(record, len(note.shape), default=-1)
    if axis is None:
        raise Unknown
    index = places.kept if isinstance(places.kept, torch.Tensor) else torch.from_numpy(places.kept)
    if index.dim() < len(note.shape):
        index = index.unsqueeze(axis)
    numbering = torch.arange(1, math.prod(note.shape) + 1).reshape(note.shape)
    found = numbering.gather(axis, index)
    return _maps([(note.id, 1)], [found])
