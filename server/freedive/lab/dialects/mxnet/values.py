"""NDArray as a value of a snippet, and what `autograd` remembers: an array wraps a torch tensor and its gradient.

A little over 400 lines: the arrays of nd and of np, and what backward needs to know of them.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch

from freedive.lab import arrays
from freedive.lab.dialects.numpy.values import ARRAY as NUMPY_ARRAY
from freedive.lab.dialects.numpy.values import ArrayKind
from freedive.lab.dialects.torch.values import GETITEM, SETITEM
from freedive.lab.door import Op
from freedive.lab.kinds import Callable_, Kind, Native, Property, kind_of, register
from freedive.lab.operators import INPLACE, PLAIN, UNARY
from freedive.lab.problems import hint_for
from freedive.lab.running import running
from freedive.lab.tables import counterparts
from freedive.lab.types import TypeRef, publish_type

Tensor = torch.Tensor


class NDArray:
    """An array of one run. `data` stays the same tensor while the array is written in place."""

    __slots__ = ("__weakref__", "data", "grad", "grad_req")

    def __init__(self, data: Tensor) -> None:
        self.data = data
        self.grad: NDArray | None = None
        self.grad_req = "null"


class State:
    """Whether operations are recorded, and which arrays want gradients."""

    def __init__(self) -> None:
        self.recording = False
        self.modern = False
        """Whether `npx.set_np()` was called: new parameters are arrays of mxnet.np."""
        self.training = False
        self.attached: list[weakref.ref[NDArray]] = []

    def leaves(self) -> list[NDArray]:
        return [array for ref in self.attached if (array := ref()) is not None and array.grad is not None]


_STATES: weakref.WeakKeyDictionary[Any, State] = weakref.WeakKeyDictionary()


def state() -> State:
    """That of the run which goes on now."""
    return _STATES.setdefault(running.recorder, State())


@contextmanager
def mode() -> Iterator[None]:
    """Torch's own recording follows `autograd.record()`."""
    with torch.set_grad_enabled(state().recording):
        yield


class NpArray(NDArray):
    """An array of mxnet.np: the same, with NumPy's results without axes, comparisons and text."""

    __slots__ = ()


def wrap(value: Any, modern: bool = False) -> Any:
    """Tensors of a result as arrays; in mxnet.nd a result without axes becomes one with a single element."""
    if isinstance(value, Tensor):
        if modern:
            return NpArray(value)
        return NDArray(_with_axis(value) if value.dim() == 0 else value)
    if isinstance(value, list | tuple):
        return [wrap(each, modern) for each in value]
    return value


def _with_axis(value: Tensor) -> Tensor:
    """A result without axes as mxnet.nd has it; in the trace it is the same tensor."""
    made = value.reshape(1)
    if running.recorder is not None:
        running.recorder.renew(value, made)
    return made


_ROWS = counterparts("mx")


def is_modern(values: Any) -> bool:
    """Whether an array of mxnet.np is among them."""
    return any(isinstance(v, NpArray) or (isinstance(v, list | tuple) and is_modern(v)) for v in values)


def bare(value: Any) -> Any:
    """The tensor of an array; anything else as it is."""
    return value.data if isinstance(value, NDArray) else value


class MXNetError(RuntimeError):
    """mxnet.base.MXNetError."""

    hint: str | None = None


class NdOp(Callable_):
    """An operation on arrays: unwraps, passes the door, wraps again."""

    def __init__(
        self, name: str, fn: Callable[..., Any], kind: str, rule: str = "none", doc: str = ""
    ) -> None:
        self.name = name
        self.op = Op(name, fn, kind, rule, info=_ROWS.get(name))
        self.doc = doc or self.op.doc
        self.modern = False
        """Whether it gives arrays of mxnet.np, whatever it is given."""

    def call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        given = {key: value for key, value in kwargs.items() if key not in ("ctx", "name", "out", "device")}
        modern = self.modern or is_modern(args) or is_modern(given.values())
        with mode():
            try:
                made = self.op.call(args, given)
            except RuntimeError as error:
                raise error if isinstance(error, MXNetError) else told(error) from None
        if modern and self.name in COMPARISONS:
            made = made.bool()
        out = kwargs.get("out")
        if not isinstance(out, NDArray):
            return wrap(made, modern)
        OUT.call((out.data, made), {})
        return out


def told(error: RuntimeError) -> MXNetError:
    """An error of torch as one of MXNet."""
    made = MXNetError(str(error))
    made.hint = hint_for(error)
    return made


def _write(target: Tensor, new: Tensor) -> Tensor:
    with torch.no_grad():
        return target.copy_(new)


OUT = Op("out", _write, "inplace", "none")


def _float(fn: Callable[..., Any]) -> Callable[..., Any]:
    def compare(a: Any, b: Any) -> Any:
        return fn(a, b).to(torch.float32)

    return compare


COMPARISONS = ("lt", "le", "gt", "ge", "eq", "ne")


def _binary(name: str) -> NdOp:
    fn = _float(PLAIN[name]) if name in COMPARISONS else PLAIN[name]
    contraction = name == "matmul"
    return NdOp(
        {"truediv": "div"}.get(name, name),
        fn,
        "contraction" if contraction else "elementwise",
        "matmul" if contraction else "",
    )


BINARY = {name: _binary(name) for name in PLAIN}
UNARY_OPS = {name: NdOp(name, fn, "elementwise") for name, fn in {**UNARY, "abs": torch.abs}.items()}
INPLACE_OPS = {name: Op(f"{name}=", fn, "inplace") for name, fn in INPLACE.items()}


def _index(index: Any) -> Any:
    """Index arrays are float in MXNet; torch wants whole numbers."""
    if isinstance(index, tuple):
        return tuple(_index(part) for part in index)
    if isinstance(index, NDArray):
        index = index.data
    if isinstance(index, Tensor) and index.is_floating_point():
        return index.long()
    return index


def _numbers(array: NDArray) -> Tensor:
    """The tensor whose part is asked for. Outside of `record` it is no part of a graph, so that the part may be written to."""
    if state().recording or not array.data.requires_grad:
        return array.data
    made = array.data.detach()
    if running.recorder is not None:
        running.recorder.alias(made, array.data)
    return made


class NDArrayKind(Kind):
    """mxnet.nd.NDArray."""

    name = "ndarray"
    rank = 60

    def type_name(self, value: Any) -> str:
        return "NDArray"

    @staticmethod
    def native(value: NDArray) -> Tensor:
        return value.data

    def binary(self, op: str, a: Any, b: Any) -> Any:
        return BINARY[op].call((a, b), {})

    def inplace(self, op: str, a: Any, b: Any) -> Any:
        if not isinstance(a, NDArray) or state().recording:
            return self.binary(op, a, b)
        with torch.no_grad():
            INPLACE_OPS[op].call((a, b), {})
        return a

    def unary(self, op: str, value: Any) -> Any:
        return UNARY_OPS[op].call((value,), {})

    def compare(self, op: str, a: Any, b: Any) -> Any:
        if a is None or b is None or isinstance(a, str) or isinstance(b, str):
            return super().compare(op, a, b)
        return BINARY[op].call((a, b), {})

    def getitem(self, value: Any, index: Any) -> Any:
        with mode():
            return wrap(GETITEM.call((_numbers(value), _index(index)), {}), isinstance(value, NpArray))

    def setitem(self, value: Any, index: Any, new: Any) -> None:
        if isinstance(new, np.ndarray | list):
            new = torch.as_tensor(np.asarray(new), dtype=value.data.dtype)
        with mode():
            SETITEM.call((value, _index(index), new), {})

    def iterate(self, value: Any) -> Iterator[Any]:
        return (self.getitem(value, i) for i in range(len(value.data)))

    def length(self, value: Any) -> int:
        return len(value.data)

    def truth(self, value: Any) -> bool:
        if value.data.numel() != 1:
            raise ValueError("The truth value of an NDArray with multiple elements is ambiguous.")
        return bool(value.data)

    def contains(self, value: Any, item: Any) -> bool:
        return bool((value.data == bare(item)).any())

    def text(self, value: Any) -> str:
        numbers = value.data.detach().numpy()
        sizes = "x".join(map(str, numbers.shape))
        text = f"\n{numbers}\n<NDArray {sizes} @cpu(0)>"
        running.meter.text(len(text))
        return text

    def repr(self, value: Any) -> str:
        return self.text(value)

    def format(self, value: Any, spec: str) -> str:
        return format(self.number(value, float), spec) if spec else self.text(value)

    def number(self, value: Any, cls: type) -> Any:
        if value.data.numel() != 1:
            raise ValueError("The current array is not a scalar")
        return cls(value.data.item())

    def index(self, value: Any) -> int:
        return int(self.number(value, int))

    def encode(self, value: Any, encoder: Any) -> dict[str, Any]:
        data = value.data
        made: dict[str, Any] = {"kind": "ndarray", **encoder.numbers(data), "device": "cpu"}
        made["contiguous"] = data.is_contiguous()
        note = running.recorder.notes.get(id(data)) if running.recorder is not None else None
        made["tensor"] = note.id if note is not None else None
        if data.numel() <= encoder.written:
            made["repr"] = encoder.clip(self.repr(value))
        return made


class NpArrayKind(NDArrayKind):
    """mxnet.np.ndarray."""

    def type_name(self, value: Any) -> str:
        return "ndarray"

    def text(self, value: Any) -> str:
        text = str(value.data.detach().numpy())
        running.meter.text(len(text))
        return text

    def repr(self, value: Any) -> str:
        text = repr(value.data.detach().numpy()).replace(", dtype=float32", "")
        running.meter.text(len(text))
        return text


class Numbers(np.ndarray[Any, Any]):
    """What `asnumpy` gives: NumPy as it was with MXNet, where an array of one element still served as a number."""


class NumbersKind(ArrayKind):
    def number(self, value: Any, cls: type) -> Any:
        return cls(value.reshape(-1)[0]) if value.size == 1 else super().number(value, cls)

    def type_name(self, value: Any) -> str:
        return "ndarray"

    def binary(self, op: str, a: Any, b: Any) -> Any:
        if op == "mod" and isinstance(a, str):
            return kind_of(a).binary(op, a, b)
        return super().binary(op, a, b)

    def format(self, value: Any, spec: str) -> str:
        return format(value.reshape(-1)[0], spec) if spec else self.text(value)

    def repr(self, value: Any) -> str:
        return super().repr(np.asarray(value))

    def encode(self, value: Any, encoder: Any) -> dict[str, Any]:
        return super().encode(np.asarray(value), encoder)


ARRAY = NDArrayKind()
NP_ARRAY = NpArrayKind()
NUMBERS = NumbersKind()
register(ARRAY, NDArray)
register(NP_ARRAY, NpArray)
register(NUMBERS, Numbers)
NDARRAY = publish_type(TypeRef("NDArray", NDArray, module="mxnet.ndarray"))


def attach_grad(value: NDArray, grad_req: str = "write", stype: Any = None) -> None:
    """Make room for the gradient; what led to the array is forgotten."""
    before, value.data = value.data, value.data.detach().requires_grad_(grad_req != "null")
    if running.recorder is not None:
        running.recorder.renew(before, value.data)
    value.grad = (
        type(value)(torch.zeros_like(value.data, requires_grad=False)) if grad_req != "null" else None
    )
    value.grad_req = grad_req
    state().attached.append(weakref.ref(value))


def backward(heads: list[NDArray], head_grads: list[Any] | None = None, retain_graph: bool = False) -> None:
    """Gradients of the heads' sums; they overwrite what is there, unless `grad_req` is `add`."""
    tensors = [head.data for head in heads]
    if not any(tensor.requires_grad for tensor in tensors):
        raise MXNetError(
            "Cannot differentiate node because it is not in a computational graph. You need to set is_recording to "
            "true or use autograd.record() to save computational graphs for backward."
        )
    seeds = [torch.ones_like(t) if g is None else bare(g) for t, g in zip(tensors, head_grads or [None] * len(heads), strict=True)]  # fmt: skip
    leaves = state().leaves()
    for leaf in leaves:
        leaf.data.grad = None
    try:
        _BACKWARD.call((tensors, seeds, retain_graph), {})
    except RuntimeError as error:
        if "second time" not in str(error):
            raise
        raise MXNetError(
            "Cannot differentiate node because it is not in a computational graph. You need to set is_recording to true or use "
            "autograd.record() to save computational graphs for backward. If you want to differentiate the same graph twice, "
            "you need to pass retain_graph=True to backward."
        ) from None
    for leaf in leaves:
        made = leaf.data.grad
        if made is None or leaf.grad is None:
            continue
        if leaf.grad_req == "add":
            leaf.grad.data += made
        else:
            leaf.grad.data.copy_(made)


def _backward(tensors: list[Tensor], seeds: list[Tensor], retain_graph: bool) -> None:
    running.meter.spend_backward()
    if running.recorder is not None and running.recorder.on:
        running.recorder.roots += [tensor.grad_fn for tensor in tensors]
    torch.autograd.backward(tensors, seeds, retain_graph=retain_graph)


_BACKWARD = Op("backward", _backward, "autograd", "none")


def asnumpy(value: NDArray) -> Any:
    """A NumPy copy."""
    made = value.data.detach().numpy().copy()
    return made.view(Numbers) if made.size == 1 and made.ndim else made


def asscalar(value: NDArray) -> Any:
    """The only element as a number."""
    if value.data.numel() != 1:
        raise ValueError("The current array is not a scalar")
    return value.data.detach().numpy().reshape(-1)[0]


def load_properties() -> None:
    """What an array has besides its operations."""
    NUMBERS.attributes = NUMPY_ARRAY.attributes
    NP_ARRAY.attributes = table = ARRAY.attributes
    table["as_nd_ndarray"] = Native("as_nd_ndarray", lambda x: NDArray(x.data))
    table["as_np_ndarray"] = Native("as_np_ndarray", lambda x: NpArray(x.data))
    table["shape"] = Property(lambda x: tuple(x.data.shape))
    table["size"] = Property(lambda x: x.data.numel())
    table["ndim"] = Property(lambda x: x.data.dim())
    table["dtype"] = Property(lambda x: np.dtype(arrays.dtype_name(x.data)).type)
    table["context"] = table["ctx"] = Property(lambda x: "cpu(0)")
    table["stype"] = Property(lambda x: "default")
    table["grad"] = Property(lambda x: x.grad)
    table["attach_grad"] = Native("attach_grad", attach_grad)
    table["backward"] = Native("backward", lambda x, out_grad=None, retain_graph=False, train_mode=True: backward([x], [out_grad], retain_graph))  # fmt: skip
    table["asnumpy"] = Native("asnumpy", asnumpy)
    table["asscalar"] = table["item"] = Native("asscalar", asscalar)
    table["wait_to_read"] = Native("wait_to_read", lambda x: None)
    table["as_in_context"] = table["as_in_ctx"] = Native("as_in_context", lambda x, ctx: x)
    table["detach"] = Native("detach", lambda x: type(x)(x.data.detach()))
    table["tolist"] = Native("tolist", lambda x: arrays.plain(x.data))
