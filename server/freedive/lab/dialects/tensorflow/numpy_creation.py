"""Tensors with NumPy's defaults, for tf.experimental.numpy: int64 and float64."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from freedive.lab.arrays import DTYPE_NAMES
from freedive.lab.dialects.tensorflow.tensors import EagerTensor, convert, dtype_of
from freedive.lab.running import running

T = torch.Tensor


def _kind(wanted: Any) -> torch.dtype:
    """Python's float and int are NumPy's, which have 64 bits."""
    python = getattr(wanted, "python", wanted)
    return torch.float64 if python is float else torch.int64 if python is int else dtype_of(wanted)


def array(value: Any, dtype: Any = None, **kwargs: Any) -> EagerTensor:
    """A tensor with NumPy's defaults: int64 and float64."""
    if isinstance(value, EagerTensor):
        t = value.read()
    else:
        plain = convert(value)
        exact = isinstance(value, np.ndarray | np.generic)
        t = (
            plain
            if exact
            else plain.to(
                {torch.int32: torch.int64, torch.float32: torch.float64}.get(plain.dtype, plain.dtype)
            )
        )
        if not exact and t.is_floating_point():
            t = convert(value, dtype=torch.float64)
    return EagerTensor(t if dtype is None else t.to(_kind(dtype)))


def _filled(make: Callable[..., T]) -> Callable[..., Any]:
    def call(shape: Any, *args: Any, dtype: Any = None) -> Any:
        sizes = [int(s) for s in (shape if isinstance(shape, list | tuple) else [shape])]
        running.meter.elements(int(np.prod(sizes)))
        return EagerTensor(make(sizes, *args).to(_kind(dtype or "float64")))

    return call


def _arange(start: Any, stop: Any = None, step: Any = 1, dtype: Any = None) -> Any:
    low, high = (0, start) if stop is None else (start, stop)
    running.meter.elements(max(0, int((float(high) - float(low)) / float(step))) + 1)
    return array(np.arange(low, high, step), dtype)


def _linspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: Any = float,
    axis: int = 0,
) -> Any:
    running.meter.elements(int(num))
    return array(np.linspace(float(start), float(stop), int(num), bool(endpoint)), dtype)


def _eye(N: int, M: Any = None, k: int = 0, dtype: Any = None) -> Any:
    running.meter.elements(int(N) * int(M or N))
    return array(np.eye(int(N), None if M is None else int(M), int(k)), dtype or "float64")


def _full(shape: Any, fill_value: Any, dtype: Any = None) -> Any:
    value = array(fill_value, dtype).t
    sizes = [int(s) for s in (shape if isinstance(shape, list | tuple) else [shape])]
    running.meter.elements(int(np.prod(sizes)))
    return EagerTensor(value.expand(sizes).clone())


def _like(make: Callable[[T], T]) -> Callable[..., Any]:
    def call(a: Any, dtype: Any = None) -> Any:
        made = make(array(a).t)
        return EagerTensor(made if dtype is None else made.to(_kind(dtype)))

    return call


def draw(make: Callable[[list[int]], T]) -> Callable[..., Any]:
    def call(*sizes: Any) -> Any:
        running.meter.elements(int(np.prod([int(s) for s in sizes])))
        return EagerTensor(make([int(s) for s in sizes]))

    return call


MADE: dict[str, Callable[..., Any]] = {
    "array": array, "asarray": array, "asanyarray": array, "ascontiguousarray": array, "arange": _arange, "linspace": _linspace, "eye": _eye, "full": _full,
    "identity": _eye, "zeros": _filled(torch.zeros), "ones": _filled(torch.ones), "empty": _filled(torch.zeros), "zeros_like": _like(torch.zeros_like),
    "ones_like": _like(torch.ones_like), "empty_like": _like(torch.zeros_like), "shape": lambda a: tuple(array(a).t.shape), "size": lambda a: array(a).t.numel(), "ndim": lambda a: array(a).t.dim(),
    "array_equal": lambda a, b: EagerTensor(torch.tensor(torch.equal(array(a).t, array(b).t.to(array(a).t.dtype)))),
    "result_type": lambda *values: np.result_type(*[DTYPE_NAMES[array(v).t.dtype] for v in values]), "atleast_1d": lambda a: EagerTensor(array(a).t.reshape(-1) if not array(a).t.dim() else array(a).t),
    "atleast_2d": lambda a: EagerTensor(array(a).t.reshape(1, -1) if array(a).t.dim() < 2 else array(a).t), "isscalar": lambda value: isinstance(value, bool | int | float | str),
}  # fmt: skip
