"""Modules as a snippet sees them: plain tables of ours, never Python modules."""

from __future__ import annotations

import sys
from typing import Any

from freedive.lab.kinds import Kind, Property, register
from freedive.lab.problems import no_attribute, not_offered


class Namespace:
    """A module of the lab. `called_only` are names that exist only where they are called at once (`torch.Size(...)`)."""

    def __init__(
        self, name: str, members: dict[str, Any] | None = None, *, version: str = "", doc: str = ""
    ) -> None:
        self.name = name
        self.members: dict[str, Any] = members or {}
        self.called_only: dict[str, Any] = {}
        self.version = version
        self.doc = doc
        self.writable = False
        """Whether a snippet may set members that are plain switches."""

    def add(self, **members: Any) -> Namespace:
        self.members.update(members)
        return self


def _is_real(module: str, name: str) -> bool:
    """Whether the library itself, where it is loaded, has a public name that the lab leaves out."""
    library = sys.modules.get(module)
    if library is None or name.startswith("_") or module.split(".")[0] not in _LIBRARIES:
        return False
    try:
        return hasattr(library, name)
    except Exception:  # a name that is only loaded when it is asked for, which the sealed process cannot
        return False


_LIBRARIES = frozenset({"numpy", "pandas", "torch"})


class NamespaceKind(Kind):
    name = "module"

    def type_name(self, value: Any) -> str:
        return "module"

    def dir(self, value: Any) -> list[str]:
        return sorted([*value.members, "__doc__", "__name__"])

    def getattr(self, value: Any, name: str) -> Any:
        try:
            found = value.members[name]
        except KeyError:
            if name == "__version__" and value.version:
                return value.version
            if name == "__name__":
                return value.name
            if _is_real(value.name, name):
                raise not_offered(f"{value.name}.{name}", name, value.members) from None
            raise no_attribute(f"module:{value.name}", name, value.members) from None
        return found.get(value) if isinstance(found, Property) else found

    def called_attribute(self, value: Any, name: str) -> Any:
        found = value.called_only.get(name)
        return self.getattr(value, name) if found is None else found

    def setattr(self, value: Any, name: str, new: Any) -> None:
        if not value.writable or type(value.members.get(name)) is not bool or type(new) is not bool:
            raise AttributeError(f"module '{value.name}' cannot be changed in the lab")

    def delattr(self, value: Any, name: str) -> None:
        raise AttributeError(f"module '{value.name}' cannot be changed in the lab")

    def repr(self, value: Any) -> str:
        return f"<module '{value.name}'>"

    def call(self, value: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        raise TypeError("'module' object is not callable")


register(NamespaceKind(), Namespace)
