"""Annotations as values: `List[float]`, `int | None`, type variables. They name types for readers; nothing is checked."""

from __future__ import annotations

from typing import Any

from freedive.lab.classes import PLAIN, NativeClass
from freedive.lab.decorating import Decorator
from freedive.lab.kinds import Callable_, Kind, Native, kind_of, register
from freedive.lab.namespaces import Namespace
from freedive.lab.types import TypeKind, TypeRef, is_instance

NAMES = (
    "Any", "List", "Dict", "Tuple", "Optional", "Union", "Callable", "Iterable", "Iterator", "Generator", "Sequence", "Set",
    "FrozenSet", "Type", "Literal", "Final", "ClassVar", "Mapping", "MutableMapping", "NoReturn", "Hashable", "Deque",
    "DefaultDict", "OrderedDict", "Counter", "Annotated", "Self", "Text", "TypeAlias",
)  # fmt: skip


class Hint:
    """One annotation; `types` are those that isinstance asks, `extension` what a class is made of that extends it."""

    def __init__(self, name: str, types: tuple[Any, ...] = (), extension: NativeClass | None = None) -> None:
        self.name = name
        self.types = types
        self.extension = extension

    def test(self, value: Any) -> bool:
        if not self.types:
            raise TypeError("isinstance() arg 2 must be a type, a tuple of types, or a union")
        return is_instance(value, self.types)


def _told(part: Any) -> str:
    if isinstance(part, tuple | list):
        inside = ", ".join(map(_told, part))
        return inside if isinstance(part, tuple) else f"[{inside}]"
    if part is Ellipsis:
        return "..."
    return str(getattr(part, "name", None) or kind_of(part).repr(part))


class HintKind(Kind):
    name = "type"
    rank = 95

    def type_name(self, value: Any) -> str:
        return "type"

    def getattr(self, value: Any, name: str) -> Any:
        return value.name.rsplit(".", 1)[-1] if name == "__name__" else super().getattr(value, name)

    def getitem(self, value: Any, index: Any) -> Hint:
        return Hint(f"{value.name}[{_told(index)}]"[:400], extension=value.extension)

    def binary(self, op: str, a: Any, b: Any) -> Any:
        return either(a, b) if op == "or" else super().binary(op, a, b)

    def repr(self, value: Any) -> str:
        return str(value.name)


def either(a: Any, b: Any) -> Hint:
    """`int | None`."""
    parts: list[Any] = []
    for each in (a, b):
        if each is not None and not isinstance(each, TypeRef | Hint | Callable_):
            raise TypeError(
                f"unsupported operand type(s) for |: '{kind_of(a).type_name(a)}' and '{kind_of(b).type_name(b)}'"
            )
        parts += each.types if isinstance(each, Hint) else [_NONE if each is None else each]
    return Hint(f"{_told(a)} | {_told(b)}"[:400], tuple(parts))


_NONE = TypeRef("NoneType", type(None))


class ReferenceKind(TypeKind):
    """Types of the lab, which annotations put together."""

    rank = 94

    def getitem(self, value: Any, index: Any) -> Hint:
        if value.name not in _GENERIC:
            raise TypeError(f"type '{value.name}' is not subscriptable")
        return Hint(f"{value.name}[{_told(index)}]"[:400])

    def binary(self, op: str, a: Any, b: Any) -> Any:
        return either(a, b) if op == "or" else super().binary(op, a, b)


_GENERIC = frozenset(
    {"list", "dict", "tuple", "set", "frozenset", "type", "deque", "defaultdict", "OrderedDict", "Counter"}
)


def space(**more: Any) -> Namespace:
    members: dict[str, Any] = {name: Hint(f"typing.{name}") for name in NAMES}
    members["Generic"] = Hint("typing.Generic", extension=PLAIN)
    members["Protocol"] = Hint("typing.Protocol", extension=PLAIN)
    members["TypeVar"] = Native("TypeVar", lambda name, *bounds, **kwargs: Hint(f"~{name}"))
    members["NewType"] = Native("NewType", lambda name, of: of)
    members["cast"] = Native("cast", lambda of, value: value)
    for name in ("runtime_checkable", "final", "overload"):
        members[name] = Decorator(name, lambda made: made)
    members["TYPE_CHECKING"] = False
    return Namespace("typing", {**members, **more})


register(HintKind(), Hint)
register(ReferenceKind(), TypeRef)

__all__ = ["PLAIN", "Hint", "either", "space"]
