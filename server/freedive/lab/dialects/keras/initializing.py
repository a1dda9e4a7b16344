"""keras.initializers.Initializer: what a snippet's own initializers extend."""

from __future__ import annotations

from typing import Any

from freedive.lab.classes import Instance, InstanceKind, NativeClass, member_of
from freedive.lab.dialects.keras.functions import KERAS, Initializer
from freedive.lab.kinds import Native, register
from freedive.lab.running import running
from freedive.lab.types import publish_type


class OwnInitializer(Instance):
    """An initializer whose `__call__(shape, dtype)` the snippet writes."""

    def __init__(self, **kwargs: Any) -> None:
        self.fields: dict[str, Any] = dict(getattr(self, "fields", {}))


class OwnInitializerKind(InstanceKind):
    """Called with a shape it gives new weights."""

    def __init__(self) -> None:
        super().__init__()
        self.attributes = {
            "get_config": Native("get_config", lambda i: {}),
            "clone": Native("clone", lambda i: i),
        }

    def call(self, value: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        found, member = member_of(value, "__call__")
        if not found:
            raise NotImplementedError("Initializer subclasses must implement the `__call__()` method.")
        return running.call(member, args, kwargs)


register(OwnInitializerKind(), OwnInitializer)


def load() -> None:
    base = NativeClass("Initializer", OwnInitializer, module="keras.src.initializers.initializer")
    base.test = lambda value: isinstance(value, OwnInitializer | Initializer)
    KERAS.members["initializers"].members["Initializer"] = publish_type(base)
    KERAS.members["Initializer"] = base
