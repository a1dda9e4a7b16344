"""Which dtypes keras.ops take and give: what TensorFlow's kernels refuse, and where whole numbers widen."""

from __future__ import annotations

from typing import Any

import torch

from freedive.lab.arrays import DTYPE_NAMES
from freedive.lab.dialects.tensorflow.errors import InvalidArgument

_HALVES = "half, bfloat16, float, double"
_FLOATS = "bfloat16, half, float, double"
_COMPLEX = f"{_FLOATS}, complex64, complex128"
_SIGNED = f"{_FLOATS}, int8, int16, int32, int64, complex64, complex128"
_REAL = "float, double, int32, uint8, int16, int8, int64, bfloat16, uint16, half, uint32, uint64"
_BITS = "int8, int16, int32, int64, uint8, uint16, uint32, uint64"
_WHOLE = "bfloat16, half, float, double, int8, uint8, int16, uint16, int32, uint32, int64, uint64"

_FLOATS_ONLY = {
    **dict.fromkeys(("rsqrt", "sigmoid", "silu", "swish", "normalize"), _COMPLEX),
    **dict.fromkeys(("erf", "erfinv", "logsumexp", "squareplus", "hard_shrink"), _FLOATS),
    **dict.fromkeys(("glu", "tanh_shrink"), _COMPLEX),
    **dict.fromkeys(("softplus", "softsign", "soft_sign", "elu", "selu", "log_sigmoid", "softmax", "log_softmax", "mish"), _HALVES),
}  # fmt: skip
_CONSTANTS = {
    "hard_sigmoid": 3.0,
    "hard_silu": 3.0,
    "hard_swish": 3.0,
    "hard_tanh": 1.0,
    "celu": 0.0,
    "threshold": 0.5,
    "soft_shrink": 0.5,
    "sparse_plus": -1.0,
}
"""Functions that meet a number with a point on their way, which a tensor of whole numbers refuses."""
_NO_BOOL = {
    **dict.fromkeys(("negative", "sign", "round", "unique", "reciprocal"), _SIGNED),
    **dict.fromkeys(("relu", "relu6"), f"{_REAL}, qint8"),
    **dict.fromkeys(("less", "less_equal", "greater", "greater_equal"), _REAL),
    **dict.fromkeys(("bitwise_not", "bitwise_and", "bitwise_or", "bitwise_xor", "bitwise_left_shift", "bitwise_right_shift"), _BITS),
    **dict.fromkeys(("maximum", "minimum"), _WHOLE),
    "add": f"{_FLOATS}, uint8, uint16, uint32, uint64, int8, int16, int32, int64, complex64, complex128",
    "subtract": f"{_FLOATS}, uint8, int8, uint16, int16, int32, int64, complex64, complex128, uint32, uint64",
    "multiply": f"{_FLOATS}, uint8, int8, uint16, int16, int32, uint32, uint64, int64, complex64, complex128",
}  # fmt: skip
PLAIN_ARE_TENSORS = frozenset(
    {"mod", "bitwise_and", "bitwise_or", "bitwise_xor", "dot", "inner", "outer", "kron", "gcd", "arctan2", "logaddexp", "logaddexp2", "nextafter"}
)  # fmt: skip
"""Functions to which a plain number is a tensor of 32 bits, and does not bend to the tensor beside it."""
WIDE = frozenset({"hypot", "heaviside", "rad2deg", "deg2rad"})
"""Functions that make float64 of int64."""


def check(name: str, dtype: torch.dtype) -> None:
    """Refuse what the kernel behind the function does not take."""
    whole = not dtype.is_floating_point and not dtype.is_complex
    if whole and name in _CONSTANTS:
        raise TypeError(f"Cannot convert {_CONSTANTS[name]} to EagerTensor of dtype {DTYPE_NAMES[dtype]}")
    if whole and name == "gelu":
        told = f"features.dtype=<dtype: '{DTYPE_NAMES[dtype]}'>"
        raise ValueError(f"`features.dtype` must be a floating point tensor.Received:{told}")
    words = _FLOATS_ONLY.get(name) if whole else None
    if dtype == torch.bool and words is None:
        words = _NO_BOOL.get(name)
    if dtype == torch.uint8 and name == "negative":
        words = _SIGNED
    if words is not None:
        error = InvalidArgument(
            f"Value for attr 'T' of {DTYPE_NAMES[dtype]} is not in the list of allowed values: {words}"
        )
        error.hint = "tf.cast(x, tf.float32) first"
        raise error


def summed(t: torch.Tensor) -> torch.Tensor:
    """Small whole numbers as they are added up: 32 bits wide."""
    if t.dtype in (torch.bool, torch.int8, torch.int16):
        return t.int()
    return t


def widened(name: str, given: torch.dtype, made: Any) -> Any:
    """A sum of unsigned bytes is unsigned, too, and has 32 bits."""
    return made.to(torch.uint32) if given == torch.uint8 and name in ("sum", "prod", "trace") else made


def promoted(a: torch.dtype, b: torch.dtype) -> torch.dtype:
    """The dtype of two: a float wins over whole numbers and keeps its size."""
    if a.is_floating_point != b.is_floating_point and not (a.is_complex or b.is_complex):
        return a if a.is_floating_point else b
    return torch.promote_types(a, b)
