"""The text of a tensor as torch writes it, without the dozen small tensor operations that torch takes for it."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import _tensor_str as torchs

_PLAIN = frozenset(
    {torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.int16, torch.int8,
     torch.uint8, torch.bool}
)  # fmt: skip
_OPTIONS = dict(vars(torchs.PRINT_OPTS))


def text_of(value: torch.Tensor) -> str:
    """What `str(value)` gives, sooner. What stands after the numbers (dtype, grad_fn …) is left to torch."""
    quick = (
        type(value) in (torch.Tensor, torch.nn.Parameter)
        and value.dtype in _PLAIN
        and 0 < value.numel() <= torchs.PRINT_OPTS.threshold
        and value.layout is torch.strided
        and value.is_cpu
        and vars(torchs.PRINT_OPTS) == _OPTIONS
        and not torch._C._functorch.is_functorch_wrapped_tensor(value)
        and torch.autograd.forward_ad._current_level < 0
    )
    if not quick:
        return str(value)
    data = value.detach().tolist()
    write, width = _floats(data) if value.is_floating_point() else _others(data)
    contents = _nested(data, value.dim(), len("tensor("), write, width)
    head = "Parameter containing:\n" if type(value) is torch.nn.Parameter else ""
    return head + str(torchs._str(value, tensor_contents=contents))  # type: ignore[no-untyped-call]


def _flat(data: Any) -> list[Any]:
    if not isinstance(data, list):
        return [data]
    if not data or not isinstance(data[0], list):
        return data
    return [number for part in data for number in _flat(part)]


def _others(data: Any) -> tuple[Any, int]:
    width = max(len(str(number)) for number in _flat(data))
    return lambda number: str(number).rjust(width), width


def _floats(data: Any) -> tuple[Any, int]:
    """How one number is written and how wide; torch's rules (`torch._tensor_str._Formatter`)."""
    counted = [number for number in _flat(data) if number and math.isfinite(number)]
    digits = torchs.PRINT_OPTS.precision
    sizes = [abs(number) for number in counted]
    whole = all(number == math.ceil(number) for number in counted)
    if counted and (max(sizes) / min(sizes) > 1000.0 or max(sizes) > 1.0e8 or min(sizes) < 1.0e-4):
        width = max(len(f"{number:.{digits}e}") for number in counted)
        return lambda number: f"{number:{width}.{digits}e}", width
    if whole:
        width = max((len(f"{number:.0f}") + 1 for number in counted), default=1)
        return lambda number: (f"{number:.0f}." if math.isfinite(number) else f"{number:.0f}").rjust(
            width
        ), width
    width = max(len(f"{number:.{digits}f}") for number in counted)
    return lambda number: f"{number:.{digits}f}".rjust(width), width


def _nested(data: Any, rank: int, indent: int, write: Any, width: int) -> str:
    if rank == 0:
        return str(write(data))
    if rank > 1:
        parts = [_nested(each, rank - 1, indent + 1, write, width) for each in data]
        return "[" + ("," + "\n" * (rank - 1) + " " * (indent + 1)).join(parts) + "]"
    per_line = max(1, (torchs.PRINT_OPTS.linewidth - indent) // (width + 2))
    written = [write(number) for number in data]
    lines = [", ".join(written[i : i + per_line]) for i in range(0, len(written), per_line)]
    return "[" + (",\n" + " " * (indent + 1)).join(lines) + "]"


@contextlib.contextmanager
def options_kept() -> Iterator[None]:
    """How tensors and arrays are printed, as it was before, once what is inside has set it in its own way."""
    before = dict(vars(torchs.PRINT_OPTS))
    try:
        with np.printoptions():
            yield
    finally:
        vars(torchs.PRINT_OPTS).update(before)
