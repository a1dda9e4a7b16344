"""mxnet.np and mxnet.npx: NumPy's names on MXNet's arrays, which record."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from freedive.lab.dialects.mxnet.functions import BOTH, FUNCTIONS, MXNET, ND, RANDOMS, dtype
from freedive.lab.dialects.mxnet.operations import TABLE
from freedive.lab.dialects.mxnet.values import NP_ARRAY, NdOp, NpArray, state
from freedive.lab.importing import publish
from freedive.lab.kinds import Native
from freedive.lab.namespaces import Namespace
from freedive.lab.types import TypeRef, publish_type

Tensor = torch.Tensor
Entry = tuple[Callable[..., Any], str, str]


def _axes(x: Tensor, axis: Any) -> list[int]:
    return list(range(x.dim())) if axis is None else [axis] if isinstance(axis, int) else list(axis)


def _over(fn: Callable[..., Tensor]) -> Callable[..., Tensor]:
    return lambda a, axis=None, keepdims=False, **more: (
        fn(a, _axes(a, axis), keepdim=keepdims) if a.dim() else a
    )


def _product(a: Tensor, axis: Any = None, keepdims: bool = False) -> Tensor:
    for each in sorted(_axes(a, axis), reverse=True):
        a = a.prod(each, keepdim=keepdims)
    return a


def _ranged(start: Any, stop: Any, step: Any) -> Tensor:
    return torch.arange(0, start, step) if stop is None else torch.arange(start, stop, step)


def _array(obj: Any, dtype_: Any = None) -> Tensor:
    if isinstance(obj, Tensor):
        return obj.detach().clone() if dtype_ is None else obj.detach().to(dtype(dtype_))
    return torch.as_tensor(obj).to(dtype(dtype_)).clone()


def _dot(a: Tensor, b: Tensor) -> Tensor:
    if not a.dim() or not b.dim():
        return a * b
    return (
        torch.dot(a, b)
        if a.dim() == b.dim() == 1
        else a @ b
        if b.dim() <= 2
        else torch.tensordot(a, b, ([-1], [-2]))
    )


def _sizes(shape: Any) -> list[int]:
    return [int(shape)] if isinstance(shape, int) else [int(s) for s in shape]


def _shaped(a: Tensor, *newshape: Any, **more: Any) -> Tensor:
    wanted = more.get("newshape", newshape[0] if len(newshape) == 1 else newshape)
    return a.reshape(_sizes(wanted))


def _tensors(*values: Any) -> list[Tensor]:
    made = [torch.as_tensor(v) for v in values]
    wanted = made[0].dtype
    for t in made[1:]:
        wanted = torch.promote_types(wanted, t.dtype)
    return [t.to(wanted) for t in made]


def _split(ary: Tensor, indices_or_sections: Any, axis: int = 0) -> list[Tensor]:
    return list(torch.tensor_split(ary, indices_or_sections, axis))


def _filled(value: float) -> Callable[..., Tensor]:
    return lambda shape, dtype_=None, **more: torch.full(
        _sizes(shape), value, dtype=dtype(more.get("dtype", dtype_))
    )


def _place(name: str) -> Callable[..., Tensor]:
    return lambda a, axis=None, **more: getattr(torch, name)(a, axis)


_UNARY: dict[str, Any] = {name: getattr(torch, name) for name in ("exp", "log", "log2", "log10", "log1p", "expm1", "sqrt", "square", "abs", "sign", "ceil", "floor", "sin", "cos", "tan", "sinh", "cosh", "tanh", "arcsin", "arccos", "arctan", "reciprocal", "isnan", "isinf", "logical_not", "negative")}  # fmt: skip
_BINARY: dict[str, Any] = {"add": torch.add, "subtract": torch.sub, "multiply": torch.mul, "divide": torch.true_divide, "true_divide": torch.true_divide, "power": torch.pow, "mod": torch.remainder, "maximum": torch.maximum, "minimum": torch.minimum, "equal": torch.eq, "not_equal": torch.ne, "greater": torch.gt, "less": torch.lt, "greater_equal": torch.ge, "less_equal": torch.le, "logical_and": torch.logical_and, "logical_or": torch.logical_or}  # fmt: skip

_REDUCED: dict[str, Any] = {"sum": torch.sum, "mean": torch.mean, "max": torch.amax, "min": torch.amin, "amax": torch.amax, "amin": torch.amin}  # fmt: skip

NAMES: dict[str, Entry] = {
    **{name: (fn, "elementwise", "") for name, fn in _UNARY.items()},
    **{name: ((lambda f: lambda x1, x2: f(*_tensors(x1, x2)))(fn), "elementwise", "") for name, fn in _BINARY.items()},
    **{name: (_over(fn), "reduction", "none") for name, fn in _REDUCED.items()},
    "std": (lambda a, axis=None, ddof=0, keepdims=False: torch.std(a, _axes(a, axis), correction=ddof, keepdim=keepdims), "reduction", "none"),
    "var": (lambda a, axis=None, ddof=0, keepdims=False: torch.var(a, _axes(a, axis), correction=ddof, keepdim=keepdims), "reduction", "none"),
    "prod": (_product, "reduction", "none"), "argmax": (_place("argmax"), "reduction", "none"), "argmin": (_place("argmin"), "reduction", "none"),
    "cumsum": (lambda a, axis=None, dtype=None: torch.cumsum(a.reshape(-1) if axis is None else a, axis or 0), "reduction", "none"),
    "any": (lambda a, axis=None: a.bool().any() if axis is None else a.bool().any(axis), "reduction", "none"), "all": (lambda a, axis=None: a.bool().all() if axis is None else a.bool().all(axis), "reduction", "none"),
    "array": (lambda object, dtype=None, **more: _array(object, dtype), "creation", "none"), "zeros": (_filled(0.0), "creation", "first"), "ones": (_filled(1.0), "creation", "first"), "empty": (_filled(0.0), "creation", "first"),
    "full": (lambda shape, fill_value, dtype_=None, **more: torch.full(_sizes(shape), fill_value, dtype=dtype(more.get("dtype", dtype_))), "creation", "first"),
    "arange": (lambda start, stop=None, step=1, **more: _ranged(start, stop, step).to(dtype(more.get("dtype"))), "creation", "steps"),
    "linspace": (lambda start, stop, num=50, **more: torch.linspace(start, stop, num), "creation", "count"), "eye": (lambda N, M=None, k=0, **more: torch.eye(N, M or N), "creation", "square"),
    "identity": (lambda n, **more: torch.eye(n), "creation", "square"), "zeros_like": (lambda a, **more: torch.zeros_like(a), "creation", "none"), "ones_like": (lambda a, **more: torch.ones_like(a), "creation", "none"),
    "full_like": (lambda a, fill_value, **more: torch.full_like(a, fill_value), "creation", "none"), "reshape": (_shaped, "movement", "none"),
    "transpose": (lambda a, axes=None: a.permute(list(range(a.dim()))[::-1] if axes is None else list(axes)), "movement", "none"), "swapaxes": (lambda a, axis1, axis2: a.transpose(axis1, axis2), "movement", "none"),
    "moveaxis": (lambda a, source, destination: a.movedim(source, destination), "movement", "none"), "expand_dims": (lambda a, axis: a.unsqueeze(axis), "movement", "none"),
    "squeeze": (lambda a, axis=None: a.squeeze() if axis is None else a.squeeze(axis), "movement", "none"), "ravel": (lambda a: a.reshape(-1), "movement", "none"), "flip": (lambda a, axis=None: a.flip(_axes(a, axis)), "movement", "none"),
    "concatenate": (lambda seq, axis=0: torch.cat(_tensors(*seq), axis), "movement", "stack"), "stack": (lambda arrays, axis=0: torch.stack(_tensors(*arrays), axis), "movement", "stack"),
    "hstack": (lambda arrays: torch.hstack(_tensors(*arrays)), "movement", "stack"), "vstack": (lambda arrays: torch.vstack(_tensors(*arrays)), "movement", "stack"), "split": (_split, "movement", "none"),
    "tile": (lambda a, reps: a.tile(tuple(_sizes(reps))), "movement", "repeats"), "repeat": (lambda a, repeats, axis=None: a.repeat_interleave(repeats, axis), "movement", "repeats"),
    "broadcast_to": (lambda array, shape: array.broadcast_to(tuple(shape)), "movement", "none"), "where": (lambda condition, x, y: torch.where(condition.bool(), *_tensors(x, y)), "indexing", ""),
    "sort": (lambda a, axis=-1: torch.sort(a, axis).values, "indexing", "none"), "argsort": (lambda a, axis=-1: torch.argsort(a, axis), "indexing", "none"), "take": (lambda a, indices, axis=None, mode="raise": (a.reshape(-1) if axis is None else a).index_select(axis or 0, torch.as_tensor(indices).long().reshape(-1)), "indexing", "none"),
    "clip": (lambda a, a_min, a_max: a.clamp(a_min, a_max), "elementwise", ""), "round": (lambda x, decimals=0: torch.round(x, decimals=decimals), "elementwise", ""), "dot": (_dot, "contraction", "matmul"), "matmul": (torch.matmul, "contraction", "matmul"),
    "tensordot": (lambda a, b, axes=2: torch.tensordot(a, b, axes), "contraction", "tensordot"), "einsum": (torch.einsum, "contraction", "einsum"), "outer": (torch.outer, "contraction", "kron"), "inner": (torch.inner, "contraction", "matmul"),
    "diag": (lambda v, k=0: torch.diag(v, k), "movement", "diagonal"), "trace": (torch.trace, "reduction", "none"), "tril": (lambda m, k=0: m.tril(k), "movement", "none"), "triu": (lambda m, k=0: m.triu(k), "movement", "none"),
    "meshgrid": (lambda *xi, indexing="xy": list(torch.meshgrid(*xi, indexing=indexing)), "movement", "outer"), "unique": (torch.unique, "indexing", "none"), "bincount": (lambda x: torch.bincount(x.long()), "reduction", "value"),
    "copy": (torch.clone, "creation", "none"), "median": (lambda a, axis=None: torch.quantile(a if axis is not None else a.reshape(-1), 0.5, axis), "reduction", "none"),
}  # fmt: skip
LINALG: dict[str, Entry] = {
    "norm": (lambda x, ord=None, axis=None, keepdims=False: torch.linalg.norm(x, ord, axis, keepdims), "reduction", "none"), "inv": (torch.linalg.inv, "contraction", "solve"),
    "det": (torch.linalg.det, "contraction", "lu"), "svd": (lambda a: list(torch.linalg.svd(a, full_matrices=False)), "contraction", "svd"), "solve": (torch.linalg.solve, "contraction", "solve"),
    "eigh": (lambda a: list(torch.linalg.eigh(a)), "contraction", "eig"), "cholesky": (torch.linalg.cholesky, "contraction", "lu"), "pinv": (torch.linalg.pinv, "contraction", "svd"),
}  # fmt: skip
METHODS = ("sum", "mean", "max", "min", "std", "var", "prod", "argmax", "argmin", "cumsum", "any", "all", "reshape", "transpose", "dot", "ravel", "round", "clip", "repeat", "sort", "argsort", "take", "swapaxes", "squeeze", "copy")  # fmt: skip
NPX = {"relu": "relu", "sigmoid": "sigmoid", "softmax": "softmax", "log_softmax": "log_softmax", "one_hot": "one_hot", "pick": "pick", "topk": "topk", "batch_dot": "batch_dot", "leaky_relu": "LeakyReLU", "dropout": "Dropout", "sequence_mask": "SequenceMask", "gamma": "gamma", "embedding": "Embedding", "fully_connected": "FullyConnected", "activation": "Activation", "convolution": "Convolution", "pooling": "Pooling", "batch_norm": "BatchNorm", "layer_norm": "LayerNorm", "arange_like": "zeros_like", "erf": "erf", "smooth_l1": "smooth_l1", "reshape": "reshape", "gather_nd": "gather_nd", "cast": "cast"}  # fmt: skip


def _modern(name: str, entry: Entry) -> NdOp:
    made = NdOp(name, *entry)
    made.modern = True
    return made


def _drawn(name: str, first: int) -> Callable[..., Tensor]:
    """A random function with NumPy's `size` in the place of `shape`."""

    def draw(*args: Any, size: Any = None, **more: Any) -> Tensor:
        given, rest = list(args[:first]), args[first:]
        size = rest[0] if rest else size
        made: Tensor = RANDOMS[name](
            *given, shape=() if size is None else size, **{k: v for k, v in more.items() if k != "ctx"}
        )
        return made

    return draw


def load() -> None:
    space = Namespace(
        "mxnet.np", {name: _modern(name, entry) for name, entry in NAMES.items()}, doc="NumPy's names."
    )
    linalg = Namespace("mxnet.np.linalg", {name: _modern(name, entry) for name, entry in LINALG.items()})
    random = Namespace(
        "mxnet.np.random",
        {
            name: _modern(name, (_drawn(name, 2), "random", "last"))
            for name in ("normal", "uniform", "randint")
        },
    )
    random.members.update(
        rand=_modern("rand", (lambda *d: torch.rand(d), "random", "ints")), randn=_modern("randn", (lambda *d: torch.randn(d), "random", "ints")),
        shuffle=Native("shuffle", _shuffle), multinomial=_modern("multinomial", (_multinomial, "random", "last")), seed=ND.members["random"].members["seed"],
        permutation=_modern("permutation", (lambda x: torch.randperm(x) if isinstance(x, int) else x[torch.randperm(len(x))], "random", "none")),
        choice=_modern("choice", (lambda a, size=None, replace=True, p=None: torch.randint(a, _sizes(size or 1)) if p is None else torch.multinomial(torch.as_tensor(p), int(size or 1), replace), "random", "last")),
        exponential=_modern("exponential", (_drawn("exponential", 1), "random", "last")),
    )  # fmt: skip
    ref = publish_type(TypeRef("ndarray", NpArray, module="mxnet.numpy"))
    space.members.update(
        linalg=linalg,
        random=random,
        ndarray=ref,
        pi=3.141592653589793,
        e=2.718281828459045,
        inf=float("inf"),
        nan=float("nan"),
        newaxis=None,
    )
    for name in ("float16", "float32", "float64", "int8", "int32", "int64", "uint8", "bool"):
        space.members[name] = name
    NP_ARRAY.attributes = {**NP_ARRAY.attributes, **{name: space.members[name] for name in METHODS}}
    NP_ARRAY.attributes["item"] = Native("item", lambda x: x.data.detach().item())
    entries = {**BOTH, **FUNCTIONS, **TABLE}
    npx = Namespace(
        "mxnet.npx",
        {name: _modern(name, entries[source]) for name, source in NPX.items()},
        doc="What NumPy has no name for.",
    )
    npx.members.update(
        set_np=Native("set_np", lambda *args, **more: _set(True)), reset_np=Native("reset_np", lambda: _set(False)), is_np_array=Native("is_np_array", lambda: state().modern),
        num_gpus=MXNET.members["num_gpus"], cpu=MXNET.members["cpu"], gpu=MXNET.members["gpu"], waitall=ND.members["waitall"], seed=ND.members["random"].members["seed"],
        current_device=Native("current_device", lambda: "cpu(0)"),
    )  # fmt: skip
    MXNET.members.update(np=space, npx=npx, numpy=space, numpy_extension=npx)
    publish(space, npx, linalg, random)


def _set(value: bool) -> None:
    state().modern = value


def _multinomial(n: int, pvals: Any, size: Any = None) -> Tensor:
    p = torch.as_tensor(pvals, dtype=torch.float64)
    rows = 1 if size is None else int(torch.tensor(_sizes(size)).prod())
    drawn = torch.multinomial(p.expand(rows, -1), int(n), replacement=True)
    counts = torch.nn.functional.one_hot(drawn, len(p)).sum(1)
    return counts[0] if size is None else counts.reshape(*_sizes(size), len(p))


def _shuffle(x: NpArray) -> None:
    x.data.copy_(x.data[torch.randperm(len(x.data))])
