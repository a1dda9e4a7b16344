"""mxnet.nd and its random numbers, mxnet.autograd, contexts: names to torch.

Over 400 lines: half of it is tables, and the short functions that their rows need.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

from freedive.lab.classes import Instance, InstanceKind, NativeClass, member_of
from freedive.lab.dialects.mxnet.values import (
    ARRAY,
    BINARY,
    NDARRAY,
    NDArray,
    NdOp,
    attach_grad,
    backward,
    bare,
    load_properties,
    mode,
    state,
    wrap,
)
from freedive.lab.importing import publish
from freedive.lab.kinds import Kind, Native, Property, register
from freedive.lab.namespaces import Namespace
from freedive.lab.running import running

Tensor = torch.Tensor
Axis = int | tuple[int, ...] | None

ND = Namespace("mxnet.nd", doc="Arrays and operations on them.")
MXNET = Namespace("mxnet", version="1.9.1", doc="MXNet's imperative interface.")
RANDOM = Namespace("mxnet.nd.random", doc="Random arrays.")

_DTYPES = {"float16": torch.float16, "float32": torch.float32, "float64": torch.float64, "uint8": torch.uint8, "int8": torch.int8, "int32": torch.int32, "int64": torch.int64, "bool": torch.bool}  # fmt: skip


def dtype(wanted: Any, default: torch.dtype = torch.float32) -> torch.dtype:
    """A torch dtype from a name, a NumPy type or nothing."""
    if wanted is None:
        return default
    if isinstance(wanted, torch.dtype):
        return wanted
    name = np.dtype(getattr(wanted, "python", wanted)).name
    if name not in _DTYPES:
        raise TypeError(f"data type '{name}' not understood")
    return _DTYPES[name]


def _array(source_array: Any, dtype_: Any = None) -> Tensor:
    if isinstance(source_array, Tensor):
        return source_array.detach().clone().to(dtype(dtype_, source_array.dtype))
    if isinstance(source_array, np.ndarray):
        return torch.from_numpy(source_array.copy()).to(
            dtype(dtype_ if dtype_ is not None else source_array.dtype)
        )
    return torch.tensor(source_array).to(dtype(dtype_))


def _shape(shape: Any) -> tuple[int, ...]:
    return (int(shape),) if isinstance(shape, int) else tuple(int(size) for size in shape)


def _filled(value: float) -> Callable[..., Tensor]:
    def make(shape: Any, dtype: Any = None, **kwargs: Any) -> Tensor:
        return torch.full(_shape(shape), value, dtype=_dtype(dtype))

    return make


_dtype = dtype


def _arange(start: float, stop: float | None = None, step: float = 1.0, repeat: int = 1, dtype: Any = None) -> Tensor:  # fmt: skip
    begin, end = (0, start) if stop is None else (start, stop)
    return torch.arange(begin, end, step).to(_dtype(dtype)).repeat_interleave(repeat)


def _reduction(name: str) -> Callable[..., Tensor]:
    """Whole reductions when no axis is given; `exclude` names the axes that stay."""

    def reduce(data: Tensor, axis: Axis = None, keepdims: bool = False, exclude: bool = False) -> Tensor:
        if axis is None or axis == ():
            axes = tuple(range(data.dim()))
        else:
            axes = tuple(a % data.dim() for a in ((axis,) if isinstance(axis, int) else axis))
            if exclude:
                axes = tuple(a for a in range(data.dim()) if a not in axes)
        if name in ("max", "min"):
            return (torch.amax if name == "max" else torch.amin)(data, axes, keepdim=keepdims)
        if name == "prod":
            for a in sorted(axes, reverse=True):
                data = data.prod(a, keepdim=keepdims)
            return data
        made: Tensor = getattr(torch, name)(data, axes, keepdim=keepdims)
        return made

    reduce.__name__ = name
    return reduce


def _norm(data: Tensor, ord: int = 2, axis: Axis = None, keepdims: bool = False) -> Tensor:
    made: Tensor = torch.linalg.vector_norm(data, ord, axis, keepdims)
    return made


def _dot(lhs: Tensor, rhs: Tensor, transpose_a: bool = False, transpose_b: bool = False) -> Tensor:
    """Last axis of the first with the first axis of the second."""
    lhs, rhs = lhs.t() if transpose_a else lhs, rhs.t() if transpose_b else rhs
    if lhs.dim() == 1 and rhs.dim() == 1:
        return torch.dot(lhs, rhs)
    return lhs @ rhs if rhs.dim() <= 2 else torch.tensordot(lhs, rhs, dims=([-1], [0]))


def _batch_dot(lhs: Tensor, rhs: Tensor, transpose_a: bool = False, transpose_b: bool = False) -> Tensor:
    return torch.bmm(lhs.transpose(1, 2) if transpose_a else lhs, rhs.transpose(1, 2) if transpose_b else rhs)


def _take(a: Tensor, indices: Tensor, axis: int = 0, mode: str = "clip") -> Tensor:
    """Rows by an index array of any dtype; places outside are clipped, or wrapped."""
    size = a.shape[axis]
    places = indices.long()
    places = places % size if mode == "wrap" else places.clamp(0, size - 1)
    return a.index_select(axis, places.reshape(-1)).reshape(
        *a.shape[:axis], *places.shape, *a.shape[axis + 1 :]
    )


def _pick(data: Tensor, index: Tensor, axis: int = -1, keepdims: bool = False) -> Tensor:
    axis %= data.dim()
    places = index.long()
    places = places if places.dim() == data.dim() else places.unsqueeze(axis)
    made = data.gather(axis, places)
    return made if keepdims else made.squeeze(axis)


def _arg(name: str) -> Callable[..., Tensor]:
    def find(data: Tensor, axis: int | None = None, keepdims: bool = False) -> Tensor:
        made: Tensor = getattr(torch, name)(data, axis, keepdim=keepdims)
        return made.to(torch.float32)

    return find


def _topk(data: Tensor, axis: int = -1, k: int = 1, ret_typ: str = "indices", is_ascend: bool = False) -> Any:
    values, places = torch.topk(data, k, axis, largest=not is_ascend)
    return {"indices": places.float(), "value": values, "both": [values, places.float()]}[ret_typ]


def _reshape(data: Tensor, *shape: Any, **kwargs: Any) -> Tensor:
    """-1 is inferred, 0 keeps a size, -2 keeps all the rest, -3 joins two, -4 cuts one in two, as MXNet has it."""
    wanted = kwargs.get("shape", shape[0] if len(shape) == 1 and not isinstance(shape[0], int) else shape)
    sizes = [wanted] if isinstance(wanted, int) else list(wanted)
    made: list[int] = []
    old = list(data.shape)
    at = k = 0
    while k < len(sizes):
        size = int(sizes[k])
        if size == -2:
            made += old[at:]
            at = len(old)
        elif size == -3:
            made.append(old[at] * old[at + 1])
            at += 2
        elif size == -4:
            first, second = int(sizes[k + 1]), int(sizes[k + 2])
            made += [
                old[at] // second if first == -1 else first,
                old[at] // first if second == -1 else second,
            ]
            at, k = at + 1, k + 2
        else:
            made.append(old[at] if size == 0 else size)
            at += 1
        k += 1
    return data.reshape(made)


def _transpose(data: Tensor, *axes: Any, **kwargs: Any) -> Tensor:
    order = kwargs.get("axes", axes[0] if len(axes) == 1 and not isinstance(axes[0], int) else axes)
    return data.permute(*order) if order else data.permute(*range(data.dim() - 1, -1, -1))


def _concat(*data: Any, dim: int = 1) -> Tensor:
    parts = data[0] if len(data) == 1 and isinstance(data[0], list | tuple) else data
    return torch.cat(list(parts), dim)


def _stack(*data: Any, axis: int = 0) -> Tensor:
    parts = data[0] if len(data) == 1 and isinstance(data[0], list | tuple) else data
    return torch.stack(list(parts), axis)


def _split(data: Tensor, num_outputs: int, axis: int = 1, squeeze_axis: bool = False) -> Any:
    parts = list(torch.chunk(data, num_outputs, axis))
    return [part.squeeze(axis) for part in parts] if squeeze_axis else parts


def _one_hot(indices: Tensor, depth: int, on_value: float = 1.0, off_value: float = 0.0, dtype: Any = None) -> Tensor:  # fmt: skip
    hot = F.one_hot(indices.long(), depth).to(_dtype(dtype))
    return hot * (on_value - off_value) + off_value


def _softmax(data: Tensor, axis: int = -1, temperature: float | None = None) -> Tensor:
    return torch.softmax(data / (temperature or 1.0), axis)


def _slice_axis(data: Tensor, axis: int, begin: int, end: int | None) -> Tensor:
    size = data.shape[axis]
    begin, end = begin % size if begin < 0 else begin, size if end is None else end
    return data.narrow(axis, begin, (end + size if end < 0 else end) - begin)


def _slice(data: Tensor, begin: Any, end: Any, step: Any = None) -> Tensor:
    steps = step or [None] * len(begin)
    return data[tuple(slice(b, e, s) for b, e, s in zip(begin, end, steps, strict=True))]


def _astype(data: Tensor, dtype: Any, copy: bool = True) -> Tensor:
    return data.to(_dtype(dtype))


def _where(condition: Tensor, x: Tensor, y: Tensor) -> Tensor:
    return torch.where(condition.bool(), x, y)


def _leaky(data: Tensor, act_type: str = "leaky", slope: float = 0.25) -> Tensor:
    return {"leaky": lambda: F.leaky_relu(data, slope), "elu": lambda: F.elu(data, slope), "gelu": lambda: F.gelu(data), "selu": lambda: F.selu(data)}[act_type]()  # fmt: skip


def activation(data: Tensor, act_type: str) -> Tensor:
    """An activation by MXNet's name."""
    known: dict[str, Callable[[Tensor], Tensor]] = {
        "relu": torch.relu, "sigmoid": torch.sigmoid, "tanh": torch.tanh, "softrelu": F.softplus, "softsign": F.softsign,
    }  # fmt: skip
    if act_type not in known:
        raise ValueError(f"expected an activation of {', '.join(known)}; got '{act_type}'")
    return known[act_type](data)


# name -> (function, kind, size rule); f function only, m method only, else both
BOTH: dict[str, tuple[Callable[..., Any], str, str]] = {
    **{name: (getattr(torch, name), "elementwise", "") for name in (
        "exp", "log", "log2", "log10", "log1p", "expm1", "sqrt", "rsqrt", "square", "abs", "sign", "ceil", "floor", "round",
        "trunc", "sin", "cos", "tan", "sinh", "cosh", "reciprocal")},
    **{name: (getattr(torch, name), "activation", "") for name in ("sigmoid", "tanh", "relu")},
    **{name: (_reduction(name), "reduction", "none") for name in ("sum", "mean", "max", "min", "prod", "nansum")},
    "arcsin": (torch.arcsin, "elementwise", ""), "arccos": (torch.arccos, "elementwise", ""), "arctan": (torch.arctan, "elementwise", ""),
    "norm": (_norm, "reduction", "none"), "argmax": (_arg("argmax"), "reduction", "none"), "argmin": (_arg("argmin"), "reduction", "none"),
    "dot": (_dot, "contraction", "matmul"), "take": (_take, "indexing", "none"), "pick": (_pick, "indexing", "none"),
    "topk": (_topk, "indexing", "none"), "reshape": (_reshape, "movement", "none"), "transpose": (_transpose, "movement", "none"),
    "swapaxes": (lambda data, dim1=0, dim2=0: data.transpose(dim1, dim2), "movement", "none"),
    "expand_dims": (lambda data, axis: data.unsqueeze(axis), "movement", "none"),
    "squeeze": (lambda data, axis=None: data.squeeze() if axis is None else data.squeeze(axis), "movement", "none"),
    "flatten": (lambda data: data.reshape(data.shape[0], -1), "movement", "none"),
    "flip": (lambda data, axis: data.flip(axis), "movement", "none"),
    "tile": (lambda data, reps: data.tile(reps), "movement", "repeats"),
    "repeat": (lambda data, repeats, axis=None: data.repeat_interleave(repeats, axis), "movement", "repeats"),
    "broadcast_to": (lambda data, shape: data.expand(*shape), "movement", "none"),
    "broadcast_like": (lambda data, like: data.expand_as(like), "movement", "none"),
    "slice_axis": (_slice_axis, "indexing", "none"), "slice": (_slice, "indexing", "none"), "split": (_split, "movement", "none"),
    "clip": (lambda data, a_min, a_max: data.clamp(a_min, a_max), "elementwise", ""),
    "softmax": (_softmax, "activation", ""), "log_softmax": (lambda data, axis=-1: torch.log_softmax(data, axis), "activation", ""),
    "sort": (lambda data, axis=-1, is_ascend=True: torch.sort(data, axis, not is_ascend).values, "indexing", "none"),
    "argsort": (lambda data, axis=-1, is_ascend=True: torch.argsort(data, axis, not is_ascend).float(), "indexing", "none"),
    "zeros_like": (lambda data: torch.zeros_like(data), "creation", "none"), "ones_like": (lambda data: torch.ones_like(data), "creation", "none"),
    "diag": (lambda data, k=0: torch.diag(data, k), "movement", "diagonal"), "one_hot": (_one_hot, "indexing", "value"),
}  # fmt: skip
METHODS: dict[str, tuple[Callable[..., Any], str, str]] = {
    "astype": (_astype, "elementwise", "none"),
    "copy": (lambda data: data.clone(), "creation", "none"),
    "reshape_like": (lambda data, like: data.reshape(like.shape), "movement", "none"),
}
FUNCTIONS: dict[str, tuple[Callable[..., Any], str, str]] = {
    "array": (lambda source_array, dtype=None: _array(source_array, dtype), "creation", "none"),
    "zeros": (_filled(0.0), "creation", "first"), "ones": (_filled(1.0), "creation", "first"), "empty": (_filled(0.0), "creation", "first"),
    "full": (lambda shape, val, dtype=None: torch.full(_shape(shape), val, dtype=_dtype(dtype)), "creation", "first"),
    "arange": (_arange, "creation", "steps"), "eye": (lambda N, M=0, k=0, dtype=None: torch.eye(N, M or N, dtype=_dtype(dtype)), "creation", "square"),
    "linspace": (lambda start, stop, num, endpoint=True, dtype=None: torch.linspace(start, stop, num).to(_dtype(dtype)), "creation", "steps"),
    "concat": (_concat, "movement", "stack"), "concatenate": (lambda arrays, axis=0: torch.cat(list(arrays), axis), "movement", "stack"),
    "stack": (_stack, "movement", "stack"), "batch_dot": (_batch_dot, "contraction", "matmul"), "where": (_where, "indexing", ""),
    "Activation": (activation, "activation", ""), "LeakyReLU": (_leaky, "activation", ""),
    "maximum": (lambda lhs, rhs: torch.maximum(*_pair(lhs, rhs)), "elementwise", ""), "minimum": (lambda lhs, rhs: torch.minimum(*_pair(lhs, rhs)), "elementwise", ""),
    "power": (lambda base, exp: torch.pow(base, exp), "elementwise", ""), "smooth_l1": (lambda data, scalar=1.0: F.smooth_l1_loss(data, torch.zeros_like(data), reduction="none", beta=1 / scalar**2), "elementwise", ""),
    "add_n": (lambda *args: sum(args[1:], args[0]), "elementwise", ""), "Embedding": (lambda data, weight, *_, **__: F.embedding(data.long(), weight), "indexing", "none"),
    "FullyConnected": (lambda data, weight, bias=None, num_hidden=None, no_bias=False, flatten=True: F.linear(data.flatten(1) if flatten else data, weight, None if no_bias else bias), "contraction", "matmul"),
}  # fmt: skip


def _pair(a: Any, b: Any) -> tuple[Tensor, Tensor]:
    return torch.as_tensor(a, dtype=torch.float32), torch.as_tensor(b, dtype=torch.float32)


def _sized(shape: Any) -> tuple[int, ...]:
    return (1,) if shape is None else _shape(shape)


def _normal(loc: float = 0.0, scale: float = 1.0, shape: Any = None, dtype: Any = None) -> Tensor:
    return torch.randn(_sized(shape), dtype=_dtype(dtype)) * scale + loc


def _uniform(low: float = 0.0, high: float = 1.0, shape: Any = None, dtype: Any = None) -> Tensor:
    return torch.rand(_sized(shape), dtype=_dtype(dtype)) * (high - low) + low


RANDOMS: dict[str, Callable[..., Tensor]] = {
    "normal": _normal, "uniform": _uniform,
    "randn": lambda *shape, loc=0.0, scale=1.0, dtype=None: _normal(loc, scale, shape or None, dtype),
    "randint": lambda low, high, shape=None, dtype=None: torch.randint(low, high, _sized(shape), dtype=_dtype(dtype, torch.int32)),
    "shuffle": lambda data: data[torch.randperm(len(data))],
    "multinomial": lambda data, shape=None, get_prob=False, dtype=None: torch.multinomial(data, math.prod(_sized(shape)), True).to(torch.int32).squeeze(-1),
    "exponential": lambda scale=1.0, shape=None, dtype=None: torch.empty(_sized(shape)).exponential_(1 / scale),
    "poisson": lambda lam=1.0, shape=None, dtype=None: torch.poisson(torch.full(_sized(shape), float(lam))),
    "gamma": lambda alpha=1.0, beta=1.0, shape=None, dtype=None: torch.distributions.Gamma(alpha, 1 / beta).sample(_sized(shape)),
    "bernoulli": lambda prob, size=None, shape=None: torch.bernoulli(torch.full(_sized(shape if shape is not None else size), float(prob))),
}  # fmt: skip


class Mode:
    """`with autograd.record():` and its like."""

    def __init__(self, recording: bool | None, training: bool | None) -> None:
        self.wanted = (recording, training)
        self.before: list[tuple[bool, bool]] = []


class ModeKind(Kind):
    name = "context"

    def enter(self, value: Any) -> Any:
        now = state()
        value.before.append((now.recording, now.training))
        recording, training = value.wanted
        now.recording = now.recording if recording is None else recording
        now.training = now.training if training is None else training

    def leave(self, value: Any, failed: BaseException | None) -> None:
        state().recording, state().training = value.before.pop()


register(ModeKind(), Mode)


def _grad(heads: Any, variables: Any, head_grads: Any = None, retain_graph: Any = None, create_graph: bool = False, train_mode: bool = True) -> Any:  # fmt: skip
    running.meter.spend_backward()
    roots = [bare(h) for h in (heads if isinstance(heads, list | tuple) else [heads])]
    wanted = [bare(v) for v in (variables if isinstance(variables, list | tuple) else [variables])]
    seeds = [torch.ones_like(root) for root in roots] if head_grads is None else [bare(g) for g in head_grads]
    with torch.enable_grad():
        made = torch.autograd.grad(roots, wanted, seeds, retain_graph=retain_graph, create_graph=create_graph)
    arrays = [wrap(each) for each in made]
    return arrays if isinstance(variables, list | tuple) else arrays[0]


def _seed(seed_state: int, ctx: str = "all") -> None:
    torch.manual_seed(int(seed_state))


def _mark(variables: Any, gradients: Any, grad_reqs: Any = "write") -> None:
    listed = variables if isinstance(variables, list | tuple) else [variables]
    for variable in listed:
        attach_grad(variable, grad_reqs if isinstance(grad_reqs, str) else "write")


class Function(Instance):
    """autograd.Function: forward and backward as the snippet writes them."""

    def __init__(self) -> None:
        self.fields: dict[str, Any] = dict(getattr(self, "fields", {}))
        self.saved: tuple[Any, ...] = ()


class FunctionKind(InstanceKind):
    def __init__(self) -> None:
        super().__init__()
        self.attributes = {"save_for_backward": Native("save_for_backward", lambda f, *values: setattr(f, "saved", values)), "saved_tensors": Property(lambda f: f.saved)}  # fmt: skip

    def call(self, value: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        def own(name: str, given: tuple[Any, ...]) -> Any:
            now = state()
            was, now.recording = now.recording, False
            try:
                return running.call(member_of(value, name)[1], given)
            finally:
                now.recording = was

        class Step(torch.autograd.Function):
            @staticmethod
            def forward(ctx: Any, *tensors: Tensor) -> Tensor:
                return bare(own("forward", tuple(NDArray(t.detach()) for t in tensors))).clone()  # type: ignore[no-any-return]

            @staticmethod
            def backward(ctx: Any, *grads: Tensor) -> Any:
                made = own("backward", tuple(NDArray(g) for g in grads))
                return tuple(bare(g) for g in made) if isinstance(made, list | tuple) else bare(made)

        return NdOp(self.type_name(value), Step.apply, "elementwise").call(args, {})


register(FunctionKind(), Function)


def _assign(value: NDArray, other: Any) -> NDArray:
    if not isinstance(other, NDArray):
        return type(value)(value.data.detach().clone())
    with mode():
        other.data.copy_(value.data)
    return other


def load() -> None:
    load_properties()
    methods = ARRAY.attributes
    for name, entry in {**BOTH, **FUNCTIONS}.items():
        ND.members[name] = NdOp(name, *entry)
    for name, entry in {**BOTH, **METHODS}.items():
        methods[name] = NdOp(name, *entry)
    transpose = NdOp("T", lambda data: data.permute(*range(data.dim() - 1, -1, -1)), "movement")
    methods["T"] = Property(lambda x: transpose.call((x,), {}))
    methods["copyto"] = Native("copyto", _assign)
    for ours, theirs in {"add": "add", "subtract": "sub", "multiply": "mul", "divide": "truediv", "modulo": "mod"}.items():  # fmt: skip
        ND.members[ours] = ND.members[f"elemwise_{theirs}"] = ND.members[f"broadcast_{theirs}"] = BINARY[
            theirs
        ]
    for ours, theirs in {"equal": "eq", "not_equal": "ne", "greater": "gt", "greater_equal": "ge", "lesser": "lt", "lesser_equal": "le"}.items():  # fmt: skip
        ND.members[ours] = ND.members[f"broadcast_{ours}"] = BINARY[theirs]
    ND.members["elemwise_div"] = ND.members["broadcast_div"] = BINARY["truediv"]
    for name, function in RANDOMS.items():
        kind = "movement" if name == "shuffle" else "random"
        RANDOM.members[name] = NdOp(name, function, kind, "last" if kind == "random" else "none")
        ND.members[f"random_{name}"] = RANDOM.members[name]
    RANDOM.members["seed"] = Native("seed", _seed)
    ND.members.update(random=RANDOM, shuffle=RANDOM.members["shuffle"], NDArray=NDARRAY)
    ND.members["waitall"] = Native("waitall", lambda: None)
    autograd = Namespace(
        "mxnet.autograd",
        {
            "record": Native("record", lambda train_mode=True: Mode(True, train_mode)),
            "pause": Native("pause", lambda train_mode=False: Mode(False, train_mode)),
            "train_mode": Native("train_mode", lambda: Mode(None, True)),
            "predict_mode": Native("predict_mode", lambda: Mode(None, False)),
            "is_recording": Native("is_recording", lambda: state().recording),
            "is_training": Native("is_training", lambda: state().training),
            "backward": Native("backward", lambda heads, head_grads=None, retain_graph=False, train_mode=True: backward(list(heads) if isinstance(heads, list | tuple) else [heads], head_grads, retain_graph)),
            "grad": Native("grad", _grad), "mark_variables": Native("mark_variables", _mark),
            "Function": NativeClass("Function", Function, module="mxnet.autograd"),
        },
        doc="Recording and gradients.",
    )  # fmt: skip
    contexts = {name: Native(name, (lambda n: lambda device_id=0: f"{n}({device_id})")(name)) for name in ("cpu", "gpu")}  # fmt: skip
    MXNET.members.update(
        nd=ND, ndarray=ND, autograd=autograd, random=RANDOM, **contexts,
        num_gpus=Native("num_gpus", lambda: 0), context=Namespace("mxnet.context", {**contexts, "num_gpus": Native("num_gpus", lambda: 0)}),
    )  # fmt: skip
    publish(MXNET, ND, RANDOM, autograd, Namespace("mxnet.ndarray", ND.members, doc=ND.doc))
    publish(Namespace("mxnet.ndarray.random", RANDOM.members), Namespace("mxnet.random", RANDOM.members))
