"""Everything else under `tf`, and the table that publishes all of it.

Over 400 lines: half of it is the one table that publishes every name under `tf`.
"""

from __future__ import annotations

import math
from collections import namedtuple
from collections.abc import Callable
from typing import Any

import torch

from freedive.lab.arrays import DTYPE_NAMES
from freedive.lab.dialects.tensorflow.chance import (
    _categorical,
    _gamma,
    _random,
    _shuffle,
    _truncated,
    _uniform,
)
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
from freedive.lab.dialects.tensorflow.errors import InvalidArgument
from freedive.lab.dialects.tensorflow.namespaces import LINALG, MATH, RANDOM, TF
from freedive.lab.dialects.tensorflow.reductions import MATH_REDUCTIONS, REDUCTIONS, _reduce, axes_of
from freedive.lab.dialects.tensorflow.shapes import (
    BROADCAST,
    EXPAND_DIMS,
    GATHER_ND,
    MASK,
    REPEAT,
    REVERSE,
    ROLL,
    SLICE,
    SQUEEZE,
    STACK,
    TILE,
    UNSTACK,
    _alike,
    cast,
    concat,
    einsum,
    gather,
    matmul,
    pad,
    reshape,
    shape_list,
    split,
    tensordot,
    transpose,
    where,
)
from freedive.lab.dialects.tensorflow.tensors import (
    DTYPES,
    EagerTensor,
    TensorShape,
    Variable,
    convert,
    dtype_of,
    pair,
    run,
    wrap,
)
from freedive.lab.importing import publish
from freedive.lab.kinds import Callable_, Native, kind_of
from freedive.lab.namespaces import Namespace
from freedive.lab.operators import collect
from freedive.lab.running import running
from freedive.lab.types import TypeRef

T = torch.Tensor


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
        "TensorShape", TensorShape, lambda sizes: TensorShape(shape_list(sizes)), module="tensorflow"
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
