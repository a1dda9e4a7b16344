"""Elementwise operations of TensorFlow: one value of each element, no promotion of dtypes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from freedive.lab.arrays import DTYPE_NAMES
from freedive.lab.dialects.tensorflow.errors import InvalidArgument
from freedive.lab.dialects.tensorflow.tensors import (
    arithmetic,
    convert,
    pair,
    run,
)
from freedive.lab.door import Op
from freedive.lab.kinds import Native
from freedive.lab.tables import FAMILIES

T = torch.Tensor

_ROWS = {row.others["tf"]: row for rows in FAMILIES.values() for row in reversed(rows) if "tf" in row.others}

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
    "angle": torch.angle, "bessel_i0": torch.i0, "rint": torch.round,
}  # fmt: skip
PAIRS = {
    "maximum": torch.maximum, "minimum": torch.minimum, "equal": torch.eq, "not_equal": torch.ne, "less": torch.lt,
    "less_equal": torch.le, "greater": torch.gt, "greater_equal": torch.ge, "logical_and": torch.logical_and,
    "logical_or": torch.logical_or,
}  # fmt: skip
MATH_PAIRS = {
    "logical_xor": torch.logical_xor, "atan2": torch.atan2, "squared_difference": lambda a, b: (a - b) ** 2,
    "divide_no_nan": lambda a, b: torch.where(b == 0, torch.zeros_like(a), a / b), "xlogy": torch.xlogy,
    "multiply_no_nan": lambda a, b: torch.where(b == 0, torch.zeros_like(a), a * b),
}  # fmt: skip
OPERATORS = {
    "add": "add", "subtract": "sub", "multiply": "mul", "divide": "truediv", "truediv": "truediv", "pow": "pow",
    "floordiv": "floordiv", "floormod": "mod", "mod": "mod",
}  # fmt: skip


def _op(name: str, fn: Callable[..., Any], kind: str, rule: str = "", **more: Any) -> Op:
    return Op(name, fn, kind, rule, info=_ROWS.get(name) or _ROWS.get(f"math.{name}"), **more)


def _no_name(kwargs: dict[str, Any]) -> None:
    kwargs.pop("name", None)


def unary(name: str, fn: Callable[..., T], kind: str = "elementwise") -> Native:
    op = _op(name, fn, kind)
    floats = {
        "sqrt",
        "exp",
        "sin",
        "cos",
        "tan",
        "tanh",
        "sigmoid",
        "log",
        "rsqrt",
        "log1p",
        "erf",
        "softplus",
    }

    def call(x: Any, *args: Any, **kwargs: Any) -> Any:
        t = convert(x)
        if name in floats and not t.is_floating_point() and not t.is_complex():
            wrong = InvalidArgument(
                f"Value for attr 'T' of {DTYPE_NAMES[t.dtype]} is not in the list of allowed values: bfloat16, half, float, double, "
                f"complex64, complex128 [Op:{name.capitalize()}]"
            )
            wrong.hint = "tf.cast(x, tf.float32) first"
            raise wrong
        return run(op, (t,))

    return Native(name, call, op.doc)


def binary(name: str, fn: Callable[..., T]) -> Native:
    op = _op(name, fn, "elementwise")
    return Native(name, lambda x, y, name=None: run(op, pair(op.name.title().replace("_", ""), x, y)), op.doc)


def operator(name: str, symbol: str) -> Native:
    row = _ROWS.get(name)
    return Native(name, lambda x, y, name=None: arithmetic(symbol, x, y), row.en if row else "")
