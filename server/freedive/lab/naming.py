"""What tensors are called when a run is over: `w`, `params['b']`, `w[0]`, `model.w`, `net.0.weight`, `dense.kernel`.

Hands over to `recorder`, which keeps the names beside its notes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any

import torch

from freedive.lab import arrays
from freedive.lab.classes import Instance
from freedive.lab.kinds import kind_of

MOST = 3_000
"""Values looked at."""
LONGEST = 200
"""Items of one container that are looked at."""
LONGEST_PATH = 80
_BARE = frozenset({int, float, str, bool, type(None)})


def unwrapped(value: Any) -> Any:
    """The tensor that a dialect's own array wraps; anything else as it is."""
    held = getattr(value, "t", None)
    if isinstance(held, torch.Tensor):
        return held
    native = getattr(kind_of(value), "native", None)
    return value if native is None else native(value)


def tensors(names: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Each tensor and array with its name or path, the shortest first."""
    queue = deque(names.items())
    seen: set[int] = set()
    left = MOST
    while queue and left:
        left -= 1
        path, value = queue.popleft()
        if type(value) in _BARE or len(path) > LONGEST_PATH:
            continue
        if isinstance(value, list | tuple | dict | Instance | torch.nn.Module):
            if id(value) not in seen:
                seen.add(id(value))
                queue.extend(_parts(path, value))
            continue
        try:
            found = unwrapped(value)
        except Exception:  # something that cannot be seen as an array
            continue
        if not arrays.is_array(found):
            continue
        yield path, found
        grad = found.grad if isinstance(found, torch.Tensor) and found.is_leaf else None
        own = getattr(value, "grad", None) if value is not found else None  # MXNet's arrays keep their own
        if own is not None or grad is not None:
            yield f"{path}.grad", grad if own is None else unwrapped(own)


def _parts(path: str, value: Any) -> list[tuple[str, Any]]:
    """What a container or an object holds, each with its path."""
    if isinstance(value, dict):
        return [
            (f"{path}[{key!r}]", each)
            for key, each in list(value.items())[:LONGEST]
            if isinstance(key, str | int)
        ]
    if isinstance(value, list | tuple):
        return [(f"{path}[{i}]", each) for i, each in enumerate(value[:LONGEST])]
    inside = value.__dict__
    if isinstance(value, torch.nn.Module):
        groups = [inside.get(group) or {} for group in ("_parameters", "_buffers", "_modules")]
        fields = {k: v for group in groups for k, v in group.items()}
        fields |= {k: v for k, v in inside.items() if isinstance(v, torch.Tensor | list | tuple | dict)}
        return [(f"{path}.{k}", v) for k, v in fields.items() if not k.startswith("_")]
    found = [(f"{path}.{k}", v) for k, v in inside.get("fields", {}).items()]
    # a model of Keras calls its weights by their layers' names
    found += [(str(getattr(each, "name", path)), each) for each in inside.get("layers", ())]
    # a block of Gluon has parameters, and children that it calls by number or by attribute
    found += [(f"{path}.{k}", getattr(p.array, "data", None)) for k, p in inside.get("own", {}).items()]
    children = inside.get("children", {})
    return found + [(f"{path}[{k}]" if k.isdigit() else f"{path}.{k}", each) for k, each in children.items()]
