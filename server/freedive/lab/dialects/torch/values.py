"""Tensors as values of a snippet: operators, indexing, text. Their methods are in `methods`, what they tell of themselves in `descriptions`."""

from __future__ import annotations

import operator
from collections.abc import Iterator
from typing import Any

import torch

from freedive.lab.budget import Meter
from freedive.lab.dialects.torch.kernels import layout, reshaped
from freedive.lab.door import Op, untraced
from freedive.lab.kinds import Kind, register
from freedive.lab.operators import INPLACE, PLAIN, UNARY
from freedive.lab.printing import text_of
from freedive.lab.running import running
from freedive.lab.sizes import count

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

    data = True

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
            before = layout(value)
            with untraced():
                value.data = new.data
            reshaped(value, before)
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
        if value.requires_grad and running.recorder is not None:
            running.recorder.moment("left", value, cls.__name__)
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
