"""Types as values: what `type(x)` gives, what `isinstance` asks, what `int(...)` or `torch.FloatTensor(...)` makes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from freedive.lab.dunders import NAMES, of_type
from freedive.lab.kinds import Callable_, Kind, Native, kind_of, register, type_name


class TypeRef(Callable_):
    """One type under one name; the same object for the same Python type, so `type(a) is type(b)` holds."""

    def __init__(
        self,
        name: str,
        python: type | tuple[type, ...],
        make: Callable[..., Any] | None = None,
        *,
        module: str = "",
        test: Callable[[Any], bool] | None = None,
        doc: str = "",
    ) -> None:
        self.name = name
        self.python = python
        self.make = make
        self.module = module
        self.test = test or (lambda value: isinstance(value, self.python))
        self.doc = doc
        self.members: dict[str, Any] = {}
        self.extension: Any = None
        """What a class of the snippet is made of that extends this type, where it may."""

    def call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if self.make is None:
            raise TypeError(f"cannot create '{self.name}' instances")
        return self.make(*args, **kwargs)


class TypeKind(Kind):
    name = "type"
    private_names = True  # a named tuple's _fields
    spoken = NAMES

    def type_name(self, value: Any) -> str:
        return "type"

    def dir(self, value: Any) -> list[str]:
        return sorted(value.members)

    def getattr(self, value: Any, name: str) -> Any:
        if name == "__name__":
            return value.name
        if name in value.members:
            return value.members[name]
        method = of_type(value.test, value.name, name)
        if method is not None:
            return method
        raise AttributeError(f"type object '{value.name}' has no attribute '{name}'")

    def repr(self, value: Any) -> str:
        return f"<class '{value.module + '.' if value.module else ''}{value.name}'>"

    def encode(self, value: Any, encoder: Any) -> dict[str, Any]:
        return {"kind": "type", "data": value.name, "repr": self.repr(value)}


register(TypeKind(), TypeRef)

_REFS: dict[type, TypeRef] = {}


def publish_type(ref: TypeRef) -> TypeRef:
    """Make the ref what `type(x)` gives for its Python type."""
    for python in ref.python if isinstance(ref.python, tuple) else (ref.python,):
        _REFS.setdefault(python, ref)
    return ref


def type_of(value: Any) -> Any:
    """`type(x)`: our own object for it."""
    own = getattr(kind_of(value), "class_of", None)
    if own is not None:
        return own(value)
    python = type(value)
    if python not in _REFS:
        _REFS[python] = TypeRef(type_name(value), python)
    return _REFS[python]


def is_instance(value: Any, wanted: Any) -> bool:
    if isinstance(wanted, tuple):
        return any(is_instance(value, each) for each in wanted)
    test = getattr(wanted, "test", None)
    if test is None or isinstance(wanted, Native):
        raise TypeError("isinstance() arg 2 must be a type, a tuple of types, or a union")
    return bool(test(value))
