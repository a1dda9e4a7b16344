"""`import` in a snippet: looks up the lab's own namespaces and nothing else."""

from __future__ import annotations

import sys
from typing import Any

from freedive.lab.kinds import kind_of
from freedive.lab.namespaces import Namespace
from freedive.lab.problems import nearest

MODULES: dict[str, Namespace] = {}
"""Full dotted name to namespace; filled by the dialects."""

_ELSEWHERE = {
    "torchvision": "pictures and data sets are on the training page; make a tensor with torch.rand instead",
    "sklearn": "the data sets are on the training page",
    "sys": "the lab has no operating system",
}


def publish(*namespaces: Namespace) -> None:
    for namespace in namespaces:
        MODULES[namespace.name] = namespace


def connect() -> None:
    """Make every published `a.b` a member of `a`, so that a dotted path works however it was imported."""
    for name, namespace in list(MODULES.items()):
        parent, _, last = name.rpartition(".")
        if parent in MODULES:
            MODULES[parent].members.setdefault(last, namespace)


def find(name: str) -> Namespace:
    found = MODULES.get(name)
    if found is not None:
        return found
    parent, _, last = name.rpartition(".")
    if parent in MODULES:
        member = MODULES[parent].members.get(last)
        if isinstance(member, Namespace):
            return member
    error = ModuleNotFoundError(f"No module named '{name}' in the lab")
    close = nearest(name, MODULES)
    hint = _ELSEWHERE.get(name.split(".")[0]) or (f"did you mean '{close}'?" if close else None)
    error.hint = hint or "offered are: " + ", ".join(sorted(m for m in MODULES if "." not in m))  # type: ignore[attr-defined]
    raise error


def import_module(name: str) -> tuple[Namespace, Namespace]:
    """The module itself and the first one of its dotted name (which plain `import a.b` binds)."""
    module = find(name)
    return module, find(name.split(".")[0])


def import_from(module: str, name: str) -> Any:
    namespace = find(module)
    if f"{module}.{name}" in MODULES:
        return MODULES[f"{module}.{name}"]
    if name in namespace.members:
        return kind_of(namespace).getattr(namespace, name)
    called = namespace.called_only.get(name)
    if called is not None:
        return called
    error = ImportError(f"cannot import name '{name}' from '{module}'")
    close = nearest(name, namespace.members)
    error.hint = f"did you mean '{close}'?" if close else "the lab does not offer it"  # type: ignore[attr-defined]
    raise error


def import_all(module: str) -> dict[str, Any]:
    """What `from module import *` binds: of the real module's public names those that the lab has."""
    namespace = find(module)
    offered = {**namespace.called_only, **namespace.members}
    real = sys.modules.get(namespace.name)
    wanted = getattr(real, "__all__", None) or (offered if real is None else vars(real))
    return {
        name: import_from(module, name) for name in wanted if name in offered and not name.startswith("_")
    }
