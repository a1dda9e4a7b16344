"""tf.experimental.numpy: NumPy's names, defaults and promotion on TensorFlow's tensors, by way of keras.ops."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from freedive.lab.arrays import DTYPE_NAMES
from freedive.lab.dialects.tensorflow.namespaces import TF
from freedive.lab.dialects.tensorflow.numpy_creation import MADE, array, draw
from freedive.lab.dialects.tensorflow.tensors import DTYPES, EagerTensor, dtype_of
from freedive.lab.importing import publish
from freedive.lab.kinds import Native
from freedive.lab.namespaces import Namespace
from freedive.lab.running import running
from freedive.lab.types import TypeRef

T = torch.Tensor

TWO = frozenset(
    [
        "add",
        "subtract",
        "multiply",
        "divide",
        "true_divide",
        "floor_divide",
        "mod",
        "remainder",
        "power",
        "maximum",
        "minimum",
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
        "hypot",
        "logaddexp",
        "heaviside",
        "fmod",
        "gcd",
        "lcm",
        "matmul",
        "dot",
        "inner",
        "outer",
        "vdot",
        "kron",
        "cross",
        "isclose",
        "allclose",
        "nextafter",
        "float_power",
    ]
)
LISTS = frozenset({"concatenate", "stack", "hstack", "vstack", "dstack"})
FLOATS = frozenset(
    [
        "exp",
        "exp2",
        "expm1",
        "log",
        "log1p",
        "log2",
        "log10",
        "sqrt",
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
        "mean",
        "std",
        "var",
        "average",
        "median",
        "cbrt",
        "deg2rad",
        "rad2deg",
        "sinc",
        "reciprocal",
        "floor",
        "ceil",
        "true_divide",
        "divide",
    ]
)
ONE = [
    "abs",
    "absolute",
    "all",
    "amax",
    "amin",
    "angle",
    "any",
    "append",
    "argmax",
    "argmin",
    "argsort",
    "average",
    "broadcast_to",
    "cbrt",
    "ceil",
    "clip",
    "conj",
    "conjugate",
    "copy",
    "cos",
    "cosh",
    "count_nonzero",
    "cumprod",
    "cumsum",
    "deg2rad",
    "diag",
    "diagflat",
    "diagonal",
    "diff",
    "exp",
    "exp2",
    "expand_dims",
    "expm1",
    "fabs",
    "flip",
    "fliplr",
    "flipud",
    "floor",
    "imag",
    "isfinite",
    "isinf",
    "isnan",
    "isneginf",
    "isposinf",
    "isreal",
    "linspace",
    "log",
    "log10",
    "log1p",
    "log2",
    "logical_not",
    "max",
    "mean",
    "min",
    "moveaxis",
    "nanmean",
    "nanprod",
    "nansum",
    "negative",
    "nonzero",
    "pad",
    "positive",
    "prod",
    "ptp",
    "rad2deg",
    "ravel",
    "real",
    "reciprocal",
    "repeat",
    "reshape",
    "roll",
    "rot90",
    "round",
    "sign",
    "signbit",
    "sin",
    "sinc",
    "sinh",
    "sort",
    "split",
    "sqrt",
    "square",
    "squeeze",
    "std",
    "sum",
    "swapaxes",
    "take",
    "take_along_axis",
    "tan",
    "tanh",
    "tensordot",
    "tile",
    "trace",
    "transpose",
    "tril",
    "triu",
    "vander",
    "var",
    "arccos",
    "arccosh",
    "arcsin",
    "arcsinh",
    "arctan",
    "arctanh",
    "array_split",
    "hsplit",
    "vsplit",
    "dsplit",
    "where",
    "einsum",
    "meshgrid",
]


def _promoted(values: list[Any]) -> list[Any]:
    """All tensors in NumPy's common dtype; plain numbers bend to the tensors."""
    tensors = [v.t.dtype for v in values if isinstance(v, EagerTensor)]
    common = np.result_type(*[DTYPE_NAMES[d] for d in tensors]).name
    made = []
    for value in values:
        if isinstance(value, EagerTensor):
            t = value.read()
            made.append(EagerTensor(t if DTYPE_NAMES[t.dtype] == common else t.to(DTYPES[common].torch)))
        elif isinstance(value, float) and common.startswith(("int", "uint", "bool")):
            return _promoted([v if isinstance(v, EagerTensor) else array(v) for v in values])
        else:
            made.append(value)
    return made


def _function(name: str, native: Any) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        wanted = kwargs.pop("dtype", None)
        if name in LISTS:
            args = (_promoted([array(v) for v in args[0]]), *args[1:])
        elif name == "where" and len(args) == 3:
            some = any(isinstance(v, EagerTensor) for v in args[1:])
            args = (
                array(args[0]),
                *_promoted([v if some and isinstance(v, int | float) else array(v) for v in args[1:]]),
            )
        elif name in TWO:
            some = any(isinstance(v, EagerTensor) for v in args)
            args = (
                tuple(_promoted([v if some and isinstance(v, int | float) else array(v) for v in args[:2]]))
                + args[2:]
            )
        elif args:
            args = (array(args[0]), *args[1:])
        if name in FLOATS:
            args = tuple(_floating(v) for v in args)
        made = native.call(args, kwargs)
        if wanted is not None:
            return EagerTensor(made.t.to(dtype_of(wanted)))
        return _wide(name, made)

    return call


def _floating(value: Any) -> Any:
    if isinstance(value, EagerTensor) and not value.t.is_floating_point() and not value.t.is_complex():
        return EagerTensor(value.t.double())
    return value


def _wide(name: str, made: Any) -> Any:
    """Places and counts are int64 in NumPy."""
    places = name in ("argmax", "argmin", "argsort", "count_nonzero")
    return EagerTensor(made.t.long()) if places and isinstance(made, EagerTensor) else made


def _enable(prefer_float32: bool = False, dtype_conversion_mode: str = "legacy") -> None:
    """Tensors get some of NumPy's methods."""
    running.__dict__["numpy_behavior"] = True


METHODS: dict[str, Callable[..., Any]] = {
    "reshape": lambda x, *shape: TF.members["reshape"].call((x, shape[0] if len(shape) == 1 else list(shape)), {}),
    "transpose": lambda x, *axes: TF.members["transpose"].call((x, list(axes) or None), {}), "ravel": lambda x: TF.members["reshape"].call((x, [-1]), {}),
    "astype": lambda x, dtype: TF.members["cast"].call((x, dtype), {}), "clip": lambda x, low, high: TF.members["clip_by_value"].call((x, low, high), {}),
    "tolist": lambda x: x.numpy().tolist(),
}  # fmt: skip


def method(value: EagerTensor, name: str) -> Any:
    """One of NumPy's methods, once they are wanted; None where there is none."""
    if not running.__dict__.get("numpy_behavior"):
        return None
    if name == "T":
        return TF.members["transpose"].call((value,), {})
    if name == "size":
        return value.t.numel()
    found = METHODS.get(name)
    return None if found is None else Native(name, lambda *a, **k: found(value, *a, **k))


def load(ops: dict[str, Any]) -> None:
    """Build the namespace on keras.ops, which must be there."""
    space = Namespace("tensorflow.experimental.numpy", doc="NumPy's names on tensors.")
    members = space.members
    for name in (*ONE, *TWO, *LISTS):
        if name in ops:
            members[name] = Native(name, _function(name, ops[name]))
    members["remainder"] = members["mod"]
    members["around"] = members["round"]
    for name, function in MADE.items():
        members[name] = Native(name, function)
    members.update(
        {name: dtype for name, dtype in DTYPES.items() if name != "bfloat16"},
        bool_=DTYPES["bool"],
        float_=DTYPES["float64"],
        int_=DTYPES["int64"],
    )
    members.update(pi=np.pi, e=np.e, inf=np.inf, newaxis=None)
    members["ndarray"] = TypeRef("ndarray", EagerTensor, module="tensorflow.experimental.numpy")
    members["experimental_enable_numpy_behavior"] = Native("experimental_enable_numpy_behavior", _enable)
    random = Namespace("tensorflow.experimental.numpy.random", {
        "rand": Native("rand", draw(lambda s: torch.rand(s, dtype=torch.float64))), "randn": Native("randn", draw(lambda s: torch.randn(s, dtype=torch.float64))),
        "standard_normal": Native("standard_normal", lambda size=None: draw(lambda s: torch.randn(s, dtype=torch.float64))(*([] if size is None else size if isinstance(size, list | tuple) else [size]))),
        "seed": Native("seed", lambda s: torch.manual_seed(int(s)) and None),
        "uniform": Native("uniform", lambda low=0.0, high=1.0, size=None: EagerTensor(draw(lambda s: torch.rand(s, dtype=torch.float64))(*([] if size is None else size if isinstance(size, list | tuple) else [size])).t * (high - low) + low)),
        "randint": Native("randint", lambda low, high=None, size=None, dtype="int64": EagerTensor(torch.randint(0 if high is None else int(low), int(low if high is None else high), [int(s) for s in ([] if size is None else size if isinstance(size, list | tuple) else [size])]))),
    })  # fmt: skip
    members["random"] = random
    experimental = TF.members.setdefault("experimental", Namespace("tensorflow.experimental"))
    experimental.members["numpy"] = space
    publish(experimental, space, random)
