"""collections: Counter, defaultdict, OrderedDict, deque, namedtuple."""

from __future__ import annotations

import collections
from typing import Any

from freedive.lab.kinds import Native, register
from freedive.lab.namespaces import Namespace
from freedive.lab.operators import collect, iterate
from freedive.lab.plain import DictKind, ListKind, show_inside
from freedive.lab.running import running
from freedive.lab.types import TypeRef, publish_type


class Counter(dict[Any, int]):
    """collections.Counter."""


class DefaultDict(dict[Any, Any]):
    """collections.defaultdict, with a factory of the snippet's."""

    factory: Any = None

    def __missing__(self, key: Any) -> Any:
        if self.factory is None:
            raise KeyError(key)
        self[key] = running.call(self.factory)
        return self[key]


class CounterKind(DictKind):
    def __init__(self) -> None:
        super().__init__()
        self.attributes["most_common"] = Native(
            "most_common", lambda c, n=None: sorted(c.items(), key=lambda p: -p[1])[:n]
        )

    def getitem(self, value: Any, index: Any) -> Any:
        return value.get(index, 0) if isinstance(value, Counter) else value[index]

    def type_name(self, value: Any) -> str:
        return "Counter" if isinstance(value, Counter) else "defaultdict"

    def repr(self, value: Any) -> str:
        return f"{self.type_name(value)}({show_inside(dict(value), [])})"


class OrderedKind(DictKind):
    def repr(self, value: Any) -> str:
        inside = show_inside(list(value.items()), [])
        return f"OrderedDict({inside})"


class DequeKind(ListKind):
    name = "list"

    def __init__(self) -> None:
        super().__init__()
        self.attributes = {
            "append": Native("append", lambda d, x: d.append(x)), "appendleft": Native("appendleft", lambda d, x: d.appendleft(x)),
            "pop": Native("pop", lambda d: d.pop()), "popleft": Native("popleft", lambda d: d.popleft()),
            "clear": Native("clear", lambda d: d.clear()),
        }  # fmt: skip

    def repr(self, value: Any) -> str:
        return f"deque({show_inside(list(value), [])})"

    def encode(self, value: Any, encoder: Any) -> dict[str, Any]:
        return encoder.container("list", list(value))  # type: ignore[no-any-return]


register(CounterKind(), Counter, DefaultDict)
register(OrderedKind(), collections.OrderedDict)
register(DequeKind(), collections.deque)


def _counter(items: Any = ()) -> Counter:
    made = Counter()
    for item in iterate(items):
        made[item] = made.get(item, 0) + 1
    return made


def _default(factory: Any = None) -> DefaultDict:
    made = DefaultDict()
    made.factory = factory
    return made


def _namedtuple(name: str, fields: Any, **kwargs: Any) -> Any:
    names = fields.replace(",", " ").split() if isinstance(fields, str) else collect(fields)
    python = collections.namedtuple(name, names)  # type: ignore[misc]  # the names are the snippet's
    return publish_type(TypeRef(name, python, python))


def space() -> Namespace:
    return Namespace("collections", {
            "OrderedDict": publish_type(TypeRef("OrderedDict", collections.OrderedDict, lambda *a, **k: collections.OrderedDict(*[collect(x) if not isinstance(x, dict) else x for x in a], **k))),
            "defaultdict": Native("defaultdict", _default), "Counter": Native("Counter", _counter), "namedtuple": Native("namedtuple", _namedtuple),
            "deque": Native("deque", lambda items=(), maxlen=None: collections.deque(collect(items), maxlen)),
        })  # fmt: skip
