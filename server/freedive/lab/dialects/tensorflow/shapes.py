"""Shapes, joining, cutting, picking; matmul and einsum."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch

from freedive.lab.arrays import DTYPE_NAMES
from freedive.lab.dialects.tensorflow.elementwise import _op
from freedive.lab.dialects.tensorflow.errors import InvalidArgument
from freedive.lab.dialects.tensorflow.reductions import axes_of
from freedive.lab.dialects.tensorflow.tensors import (
    EagerTensor,
    check_product,
    convert,
    dtype_of,
    pair,
    run,
)
from freedive.lab.dialects.torch.values import BINARY
from freedive.lab.door import Op
from freedive.lab.kinds import kind_of
from freedive.lab.operators import collect

T = torch.Tensor


# ------------------------------------------------------------ shapes
def shape_list(shape: Any) -> list[int]:
    if isinstance(shape, EagerTensor):
        made = shape.t.tolist()
        return [int(s) for s in made] if isinstance(made, list) else [int(made)]
    if isinstance(shape, int):
        return [shape]
    if isinstance(shape, np.ndarray):
        return [int(s) for s in shape.tolist()]
    return [int(kind_of(s).index(s)) for s in collect(shape)]


def _made(name: str, fn: Any, kind: str = "movement", rule: str = "none", **more: Any) -> Op:
    return _op(name, fn, kind, rule, **more)


def _split_list(x: T, sizes: Any, axis: int) -> list[T]:
    return list(torch.split(x, sizes, axis))


def _unbind_list(x: T, axis: int) -> list[T]:
    return list(torch.unbind(x, axis))


RESHAPE = _made("reshape", lambda x, shape: x.reshape(shape))
TRANSPOSE = _made("transpose", lambda x, perm: x.permute(perm))
CONCAT = _made("concat", lambda values, axis: torch.cat(values, axis), rule="stack")
STACK = _made("stack", lambda values, axis: torch.stack(values, axis), rule="stack")
SPLIT = _made("split", _split_list)
UNSTACK = _made("unstack", _unbind_list)
EXPAND_DIMS = _made("expand_dims", lambda x, axis: x.unsqueeze(axis))
SQUEEZE = _made(
    "squeeze",
    lambda x, axis: (
        x.squeeze() if axis is None else x.squeeze(tuple(axis) if isinstance(axis, list) else axis)
    ),
)
TILE = _made("tile", lambda x, multiples: x.repeat(multiples), rule="repeats")
BROADCAST = _made("broadcast_to", lambda x, shape: x.broadcast_to(shape), rule="expand")
REPEAT = _made("repeat", lambda x, repeats, axis: torch.repeat_interleave(x, repeats, axis), rule="repeats")
REVERSE = _made("reverse", lambda x, axis: x.flip(axis))
ROLL = _made("roll", lambda x, shift, axis: torch.roll(x, shift, axis))
CAST = _op("cast", lambda x, dtype: x.to(dtype), "elementwise")
GATHER = _made("gather", lambda x, index, axis: _take(x, index, axis), "indexing")
GATHER_ND = _made("gather_nd", lambda x, index: x[tuple(index.movedim(-1, 0))], "indexing")
MASK = _made("boolean_mask", lambda x, mask: x[mask], "indexing")
WHERE = _op("where", torch.where, "indexing", "", moves=(1, 2))
PAD = _made(
    "pad", lambda x, widths, mode, value: torch.nn.functional.pad(x, widths, mode, value), rule="padding"
)
SLICE = _made("slice", lambda x, index: x[index], "indexing")


def _take(x: T, index: T, axis: int) -> T:
    axis %= max(1, x.dim())
    if index.numel() and (int(index.min()) < 0 or int(index.max()) >= x.shape[axis]):
        bad = index[(index < 0) | (index >= x.shape[axis])].reshape(-1)[0]
        raise InvalidArgument(f"indices = {int(bad)} is not in [0, {x.shape[axis]}) [Op:GatherV2]")
    flat = x.index_select(axis, index.reshape(-1).long())
    return flat.reshape(*x.shape[:axis], *index.shape, *x.shape[axis + 1 :])


def reshape(tensor: Any, shape: Any, name: Any = None) -> Any:
    t, sizes = convert(tensor), shape_list(shape)
    if -1 not in sizes and math.prod(sizes) != t.numel():
        raise InvalidArgument(
            f"Input to reshape is a tensor with {t.numel()} values, but the requested shape has {math.prod(sizes)} [Op:Reshape]"
        )
    return run(RESHAPE, (t, sizes))


def transpose(a: Any, perm: Any = None, conjugate: bool = False, name: Any = None) -> Any:
    t = convert(a)
    order = list(range(t.dim()))[::-1] if perm is None else shape_list(perm)
    return run(TRANSPOSE, (t, order))


def concat(values: Any, axis: Any, name: Any = None) -> Any:
    return run(CONCAT, (_alike(values), axes_of(axis)))


def _alike(values: Any) -> list[T]:
    """Several values as tensors of one dtype."""
    items = collect(values)
    known = next((v.t.dtype for v in items if isinstance(v, EagerTensor)), None)
    made = [convert(v, like=known) for v in items]
    for i, t in enumerate(made[1:], 1):
        if t.dtype != made[0].dtype:
            first, other = DTYPE_NAMES[made[0].dtype], DTYPE_NAMES[t.dtype]
            error = InvalidArgument(f"cannot compute ConcatV2 as input #{i}(zero-based) was expected to be a {first} tensor but is a {other} tensor [Op:ConcatV2] name: concat")  # fmt: skip
            error.hint = f"tf.cast(x, tf.{first})"
            raise error
    return made


def split(value: Any, num_or_size_splits: Any, axis: int = 0, num: Any = None, name: Any = None) -> Any:
    t, axis = convert(value), axes_of(axis)
    if isinstance(num_or_size_splits, int):
        if t.shape[axis] % num_or_size_splits:
            raise InvalidArgument(
                f"Dimension size, {t.shape[axis]}, is not evenly divided by number of splits, {num_or_size_splits} [Op:Split]"
            )
        sizes: Any = t.shape[axis] // num_or_size_splits
    else:
        sizes = shape_list(num_or_size_splits)
        if -1 in sizes:
            sizes[sizes.index(-1)] = t.shape[axis] - sum(s for s in sizes if s >= 0)
    return run(SPLIT, (t, sizes, axis))


def cast(x: Any, dtype: Any, name: Any = None) -> Any:
    t, wanted = convert(x), dtype_of(dtype)
    if (
        t.is_floating_point()
        and not wanted.is_floating_point
        and wanted != torch.bool
        and not wanted.is_complex
    ):
        t = t.trunc() if not t.requires_grad else t
    return run(CAST, (t, wanted))


def gather(
    params: Any,
    indices: Any,
    validate_indices: Any = None,
    axis: Any = None,
    batch_dims: int = 0,
    name: Any = None,
) -> Any:
    x, index = convert(params), convert(indices)
    if batch_dims:
        return run(
            _made("gather", lambda x, i: torch.take_along_dim(x, i.long(), batch_dims), "indexing"),
            (x, index),
        )
    return run(GATHER, (x, index, 0 if axis is None else axes_of(axis)))


def where(condition: Any, x: Any = None, y: Any = None, name: Any = None) -> Any:
    mask = convert(condition).bool()
    if x is None:
        return run(_made("where", lambda m: m.nonzero(), "indexing"), (mask,))
    a, b = pair("SelectV2", x, y)
    return run(WHERE, (mask, a, b))


def pad(
    tensor: Any, paddings: Any, mode: str = "CONSTANT", constant_values: Any = 0, name: Any = None
) -> Any:
    widths = convert(paddings).tolist()
    flat = [int(v) for pair_ in reversed(widths) for v in pair_]
    kind = {"CONSTANT": "constant", "REFLECT": "reflect", "SYMMETRIC": "replicate"}[mode.upper()]
    return run(PAD, (convert(tensor), flat, kind, float(constant_values) if kind == "constant" else None))


def matmul(a: Any, b: Any, transpose_a: bool = False, transpose_b: bool = False, **kwargs: Any) -> Any:
    left, right = pair("MatMul", a, b)
    left = left.mT if transpose_a else left
    right = right.mT if transpose_b else right
    check_product(left, right)
    return run(BINARY["matmul"], (left, right))


TENSORDOT = _op("tensordot", torch.tensordot, "contraction", "tensordot")


def tensordot(a: Any, b: Any, axes: Any, name: Any = None) -> Any:
    left, right = pair("TensorDot", a, b)
    axes = (
        axes_of(axes)
        if not isinstance(axes, list | tuple)
        else [shape_list(x) if not isinstance(x, int) else [x] for x in axes]
    )
    return run(TENSORDOT, (left, right), {"dims": axes})


def einsum(equation: str, *inputs: Any, **kwargs: Any) -> Any:
    return run(_op("einsum", torch.einsum, "contraction", "einsum"), (equation, *_alike(inputs)))
