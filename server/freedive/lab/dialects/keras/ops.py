"""keras.ops: NumPy's names on tensors, with Keras's promotion of dtypes, over the same torch functions as the rest.

Over 400 lines: tables of two hundred functions, and the few that need more than a line.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import torch
import torch.nn.functional as F

from freedive.lab.arrays import DTYPE_NAMES
from freedive.lab.dialects.keras import numeric
from freedive.lab.dialects.keras.dtypes import PLAIN_ARE_TENSORS, WIDE, check, promoted, summed, widened
from freedive.lab.dialects.keras.functions import ACTIVATIONS, KERAS
from freedive.lab.dialects.keras.layer import KerasTensor, placed, probed
from freedive.lab.dialects.keras.losses import LOSSES
from freedive.lab.dialects.tensorflow.namespaces import LINALG, MATH, NN, RANDOM, TF
from freedive.lab.dialects.tensorflow.reductions import axes_of
from freedive.lab.dialects.tensorflow.shapes import STACK, _alike
from freedive.lab.dialects.tensorflow.tensors import EagerTensor, convert, dtype_of, run
from freedive.lab.door import Op
from freedive.lab.importing import publish
from freedive.lab.kinds import Native, kind_of
from freedive.lab.namespaces import Namespace
from freedive.lab.operators import collect, truth
from freedive.lab.running import running
from freedive.lab.tables import counterparts

T = torch.Tensor


_ROWS = {**counterparts("np"), **counterparts("keras")}
"""What Keras calls as NumPy does means what it means there."""


def _info(name: str) -> Any:
    return _ROWS.get(f"ops.{name}") or _ROWS.get(name)


def _float(t: T, name: str = "") -> T:
    if t.is_floating_point() or t.is_complex():
        return t
    return t.double() if name in WIDE and t.dtype == torch.int64 else t.float()


def _two(a: Any, b: Any, name: str = "") -> tuple[T, T]:
    """Two operands of one dtype, by Keras's rules: a float wins, plain numbers bend to the tensor beside them."""
    left = convert(a, like=None if not isinstance(b, EagerTensor) or _bends(a, b, name) else b.t.dtype)
    right = convert(b, like=None if not isinstance(a, EagerTensor) or _bends(b, a, name) else a.t.dtype)
    if left.dtype != right.dtype:
        wanted = promoted(left.dtype, right.dtype)
        left, right = left.to(wanted), right.to(wanted)
    check(name, left.dtype)
    return left, right


def _bends(value: Any, beside: EagerTensor, name: str) -> bool:
    """Whether a plain number says more than the tensor beside it can hold."""
    if isinstance(value, int | float) and not isinstance(value, bool) and name in PLAIN_ARE_TENSORS:
        return True
    if type(value) is int:
        return beside.t.dtype == torch.bool
    return isinstance(value, float) and not beside.t.is_floating_point()


def _pairs(name: str, fn: Callable[[T, T], T], floats: bool = False) -> Native:
    op = Op(name, fn, "elementwise", info=_info(name))

    def call(x1: Any, x2: Any) -> Any:
        a, b = _two(x1, x2, name)
        return run(op, (_float(a, name), _float(b, name)) if floats else (a, b))

    return Native(name, call, op.doc)


def _each(name: str, fn: Callable[[T], T], floats: bool = False, kind: str = "elementwise") -> Native:
    op = Op(name, fn, kind, info=_info(name))

    def call(x: Any) -> Any:
        t = convert(x)
        check(name, t.dtype)
        return run(op, (_float(t, name) if floats else t,))

    return Native(name, call, op.doc)


def _over(name: str, fn: Callable[..., T], floats: bool = False) -> Native:
    op = Op(name, fn, "reduction", "none", info=_info(name))

    def call(x: Any, axis: Any = None, keepdims: bool = False, **kwargs: Any) -> Any:
        t = convert(x)
        check(name, t.dtype)
        given = t.dtype
        t = _float(t) if floats else summed(t) if name in ("sum", "prod") else t
        t = t.int() if given == torch.uint8 and name in ("sum", "prod") else t
        axes = axes_of(axis)
        made = run(op, (t, list(range(t.dim())) if axes is None else axes, bool(keepdims)), kwargs)
        return EagerTensor(widened(name, given, made.t)) if given == torch.uint8 else made

    return Native(name, call, op.doc)


def _one_by_one(fn: Callable[..., T]) -> Callable[..., T]:
    def reduce(x: T, axis: Any, keepdim: bool = False) -> T:
        for a in sorted(([axis] if isinstance(axis, int) else axis), key=lambda a: -(a % max(1, x.dim()))):
            x = fn(x, a, keepdim)
        return x

    return reduce


def _moved(
    name: str, fn: Callable[..., Any], *, kind: str = "movement", rule: str = "none", floats: bool = False
) -> Native:
    """A function of one tensor and plain arguments."""
    op = Op(name, fn, kind, rule, info=_info(name))

    def call(x: Any, *args: Any, **kwargs: Any) -> Any:
        t = convert(x)
        check(name, t.dtype)
        t = _float(t) if floats else t
        plain = {k: _plain(v) for k, v in kwargs.items() if k not in ("dtype", "name")}
        return run(op, (t, *[_plain(a) for a in args]), plain)

    return Native(name, call, op.doc)


def _plain(value: Any) -> Any:
    if isinstance(value, EagerTensor):
        return value.t
    return [_plain(v) for v in value] if isinstance(value, list | tuple) else value


def _place(name: str, fn: Callable[..., T]) -> Native:
    def pick(x: T, axis: Any = None, keepdims: bool = False) -> T:
        return fn(
            _countable(x.reshape(-1) if axis is None else x),
            dim=0 if axis is None else int(axis),
            keepdim=bool(keepdims),
        ).int()

    return _moved(name, pick, kind="reduction")


def _countable(x: T) -> T:
    return x.int() if x.dtype == torch.bool else x


def _list_of(name: str, fn: Callable[..., T]) -> Native:
    op = Op(name, fn, "movement", "stack", info=_info(name))

    def call(xs: Any, axis: int = 0) -> Any:
        items = [convert(x) for x in collect(xs)]
        wanted = items[0].dtype
        for t in items[1:]:
            wanted = promoted(wanted, t.dtype)
        return run(op, ([t.to(wanted) for t in items], int(axis)))

    return Native(name, call, op.doc)


def _split(x: T, indices_or_sections: Any, axis: int = 0) -> list[T]:
    if isinstance(indices_or_sections, int):
        if x.shape[axis] % indices_or_sections:
            raise ValueError("array split does not result in an equal division")
        return list(torch.split(x, x.shape[axis] // indices_or_sections, axis))
    cuts = [0, *[int(i) for i in indices_or_sections], x.shape[axis]]
    return [x.narrow(axis, a, b - a) for a, b in pairwise(cuts)]


def _pad(x: T, pad_width: Any, mode: str = "constant", constant_values: Any = None) -> T:
    widths = [[pad_width, pad_width]] * x.dim() if isinstance(pad_width, int) else list(pad_width)
    if isinstance(widths[0], int):
        widths = [widths] * x.dim()
    flat = [int(v) for pair in reversed(widths) for v in pair]
    running.meter.elements(
        int(torch.tensor([s + sum(p) for s, p in zip(x.shape, widths, strict=True)]).prod())
    )
    return F.pad(x, flat, "constant", float(constant_values or 0))


def _take(x: T, indices: Any, axis: Any = None) -> T:
    places = torch.as_tensor(indices).long()
    flat = x.reshape(-1) if axis is None else x
    at = 0 if axis is None else int(axis) % x.dim()
    places = torch.where(places < 0, places + flat.shape[at], places)
    return flat.index_select(at, places.reshape(-1)).reshape(
        *flat.shape[:at], *places.shape, *flat.shape[at + 1 :]
    )


def _dot(a: T, b: T) -> T:
    return (
        a * b
        if not a.dim() or not b.dim()
        else torch.matmul(a, b)
        if b.dim() <= 2
        else torch.tensordot(a, b, ([-1], [-2]))
    )


def _cond(pred: Any, true_fn: Any, false_fn: Any) -> Any:
    return running.call(true_fn if truth(pred) else false_fn)


def _fori(lower: Any, upper: Any, body_fun: Any, init_val: Any) -> Any:
    value = init_val
    for k in range(int(kind_of(lower).index(lower)), int(kind_of(upper).index(upper))):
        running.meter.step()
        value = running.call(body_fun, (k, value))
    return EagerTensor(convert(value)) if isinstance(value, int | float) else value


def _scan(
    f: Any, init: Any, xs: Any = None, length: Any = None, reverse: bool = False, unroll: Any = 1
) -> Any:
    carry, outs = init, []
    rows = _rows_of(xs) if xs is not None else [None] * int(length)
    for row in rows[::-1] if reverse else rows:
        running.meter.step()
        carry, out = collect(running.call(f, (carry, row)))
        outs.append(out)
    made = run(STACK, (_alike(outs[::-1] if reverse else outs, "Pack", "stack"), 0))
    return (carry, made)


def _rows_of(xs: Any) -> list[Any]:
    return (xs if isinstance(xs, EagerTensor) else EagerTensor(convert(xs))).rows()


def _map(f: Any, xs: Any) -> Any:
    return TF.members["map_fn"].call((f, xs), {})


def _on_places(native: Native) -> Native:
    """The same function on places of a functional model: it becomes a step of the model."""

    def call(*args: Any, **kwargs: Any) -> Any:
        flat = [x for a in (*args, *kwargs.values()) for x in (a if isinstance(a, list | tuple) else [a])]
        places = [x for x in flat if isinstance(x, KerasTensor)]
        if not places:
            return native.call(args, kwargs)

        def make(values: list[Any]) -> Any:
            found = iter(values)

            def real(value: Any) -> Any:
                if isinstance(value, KerasTensor):
                    return next(found)
                return (
                    [real(v) for v in value]
                    if isinstance(value, list | tuple) and any(isinstance(v, KerasTensor) for v in value)
                    else value
                )

            return native.call(tuple(real(a) for a in args), {k: real(v) for k, v in kwargs.items()})

        return placed(probed(make, places), places, None, make)

    return Native(native.name, call, native.doc)


def _magnitude(x: T) -> T:
    return x if x.dtype == torch.bool else torch.abs(x)


_UNARY: dict[str, Callable[[T], T]] = {
    "abs": _magnitude, "absolute": _magnitude, "negative": torch.neg, "sign": torch.sign, "square": lambda x: torch.square(x.int() if x.dtype == torch.bool else x), "isnan": torch.isnan,
    "isinf": torch.isinf, "isfinite": torch.isfinite, "logical_not": torch.logical_not, "relu": F.relu, "relu6": F.relu6, "copy": torch.clone,
    "bitwise_not": torch.bitwise_not, "nan_to_num": torch.nan_to_num, "conjugate": torch.conj, "real": torch.real, "imag": lambda x: torch.imag(x) if x.is_complex() else torch.zeros_like(x), "signbit": torch.signbit,
}  # fmt: skip
_FLOATS: dict[str, Callable[[T], T]] = {
    "exp": torch.exp, "exp2": torch.exp2, "expm1": torch.expm1, "log": torch.log, "log1p": torch.log1p, "log2": torch.log2, "log10": torch.log10,
    "sqrt": torch.sqrt, "rsqrt": torch.rsqrt, "sin": torch.sin, "cos": torch.cos, "tan": torch.tan, "arcsin": torch.asin, "arccos": torch.acos,
    "arctan": torch.atan, "sinh": torch.sinh, "cosh": torch.cosh, "tanh": torch.tanh, "arcsinh": torch.asinh, "arccosh": torch.acosh, "arctanh": torch.atanh,
    "sigmoid": torch.sigmoid, "reciprocal": torch.reciprocal, "erf": torch.erf, "erfinv": torch.erfinv, "floor": torch.floor, "ceil": torch.ceil,
    "softplus": F.softplus, "softsign": F.softsign, "silu": F.silu, "swish": F.silu, "elu": F.elu, "selu": F.selu, "log_sigmoid": F.logsigmoid,
    "hard_sigmoid": lambda x: torch.clamp(x / 6 + 0.5, 0, 1), "hard_silu": F.hardswish, "mish": F.mish, "hard_tanh": F.hardtanh, "soft_sign": F.softsign,
}  # fmt: skip
_BINARY: dict[str, Callable[[T, T], T]] = {
    "add": torch.add, "subtract": torch.sub, "multiply": torch.mul, "maximum": torch.maximum, "minimum": torch.minimum, "power": torch.pow,
    "mod": torch.remainder, "floor_divide": torch.floor_divide, "equal": torch.eq, "not_equal": torch.ne, "less": torch.lt, "less_equal": torch.le,
    "greater": torch.gt, "greater_equal": torch.ge, "logical_and": torch.logical_and, "logical_or": torch.logical_or, "logical_xor": torch.logical_xor,
    "bitwise_and": torch.bitwise_and, "bitwise_or": torch.bitwise_or, "bitwise_xor": torch.bitwise_xor,
}  # fmt: skip
_REDUCED: dict[str, Callable[..., T]] = {
    "sum": lambda x, d, k: torch.sum(x, d, k, dtype=x.dtype), "max": torch.amax, "min": torch.amin, "amax": torch.amax, "amin": torch.amin,
    "prod": _one_by_one(lambda x, a, k: torch.prod(x, a, keepdim=k, dtype=x.dtype)), "all": _one_by_one(lambda x, a, k: torch.all(x.bool(), a, k)), "any": _one_by_one(lambda x, a, k: torch.any(x.bool(), a, k)),
    "count_nonzero": lambda x, d, k: (x != 0).sum(d, dtype=torch.int32),
}  # fmt: skip
_REDUCED_FLOATS: dict[str, Callable[..., T]] = {
    "mean": torch.mean, "std": lambda x, d, k: torch.std(x, d, correction=0, keepdim=k), "var": lambda x, d, k: torch.var(x, d, correction=0, keepdim=k),
    "logsumexp": torch.logsumexp,
}  # fmt: skip


def _median(x: T, axis: Any = None, keepdims: bool = False) -> T:
    wide = x if x.dtype == torch.float64 else x.float()
    return torch.quantile(
        wide.reshape(-1) if axis is None else wide, 0.5, None if axis is None else int(axis), bool(keepdims)
    ).to(x.dtype)


def _quantile(x: T, q: Any, axis: Any = None, method: str = "linear", keepdims: bool = False) -> T:
    return torch.quantile(
        x.reshape(-1) if axis is None else x,
        torch.as_tensor(q, dtype=x.dtype),
        None if axis is None else int(axis),
        bool(keepdims),
    )


def _average(x: T, axis: Any = None, weights: Any = None) -> T:
    w = torch.ones_like(x) if weights is None else torch.as_tensor(weights, dtype=x.dtype)
    return (x * w).sum() / w.sum() if axis is None else (x * w).sum(axis) / w.sum(axis)


def _flip(x: T, axis: Any = None) -> T:
    return x.flip(list(range(x.dim())) if axis is None else axis)


def _normalize(x: T, axis: int = -1, order: int = 2, epsilon: Any = None) -> T:
    return F.normalize(x, float(order), int(axis), float(epsilon or 1e-7))


def _summed(x: T, axis: Any = None) -> T:
    x = _countable(x)
    return torch.cumsum(x.reshape(-1) if axis is None else x, 0 if axis is None else int(axis), dtype=x.dtype)


def _multiplied(x: T, axis: Any = None) -> T:
    x = _countable(x)
    return torch.cumprod(
        x.reshape(-1) if axis is None else x, 0 if axis is None else int(axis), dtype=x.dtype
    )


def _traced(x: T) -> T:
    wide: T = x.int().sum(-1, dtype=torch.int32) if x.dtype == torch.uint8 else summed(x)
    made: T = widened("trace", x.dtype, wide) if x.dtype == torch.uint8 else wide.sum(-1, dtype=wide.dtype)
    return made


def _updated(x: T, start: Any, new: Any) -> T:
    made = x.clone()
    piece = torch.as_tensor(new, dtype=x.dtype)
    made[tuple(slice(int(a), int(a) + s) for a, s in zip(start, piece.shape, strict=True))] = piece
    return made


_ONE: dict[str, tuple[Callable[..., Any], str]] = {
    "reshape": (lambda x, newshape: x.reshape(newshape if isinstance(newshape, list | tuple) else [newshape]), "movement"),
    "transpose": (lambda x, axes=None: x.permute(list(range(x.dim()))[::-1] if axes is None else axes), "movement"),
    "swapaxes": (lambda x, axis1, axis2: x.transpose(axis1, axis2), "movement"), "moveaxis": (lambda x, source, destination: x.movedim(source, destination), "movement"),
    "expand_dims": (lambda x, axis: x.unsqueeze(axis), "movement"), "squeeze": (lambda x, axis=None: x.squeeze() if axis is None else x.squeeze(axis), "movement"),
    "ravel": (lambda x: x.reshape(-1), "movement"), "flip": (_flip, "movement"), "roll": (lambda x, shift, axis=None: torch.roll(x, shift, axis), "movement"),
    "rot90": (lambda x, k=1, axes=(0, 1): torch.rot90(x, k, axes), "movement"), "tril": (lambda x, k=0: x.tril(k), "movement"), "triu": (lambda x, k=0: x.triu(k), "movement"),
    "diagonal": (lambda x, offset=0, axis1=0, axis2=1: torch.diagonal(x, offset, axis1, axis2), "movement"), "split": (_split, "movement"), "unstack": (lambda x, num=None, axis=0: list(x.unbind(axis)), "movement"),
    "trace": (lambda x, offset=0, axis1=0, axis2=1: _traced(torch.diagonal(x, offset, axis1, axis2)), "reduction"),
    "take": (_take, "indexing"), "take_along_axis": (lambda x, indices, axis=None: torch.take_along_dim(x, torch.as_tensor(indices).long(), axis), "indexing"),
    "sort": (lambda x, axis=-1: torch.sort(x, dim=axis)[0], "indexing"), "argsort": (lambda x, axis=-1: torch.argsort(x, dim=axis, stable=True).int(), "indexing"),
    "cumsum": (_summed, "reduction"), "cumprod": (_multiplied, "reduction"), "diff": (lambda a, n=1, axis=-1: torch.diff(a, n, axis), "reduction"),
    "stop_gradient": (lambda x: x.detach(), "elementwise"), "slice": (lambda x, start, shape: x[tuple(slice(int(a), int(a) + int(n)) for a, n in zip(start, shape, strict=True))], "indexing"),
    "slice_update": (_updated, "indexing"), "digitize": (lambda x, bins: torch.bucketize(x, torch.as_tensor(bins, dtype=x.dtype), right=True).int(), "indexing"),
    "nonzero": (lambda x: [p.int() for p in x.nonzero(as_tuple=True)], "indexing"), "clip": (lambda x, low, high: torch.clamp(x, low, high), "elementwise"),
    "round": (lambda x, decimals=0: torch.round(x, decimals=decimals) if x.is_floating_point() else x, "elementwise"),
}  # fmt: skip
_ONE_FLOAT: dict[str, tuple[Callable[..., Any], str]] = {
    "softmax": (lambda x, axis=-1: torch.softmax(x, axis), "activation"), "log_softmax": (lambda x, axis=-1: torch.log_softmax(x, axis), "activation"),
    "gelu": (lambda x, approximate=True: F.gelu(x, approximate="tanh" if approximate else "none"), "activation"),
    "leaky_relu": (lambda x, negative_slope=0.2: F.leaky_relu(x, negative_slope), "activation"), "celu": (lambda x, alpha=1.0: F.celu(x, alpha), "activation"),
    "median": (_median, "reduction"), "quantile": (_quantile, "reduction"), "average": (_average, "reduction"), "normalize": (_normalize, "elementwise"),
    "norm": (lambda x, ord=None, axis=None, keepdims=False: torch.linalg.norm(x, ord, axis, keepdims), "reduction"),
}  # fmt: skip


def _grown(name: str, fn: Callable[..., T], rule: str) -> Native:
    return _moved(name, fn, rule=rule)


def _made(name: str) -> Native:
    """A creation function of TensorFlow with float32 where nothing else is said."""
    tf = TF.members[
        {"full": "fill", "array": "convert_to_tensor", "arange": "range", "identity": "eye"}.get(name, name)
    ]

    def call(*args: Any, dtype: Any = None, **kwargs: Any) -> Any:
        made = tf.call(args, kwargs)
        return made if dtype is None else EagerTensor(made.t.to(dtype_of(dtype)))

    return Native(name, call)


def _linspace(
    start: Any,
    stop: Any,
    num: Any = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: Any = None,
    axis: int = 0,
) -> Any:
    count = int(num)
    low, high = _float(convert(start)).float(), _float(convert(stop)).float()
    made = TF.members["linspace"].call((EagerTensor(low), EagerTensor(high), count + (not endpoint)), {})
    return made if endpoint else EagerTensor(made.t[:-1])


def _where(condition: Any, x1: Any = None, x2: Any = None) -> Any:
    mask = convert(condition).bool()
    if x1 is None:
        return [EagerTensor(p.int()) for p in mask.nonzero(as_tuple=True)]
    return run(Op("where", torch.where, "indexing", "", moves=(1, 2)), (mask, *_two(x1, x2)))


def _top_k(x: Any, k: int, sorted: bool = True) -> Any:
    return MATH.members["top_k"].call((x, k), {})


def _pool(how: str) -> Native:
    def call(
        inputs: Any, pool_size: Any, strides: Any = None, padding: str = "valid", data_format: Any = None
    ) -> Any:
        axes = convert(inputs).dim() - 2
        fn = NN.members[f"{how}_pool{axes}d"]
        return fn.call((inputs, pool_size, pool_size if strides is None else strides, padding.upper()), {})

    return Native(f"{how}_pool", call)


def _conv(
    inputs: Any,
    kernel: Any,
    strides: Any = 1,
    padding: str = "valid",
    data_format: Any = None,
    dilation_rate: Any = 1,
) -> Any:
    axes = convert(inputs).dim() - 2
    return NN.members[f"conv{axes}d"].call(
        (inputs, kernel, strides, padding.upper()), {"dilations": dilation_rate}
    )


def _loss(name: str) -> Native:
    def call(target: Any, output: Any, from_logits: bool = False, axis: int = -1) -> Any:
        y, p = convert(target), _float(convert(output))
        fn = LOSSES[name][1]
        if name == "BinaryCrossentropy":
            q = torch.sigmoid(p) if from_logits else p
            q = q.clamp(1e-7, 1 - 1e-7)
            return run(
                Op("binary_crossentropy", lambda y, q: -(y * q.log() + (1 - y) * (1 - q).log()), "loss"),
                (y.to(p.dtype), q),
            )
        given = y if name.startswith("Sparse") else y.to(p.dtype)
        return run(
            Op(LOSSES[name][0], lambda y, p: fn(y, p, from_logits=bool(from_logits)), "loss", "none"),
            (given, p),
        )

    return Native(LOSSES[name][0], call)


def _random() -> Namespace:
    def draws(name: str) -> Native:
        return Native(
            name,
            lambda shape, *args, dtype=None, seed=None, **kwargs: RANDOM.members[name].call(
                (shape, *args), {**kwargs, "dtype": dtype or "float32"}
            ),
        )

    def randint(shape: Any, minval: Any, maxval: Any, dtype: Any = "int32", seed: Any = None) -> Any:
        return RANDOM.members["uniform"].call((shape, minval, maxval), {"dtype": dtype})

    def dropout(inputs: Any, rate: Any, noise_shape: Any = None, seed: Any = None) -> Any:
        return NN.members["dropout"].call((inputs,), {"rate": rate})

    space = Namespace(
        "keras.random", {name: draws(name) for name in ("normal", "uniform", "truncated_normal")}
    )
    space.members.update(
        randint=Native("randint", randint), dropout=Native("dropout", dropout), shuffle=Native("shuffle", lambda x, axis=0, seed=None: RANDOM.members["shuffle"].call((x,), {})),
        categorical=Native("categorical", lambda logits, num_samples, dtype="int32", seed=None: RANDOM.members["categorical"].call((logits, num_samples), {"dtype": dtype})),
        SeedGenerator=Native("SeedGenerator", lambda seed=None, **k: seed if seed is not None else 0),
    )  # fmt: skip
    return space


def load() -> None:
    space = Namespace("keras.ops", doc="NumPy-like functions on tensors.")
    tf = TF.members
    made: dict[str, Native] = {}
    made |= {name: _each(name, fn) for name, fn in _UNARY.items()}
    made |= {
        name: _each(name, fn, True, "activation" if name in ACTIVATIONS else "elementwise")
        for name, fn in _FLOATS.items()
    }
    made |= {name: _pairs(name, fn) for name, fn in _BINARY.items()}
    made |= {name: _pairs(name, torch.true_divide, True) for name in ("divide", "true_divide")}
    made |= {name: _each(name, fn) for name, fn in numeric.UNARY.items()}
    made |= {name: _each(name, fn, True) for name, fn in numeric.FLOATS.items()}
    made |= {name: _pairs(name, fn) for name, fn in numeric.PAIRS.items()}
    made |= {name: _pairs(name, fn, True) for name, fn in numeric.FLOAT_PAIRS.items()}
    made |= {name: _moved(name, fn, kind=kind) for name, (fn, kind) in numeric.ANY.items()}
    made |= {name: _moved(name, fn, kind=kind, floats=True) for name, (fn, kind) in numeric.ONE.items()}
    made |= numeric.natives()
    made["arctan2"] = _pairs("arctan2", torch.atan2, True)
    made |= {name: _over(name, fn) for name, fn in _REDUCED.items()}
    made |= {name: _over(name, fn, True) for name, fn in _REDUCED_FLOATS.items()}
    made |= {name: _moved(name, fn, kind=kind) for name, (fn, kind) in _ONE.items()}
    made |= {name: _moved(name, fn, kind=kind, floats=True) for name, (fn, kind) in _ONE_FLOAT.items()}
    made |= {"argmax": _place("argmax", torch.argmax), "argmin": _place("argmin", torch.argmin)}
    made |= {
        "tile": _grown("tile", lambda x, repeats: x.repeat(repeats if isinstance(repeats, list) else [1] * (x.dim() - 1) + [repeats]), "repeats"),
        "repeat": _grown("repeat", lambda x, repeats, axis=None: torch.repeat_interleave(x, repeats if isinstance(repeats, int) else torch.as_tensor(repeats), axis), "repeats"),
        "broadcast_to": _grown("broadcast_to", lambda x, shape: x.broadcast_to(shape), "expand"), "pad": _grown("pad", _pad, "none"),
        "diag": _grown("diag", lambda x, k=0: torch.diag(x, k), "diagonal"), "concatenate": _list_of("concatenate", torch.cat), "stack": _list_of("stack", torch.stack),
        "hstack": _list_of("hstack", lambda xs, axis: torch.hstack(xs)), "vstack": _list_of("vstack", lambda xs, axis: torch.vstack(xs)),
        "matmul": _product("matmul", torch.matmul, "matmul"), "dot": _product("dot", _dot, "matmul"), "vdot": _product("vdot", lambda a, b: torch.dot(a.reshape(-1), b.reshape(-1)), "none"),
        "inner": _product("inner", torch.inner, "matmul"), "outer": _product("outer", lambda a, b: torch.outer(a.reshape(-1), b.reshape(-1)), "kron"), "cross": _product("cross", torch.linalg.cross, "none"),
    }  # fmt: skip
    space.members.update({name: _on_places(native) for name, native in made.items()})
    for name in (
        "zeros",
        "ones",
        "zeros_like",
        "ones_like",
        "full",
        "array",
        "arange",
        "eye",
        "identity",
        "convert_to_tensor",
    ):
        space.members[name] = _made(name)
    for name, source in {
        "cast": "cast", "one_hot": "one_hot", "einsum": "einsum", "cond": "cond", "while_loop": "while_loop", "meshgrid": "meshgrid",
        "is_tensor": "is_tensor", "vectorized_map": "vectorized_map", "scatter": "scatter_nd", "bincount": "bincount", "in_top_k": "in_top_k", "segment_sum": "segment_sum", "segment_max": "segment_max",
    }.items():  # fmt: skip
        space.members[name] = tf.get(source) or MATH.members[source]
    for name in (
        "inv",
        "det",
        "solve",
        "cholesky",
        "qr",
        "svd",
        "eigh",
        "lstsq",
        "lu_factor",
        "eig",
        "slogdet",
    ):
        if name in LINALG.members:
            space.members[name] = LINALG.members[name]
    for name in ("BinaryCrossentropy", "CategoricalCrossentropy", "SparseCategoricalCrossentropy"):
        space.members[LOSSES[name][0]] = _loss(name)
    space.members["tensordot"] = _on_places(Native("tensordot", _tensordot))
    space.members.update(
        full_like=Native("full_like", lambda x, fill_value, dtype=None: EagerTensor(torch.full_like(convert(x), float(convert(fill_value))))), linspace=Native("linspace", _linspace),
        where=Native("where", _where), top_k=Native("top_k", _top_k), max_pool=_pool("max"), average_pool=_pool("avg"), conv=Native("conv", _conv),
        convert_to_numpy=Native("convert_to_numpy", lambda x: x.numpy() if isinstance(x, EagerTensor) else x), shape=Native("shape", lambda x: tuple(x.shape) if isinstance(x, KerasTensor) else tuple(convert(x).shape)),
        ndim=Native("ndim", lambda x: convert(x).dim()), size=Native("size", lambda x: EagerTensor(torch.tensor(convert(x).numel(), dtype=torch.int32))), dtype=Native("dtype", lambda x: DTYPE_NAMES[convert(x).dtype]),
        fori_loop=Native("fori_loop", _fori), scan=Native("scan", _scan), map=Native("map", _map), cond=Native("cond", _cond),
        select=Native("select", lambda condlist, choicelist, default=0: _select(collect(condlist), collect(choicelist), default)), multi_hot=Native("multi_hot", _multi_hot), unique=Native("unique", lambda x: EagerTensor(torch.unique(convert(x)))),
    )  # fmt: skip
    image = Namespace("keras.ops.image", {"resize": tf["image"].members["resize"]})
    for name in ("image", "nn", "numpy", "linalg", "math"):
        space.members[name] = (
            image if name == "image" else Namespace(f"keras.ops.{name}", dict(space.members))
        )
    KERAS.members.update(ops=space, random=_random())
    KERAS.members["tree"] = Namespace("keras.tree", dict(tf["nest"].members))
    publish(space, KERAS.members["random"])


def _product(name: str, fn: Callable[..., T], rule: str) -> Native:
    op = Op(name, fn, "contraction", rule, info=_info(name))

    def call(x1: Any, x2: Any) -> Any:
        a, b = _two(x1, x2, name)
        if name == "matmul" and all(_dtype_given(x) == torch.int8 for x in (x1, x2)):
            a, b = a.int(), b.int()  # products of bytes are added up in 32 bits
        if a.dtype == torch.bool:
            return EagerTensor(run(op, (a.int(), b.int())).t.bool())
        return run(op, (a, b))

    return Native(name, call, op.doc)


def _dtype_given(value: Any) -> torch.dtype | None:
    return value.t.dtype if isinstance(value, EagerTensor) else None


def _tensordot(x1: Any, x2: Any, axes: Any = 2) -> Any:
    return TF.members["tensordot"].call((*(EagerTensor(t) for t in _numbers_of(x1, x2)), axes), {})


def _numbers_of(x1: Any, x2: Any) -> tuple[T, T]:
    a, b = _two(x1, x2)
    return (a.int(), b.int()) if a.dtype == torch.bool else (a, b)


def _select(conditions: list[Any], choices: list[Any], default: Any) -> Any:
    made = default
    for condition, choice in reversed(list(zip(conditions, choices, strict=True))):
        made = _where(condition, choice, made)
    return made


def _multi_hot(
    inputs: Any,
    num_classes: Any = None,
    axis: int = -1,
    dtype: Any = None,
    sparse: bool = False,
    **kwargs: Any,
) -> Any:
    t = convert(inputs).long()
    count = int(num_classes if num_classes is not None else kwargs["num_tokens"])
    running.meter.elements(t.numel() * count)
    return EagerTensor(F.one_hot(t, count).amax(-2).float())
