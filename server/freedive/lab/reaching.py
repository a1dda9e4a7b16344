"""getattr, setattr, delattr, hasattr: attributes by a name that is worked out, for modules and the snippet's own objects; and `object()`."""

from __future__ import annotations

from typing import Any

from freedive.lab.classes import UserClass
from freedive.lab.kinds import Kind, kind_of, register, type_name
from freedive.lab.namespaces import Namespace
from freedive.lab.problems import Refused


def _named(name: Any) -> str:
    if not isinstance(name, str):
        raise TypeError(f"attribute name must be string, not '{type_name(name)}'")
    if name.startswith("_"):
        raise Refused(f"the attribute '{name}' is not offered: names may not begin with an underscore")
    return name


def _reachable(value: Any) -> None:
    owner = type(value)
    if not (
        isinstance(value, Namespace | UserClass)
        or hasattr(owner, "lab_class")
        or hasattr(kind_of(value), "vars")
    ):
        raise Refused(
            "getattr() is offered for modules, layers and objects of your own classes", hint="write x.name"
        )


def reach_getattr(value: Any, name: Any, *default: Any) -> Any:
    _reachable(value)
    try:
        return kind_of(value).getattr(value, _named(name))
    except AttributeError:
        if default:
            return default[0]
        raise


def reach_setattr(value: Any, name: Any, new: Any) -> None:
    _reachable(value)
    kind_of(value).setattr(value, _named(name), new)


def reach_delattr(value: Any, name: Any) -> None:
    _reachable(value)
    kind_of(value).delattr(value, _named(name))


class Nothing:
    """object(): equal to nothing but itself."""


class NothingKind(Kind):
    def type_name(self, value: Any) -> str:
        return "object"

    def repr(self, value: Any) -> str:
        return "<object object>"


register(NothingKind(), Nothing)


def reach_hasattr(value: Any, name: Any) -> bool:
    try:
        kind_of(value).getattr(value, _named(name))
    except AttributeError:
        return False
    return True
