"""collections.namedtuple and typing.NamedTuple: tuples whose items have names, and classes that extend them."""

from __future__ import annotations

import collections
import operator
from typing import Any

from freedive.lab.classes import NativeClass, UserClass
from freedive.lab.extending import OwnTuple, OwnTupleKind
from freedive.lab.instances import StaticMethod
from freedive.lab.kinds import Native, register
from freedive.lab.operators import collect
from freedive.lab.sequences import NAMED, TUPLE
from freedive.lab.types import TypeRef, publish_type


class Row(OwnTuple):
    """An object of a class that extends a named tuple."""

    _fields: tuple[str, ...] = ()
    defaults: dict[str, Any]

    def _replace(self, **new: Any) -> Any:
        unknown = [name for name in new if name not in self._fields]
        if unknown:
            raise ValueError(f"Got unexpected field names: {unknown!r}")
        made = tuple.__new__(
            type(self), [new.get(name, old) for name, old in zip(self._fields, self, strict=True)]
        )
        made.fields = {}  # type: ignore[attr-defined]
        return made


class RowKind(OwnTupleKind):
    def getattr(self, value: Any, name: str) -> Any:
        if name in NAMED or name in value._fields:
            return TUPLE.getattr(value, name)
        return super().getattr(value, name)


class RowClass(NativeClass):
    """A named tuple as something to extend; `names` are given, or the annotated names of the class are taken."""

    def __init__(
        self, name: str, names: tuple[str, ...] = (), defaults: dict[str, Any] | None = None
    ) -> None:
        super().__init__(name, Row)
        self.names = names
        self.defaults = defaults or {}
        self.bare = TUPLE

    def finished(self, made: UserClass) -> None:
        names = self.names or tuple(made.annotations)
        if not self.names:
            checked(names)
        python: Any = made.python
        python._fields = names
        python.defaults = dict(self.defaults)
        for place, name in enumerate(names):
            if not self.names and name in made.members:
                python.defaults[name] = made.members.pop(name)
            setattr(python, name, property(operator.itemgetter(place)))
        made.members["_fields"] = names
        made.members["_make"] = StaticMethod(
            Native("_make", lambda items: made.call(tuple(collect(items)), {}))
        )

    def new(self, python: type, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        owner: Any = python
        return tuple.__new__(owner, _bound(python.__name__, owner._fields, owner.defaults, args, kwargs))

    def begin(self, instance: Any, args: tuple[Any, ...]) -> None:
        instance.fields = {}

    def initialize(self, instance: Any, *args: Any, **kwargs: Any) -> None:
        """The items were given when the object was made."""


def _bound(
    owner: str,
    names: tuple[str, ...],
    defaults: dict[str, Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> list[Any]:
    """The items in order, with Python's messages when they do not fit."""
    if len(args) > len(names):
        raise TypeError(
            f"{owner}.__new__() takes {len(names) + 1} positional arguments but {len(args) + 1} were given"
        )
    given = dict(zip(names, args, strict=False))
    for name, value in kwargs.items():
        if name in given:
            raise TypeError(f"{owner}.__new__() got multiple values for argument '{name}'")
        if name not in names:
            raise TypeError(f"{owner}.__new__() got an unexpected keyword argument '{name}'")
        given[name] = value
    missing = [name for name in names if name not in given and name not in defaults]
    if missing:
        which = " and ".join(map(repr, missing))
        raise TypeError(
            f"{owner}.__new__() missing {len(missing)} required positional argument{'s'[: len(missing) - 1]}: {which}"
        )
    return [given.get(name, defaults.get(name)) for name in names]


def checked(names: tuple[str, ...]) -> None:
    """Names of fields stand on a real class beside what the lab keeps there itself."""
    for name in names:
        if name.startswith("_"):
            raise ValueError(f"Field names cannot start with an underscore: {name!r}")
        if name in ("fields", "defaults", "lab_class"):
            raise ValueError(f"a field of a named tuple cannot be called {name!r} in the lab")


def namedtuple(name: str, fields: Any, **kwargs: Any) -> Any:
    """collections.namedtuple."""
    names = fields.replace(",", " ").split() if isinstance(fields, str) else collect(fields)
    defaults = collect(kwargs.pop("defaults", None) or ())
    make: Any = collections.namedtuple  # the names are the snippet's
    python = make(name, names, defaults=defaults, rename=bool(kwargs.pop("rename", False)))
    checked(tuple(each for each in python._fields if each[0] != "_"))  # some may have been renamed
    if kwargs:
        raise TypeError(f"namedtuple() got an unexpected keyword argument '{next(iter(kwargs))}'")
    ref = publish_type(TypeRef(name, python, python))
    ref.members.update(
        _fields=python._fields, _field_defaults=dict(python._field_defaults),
        _make=Native("_make", lambda items: python(*collect(items))),
    )  # fmt: skip
    ref.extension = RowClass(name, python._fields, dict(python._field_defaults))
    return ref


register(RowKind(), Row)
ROW = RowClass("NamedTuple")

__all__ = ["ROW", "namedtuple"]
