"""How large a result would be, before it is computed. Rules by name; the function tables name one for each function.

A rule reads only shapes and plain numbers. Where no formula is known, the call is tried on torch's `meta` device, which
computes shapes without memory.

Over 400 lines: one short function for each rule, all named in one table at the end.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import torch

from freedive.lab.arrays import count_of
from freedive.lab.budget import LimitReached, Meter

Rule = Callable[[Meter, Any, tuple[Any, ...], dict[str, Any]], None]
Tensor = torch.Tensor


def extent(value: Any) -> tuple[int, ...]:
    """The shape that an array made of this would have; of nested lists, as their first parts say."""
    if isinstance(value, Tensor | np.ndarray):
        return tuple(value.shape)
    found: list[int] = []
    while isinstance(value, list | tuple | range) and len(found) < 64:
        found.append(len(value))
        if not value:
            break
        value = value[0]
        if isinstance(value, Tensor | np.ndarray):
            found += value.shape
    return tuple(found)


def shape_of(value: Any) -> tuple[int, ...]:
    return tuple(value.shape) if isinstance(value, Tensor | np.ndarray) else ()


def tensors(values: Iterable[Any]) -> Iterable[Any]:
    for value in values:
        if isinstance(value, Tensor | np.ndarray):
            yield value
        elif isinstance(value, list | tuple):
            yield from tensors(value)


def count(shape: Iterable[Any]) -> int:
    total = 1
    for size in shape:
        total *= max(0, int(size)) if isinstance(size, int | np.integer | Tensor) else 1
    return total


# ------------------------------------------------------------ rules
def broadcast(meter: Meter, fn: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """Elementwise: the broadcast shape of all tensors."""
    product = 1
    for each in args:
        if isinstance(each, Tensor):
            product *= each.numel() or 1
        elif isinstance(each, np.ndarray):
            product *= each.size or 1
        elif isinstance(each, list | tuple):
            product *= _together(each)
    if kwargs:
        for each in tensors(kwargs.values()):
            product *= count_of(each) or 1
    if product <= meter.budget.elements:
        return
    found = [*tensors(args), *tensors(kwargs.values())]
    shapes = [tuple(each.shape) for each in found]
    shapes += [extent(each) for each in args if isinstance(each, list | tuple) and not any(tensors(each[:1]))]
    rank = max(map(len, shapes))
    result = 1
    for axis in range(1, rank + 1):
        sizes = {shape[-axis] for shape in shapes if len(shape) >= axis}
        sizes.discard(1)
        if len(sizes) > 1:
            return  # does not fit: the call itself says so
        result *= sizes.pop() if sizes else 1
    meter.elements(result)


def _together(items: Any) -> int:
    """Elements of a list of numbers; of a list of tensors, those of all of them multiplied."""
    inside = [count_of(each) or 1 for each in tensors(items)]
    return math.prod(inside) if inside else count(extent(items)) or 1


def _sizes(args: tuple[Any, ...]) -> list[Any]:
    if len(args) == 1 and isinstance(args[0], list | tuple):
        return list(args[0])
    return [a for a in args if isinstance(a, int | np.integer) and not isinstance(a, bool)]


def by_shape(meter: Meter, fn: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """zeros(2, 3), full([2], 7), normal(size=(3, 1)): a shape in the first or a named argument."""
    named = kwargs.get("size", kwargs.get("shape"))
    if named is not None:
        meter.elements(count(named if isinstance(named, list | tuple) else [named]))
    sizes = [a for a in args if isinstance(a, list | tuple)]
    for each in sizes:
        if all(isinstance(v, int | np.integer) for v in each):
            meter.elements(count(each))
    if args and not sizes:
        meter.elements(count(_sizes(args)))


def first_shape(meter: Meter, fn: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """full((2, 3), 1e9): only the first argument is a shape."""
    if args and isinstance(args[0], int | list | tuple):
        meter.elements(count(args[0] if isinstance(args[0], list | tuple) else [args[0]]))
    by_shape(meter, fn, (), kwargs)


def last_shape(meter: Meter, fn: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """np.random.normal(0, 1, (3, 2)), x.new_zeros(2, 3): a list or tuple anywhere, or whole numbers at the end."""
    for each in args:
        if isinstance(each, list | tuple) and all(isinstance(v, int | np.integer) for v in each):
            meter.elements(count(each))
    tail = args[-1] if args else None
    if isinstance(tail, int | np.integer) and not isinstance(tail, bool) and len(args) > 2:
        meter.elements(int(tail))
    by_shape(meter, fn, (), kwargs)


def every_int(meter: Meter, fn: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """rand(2, 3) of NumPy: all whole numbers multiply."""
    meter.elements(count([a for a in args if isinstance(a, int | np.integer)]))
    by_shape(meter, fn, (), kwargs)


def by_steps(meter: Meter, fn: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """arange(start, end, step)."""
    values = [float(a) for a in args if isinstance(a, int | float | np.number)]
    start = float(kwargs.get("start", values[0] if len(values) > 1 else 0.0))
    end = kwargs.get(
        "end",
        kwargs.get(
            "stop", kwargs.get("limit", values[1] if len(values) > 1 else values[0] if values else 0.0)
        ),
    )
    step = float(kwargs.get("step", kwargs.get("delta", values[2] if len(values) > 2 else 1.0)))
    if step and isinstance(end, int | float | np.number):
        span = (float(end) - start) / step
        if math.isfinite(span):
            meter.elements(int(max(0.0, span)) + 1)


def by_count(meter: Meter, fn: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """linspace(a, b, steps), randperm(n)."""
    for value in (*args, *kwargs.values()):
        if isinstance(value, int | np.integer) and not isinstance(value, bool):
            meter.elements(abs(int(value)))


def square(meter: Meter, fn: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """eye(n, m)."""
    sizes = [
        int(a)
        for a in (*args, *kwargs.values())
        if isinstance(a, int | np.integer) and not isinstance(a, bool)
    ]
    if sizes:
        meter.elements(sizes[0] * (sizes[1] if len(sizes) > 1 else sizes[0]))


def expand(meter: Meter, fn: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """x.expand(4, 3): the sizes given, -1 keeps."""
    target = kwargs.get("size", kwargs.get("shape"))
    sizes = list(target) if isinstance(target, list | tuple) else _sizes(args[1:])
    for size, old in zip(reversed(sizes), reversed(shape_of(args[0]) if args else ()), strict=False):
        if size == -1:
            sizes[sizes.index(-1)] = old
    meter.elements(count(sizes))


def outer(meter: Meter, fn: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """meshgrid, outer, cartesian_prod: all sizes multiply, once for each result."""
    each = _parts(args)
    meter.elements(math.prod(each) * (max(1, len(each)) if len(each) > 2 else 1))


def blocks(meter: Meter, fn: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """block_diag: all rows together by all columns together; a vector is one row."""
    sides = [(1, 1, *each.shape)[-2:] for each in tensors(args)]
    meter.elements(sum(rows for rows, _ in sides) * sum(columns for _, columns in sides))


def _parts(args: tuple[Any, ...]) -> list[int]:
    """Elements of each tensor, and of each list of numbers."""
    found: list[int] = []
    for arg in args:
        inside = [max(1, count_of(each)) for each in tensors([arg])]
        found += inside or ([max(1, count(extent(arg)))] if isinstance(arg, list | tuple | range) else [])
    return found


def by_value(meter: Meter, fn: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """bincount, one_hot: the largest value is the size."""
    rows = 1
    for each in tensors(args[:1]):
        if count_of(each):
            top = int(each.max()) + 1
            rows = count_of(each) if "one_hot" in getattr(fn, "__name__", "") else 1
            meter.elements(max(top, 0) * rows)
    for value in args[:1]:
        if isinstance(value, list | tuple) and all(isinstance(each, int) for each in value):
            meter.elements(max(value, default=0) + 1)
    for value in (*args[1:], *kwargs.values()):
        if isinstance(value, int) and not isinstance(value, bool):
            meter.elements(max(0, value) * rows)


def padding(meter: Meter, fn: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """pad: each axis grows by what is put on both sides."""
    widths = args[1] if len(args) > 1 else kwargs.get("pad", kwargs.get("pad_width", ()))
    flat: list[int] = []
    stack = [widths]
    while stack:
        each = stack.pop()
        if isinstance(each, list | tuple):
            stack += each
        elif isinstance(each, Tensor | np.ndarray):
            stack += each.flatten().tolist()
        elif isinstance(each, int | np.integer):
            flat.append(abs(int(each)))
    shape = shape_of(args[0]) if args else ()
    grown = sum(flat)
    meter.elements(
        count(size + grown for size in shape)
        if len(shape) < 2
        else min(count(s + grown for s in shape), count(shape) * (1 + grown))
    )


def contraction(meter: Meter, fn: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """matmul and its family: rows x columns of the result; twice the inner size in operations for each."""
    found = [t for t in tensors(args) if len(t.shape)]
    if len(found) < 2:
        return
    a, b = tuple(found[-2].shape), tuple(found[-1].shape)
    rows = a[-2] if len(a) > 1 else 1
    columns = b[-1] if len(b) > 1 else 1
    batch = max(count(a[:-2]), count(b[:-2]), 1)
    if len(a) > 2 and len(b) > 2:
        batch = count(max(x, y) for x, y in _aligned(a[:-2], b[:-2]))
    meter.elements(batch * rows * columns)
    meter.spend_flops(2.0 * batch * rows * columns * a[-1], "a matrix product")


def _aligned(a: tuple[int, ...], b: tuple[int, ...]) -> list[tuple[int, int]]:
    rank = max(len(a), len(b))
    return list(zip((1,) * (rank - len(a)) + a, (1,) * (rank - len(b)) + b, strict=True))


def chain(meter: Meter, fn: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """chain_matmul, multi_dot: whichever order is taken, no product is larger than the largest sizes make it."""
    shapes = [tuple(each.shape) for each in tensors(args)]
    most = float(max((size for shape in shapes for size in shape), default=0))
    largest = max((count(shape) for shape in shapes), default=0)
    if len(shapes) > 1:
        meter.elements(count((*shapes[0][:-1], *shapes[-1][1:])))
        meter.spend_flops(2.0 * largest * most * (len(shapes) - 1), "a chain of matrix products")


def kronecker(meter: Meter, fn: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """kron, outer, tensordot with axes=0: all elements multiply."""
    meter.elements(math.prod(_parts(args)))


def tensordot(meter: Meter, fn: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    found = list(tensors(args))
    if math.prod(max(1, count_of(each)) for each in found) > meter.budget.elements:
        on_meta(meter, fn, args, kwargs)
    if len(found) == 2:
        meter.spend_flops(
            2.0 * math.sqrt(float(count_of(found[0])) * count_of(found[1])) * 1e3, "a tensor product"
        )


def einsum(meter: Meter, fn: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """The equation gives every size: the result's and that of the whole index space."""
    if not args or not isinstance(args[0], str):
        return
    left, _, right = args[0].replace(" ", "").partition("->")
    operands = list(tensors(args[1:]))
    sizes: dict[str, int] = {}
    for names, operand in zip(left.split(","), operands, strict=False):
        if "." in names:
            return on_meta(meter, fn, args, kwargs)
        sizes.update(zip(names, operand.shape, strict=False))
    if "->" not in args[0]:
        right = "".join(sorted(c for c in set(left) - {","} if left.count(c) == 1))
    meter.elements(count(sizes.get(c, 1) for c in right))
    meter.spend_flops(2.0 * math.prod(float(v) for v in sizes.values()), "an einsum")


def convolution(meter: Meter, fn: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """conv: result size times the window."""
    found = list(tensors((*args, *kwargs.values())))
    if len(found) < 2:
        return
    x, weight = found[0], found[1]
    out = meta_shape(fn, args, kwargs)
    if out is None:
        return
    meter.elements(count(out))
    transposed = "transpose" in getattr(fn, "__name__", "")
    spent = count(x.shape) * count(weight.shape[1:]) if transposed else count(out) * count(weight.shape[1:])
    meter.spend_flops(2.0 * spent, "a convolution")


def cubic(factor: float) -> Rule:
    """Decompositions of an (..., m, n) matrix."""

    def rule(meter: Meter, fn: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        for each in tensors(args[:1]):
            shape = tuple(each.shape)
            if len(shape) >= 2:
                m, n = float(shape[-2]), float(shape[-1])
                name = getattr(fn, "__name__", "a decomposition")
                meter.spend_flops(factor * m * n * max(m, n) * count(shape[:-2]), name)

    return rule


def pairs(meter: Meter, fn: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """cdist: every row of one with every row of the other."""
    found = list(tensors(args))
    if len(found) > 1 and len(found[0].shape) > 1:
        meter.elements(count(found[0].shape[:-1]) * found[1].shape[-2])


def rows(meter: Meter, fn: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """pdist: every row with every later row."""
    for each in tensors(args[:1]):
        if len(each.shape) == 2:
            meter.elements(each.shape[0] * max(0, each.shape[0] - 1) // 2)


def choices(meter: Meter, fn: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """combinations: how many rows there are is known before one is made."""
    r = kwargs.get("r", args[1] if len(args) > 1 else 2)
    again = kwargs.get("with_replacement", args[2] if len(args) > 2 else False)
    for each in tensors(args[:1]):
        if isinstance(r, int) and r >= 0:
            meter.elements(math.comb(count_of(each) + (r - 1 if again and r else 0), min(r, 400)) * max(1, r))


def stack(meter: Meter, fn: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """cat, stack: all elements together."""
    meter.elements(sum(count_of(each) for each in tensors((*args, *kwargs.values()))))


def none(meter: Meter, fn: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """The result is never larger than the inputs."""


def meta_shape(fn: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[int, ...] | None:
    """The result's shape by a run on the meta device; None where that says nothing."""

    def ghost(value: Any) -> Any:
        if isinstance(value, Tensor):
            return torch.empty_strided(tuple(value.shape), value.stride(), dtype=value.dtype, device="meta")
        if isinstance(value, list | tuple):
            return type(value)(ghost(each) for each in value) if type(value) in (list, tuple) else value
        return value

    try:
        with torch.no_grad():
            out = fn(*[ghost(arg) for arg in args], **{key: ghost(value) for key, value in kwargs.items()})
    except Exception:
        return None
    shapes = [tuple(each.shape) for each in tensors([out])]
    return max(shapes, key=count) if shapes else None


def on_meta(meter: Meter, fn: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """Try it without memory first. A call that torch cannot try so may run only on small inputs."""
    shape = meta_shape(fn, args, kwargs)
    if shape is not None:
        meter.elements(count(shape))
        return
    for value in (*args, *kwargs.values()):
        flat = value if isinstance(value, list | tuple) else [value]
        for each in flat:
            if isinstance(each, int) and not isinstance(each, bool) and abs(each) > meter.budget.elements:
                raise LimitReached(f"size limit: a count of {each:,}, {meter.budget.elements:,} are allowed")


RULES: dict[str, Rule] = {
    "": broadcast, "broadcast": broadcast, "shape": by_shape, "first": first_shape, "last": last_shape,
    "ints": every_int, "steps": by_steps, "count": by_count, "square": square,
    "expand": expand, "outer": outer, "value": by_value, "padding": padding,
    "matmul": contraction, "chain": chain, "kron": kronecker, "tensordot": tensordot, "einsum": einsum, "conv": convolution,
    "solve": cubic(4.0), "svd": cubic(22.0), "eig": cubic(10.0), "lu": cubic(3.0),
    "pairs": pairs, "choices": choices, "rows": rows, "stack": stack, "blocks": blocks, "none": none, "meta": on_meta,
}  # fmt: skip
