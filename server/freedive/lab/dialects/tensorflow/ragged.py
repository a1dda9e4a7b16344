"""tf.RaggedTensor: rows of different lengths, kept as all values in one tensor and the places where rows end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import accumulate, pairwise
from typing import Any

import torch

from freedive.lab.arrays import DTYPE_NAMES
from freedive.lab.dialects.tensorflow.namespaces import TF
from freedive.lab.dialects.tensorflow.tensors import DTYPES, EagerTensor, TensorShape, convert, dtype_of
from freedive.lab.importing import publish
from freedive.lab.kinds import Kind, Native, Property, kind_of, register
from freedive.lab.namespaces import Namespace
from freedive.lab.operators import binary, collect, compare, unary
from freedive.lab.running import running
from freedive.lab.types import TypeRef, publish_type

T = torch.Tensor


class Ragged:
    """One ragged tensor; its values may be ragged themselves."""

    def __init__(self, values: Any, splits: list[int]) -> None:
        self.values = values
        self.splits = splits

    @property
    def flat(self) -> EagerTensor:
        found = self.values
        while isinstance(found, Ragged):
            found = found.values
        return found  # type: ignore[no-any-return]

    def with_flat(self, flat: Any) -> Ragged:
        """The same rows of other values."""
        inner = self.values.with_flat(flat) if isinstance(self.values, Ragged) else flat
        return Ragged(inner, self.splits)

    def lengths(self) -> list[int]:
        return [b - a for a, b in pairwise(self.splits)]

    def row(self, k: int) -> Any:
        count = len(self.splits) - 1
        if not -count <= k < count:
            raise IndexError(f"slice index {k} of dimension 0 out of bounds.")
        k %= count
        return _part(self.values, self.splits[k], self.splits[k + 1])

    def rows(self) -> list[Any]:
        return [self.row(k) for k in range(len(self.splits) - 1)]

    def listed(self) -> list[Any]:
        return [row.listed() if isinstance(row, Ragged) else row.t.tolist() for row in self.rows()]

    def shape(self) -> tuple[Any, ...]:
        inner = self.values.shape() if isinstance(self.values, Ragged) else tuple(self.values.t.shape)
        return (len(self.splits) - 1, None, *inner[1:])


def _part(values: Any, start: int, end: int) -> Any:
    if isinstance(values, Ragged):
        splits = values.splits[start : end + 1]
        inner = _part(values.values, splits[0], splits[-1])
        return Ragged(inner, [s - splits[0] for s in splits])
    return EagerTensor(values.read()[start:end])


def of_rows(rows: list[Any]) -> Ragged:
    """From tensors, or ragged ones, of different lengths."""
    running.meter.items(len(rows))
    if any(isinstance(row, Ragged) for row in rows):
        inner = of_rows([each for row in rows for each in row.rows()])
        return Ragged(inner, [0, *accumulate(len(row.splits) - 1 for row in rows)])
    tensors = [convert(row) for row in rows]
    filled = [t for t in tensors if t.numel()] or tensors
    values = torch.cat([t.to(filled[0].dtype) for t in filled]) if filled else torch.zeros(0)
    return Ragged(EagerTensor(values), [0, *accumulate(len(t) for t in tensors)])


def constant(pylist: Any, dtype: Any = None, ragged_rank: Any = None, **kwargs: Any) -> Any:
    """tf.ragged.constant: nested lists whose rows may differ."""
    rows = collect(pylist)
    if not any(isinstance(row, list | tuple) for row in rows):
        return TF.members["constant"].call((rows, dtype), {})
    made = _nested(rows)
    if dtype is not None:
        return made.with_flat(EagerTensor(made.flat.t.to(dtype_of(dtype))))
    return made


def _nested(rows: list[Any]) -> Ragged:
    deeper = any(isinstance(each, list | tuple) for row in rows for each in row)
    splits = [0, *accumulate(len(row) for row in rows)]
    flat = [each for row in rows for each in row]
    running.meter.items(len(flat))
    return Ragged(_nested(flat) if deeper else EagerTensor(convert(flat)), splits)


def dense(value: Ragged, default_value: Any = None, name: Any = None, shape: Any = None) -> EagerTensor:
    """rt.to_tensor(): short rows are filled up."""
    rows = [dense(row, default_value) if isinstance(row, Ragged) else row for row in value.rows()]
    sizes = [
        max((row.t.shape[axis] for row in rows), default=0)
        for axis in range(len(rows[0].t.shape) if rows else 1)
    ]
    running.meter.elements(len(rows) * int(torch.tensor(sizes).prod()))
    blank = 0 if default_value is None else convert(default_value).item()
    made = torch.full((len(rows), *sizes), blank, dtype=value.flat.t.dtype)
    for k, row in enumerate(rows):
        place: Any = (k, *(slice(0, n) for n in row.t.shape))
        made[place] = row.read()
    return EagerTensor(made)


def _ids(value: Ragged) -> T:
    return torch.repeat_interleave(torch.arange(len(value.splits) - 1), torch.tensor(value.lengths()))


# ------------------------------------------------------------ functions of TensorFlow on ragged tensors
def mapped(fn: Any, *args: Any, **kwargs: Any) -> Any:
    """tf.ragged.map_flat_values."""
    first = next(a for a in args if isinstance(a, Ragged))
    for each in args:
        if isinstance(each, Ragged) and each.splits != first.splits:
            raise ValueError("the ragged tensors must have the same row lengths")
    made = running.call(fn, tuple(a.flat if isinstance(a, Ragged) else a for a in args), kwargs)
    return first.with_flat(made)


def _reduced(native: Any) -> Callable[..., Any]:
    def call(input_tensor: Any, axis: Any = None, keepdims: bool = False, **kwargs: Any) -> Any:
        if axis is None:
            return native.call((input_tensor.flat,), {})
        over = int(axis) % len(input_tensor.shape())
        rows = input_tensor.rows()
        if over == 0:
            widest = max(input_tensor.lengths(), default=0)
            columns = [torch.stack([row.t[k] for row in rows if len(row.t) > k]) for k in range(widest)]
            return TF.members["stack"].call(
                ([native.call((EagerTensor(c),), {"axis": 0}) for c in columns],), {}
            )
        made = [
            _reduced(native)(row, over - 1)
            if isinstance(row, Ragged)
            else native.call((row,), {"axis": over - 1})
            for row in rows
        ]
        return (
            of_rows(made)
            if any(isinstance(m, Ragged) or m.t.dim() for m in made) and over > 1
            else TF.members["stack"].call((made,), {})
        )

    return call


def _joined(values: Any, axis: Any, name: Any = None) -> Any:
    parts = [v if isinstance(v, Ragged) else of_rows(list(v.rows())) for v in collect(values)]
    if int(axis) == 0:
        return of_rows([row for part in parts for row in part.rows()])
    return of_rows(
        [
            TF.members["concat"].call((list(rows), int(axis) - 1), {})
            for rows in zip(*[p.rows() for p in parts], strict=True)
        ]
    )


def _holds(args: tuple[Any, ...]) -> bool:
    return any(
        isinstance(a, Ragged) or (isinstance(a, list | tuple) and any(isinstance(v, Ragged) for v in a))
        for a in args
    )


def _aware(native: Any, on_ragged: Callable[..., Any]) -> Native:
    """The same function, with another one for ragged tensors."""

    def call(*args: Any, **kwargs: Any) -> Any:
        return on_ragged(*args, **kwargs) if _holds((*args, *kwargs.values())) else native.call(args, kwargs)

    return Native(native.name, call, native.doc)


_CELLS = [
    "abs",
    "negative",
    "sign",
    "sqrt",
    "square",
    "exp",
    "sin",
    "cos",
    "tanh",
    "sigmoid",
    "floor",
    "round",
    "log",
    "add",
    "subtract",
    "multiply",
    "divide",
    "maximum",
    "minimum",
    "equal",
    "not_equal",
    "less",
    "greater",
    "less_equal",
    "greater_equal",
    "logical_and",
    "logical_or",
    "logical_not",
    "cast",
    "pow",
    "clip_by_value",
    "zeros_like",
    "ones_like",
]
_REDUCTIONS = (
    "reduce_sum",
    "reduce_mean",
    "reduce_max",
    "reduce_min",
    "reduce_prod",
    "reduce_any",
    "reduce_all",
)


def _from(how: str) -> Callable[..., Any]:
    def make(
        values: Any,
        partition: Any = None,
        nrows: Any = None,
        name: Any = None,
        validate: bool = True,
        **given: Any,
    ) -> Ragged:
        held = values if isinstance(values, Ragged) else EagerTensor(convert(values))
        parts = convert(
            given.get(
                {
                    "splits": "row_splits",
                    "lengths": "row_lengths",
                    "ids": "value_rowids",
                    "starts": "row_starts",
                }[how],
                partition,
            )
        ).tolist()
        size = len(held.splits) - 1 if isinstance(held, Ragged) else len(held.t)
        if how == "ids":
            rows = int(convert(nrows)) if nrows is not None else (max(parts) + 1 if parts else 0)
            running.meter.items(rows)
            parts, how_ = [parts.count(k) for k in range(rows)], "lengths"
        else:
            how_ = how
        splits = (
            [0, *accumulate(parts)] if how_ == "lengths" else [*parts, size] if how_ == "starts" else parts
        )
        if not splits or splits[0] != 0 or splits[-1] != size or any(a > b for a, b in pairwise(splits)):
            raise ValueError(f"the rows must part the {size} values from the first to the last; got {splits}")
        return Ragged(held, [int(s) for s in splits])

    return make


def _from_tensor(
    tensor: Any, lengths: Any = None, padding: Any = None, ragged_rank: int = 1, **kwargs: Any
) -> Ragged:
    t = convert(tensor)
    if lengths is not None:
        counts = convert(lengths).tolist()
    elif padding is not None:
        blank = t != convert(padding, like=t.dtype)
        counts = [int(row.nonzero().max()) + 1 if bool(row.any()) else 0 for row in blank]
    else:
        counts = [t.shape[1]] * len(t)
    return of_rows([EagerTensor(row[: min(n, len(row))]) for row, n in zip(t, counts, strict=True)])


def _ranges(starts: Any, limits: Any = None, deltas: Any = 1, dtype: Any = None, **kwargs: Any) -> Ragged:
    low, high = (
        (torch.zeros_like(convert(starts)), convert(starts))
        if limits is None
        else (convert(starts), convert(limits))
    )
    low, high = low + 0 * high, high + 0 * low
    running.meter.items(int((high - low).clamp(min=0).sum()))
    step = int(convert(deltas))
    return of_rows(
        [
            EagerTensor(torch.arange(int(a), max(int(a), int(b)), step, dtype=low.dtype))
            for a, b in zip(low, high, strict=True)
        ]
    )


# ------------------------------------------------------------ as a value
def _counts(numbers: Any) -> EagerTensor:
    return EagerTensor(torch.tensor(numbers, dtype=torch.int64))


class RaggedKind(Kind):
    name = "ragged"
    rank = 65

    def __init__(self) -> None:
        super().__init__()
        self.attributes = {
            "shape": Property(lambda r: TensorShape(r.shape())), "dtype": Property(lambda r: DTYPES[DTYPE_NAMES[r.flat.t.dtype]]), "values": Property(lambda r: r.values),
            "flat_values": Property(lambda r: r.flat), "row_splits": Property(lambda r: _counts(r.splits)), "to_list": Native("to_list", Ragged.listed),
            "to_tensor": Native("to_tensor", dense), "row_lengths": Native("row_lengths", lambda r, axis=1, name=None: _counts(r.lengths())),
            "nrows": Native("nrows", lambda r, out_type=None: _counts(len(r.splits) - 1)), "value_rowids": Native("value_rowids", lambda r: EagerTensor(_ids(r))),
            "row_starts": Native("row_starts", lambda r: _counts(r.splits[:-1])), "row_limits": Native("row_limits", lambda r: _counts(r.splits[1:])),
            "bounding_shape": Native("bounding_shape", lambda r, **k: _counts(list(dense(r).t.shape))), "get_shape": Native("get_shape", lambda r: TensorShape(r.shape())),
            "ragged_rank": Property(lambda r: 1 + (kind_of(r.values).getattr(r.values, "ragged_rank") if isinstance(r.values, Ragged) else 0)),
            "with_values": Native("with_values", lambda r, new: Ragged(new, r.splits)), "with_flat_values": Native("with_flat_values", Ragged.with_flat),
        }  # fmt: skip

    def type_name(self, value: Any) -> str:
        return "RaggedTensor"

    def binary(self, op: str, a: Any, b: Any) -> Any:
        return mapped(Native(op, lambda x, y: binary(op, x, y)), a, b)

    def compare(self, op: str, a: Any, b: Any) -> Any:
        return mapped(Native(op, lambda x, y: compare(op, x, y)), a, b)

    def unary(self, op: str, value: Any) -> Any:
        return mapped(Native(op, lambda x: unary(op, x)), value)

    def getitem(self, value: Any, index: Any) -> Any:
        first, rest = (index[0], index[1:]) if isinstance(index, tuple) else (index, ())
        if isinstance(first, EagerTensor):
            first = int(first.t)
        if isinstance(first, int):
            row = value.row(first)
            return row if not rest else kind_of(row).getitem(row, rest if len(rest) > 1 else rest[0])
        if not isinstance(first, slice):
            raise TypeError("rows of a ragged tensor are chosen by a number or a slice")
        rows = value.rows()[first]
        if not rest:
            return of_rows(rows)
        inner = rest if len(rest) > 1 else rest[0]
        made = [kind_of(row).getitem(row, inner) for row in rows]
        if isinstance(rest[0], int) and not any(isinstance(m, Ragged) for m in made):
            return TF.members["stack"].call((made,), {})
        return of_rows(made)

    def iterate(self, value: Any) -> Iterator[Any]:
        return iter(value.rows())

    def length(self, value: Any) -> int:
        return len(value.splits) - 1

    def repr(self, value: Any) -> str:
        running.meter.text(8 * value.flat.t.numel())
        return f"<tf.RaggedTensor {value.listed()}>"


register(RaggedKind(), Ragged)


def load() -> None:
    members, math = TF.members, TF.members["math"].members
    for name in _CELLS:
        for space in (members, math):
            if name in space:
                space[name] = _aware(
                    space[name], lambda *args, _f=space[name], **kwargs: mapped(_f, *args, **kwargs)
                )
    for name in _REDUCTIONS:
        members[name] = math[name] = _aware(members[name], _reduced(members[name]))
    members["concat"] = _aware(members["concat"], _joined)
    ragged = Namespace("tensorflow.ragged", {
        "constant": Native("constant", constant), "map_flat_values": Native("map_flat_values", mapped), "stack": Native("stack", lambda values, axis=0: of_rows(collect(values))),
        "range": Native("range", _ranges),
        "boolean_mask": Native("boolean_mask", lambda data, mask: of_rows([EagerTensor(r[m]) for r, m in zip(convert(data), convert(mask).bool(), strict=True)])),
    }, doc="Rows of different lengths.")  # fmt: skip
    members["ragged"] = ragged
    kind = TypeRef("RaggedTensor", Ragged, module="tensorflow")
    kind.members.update(
        from_row_splits=Native("from_row_splits", _from("splits")), from_row_lengths=Native("from_row_lengths", _from("lengths")),
        from_value_rowids=Native("from_value_rowids", _from("ids")), from_row_starts=Native("from_row_starts", _from("starts")), from_tensor=Native("from_tensor", _from_tensor),
    )  # fmt: skip
    members["RaggedTensor"] = publish_type(kind)
    publish(ragged)
