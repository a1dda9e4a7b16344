"""tf.experimental.numpy: NumPy's names, defaults and promotion on TensorFlow's tensors, by way of keras.ops."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from freedive.lab.arrays import DTYPE_NAMES
from freedive.lab.dialects.tensorflow.namespaces import TF
from freedive.lab.dialects.tensorflow.tensors import DTYPES, EagerTensor, convert, dtype_of
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


def _kind(wanted: Any) -> torch.dtype:
    """Python's float and int are NumPy's, which have 64 bits."""
    python = getattr(wanted, "python", wanted)
    return torch.float64 if python is float else torch.int64 if python is int else dtype_of(wanted)


def array(value: Any, dtype: Any = None, **kwargs: Any) -> EagerTensor:
    """A tensor with NumPy's defaults: int64 and float64."""
    if isinstance(value, EagerTensor):
        t = value.read()
    else:
        plain = convert(value)
        exact = isinstance(value, np.ndarray | np.generic)
        t = (
            plain
            if exact
            else plain.to(
                {torch.int32: torch.int64, torch.float32: torch.float64}.get(plain.dtype, plain.dtype)
            )
        )
        if not exact and t.is_floating_point():
            t = convert(value, dtype=torch.float64)
    return EagerTensor(t if dtype is None else t.to(_kind(dtype)))


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
            return EagerTensor(made.t.to(_kind(wanted)))
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


def _filled(make: Callable[..., T]) -> Callable[..., Any]:
    def call(shape: Any, *args: Any, dtype: Any = None) -> Any:
        sizes = [int(s) for s in (shape if isinstance(shape, list | tuple) else [shape])]
        running.meter.elements(int(np.prod(sizes)))
        return EagerTensor(make(sizes, *args).to(_kind(dtype or "float64")))

    return call


def _arange(start: Any, stop: Any = None, step: Any = 1, dtype: Any = None) -> Any:
    low, high = (0, start) if stop is None else (start, stop)
    running.meter.elements(max(0, int((float(high) - float(low)) / float(step))) + 1)
    return array(np.arange(low, high, step), dtype)


def _linspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: Any = float,
    axis: int = 0,
) -> Any:
    running.meter.elements(int(num))
    return array(np.linspace(float(start), float(stop), int(num), bool(endpoint)), dtype)


def _eye(N: int, M: Any = None, k: int = 0, dtype: Any = None) -> Any:
    running.meter.elements(int(N) * int(M or N))
    return array(np.eye(int(N), None if M is None else int(M), int(k)), dtype or "float64")


def _full(shape: Any, fill_value: Any, dtype: Any = None) -> Any:
    value = array(fill_value, dtype).t
    sizes = [int(s) for s in (shape if isinstance(shape, list | tuple) else [shape])]
    running.meter.elements(int(np.prod(sizes)))
    return EagerTensor(value.expand(sizes).clone())


def _like(make: Callable[[T], T]) -> Callable[..., Any]:
    def call(a: Any, dtype: Any = None) -> Any:
        made = make(array(a).t)
        return EagerTensor(made if dtype is None else made.to(_kind(dtype)))

    return call


def _draw(make: Callable[[list[int]], T]) -> Callable[..., Any]:
    def call(*sizes: Any) -> Any:
        running.meter.elements(int(np.prod([int(s) for s in sizes])))
        return EagerTensor(make([int(s) for s in sizes]))

    return call


MADE: dict[str, Callable[..., Any]] = {
    "array": array, "asarray": array, "asanyarray": array, "ascontiguousarray": array, "arange": _arange, "linspace": _linspace, "eye": _eye, "full": _full,
    "identity": _eye, "zeros": _filled(torch.zeros), "ones": _filled(torch.ones), "empty": _filled(torch.zeros), "zeros_like": _like(torch.zeros_like),
    "ones_like": _like(torch.ones_like), "empty_like": _like(torch.zeros_like), "shape": lambda a: tuple(array(a).t.shape), "size": lambda a: array(a).t.numel(), "ndim": lambda a: array(a).t.dim(),
    "array_equal": lambda a, b: EagerTensor(torch.tensor(torch.equal(array(a).t, array(b).t.to(array(a).t.dtype)))),
    "result_type": lambda *values: np.result_type(*[DTYPE_NAMES[array(v).t.dtype] for v in values]), "atleast_1d": lambda a: EagerTensor(torch.atleast_1d(array(a).t)),
    "atleast_2d": lambda a: EagerTensor(torch.atleast_2d(array(a).t)), "isscalar": lambda value: isinstance(value, bool | int | float | str),
}  # fmt: skip


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
        "rand": Native("rand", _draw(lambda s: torch.rand(s, dtype=torch.float64))), "randn": Native("randn", _draw(lambda s: torch.randn(s, dtype=torch.float64))),
        "standard_normal": Native("standard_normal", lambda size=None: _draw(lambda s: torch.randn(s, dtype=torch.float64))(*([] if size is None else size if isinstance(size, list | tuple) else [size]))),
        "seed": Native("seed", lambda s: torch.manual_seed(int(s)) and None),
        "uniform": Native("uniform", lambda low=0.0, high=1.0, size=None: EagerTensor(_draw(lambda s: torch.rand(s, dtype=torch.float64))(*([] if size is None else size if isinstance(size, list | tuple) else [size])).t * (high - low) + low)),
        "randint": Native("randint", lambda low, high=None, size=None, dtype="int64": EagerTensor(torch.randint(0 if high is None else int(low), int(low if high is None else high), [int(s) for s in ([] if size is None else size if isinstance(size, list | tuple) else [size])]))),
    })  # fmt: skip
    members["random"] = random
    experimental = TF.members.setdefault("experimental", Namespace("tensorflow.experimental"))
    experimental.members["numpy"] = space
    publish(experimental, space, random)
