"""The methods of tensors: one table, filled from the function tables. `values` says how a tensor behaves besides."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import torch

from freedive.lab.budget import Meter
from freedive.lab.dialects.torch import names
from freedive.lab.dialects.torch.descriptions import StorageView, known_node
from freedive.lab.dialects.torch.values import TENSOR
from freedive.lab.door import Op
from freedive.lab.exchange import Borrowed, callback
from freedive.lab.kinds import Kind, Native, Property, register, type_name
from freedive.lab.running import running
from freedive.lab.sizes import count, extent
from freedive.lab.tables import FAMILIES, ROWS

Tensor = torch.Tensor


def _type(value: Tensor, wanted: Any = None) -> Any:
    return value.type() if wanted is None else value.type(wanted)


_TYPE = Op("type", _type, "elementwise")


def _legacy_type(value: Tensor, dtype: Any = None) -> Any:
    """x.type(torch.LongTensor): the old classes by their names, which torch still reads."""
    return _TYPE.call((value, getattr(dtype, "legacy", dtype)), {})


def _numpy(value: Tensor, **kwargs: Any) -> Any:
    return value.numpy(**{key: kwargs[key] for key in kwargs if key == "force"})


def _register_hook(value: Tensor, function: Any) -> Handle:
    hook = callback(function)
    return Handle(value.register_hook(hook))  # type: ignore[no-untyped-call]


def _after_accumulation(value: Tensor, function: Any) -> Handle:
    return Handle(value.register_post_accumulate_grad_hook(callback(function)))  # type: ignore[no-untyped-call]


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


def _item(value: Tensor) -> Any:
    if value.requires_grad and running.recorder is not None:
        running.recorder.moment("left", value, "item")
    return value.item()


def _query(name: str) -> Native:
    method = getattr(Tensor, name)
    return Borrowed(name, lambda value, *args, **kwargs: method(value, *args, **kwargs), method.__doc__ or "")


def _copy(value: Tensor, source: Any, non_blocking: bool = False) -> Tensor:
    return value.copy_(source)


def _requires_grad(value: Tensor, requires_grad: bool = True) -> Tensor:
    return value.requires_grad_(bool(requires_grad))


def _tolist(value: Tensor) -> Any:
    if value.requires_grad and running.recorder is not None:
        running.recorder.moment("left", value, "tolist")
    running.meter.items(value.numel())
    running.meter.room(value.numel())
    return value.tolist()


_QUERIES = (
    "size", "dim", "ndimension", "numel", "nelement", "element_size", "stride", "storage_offset",
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
    for listed in (names.BOTH, names.METHODS):
        for name, kind, rule in names.rows(listed):
            method = getattr(Tensor, name, None)
            if method is not None:
                table.setdefault(name, Op(name, method, kind, rule))
    for name, rule in _INPLACE_ONLY.items():
        table[name] = Op(name, getattr(Tensor, name), "inplace", rule, info=ROWS.get(name.removesuffix("_")))
    for name in _QUERIES:
        table[name] = _query(name)
    for old in ("resize_", "set_", "quantize"):
        table.pop(old, None)
    table["new_empty"] = Op("new_empty", lambda x, *size, **k: x.new_zeros(*size, **k), "creation", "last")
    table["new"] = Op("new", lambda x, *data: legacy_constructor(x.dtype)(*data), "creation", "none")
    table["copy_"] = Op("copy_", _copy, "inplace")
    table["requires_grad_"] = Op("requires_grad_", _requires_grad, "query", "none", quiet=True)
    table["item"] = Native("item", _item, Tensor.item.__doc__ or "")
    table["tolist"] = Native("tolist", _tolist)
    table["type"] = Native("type", _legacy_type)
    table["numpy"] = Op("numpy", _numpy, "movement", "none")
    table["register_hook"] = Native("register_hook", _register_hook)
    table["register_post_accumulate_grad_hook"] = Native(
        "register_post_accumulate_grad_hook", _after_accumulation
    )
    table["data_ptr"] = Native("data_ptr", lambda x: running.recorder.storages.pointer(x))  # type: ignore[union-attr]
    table["storage"] = Native("storage", StorageView)
    table["untyped_storage"] = Native("untyped_storage", StorageView)
    table.update(_PROPERTIES)


def _moves(name: str) -> tuple[int, ...]:
    return (1, 2) if name == "where" else (0,)


def _data(value: Tensor) -> Tensor:
    return value.data


def _grad(value: Tensor) -> Any:
    found = value.grad
    if running.recorder is not None:
        running.recorder.moment("grad", value, (found, 0 if found is None else found._version))
    return found


_T = {
    name: Op(name, (lambda n: lambda value: getattr(value, n))(name), "movement", "none")
    for name in ("T", "mT", "H", "mH")
}


def _turned(op: Op, value: Tensor) -> Any:
    return op.call((value,), {})


_DATA = Op("data", _data, "movement", "none")

_PROPERTIES: dict[str, Any] = {
    "shape": Property(lambda x: x.shape),
    "dtype": Property(lambda x: x.dtype),
    "device": Property(lambda x: x.device),
    "ndim": Property(lambda x: x.ndim),
    "grad": Property(_grad),
    "grad_fn": Property(lambda x: known_node(x.grad_fn)),
    "requires_grad": Property(lambda x: x.requires_grad),
    "is_leaf": Property(lambda x: x.is_leaf),
    "retains_grad": Property(lambda x: x.retains_grad),
    "is_cuda": Property(lambda x: x.is_cuda),
    "itemsize": Property(lambda x: x.itemsize),
    "nbytes": Property(lambda x: x.nbytes),
    "_version": Property(lambda x: x._version),
    "_base": Property(lambda x: x._base),
    "is_cpu": Property(lambda x: x.is_cpu),
    "is_sparse": Property(lambda x: x.is_sparse),
    "is_quantized": Property(lambda x: x.is_quantized),
    "is_meta": Property(lambda x: x.is_meta),
    "name": Property(lambda x: x.name),
    "output_nr": Property(lambda x: x.output_nr),
    "real": Property(lambda x: x.real),
    "imag": Property(lambda x: x.imag),
    "data": Property(lambda x: _DATA.call((x,), {})),
    **{name: Property(functools.partial(_turned, op)) for name, op in _T.items()},
}


def legacy_constructor(dtype: torch.dtype) -> Callable[..., Tensor]:
    """torch.FloatTensor and its like: sizes, or data."""

    def make(*args: Any) -> Tensor:
        if len(args) == 1 and isinstance(args[0], list | tuple) and not isinstance(args[0], torch.Size):
            running.meter.elements(count(extent(args[0])))
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
