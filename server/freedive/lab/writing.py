"""`out=`: the result of an operation is written into tensors or arrays that are there already.

Everything is measured as if a new result were made: torch makes `out` as large as the result has to be.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch

from freedive.lab.running import running

_PLACES = frozenset({torch.Tensor, torch.nn.Parameter, np.ndarray})


def is_place(out: Any) -> bool:
    """Whether results can be written there: a tensor, an array, or several of them (NumPy's may be left out with None)."""
    if type(out) is tuple or type(out) is list:
        return any(each is not None for each in out) and all(
            each is None or type(each) in _PLACES for each in out
        )
    return type(out) in _PLACES


def changed(out: Any) -> Any:
    """The one place that the trace shows before and after."""
    if type(out) in _PLACES:
        return out
    return next(each for each in out if each is not None)


def sorted_out(
    function: np.ufunc, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """A ufunc's arguments with what stands behind its inputs as `out`, and with a place for what `where` leaves out."""
    if len(args) > function.nin and "out" not in kwargs:
        places = args[function.nin :]
        args, kwargs = args[: function.nin], {**kwargs, "out": places[0] if len(places) == 1 else places}
    if kwargs.get("where", True) is not True and kwargs.get("out") is None and function.nout == 1:
        kwargs = {**kwargs, "out": _zeros(function, args, kwargs)}
    return args, kwargs


def _zeros(function: np.ufunc, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """NumPy would show what memory held before wherever `where` is False."""
    inputs = [each if np.ndim(each) == 0 else np.asarray(each) for each in args]
    few = [each if np.ndim(each) == 0 else np.ones(1, each.dtype) for each in inputs]
    dtype = kwargs.get("dtype") or np.asarray(function(*few)).dtype
    shape = np.broadcast_shapes(*(np.shape(each) for each in (*inputs, kwargs["where"])))
    running.meter.elements(math.prod(shape))
    return np.zeros(shape, dtype)
