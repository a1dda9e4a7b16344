"""`super()`: an object, seen from the class after the one whose method runs."""

from __future__ import annotations

import functools
from typing import Any

from freedive.lab.classes import PLAIN, UserClass, blank, of_class, resolve
from freedive.lab.dunders import NAMES, spoken
from freedive.lab.exchange import Borrowed
from freedive.lab.kinds import Kind, Native, kind_of, register
from freedive.lab.problems import no_attribute
from freedive.lab.running import running


class Super:
    """What `super()` gives: the object, seen from the class after `owner`."""

    def __init__(self, owner: UserClass, value: Any) -> None:
        self.owner = owner
        self.value = value


def super_of(owner: UserClass, value: Any) -> Super:
    seen = value if isinstance(value, UserClass) else getattr(type(value), "lab_class", None)
    if seen is None or owner not in seen.line:
        raise TypeError("super(type, obj): obj must be an instance or subtype of type")
    return Super(owner, value)


KEEPING = {"__setattr__": "put", "__delattr__": "drop"}
"""What stores and deletes a field whatever the class of the snippet says."""


class BareInstanceKind(Kind):
    """An object without its class: what object itself does."""

    def type_name(self, value: Any) -> str:
        return str(type(value).lab_class.name)

    def repr(self, value: Any) -> str:
        return f"<__main__.{self.type_name(value)} object at {running.identity(value):#x}>"


_BARE = BareInstanceKind()


class SuperKind(Kind):
    name = "super"
    private_names = True
    spoken = NAMES

    def getattr(self, value: Any, name: str) -> Any:
        obj = value.value
        line = obj.line if isinstance(obj, UserClass) else getattr(type(obj), "lab_class", value.owner).line
        for base in line[line.index(value.owner) + 1 :]:
            if isinstance(base, UserClass) and name in base.members:
                return (
                    of_class(base.members[name], obj)
                    if isinstance(obj, UserClass)
                    else resolve(base.members[name], obj)
                )
        native = value.owner.native
        if name == "__new__":
            return Native("__new__", blank)
        if name in KEEPING and hasattr(type(obj), "lab_class"):
            return Native(name, functools.partial(getattr(kind_of(obj), KEEPING[name]), obj))
        if name == "__init__":
            return Native("__init__", lambda *args, **kwargs: native.initialize(obj, *args, **kwargs))
        if name in native.overrides and hasattr(native.base, name):
            method = getattr(native.base, name)
            return Borrowed(name, lambda *args, **kwargs: method(obj, *args, **kwargs), raw=True)
        base = getattr(native, "bare", None) or _BARE
        method = spoken(base, obj, name)
        if method is not None:
            return method
        if native is PLAIN:
            raise no_attribute("super", name, [])
        return Kind.getattr(kind_of(obj), obj, name)


register(SuperKind(), Super)
