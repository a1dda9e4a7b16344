"""The rest of NumPy's names in keras.ops: windows, nan-functions, splits, number theory, and norms of a layer as functions."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

from freedive.lab.dialects.tensorflow.tensors import EagerTensor, convert, dtype_of
from freedive.lab.kinds import Native
from freedive.lab.operators import collect
from freedive.lab.running import running

T = torch.Tensor

FLOATS: dict[str, Callable[[T], T]] = {
    "cbrt": lambda x: x.sign() * x.abs() ** (1 / 3), "deg2rad": torch.deg2rad, "rad2deg": torch.rad2deg, "erfc": torch.erfc, "i0": torch.i0,
    "sinc": torch.sinc, "hard_swish": F.hardswish, "tanh_shrink": F.tanhshrink, "squareplus": lambda x: (x + torch.sqrt(x * x + 4)) / 2,
    "sparse_plus": lambda x: torch.where(x <= -1, torch.zeros_like(x), torch.where(x < 1, 0.25 * (x + 1) ** 2, x)),
    "sparse_sigmoid": lambda x: torch.clamp(0.5 * (x + 1), 0, 1),
}  # fmt: skip
UNARY: dict[str, Callable[[T], T]] = {
    "trunc": lambda x: torch.trunc(x) if x.is_floating_point() else x, "fabs": lambda x: x.abs().float() if not x.is_floating_point() else x.abs(),
    "conj": torch.conj, "bitwise_invert": torch.bitwise_not, "isposinf": lambda x: torch.isposinf(x), "isneginf": lambda x: torch.isneginf(x),
    "isreal": torch.isreal, "angle": lambda x: torch.angle(x if x.is_floating_point() or x.is_complex() else x.float()),
    "fliplr": torch.fliplr, "flipud": torch.flipud, "positive": torch.positive,
}  # fmt: skip
PAIRS: dict[str, Callable[[T, T], T]] = {
    "fmin": torch.fmin, "fmax": torch.fmax, "fmod": torch.fmod, "gcd": torch.gcd, "lcm": torch.lcm, "bitwise_left_shift": torch.bitwise_left_shift,
    "bitwise_right_shift": torch.bitwise_right_shift, "left_shift": torch.bitwise_left_shift, "right_shift": torch.bitwise_right_shift,
}  # fmt: skip
FLOAT_PAIRS: dict[str, Callable[[T, T], T]] = {
    "hypot": torch.hypot, "logaddexp": torch.logaddexp, "logaddexp2": torch.logaddexp2, "nextafter": torch.nextafter,
    "heaviside": torch.heaviside, "divide_no_nan": lambda a, b: torch.where(b == 0, torch.zeros_like(a), a / b),
}  # fmt: skip


def _axes(x: T, axis: Any) -> tuple[T, Any]:
    return (
        (x.reshape(-1), 0)
        if axis is None
        else (x, tuple(axis) if isinstance(axis, list | tuple) else int(axis))
    )


def _nan(fn: Callable[..., T], blank: float) -> Callable[..., T]:
    def reduce(x: T, axis: Any = None, keepdims: bool = False) -> T:
        flat, at = _axes(torch.where(torch.isnan(x), torch.full_like(x, blank), x), axis)
        return (
            fn(flat, at, bool(keepdims))
            if axis is not None or not keepdims
            else fn(flat, at, False).reshape([1] * x.dim())
        )

    return reduce


def _nan_var(x: T, axis: Any = None, keepdims: bool = False) -> T:
    flat, at = _axes(x, axis)
    mean = torch.nanmean(flat, at, keepdim=True)
    return torch.nanmean((flat - mean) ** 2, at, keepdim=bool(keepdims))


def _quantiles(scale: float, missing: bool) -> Callable[..., T]:
    def compute(x: T, q: Any, axis: Any = None, method: str = "linear", keepdims: bool = False) -> T:
        flat, at = _axes(x, axis)
        parts = torch.as_tensor(q, dtype=x.dtype) / scale
        return (torch.nanquantile if missing else torch.quantile)(
            flat, parts, at, bool(keepdims), interpolation=method
        )

    return compute


def _glu(x: T, axis: int = -1) -> T:
    return F.glu(x, int(axis))


def _sparsemax(x: T, axis: int = -1) -> T:
    ordered = x.sort(axis, descending=True)[0]
    count = torch.arange(1, x.shape[axis] + 1, dtype=x.dtype)
    shape = [1] * x.dim()
    shape[axis] = -1
    count = count.reshape(shape)
    total = ordered.cumsum(axis)
    kept = (1 + count * ordered > total).sum(axis, keepdim=True)
    tau = (total.gather(axis, kept - 1) - 1) / kept
    return torch.clamp(x - tau, min=0)


def _scaled(name: str) -> Callable[..., T]:
    """A layer's normalization as a function."""

    def compute(x: T, gamma: Any = None, beta: Any = None, axis: Any = -1, epsilon: Any = None) -> T:
        over = axis if isinstance(axis, list | tuple) else [axis]
        epsilon = 1e-7 if epsilon is None else float(epsilon)
        if name == "layer":
            x = (x - x.mean(over, keepdim=True)) / torch.sqrt(
                x.var(over, correction=0, keepdim=True) + epsilon
            )
        else:
            x = x * torch.rsqrt((x * x).mean(over, keepdim=True) + epsilon)
        x = x if gamma is None else x * gamma
        return x if beta is None else x + beta

    return compute


def _rms(x: T, scale: Any = None, axis: Any = -1, epsilon: Any = None) -> T:
    return _scaled("rms")(x, scale, None, axis, epsilon)


def _batch_norm(
    x: T, mean: Any, variance: Any, axis: int, offset: Any = None, scale: Any = None, epsilon: float = 1e-3
) -> T:
    shape = [1] * x.dim()
    shape[axis] = -1
    made: T = (x - mean.reshape(shape)) * torch.rsqrt(variance.reshape(shape) + epsilon)
    made = made if scale is None else made * scale.reshape(shape)
    return made if offset is None else made + offset.reshape(shape)


def _moments(x: T, axes: Any, keepdims: bool = False, synchronized: bool = False) -> list[T]:
    over = axes if isinstance(axes, list | tuple) else [axes]
    return [x.mean(over, keepdim=bool(keepdims)), x.var(over, correction=0, keepdim=bool(keepdims))]


def _parts(x: T, indices_or_sections: Any, axis: int) -> list[T]:
    cut = (
        indices_or_sections
        if isinstance(indices_or_sections, int)
        else tuple(int(i) for i in indices_or_sections)
    )
    return list(torch.tensor_split(x, cut, axis))


def _trapezoid(y: T, x: Any = None, dx: float = 1.0, axis: int = -1) -> T:
    return torch.trapezoid(y, dim=axis, dx=float(dx)) if x is None else torch.trapezoid(y, x, dim=axis)


def _put(x: T, indices: Any, updates: Any) -> T:
    return x.index_put(
        tuple(torch.as_tensor(indices).long().movedim(-1, 0)), torch.as_tensor(updates, dtype=x.dtype)
    )


ONE: dict[str, tuple[Callable[..., Any], str]] = {
    "hard_shrink": (lambda x, threshold=0.5: F.hardshrink(x, threshold), "activation"), "soft_shrink": (lambda x, threshold=0.5: F.softshrink(x, threshold), "activation"),
    "threshold": (lambda x, threshold, default_value: torch.where(x > threshold, x, torch.full_like(x, default_value)), "activation"),
    "glu": (_glu, "activation"), "sparsemax": (_sparsemax, "activation"),
    "nanmean": (lambda x, axis=None, keepdims=False: torch.nanmean(*_axes(x, axis), keepdim=bool(keepdims)), "reduction"), "nanvar": (_nan_var, "reduction"),
    "nanstd": (lambda x, axis=None, keepdims=False: torch.sqrt(_nan_var(x, axis, keepdims)), "reduction"), "nanmedian": (lambda x, axis=None, keepdims=False: _quantiles(1.0, True)(x, 0.5, axis, "linear", keepdims), "reduction"),
    "nansum": (_nan(torch.sum, 0.0), "reduction"), "nanmax": (_nan(torch.amax, -math.inf), "reduction"), "nanmin": (_nan(torch.amin, math.inf), "reduction"),
    "nanprod": (_nan(lambda x, d, k: torch.prod(x, d, k), 1.0), "reduction"), "percentile": (_quantiles(100.0, False), "reduction"),
    "nanpercentile": (_quantiles(100.0, True), "reduction"), "nanquantile": (_quantiles(1.0, True), "reduction"),
    "layer_normalization": (_scaled("layer"), "normalization"), "rms_normalization": (_rms, "normalization"), "batch_normalization": (_batch_norm, "normalization"),
    "moments": (_moments, "reduction"), "pinv": (torch.linalg.pinv, "contraction"), "matrix_rank": (lambda x, tol=None: torch.linalg.matrix_rank(x, tol=tol).int(), "contraction"),
    "logdet": (torch.logdet, "contraction"), "corrcoef": (torch.corrcoef, "contraction"), "trapezoid": (_trapezoid, "reduction"),
}  # fmt: skip
ANY: dict[str, tuple[Callable[..., Any], str]] = {
    "array_split": (lambda x, indices_or_sections, axis=0: _parts(x, indices_or_sections, int(axis)), "movement"),
    "hsplit": (lambda x, indices_or_sections: _parts(x, indices_or_sections, 1 if x.dim() > 1 else 0), "movement"),
    "vsplit": (lambda x, indices_or_sections: _parts(x, indices_or_sections, 0), "movement"), "dsplit": (lambda x, indices_or_sections: _parts(x, indices_or_sections, 2), "movement"),
    "diagflat": (lambda x, k=0: torch.diagflat(x, k), "movement"), "ptp": (lambda x, axis=None, keepdims=False: x.max() - x.min() if axis is None else x.amax(axis, keepdims) - x.amin(axis, keepdims), "reduction"),
    "vander": (lambda x, N=None, increasing=False: torch.vander(x, N, increasing), "creation"), "scatter_update": (_put, "indexing"), "get_item": (lambda x, key: x[key], "indexing"),
    "histogram": (lambda x, bins=10, range=None: _histogram(x, bins, range), "reduction"), "argpartition": (lambda x, kth, axis=-1: torch.argsort(x, dim=axis).int(), "indexing"),
}  # fmt: skip


def _histogram(x: T, bins: int, span: Any) -> list[T]:
    counts, edges = np.histogram(
        x.numpy(), int(bins), None if span is None else (float(span[0]), float(span[1]))
    )
    return [torch.from_numpy(counts).float(), torch.from_numpy(edges).float()]


# ------------------------------------------------------------ out of nothing, and of several tensors
def _window(make: Callable[..., Any]) -> Callable[..., Any]:
    def call(x: Any, *args: Any) -> Any:
        count = int(convert(x))
        running.meter.elements(count)
        return EagerTensor(torch.from_numpy(np.asarray(make(count, *args), dtype=np.float32)))

    return call


def _spaced(fn: Callable[..., Any]) -> Callable[..., Any]:
    def call(
        start: Any,
        stop: Any,
        num: int = 50,
        endpoint: bool = True,
        base: float = 10,
        dtype: Any = None,
        axis: int = 0,
    ) -> Any:
        running.meter.elements(int(num))
        more = {"base": base} if fn is np.logspace else {}
        made = fn(convert(start).numpy(), convert(stop).numpy(), int(num), endpoint=endpoint, **more)
        return EagerTensor(torch.from_numpy(np.asarray(made)).to(dtype_of(dtype or "float32")))

    return call


def _tri(N: int, M: Any = None, k: int = 0, dtype: Any = None) -> Any:
    running.meter.elements(int(N) * int(M or N))
    return EagerTensor(
        torch.from_numpy(np.tri(int(N), None if M is None else int(M), int(k))).to(
            dtype_of(dtype or "float32")
        )
    )


def _close(rtol_: float = 1e-5, atol_: float = 1e-8) -> Callable[..., Any]:
    def call(x1: Any, x2: Any, rtol: float = rtol_, atol: float = atol_, equal_nan: bool = False) -> Any:
        a, b = convert(x1), convert(x2, like=convert(x1).dtype if not isinstance(x2, EagerTensor) else None)
        wide = torch.promote_types(a.dtype, b.dtype)
        return EagerTensor(torch.isclose(a.to(wide), b.to(wide), float(rtol), float(atol), bool(equal_nan)))

    return call


def _allclose(*args: Any, **kwargs: Any) -> Any:
    return EagerTensor(_close()(*args, **kwargs).t.all())


def _switch(index: Any, branches: Any, *operands: Any) -> Any:
    choices = collect(branches)
    return running.call(choices[min(max(int(convert(index)), 0), len(choices) - 1)], operands)


def _ldexp(x1: Any, x2: Any) -> Any:
    a, b = convert(x1), convert(x2)
    if b.is_floating_point() or b.dtype == torch.bool:
        raise TypeError(
            f"ldexp exponent must be an integer type. Received: x2 dtype={str(b.dtype).removeprefix('torch.')}"
        )
    return EagerTensor(torch.ldexp(a if a.is_floating_point() else a.float(), b))


def _empty(shape: Any, dtype: Any = None) -> Any:
    sizes = [int(s) for s in ([shape] if isinstance(shape, int) else collect(shape))]
    running.meter.elements(math.prod(sizes))
    return EagerTensor(torch.zeros(sizes, dtype=dtype_of(dtype or "float32")))


def _attention(query: Any, key: Any, value: Any, bias: Any = None, mask: Any = None, scale: Any = None, is_causal: bool = False, **kwargs: Any) -> Any:  # fmt: skip
    """Heads stand on the third axis: (batch, steps, heads, size)."""
    q, k, v = (convert(t).transpose(1, 2) for t in (query, key, value))
    allowed = None if mask is None else convert(mask).bool()
    made = F.scaled_dot_product_attention(q, k, v, allowed, is_causal=bool(is_causal), scale=scale)
    return EagerTensor(made.transpose(1, 2))


MADE: dict[str, Callable[..., Any]] = {
    "bartlett": _window(np.bartlett), "blackman": _window(np.blackman), "hamming": _window(np.hamming), "hanning": _window(np.hanning), "kaiser": _window(np.kaiser),
    "logspace": _spaced(np.logspace), "geomspace": _spaced(np.geomspace), "tri": _tri, "empty": _empty,
    "empty_like": lambda x, dtype=None: EagerTensor(torch.zeros_like(convert(x))), "isclose": _close(), "allclose": _allclose, "switch": _switch, "ldexp": _ldexp,
    "isin": lambda x1, x2, **k: EagerTensor(torch.isin(convert(x1), convert(x2, like=convert(x1).dtype if not isinstance(x2, EagerTensor) else None))),
    "searchsorted": lambda sorted_sequence, values, side="left": EagerTensor(torch.searchsorted(convert(sorted_sequence), convert(values), side=side).int()),
    "saturate_cast": lambda x, dtype: EagerTensor(_saturated(convert(x), dtype_of(dtype))), "dot_product_attention": _attention,
    "dstack": lambda xs: EagerTensor(torch.dstack([convert(x) for x in collect(xs)])),
    "append": lambda x1, x2, axis=None: EagerTensor(_appended(convert(x1), convert(x2), axis)),
    "kron": lambda x1, x2: EagerTensor(torch.kron(convert(x1), convert(x2))),
    "cdist": lambda x1, x2: EagerTensor(torch.cdist(convert(x1), convert(x2))),
    "view_as_complex": lambda x: EagerTensor(torch.view_as_complex(convert(x))), "view_as_real": lambda x: EagerTensor(torch.view_as_real(convert(x))),
    "unravel_index": lambda indices, shape: [EagerTensor(t.int()) for t in torch.unravel_index(convert(indices).long(), tuple(int(s) for s in collect(shape)))],
    "correlate": lambda x1, x2, mode="valid": EagerTensor(torch.from_numpy(np.correlate(convert(x1).numpy(), convert(x2).numpy(), mode))),
}  # fmt: skip


def _saturated(t: T, wanted: torch.dtype) -> T:
    ends = (torch.finfo if wanted.is_floating_point else torch.iinfo)(wanted)
    return t.clamp(ends.min, ends.max).to(wanted)


def _appended(a: T, b: T, axis: Any) -> T:
    wide = torch.promote_types(a.dtype, b.dtype)
    a, b = a.to(wide), b.to(wide)
    return torch.cat([a.reshape(-1), b.reshape(-1)]) if axis is None else torch.cat([a, b], int(axis))


def _product_size(name: str, args: tuple[Any, ...]) -> None:
    """Some results are far larger than what they are made of."""
    if name in ("kron", "cdist"):
        a, b = (convert(x) for x in args[:2])
        running.meter.elements(a.numel() * b.numel() if name == "kron" else a.shape[-2] * b.shape[-2])


def natives() -> dict[str, Native]:
    """The functions that take and give tensors themselves."""

    def counted(name: str, fn: Callable[..., Any]) -> Native:
        def call(*args: Any, **kwargs: Any) -> Any:
            _product_size(name, args)
            return fn(*args, **kwargs)

        return Native(name, call)

    return {name: counted(name, fn) for name, fn in MADE.items()}
