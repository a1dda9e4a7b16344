"""From notes to the trace of the answer: one record per operation, with its explanation by kind.

Over 400 lines: one function for each kind of operation, all called from one place.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

from freedive.lab import arrays
from freedive.lab.autograd import graph
from freedive.lab.bodies import Cell
from freedive.lab.contractions import explain_contraction
from freedive.lab.curves import curve, curve_name, slopes_at, softmax_jacobian
from freedive.lab.derivatives import partials, slopes
from freedive.lab.loss_shapes import met
from freedive.lab.moments import moments
from freedive.lab.provenance import sources
from freedive.lab.recorder import FIRST_RUNS, NO_CELL, LightRecord, Note, Record, Recorder
from freedive.lab.shares import shares
from freedive.lab.spans import Operand, Spans, expressions, keywords
from freedive.lab.steps import step as step_of
from freedive.lab.tables import ROWS
from freedive.lab.values import Encoder

Json = dict[str, Any]
MOST_PARTIALS = 60
STRICT = False
"""Whether an explanation that fails is an error; the tests say so, a visitor gets the answer without it."""


def build_trace(
    recorder: Recorder, names: dict[str, Any], statements: list[Json], encoder: Encoder, spans: Spans
) -> Json:
    """The trace's part of the answer: `ops`, `tensors`, `storages`, `graph`, `curves`, `dropped` (whether the trace is cut short)."""
    builder = _Builder(recorder, spans)
    ranks = [rank(record) for record in recorder.records]
    by_rank = sorted(range(len(ranks)), key=ranks.__getitem__)
    made = {number: builder.op(number, recorder.records[number]) for number in by_rank}
    ops = [made[number] for number in range(len(ranks))]
    by_statement: dict[int, list[int]] = {}
    for op in ops:
        by_statement.setdefault(op["statement"], []).append(op["id"])
    for statement in statements:
        statement["ops"] = by_statement.get(statement["index"], [])
    budget = [min(24_000, max(4_000, encoder.left))]
    first = [i for number in by_rank for i in _notes(recorder.records[number])]
    told = {
        i: _tensor(recorder.all_notes[i], budget)
        for i in dict.fromkeys([*first, *range(len(recorder.all_notes))])
    }
    tensors = {str(i): told[i] for i in range(len(told))}
    storages: dict[str, Json] = {}
    for note in recorder.all_notes:
        if note.storage is None or not (note.deep or note.names):
            continue
        entry = storages.setdefault(
            str(note.storage), {"nbytes": recorder.storages.nbytes[note.storage], "tensors": [], "names": []}
        )
        entry["tensors"].append(note.id)
        entry["names"] += [name for name in note.names if name not in entry["names"]]
    try:
        drawn = graph(recorder, names)
    except RuntimeError:
        drawn = None
    return {
        "ops": ops, "tensors": tensors, "storages": storages, "graph": drawn, "curves": builder.curves,
        "dropped": recorder.full,
    }  # fmt: skip


def rank(record: Record | LightRecord) -> int:
    """What is told first, as long as there is room: what ran for the first or the last time, then what ran a second time."""
    if not record.deep:
        return 3
    cell: Cell = getattr(record.at, "cell", NO_CELL)
    if record.run == 1 or record.failed is not None or cell.closed == (cell.closed[0], record.run - 1):
        return 0
    return 1 if record.run <= FIRST_RUNS else 2


def _notes(record: Record | LightRecord) -> list[int]:
    return [note.id for note in (*record.inputs, *record.outputs)] if record.deep else []


def _tensor(note: Note, budget: list[int]) -> Json:
    if not note.deep:
        return {
            "id": note.id,
            "shape": list(note.shape),
            "dtype": note.dtype,
            "requires_grad": note.requires_grad,
            "is_leaf": note.is_leaf,
            "storage": note.storage,
            "statement": note.born,
            "names": note.names,
        }
    made: Json = {
        "id": note.id, "kind": "ndarray" if note.array else "tensor", "shape": list(note.shape), "dtype": note.dtype, "strides": note.strides,
        "offset": note.offset, "storage": note.storage, "requires_grad": note.requires_grad, "is_leaf": note.is_leaf,
        "grad_fn": note.grad_name, "version": note.version, "names": note.names, "statement": note.born,
    }  # fmt: skip
    count = math.prod(note.shape)
    if note.data is not None and budget[0] >= count:
        budget[0] -= count
        made["data"] = arrays.finite(note.data)
    elif note.kept is not None and budget[0] >= 256:
        budget[0] -= 256
        made["windowed"] = True
        made["data"] = arrays.plain(arrays.window(note.kept, 256))
        made["stats"] = arrays.stats(note.kept)
    if note.grad:
        made["grad"] = arrays.finite(note.grad[-1])
    return made


_SIGNS: dict[Any, str] = {
    operator.add: "add", operator.sub: "sub", operator.mul: "mul", operator.truediv: "div", operator.pow: "pow",
    operator.matmul: "matmul", operator.mod: "remainder", operator.floordiv: "floor_divide", operator.neg: "neg",
    operator.eq: "eq", operator.ne: "ne", operator.lt: "lt", operator.le: "le", operator.gt: "gt", operator.ge: "ge",
}  # fmt: skip
"""Rows of what is written as a sign."""


class _Builder:
    def __init__(self, recorder: Recorder, spans: Spans) -> None:
        self.recorder = recorder
        self.spans = spans
        self.curves: dict[str, Json] = {}
        self.partials = 0
        self.seen: dict[tuple[tuple[int, ...], ...], Json | None] = {}
        self.cells = 20_000
        """Numbers that provenance maps may still hold."""

    def alike(self, shapes: tuple[tuple[int, ...], ...]) -> Json | None:
        """The broadcasting of shapes that differ; worked out once for the same shapes."""
        if shapes not in self.seen:
            self.seen[shapes] = (
                {"type": "elementwise", **align(list(shapes))} if len(set(shapes)) > 1 else None
            )
        return self.seen[shapes]

    def op(self, number: int, record: Record) -> Json:
        op, deep = record.op, record.deep
        line, span, run = self.spans.place(record)
        made: Json = {
            "id": number,
            "name": record.name,
            "kind": op.kind,
            "statement": record.statement,
            "line": line or record.line or None,
            "span": span,
            "run": run,
            "inputs": [note.id for note in record.inputs],
            "outputs": [note.id for note in record.outputs],
            "explanation": None,
        }
        if not deep and record.failed is None:
            if op.kind == "elementwise" and len(record.inputs) > 1:
                made["explanation"] = self.alike(tuple(note.shape for note in record.inputs))
            return made
        row = op.info or ROWS.get(_SIGNS.get(op.fn, ""))
        if row is not None:
            made["counterparts"] = row.others
            made["row"] = row.name
        if record.failed is not None:
            made["error"] = record.failed[:500]
        made["operands"] = operands(record, self.spans)
        kind = "inplace" if record.before is not None else op.kind
        explain = _EXPLAIN.get(kind)
        if explain is not None:
            try:
                made["explanation"] = explain(self, record, deep)
            except (IndexError, KeyError, TypeError, ValueError, AttributeError, RuntimeError):
                if STRICT and record.failed is None:
                    raise
                # what was called in a way that nobody thought of has its values, and nothing to explain
        return made


def operands(record: Record, spans: Spans) -> list[Json]:
    """What was passed, in the order written: tensors by id, numbers and words as they are, so that a sum can be written out."""
    made: list[Json] = []
    written = [*expressions(record), *[None] * 8]
    for value, node in zip(record.args[:8], written, strict=False):
        made += _operand(value, node, spans)
    named = keywords(record) if record.kwargs else {}
    for key, value in list(record.kwargs.items())[:8]:
        made += [{**each, "name": key} for each in _operand(value, named.get(key), spans)]
    return made


def _operand(value: Any, node: Operand, spans: Spans) -> list[Json]:
    made: Json
    if isinstance(value, Note):
        made = {"tensor": value.id}
    elif isinstance(value, bool | int | float):
        made = {"value": arrays.number(value)}
    elif isinstance(value, str):
        made = {"value": value[:100]}
    elif isinstance(value, list | tuple) and len(value) <= 16:
        nodes = node if isinstance(node, list) and len(node) == len(value) else [None] * len(value)
        inner = [_operand(each, item, spans) for each, item in zip(value, nodes, strict=True)]
        if any(len(each) != 1 for each in inner):
            return []
        made = {"items": [each[0] for each in inner]}
    else:
        return []
    span = spans.operand(node, value if isinstance(value, Note) else None)
    if span is not None:
        made["span"] = span
    return [made]


# ------------------------------------------------------------ by kind
def align(shapes: list[tuple[int, ...]]) -> Json:
    """Shapes aligned from the right, the result, or the axis (from the right, -1 the last) that does not fit."""
    rank = max((len(shape) for shape in shapes), default=0)
    aligned = [[1] * (rank - len(shape)) + list(shape) for shape in shapes]
    result: list[int] | None = []
    conflict = None
    for axis in range(1, rank + 1):
        sizes = {shape[-axis] for shape in aligned} - {1}
        if len(sizes) > 1:
            conflict, result = -axis, None
            break
        if result is not None:
            result.insert(0, sizes.pop() if sizes else 1)
    return {
        "shapes": [list(shape) for shape in shapes],
        "aligned": aligned,
        "result": result,
        "conflict_axis": conflict,
    }


def stretched_axes(aligned: list[int], result: list[int]) -> list[int]:
    """Axes of the result along which an input is repeated; its gradient is summed over them."""
    return [
        axis for axis, (size, full) in enumerate(zip(aligned, result, strict=True)) if size == 1 and full != 1
    ]


def _elementwise(builder: _Builder, record: Record, deep: bool) -> Json:
    inputs = record.inputs
    made: Json = {"type": "elementwise", **align([note.shape for note in inputs])}
    if made["result"] is None:
        return made
    made["inserted"] = [len(made["result"]) - len(note.shape) for note in inputs]
    made["stretched"] = [stretched_axes(aligned, made["result"]) for aligned in made["aligned"]]
    if len(inputs) > 1 and all(made["stretched"]) and math.prod(made["result"]) > 1:
        # (N, 1) - (N,) gives (N, N): fine for tables, but in a loss it is nearly always a slip
        made["warning"] = "both_stretched"
    out = record.outputs[0] if record.outputs else None
    if out is not None and any(made["stretched"]):
        size = _itemsize(out)
        made["bytes"] = {
            "kept": [math.prod(n.shape) * _itemsize(n) for n in inputs],
            "copied": math.prod(made["result"]) * size * len(inputs),
        }
    if deep and out is not None:
        _backward(builder, record, made, out)
        if len(inputs) == 1:
            _curve(builder, record, made)
    return made


def _backward(builder: _Builder, record: Record, made: Json, out: Note) -> None:
    """For each input: the axes its gradient is summed over and, where it wants one and there are few cells, the numbers."""
    if not out.requires_grad:
        return
    made["backward"] = [
        {"input": i, "sum_axes": axes, "shape": list(note.shape), "needs_grad": note.requires_grad}
        for i, (axes, note) in enumerate(zip(made["stretched"], record.inputs, strict=True))
    ]
    if builder.partials >= MOST_PARTIALS:
        return
    found = partials(record)
    if found is None:
        return
    builder.partials += 1
    for entry, (partial, contribution) in zip(made["backward"], found, strict=False):
        entry["partial"] = partial
        if out.grad:
            entry["contribution"] = contribution


def _itemsize(note: Note) -> int:
    digits = "".join(c for c in note.dtype if c.isdigit())
    return int(digits) // 8 if digits else 1


def _curve(builder: _Builder, record: Record, made: Json) -> None:
    name = curve_name(record.name)
    if name is None:
        return
    if name not in builder.curves:
        drawn = curve(name)
        if drawn is None:
            return
        builder.curves[name] = drawn
    made["curve"] = name
    x, out = record.inputs[-1], record.outputs[0]
    if x.data is None or out.data is None or builder.partials >= MOST_PARTIALS:
        return
    values, results = _flat(x.data), _flat(out.data)
    if len(values) != len(results) or len(values) > 64:
        return
    found = slopes_at(name, values, results)
    if found is None:
        del made["curve"]  # called with parameters of its own: the curve would be that of another function
    elif not out.requires_grad:
        builder.partials += 1
        made["slopes"] = found


def _flat(data: Any) -> list[float]:
    return [each for part in data for each in _flat(part)] if isinstance(data, list) else [data]


def _movement(builder: _Builder, record: Record, deep: bool) -> Json:
    made: Json = {"type": "movement"}
    source = record.inputs[0] if record.inputs else None
    if source is not None and record.outputs:
        out = record.outputs[0]
        view = out.storage is not None and out.storage == source.storage
        made["view"] = view
        made["strides"] = {"before": source.strides, "after": [note.strides for note in record.outputs[:16]]}
        made["offsets"] = {"before": source.offset, "after": [note.offset for note in record.outputs[:16]]}
        made["contiguous"] = {
            "before": contiguous(source),
            "after": [contiguous(note) for note in record.outputs[:16]],
        }
        size = sum(math.prod(note.shape) * _itemsize(note) for note in record.outputs)
        made["bytes"] = {"allocated": 0 if view else size, "copied": size}
    if record.failed is not None and source is not None:
        made["strides"] = {"before": source.strides, "after": []}
        made["contiguous"] = {"before": contiguous(source), "after": []}
    if deep and sum(math.prod(note.shape) for note in record.outputs) <= min(1024, builder.cells):
        found = sources(record)
        if found is not None:
            builder.cells -= 2 * sum(len(m["index"]) for m in found["maps"])
            made["sources"] = found
    return made


def contiguous(note: Note) -> bool:
    """Whether the elements lie in memory in the order in which they are read."""
    expected = 1
    for size, step in zip(reversed(note.shape), reversed(note.strides), strict=True):
        if size != 1 and step != expected:
            return False
        expected *= size
    return True


def _reduction(builder: _Builder, record: Record, deep: bool) -> Json:
    made: Json = {"type": "reduction"}
    if not record.inputs:
        return made
    shape = record.inputs[0].shape
    axes = reduced_axes(record, len(shape))
    made.update(
        shape=list(shape),
        axes=axes,
        keepdim=bool(record.kwargs.get("keepdim", record.kwargs.get("keepdims", False))),
    )
    if record.outputs:
        made["result"] = list(record.outputs[0].shape)
        if len(record.outputs) > 1 and deep and math.prod(shape) <= 1024:
            found = sources(record)
            if found is not None:
                made["sources"] = found
    made["gathers"] = math.prod(shape[a] for a in axes) if axes else 1
    if deep and record.inputs[0].requires_grad and builder.partials < MOST_PARTIALS:
        gradients = slopes(record)
        if gradients is not None:
            builder.partials += 1
            made["gradients"] = gradients
    return made


def reduced_axes(record: Record, rank: int) -> list[int]:
    """The axes that collapse (all of them when none is named)."""
    value = record.kwargs.get("dim", record.kwargs.get("axis"))
    if value is None:
        places = {"norm": 2, "quantile": 2, "renorm": 2, "kthvalue": 2, "topk": 2, "percentile": 2}
        place = places.get(record.name, 1)
        value = record.args[place] if len(record.args) > place else None
    if isinstance(value, bool):
        value = None
    if isinstance(value, int):
        return [value % rank] if rank else []
    if isinstance(value, list | tuple) and value and all(isinstance(v, int) for v in value):
        return sorted(v % rank for v in value) if rank else []
    return list(range(rank))


def _contraction(builder: _Builder, record: Record, deep: bool) -> Json | None:
    return explain_contraction(record, deep)


def _creation(builder: _Builder, record: Record, deep: bool) -> Json:
    made: Json = {"type": "creation", "shape": list(record.outputs[0].shape) if record.outputs else []}
    return made


_DISTRIBUTIONS = {
    "rand": ("uniform", {"low": 0.0, "high": 1.0}), "rand_like": ("uniform", {"low": 0.0, "high": 1.0}),
    "randn": ("normal", {"mean": 0.0, "std": 1.0}), "randn_like": ("normal", {"mean": 0.0, "std": 1.0}),
    "standard_normal": ("normal", {"mean": 0.0, "std": 1.0}), "random": ("uniform", {"low": 0.0, "high": 1.0}),
}  # fmt: skip


def _random(builder: _Builder, record: Record, deep: bool) -> Json:
    made: Json = {"type": "random", "shape": list(record.outputs[0].shape) if record.outputs else []}
    named = _DISTRIBUTIONS.get(record.name)
    if named is not None:
        made["distribution"] = {"name": named[0], **named[1]}
    elif record.name in ("normal", "uniform", "randint", "poisson", "bernoulli", "dropout", "Dropout"):
        numbers = [a for a in record.args if isinstance(a, int | float) and not isinstance(a, bool)]
        made["distribution"] = {
            "name": record.name.lower(),
            "parameters": numbers[:2],
            **_numbers(record.kwargs),
        }
    if deep and record.outputs and record.outputs[0].kept is not None:
        made["histogram"] = histogram(record.outputs[0].kept)
    return made


def _numbers(kwargs: Json) -> Json:
    return {k: v for k, v in kwargs.items() if isinstance(v, int | float) and not isinstance(v, bool)}


def histogram(value: Any, bins: int = 24) -> Json | None:
    """Counts of all elements in equal bins."""
    import torch

    x = value.detach() if isinstance(value, torch.Tensor) else torch.as_tensor(value)
    if x.is_complex() or not x.numel():
        return None
    x = x.double().reshape(-1)
    x = x[torch.isfinite(x)]
    if not x.numel():
        return None
    counts, edges = torch.histogram(x, bins)
    return {"edges": [round(e, 6) for e in edges.tolist()], "counts": [int(c) for c in counts.tolist()]}


def _inplace(builder: _Builder, record: Record, deep: bool) -> Json:
    made: Json = {"type": "inplace", **align([note.shape for note in record.inputs])}
    before = record.before
    if before is not None:
        note: Note = before["note"]
        after = record.outputs[0] if record.outputs else None
        made["before"] = before["data"]
        made["after"] = None if after is None or after.data is None else arrays.finite(after.data)
        made["version"] = [before["version"], after.version if after is not None else None]
        made["tensors"] = [note.id, after.id if after is not None else None]
        made["shared_with"] = [
            other.id for other in builder.recorder.all_notes
            if other.storage == note.storage and other.id not in (note.id, after.id if after else -1)
        ]  # fmt: skip
    return made


def _activation(builder: _Builder, record: Record, deep: bool) -> Json:
    made = _elementwise(builder, record, deep)
    made["type"] = "activation"
    plain = record.name.lower().replace("log_softmax", "logsoftmax")
    if not deep or not record.outputs:
        return made
    if plain == "softmax":
        out = record.outputs[0]
        axis = record.kwargs.get(
            "dim", record.kwargs.get("axis", record.args[1] if len(record.args) > 1 else -1)
        )
        module = getattr(record.args[0], "module", None)
        axis = getattr(module, "dim", axis) if module is not None else axis
        if out.kept is not None and isinstance(axis, int) and len(out.shape):
            axis %= len(out.shape)
            if out.shape[axis] <= 16 and not out.array:
                row = out.kept.detach().movedim(axis, -1).reshape(-1, out.shape[axis])
                if len(row):
                    made["jacobian"] = {
                        "axis": axis,
                        "row": row[0].tolist(),
                        "matrix": softmax_jacobian(row[0].tolist()),
                    }
    else:
        _curve(builder, record, made)
    return made


def _loss(builder: _Builder, record: Record, deep: bool) -> Json:
    module = getattr(record.args[0], "module", None) if record.args else None
    reduction = record.kwargs.get("reduction", getattr(module, "reduction", "mean"))
    if record.outputs and record.outputs[0].shape and reduction != "none":
        reduction = None  # one number for each sample, as Gluon and Keras give it
    made: Json = {"type": "loss", **met(record, align), "reduction": reduction}
    shapes = made["shapes"]
    elementwise = record.name in (
        "mse_loss",
        "MSELoss",
        "l1_loss",
        "L1Loss",
        "smooth_l1_loss",
        "SmoothL1Loss",
        "huber_loss",
        "HuberLoss",
    )
    if elementwise and len(shapes) == 2 and shapes[0] != shapes[1] and not made.get("reshaped"):
        made["warning"] = "shapes_differ"
    if not deep or builder.partials >= MOST_PARTIALS:
        return made
    builder.partials += 1
    found = slopes(record)
    if found is not None:
        made["gradients"] = found
    made.update(shares(record))
    return made


def _normalization(builder: _Builder, record: Record, deep: bool) -> Json:
    return {**_other(builder, record, deep), **(moments(record) if deep else {})}


def _optimizer(builder: _Builder, record: Record, deep: bool) -> Json:
    return {**_other(builder, record, deep), **step_of(record)}


def _other(builder: _Builder, record: Record, deep: bool) -> Json:
    return {
        "type": record.op.kind,
        "shapes_in": [list(n.shape) for n in record.inputs],
        "shapes_out": [list(n.shape) for n in record.outputs],
    }


_EXPLAIN: dict[str, Callable[[_Builder, Record, bool], Json | None]] = {
    "elementwise": _elementwise, "movement": _movement, "indexing": _movement, "reduction": _reduction,
    "contraction": _contraction, "creation": _creation, "random": _random, "inplace": _inplace,
    "activation": _activation, "loss": _loss, "layer": _other, "normalization": _normalization,
    "autograd": _other, "optimizer": _optimizer, "query": _other,
}  # fmt: skip
