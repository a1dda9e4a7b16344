"""Elementwise operations of TensorFlow: one value of each element, no promotion of dtypes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from freedive.lab.arrays import DTYPE_NAMES
from freedive.lab.dialects.tensorflow.errors import kernel, not_allowed
from freedive.lab.dialects.tensorflow.tensors import (
    arithmetic,
    convert,
    pair,
    run,
)
from freedive.lab.door import Op
from freedive.lab.kinds import Native
from freedive.lab.tables import counterparts

T = torch.Tensor

_ROWS = counterparts("tf")

UNARY = {
    "abs": torch.abs, "negative": torch.neg, "sign": torch.sign, "sqrt": torch.sqrt, "square": torch.square, "exp": torch.exp,
    "sin": torch.sin, "cos": torch.cos, "tan": torch.tan, "asin": torch.asin, "acos": torch.acos, "atan": torch.atan,
    "sinh": torch.sinh, "cosh": torch.cosh, "tanh": torch.tanh, "sigmoid": torch.sigmoid, "floor": torch.floor,
    "round": torch.round, "asinh": torch.asinh, "acosh": torch.acosh, "atanh": torch.atanh,
}  # fmt: skip
MATH_UNARY = {
    "log": torch.log, "log1p": torch.log1p, "expm1": torch.expm1, "ceil": torch.ceil, "rsqrt": torch.rsqrt,
    "reciprocal": torch.reciprocal, "erf": torch.erf, "erfc": torch.erfc, "erfinv": torch.erfinv, "lgamma": torch.lgamma,
    "digamma": torch.digamma, "softplus": torch.nn.functional.softplus, "is_nan": torch.isnan, "is_inf": torch.isinf,
    "is_finite": torch.isfinite, "logical_not": torch.logical_not, "log_sigmoid": torch.nn.functional.logsigmoid,
    "softsign": torch.nn.functional.softsign, "real": torch.real, "imag": torch.imag, "conj": torch.conj,
    "angle": torch.angle, "bessel_i0": torch.i0, "rint": torch.round, "bessel_i1": torch.special.i1, "ndtri": torch.special.ndtri,
    "sigmoid": torch.sigmoid, "tanh": torch.tanh,
}  # fmt: skip
PAIRS = {
    "maximum": torch.maximum, "minimum": torch.minimum, "equal": torch.eq, "not_equal": torch.ne, "less": torch.lt,
    "less_equal": torch.le, "greater": torch.gt, "greater_equal": torch.ge, "logical_and": torch.logical_and,
    "logical_or": torch.logical_or, "truncatediv": lambda a, b: torch.div(a, b, rounding_mode="trunc"), "truncatemod": torch.fmod,
}  # fmt: skip
MATH_PAIRS = {
    "logical_xor": torch.logical_xor, "atan2": torch.atan2, "squared_difference": lambda a, b: (a - b) ** 2,
    "divide_no_nan": lambda a, b: torch.where(b == 0, torch.zeros_like(a), a / b), "xlogy": torch.xlogy,
    "xdivy": lambda a, b: torch.where(a == 0, torch.zeros_like(a), a / b), "xlog1py": torch.special.xlog1py, "zeta": torch.special.zeta,
    "igamma": torch.special.gammainc, "igammac": torch.special.gammaincc, "nextafter": torch.nextafter, "polygamma": lambda a, b: torch.polygamma(int(a), b),
    "multiply_no_nan": lambda a, b: torch.where(b == 0, torch.zeros_like(a), a * b),
}  # fmt: skip
BITS = {
    "bitwise_and": torch.bitwise_and, "bitwise_or": torch.bitwise_or, "bitwise_xor": torch.bitwise_xor,
    "left_shift": torch.bitwise_left_shift, "right_shift": torch.bitwise_right_shift,
}  # fmt: skip
OPERATORS = {
    "add": "add", "subtract": "sub", "multiply": "mul", "divide": "truediv", "truediv": "truediv", "pow": "pow",
    "floordiv": "floordiv", "floormod": "mod", "mod": "mod",
}  # fmt: skip


def _op(name: str, fn: Callable[..., Any], kind: str, rule: str = "", **more: Any) -> Op:
    return Op(name, fn, kind, rule, info=_ROWS.get(name) or _ROWS.get(f"math.{name}"), **more)


_FLOATS = frozenset(
    [
        "sqrt",
        "exp",
        "sin",
        "cos",
        "tan",
        "asin",
        "acos",
        "atan",
        "sinh",
        "cosh",
        "tanh",
        "asinh",
        "acosh",
        "atanh",
        "sigmoid",
        "log",
        "rsqrt",
        "log1p",
        "expm1",
        "erf",
        "erfc",
        "lgamma",
        "digamma",
        "softplus",
        "reciprocal",
        "elu",
        "selu",
        "gelu",
        "silu",
        "swish",
        "log_sigmoid",
        "erfinv",
    ]
)
"""Functions that refuse whole numbers."""


def floating(t: T, allowed: str = "float") -> T:
    """The tensor where the operation takes it, or TensorFlow's refusal of its dtype."""
    if not t.is_floating_point() and not t.is_complex():
        raise not_allowed(DTYPE_NAMES[t.dtype], allowed)
    return t


def unary(name: str, fn: Callable[..., T], kind: str = "elementwise") -> Native:
    op = _op(name, fn, kind)
    whole = name not in _FLOATS

    def call(x: Any, name: Any = None) -> Any:
        t = convert(x)
        return run(op, (t if whole else floating(t),))

    return Native(name, call, op.doc)


def binary(name: str, fn: Callable[..., T]) -> Native:
    op = _op(name, fn, "elementwise")
    return Native(name, lambda x, y, name=None: run(op, pair(kernel(op.name), x, y)), op.doc)


def operator(name: str, symbol: str) -> Native:
    row = _ROWS.get(name)
    return Native(name, lambda x, y, name=None: arithmetic(symbol, x, y), row.en if row else "")
