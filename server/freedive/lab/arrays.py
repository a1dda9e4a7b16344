"""Tensors and arrays seen alike: shape, strides in elements, dtype by its bare name, numbers as nested lists."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch

Tensor = torch.Tensor
DTYPE_NAMES: dict[torch.dtype, str] = {
    dtype: str(dtype).removeprefix("torch.")
    for dtype in (
        torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.int8, torch.int16, torch.int32, torch.int64,
        torch.uint8, torch.uint16, torch.uint32, torch.uint64, torch.bool, torch.complex64, torch.complex128,
    )
}  # fmt: skip


def is_array(value: Any) -> bool:
    return isinstance(value, Tensor | np.ndarray)


def dtype_name(value: Any) -> str:
    if isinstance(value, Tensor):
        return DTYPE_NAMES.get(value.dtype) or str(value.dtype).removeprefix("torch.")
    return str(value.dtype)


def strides_of(value: Any) -> list[int]:
    """Steps between neighbours along each axis, in elements."""
    if isinstance(value, Tensor):
        return list(value.stride())
    size = value.itemsize or 1
    return [step // size for step in value.strides]


def offset_of(value: Any) -> int:
    if isinstance(value, Tensor):
        return int(value.storage_offset())
    owner = value
    while isinstance(owner.base, np.ndarray):
        owner = owner.base
    if owner is value:
        return 0
    start = owner.__array_interface__["data"][0]
    return int(value.__array_interface__["data"][0] - start) // (value.itemsize or 1)


def count_of(value: Any) -> int:
    return value.numel() if isinstance(value, Tensor) else int(value.size)


def number(value: Any) -> Any:
    """One number as JSON can carry it."""
    if isinstance(value, float):
        if value != value:
            return "nan"
        if math.isinf(value):
            return "inf" if value > 0 else "-inf"
        return value
    if isinstance(value, complex):
        return f"{value.real:g}{value.imag:+g}j"
    return value


def finite(data: Any) -> Any:
    """Nested lists with nan and infinities as text."""
    if isinstance(data, list):
        if data and type(data[0]) is float:
            total = sum(data)
            if total - total == 0:  # neither nan nor infinite, so no element is
                return data
        return [finite(each) for each in data]
    if isinstance(data, float) and (data != data or data in (math.inf, -math.inf)):
        return number(data)
    if isinstance(data, complex):
        return number(data)
    if isinstance(data, bool | int | float | str) or data is None:
        return data
    return str(data)


def plain(value: Any) -> Any:
    """All elements as nested lists (a bare number without axes)."""
    if isinstance(value, Tensor):
        value = value.detach()
        if value.is_sparse or value.is_quantized:
            value = value.to_dense() if value.is_sparse else value.dequantize()
        data = value.tolist()
        if not value.is_floating_point() and not value.is_complex():
            return data
        return finite(data)
    return finite(value.tolist())


def stats(value: Any) -> dict[str, Any]:
    """min, max, mean and std (n - 1) of all elements, and how many are not finite."""
    if isinstance(value, np.ndarray):
        if value.dtype.kind not in "fiub":
            return {}
        x = torch.from_numpy(np.ascontiguousarray(value).astype(np.float64))
    else:
        x = value.detach()
        if x.is_complex():
            x = x.abs()
        x = x.double()
    if x.numel() == 0:
        return {"min": None, "max": None, "mean": None, "std": None, "not_finite": 0}
    low, high = torch.aminmax(x)
    std = x.std().item() if x.numel() > 1 else 0.0
    bad = int((~torch.isfinite(x)).sum()) if not math.isfinite(low.item() + high.item()) else 0
    if bad:
        good = x[torch.isfinite(x)]
        spread = (
            {"finite_min": number(good.min().item()), "finite_max": number(good.max().item())}
            if good.numel()
            else {}
        )
    else:
        spread = {}
    return {
        "min": number(low.item()), "max": number(high.item()), "mean": number(x.mean().item()), "std": number(std),
        "not_finite": bad, **spread,
    }  # fmt: skip


WINDOW = 1_000


def window(value: Any, most: int = WINDOW) -> Any:
    """The first elements along every axis, so that at most `most` remain."""
    shape = list(value.shape)
    limits = list(shape)
    while math.prod(limits) > most:
        axis = limits.index(max(limits))
        limits[axis] = max(
            1, limits[axis] // 2 if limits[axis] > 2 * most else limits[axis] - max(1, limits[axis] // 8)
        )
    return value[tuple(slice(0, limit) for limit in limits)]
