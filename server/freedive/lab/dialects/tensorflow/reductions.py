"""Reductions of TensorFlow, by `axis` and `keepdims`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from freedive.lab.arrays import DTYPE_NAMES
from freedive.lab.dialects.tensorflow.elementwise import _op
from freedive.lab.dialects.tensorflow.errors import not_allowed
from freedive.lab.dialects.tensorflow.tensors import (
    EagerTensor,
    convert,
    run,
)
from freedive.lab.kinds import Native, kind_of

T = torch.Tensor


# ------------------------------------------------------------ reductions
def axes_of(axis: Any) -> Any:
    if axis is None:
        return None
    if isinstance(axis, EagerTensor):
        axis = axis.t.tolist()
    if isinstance(axis, list | tuple):
        return [int(kind_of(a).index(a)) for a in axis]
    return int(kind_of(axis).index(axis))


def _reduce(name: str, fn: Callable[..., T]) -> Native:
    op = _op(name, fn, "reduction")

    def call(input_tensor: Any, axis: Any = None, keepdims: Any = False, **named: Any) -> Any:
        t = convert(input_tensor)
        if t.dtype == torch.bool and op.name not in ("reduce_all", "reduce_any"):
            raise not_allowed("bool", "sum")
        return run(op, (t,), {"axis": axes_of(axis), "keepdim": bool(keepdims)})

    return Native(name, call, op.doc)


def _over(fn: Callable[..., T]) -> Callable[..., T]:
    """A torch reduction that knows one axis at a time, over any number of them."""

    def reduce(x: T, axis: Any = None, keepdim: bool = False) -> T:
        axes = (
            list(range(x.dim()))
            if axis is None
            else sorted({a % max(1, x.dim()) for a in (axis if isinstance(axis, list) else [axis])})
        )
        for a in reversed(axes):
            x = fn(x, a, keepdim=keepdim)
        return x

    return reduce


def _sum(x: T, axis: Any = None, keepdim: bool = False) -> T:
    return (
        torch.sum(x, dim=axis, keepdim=keepdim, dtype=x.dtype)
        if axis is not None or (keepdim and x.dim())
        else torch.sum(x, dtype=x.dtype)
    )


def _mean(x: T, axis: Any = None, keepdim: bool = False) -> T:
    if not x.is_floating_point() and not x.is_complex():
        total = _sum(x, axis, keepdim)
        return torch.div(total, max(1, x.numel() // max(1, total.numel())), rounding_mode="floor").to(x.dtype)
    axes = list(range(x.dim())) if axis is None else axis
    return torch.mean(x, dim=axes, keepdim=keepdim) if x.dim() else x


def _variance(x: T, axis: Any = None, keepdim: bool = False) -> T:
    if not x.is_floating_point() and not x.is_complex():
        kind = DTYPE_NAMES[x.dtype]
        raise TypeError(f"Input must be either real or complex. Received integer type <dtype: '{kind}'>.")
    axes = list(range(x.dim())) if axis is None else axis
    return torch.var(x, dim=axes, correction=0, keepdim=keepdim)


def _product(x: T, axis: int, keepdim: bool = False) -> T:
    return torch.prod(x, axis, keepdim=keepdim, dtype=x.dtype)


def _extreme(fn: Callable[..., T], least: bool) -> Callable[..., T]:
    """amax or amin; of nothing it is the dtype's other end, as TensorFlow has it."""

    def reduce(x: T, axis: Any = None, keepdim: bool = False) -> T:
        if x.numel():
            return fn(x, [] if axis is None else axis, keepdim)
        whole = not x.is_floating_point()
        end = (torch.iinfo if whole else torch.finfo)(x.dtype)
        return torch.tensor(
            (end.max if whole else float("inf")) if least else (end.min if whole else float("-inf")),
            dtype=x.dtype,
        )

    return reduce


def _root(x: T, axis: Any = None, keepdim: bool = False) -> T:
    return torch.sqrt(_variance(x, axis, keepdim))


REDUCTIONS: dict[str, Callable[..., T]] = {
    "reduce_sum": _sum, "reduce_mean": _mean, "reduce_prod": _over(_product),
    "reduce_max": _extreme(torch.amax, False), "reduce_min": _extreme(torch.amin, True),
    "reduce_all": _over(torch.all), "reduce_any": _over(torch.any),
    "reduce_logsumexp": lambda x, axis=None, keepdim=False: torch.logsumexp(x, list(range(x.dim())) if axis is None else axis, keepdim),
}  # fmt: skip
MATH_REDUCTIONS: dict[str, Callable[..., T]] = {
    "reduce_std": _root, "reduce_variance": _variance,
    "reduce_euclidean_norm": lambda x, axis=None, keepdim=False: torch.linalg.vector_norm(x, 2, axis, keepdim),
}  # fmt: skip
