"""What passes between a snippet and a library: one list of what may be handed over, one look at all that comes back.

A library never gets a class, a function or an object of the lab's own: only data, what libraries themselves made, and
the snippet's callables wrapped where it calls back. What it gives is looked through, containers too, so that no
Python function, class, frame or module is ever held by a snippet.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from types import FunctionType
from typing import Any

import numpy as np
import torch

from freedive.lab.kinds import Callable_, Native, is_known, kind_of, type_name
from freedive.lab.operators import collect
from freedive.lab.problems import Refused
from freedive.lab.running import running
from freedive.lab.types import TypeRef, published

FAST = frozenset(
    {torch.Tensor, torch.nn.Parameter, int, float, bool, str, type(None), np.ndarray, slice, type(Ellipsis), torch.dtype,
     torch.device, torch.Size, np.float32, np.float64, np.int32, np.int64, np.bool_}
)  # fmt: skip
"""Data by their very types, which nearly every argument and result is of."""

PLAIN = FAST - {np.ndarray}
"""Those that hold no objects either."""


# ------------------------------------------------------------ to a library
def hand_over(value: Any, raw: bool = False) -> Any:
    """An argument as the library wants it; `raw`: a callable may be handed on, wrapped."""
    cls = type(value)
    if cls in FAST:
        return value
    if cls is list or cls is tuple:
        return _walked(value, raw, {})
    kind = kind_of(value)
    native = getattr(kind, "native", None)
    if native is not None:
        return native(value)
    if isinstance(value, dict | tuple | set | frozenset):
        return _handed_inside(value, raw)
    if isinstance(value, TypeRef) and value.data_type is not None:
        return value.data_type
    if kind.data or kind.handed:
        return value
    if isinstance(value, Callable_):
        if raw:
            return callback(value)
        what = "type" if kind.type_name(value) == "type" else "function"
        raise TypeError(f"a {what} ({value.name}) cannot be used as a number here; call it first")
    if hasattr(value, "__next__"):
        return [hand_over(each) for each in collect(value)]
    raise TypeError(f"a {type_name(value)} cannot be used here")


def _walked(value: Any, raw: bool, seen: dict[int, Any]) -> Any:
    """A list or a tuple with what lies inside handed over; one that many others hold is walked through once."""
    made: list[Any] | None = None
    for place, each in enumerate(value):
        cls = type(each)
        if cls in FAST:
            continue
        if cls is list or cls is tuple:
            new = seen.get(id(each))
            if new is None:
                new = seen[id(each)] = _walked(each, raw, seen)
        else:
            new = hand_over(each, raw)
        if new is not each:
            made = list(value) if made is None else made
            made[place] = new
    if made is None:
        return value
    return made if type(value) is list else tuple(made)


def _handed_inside(value: Any, raw: bool) -> Any:
    """The very container, named tuples and ordered dicts too, where nothing in it had to change."""
    if isinstance(value, dict):
        pairs = {
            key if type(key) in FAST else hand_over(key): each if type(each) in FAST else hand_over(each, raw)
            for key, each in value.items()
        }
        return value if all(pairs.get(key, pairs) is each for key, each in value.items()) else pairs
    items = [each if type(each) in FAST else hand_over(each, raw) for each in value]
    if all(new is old for new, old in zip(items, value, strict=True)):
        return value
    if isinstance(value, tuple):
        return type(value)(*items) if hasattr(value, "_fields") else tuple(items)
    return type(value)(items)


def callback(function: Any, give: Callable[[Any], Any] = hand_over) -> Callable[..., Any]:
    """A snippet's callable as a Python function that a library calls back; what passes is looked at both ways."""

    def called(*args: Any, **kwargs: Any) -> Any:
        running.meter.step()
        made = running.call(
            function, tuple([receive(each) for each in args]), {k: receive(v) for k, v in kwargs.items()}
        )
        return give(made)

    called.__name__ = called.__qualname__ = str(getattr(function, "name", "function"))
    # libraries name it so in their messages
    called.__module__ = getattr(getattr(function, "python", None), "__module__", "__main__")
    called.snippet = function  # type: ignore[attr-defined]
    return called


class Carried:
    """A value of the snippet on its way through a library and back: the library only keeps it."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value


# ------------------------------------------------------------ from a library
def receive(value: Any) -> Any:
    """What a library gave, as a snippet may hold it; refused where it is nothing that the lab knows."""
    cls = type(value)
    if cls in PLAIN:
        return value
    if cls is Carried:
        return value.value
    if isinstance(value, list | tuple | dict | set | frozenset | deque):
        return _looked_through(value)
    if isinstance(value, np.ndarray):
        return _WRAPPED[np.ndarray](value) if value.dtype.hasobject else value
    if is_known(value):
        return value
    if isinstance(value, Iterator):
        return _WRAPPED[Iterator](map(receive, value))
    for base, wrap in _WRAPPED.items():
        if isinstance(value, base):
            return wrap(value)
    if cls is FunctionType and hasattr(value, "snippet"):
        return value.snippet
    if isinstance(value, type):
        ref = published(value)
        if ref is not None and ref.data_type is not None:
            return ref
    raise Refused(f"the lab does not show what this gives: a {_plain_name(cls)}")


def _plain_name(cls: type) -> str:
    return cls.__name__.lstrip("_") if cls.__module__ != "builtins" else "Python object"


def _looked_through(value: Any) -> Any:
    """The container itself where nothing in it had to be wrapped."""
    if isinstance(value, dict):
        for key in value:
            if receive(key) is not key:
                raise Refused("the lab does not show this dict: one of its keys is no data")
        pairs = {key: receive(each) for key, each in value.items()}
        return value if all(pairs[key] is each for key, each in value.items()) else pairs
    items = [each if type(each) in PLAIN else receive(each) for each in value]
    if all(new is old for new, old in zip(items, value, strict=True)):
        return value
    return items if isinstance(value, list | deque) else tuple(items)


_WRAPPED: dict[type, Callable[[Any], Any]] = {}


def wrap_as(make: Callable[[Any], Any], *types: type) -> None:
    """Results of these types (of arrays only those that hold objects) reach a snippet as what `make` gives."""
    for each in types:
        _WRAPPED[each] = make


class Borrowed(Native):
    """A function of a library's own, offered as it is; `raw`: it may be given callables to call back."""

    __slots__ = ("raw",)

    def __init__(self, name: str, function: Any, doc: str = "", *, raw: bool = False) -> None:
        super().__init__(name, function, doc)
        self.raw = raw

    def call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        for arg in args:
            if type(arg) not in FAST:
                args = tuple([hand_over(each, self.raw) for each in args])
                break
        if kwargs:
            kwargs = {key: hand_over(each, self.raw) for key, each in kwargs.items()}
        made = super().call(args, kwargs)
        return made if type(made) in PLAIN else receive(made)
