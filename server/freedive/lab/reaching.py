"""getattr, setattr, delattr, hasattr: attributes by a name that is worked out, for modules and the snippet's own objects; and `object()`."""

from __future__ import annotations

from typing import Any

from freedive.lab.classes import UserClass
from freedive.lab.dunders import METHODS, plain_name
from freedive.lab.instances import InstanceKind, member_of
from freedive.lab.kinds import Callable_, Kind, kind_for, kind_of, register, type_name
from freedive.lab.namespaces import Namespace
from freedive.lab.problems import Refused, no_attribute


def _named(name: Any) -> str:
    if not isinstance(name, str):
        raise TypeError(f"attribute name must be string, not '{type_name(name)}'")
    if name.startswith("__") and name.endswith("__") and name not in _TOLD:
        raise Refused(f"the attribute '{name}' is not offered: it is Python's own")
    return name


_TOLD = frozenset({"__name__", "__doc__", *METHODS})
_OF_KINDS = {
    "__len__": "length", "__getitem__": "getitem", "__setitem__": "setitem", "__delitem__": "delitem", "__iter__": "iterate",
    "__contains__": "contains", "__call__": "call", "__enter__": "enter", "__exit__": "leave", "__next__": "next",
}  # fmt: skip


def _speaks(value: Any, name: str) -> bool:
    """Whether the value can do what Python calls so."""
    if hasattr(type(value), "lab_class"):
        found, _ = member_of(value, name)
        if found:
            return True
    kind = kind_of(value)
    if name == "__call__" and isinstance(value, Callable_):
        return True
    if name == "__next__":
        return hasattr(kind, "next") or hasattr(type(value), "__next__")
    method = _OF_KINDS.get(name)
    if method is None:
        return True
    if any(name in vars(base) for base in type(value).__mro__):
        return True
    ours = type(value).__module__.startswith(__name__.split(".")[0])
    return (
        ours
        and not isinstance(kind, InstanceKind)
        and getattr(type(kind), method) is not getattr(Kind, method)
    )


def _reachable(value: Any) -> None:
    owner = type(value)
    if not (
        isinstance(value, Namespace | UserClass)
        or hasattr(owner, "lab_class")
        or hasattr(kind_of(value), "vars")
    ):
        raise Refused(
            "setattr() is offered for modules, layers and objects of your own classes", hint="write x.name"
        )


def reach_getattr(value: Any, name: Any, *default: Any) -> Any:
    _named(name)
    try:
        if name in _OF_KINDS and not _speaks(value, name):
            raise no_attribute(kind_of(value).type_name(value), name, [])
        return kind_for(name)(value).getattr(value, name)
    except AttributeError:
        if default:
            return default[0]
        raise


def reach_setattr(value: Any, name: Any, new: Any) -> None:
    _reachable(value)
    kind_for(plain_name(_named(name)))(value).setattr(value, name, new)


def reach_delattr(value: Any, name: Any) -> None:
    _reachable(value)
    kind_for(plain_name(_named(name)))(value).delattr(value, name)


class Nothing:
    """object(): equal to nothing but itself."""


class NothingKind(Kind):
    def type_name(self, value: Any) -> str:
        return "object"

    def repr(self, value: Any) -> str:
        return "<object object>"


register(NothingKind(), Nothing)


def reach_hasattr(value: Any, name: Any) -> bool:
    _named(name)
    if name in _OF_KINDS:
        return _speaks(value, name)
    try:
        kind_for(name)(value).getattr(value, name)
    except AttributeError:
        return False
    return True
