"""Tensors, dtypes, devices and sizes as values of a snippet.

Over 400 lines: a tensor has that many methods, and they stand in one table.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Iterator
from typing import Any

import torch

from freedive.lab import arrays
from freedive.lab.budget import Meter
from freedive.lab.door import Op, untraced
from freedive.lab.kinds import Kind, Native, Property, is_known, kind_of, register, type_name
from freedive.lab.operators import INPLACE, PLAIN, UNARY
from freedive.lab.plain import SequenceKind, same, show_inside
from freedive.lab.printing import text_of
from freedive.lab.problems import Refused
from freedive.lab.running import running
from freedive.lab.sizes import RULES, count
from freedive.lab.tables import FAMILIES

Tensor = torch.Tensor


def _op_kind(name: str) -> tuple[str, str]:
    return ("contraction", "matmul") if name == "matmul" else ("elementwise", "")


BINARY = {name: Op(name, fn, *_op_kind(name)) for name, fn in PLAIN.items()}
BINARY["truediv"].name = "div"
INPLACE_OPS = {
    name: Op(f"{'div' if name == 'truediv' else name}_", fn, "inplace", _op_kind(name)[1])
    for name, fn in INPLACE.items()
}
UNARY_OPS = {name: Op(name, fn, "elementwise") for name, fn in {**UNARY, "abs": operator.abs}.items()}


def _index_rule(meter: Meter, fn: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """x[i, j]: index tensors replace axes by their own elements."""
    value, index = args[0], args[1]
    if type(index) is int or type(index) is slice:
        return
    parts = index if isinstance(index, tuple) else (index,)
    biggest, taken = 0, 1
    axis = 0
    shape = tuple(value.shape)
    for part in parts:
        if isinstance(part, list):
            size = _list_size(part)
        elif isinstance(part, Tensor):
            size = part.numel() if part.dtype != torch.bool else 0
        else:
            axis += part is not None and part is not Ellipsis
            continue
        biggest = max(biggest, size)
        if axis < len(shape):
            taken *= max(1, shape[axis])
        axis += 1
    if biggest:
        meter.elements(biggest * max(1, count(shape) // max(1, taken)))


def _list_size(items: Any) -> int:
    return sum(_list_size(each) for each in items) if isinstance(items, list) else 1


GETITEM = Op("getitem", lambda value, index: value[index], "indexing", _index_rule)


def _setitem(value: Tensor, index: Any, new: Any) -> Tensor:
    value[index] = new
    return value


SETITEM = Op("setitem", _setitem, "inplace", _index_rule)
UNBIND = Op("unbind", lambda value: value.unbind(0), "movement", "none")


class TensorKind(Kind):
    """torch.Tensor and nn.Parameter."""

    name = "tensor"
    rank = 50

    def binary(self, op: str, a: Any, b: Any) -> Any:
        made = BINARY[op].call((a, b), {})
        return made if made is not NotImplemented else super().binary(op, a, b)

    def inplace(self, op: str, a: Any, b: Any) -> Any:
        if not isinstance(a, Tensor):
            return self.binary(op, a, b)
        return INPLACE_OPS[op].call((a, b), {})

    def unary(self, op: str, value: Any) -> Any:
        return UNARY_OPS[op].call((value,), {})

    def compare(self, op: str, a: Any, b: Any) -> Any:
        if b is None or a is None or isinstance(a, str) or isinstance(b, str):
            return super().compare(op, a, b)
        return BINARY[op].call((a, b), {})

    def getitem(self, value: Any, index: Any) -> Any:
        return GETITEM.call((value, index), {})

    def setitem(self, value: Any, index: Any, new: Any) -> None:
        SETITEM.call((value, index, new), {})

    def setattr(self, value: Any, name: str, new: Any) -> None:
        if name == "grad":
            value.grad = new
        elif name == "requires_grad":
            value.requires_grad = new
        elif name == "data":
            with untraced():
                value.data = new.data
        else:
            super().setattr(value, name, new)

    def iterate(self, value: Any) -> Iterator[Any]:
        if value.dim() == 0:
            raise TypeError("iteration over a 0-d tensor")
        return iter(UNBIND.call((value,), {}))

    def length(self, value: Any) -> int:
        return len(value)

    def truth(self, value: Any) -> bool:
        return bool(value)

    def contains(self, value: Any, item: Any) -> bool:
        return bool((value == item).any())

    def text(self, value: Any) -> str:
        text = text_of(value)
        running.meter.text(len(text))
        return text

    def repr(self, value: Any) -> str:
        return self.text(value)

    def format(self, value: Any, spec: str) -> str:
        # one without axes is formatted as its number, even where no format is asked for
        return format(value, spec) if spec or value.dim() == 0 else self.text(value)

    def number(self, value: Any, cls: type) -> Any:
        return cls(value)

    def index(self, value: Any) -> int:
        return operator.index(value)

    def round(self, value: Any, digits: int | None) -> Any:
        return torch.round(value, decimals=digits or 0)

    def encode(self, value: Any, encoder: Any) -> dict[str, Any]:
        made: dict[str, Any] = {"kind": "tensor"}
        made.update(encoder.numbers(value))
        grad_fn = value.grad_fn
        made["requires_grad"] = value.requires_grad
        made["is_leaf"] = value.is_leaf
        made["grad_fn"] = type(grad_fn).__name__ if grad_fn is not None else None
        made["device"] = str(value.device)
        made["version"] = value._version if not value.is_inference() else 0
        if isinstance(value, torch.nn.Parameter):
            made["parameter"] = True
        made["offset"] = value.storage_offset() if value.layout == torch.strided else None
        made["contiguous"] = value.is_contiguous() if value.layout == torch.strided else None
        note = running.recorder.notes.get(id(value)) if running.recorder is not None else None
        made["tensor"] = note.id if note is not None else None
        if value.numel() <= encoder.written:
            made["repr"] = encoder.clip(text_of(value))
        return made


TENSOR = TensorKind()
register(TENSOR, Tensor)


# ------------------------------------------------------------ dtype, device, size, grad_fn
class DtypeKind(Kind):
    name = "dtype"

    def __init__(self) -> None:
        super().__init__()
        self.attributes = {
            "is_floating_point": Property(lambda d: d.is_floating_point),
            "itemsize": Property(lambda d: d.itemsize),
        }

    def compare(self, op: str, a: Any, b: Any) -> Any:
        return (a == b) is (op == "eq") if op in ("eq", "ne") else super().compare(op, a, b)

    def repr(self, value: Any) -> str:
        return str(value)

    def encode(self, value: Any, encoder: Any) -> dict[str, Any]:
        return {"kind": "dtype", "data": str(value).removeprefix("torch."), "repr": str(value)}


class DeviceKind(Kind):
    name = "device"
    rank = 2

    def __init__(self) -> None:
        super().__init__()
        self.attributes = {"type": Property(lambda d: d.type), "index": Property(lambda d: d.index)}

    def compare(self, op: str, a: Any, b: Any) -> Any:
        same = isinstance(a, torch.device) and isinstance(b, torch.device) and a == b
        return same is (op == "eq") if op in ("eq", "ne") else super().compare(op, a, b)

    def text(self, value: Any) -> str:
        return str(value)

    def repr(self, value: Any) -> str:
        return repr(value)

    def encode(self, value: Any, encoder: Any) -> dict[str, Any]:
        return {"kind": "device", "data": str(value), "repr": repr(value)}


class SizeKind(SequenceKind):
    """torch.Size: a tuple that knows its product."""

    name = "shape"
    rank = 2

    def __init__(self) -> None:
        super().__init__()
        self.attributes = {
            "numel": Native("numel", lambda s: s.numel()),
            "index": Native("index", lambda s, x: s.index(x)),
        }

    def type_name(self, value: Any) -> str:
        return "Size"

    def getitem(self, value: Any, index: Any) -> Any:
        made = super().getitem(value, index)
        return torch.Size(made) if isinstance(made, tuple) else made

    def binary(self, op: str, a: Any, b: Any) -> Any:
        if op == "add" and isinstance(a, tuple) and isinstance(b, tuple):
            return torch.Size(tuple(a) + tuple(b))
        if op == "mul" and isinstance(b, int):
            running.meter.items(len(a) * max(0, b))
            return torch.Size(tuple(a) * b)
        return super().binary(op, a, b)

    def compare(self, op: str, a: Any, b: Any) -> Any:
        both = isinstance(a, tuple) and isinstance(b, tuple)
        return same(op, a, b) if both else super().compare(op, a, b)

    def repr(self, value: Any) -> str:
        return f"torch.Size({show_inside(list(value), [])})"

    def encode(self, value: Any, encoder: Any) -> dict[str, Any]:
        return {"kind": "shape", "data": [int(size) for size in value], "repr": self.repr(value)}


class GradFnKind(Kind):
    """A node of the autograd graph."""

    name = "grad_fn"

    def __init__(self) -> None:
        super().__init__()
        self.attributes = {
            "next_functions": Property(
                lambda node: tuple((known_node(n), i) for n, i in node.next_functions)
            ),
            "name": Native("name", lambda node: node.name()),
        }

    def repr(self, value: Any) -> str:
        return f"<{type(value).__name__} object at {running.identity(value):#x}>"

    def encode(self, value: Any, encoder: Any) -> dict[str, Any]:
        return {"kind": "grad_fn", "data": type(value).__name__, "repr": self.repr(value)}


class StorageView:
    """What `x.storage()` shows: the numbers in memory order. Nothing can be written through it."""

    def __init__(self, owner: Tensor) -> None:
        self.owner = owner

    def flat(self) -> Tensor:
        size = self.owner.untyped_storage().nbytes() // self.owner.element_size()
        return self.owner.detach().as_strided((size,), (1,), 0)


class StorageKind(Kind):
    name = "storage"

    def __init__(self) -> None:
        super().__init__()
        self.attributes = {
            "data_ptr": Native("data_ptr", lambda s: running.recorder.storages.pointer(s.flat())),  # type: ignore[union-attr]
            "size": Native("size", lambda s: s.flat().numel()),
            "nbytes": Native("nbytes", lambda s: s.owner.untyped_storage().nbytes()),
            "tolist": Native("tolist", lambda s: arrays.plain(s.flat())),
        }

    def iterate(self, value: Any) -> Iterator[Any]:
        return iter(arrays.plain(value.flat()))

    def length(self, value: Any) -> int:
        return int(value.flat().numel())

    def getitem(self, value: Any, index: Any) -> Any:
        return arrays.plain(value.flat()[index])

    def repr(self, value: Any) -> str:
        flat = value.flat()
        numbers = "\n".join(f" {x}" for x in flat[:100].tolist())
        return f"{numbers}\n[storage of {flat.numel()} elements, {arrays.dtype_name(flat)}]"


register(DtypeKind(), torch.dtype)
register(DeviceKind(), torch.device)
register(SizeKind(), torch.Size)
register(GradFnKind(), torch.autograd.graph.Node)
register(StorageKind(), StorageView)


NODE = GradFnKind()


def known_node(node: Any) -> Any:
    """A node whose type is known from now on: they are of C++ types that share no Python base with Node."""
    if node is not None and not is_known(node):
        register(NODE, type(node))
    return node


# ------------------------------------------------------------ methods
def _type(value: Tensor, wanted: Any = None) -> Any:
    return value.type() if wanted is None else value.type(wanted)


_TYPE = Op("type", _type, "elementwise")


def _legacy_type(value: Tensor, dtype: Any = None) -> Any:
    """x.type(torch.LongTensor): the old classes by their names, which torch still reads."""
    return _TYPE.call((value, getattr(dtype, "legacy", dtype)), {})


def _numpy(value: Tensor, **kwargs: Any) -> Any:
    return value.numpy(**{key: kwargs[key] for key in kwargs if key == "force"})


def _register_hook(value: Tensor, function: Any) -> Handle:
    hook = running.python(function)
    return Handle(value.register_hook(hook))  # type: ignore[no-untyped-call]


class Handle:
    """What registering a hook gives; `remove()` takes it off."""

    def __init__(self, handle: Any) -> None:
        self.handle = handle


class HandleKind(Kind):
    name = "handle"

    def __init__(self) -> None:
        super().__init__()
        self.attributes = {"remove": Native("remove", lambda h: h.handle.remove())}


register(HandleKind(), Handle)


def _query(name: str) -> Native:
    method = getattr(Tensor, name)
    return Native(name, lambda value, *args, **kwargs: method(value, *args, **kwargs), method.__doc__ or "")


def _copy(value: Tensor, source: Any, non_blocking: bool = False) -> Tensor:
    return value.copy_(source)


def _requires_grad(value: Tensor, requires_grad: bool = True) -> Tensor:
    return value.requires_grad_(bool(requires_grad))


def _tolist(value: Tensor) -> Any:
    running.meter.items(value.numel())
    running.meter.room(value.numel())
    return value.tolist()


_QUERIES = (
    "item", "size", "dim", "ndimension", "numel", "nelement", "element_size", "stride", "storage_offset",
    "is_contiguous", "is_floating_point", "is_complex", "is_signed", "get_device", "retain_grad",
)  # fmt: skip

_INPLACE_ONLY = {
    "zero_": "", "fill_": "", "uniform_": "", "normal_": "", "random_": "", "bernoulli_": "", "exponential_": "",
    "fill_diagonal_": "", "detach_": "none", "t_": "none", "unsqueeze_": "none", "squeeze_": "none",
    "transpose_": "none", "masked_fill_": "", "scatter_": "none", "scatter_add_": "none", "index_fill_": "none",
    "index_add_": "none", "index_copy_": "none", "index_put_": "none", "log_normal_": "", "cauchy_": "",
    "clamp_": "", "relu_": "", "add_": "", "sub_": "", "mul_": "", "div_": "",
}  # fmt: skip

_NOT_INPLACE = frozenset({"detach", "t"})


def _size_of_view(meter: Meter, fn: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    if len(args) > 1 and isinstance(args[1], list | tuple):
        meter.elements(count(args[1]))


def load_methods() -> None:
    """Fill the table of tensor methods from the function tables."""
    table = TENSOR.attributes
    for family, rows in FAMILIES.items():
        for row in rows:
            method = getattr(Tensor, row.name, None)
            if "f" not in row.flags and method is not None and family not in ("network",):
                rule: Any = _size_of_view if row.name == "as_strided" else row.rule
                table[row.name] = Op(row.name, method, row.kind, rule, info=row, moves=_moves(row.name))
            inplace = getattr(Tensor, row.name + "_", None)
            if inplace is not None and row.name not in _NOT_INPLACE and "f" not in row.flags:
                table[row.name + "_"] = Op(row.name + "_", inplace, "inplace", row.rule, info=row)
    for name, rule in _INPLACE_ONLY.items():
        table[name] = Op(name, getattr(Tensor, name), "inplace", rule)
    for name in _QUERIES:
        table[name] = _query(name)
    for old in ("resize_", "set_", "quantize"):
        table.pop(old, None)
    table["new_empty"] = Op("new_empty", lambda x, *size, **k: x.new_zeros(*size, **k), "creation", "last")
    table["new"] = Op("new", lambda x, *data: legacy_constructor(x.dtype)(*data), "creation", "none")
    table["copy_"] = Op("copy_", _copy, "inplace")
    table["requires_grad_"] = Op("requires_grad_", _requires_grad, "query", "none", quiet=True)
    table["tolist"] = Native("tolist", _tolist)
    table["type"] = Native("type", _legacy_type)
    table["numpy"] = Op("numpy", _numpy, "movement", "none")
    table["register_hook"] = Native("register_hook", _register_hook)
    table["data_ptr"] = Native("data_ptr", lambda x: running.recorder.storages.pointer(x))  # type: ignore[union-attr]
    table["storage"] = Native("storage", StorageView)
    table["untyped_storage"] = Native("untyped_storage", StorageView)
    table.update(_PROPERTIES)


def _moves(name: str) -> tuple[int, ...]:
    return (1, 2) if name == "where" else (0,)


def _data(value: Tensor) -> Tensor:
    return value.data


_T = {
    name: Op(name, (lambda n: lambda value: getattr(value, n))(name), "movement", "none")
    for name in ("T", "mT", "H", "mH")
}


def _turned(op: Op, value: Tensor) -> Any:
    return op.call((value,), {})


_DATA = Op("data", _data, "movement", "none", quiet=True)

_PROPERTIES: dict[str, Any] = {
    "shape": Property(lambda x: x.shape),
    "dtype": Property(lambda x: x.dtype),
    "device": Property(lambda x: x.device),
    "ndim": Property(lambda x: x.ndim),
    "grad": Property(lambda x: x.grad),
    "grad_fn": Property(lambda x: known_node(x.grad_fn)),
    "requires_grad": Property(lambda x: x.requires_grad),
    "is_leaf": Property(lambda x: x.is_leaf),
    "retains_grad": Property(lambda x: x.retains_grad),
    "is_cuda": Property(lambda x: x.is_cuda),
    "itemsize": Property(lambda x: x.itemsize),
    "nbytes": Property(lambda x: x.nbytes),
    "_version": Property(lambda x: x._version),
    "real": Property(lambda x: x.real),
    "imag": Property(lambda x: x.imag),
    "data": Property(lambda x: _DATA.call((x,), {})),
    **{name: Property(functools.partial(_turned, op)) for name, op in _T.items()},
}


def legacy_constructor(dtype: torch.dtype) -> Callable[..., Tensor]:
    """torch.FloatTensor and its like: sizes, or data."""

    def make(*args: Any) -> Tensor:
        if len(args) == 1 and isinstance(args[0], list | tuple) and not isinstance(args[0], torch.Size):
            return torch.tensor(args[0], dtype=dtype)
        if len(args) == 1 and isinstance(args[0], Tensor):
            return args[0].to(dtype)
        if len(args) == 1 and hasattr(args[0], "dtype"):
            return torch.tensor(args[0], dtype=dtype)
        sizes = list(args[0]) if args and isinstance(args[0], torch.Size) else list(args)
        if not all(isinstance(size, int) for size in sizes):
            raise TypeError(
                f"new(): expected whole numbers as sizes, or one list of data, not {type_name(args[0])}"
            )
        running.meter.elements(count(sizes))
        # real torch hands out memory as it finds it; the lab never shows what was there before
        return torch.zeros(sizes if args else [0], dtype=dtype)

    return make


__all__ = [
    "BINARY",
    "GETITEM",
    "RULES",
    "TENSOR",
    "Refused",
    "StorageView",
    "kind_of",
    "legacy_constructor",
    "load_methods",
]
