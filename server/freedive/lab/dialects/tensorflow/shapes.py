"""Shapes, joining, cutting, picking; matmul and einsum.

A little over 400 lines: each function stands with the words in which TensorFlow refuses what does not fit.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch

from freedive.lab.arrays import DTYPE_NAMES
from freedive.lab.dialects.tensorflow.elementwise import _op
from freedive.lab.dialects.tensorflow.errors import SHORT, Unimplemented, not_allowed, refuse, sizes_of
from freedive.lab.dialects.tensorflow.reductions import axes_of
from freedive.lab.dialects.tensorflow.tensors import (
    EagerTensor,
    _holds,
    check_product,
    convert,
    dtype_of,
    pair,
    run,
)
from freedive.lab.dialects.tensorflow.texts import holds_text
from freedive.lab.dialects.torch.values import BINARY
from freedive.lab.door import Op
from freedive.lab.kinds import kind_of
from freedive.lab.operators import collect
from freedive.lab.plain import show_inside
from freedive.lab.running import running

T = torch.Tensor


# ------------------------------------------------------------ shapes
def shape_list(shape: Any) -> list[int]:
    if isinstance(shape, str):
        raise TypeError(f"Cannot convert {shape!r} to EagerTensor of dtype int32")
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
MASK = _made("boolean_mask", lambda x, mask, axis=0: x[(slice(None),) * axis + (mask,)], "indexing")
WHERE = _op("where", torch.where, "indexing", "", moves=(1, 2))
SLICE = _made("slice", lambda x, index: x[index], "indexing")


def _take(x: T, index: T, axis: int) -> T:
    axis %= max(1, x.dim())
    if index.numel() and (int(index.min()) < 0 or int(index.max()) >= x.shape[axis]):
        bad = index[(index < 0) | (index >= x.shape[axis])].reshape(-1)[0]
        place = "" if not index.dim() else str((index == bad).nonzero()[0].tolist()).replace(" ", "")
        raise refuse("GatherV2", f"indices{place} = {int(bad)} is not in [0, {x.shape[axis]})")
    flat = x.index_select(axis, index.reshape(-1).long())
    return flat.reshape(*x.shape[:axis], *index.shape, *x.shape[axis + 1 :])


def reshape(tensor: Any, shape: Any, name: Any = None) -> Any:
    t, sizes = convert(tensor), shape_list(shape)
    if sizes.count(-1) > 1:
        first = sizes.index(-1)
        other = sizes.index(-1, first + 1)
        raise refuse("Reshape", f"Only one input size may be -1, not both {first} and {other}", name=None)
    wanted = math.prod(s for s in sizes if s != -1)
    if wanted != t.numel() if -1 not in sizes else not wanted or t.numel() % wanted:
        has = "has" if -1 not in sizes else "requires a multiple of"
        told = f"Input to reshape is a tensor with {t.numel()} values, but the requested shape {has} {wanted}"
        raise failed(RESHAPE, (t, sizes), refuse("Reshape", told, name=None))
    return run(RESHAPE, (t, sizes))


def failed(op: Op, args: tuple[Any, ...], error: Exception) -> Exception:
    """The error, with the refused operation left in the trace."""
    recorder = running.recorder
    if recorder is not None and recorder.on:
        recorder.fail(op, op.name, args, {}, error)
    return error


def transpose(a: Any, perm: Any = None, conjugate: bool = False, name: Any = None) -> Any:
    t = convert(a)
    order = (
        list(range(t.dim()))[::-1]
        if perm is None
        else [p % max(1, t.dim()) if p < 0 else p for p in shape_list(perm)]
    )
    if len(order) != t.dim():
        raise refuse(
            "Transpose",
            f"transpose expects a vector of size {t.dim()}. But input(1) is a vector of size {len(order)}",
            name=None,
        )
    missing = [axis for axis in range(t.dim()) if axis not in order]
    if missing:
        raise refuse("Transpose", f"{missing[0]} is missing from {{{','.join(map(str, order))}}}.", name=None)
    return run(TRANSPOSE, (t, order))


def squeeze(input: Any, axis: Any = None, name: Any = None) -> Any:
    t, axes = convert(input), axes_of(axis)
    for each in [] if axes is None else axes if isinstance(axes, list) else [axes]:
        if -t.dim() <= each < t.dim() and t.shape[each] != 1:
            raise refuse(
                "Squeeze", f"Can not squeeze dim[{each}], expected a dimension of 1, got {t.shape[each]}"
            )
    return run(SQUEEZE, (t, axes))


def tile(input: Any, multiples: Any, name: Any = None) -> Any:
    t, times = convert(input), shape_list(multiples)
    if len(times) != t.dim():
        raise refuse(
            "Tile",
            f"Expected multiples argument to be a vector of length {t.dim()} but got length {len(times)}",
            name=None,
        )
    return run(TILE, (t, times))


def broadcast_to(input: Any, shape: Any, name: Any = None) -> Any:
    t, sizes = convert(input), shape_list(shape)
    pairs = list(zip(reversed(t.shape), reversed(sizes), strict=False))
    if t.dim() > len(sizes) or any(p not in (1, q) for p, q in pairs):
        told = f"Incompatible shapes: {sizes_of(t)} vs. [{','.join(map(str, sizes))}]"
        raise failed(BROADCAST, (t, sizes), refuse("BroadcastTo", told, name=None))
    return run(BROADCAST, (t, sizes))


def repeat(input: Any, repeats: Any, axis: Any = None, name: Any = None) -> Any:
    t = convert(input)
    times = repeats if isinstance(repeats, int) else convert(repeats).long()
    length = t.numel() if axis is None else t.shape[axes_of(axis)]
    if not isinstance(times, int) and times.numel() not in (1, length):
        raise ValueError(f"Dimensions {length} and {times.numel()} are not compatible")
    return run(REPEAT, (t, times, axes_of(axis)))


def boolean_mask(tensor: Any, mask: Any, axis: Any = None, name: Any = None) -> Any:
    t, keep = convert(tensor), convert(mask).bool()
    at = 0 if axis is None else axes_of(axis)
    if t.shape[at : at + keep.dim()] != keep.shape:
        shapes = [show_inside(tuple(s), []) for s in (t.shape[at : at + keep.dim()], keep.shape)]
        raise failed(MASK, (t, keep), ValueError(f"Shapes {shapes[0]} and {shapes[1]} are incompatible"))
    return run(MASK, (t, keep, at))


def gather_nd(params: Any, indices: Any, batch_dims: int = 0, name: Any = None) -> Any:
    x, index = convert(params), convert(indices).long()
    rows = index.reshape(-1, index.shape[-1])
    sizes = torch.tensor(x.shape[: rows.shape[1]])
    outside = rows[((rows < 0) | (rows >= sizes)).any(1)]
    if len(outside):
        place = str(outside[0].tolist()).replace(" ", "")
        raise refuse(
            "GatherNd",
            f"indices = {place} does not index into param shape {sizes_of(x)}, node name: GatherNd",
            name=None,
        )
    if batch_dims:
        made = [
            gather_nd(EagerTensor(a), EagerTensor(b), batch_dims - 1) for a, b in zip(x, index, strict=True)
        ]
        return run(STACK, ([each.t for each in made], 0))
    return run(GATHER_ND, (x, index))


def slice_(input_: Any, begin: Any, size: Any, name: Any = None) -> Any:
    t, starts, counts = convert(input_), shape_list(begin), shape_list(size)
    for axis, (start, count) in enumerate(zip(starts, counts, strict=True)):
        if count != -1 and start + count > t.shape[axis]:
            raise refuse(
                "Slice", f"Expected size[{axis}] in [0, {t.shape[axis] - start}], but got {count}", name=None
            )
    index = tuple(slice(b, None if s == -1 else b + s) for b, s in zip(starts, counts, strict=True))
    return run(SLICE, (t, index))


def strided_slice(input_: Any, begin: Any, end: Any, strides: Any = None, *args: Any, **kwargs: Any) -> Any:
    starts, stops = shape_list(begin), shape_list(end)
    steps = [1] * len(starts) if strides is None else shape_list(strides)
    return run(
        SLICE, (convert(input_), tuple(slice(*each) for each in zip(starts, stops, steps, strict=True)))
    )


def concat(values: Any, axis: Any, name: Any = None) -> Any:
    return run(CONCAT, (_alike(values), axes_of(axis)))


def _alike(values: Any, op: str = "ConcatV2", name: str = "concat") -> list[T]:
    """Several values as tensors of one dtype."""
    items = [values] if isinstance(values, EagerTensor) and not values.t.dim() else collect(values)
    known = next((v.t.dtype for v in items if isinstance(v, EagerTensor)), None)
    if known is None and op == "Pack" and any(_holds(v, float) for v in items):
        known = torch.float32
    made: list[T] = []
    for v in items:
        made.append(convert(v, like=known or (made[0].dtype if made else None)))
    for i, t in enumerate(made[1:], 1):
        if t.dtype != made[0].dtype:
            first, other = DTYPE_NAMES[made[0].dtype], DTYPE_NAMES[t.dtype]
            told = f"was expected to be a {SHORT.get(first, first)} tensor but is a {SHORT.get(other, other)} tensor"
            raise refuse(
                op, f"cannot compute {op} as input #{i}(zero-based) {told}", f"tf.cast(x, tf.{first})", name
            )
    return made


def split(value: Any, num_or_size_splits: Any, axis: int = 0, num: Any = None, name: Any = None) -> Any:
    t, axis = convert(value), axes_of(axis)
    if isinstance(num_or_size_splits, int):
        if t.shape[axis] % num_or_size_splits:
            raise refuse(
                "Split",
                "Number of ways to split should evenly divide the split dimension, but got "
                f"split_dim {axis} (size = {t.shape[axis]}) and num_split {num_or_size_splits}",
                name="split",
            )
        sizes: Any = t.shape[axis] // num_or_size_splits
    else:
        sizes = shape_list(num_or_size_splits)
        if -1 in sizes:
            sizes[sizes.index(-1)] = t.shape[axis] - sum(s for s in sizes if s >= 0)
        if sum(sizes) != t.shape[axis]:
            raise refuse(
                "SplitV",
                "Determined shape must either match input shape along split_dim exactly if fully specified, or be less than "
                f"the size of the input along split_dim if not fully specified.  Got: {sum(sizes)}",
                name="split",
            )
    return run(SPLIT, (t, sizes, axis))


def cast(x: Any, dtype: Any, name: Any = None) -> Any:
    if holds_text(x):
        error: Any = Unimplemented(
            f"Cast string to {DTYPE_NAMES[dtype_of(dtype)]} is not supported [Op:Cast] name: "
        )
        error.hint = "tf.strings.to_number(x)"
        raise error
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
    if index.is_floating_point():
        raise not_allowed(DTYPE_NAMES[index.dtype], "index", "Tindices")
    if axis is not None and axes_of(axis) >= x.dim():
        raise refuse(
            "GatherV2", f"Shape must be at least rank {axes_of(axis) + 1} but is rank {x.dim()}", name=None
        )
    if batch_dims:
        at = batch_dims if axis is None else axes_of(axis)
        if index.dim() == batch_dims + 1 and x.dim() == batch_dims + 1:
            return run(
                _made("gather", lambda x, i: torch.take_along_dim(x, i.long(), at), "indexing"), (x, index)
            )
        parts = [
            gather(EagerTensor(a), EagerTensor(b), axis=at - 1, batch_dims=batch_dims - 1)
            for a, b in zip(x, index, strict=True)
        ]
        return run(STACK, ([part.t for part in parts], 0))
    return run(GATHER, (x, index, 0 if axis is None else axes_of(axis)))


def where(condition: Any, x: Any = None, y: Any = None, name: Any = None) -> Any:
    if x is None:
        return run(_made("where", lambda m: m.nonzero(), "indexing"), (convert(condition).bool(),))
    mask = convert(condition, like=torch.bool)
    if mask.dtype != torch.bool:
        told = f"cannot compute SelectV2 as input #0(zero-based) was expected to be a bool tensor but is a {DTYPE_NAMES[mask.dtype]} tensor"
        raise refuse("SelectV2", told)
    a, b = pair("SelectV2", x, y, 2)
    return run(WHERE, (mask, a, b))


def _mirror(size: int, before: int, after: int, edge: int) -> torch.Tensor:
    """The places that REFLECT (edge 1) and SYMMETRIC (edge 0) padding read."""
    return torch.tensor(
        [
            *range(before - 1 + edge, edge - 1, -1),
            *range(size),
            *range(size - 1 - edge, size - 1 - edge - after, -1),
        ]
    )


def _padded(x: T, widths: Any, mode: str, value: Any) -> T:
    if mode == "CONSTANT":
        return torch.nn.functional.pad(x, widths, "constant", value)
    pairs = list(zip(widths[::2], widths[1::2], strict=True))[::-1]
    for axis, (before, after) in enumerate(pairs):
        x = x.index_select(axis, _mirror(x.shape[axis], before, after, int(mode == "REFLECT")))
    return x


PAD = _made("pad", _padded, rule="padding")


def pad(
    tensor: Any, paddings: Any, mode: str = "CONSTANT", constant_values: Any = 0, name: Any = None
) -> Any:
    t, given = convert(tensor), convert(paddings)
    widths = given.tolist()
    if given.dim() != 2 or len(widths) != t.dim():
        told = f"The first dimension of paddings must be the rank of inputs{sizes_of(given)} {sizes_of(t)}"
        raise refuse("Pad", told, name=None)
    mode = mode.upper()
    for axis, (before, after) in enumerate(widths):
        most = t.shape[axis] - (mode == "REFLECT")
        if mode != "CONSTANT" and max(before, after) > most:
            told = f"paddings must be less than the dimension size: {before}, {after} not less than {t.shape[axis]}"
            raise refuse("MirrorPad", told, name=None)
    flat = [int(v) for pair_ in reversed(widths) for v in pair_]
    fill = float(convert(constant_values)) if mode == "CONSTANT" else None
    return run(PAD, (t, flat, mode, fill))


def matmul(a: Any, b: Any, transpose_a: bool = False, transpose_b: bool = False, **kwargs: Any) -> Any:
    left, right = pair("MatMul", a, b)
    left = left.mT if transpose_a else left
    right = right.mT if transpose_b else right
    check_product(left, right)
    return run(BINARY["matmul"], (left, right))


TENSORDOT = _op("tensordot", torch.tensordot, "contraction", "tensordot")


def tensordot(a: Any, b: Any, axes: Any, name: Any = None) -> Any:
    left, right = pair("MatMul", a, b)
    axes = (
        axes_of(axes)
        if not isinstance(axes, list | tuple)
        else [shape_list(x) if not isinstance(x, int) else [x] for x in axes]
    )
    p, q = (list(range(-axes, 0)), list(range(axes))) if isinstance(axes, int) else axes
    inner = math.prod(left.shape[k] for k in p), math.prod(right.shape[k] for k in q)
    if inner[0] != inner[1]:
        rows, columns = left.numel() // max(1, inner[0]), right.numel() // max(1, inner[1])
        told = f"In[0]: [{rows},{inner[0]}], In[1]: [{inner[1]},{columns}]"
        raise refuse("MatMul", f"Matrix size-incompatible: {told}")
    return run(TENSORDOT, (left, right), {"dims": axes})


def einsum(equation: str, *inputs: Any, **kwargs: Any) -> Any:
    given = _alike(list(inputs), "Einsum", "")
    terms, arrow, out = equation.replace(" ", "").partition("->")
    unknown = sorted(set(out) - set(terms))
    if unknown and arrow:
        raise ValueError(
            f"Output subscripts contain the label {unknown[0]} not present in the input subscripts."
        )
    sizes: dict[str, int] = {}
    for k, (letters, t) in enumerate(zip(terms.split(","), given, strict=False)):
        if "." in letters:
            continue
        if len(letters) != t.dim():
            raise refuse("Einsum", f"Expected input {k} to have rank {len(letters)} but got: {t.dim()}")
        for axis, (letter, size) in enumerate(zip(letters, t.shape, strict=True)):
            known = sizes.setdefault(letter, size)
            if 1 not in (known, size) and known != size:
                told = f"Expected dimension {known} at axis {axis} of the input shaped {sizes_of(t)} but got dimension {size}"
                raise refuse("Einsum", told)
    return run(_op("einsum", torch.einsum, "contraction", "einsum"), (equation, *given))
