"""Tensors out of nothing: constants, ranges, grids, one-hot."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch

from freedive.lab.arrays import DTYPE_NAMES
from freedive.lab.dialects.tensorflow.elementwise import _op
from freedive.lab.dialects.tensorflow.shapes import _alike, shape_list
from freedive.lab.dialects.tensorflow.tensors import (
    EagerTensor,
    convert,
    dtype_of,
    run,
)
from freedive.lab.kinds import Native, kind_of
from freedive.lab.running import running

T = torch.Tensor

# ------------------------------------------------------------ creation
CONSTANT = _op("constant", lambda x: x, "creation", "none")


def constant(value: Any, dtype: Any = None, shape: Any = None, name: Any = None) -> Any:
    wanted = None if dtype is None else dtype_of(dtype)
    if isinstance(value, EagerTensor):
        t = value.t.detach()
        if wanted is not None and wanted != t.dtype:
            raise TypeError(
                f"Cannot convert a tensor of dtype {DTYPE_NAMES[t.dtype]} to {DTYPE_NAMES[wanted]}; use tf.cast"
            )
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
        return run(op, (shape_list(shape),), {"dtype": dtype_of(dtype)})

    return Native(name, call, op.doc)


def _like(name: str, fn: Callable[..., T]) -> Native:
    op = _op(name, fn, "creation")

    def call(input: Any, dtype: Any = None, name: Any = None) -> Any:
        return run(op, (convert(input).detach(),), {} if dtype is None else {"dtype": dtype_of(dtype)})

    return Native(name, call, op.doc)


def fill(dims: Any, value: Any, name: Any = None) -> Any:
    return run(
        _op("fill", lambda size, v: v.expand(size).clone(), "creation", "first"),
        (shape_list(dims), convert(value)),
    )


def eye(
    num_rows: int, num_columns: Any = None, batch_shape: Any = None, dtype: Any = "float32", name: Any = None
) -> Any:
    return run(
        _op("eye", torch.eye, "creation", "square"),
        (num_rows, num_columns or num_rows),
        {"dtype": dtype_of(dtype)},
    )


def range_(start: Any, limit: Any = None, delta: Any = 1, dtype: Any = None, name: Any = None) -> Any:
    low, high = (0, start) if limit is None else (start, limit)
    numbers = [x.t.item() if isinstance(x, EagerTensor) else x for x in (low, high, delta)]
    wanted = (
        dtype_of(dtype)
        if dtype is not None
        else torch.float32
        if any(isinstance(x, float) for x in numbers)
        else torch.int32
    )
    return run(_op("range", torch.arange, "creation", "steps"), tuple(numbers), {"dtype": wanted})


def linspace(start: Any, stop: Any, num: int, name: Any = None, axis: int = 0) -> Any:
    return run(_op("linspace", torch.linspace, "creation", "count"), (float(start), float(stop), int(num)))


def one_hot(
    indices: Any,
    depth: Any,
    on_value: Any = 1.0,
    off_value: Any = 0.0,
    axis: int = -1,
    dtype: Any = "float32",
    name: Any = None,
) -> Any:
    depth = int(kind_of(depth).index(depth))
    t = convert(indices).long()
    running.meter.elements(t.numel() * depth)
    wanted = dtype_of(dtype)

    def make(i: T) -> T:
        hot = i.unsqueeze(-1) == torch.arange(depth)
        return torch.where(
            hot, torch.tensor(on_value, dtype=wanted), torch.tensor(off_value, dtype=wanted)
        ).movedim(-1, axis)

    return run(_op("one_hot", make, "indexing", "none"), (t,))


def meshgrid(*args: Any, indexing: str = "xy", **kwargs: Any) -> Any:
    return list(
        run(_op("meshgrid", torch.meshgrid, "movement", "outer"), tuple(_alike(args)), {"indexing": indexing})
    )
