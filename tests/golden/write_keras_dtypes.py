"""Writes which dtype the real keras.ops give for which dtypes, on TensorFlow, to `keras_dtypes.json`.

`python tests/golden/write_keras_dtypes.py` where tensorflow is installed. One letter stands for one dtype and `-` for a
refusal: a function of one tensor has one letter for each dtype, one of two has a row of letters for each dtype of the first,
where the last two letters are for a plain whole number and a plain number with a point beside it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

PATH = Path(__file__).parent / "keras_dtypes.json"
DTYPES = ("bool", "uint8", "int8", "int16", "int32", "int64", "float16", "bfloat16", "float32", "float64")
LETTERS = {**dict(zip(DTYPES, "buasilhBfd", strict=True)), "uint32": "U"}
PLAIN = (2, 2.5)
ONE = [
    "abs",
    "absolute",
    "negative",
    "sign",
    "square",
    "isnan",
    "isinf",
    "isfinite",
    "logical_not",
    "relu",
    "relu6",
    "copy",
    "bitwise_not",
    "nan_to_num",
    "signbit",
    "exp",
    "exp2",
    "expm1",
    "log",
    "log1p",
    "log2",
    "log10",
    "sqrt",
    "rsqrt",
    "sin",
    "cos",
    "tan",
    "arcsin",
    "arccos",
    "arctan",
    "sinh",
    "cosh",
    "tanh",
    "arcsinh",
    "arccosh",
    "arctanh",
    "sigmoid",
    "erf",
    "erfinv",
    "floor",
    "ceil",
    "softplus",
    "softsign",
    "silu",
    "elu",
    "selu",
    "log_sigmoid",
    "hard_sigmoid",
    "hard_silu",
    "hard_tanh",
    "gelu",
    "celu",
    "softmax",
    "log_softmax",
    "round",
    "sum",
    "max",
    "min",
    "amax",
    "amin",
    "prod",
    "all",
    "any",
    "count_nonzero",
    "mean",
    "std",
    "var",
    "logsumexp",
    "median",
    "argmax",
    "argmin",
    "cumsum",
    "cumprod",
    "sort",
    "argsort",
    "transpose",
    "flip",
    "tril",
    "triu",
    "ravel",
    "squeeze",
    "diag",
    "diagonal",
    "trace",
    "zeros_like",
    "ones_like",
    "nonzero",
    "average",
    "normalize",
    "norm",
    "diff",
    "trunc",
    "angle",
    "isposinf",
    "isneginf",
    "rad2deg",
    "deg2rad",
    "sinc",
    "imag",
]
TWO = [
    "add",
    "subtract",
    "multiply",
    "divide",
    "true_divide",
    "maximum",
    "minimum",
    "power",
    "mod",
    "floor_divide",
    "equal",
    "not_equal",
    "less",
    "less_equal",
    "greater",
    "greater_equal",
    "logical_and",
    "logical_or",
    "logical_xor",
    "bitwise_and",
    "bitwise_or",
    "bitwise_xor",
    "arctan2",
    "matmul",
    "dot",
    "inner",
    "outer",
    "concatenate",
    "stack",
    "logaddexp",
    "logaddexp2",
    "append",
    "nextafter",
]
ROWS = [[1, 0], [1, 1]]


def letter(compute: Callable[[], Any]) -> str:
    """The letter of the dtype of what is computed."""
    try:
        made = compute()
    except Exception:
        return "-"
    made = made[0] if isinstance(made, list | tuple) else made
    return LETTERS[getattr(made.dtype, "name", str(made.dtype).removeprefix("torch."))]


def table(function: Callable[[str], Any], tensor: Callable[[str], Any]) -> dict[str, Any]:
    """All rows, by functions found by name and tensors made by dtype."""

    def one(name: str, dtype: str) -> str:
        return letter(lambda: function(name)(tensor(dtype)))

    def two(name: str, dtype: str, other: Any) -> str:
        def compute() -> Any:
            a, b = tensor(dtype), tensor(other) if isinstance(other, str) else other
            return function(name)([a, b]) if name in ("concatenate", "stack") else function(name)(a, b)

        return letter(compute)

    made: dict[str, Any] = {name: "".join(one(name, d) for d in DTYPES) for name in ONE}
    for name in TWO:
        made[name] = ["".join(two(name, d, e) for e in (*DTYPES, *PLAIN)) for d in DTYPES]
    return made


def main() -> None:
    """Write the table anew."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    keras: Any = import_module("keras")
    tf: Any = import_module("tensorflow")
    rows = table(lambda name: getattr(keras.ops, name), lambda dtype: tf.cast(ROWS, dtype))
    lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(row)}" for name, row in rows.items())
    PATH.write_text(
        f'{{"versions": {json.dumps({"tensorflow": tf.__version__, "keras": keras.__version__})}, "rows": {{\n{lines}\n}}}}\n'
    )


if __name__ == "__main__":
    main()
