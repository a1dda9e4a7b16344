"""What a tensor tells about itself, as values: dtype, device, size, storage, and its node of the autograd graph."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch

from freedive.lab import arrays
from freedive.lab.kinds import Kind, Native, Property, is_known, register
from freedive.lab.plain import SequenceKind, same, show_inside
from freedive.lab.running import running

Tensor = torch.Tensor


class DtypeKind(Kind):
    data = True
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
    data = True
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

    data = True

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
    private_names = True

    def getattr(self, value: Any, name: str) -> Any:
        """What a node saved for backward, such as _saved_self, besides its attributes."""
        if name.startswith("_saved_") and name in dir(type(value)):
            found = getattr(value, name)
            if isinstance(found, Tensor | int | float | bool | str | tuple | list | None):
                return found
        return super().getattr(value, name)

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
