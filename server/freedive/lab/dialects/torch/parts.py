"""`module._modules` and its like: the parts of a module by name, each checked by torch's own method before it is kept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torch import nn

from freedive.lab.kinds import Kind, Native, register
from freedive.lab.plain import DictKind, View, show_inside

GROUPS = {"_modules": "add_module", "_parameters": "register_parameter", "_buffers": "register_buffer"}
"""Where a module keeps its parts, and the method that checks one before it is kept."""


class Members:
    """`self._modules` and its like: the parts by name; one is added as torch's own method adds it."""

    def __init__(self, module: nn.Module, group: str) -> None:
        self.module, self.group = module, group

    def read(self) -> dict[str, Any]:
        return dict(getattr(self.module, self.group))


def is_worked_out(module: nn.Module, name: str) -> bool:
    """Whether reading `module.name` computes it."""
    found = (module.__dict__.get("_modules") or {}).get("parametrizations")
    return (
        isinstance(found, nn.ModuleDict)
        and name in found
        and isinstance(found[name], nn.utils.parametrize.ParametrizationList)
    )


class MembersKind(DictKind):
    def __init__(self) -> None:
        super().__init__()
        self.attributes = {
            name: Native(
                name,
                (lambda n: lambda m, *args: View(m.read(), n) if n != "get" else m.read().get(*args))(name),
            )
            for name in ("keys", "values", "items", "get")
        }

    def getitem(self, value: Any, index: Any) -> Any:
        return value.read()[index]

    def setitem(self, value: Any, index: Any, new: Any) -> None:
        getattr(value.module, GROUPS[value.group])(index, new)

    def delitem(self, value: Any, index: Any) -> None:
        del getattr(value.module, value.group)[index]

    def compare(self, op: str, a: Any, b: Any) -> Any:
        return Kind.compare(self, op, a, b)

    def iterate(self, value: Any) -> Iterator[Any]:
        return iter(value.read())

    def length(self, value: Any) -> int:
        return len(value.read())

    def truth(self, value: Any) -> bool:
        return bool(value.read())

    def contains(self, value: Any, item: Any) -> bool:
        return item in value.read()

    def repr(self, value: Any) -> str:
        return f"OrderedDict({show_inside(value.read(), [])})"

    def encode(self, value: Any, encoder: Any) -> dict[str, Any]:
        return encoder.mapping(value.read())  # type: ignore[no-any-return]


register(MembersKind(), Members)
