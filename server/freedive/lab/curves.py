"""Function curves with derivatives, for activations and other functions of one number."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F

from freedive.lab import arrays

POINTS = 81
SPANS: dict[str, tuple[float, float]] = {
    "log": (0.05, 5), "log2": (0.05, 5), "log10": (0.05, 5), "log1p": (-0.95, 4), "sqrt": (0.0, 5), "rsqrt": (0.1, 5),
    "exp": (-3, 3), "exp2": (-3, 3), "expm1": (-3, 3), "sin": (-6.3, 6.3), "cos": (-6.3, 6.3), "tan": (-1.4, 1.4),
    "asin": (-0.99, 0.99), "acos": (-0.99, 0.99), "atanh": (-0.98, 0.98), "acosh": (1.01, 5), "reciprocal": (0.2, 5),
    "floor": (-3, 3), "ceil": (-3, 3), "round": (-3, 3), "trunc": (-3, 3), "frac": (-3, 3), "logit": (0.02, 0.98),
    "erfinv": (-0.98, 0.98), "lgamma": (0.1, 5), "digamma": (0.3, 5),
}  # fmt: skip
ALIKE = {"ReLU": "relu", "Sigmoid": "sigmoid", "Tanh": "tanh", "LeakyReLU": "leaky_relu", "ELU": "elu", "SELU": "selu", "GELU": "gelu",
         "SiLU": "silu", "Softplus": "softplus", "Softsign": "softsign", "Mish": "mish", "Hardtanh": "hardtanh", "ReLU6": "relu6",
         "LogSigmoid": "logsigmoid", "CELU": "celu", "Hardsigmoid": "hardsigmoid", "Hardswish": "hardswish"}  # fmt: skip
DRAWN = frozenset(
    {"relu", "relu6", "leaky_relu", "elu", "selu", "celu", "gelu", "silu", "mish", "sigmoid", "logsigmoid", "hardsigmoid", "tanh",
     "hardtanh", "hardswish", "tanhshrink", "softplus", "softsign", "softshrink", "hardshrink", "abs", "square", "sign", "sinh",
     "cosh", "atan", "asinh", "erf", "neg", *SPANS}
)  # fmt: skip


def curve_name(name: str) -> str | None:
    plain = ALIKE.get(name, name.rstrip("_"))
    return plain if plain in DRAWN else None


def curve(name: str) -> dict[str, Any] | None:
    """Points of the function and of its derivative, computed by torch."""
    function = getattr(torch, name, None) or getattr(F, name, None)
    if function is None:
        return None
    low, high = SPANS.get(name, (-5.0, 5.0))
    with torch.enable_grad():
        x = torch.linspace(low, high, POINTS, dtype=torch.float64, requires_grad=True)
        y = function(x)
        (slope,) = torch.autograd.grad(y.sum(), x, allow_unused=True) if y.requires_grad else (None,)
    return {
        "x": arrays.plain(x),
        "y": arrays.plain(y),
        "slope": None if slope is None else arrays.plain(slope),
    }


def slopes_at(name: str, values: list[float], results: list[float]) -> list[Any] | None:
    """The derivative at each of these values; None where the function does not give these results (its parameters are others)."""
    function = getattr(torch, name, None) or getattr(F, name, None)
    if function is None:
        return None
    if not all(isinstance(each, int | float) for each in (*values, *results)):
        return None
    with torch.enable_grad():
        x = torch.tensor(values, dtype=torch.float64, requires_grad=True)
        y = function(x)
        if not torch.allclose(
            y, torch.tensor(results, dtype=torch.float64), rtol=1e-3, atol=1e-5, equal_nan=True
        ):
            return None
        (slope,) = torch.autograd.grad(y.sum(), x, allow_unused=True) if y.requires_grad else (None,)
    return None if slope is None else list(arrays.plain(slope))


def softmax_jacobian(row: list[float]) -> list[list[float]]:
    """d p_i / d x_j = p_i (1 if i = j else 0) - p_i p_j, of one row of probabilities."""
    p = torch.tensor(row, dtype=torch.float64)
    made: list[list[float]] = (torch.diag(p) - torch.outer(p, p)).tolist()
    return made
