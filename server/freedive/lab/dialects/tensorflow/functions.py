"""The tensorflow namespace: functions by table, each over the torch operation that computes it."""

from __future__ import annotations

import math
from collections import namedtuple
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from freedive.lab.arrays import DTYPE_NAMES
from freedive.lab.dialects.tensorflow.errors import InvalidArgument
from freedive.lab.dialects.tensorflow.values import (
    DTYPES,
    EagerTensor,
    TensorShape,
    Variable,
    arithmetic,
    check_product,
    convert,
    dtype_of,
    pair,
    run,
    wrap,
)
from freedive.lab.dialects.torch.values import BINARY
from freedive.lab.door import Op
from freedive.lab.importing import publish
from freedive.lab.kinds import Callable_, Native, kind_of
from freedive.lab.namespaces import Namespace
from freedive.lab.operators import collect
from freedive.lab.running import running
from freedive.lab.tables import FAMILIES
from freedive.lab.types import TypeRef

T = torch.Tensor
TF = Namespace("tensorflow", version="2.21.0", doc="TensorFlow 2, eager.")
MATH = Namespace("tensorflow.math", doc="Functions of numbers.")
LINALG = Namespace("tensorflow.linalg", doc="Linear algebra.")
RANDOM = Namespace("tensorflow.random", doc="Random tensors.")

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


# ------------------------------------------------------------ reductions
def axes_of(axis: Any) -> Any:
    if axis is None:
        return None
    if isinstance(axis, EagerTensor):
        axis = axis.t.tolist()
    if isinstance(axis, list | tuple):
        return [int(kind_of(a).index(a)) for a in axis]
    return int(kind_of(axis).index(axis))


def _reduce(name: str, fn: Callable[..., T]) -> Native:
    op = _op(name, fn, "reduction")

    def call(input_tensor: Any, axis: Any = None, keepdims: Any = False, name: Any = None) -> Any:
        return run(op, (convert(input_tensor),), {"axis": axes_of(axis), "keepdim": bool(keepdims)})

    return Native(name, call, op.doc)


def _over(fn: Callable[..., T]) -> Callable[..., T]:
    """A torch reduction that knows one axis at a time, over any number of them."""

    def reduce(x: T, axis: Any = None, keepdim: bool = False) -> T:
        axes = (
            list(range(x.dim()))
            if axis is None
            else sorted({a % max(1, x.dim()) for a in (axis if isinstance(axis, list) else [axis])})
        )
        for a in reversed(axes):
            x = fn(x, a, keepdim=keepdim)
        return x

    return reduce


def _sum(x: T, axis: Any = None, keepdim: bool = False) -> T:
    return (
        torch.sum(x, dim=axis, keepdim=keepdim, dtype=x.dtype)
        if axis is not None or (keepdim and x.dim())
        else torch.sum(x, dtype=x.dtype)
    )


def _mean(x: T, axis: Any = None, keepdim: bool = False) -> T:
    if not x.is_floating_point() and not x.is_complex():
        total = _sum(x, axis, keepdim)
        return torch.div(total, max(1, x.numel() // max(1, total.numel())), rounding_mode="floor").to(x.dtype)
    axes = list(range(x.dim())) if axis is None else axis
    return torch.mean(x, dim=axes, keepdim=keepdim) if x.dim() else x


def _variance(x: T, axis: Any = None, keepdim: bool = False) -> T:
    axes = list(range(x.dim())) if axis is None else axis
    return torch.var(x, dim=axes, correction=0, keepdim=keepdim)


REDUCTIONS: dict[str, Callable[..., T]] = {
    "reduce_sum": _sum, "reduce_mean": _mean, "reduce_prod": _over(torch.prod),
    "reduce_max": lambda x, axis=None, keepdim=False: torch.amax(x, [] if axis is None else axis, keepdim) if x.numel() else x,
    "reduce_min": lambda x, axis=None, keepdim=False: torch.amin(x, [] if axis is None else axis, keepdim) if x.numel() else x,
    "reduce_all": _over(torch.all), "reduce_any": _over(torch.any),
    "reduce_logsumexp": lambda x, axis=None, keepdim=False: torch.logsumexp(x, list(range(x.dim())) if axis is None else axis, keepdim),
}  # fmt: skip
MATH_REDUCTIONS: dict[str, Callable[..., T]] = {
    "reduce_std": lambda x, axis=None, keepdim=False: torch.sqrt(_variance(x, axis, keepdim)), "reduce_variance": _variance,
    "reduce_euclidean_norm": lambda x, axis=None, keepdim=False: torch.linalg.vector_norm(x, 2, axis, keepdim),
}  # fmt: skip


# ------------------------------------------------------------ shapes
def shape_list(shape: Any) -> list[int]:
    if isinstance(shape, EagerTensor):
        made = shape.t.tolist()
        return [int(s) for s in made] if isinstance(made, list) else [int(made)]
    if isinstance(shape, int):
        return [shape]
    if isinstance(shape, np.ndarray):
        return [int(s) for s in shape.tolist()]
    return [int(kind_of(s).index(s)) for s in collect(shape)]


def _made(name: str, fn: Any, kind: str = "movement", rule: str = "none", **more: Any) -> Op:
    return _op(name, fn, kind, rule, **more)


def _split_list(x: T, sizes: Any, axis: int) -> list[T]:
    return list(torch.split(x, sizes, axis))


def _unbind_list(x: T, axis: int) -> list[T]:
    return list(torch.unbind(x, axis))


RESHAPE = _made("reshape", lambda x, shape: x.reshape(shape))
TRANSPOSE = _made("transpose", lambda x, perm: x.permute(perm))
CONCAT = _made("concat", lambda values, axis: torch.cat(values, axis), rule="stack")
STACK = _made("stack", lambda values, axis: torch.stack(values, axis), rule="stack")
SPLIT = _made("split", _split_list)
UNSTACK = _made("unstack", _unbind_list)
EXPAND_DIMS = _made("expand_dims", lambda x, axis: x.unsqueeze(axis))
SQUEEZE = _made(
    "squeeze",
    lambda x, axis: (
        x.squeeze() if axis is None else x.squeeze(tuple(axis) if isinstance(axis, list) else axis)
    ),
)
TILE = _made("tile", lambda x, multiples: x.repeat(multiples), rule="repeats")
BROADCAST = _made("broadcast_to", lambda x, shape: x.broadcast_to(shape), rule="expand")
REPEAT = _made("repeat", lambda x, repeats, axis: torch.repeat_interleave(x, repeats, axis), rule="repeats")
REVERSE = _made("reverse", lambda x, axis: x.flip(axis))
ROLL = _made("roll", lambda x, shift, axis: torch.roll(x, shift, axis))
CAST = _op("cast", lambda x, dtype: x.to(dtype), "elementwise")
GATHER = _made("gather", lambda x, index, axis: _take(x, index, axis), "indexing")
GATHER_ND = _made("gather_nd", lambda x, index: x[tuple(index.movedim(-1, 0))], "indexing")
MASK = _made("boolean_mask", lambda x, mask: x[mask], "indexing")
WHERE = _op("where", torch.where, "indexing", "", moves=(1, 2))
PAD = _made(
    "pad", lambda x, widths, mode, value: torch.nn.functional.pad(x, widths, mode, value), rule="padding"
)
SLICE = _made("slice", lambda x, index: x[index], "indexing")


def _take(x: T, index: T, axis: int) -> T:
    axis %= max(1, x.dim())
    if index.numel() and (int(index.min()) < 0 or int(index.max()) >= x.shape[axis]):
        bad = index[(index < 0) | (index >= x.shape[axis])].reshape(-1)[0]
        raise InvalidArgument(f"indices = {int(bad)} is not in [0, {x.shape[axis]}) [Op:GatherV2]")
    flat = x.index_select(axis, index.reshape(-1).long())
    return flat.reshape(*x.shape[:axis], *index.shape, *x.shape[axis + 1 :])


def reshape(tensor: Any, shape: Any, name: Any = None) -> Any:
    t, sizes = convert(tensor), shape_list(shape)
    if -1 not in sizes and math.prod(sizes) != t.numel():
        raise InvalidArgument(
            f"Input to reshape is a tensor with {t.numel()} values, but the requested shape has {math.prod(sizes)} [Op:Reshape]"
        )
    return run(RESHAPE, (t, sizes))


def transpose(a: Any, perm: Any = None, conjugate: bool = False, name: Any = None) -> Any:
    t = convert(a)
    order = list(range(t.dim()))[::-1] if perm is None else shape_list(perm)
    return run(TRANSPOSE, (t, order))


def concat(values: Any, axis: Any, name: Any = None) -> Any:
    return run(CONCAT, (_alike(values), axes_of(axis)))


def _alike(values: Any) -> list[T]:
    """Several values as tensors of one dtype."""
    items = collect(values)
    known = next((v.t.dtype for v in items if isinstance(v, EagerTensor)), None)
    made = [convert(v, like=known) for v in items]
    for i, t in enumerate(made[1:], 1):
        if t.dtype != made[0].dtype:
            first, other = DTYPE_NAMES[made[0].dtype], DTYPE_NAMES[t.dtype]
            error = InvalidArgument(f"cannot compute ConcatV2 as input #{i}(zero-based) was expected to be a {first} tensor but is a {other} tensor [Op:ConcatV2] name: concat")  # fmt: skip
            error.hint = f"tf.cast(x, tf.{first})"
            raise error
    return made


def split(value: Any, num_or_size_splits: Any, axis: int = 0, num: Any = None, name: Any = None) -> Any:
    t, axis = convert(value), axes_of(axis)
    if isinstance(num_or_size_splits, int):
        if t.shape[axis] % num_or_size_splits:
            raise InvalidArgument(
                f"Dimension size, {t.shape[axis]}, is not evenly divided by number of splits, {num_or_size_splits} [Op:Split]"
            )
        sizes: Any = t.shape[axis] // num_or_size_splits
    else:
        sizes = shape_list(num_or_size_splits)
        if -1 in sizes:
            sizes[sizes.index(-1)] = t.shape[axis] - sum(s for s in sizes if s >= 0)
    return run(SPLIT, (t, sizes, axis))


def cast(x: Any, dtype: Any, name: Any = None) -> Any:
    t, wanted = convert(x), dtype_of(dtype)
    if (
        t.is_floating_point()
        and not wanted.is_floating_point
        and wanted != torch.bool
        and not wanted.is_complex
    ):
        t = t.trunc() if not t.requires_grad else t
    return run(CAST, (t, wanted))


def gather(
    params: Any,
    indices: Any,
    validate_indices: Any = None,
    axis: Any = None,
    batch_dims: int = 0,
    name: Any = None,
) -> Any:
    x, index = convert(params), convert(indices)
    if batch_dims:
        return run(
            _made("gather", lambda x, i: torch.take_along_dim(x, i.long(), batch_dims), "indexing"),
            (x, index),
        )
    return run(GATHER, (x, index, 0 if axis is None else axes_of(axis)))


def where(condition: Any, x: Any = None, y: Any = None, name: Any = None) -> Any:
    mask = convert(condition).bool()
    if x is None:
        return run(_made("where", lambda m: m.nonzero(), "indexing"), (mask,))
    a, b = pair("SelectV2", x, y)
    return run(WHERE, (mask, a, b))


def pad(
    tensor: Any, paddings: Any, mode: str = "CONSTANT", constant_values: Any = 0, name: Any = None
) -> Any:
    widths = convert(paddings).tolist()
    flat = [int(v) for pair_ in reversed(widths) for v in pair_]
    kind = {"CONSTANT": "constant", "REFLECT": "reflect", "SYMMETRIC": "replicate"}[mode.upper()]
    return run(PAD, (convert(tensor), flat, kind, float(constant_values) if kind == "constant" else None))


def matmul(a: Any, b: Any, transpose_a: bool = False, transpose_b: bool = False, **kwargs: Any) -> Any:
    left, right = pair("MatMul", a, b)
    left = left.mT if transpose_a else left
    right = right.mT if transpose_b else right
    check_product(left, right)
    return run(BINARY["matmul"], (left, right))


TENSORDOT = _op("tensordot", torch.tensordot, "contraction", "tensordot")


def tensordot(a: Any, b: Any, axes: Any, name: Any = None) -> Any:
    left, right = pair("TensorDot", a, b)
    axes = (
        axes_of(axes)
        if not isinstance(axes, list | tuple)
        else [shape_list(x) if not isinstance(x, int) else [x] for x in axes]
    )
    return run(TENSORDOT, (left, right), {"dims": axes})


def einsum(equation: str, *inputs: Any, **kwargs: Any) -> Any:
    return run(_op("einsum", torch.einsum, "contraction", "einsum"), (equation, *_alike(inputs)))


# ------------------------------------------------------------ creation
CONSTANT = _op("constant", lambda x: x, "creation", "none")


def constant(value: Any, dtype: Any = None, shape: Any = None, name: Any = None) -> Any:
    wanted = None if dtype is None else dtype_of(dtype)
    if isinstance(value, EagerTensor):
        t = value.t.detach()
        if wanted is not None and wanted != t.dtype:
            raise TypeError(
                f"Cannot convert a tensor of dtype {DTYPE_NAMES[t.dtype]} to {DTYPE_NAMES[wanted]}; use tf.cast"
            )
    else:
        t = convert(value, wanted)
    if shape is not None:
        sizes = shape_list(shape)
        running.meter.elements(math.prod(sizes))
        t = t.expand(sizes).clone() if t.dim() == 0 else t.reshape(sizes)
    return run(CONSTANT, (t,))


def _filled(name: str, fn: Callable[..., T]) -> Native:
    op = _op(name, fn, "creation", "first")

    def call(shape: Any, dtype: Any = "float32", name: Any = None, **kwargs: Any) -> Any:
        return run(op, (shape_list(shape),), {"dtype": dtype_of(dtype)})

    return Native(name, call, op.doc)


def _like(name: str, fn: Callable[..., T]) -> Native:
    op = _op(name, fn, "creation")

    def call(input: Any, dtype: Any = None, name: Any = None) -> Any:
        return run(op, (convert(input).detach(),), {} if dtype is None else {"dtype": dtype_of(dtype)})

    return Native(name, call, op.doc)


def fill(dims: Any, value: Any, name: Any = None) -> Any:
    return run(
        _op("fill", lambda size, v: v.expand(size).clone(), "creation", "first"),
        (shape_list(dims), convert(value)),
    )


def eye(
    num_rows: int, num_columns: Any = None, batch_shape: Any = None, dtype: Any = "float32", name: Any = None
) -> Any:
    return run(
        _op("eye", torch.eye, "creation", "square"),
        (num_rows, num_columns or num_rows),
        {"dtype": dtype_of(dtype)},
    )


def range_(start: Any, limit: Any = None, delta: Any = 1, dtype: Any = None, name: Any = None) -> Any:
    low, high = (0, start) if limit is None else (start, limit)
    numbers = [x.t.item() if isinstance(x, EagerTensor) else x for x in (low, high, delta)]
    wanted = (
        dtype_of(dtype)
        if dtype is not None
        else torch.float32
        if any(isinstance(x, float) for x in numbers)
        else torch.int32
    )
    return run(_op("range", torch.arange, "creation", "steps"), tuple(numbers), {"dtype": wanted})


def linspace(start: Any, stop: Any, num: int, name: Any = None, axis: int = 0) -> Any:
    return run(_op("linspace", torch.linspace, "creation", "count"), (float(start), float(stop), int(num)))


def one_hot(
    indices: Any,
    depth: Any,
    on_value: Any = 1.0,
    off_value: Any = 0.0,
    axis: int = -1,
    dtype: Any = "float32",
    name: Any = None,
) -> Any:
    depth = int(kind_of(depth).index(depth))
    t = convert(indices).long()
    running.meter.elements(t.numel() * depth)
    wanted = dtype_of(dtype)

    def make(i: T) -> T:
        hot = i.unsqueeze(-1) == torch.arange(depth)
        return torch.where(
            hot, torch.tensor(on_value, dtype=wanted), torch.tensor(off_value, dtype=wanted)
        ).movedim(-1, axis)

    return run(_op("one_hot", make, "indexing", "none"), (t,))


def meshgrid(*args: Any, indexing: str = "xy", **kwargs: Any) -> Any:
    return list(
        run(_op("meshgrid", torch.meshgrid, "movement", "outer"), tuple(_alike(args)), {"indexing": indexing})
    )


# ------------------------------------------------------------ random
def _random(name: str, sample: Callable[..., T], *defaults: Any) -> Native:
    op = _op(name, sample, "random", "first")

    def call(
        shape: Any, *args: Any, dtype: Any = "float32", seed: Any = None, name: Any = None, **named: Any
    ) -> Any:
        given = [a.t.item() if isinstance(a, EagerTensor) and a.t.dim() == 0 else a for a in args]
        keys = _RANDOM_KEYS[op.name]
        values = dict(zip(keys, defaults, strict=True))
        values.update(zip(keys, given, strict=False))
        values.update(
            {k: (v.t.item() if isinstance(v, EagerTensor) else v) for k, v in named.items() if k in keys}
        )
        if len(given) > len(keys):
            dtype = given[len(keys)]
        return run(op, (shape_list(shape), *(values[k] for k in keys)), {"dtype": dtype_of(dtype)})

    return Native(name, call, op.doc)


_RANDOM_KEYS = {
    "normal": ("mean", "stddev"), "truncated_normal": ("mean", "stddev"), "uniform": ("minval", "maxval"), "poisson": ("lam",), "gamma": ("alpha", "beta"),
}  # fmt: skip


def _uniform(size: list[int], low: Any, high: Any, dtype: torch.dtype) -> T:
    if not dtype.is_floating_point:
        if high is None:
            raise ValueError("Must specify maxval for integer dtype")
        return torch.randint(int(low), int(high), size, dtype=dtype)
    return torch.rand(size, dtype=dtype) * ((1.0 if high is None else float(high)) - float(low)) + float(low)


def _truncated(size: list[int], mean: float, std: float, dtype: torch.dtype) -> T:
    made: T = torch.nn.init.trunc_normal_(
        torch.empty(size, dtype=dtype), mean, std, mean - 2 * std, mean + 2 * std
    )
    return made


def _shuffle(value: Any, seed: Any = None, name: Any = None) -> Any:
    t = convert(value)
    return run(_op("shuffle", lambda x, order: x[order], "indexing", "none"), (t, torch.randperm(len(t))))


def _categorical(
    logits: Any, num_samples: int, dtype: Any = "int64", seed: Any = None, name: Any = None
) -> Any:
    op = _op(
        "categorical",
        lambda x, n: torch.multinomial(torch.softmax(x, -1), n, replacement=True),
        "random",
        "meta",
    )
    return run(op, (convert(logits), int(num_samples)))


def _gamma(shape: list[int], alpha: float, beta: Any, dtype: torch.dtype) -> T:
    made: T = (
        torch.distributions.Gamma(float(alpha), 1.0 if beta is None else float(beta))
        .sample(torch.Size(shape))
        .to(dtype)
    )
    return made


# ------------------------------------------------------------ the rest
def norm(
    tensor: Any, ord: Any = "euclidean", axis: Any = None, keepdims: bool = False, name: Any = None
) -> Any:
    order = {"euclidean": 2, "fro": 2}.get(ord, ord) if isinstance(ord, str) else ord
    t = convert(tensor)
    if not t.is_floating_point() and not t.is_complex():
        error = InvalidArgument(
            f"Value for attr 'T' of {DTYPE_NAMES[t.dtype]} is not in the list of allowed values: half, float, double [Op:EuclideanNorm]"
        )
        error.hint = "tf.cast(x, tf.float32) first"
        raise error
    op = _op(
        "norm",
        lambda x, order, axis=None, keepdim=False: torch.linalg.vector_norm(x, float(order), axis, keepdim),
        "reduction",
        "none",
    )
    return run(op, (t, order), {"axis": axes_of(axis), "keepdim": bool(keepdims)})


def _place(name: str, fn: Callable[..., T]) -> Native:
    def call(input: Any, axis: Any = None, output_type: Any = "int64", name: Any = None) -> Any:
        op = _op(fn.__name__, lambda x, dim: fn(x, dim=dim).to(dtype_of(output_type)), "reduction", "none")
        return run(op, (convert(input), 0 if axis is None else axes_of(axis)))

    return Native(name, call, _ROWS[name].en)


def _sort(values: Any, axis: int = -1, direction: str = "ASCENDING", name: Any = None) -> Any:
    op = _op(
        "sort",
        lambda x, dim, descending: torch.sort(x, dim=dim, descending=descending)[0],
        "indexing",
        "none",
    )
    return run(op, (convert(values), axis, direction.upper() == "DESCENDING"))


def _argsort(
    values: Any, axis: int = -1, direction: str = "ASCENDING", stable: bool = False, name: Any = None
) -> Any:
    op = _op(
        "argsort",
        lambda x, dim, d: torch.argsort(x, dim=dim, descending=d, stable=True).int(),
        "indexing",
        "none",
    )
    return run(op, (convert(values), axis, direction.upper() == "DESCENDING"))


def _top_k(input: Any, k: int = 1, sorted: bool = True, name: Any = None) -> Any:
    values, places = run(
        _op("topk", lambda x, k: tuple(torch.topk(x, k)), "indexing", "none"), (convert(input), int(k))
    )
    return TopK(values, EagerTensor(places.t.int()))


TopK = namedtuple("TopK", ["values", "indices"])
Unique = namedtuple("Unique", ["y", "idx"])


def _unique(x: Any, out_idx: Any = "int32", name: Any = None) -> Any:
    t = convert(x)
    seen: dict[Any, int] = {}
    places = [seen.setdefault(v, len(seen)) for v in t.tolist()]
    return Unique(
        EagerTensor(torch.tensor(list(seen), dtype=t.dtype)),
        EagerTensor(torch.tensor(places, dtype=torch.int32)),
    )


def _cumulative(name: str, fn: Callable[..., T]) -> Native:
    def call(x: Any, axis: int = 0, exclusive: bool = False, reverse: bool = False, name: Any = None) -> Any:
        def total(t: T, axis: int) -> T:
            t = t.flip(axis) if reverse else t
            made = fn(t, axis).to(t.dtype)
            if exclusive:
                made = made - t if fn is torch.cumsum else made / t
            return made.flip(axis) if reverse else made

        return run(_op(fn.__name__, total, "reduction", "none"), (convert(x), axes_of(axis)))

    return Native(name, call)


def _clip(t: Any, low: Any, high: Any, name: Any = None) -> Any:
    x = convert(t)
    return run(
        _op("clip_by_value", torch.clamp, "elementwise"),
        (x, convert(low, like=x.dtype), convert(high, like=x.dtype)),
    )


def _clip_norm(t: Any, limit: Any, axes: Any = None, name: Any = None) -> Any:
    op = _op(
        "clip_by_norm",
        lambda x, m: x * torch.clamp(m / torch.clamp(torch.linalg.vector_norm(x), min=1e-12), max=1.0),
        "elementwise",
    )
    return run(op, (convert(t), float(limit)))


def _global_norm(items: Any) -> Any:
    return EagerTensor(torch.sqrt(sum((convert(x) ** 2).sum() for x in collect(items) if x is not None)))  # type: ignore[arg-type]


def _clip_global(items: Any, limit: Any, use_norm: Any = None, name: Any = None) -> Any:
    total = _global_norm(items)
    scale = torch.clamp(float(limit) / torch.clamp(total.t, min=1e-12), max=1.0)
    return ([None if x is None else EagerTensor(convert(x) * scale) for x in collect(items)], total)


def _variable(
    initial_value: Any = None,
    trainable: bool = True,
    validate_shape: bool = True,
    name: Any = None,
    dtype: Any = None,
    **kwargs: Any,
) -> Variable:
    if isinstance(initial_value, Callable_):
        initial_value = running.call(initial_value)
    wanted = None if dtype is None else dtype_of(dtype)
    t = initial_value.t.detach() if isinstance(initial_value, EagerTensor) else convert(initial_value, wanted)
    return Variable(t if wanted is None else t.to(wanted), trainable, name or "Variable")


def _print(
    *values: Any, sep: str = " ", end: str = "\n", output_stream: Any = None, summarize: int = 3
) -> None:
    shown = [
        str(v.numpy()).replace(". ", " ").replace(".]", "]")
        if isinstance(v, EagerTensor)
        else kind_of(v).text(v)
        for v in values
    ]
    running.write(sep.join(shown) + end)


def _function(function: Any = None, **kwargs: Any) -> Any:
    """tf.function: the lab runs it step by step; the result is the same."""
    return function if function is not None else Native("tf.function", lambda f: f)


def _map(fn: Any, elems: Any, **kwargs: Any) -> Any:
    items = [running.call(fn, (x,)) for x in kind_of(elems).iterate(elems)]
    return run(STACK, (_alike(items), 0))


def _cond(pred: Any, true_fn: Any = None, false_fn: Any = None, name: Any = None) -> Any:
    from freedive.lab.operators import truth

    return running.call(true_fn if truth(pred) else false_fn)


def _while(cond: Any, body: Any, loop_vars: Any, **kwargs: Any) -> Any:
    from freedive.lab.operators import truth

    values = tuple(collect(loop_vars))
    while truth(running.call(cond, values)):
        running.meter.step()
        made = running.call(body, values)
        values = tuple(made) if isinstance(made, list | tuple) else (made,)
    return list(values)


def _scatter(kind: str) -> Callable[..., Any]:
    def call(tensor: Any, indices: Any, updates: Any, name: Any = None) -> Any:
        x, index = convert(tensor), convert(indices).long()
        new = convert(updates, like=x.dtype)

        def change(x: T, i: T, u: T) -> T:
            return x.index_put(tuple(i.movedim(-1, 0)), u, accumulate=kind == "add")

        return run(_op(f"tensor_scatter_nd_{kind}", change, "indexing", "none"), (x, index, new))

    return call


def _scatter_nd(indices: Any, updates: Any, shape: Any, name: Any = None) -> Any:
    new = convert(updates)
    sizes = shape_list(shape)
    running.meter.elements(math.prod(sizes))
    return _scatter("add")(EagerTensor(torch.zeros(sizes, dtype=new.dtype)), indices, EagerTensor(new))


def _slice(input_: Any, begin: Any, size: Any, name: Any = None) -> Any:
    index = tuple(
        slice(b, None if s == -1 else b + s) for b, s in zip(shape_list(begin), shape_list(size), strict=True)
    )
    return run(SLICE, (convert(input_), index))


def _mask_of(lengths: Any, maxlen: Any = None, dtype: Any = "bool", name: Any = None) -> Any:
    t = convert(lengths)
    most = int(t.max()) if maxlen is None else int(maxlen)
    running.meter.elements(t.numel() * max(0, most))
    return EagerTensor((torch.arange(most) < t.unsqueeze(-1)).to(dtype_of(dtype)))


def load() -> None:
    from freedive.lab.dialects.torch.autograd import _quietly

    members = TF.members
    fn: Any
    members.update(
        dict(DTYPES),
        double=DTYPES["float64"],
        half=DTYPES["float16"],
        newaxis=None,
    )
    for name, fn in UNARY.items():
        members[name] = MATH.members[name] = unary(
            name, fn, "activation" if name in ("tanh", "sigmoid") else "elementwise"
        )
    for name, fn in MATH_UNARY.items():
        MATH.members[name] = unary(name, fn)
    for name, fn in PAIRS.items():
        members[name] = MATH.members[name] = binary(name, fn)
    for name, fn in MATH_PAIRS.items():
        MATH.members[name] = binary(name, fn)
    for name, symbol in OPERATORS.items():
        members[name] = MATH.members[name] = operator(name, symbol)
    for name, fn in REDUCTIONS.items():
        members[name] = MATH.members[name] = _reduce(name, fn)
    for name, fn in MATH_REDUCTIONS.items():
        MATH.members[name] = _reduce(name, fn)
    members["logical_not"] = MATH.members["logical_not"]
    for name in ("argmax", "argmin"):
        members[name] = MATH.members[name] = _place(name, getattr(torch, name))
    natives: dict[str, Callable[..., Any]] = {
        "constant": constant, "convert_to_tensor": lambda value, dtype=None, dtype_hint=None, name=None: constant(value, dtype) if not isinstance(value, EagerTensor) else EagerTensor(value.read()),
        "fill": fill, "eye": eye, "range": range_, "linspace": linspace, "one_hot": one_hot, "meshgrid": meshgrid, "reshape": reshape,
        "transpose": transpose, "concat": concat, "split": split, "cast": cast, "gather": gather, "where": where, "pad": pad,
        "stack": lambda values, axis=0, name=None: run(STACK, (_alike(values), axes_of(axis))),
        "unstack": lambda value, num=None, axis=0, name=None: run(UNSTACK, (convert(value), axes_of(axis))),
        "expand_dims": lambda input, axis, name=None: run(EXPAND_DIMS, (convert(input), axes_of(axis))),
        "squeeze": lambda input, axis=None, name=None: run(SQUEEZE, (convert(input), axes_of(axis))),
        "tile": lambda input, multiples, name=None: run(TILE, (convert(input), shape_list(multiples))),
        "broadcast_to": lambda input, shape, name=None: run(BROADCAST, (convert(input), shape_list(shape))),
        "repeat": lambda input, repeats, axis=None, name=None: run(REPEAT, (convert(input), repeats if isinstance(repeats, int) else convert(repeats).long(), axes_of(axis))),
        "reverse": lambda tensor, axis, name=None: run(REVERSE, (convert(tensor), shape_list(axis))),
        "roll": lambda input, shift, axis, name=None: run(ROLL, (convert(input), shift, axes_of(axis))),
        "boolean_mask": lambda tensor, mask, axis=None, name=None: run(MASK, (convert(tensor), convert(mask).bool())),
        "gather_nd": lambda params, indices, **k: run(GATHER_ND, (convert(params), convert(indices).long())),
        "matmul": matmul, "tensordot": tensordot, "einsum": einsum, "norm": norm, "sort": _sort, "argsort": _argsort, "unique": _unique,
        "clip_by_value": _clip, "clip_by_norm": _clip_norm, "clip_by_global_norm": _clip_global, "print": _print,
        "identity": lambda input, name=None: run(_op("identity", torch.clone, "elementwise"), (convert(input),)),
        "stop_gradient": lambda input, name=None: EagerTensor(convert(input).detach()), "map_fn": _map, "vectorized_map": _map,
        "cond": _cond, "while_loop": _while, "is_tensor": lambda x: isinstance(x, EagerTensor), "slice": _slice, "sequence_mask": _mask_of,
        "shape": lambda input, out_type="int32", name=None: EagerTensor(torch.tensor(list(convert(input).shape), dtype=dtype_of(out_type))),
        "size": lambda input, out_type="int32", name=None: EagerTensor(torch.tensor(convert(input).numel(), dtype=dtype_of(out_type))),
        "rank": lambda input, name=None: EagerTensor(torch.tensor(convert(input).dim(), dtype=torch.int32)),
        "tensor_scatter_nd_update": _scatter("update"), "tensor_scatter_nd_add": _scatter("add"), "scatter_nd": _scatter_nd,
        "complex": lambda real, imag, name=None: run(_op("complex", torch.complex, "elementwise"), pair("Complex", real, imag)),
        "executing_eagerly": lambda: True, "function": _function, "ensure_shape": lambda x, shape, name=None: x,
        "no_op": lambda name=None: None, "searchsorted": lambda s, v, side="left", **k: EagerTensor(torch.searchsorted(convert(s), convert(v), side=side).int()),
        "zeros_initializer": lambda: Native("zeros", lambda shape, dtype="float32": EagerTensor(torch.zeros(shape_list(shape), dtype=dtype_of(dtype)))),
        "ones_initializer": lambda: Native("ones", lambda shape, dtype="float32": EagerTensor(torch.ones(shape_list(shape), dtype=dtype_of(dtype)))),
        "random_normal_initializer": lambda mean=0.0, stddev=0.05, seed=None: Native("normal", lambda shape, dtype="float32": RANDOM.members["normal"].call((shape, mean, stddev), {"dtype": dtype})),
        "random_uniform_initializer": lambda minval=-0.05, maxval=0.05, seed=None: Native("uniform", lambda shape, dtype="float32": RANDOM.members["uniform"].call((shape, minval, maxval), {"dtype": dtype})),
    }  # fmt: skip
    for name, function in natives.items():
        if function is not None:
            row = _ROWS.get(name)
            members[name] = Native(
                name, function, f"{row.en}\n{row.zh}\n\nexample in torch: {row.example}" if row else ""
            )
    for name, fn in (("zeros", torch.zeros), ("ones", torch.ones)):
        members[name] = _filled(name, fn)
    for name, fn in (("zeros_like", torch.zeros_like), ("ones_like", torch.ones_like)):
        members[name] = _like(name, fn)
    members["Variable"] = TypeRef(
        "Variable", Variable, _variable, module="tensorflow", doc="A tensor that can be assigned to."
    )
    members["Tensor"] = TypeRef("Tensor", EagerTensor, module="tensorflow")
    members["TensorShape"] = TypeRef(
        "TensorShape", TensorShape, lambda sizes: TensorShape(collect(sizes)), module="tensorflow"
    )
    members["TensorSpec"] = Native("TensorSpec", lambda *a, **k: None)
    MATH.members.update(
        top_k=Native("top_k", _top_k), cumsum=_cumulative("cumsum", torch.cumsum), cumprod=_cumulative("cumprod", torch.cumprod),
        add_n=Native("add_n", lambda items, name=None: EagerTensor(sum(_alike(items)))), count_nonzero=Native("count_nonzero", lambda x, axis=None, **k: run(_op("count_nonzero", lambda t: torch.count_nonzero(t, axes_of(axis)), "reduction"), (convert(x),))),  # type: ignore[arg-type]
        l2_normalize=Native("l2_normalize", lambda x, axis=None, epsilon=1e-12, name=None: run(_op("l2_normalize", lambda t: t / torch.sqrt(torch.clamp((t * t).sum(axes_of(axis), keepdim=True) if axis is not None else (t * t).sum(), min=epsilon)), "elementwise"), (convert(x),))),
        confusion_matrix=Native("confusion_matrix", _confusion), bincount=Native("bincount", lambda x, **k: EagerTensor(torch.bincount(convert(x).reshape(-1)).int())),
        in_top_k=Native("in_top_k", lambda targets, predictions, k, name=None: EagerTensor(torch.tensor([int(t) in p.topk(k).indices.tolist() for t, p in zip(convert(targets), convert(predictions), strict=True)]))),
        argmax=members["argmax"], argmin=members["argmin"],
    )  # fmt: skip
    members.update(cumsum=MATH.members["cumsum"], add_n=MATH.members["add_n"])
    RANDOM.members.update(
        normal=_random("normal", lambda size, mean, std, dtype: torch.randn(size, dtype=dtype) * std + mean, 0.0, 1.0),
        uniform=_random("uniform", _uniform, 0, None), truncated_normal=_random("truncated_normal", _truncated, 0.0, 1.0),
        poisson=_random("poisson", lambda size, lam, dtype: torch.poisson(torch.full(size, float(lam))).to(dtype), 1.0),
        gamma=_random("gamma", _gamma, 1.0, None), shuffle=Native("shuffle", _shuffle, "Rows in random order."),
        categorical=Native("categorical", _categorical), set_seed=Native("set_seed", lambda seed: torch.manual_seed(int(seed)) and None),
    )  # fmt: skip
    _add_linalg(_quietly)
    members.update(math=MATH, linalg=LINALG, random=RANDOM)
    errors = Namespace("tensorflow.errors", {"InvalidArgumentError": _error_class()})
    members["errors"] = errors
    config = Namespace(
        "tensorflow.config",
        {
            "list_physical_devices": Native(
                "list_physical_devices",
                lambda kind="CPU": (
                    []
                    if "GPU" in str(kind)
                    else ["PhysicalDevice(name='/physical_device:CPU:0', device_type='CPU')"]
                ),
            )
        },
    )
    config.members["experimental"] = Namespace(
        "tensorflow.config.experimental",
        {
            "set_memory_growth": Native("set_memory_growth", lambda *a: None),
            "list_physical_devices": config.members["list_physical_devices"],
        },
    )
    members["config"] = config
    members["test"] = Namespace(
        "tensorflow.test", {"is_gpu_available": Native("is_gpu_available", lambda: False)}
    )
    debugging = Namespace("tensorflow.debugging")
    for name in ("assert_equal", "assert_near", "assert_greater", "assert_less", "assert_positive"):
        debugging.members[name] = Native(name, _assertion(name))
    members["debugging"] = debugging
    members["dtypes"] = Namespace("tensorflow.dtypes", {**DTYPES, "cast": members["cast"]})
    publish(TF, MATH, LINALG, RANDOM, errors, config)


def _error_class() -> Any:
    from freedive.lab.exceptions import ErrorClass

    made = ErrorClass(InvalidArgument)
    made.name = "InvalidArgumentError"
    return made


def _assertion(name: str) -> Callable[..., None]:
    def check(x: Any, y: Any = 0, *args: Any, **kwargs: Any) -> None:
        a = convert(x)
        b = convert(y, like=a.dtype)
        tests = {"assert_equal": a == b, "assert_near": torch.isclose(a.double(), b.double(), atol=1e-5), "assert_greater": a > b, "assert_less": a < b, "assert_positive": a > 0}  # fmt: skip
        if not bool(tests[name].all()):
            raise InvalidArgument(
                f"{name} failed: {kind_of(wrap(a)).repr(wrap(a))} against {kind_of(wrap(b)).repr(wrap(b))}"
            )

    return check


def _confusion(labels: Any, predictions: Any, num_classes: Any = None, **kwargs: Any) -> Any:
    a, b = convert(labels).long(), convert(predictions).long()
    size = int(max(a.max(), b.max())) + 1 if num_classes is None else int(num_classes)
    running.meter.elements(size * size)
    return EagerTensor(torch.bincount(a * size + b, minlength=size * size).reshape(size, size).int())


def _add_linalg(_: Any) -> None:
    def simple(name: str, fn: Callable[..., Any], rule: str, kind: str = "contraction") -> Native:
        op = _op(name, fn, kind, rule)
        return Native(name, lambda x, *args, **kwargs: run(op, (convert(x), *[convert(a) for a in args])))

    solve = _op("solve", torch.linalg.solve, "contraction", "solve")
    LINALG.members.update(
        inv=simple("inv", torch.linalg.inv, "solve"), pinv=simple("pinv", torch.linalg.pinv, "svd"), det=simple("det", torch.linalg.det, "lu"),
        eigh=simple("eigh", lambda x: tuple(torch.linalg.eigh(x)), "eig"), eigvalsh=simple("eigvalsh", torch.linalg.eigvalsh, "eig"),
        eig=simple("eig", lambda x: tuple(torch.linalg.eig(x)), "svd"), qr=simple("qr", lambda x: tuple(torch.linalg.qr(x)), "svd"),
        svd=simple("svd", _svd, "svd"), cholesky=simple("cholesky", torch.linalg.cholesky, "lu"), trace=simple("trace", lambda x: torch.diagonal(x, dim1=-2, dim2=-1).sum(-1), "none", "reduction"),
        diag=simple("diag", torch.diag_embed, "diagonal", "movement"), diag_part=simple("diag_part", lambda x: torch.diagonal(x, dim1=-2, dim2=-1), "none", "movement"),
        matvec=simple("matvec", lambda a, b: (a @ b.unsqueeze(-1)).squeeze(-1), "none"), expm=simple("expm", torch.matrix_exp, "svd"),
        solve=Native("solve", lambda matrix, rhs, **k: run(solve, pair("MatrixSolve", matrix, rhs))),
        norm=TF.members["norm"], matmul=TF.members["matmul"], eye=TF.members["eye"], tensordot=TF.members["tensordot"], einsum=TF.members["einsum"],
        matrix_transpose=Native("matrix_transpose", lambda a, **k: run(_op("matrix_transpose", lambda x: x.mT, "movement", "none"), (convert(a),))),
        matrix_rank=simple("matrix_rank", lambda x: torch.linalg.matrix_rank(x).int(), "svd"),
        band_part=Native("band_part", lambda x, low, high: run(_op("band_part", lambda t: (torch.tril(t, high) if high >= 0 else t) if low < 0 else torch.triu(torch.tril(t, high) if high >= 0 else t, -low), "movement", "none"), (convert(x),))),
        cross=Native("cross", lambda a, b, **k: run(_op("cross", torch.linalg.cross, "elementwise"), pair("Cross", a, b))),
    )  # fmt: skip
    LINALG.members["l2_normalize"] = MATH.members["l2_normalize"]


def _svd(x: T) -> tuple[T, T, T]:
    u, s, vh = torch.linalg.svd(x, full_matrices=False)
    return s, u, vh.mH
