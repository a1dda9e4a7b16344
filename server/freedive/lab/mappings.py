"""Dicts, their views, and sets as values of a snippet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from freedive.lab.exchange import hand_over
from freedive.lab.kinds import ContainerKind, Kind, Native, register, type_name
from freedive.lab.operators import PLAIN, collect, compare, truth
from freedive.lab.running import running
from freedive.lab.showing import show_inside, shown_items


class DictKind(ContainerKind):
    name = "dict"
    rank = 1

    def __init__(self) -> None:
        super().__init__()
        self.attributes = {
            name: Native(name, function)
            for name, function in {
                "keys": lambda d: View(d, "keys"), "values": lambda d: View(d, "values"), "items": lambda d: View(d, "items"),
                "get": lambda d, key, default=None: d.get(key, default), "copy": lambda d: running.meter.copied(dict(d)),
                "pop": lambda d, key, *default: d.pop(key, *default), "clear": lambda d: d.clear(), "update": _update,
                "popitem": lambda d: d.popitem(), "setdefault": _set_default,
            }.items()
        }  # fmt: skip

    def getitem(self, value: Any, index: Any) -> Any:
        if isinstance(index, list | dict | set | slice):
            raise TypeError(f"unhashable type: '{type_name(index)}'")
        return value[index]

    def setitem(self, value: Any, index: Any, new: Any) -> None:
        if isinstance(index, list | dict | set | slice):
            raise TypeError(f"unhashable type: '{type_name(index)}'")
        value[index] = new
        running.meter.items(len(value), "dict")
        running.meter.room(1)

    def delitem(self, value: Any, index: Any) -> None:
        del value[index]

    def binary(self, op: str, a: Any, b: Any) -> Any:
        if op == "or" and isinstance(a, dict) and isinstance(b, dict):
            return running.meter.copied({**a, **b})
        return super().binary(op, a, b)

    def compare(self, op: str, a: Any, b: Any) -> Any:
        if op in ("eq", "ne") and isinstance(a, dict) and isinstance(b, dict):
            equal = a.keys() == b.keys() and all(truth(compare("eq", a[k], b[k])) for k in a)
            return equal is (op == "eq")
        return super().compare(op, a, b)

    def inplace(self, op: str, a: Any, b: Any) -> Any:
        if op == "or" and isinstance(a, dict):
            _update(a, b)
            return a
        return super().inplace(op, a, b)

    def repr(self, value: Any) -> str:
        return show_inside(dict(value), [])

    def encode(self, value: Any, encoder: Any) -> dict[str, Any]:
        return encoder.mapping(value)  # type: ignore[no-any-return]


_PARTS: dict[str, Callable[[dict[Any, Any]], Any]] = {
    "keys": lambda mapping: mapping.keys(),
    "values": lambda mapping: mapping.values(),
    "items": lambda mapping: mapping.items(),
}


class View:
    """`d.keys()`, `d.values()`, `d.items()`: these three and nothing else."""

    def __init__(self, mapping: dict[Any, Any], part: str) -> None:
        if not isinstance(mapping, dict):
            raise TypeError(f"a dict is wanted here, not a {type_name(mapping)}")
        self.mapping = mapping
        self.part = part
        self.look = _PARTS[part]

    def read(self) -> list[Any]:
        return list(self.look(self.mapping))


class ViewKind(Kind):
    name = "list"
    rank = 2

    def type_name(self, value: Any) -> str:
        return f"dict_{value.part}"

    def iterate(self, value: Any) -> Iterator[Any]:
        return iter(value.look(value.mapping))

    def length(self, value: Any) -> int:
        return len(value.mapping)

    def contains(self, value: Any, item: Any) -> bool:
        return any(truth(compare("eq", item, each)) for each in value.read())

    def binary(self, op: str, a: Any, b: Any) -> Any:
        if op not in ("or", "and", "sub", "xor"):
            return super().binary(op, a, b)
        left, right = ({*collect(x)} for x in (a, b))
        return running.meter.plain(PLAIN[op](left, right))

    def compare(self, op: str, a: Any, b: Any) -> Any:
        if not isinstance(a, View) or not isinstance(b, View | set) or (a.part == "values"):
            return super().compare(op, a, b)
        left, right = collect(a), collect(b)
        if op in ("ge", "gt"):
            left, right, op = right, left, "le" if op == "ge" else "lt"
        same = len(left) == len(right)
        inside = all(any(truth(compare("eq", x, y)) for y in right) for x in left)
        if op in ("eq", "ne"):
            return (inside and same) is (op == "eq")
        return inside and not (op == "lt" and same)

    def native(self, value: Any) -> Any:
        return hand_over(value.read())

    def repr(self, value: Any) -> str:
        return f"{'odict' if type(value.mapping).__name__ == 'OrderedDict' else 'dict'}_{value.part}({show_inside(value.read(), [])})"

    def encode(self, value: Any, encoder: Any) -> dict[str, Any]:
        return encoder.container("list", value.read())  # type: ignore[no-any-return]


class SetKind(ContainerKind):
    name = "set"
    rank = 1

    def __init__(self) -> None:
        super().__init__()
        self.attributes = {
            name: Native(name, function)
            for name, function in {
                "add": _set_add, "remove": lambda s, x: s.remove(x), "discard": lambda s, x: s.discard(x),
                "union": lambda s, *o: running.meter.copied(s.union(*map(collect, o))), "copy": lambda s: running.meter.copied(set(s)),
                "intersection": lambda s, *o: running.meter.copied(s.intersection(*map(collect, o))), "clear": lambda s: s.clear(),
                "difference": lambda s, *o: running.meter.copied(s.difference(*map(collect, o))),
                "symmetric_difference": lambda s, o: running.meter.copied(s.symmetric_difference(collect(o))),
                "isdisjoint": lambda s, o: s.isdisjoint(collect(o)), "pop": lambda s: s.pop(),
                "update": _set_update, "intersection_update": lambda s, *o: s.intersection_update(*map(collect, o)),
                "difference_update": lambda s, *o: s.difference_update(*map(collect, o)),
                "issubset": lambda s, o: s.issubset(collect(o)), "issuperset": lambda s, o: s.issuperset(collect(o)),
            }.items()
        }  # fmt: skip

    def binary(self, op: str, a: Any, b: Any) -> Any:
        if (
            op in ("or", "and", "sub", "xor")
            and isinstance(a, set | frozenset)
            and isinstance(b, set | frozenset)
        ):
            return running.meter.copied(PLAIN[op](a, b))
        return super().binary(op, a, b)

    def compare(self, op: str, a: Any, b: Any) -> Any:
        both = isinstance(a, set | frozenset) and isinstance(b, set | frozenset)
        return bool(PLAIN[op](a, b)) if both else super().compare(op, a, b)

    def iterate(self, value: Any) -> Iterator[Any]:
        return iter(list(value))

    def inplace(self, op: str, a: Any, b: Any) -> Any:
        made = self.binary(op, a, b)
        if not isinstance(a, set):
            return made
        a.clear()
        a.update(made)
        return a

    def repr(self, value: Any) -> str:
        name = self.type_name(value)
        if not value:
            return f"{name}()"
        inside = "{" + shown_items(value, []) + "}"
        return inside if name == "set" else f"{name}({inside})"

    def encode(self, value: Any, encoder: Any) -> dict[str, Any]:
        made = encoder.container("list", list(value))
        made["kind"] = "set"
        return made  # type: ignore[no-any-return]


def _set_default(mapping: dict[Any, Any], key: Any, default: Any = None) -> Any:
    if key not in mapping:
        DICT.setitem(mapping, key, default)
    return mapping[key]


def _update(mapping: dict[Any, Any], other: Any = (), **more: Any) -> None:
    pairs = other.items() if isinstance(other, dict) else [tuple(collect(pair)) for pair in collect(other)]
    before = len(mapping)
    mapping.update(pairs, **more)
    running.meter.items(len(mapping), "dict")
    running.meter.room(len(mapping) - before)


def _set_update(items: set[Any], *others: Any) -> None:
    for other in others:
        items.update(collect(other))
        running.meter.items(len(items), "set")


def _set_add(items: set[Any], item: Any) -> None:
    items.add(item)
    running.meter.items(len(items), "set")


DICT = DictKind()
register(DICT, dict)
register(ViewKind(), View)
register(SetKind(), set, frozenset)
