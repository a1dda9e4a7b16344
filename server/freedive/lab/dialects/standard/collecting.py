"""collections: Counter, defaultdict, OrderedDict, deque, namedtuple."""

from __future__ import annotations

import collections
from typing import Any

from freedive.lab.dialects.standard.named import namedtuple
from freedive.lab.exchange import hand_over
from freedive.lab.expressions import hashable
from freedive.lab.kinds import Native, Property, register
from freedive.lab.mappings import DICT
from freedive.lab.namespaces import Namespace
from freedive.lab.operators import binary, collect, iterate
from freedive.lab.plain import DictKind, Lazy, ListKind, show, show_inside
from freedive.lab.running import running
from freedive.lab.sequences import LIST, extend
from freedive.lab.types import TypeRef, publish_type


class Counter(dict[Any, int]):
    """collections.Counter."""


class DefaultDict(dict[Any, Any]):
    """collections.defaultdict, with a factory of the snippet's."""

    factory: Any = None

    def __missing__(self, key: Any) -> Any:
        if self.factory is None:
            raise KeyError(key)
        DICT.setitem(self, key, running.call(self.factory))
        return self[key]


class CounterKind(DictKind):
    def __init__(self) -> None:
        super().__init__()
        self.attributes.update(
            {
                "most_common": Native("most_common", lambda c, n=None: sorted(c.items(), key=lambda p: -p[1])[:n]),
                "elements": Native("elements", _elements), "total": Native("total", lambda c: sum(c.values())),
                "subtract": Native("subtract", lambda c, other: _count(c, other, -1)),
            }
        )  # fmt: skip
        self.attributes["copy"] = Native("copy", lambda c: _same(c, c))

    def getitem(self, value: Any, index: Any) -> Any:
        return value.get(index, 0) if isinstance(value, Counter) else value[index]

    def type_name(self, value: Any) -> str:
        return "Counter" if isinstance(value, Counter) else "defaultdict"

    def repr(self, value: Any) -> str:
        factory = "None" if value.factory is None else show(value.factory)
        return f"defaultdict({factory}, {show_inside(dict(value), [])})"


class CountedKind(CounterKind):
    """collections.Counter: counts add up."""

    def __init__(self) -> None:
        super().__init__()
        self.attributes["update"] = Native("update", lambda c, other=(): _count(c, other, 1))

    def binary(self, op: str, a: Any, b: Any) -> Any:
        if not isinstance(a, Counter) or not isinstance(b, Counter) or op not in _COUNTING:
            return super().binary(op, a, b)
        made = Counter()
        for key in {**a, **b}:
            value = _COUNTING[op](a.get(key, 0), b.get(key, 0))
            if value > 0:
                made[key] = value
        return made

    def inplace(self, op: str, a: Any, b: Any) -> Any:
        return self.binary(op, a, b)

    def repr(self, value: Any) -> str:
        inside = show_inside(dict(sorted(value.items(), key=lambda pair: -pair[1])), [])
        return f"Counter({inside})" if value else "Counter()"


_COUNTING: dict[str, Any] = {
    "add": lambda a, b: binary("add", a, b), "sub": lambda a, b: binary("sub", a, b), "and": min, "or": max,
}  # fmt: skip


def _count(counter: Counter, other: Any, sign: int) -> None:
    pairs = other.items() if isinstance(other, dict) else ((item, 1) for item in iterate(other))
    for key, times in pairs:
        counter[hashable(key)] = binary("add" if sign > 0 else "sub", counter.get(key, 0), times)
    running.meter.items(len(counter), "dict")


def _elements(counter: Counter) -> Any:
    running.meter.items(sum(max(0, times) for times in counter.values()))
    return Lazy("chain", (key for key, times in counter.items() for _ in range(times)))


def _same(counter: Any, pairs: Any) -> Any:
    made = type(counter)()
    made.update(pairs)
    return made


class OrderedKind(DictKind):
    def __init__(self) -> None:
        super().__init__()
        self.attributes["move_to_end"] = Native(
            "move_to_end", lambda d, key, last=True: d.move_to_end(key, last)
        )
        self.attributes["popitem"] = Native("popitem", lambda d, last=True: d.popitem(last))

    def repr(self, value: Any) -> str:
        inside = show_inside(list(value.items()), [])
        return f"OrderedDict({inside})"


class DequeKind(ListKind):
    name = "list"

    def __init__(self) -> None:
        super().__init__()
        self.attributes = {
            "append": Native("append", lambda d, x: _room_in(d).append(x)),
            "appendleft": Native("appendleft", lambda d, x: _room_in(d).appendleft(x)),
            "pop": Native("pop", lambda d: d.pop()), "popleft": Native("popleft", lambda d: d.popleft()),
            "clear": Native("clear", lambda d: d.clear()), "extend": Native("extend", extend),
            "rotate": Native("rotate", lambda d, n=1: d.rotate(n)), "reverse": Native("reverse", lambda d: d.reverse()),
            "extendleft": Native("extendleft", lambda d, items: [_room_in(d).appendleft(x) for x in collect(items)] and None),
            "maxlen": Property(lambda d: d.maxlen), **{n: LIST.attributes[n] for n in ("index", "count")},
            "remove": Native("remove", lambda d, x: d.remove(x)), "copy": Native("copy", lambda d: running.meter.copied(d.copy())),
        }  # fmt: skip

    def repr(self, value: Any) -> str:
        bound = "" if value.maxlen is None else f", maxlen={value.maxlen}"
        return f"deque({show_inside(list(value), [])}{bound})"

    def native(self, value: Any) -> Any:
        return hand_over(list(value))

    def type_name(self, value: Any) -> str:
        return "deque"

    def compare(self, op: str, a: Any, b: Any) -> Any:
        both = isinstance(a, collections.deque) and isinstance(b, collections.deque)
        return super().compare(op, list(a), list(b)) if both else a is b

    def encode(self, value: Any, encoder: Any) -> dict[str, Any]:
        return encoder.container("list", list(value))  # type: ignore[no-any-return]


def _room_in(items: Any) -> Any:
    """A deque that may take one more."""
    if items.maxlen is None or len(items) < items.maxlen:
        running.meter.items(len(items) + 1, "deque")
    return items


register(CounterKind(), DefaultDict)
register(CountedKind(), Counter)
register(OrderedKind(), collections.OrderedDict)
register(DequeKind(), collections.deque)


def _counter(items: Any = (), **named: int) -> Counter:
    made = Counter(named)
    _count(made, items, 1)
    return made


def _default(factory: Any = None, *start: Any) -> DefaultDict:
    made = DefaultDict()
    DICT.attributes["update"].call((made, *start), {})
    made.factory = factory
    return made


def space() -> Namespace:
    return Namespace("collections", {
            "OrderedDict": publish_type(TypeRef("OrderedDict", collections.OrderedDict, lambda *a, **k: collections.OrderedDict(*[collect(x) if not isinstance(x, dict) else x for x in a], **k))),
            "defaultdict": publish_type(TypeRef("defaultdict", DefaultDict, _default)), "Counter": publish_type(TypeRef("Counter", Counter, _counter)), "namedtuple": Native("namedtuple", namedtuple),
            "deque": publish_type(TypeRef("deque", collections.deque, lambda items=(), maxlen=None: collections.deque(collect(items), maxlen))),
        })  # fmt: skip
