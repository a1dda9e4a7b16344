"""Tensors out of nothing: constants, ranges, grids, one-hot."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch

from freedive.lab.arrays import DTYPE_NAMES
from freedive.lab.dialects.tensorflow.elementwise import _op
from freedive.lab.dialects.tensorflow.errors import not_allowed, refuse
from freedive.lab.dialects.tensorflow.shapes import _alike, shape_list
from freedive.lab.dialects.tensorflow.tensors import (
    EagerTensor,
    convert,
    dtype_of,
    invalid_dtype,
    run,
)
from freedive.lab.dialects.tensorflow.texts import holds_text, text_of
from freedive.lab.kinds import Native, kind_of
from freedive.lab.running import running

T = torch.Tensor

# ------------------------------------------------------------ creation
CONSTANT = _op("constant", lambda x: x, "creation", "none")


def constant(value: Any, dtype: Any = None, shape: Any = None, name: Any = None) -> Any:
    if holds_text(value) and (dtype is None or getattr(dtype, "name", dtype) == "string"):
        return text_of(value)
    wanted = None if dtype is None else dtype_of(dtype)
    if isinstance(value, EagerTensor):
        t = value.t.detach()
        if wanted is not None and wanted != t.dtype:
            raise invalid_dtype(value, wanted)
    elif isinstance(value, list | tuple) and any(isinstance(v, EagerTensor) and not v.t.dim() for v in value):
        error: Any = ValueError("TypeError: Scalar tensor has no `len()`")
        error.hint = "write tf.stack([a, b]) or tf.convert_to_tensor([a, b])"
        raise error
    else:
        t = convert(value, wanted)
    if shape is not None:
        sizes = shape_list(shape)
        running.meter.elements(math.prod(sizes))
        t = t.expand(sizes).clone() if t.dim() == 0 else t.reshape(sizes)
    return run(CONSTANT, (t,))


def _filled(name: str, fn: Callable[..., T]) -> Native:
    op = _op(name, fn, "creation", "first")

    def call(shape: Any, dtype: Any = "float32", name: Any = None, **kwargs: Any) -> Any:
        sizes, wanted = shape_list(shape), dtype_of(dtype)
        if any(size < 0 for size in sizes):
            raise refuse("Fill", f"Dimension {min(sizes)} must be >= 0")
        return run(op, (sizes,), {"dtype": wanted})

    return Native(name, call, op.doc)


def _like(name: str, fn: Callable[..., T]) -> Native:
    op = _op(name, fn, "creation")

    def call(input: Any, dtype: Any = None, name: Any = None) -> Any:
        return run(op, (convert(input).detach(),), {} if dtype is None else {"dtype": dtype_of(dtype)})

    return Native(name, call, op.doc)


def fill(dims: Any, value: Any, name: Any = None) -> Any:
    t = convert(value)
    if t.dim():
        raise refuse("Fill", f"value must represent a scalar, got shape {list(t.shape)}", name=None)
    op = _op("fill", lambda size, v: v.expand(size).clone(), "creation", "first")
    return run(op, (shape_list(dims), t))


def eye(
    num_rows: int, num_columns: Any = None, batch_shape: Any = None, dtype: Any = "float32", name: Any = None
) -> Any:
    def make(rows: int, columns: int, dtype: torch.dtype) -> T:
        made = torch.eye(rows, columns, dtype=dtype)
        return made if batch_shape is None else made.expand(*batch, rows, columns).clone()

    batch = [] if batch_shape is None else shape_list(batch_shape)
    running.meter.elements(math.prod(batch) * int(num_rows) ** 2)
    return run(
        _op("eye", make, "creation", "square"),
        (int(num_rows), int(num_columns or num_rows)),
        {"dtype": dtype_of(dtype)},
    )


def range_(start: Any, limit: Any = None, delta: Any = 1, dtype: Any = None, name: Any = None) -> Any:
    low, high = (0, start) if limit is None else (start, limit)
    given = [convert(x) for x in (low, high, delta)]
    wanted = dtype_of(dtype) if dtype is not None else given[0].dtype
    if dtype is None:
        for t in given[1:]:
            wanted = torch.promote_types(wanted, t.dtype)
    numbers = [t.item() for t in given]
    if not numbers[2]:
        raise refuse("Range", "Requires delta != 0: 0")
    if (numbers[1] - numbers[0]) * numbers[2] < 0:
        numbers[1] = numbers[0]
    return run(_op("range", torch.arange, "creation", "steps"), tuple(numbers), {"dtype": wanted})


def linspace(start: Any, stop: Any, num: Any, name: Any = None, axis: int = 0) -> Any:
    low, high = convert(start), convert(stop)
    if not low.is_floating_point():
        low, high = low.double(), high.double()
    count = int(num)
    if not low.dim():
        op = _op("linspace", torch.linspace, "creation", "count")
        return run(op, (low.item(), high.item(), count), {"dtype": low.dtype})
    running.meter.elements(low.numel() * max(0, count))

    def between(a: T, b: T) -> T:
        share = torch.linspace(0, 1, count, dtype=a.dtype).reshape(-1, *[1] * a.dim())
        return (a + (b - a) * share).movedim(0, axis)

    return run(_op("linspace", between, "creation", "none"), (low, high.to(low.dtype)))


def one_hot(
    indices: Any,
    depth: Any,
    on_value: Any = None,
    off_value: Any = None,
    axis: Any = None,
    dtype: Any = None,
    name: Any = None,
) -> Any:
    depth = int(kind_of(depth).index(depth))
    t = convert(indices)
    if t.is_floating_point():
        raise not_allowed(DTYPE_NAMES[t.dtype], "depth", "TI")
    if depth < 0:
        raise refuse("OneHot", f"depth must be non-negative, got: {depth}")
    t = t.long()
    running.meter.elements(t.numel() * depth)
    if dtype is None:
        dtype = DTYPE_NAMES[convert(on_value).dtype] if on_value is not None else "float32"
    wanted = dtype_of(dtype)
    on_value = 1 if on_value is None else on_value
    off_value = 0 if off_value is None else off_value

    def make(i: T) -> T:
        hot = i.unsqueeze(-1) == torch.arange(depth)
        return torch.where(
            hot, torch.tensor(on_value, dtype=wanted), torch.tensor(off_value, dtype=wanted)
        ).movedim(-1, -1 if axis is None else axis)

    return run(_op("one_hot", make, "indexing", "none"), (t,))


def meshgrid(*args: Any, indexing: str = "xy", **kwargs: Any) -> Any:
    return list(
        run(_op("meshgrid", torch.meshgrid, "movement", "outer"), tuple(_alike(args)), {"indexing": indexing})
    )
