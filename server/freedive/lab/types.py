"""Types as values: what `type(x)` gives, what `isinstance` asks, what `int(...)` or `torch.FloatTensor(...)` makes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from freedive.lab.dunders import NAMES, of_type
from freedive.lab.kinds import Callable_, Kind, Native, kind_of, register, type_name

_DATA = frozenset({int, float, bool, complex, str})


class TypeRef(Callable_):
    """One type under one name; the same object for the same Python type, so `type(a) is type(b)` holds.

    A type that the lab does not publish has no Python class behind it: its name and its objects are all there is to it.
    """

    def __init__(
        self,
        name: str,
        python: type | tuple[type, ...] | None,
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
        self.test = test or self._made
        self.doc = doc
        self.members: dict[str, Any] = {}
        self.extension: Any = None
        """What a class of the snippet is made of that extends this type, where it may."""

    def _made(self, value: Any) -> bool:
        return type_of(value) is self if self.python is None else isinstance(value, self.python)

    @property
    def data_type(self) -> type | None:
        """The Python class, where it names a type of numbers or text; no other is ever handed to a library."""
        found = self.python
        data = isinstance(found, type) and (found in _DATA or issubclass(found, np.generic))
        return found if data else None  # type: ignore[return-value]

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
_UNPUBLISHED: dict[type, TypeRef] = {}


def publish_type(ref: TypeRef) -> TypeRef:
    """Make the ref what `type(x)` gives for its Python type."""
    for python in ref.python if isinstance(ref.python, tuple) else (ref.python,):
        if python is not None:
            _REFS.setdefault(python, ref)
    return ref


def published(python: type) -> TypeRef | None:
    """The ref that stands for a Python class."""
    return _REFS.get(python)


def type_of(value: Any) -> Any:
    """`type(x)`: our own object for it."""
    own = getattr(kind_of(value), "class_of", None)
    if own is not None:
        return own(value)
    python = type(value)
    return _REFS.get(python) or unpublished(value)


def unpublished(value: Any) -> TypeRef:
    """The type of a value that the lab gives no name to: it can be compared and asked for, and that is all."""
    python = type(value)
    if python not in _UNPUBLISHED:
        _UNPUBLISHED[python] = TypeRef(type_name(value), None)
    return _UNPUBLISHED[python]


def is_instance(value: Any, wanted: Any) -> bool:
    if isinstance(wanted, tuple):
        return any(is_instance(value, each) for each in wanted)
    test = getattr(wanted, "test", None) if kind_of(wanted).name == "type" else None
    if test is None or isinstance(wanted, Native):
        raise TypeError("isinstance() arg 2 must be a type, a tuple of types, or a union")
    return bool(test(value))
