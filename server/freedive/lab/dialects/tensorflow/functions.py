"""Everything else under `tf`, and the table that publishes all of it.

Over 400 lines: half of it is the tables that publish every name under `tf`.
"""

from __future__ import annotations

import math
from collections import namedtuple
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from freedive.lab.arrays import DTYPE_NAMES
from freedive.lab.decorating import Decorator
from freedive.lab.dialects.tensorflow import chance, graphs, linalg, looping, segments
from freedive.lab.dialects.tensorflow.creation import (
    _filled,
    _like,
    constant,
    eye,
    fill,
    linspace,
    meshgrid,
    one_hot,
    range_,
)
from freedive.lab.dialects.tensorflow.elementwise import (
    _ROWS,
    BITS,
    MATH_PAIRS,
    MATH_UNARY,
    OPERATORS,
    PAIRS,
    UNARY,
    _op,
    binary,
    operator,
    unary,
)
from freedive.lab.dialects.tensorflow.errors import InvalidArgument, Unimplemented, refuse, sizes_of
from freedive.lab.dialects.tensorflow.linalg import global_norm
from freedive.lab.dialects.tensorflow.namespaces import LINALG, MATH, RANDOM, TF, TRAIN
from freedive.lab.dialects.tensorflow.reductions import MATH_REDUCTIONS, REDUCTIONS, _reduce, axes_of
from freedive.lab.dialects.tensorflow.shapes import (
    EXPAND_DIMS,
    REVERSE,
    ROLL,
    STACK,
    UNSTACK,
    _alike,
    boolean_mask,
    broadcast_to,
    cast,
    concat,
    einsum,
    gather,
    gather_nd,
    matmul,
    pad,
    repeat,
    reshape,
    shape_list,
    slice_,
    split,
    squeeze,
    strided_slice,
    tensordot,
    tile,
    transpose,
    where,
)
from freedive.lab.dialects.tensorflow.symbols import TRACING, NotInGraph
from freedive.lab.dialects.tensorflow.tape import with_gradient
from freedive.lab.dialects.tensorflow.tensors import (
    DTYPES,
    EagerTensor,
    TensorShape,
    Variable,
    arithmetic,
    convert,
    dtype_of,
    pair,
    run,
    wrap,
)
from freedive.lab.dialects.tensorflow.texts import TextTensor
from freedive.lab.importing import publish
from freedive.lab.kinds import Callable_, Native, kind_of
from freedive.lab.namespaces import Namespace
from freedive.lab.operators import collect, truth
from freedive.lab.running import running
from freedive.lab.types import TypeRef

T = torch.Tensor


PhysicalDevice = namedtuple("PhysicalDevice", ["name", "device_type"])


# ------------------------------------------------------------ the rest
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


def _cumulative(name: str, fn: Callable[..., T]) -> Native:
    def call(x: Any, axis: int = 0, exclusive: bool = False, reverse: bool = False, name: Any = None) -> Any:
        def total(t: T, axis: int) -> T:
            t = t.flip(axis) if reverse else t
            made = fn(t, axis).to(t.dtype)
            if exclusive:
                first = torch.zeros_like if fn is torch.cumsum else torch.ones_like
                made = torch.cat(
                    [first(t.narrow(axis, 0, 1)), made.narrow(axis, 0, max(0, t.shape[axis] - 1))], axis
                )
            return made.flip(axis) if reverse else made

        return run(_op(fn.__name__, total, "reduction", "none"), (convert(x), axes_of(axis)))

    return Native(name, call)


def _running_logsumexp(x: Any, axis: int = 0, **kwargs: Any) -> Any:
    return run(_op("logcumsumexp", torch.logcumsumexp, "reduction", "none"), (convert(x), axes_of(axis)))


def _count_nonzero(
    input: Any, axis: Any = None, keepdims: bool = False, dtype: Any = "int64", name: Any = None
) -> Any:
    def count(x: T, axis: Any, keepdim: bool) -> T:
        return (x != 0).sum(dim=axis, keepdim=keepdim).to(dtype_of(dtype))

    t = convert(input)
    return run(_op("count_nonzero", count, "reduction", "none"), (t, axes_of(axis), bool(keepdims)))


def _polyval(coeffs: Any, x: Any, name: Any = None) -> Any:
    made, *rest = collect(coeffs)
    for each in rest:
        made = arithmetic("add", arithmetic("mul", made, x), each)
    return made if isinstance(made, EagerTensor) else EagerTensor(convert(made))


def _saturate(value: Any, dtype: Any, name: Any = None) -> Any:
    t, wanted = convert(value), dtype_of(dtype)
    ends = (torch.finfo if wanted.is_floating_point else torch.iinfo)(wanted)
    return run(_op("saturate_cast", lambda x: x.clamp(ends.min, ends.max).to(wanted), "elementwise"), (t,))


def _ensure(x: Any, shape: Any, name: Any = None) -> Any:
    t, sizes = convert(x), collect(shape)
    if len(sizes) != t.dim() or any(s is not None and s != n for s, n in zip(sizes, t.shape, strict=True)):
        told = str(["?" if s is None else s for s in sizes]).replace(" ", "")
        raise refuse(
            "EnsureShape",
            f"Shape of tensor input {sizes_of(t)} is not compatible with expected shape {told}.",
        )
    return x


def _static_shape(a: Any, b: Any) -> TensorShape:
    try:
        return TensorShape(torch.broadcast_shapes(tuple(a), tuple(b)))  # type: ignore[no-untyped-call]
    except RuntimeError:
        raise ValueError(
            f"Incompatible shapes for broadcasting: {kind_of(a).text(a)} and {kind_of(b).text(b)}."
        ) from None


def _reversed_part(
    input: Any, seq_lengths: Any, seq_axis: Any = None, batch_axis: Any = None, name: Any = None
) -> Any:
    along, over = int(seq_axis or 0), int(batch_axis or 0)
    lengths = convert(seq_lengths).tolist()

    def turn(x: T) -> T:
        rows = x.movedim((over, along), (0, 1))
        return torch.stack(
            [torch.cat([row[:n].flip(0), row[n:]]) for row, n in zip(rows, lengths, strict=True)]
        ).movedim((0, 1), (over, along))

    return run(_op("reverse_sequence", turn, "movement", "none"), (convert(input),))


def _unravel(indices: Any, dims: Any, name: Any = None) -> Any:
    t = convert(indices)
    op = _op(
        "unravel_index",
        lambda i: torch.stack(torch.unravel_index(i.long(), shape_list(dims))).to(i.dtype),
        "indexing",
        "none",
    )
    return run(op, (t,))


def _structure(fn: Any, *structures: Any, **kwargs: Any) -> Any:
    first = structures[0]
    if isinstance(first, list | tuple):
        return type(first)(_structure(fn, *each) for each in zip(*structures, strict=True))
    if isinstance(first, dict):
        return {key: _structure(fn, *[s[key] for s in structures]) for key in first}
    return running.call(fn, structures)


def _flat(structure: Any, **kwargs: Any) -> list[Any]:
    if isinstance(structure, dict):
        return [leaf for key in sorted(structure) for leaf in _flat(structure[key])]
    return (
        [leaf for each in structure for leaf in _flat(each)]
        if isinstance(structure, list | tuple)
        else [structure]
    )


def _custom(f: Any = None) -> Any:
    """tf.custom_gradient: the function gives its value and its own backward rule."""
    return Native("custom_gradient", lambda *args, **kwargs: with_gradient(f, args, kwargs))


def _clip(t: Any, low: Any, high: Any, name: Any = None) -> Any:
    x = convert(t)
    return run(
        _op("clip_by_value", torch.clamp, "elementwise"),
        (x, convert(low, like=x.dtype), convert(high, like=x.dtype)),
    )


def _clip_norm(t: Any, limit: Any, axes: Any = None, name: Any = None) -> Any:
    over = axes_of(axes)

    def shorten(x: T, most: float) -> T:
        length = torch.linalg.vector_norm(x, 2, over, over is not None)
        return x * torch.clamp(most / torch.clamp(length, min=1e-12), max=1.0)

    return run(_op("clip_by_norm", shorten, "elementwise"), (convert(t), float(limit)))


def _clip_global(items: Any, limit: Any, use_norm: Any = None, name: Any = None) -> Any:
    total = global_norm(items) if use_norm is None else EagerTensor(convert(use_norm))
    scale = torch.clamp(float(limit) / torch.clamp(total.t, min=1e-12), max=1.0)
    return ([None if x is None else EagerTensor(convert(x) * scale) for x in collect(items)], total)


def _to_tensor(value: Any, dtype: Any = None, dtype_hint: Any = None, name: Any = None) -> Any:
    if isinstance(value, EagerTensor):
        return EagerTensor(convert(value, None if dtype is None else dtype_of(dtype)))
    if isinstance(value, list | tuple) and any(isinstance(v, EagerTensor) for v in value):
        return run(STACK, (_alike(value, "Pack", "packed"), 0))
    return constant(value, dtype)


def _variable(
    initial_value: Any = None,
    trainable: bool = True,
    validate_shape: bool = True,
    name: Any = None,
    dtype: Any = None,
    **kwargs: Any,
) -> Variable:
    TRACING.own += 1
    if TRACING.on and TRACING.fixed:
        raise ValueError(graphs.SINGLETON)
    if initial_value is None:
        raise ValueError(
            "The `initial_value` arg to `tf.Variable` must be specified except when you are not providing a `variable_def`. "
            "You provided neither."
        )
    if isinstance(initial_value, Callable_):
        initial_value = running.call(initial_value)
    wanted = None if dtype is None else dtype_of(dtype)
    t = initial_value.t.detach() if isinstance(initial_value, EagerTensor) else convert(initial_value, wanted)
    return Variable(t if wanted is None else t.to(wanted), trainable, name or "Variable")


def _print(
    *values: Any,
    sep: str = " ",
    end: str = "\n",
    output_stream: Any = None,
    summarize: Any = 3,
    name: Any = None,
) -> None:
    """tf.print: in the lab it prints where print prints."""
    most = 10**9 if summarize in (-1, None) else int(summarize)
    text = sep.join(_shown(v, most) for v in values) + end
    if not TRACING.on:
        running.write(text)
    elif TRACING.undo is None:
        TRACING.later.append(text)


def _shown(value: Any, most: int, inside: bool = False) -> str:
    """As tf.print writes: no commas, and of long axes both ends."""
    if isinstance(value, list | tuple):
        body = ", ".join(_shown(v, most, True) for v in value)
        return f"[{body}]" if isinstance(value, list) else f"({body})"
    if isinstance(value, dict):
        return (
            "{" + ", ".join(f"{kind_of(k).repr(k)}: {_shown(v, most, True)}" for k, v in value.items()) + "}"
        )
    if isinstance(value, TextTensor) and not value.shape:
        return value.items[0]
    if isinstance(value, EagerTensor):
        return _rows(value.t.detach(), most, 1)
    if isinstance(value, bool) or value is None:
        return str(value)
    if isinstance(value, float):
        return repr(value) if inside else _digits(value, 32)
    return kind_of(value).repr(value) if inside and isinstance(value, str) else kind_of(value).text(value)


def _rows(t: T, most: int, indent: int) -> str:
    if not t.dim():
        number = t.item()
        if isinstance(number, bool):
            return str(int(number))
        return (
            _digits(number, 64 if t.dtype == torch.float64 else 32)
            if isinstance(number, float)
            else str(number)
        )
    cut = len(t) > 2 * most
    rows = [*t[:most], *t[-most:]] if cut else list(t)
    running.meter.items(len(rows))
    parts = [_rows(row, most, indent + 1) for row in rows]
    if cut:
        parts.insert(most, "...")
    return "[" + (" " if t.dim() == 1 else "\n" * (t.dim() - 1) + " " * indent).join(parts) + "]"


def _digits(number: float, bits: int) -> str:
    text = str(np.float32(number) if bits == 32 else number)
    return text[:-2] if text.endswith(".0") else text.replace("e+0", "e+").replace("e-0", "e-0")


def _scatter(kind: str) -> Callable[..., Any]:
    def call(tensor: Any, indices: Any, updates: Any, name: Any = None) -> Any:
        x, index = convert(tensor), convert(indices).long()
        new = convert(updates, like=x.dtype)

        def change(x: T, i: T, u: T) -> T:
            at = tuple(i.movedim(-1, 0))
            if kind in ("max", "min"):
                return x.index_put(at, (torch.maximum if kind == "max" else torch.minimum)(x[at], u))
            return x.index_put(at, -u if kind == "sub" else u, accumulate=kind in ("add", "sub"))

        return run(_op(f"tensor_scatter_nd_{kind}", change, "indexing", "none"), (x, index, new))

    return call


def _scatter_nd(indices: Any, updates: Any, shape: Any, name: Any = None) -> Any:
    new = convert(updates)
    sizes = shape_list(shape)
    running.meter.elements(math.prod(sizes))
    return _scatter("add")(EagerTensor(torch.zeros(sizes, dtype=new.dtype)), indices, EagerTensor(new))


def _mask_of(lengths: Any, maxlen: Any = None, dtype: Any = "bool", name: Any = None) -> Any:
    t = convert(lengths)
    most = int(t.max()) if maxlen is None else int(maxlen)
    running.meter.elements(t.numel() * max(0, most))
    return EagerTensor((torch.arange(most) < t.unsqueeze(-1)).to(dtype_of(dtype)))


def load() -> None:
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
    members["truncatediv"], members["truncatemod"] = MATH.members["truncatediv"], MATH.members["truncatemod"]
    for name in ("argmax", "argmin"):
        members[name] = MATH.members[name] = _place(name, getattr(torch, name))
    natives: dict[str, Callable[..., Any]] = {
        "constant": constant, "convert_to_tensor": _to_tensor,
        "fill": fill, "eye": eye, "range": range_, "linspace": linspace, "one_hot": one_hot, "meshgrid": meshgrid, "reshape": reshape,
        "transpose": transpose, "concat": concat, "split": split, "cast": cast, "gather": gather, "where": where, "pad": pad,
        "stack": lambda values, axis=0, name="stack": run(STACK, (_alike(values, "Pack", "stack"), axes_of(axis))), "unstack": _unstack,
        "expand_dims": lambda input, axis, name=None: run(EXPAND_DIMS, (convert(input), axes_of(axis))),
        "squeeze": squeeze, "tile": tile, "broadcast_to": broadcast_to, "repeat": repeat, "boolean_mask": boolean_mask, "gather_nd": gather_nd, "slice": slice_,
        "strided_slice": strided_slice, "reverse_sequence": _reversed_part, "unravel_index": _unravel, "saturate_cast": _saturate,
        "reverse": lambda tensor, axis, name=None: run(REVERSE, (convert(tensor), shape_list(axis))),
        "roll": lambda input, shift, axis, name=None: run(ROLL, (convert(input), shift, axes_of(axis))),
        "matmul": matmul, "tensordot": tensordot, "einsum": einsum, "sort": _sort, "argsort": _argsort,
        "clip_by_value": _clip, "clip_by_norm": _clip_norm, "clip_by_global_norm": _clip_global, "print": _print,
        "identity": lambda input, name=None: run(_op("identity", torch.clone, "elementwise"), (convert(input),)),
        "stop_gradient": lambda input, name=None: EagerTensor(convert(input).detach()),
        "is_tensor": lambda x: isinstance(x, EagerTensor), "sequence_mask": _mask_of,
        "broadcast_static_shape": _static_shape, "broadcast_dynamic_shape": lambda a, b: EagerTensor(torch.tensor(list(_static_shape(shape_list(a), shape_list(b))), dtype=torch.int32)),
        "bitcast": lambda input, type, name=None: run(_op("bitcast", lambda x: x.view(dtype_of(type)), "movement", "none"), (convert(input),)),
        "scalar_mul": lambda scalar, x, name=None: arithmetic("mul", scalar, x), "as_dtype": lambda type_value: DTYPES[DTYPE_NAMES[dtype_of(type_value)]],
        "shape": lambda input, out_type="int32", name=None: EagerTensor(torch.tensor(list(convert(input).shape), dtype=dtype_of(out_type))),
        "size": lambda input, out_type="int32", name=None: EagerTensor(torch.tensor(convert(input).numel(), dtype=dtype_of(out_type))),
        "rank": lambda input, name=None: EagerTensor(torch.tensor(convert(input).dim(), dtype=torch.int32)),
        "tensor_scatter_nd_update": _scatter("update"), "tensor_scatter_nd_add": _scatter("add"),
        "tensor_scatter_nd_sub": _scatter("sub"), "tensor_scatter_nd_max": _scatter("max"), "tensor_scatter_nd_min": _scatter("min"), "scatter_nd": _scatter_nd,
        "complex": lambda real, imag, name=None: run(_op("complex", torch.complex, "elementwise"), pair("Complex", real, imag)),
        "ensure_shape": _ensure,
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
    members["Tensor"] = TypeRef(
        "Tensor", EagerTensor, module="tensorflow.python.framework.tensor",
        test=lambda x: isinstance(x, EagerTensor | TextTensor) and not isinstance(x, Variable),
    )  # fmt: skip
    members["TensorShape"] = TypeRef(
        "TensorShape",
        TensorShape,
        lambda sizes: TensorShape(None if s is None else int(s) for s in collect(sizes)),
        module="tensorflow",
    )
    MATH.members.update(
        cumsum=_cumulative("cumsum", torch.cumsum), cumprod=_cumulative("cumprod", torch.cumprod), cumulative_logsumexp=Native("cumulative_logsumexp", _running_logsumexp),
        add_n=Native("add_n", lambda inputs, name=None: EagerTensor(sum(_alike(inputs)))), count_nonzero=Native("count_nonzero", _count_nonzero),  # type: ignore[arg-type]
        l2_normalize=Native("l2_normalize", lambda x, axis=None, epsilon=1e-12, name=None: run(_op("l2_normalize", lambda t: t / torch.sqrt(torch.clamp((t * t).sum(axes_of(axis), keepdim=True) if axis is not None else (t * t).sum(), min=epsilon)), "elementwise"), (convert(x),))),
        argmax=members["argmax"], argmin=members["argmin"], polyval=Native("polyval", _polyval), scalar_mul=members["scalar_mul"],
        zero_fraction=Native("zero_fraction", lambda value, name=None: EagerTensor((convert(value) == 0).float().mean())),
    )  # fmt: skip
    MATH.members["accumulate_n"] = MATH.members["add_n"]
    members["atan2"] = MATH.members["atan2"]
    members.update(cumsum=MATH.members["cumsum"], add_n=MATH.members["add_n"])
    bits = {name: binary(name, fn) for name, fn in BITS.items()}
    bits["invert"] = unary("invert", torch.bitwise_not)
    members["bitwise"] = Namespace("tensorflow.bitwise", bits)
    nest = {"map_structure": Native("map_structure", _structure), "flatten": Native("flatten", _flat)}
    members["nest"] = Namespace("tensorflow.nest", nest)
    members["custom_gradient"] = Decorator("custom_gradient", _custom)
    for part in (segments, looping, graphs, chance, linalg):
        part.load()
    members.update(math=MATH, linalg=LINALG, random=RANDOM, train=TRAIN)
    errors = Namespace("tensorflow.errors", error_classes())
    members["errors"] = errors
    config = Namespace(
        "tensorflow.config",
        {
            "list_physical_devices": Native(
                "list_physical_devices",
                lambda kind="CPU": (
                    [] if "GPU" in str(kind) else [PhysicalDevice("/physical_device:CPU:0", "CPU")]
                ),
            )
        },
    )
    config.members["run_functions_eagerly"] = Native("run_functions_eagerly", graphs._eagerly)
    config.members["functions_run_eagerly"] = Native(
        "functions_run_eagerly", lambda: bool(running.__dict__.get("functions_eagerly"))
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
    for name in _ASSERTIONS:
        debugging.members[name] = Native(name, _assertion(name))
    debugging.members["assert_shapes"] = Native("assert_shapes", _assert_shapes)
    debugging.members["check_numerics"] = Native("check_numerics", _check_numerics)
    members.update(Assert=Native("Assert", _assert), assert_equal=debugging.members["assert_equal"])
    members["debugging"] = debugging
    members["dtypes"] = Namespace("tensorflow.dtypes", {**DTYPES, "cast": members["cast"]})
    publish(TF, MATH, LINALG, RANDOM, errors, config)


def _assert(condition: Any, data: Any = (), summarize: Any = None, name: Any = None) -> None:
    if not truth(condition):
        told = ", ".join(f"b{v!r}" if isinstance(v, str) else kind_of(v).text(v) for v in collect(data))
        raise InvalidArgument(
            f"Expected '{kind_of(condition).text(condition)}' to be true. Summarized data: {told}"
        )


_ASSERTIONS: dict[str, tuple[str, Callable[[T, T], T]]] = {
    "assert_equal": ("x == y", torch.eq), "assert_none_equal": ("x != y", torch.ne), "assert_greater": ("x > y", torch.gt),
    "assert_greater_equal": ("x >= y", torch.ge), "assert_less": ("x < y", torch.lt), "assert_less_equal": ("x <= y", torch.le),
    "assert_near": ("x and y not equal to tolerance rtol = 1e-05, atol = 1e-05", lambda a, b: torch.isclose(a.double(), b.double(), rtol=1e-5, atol=1e-5)),
    "assert_positive": ("x > 0", torch.gt), "assert_negative": ("x < 0", torch.lt), "assert_non_negative": ("x >= 0", torch.ge),
}  # fmt: skip


def _assertion(name: str) -> Callable[..., None]:
    told, test = _ASSERTIONS[name]

    def check(x: Any, y: Any = 0, message: Any = None, **kwargs: Any) -> None:
        a = convert(x)
        b = convert(y, like=a.dtype)
        if not bool(test(a, b).all()):
            shown = f"x: {kind_of(wrap(a)).repr(wrap(a))}, y: {kind_of(wrap(b)).repr(wrap(b))}"
            raise InvalidArgument(
                f"{message + '. ' if isinstance(message, str) else ''}Condition {told} did not hold.\n{shown}"
            )

    return check


def _check_numerics(tensor: Any, message: str, name: Any = None) -> Any:
    t = convert(tensor)
    if not bool(torch.isfinite(t).all()):
        what = " and ".join(
            text for text, bad in (("Inf", torch.isinf(t)), ("NaN", torch.isnan(t))) if bool(bad.any())
        )
        raise InvalidArgument(f"{message} : Tensor had {what} values [Op:CheckNumerics]")
    return tensor


def _assert_shapes(shapes: Any, **kwargs: Any) -> None:
    pairs = list(shapes.items()) if isinstance(shapes, dict) else collect(shapes)
    names: dict[str, int] = {}
    for x, wanted in pairs:
        sizes = tuple(convert(x).shape)
        given = collect(wanted) if isinstance(wanted, list | tuple | str) else [wanted]
        fits = len(given) == len(sizes)
        for want, size in zip(given, sizes, strict=False):
            fits &= want is None or (names.setdefault(want, size) if isinstance(want, str) else want) == size
        if not fits:
            raise ValueError(f"Tensor has shape {sizes}, {tuple(given)} was specified")


def _unstack(value: Any, num: Any = None, axis: int = 0, name: Any = None) -> Any:
    t, at = convert(value), axes_of(axis)
    if not -t.dim() <= at < t.dim():
        raise ValueError(f"Argument `axis` = {at} not in range [{-t.dim()}, {t.dim()})")
    return run(UNSTACK, (t, at))


def error_classes() -> dict[str, Any]:
    """What a snippet may name in `except`."""
    from freedive.lab.exceptions import ErrorClass

    made: dict[str, Any] = {}
    for name, python in (
        ("InvalidArgumentError", InvalidArgument),
        ("UnimplementedError", Unimplemented),
        ("OperatorNotAllowedInGraphError", NotInGraph),
        ("OpError", InvalidArgument),
    ):
        made[name] = ErrorClass(python)
        made[name].name = name
    return made
