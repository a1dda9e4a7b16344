"""Lists, tuples (named ones too), ranges and slices as values of a snippet. Every result that can grow is measured."""

from __future__ import annotations

import math
from typing import Any

from freedive.lab.kinds import ContainerKind, Kind, Native, Property, kind_of, register, type_name
from freedive.lab.operators import NUMBERS, PLAIN, collect, compare, truth
from freedive.lab.running import running
from freedive.lab.showing import joined, show, show_inside


class SequenceKind(ContainerKind):
    """What list, tuple, str and range share."""

    rank = 1

    def getitem(self, value: Any, index: Any) -> Any:
        if not isinstance(index, int | slice):
            index = position(index, self.type_name(value))
        made = value[index]
        return running.meter.copied(made) if type(index) is slice and type(made) in (list, tuple) else made

    def contains(self, value: Any, item: Any) -> bool:
        return any(item is each or truth(compare("eq", item, each)) for each in value)


def position(index: Any, owner: str) -> int:
    if isinstance(index, float | str | tuple | list) or index is None:
        raise TypeError(f"{owner} indices must be integers or slices, not {type_name(index)}")
    return kind_of(index).index(index)


def same(op: str, a: Any, b: Any) -> bool:
    """Lists and tuples compared item by item, in Python's order."""
    if op in ("eq", "ne"):
        equal = len(a) == len(b) and all(
            x is y or truth(compare("eq", x, y)) for x, y in zip(a, b, strict=True)
        )
        return equal is (op == "eq")
    for x, y in zip(a, b, strict=False):
        if not truth(compare("eq", x, y)):
            return truth(compare(op, x, y))
    return bool(PLAIN[op](len(a), len(b)))


class ListKind(SequenceKind):
    name = "list"

    def __init__(self) -> None:
        super().__init__()
        self.attributes = {
            name: Native(name, function)
            for name, function in {
                "append": _append, "extend": extend, "insert": _insert, "pop": lambda x, i=-1: x.pop(i),
                "remove": _remove, "clear": lambda x: x.clear(),
                "index": _find, "count": _count, "reverse": lambda x: x.reverse(), "sort": _sort, "copy": lambda x: running.meter.copied(list(x)),
            }.items()
        }  # fmt: skip

    def binary(self, op: str, a: Any, b: Any) -> Any:
        if op == "add" and type(a) is list and type(b) is list:
            running.meter.items(len(a) + len(b))
            running.meter.room(len(a) + len(b))
            return a + b
        if op == "mul":
            return repeat(a, b)
        if op == "add" and type(a) is list:
            raise TypeError(f'can only concatenate list (not "{type_name(b)}") to list')
        return super().binary(op, a, b)

    def inplace(self, op: str, a: Any, b: Any) -> Any:
        if op == "add":
            extend(a, b)
            return a
        if op == "mul":
            a[:] = repeat(a, b)
            return a
        return super().inplace(op, a, b)

    def compare(self, op: str, a: Any, b: Any) -> Any:
        return same(op, a, b) if type(a) is list and type(b) is list else super().compare(op, a, b)

    def setitem(self, value: Any, index: Any, new: Any) -> None:
        if isinstance(index, slice):
            items = collect(new)
            running.meter.items(len(value) + len(items))
            value[index] = items
        else:
            value[position(index, "list")] = new

    def delitem(self, value: Any, index: Any) -> None:
        del value[index]

    def repr(self, value: Any) -> str:
        return show_inside(value, [])

    def encode(self, value: Any, encoder: Any) -> dict[str, Any]:
        return encoder.container("list", value)  # type: ignore[no-any-return]


class TupleKind(SequenceKind):
    """Tuples and named results."""

    name = "tuple"
    private_names = True

    def __init__(self) -> None:
        super().__init__()
        self.attributes = {
            "index": Native("index", _find),
            "count": Native("count", _count),
        }

    def fields(self, value: Any) -> list[str]:
        named = getattr(type(value), "_fields", None)
        if named:
            return list(named)
        if type(value).__module__ == "torch.return_types":
            return [name for name in dir(type(value)) if name[0] != "_" and name not in _STRUCT]
        return []

    def type_name(self, value: Any) -> str:
        return type(value).__name__

    def dir(self, value: Any) -> list[str]:
        return [*super().dir(value), *self.fields(value)]

    def getattr(self, value: Any, name: str) -> Any:
        fields = self.fields(value)
        if name in fields:
            return getattr(value, name)
        if hasattr(type(value), "_fields") and name in NAMED:
            return NAMED[name](value)
        return super().getattr(value, name)

    def binary(self, op: str, a: Any, b: Any) -> Any:
        if op == "add" and isinstance(a, tuple) and isinstance(b, tuple):
            running.meter.items(len(a) + len(b))
            return running.meter.copied(tuple(a) + tuple(b))
        if op == "mul":
            return tuple(repeat(a, b))
        if op == "add" and isinstance(a, tuple):
            raise TypeError(f'can only concatenate tuple (not "{type_name(b)}") to tuple')
        return super().binary(op, a, b)

    def compare(self, op: str, a: Any, b: Any) -> Any:
        both = isinstance(a, tuple) and isinstance(b, tuple)
        return same(op, a, b) if both else super().compare(op, a, b)

    def repr(self, value: Any) -> str:
        fields = self.fields(value)
        if fields:
            order = list(getattr(type(value), "_fields", ())) or sorted(
                fields, key=lambda name: next(i for i, v in enumerate(value) if v is getattr(value, name))
            )
            name = type(value).__name__
            if type(value).__module__ == "torch.return_types":
                return (
                    f"torch.return_types.{name}(\n"
                    + ",\n".join(f"{f}={show(getattr(value, f))}" for f in order)
                    + ")"
                )
            return f"{name}({joined((f'{f}={show(getattr(value, f))}' for f in order), len(order))})"
        return show_inside(tuple(value), [])

    def encode(self, value: Any, encoder: Any) -> dict[str, Any]:
        made = encoder.container("tuple", value)
        fields = self.fields(value)
        if fields:
            made["names"] = fields
        return made  # type: ignore[no-any-return]


NAMED: dict[str, Any] = {
    "_fields": lambda t: tuple(t._fields),
    "_asdict": lambda t: Native("_asdict", lambda: dict(zip(t._fields, t, strict=True))),
    "_replace": lambda t: Native("_replace", lambda **new: t._replace(**new)),
}
"""What a namedtuple has besides its fields."""

_STRUCT = frozenset({"count", "index", "n_fields", "n_sequence_fields", "n_unnamed_fields"})


class RangeKind(SequenceKind):
    data = True
    name = "range"

    def __init__(self) -> None:
        super().__init__()
        self.attributes = {
            "start": Property(lambda r: r.start), "stop": Property(lambda r: r.stop), "step": Property(lambda r: r.step),
            "index": Native("index", _place_in), "count": Native("count", lambda r, item: int(_is_in(r, item))),
        }  # fmt: skip

    def contains(self, value: Any, item: Any) -> bool:
        return isinstance(item, int) and item in value

    def compare(self, op: str, a: Any, b: Any) -> Any:
        if op in ("eq", "ne"):
            return bool(PLAIN[op](a, b))
        return super().compare(op, a, b)

    def repr(self, value: Any) -> str:
        return repr(value)

    def encode(self, value: Any, encoder: Any) -> dict[str, Any]:
        return {"kind": "range", "data": repr(value), "repr": repr(value)}


def _is_in(numbers: range, item: Any) -> bool:
    """Worked out, for Python walks through the range where the item is no int."""
    whole = isinstance(item, int | float) and item == item and abs(item) != math.inf and item == int(item)
    return whole and int(item) in numbers


def _place_in(numbers: range, item: Any) -> int:
    if not _is_in(numbers, item):
        raise ValueError(f"{show(item)} is not in range")
    return numbers.index(int(item))


class SliceKind(Kind):
    data = True
    name = "slice"

    def __init__(self) -> None:
        super().__init__()
        self.attributes = {
            "start": Property(lambda s: s.start), "stop": Property(lambda s: s.stop), "step": Property(lambda s: s.step),
            "indices": Native("indices", lambda s, length: s.indices(length)),
        }  # fmt: skip

    def repr(self, value: Any) -> str:
        return f"slice({show(value.start)}, {show(value.stop)}, {show(value.step)})"


# ------------------------------------------------------------ methods
def _append(items: list[Any], item: Any) -> None:
    running.meter.items(len(items) + 1)
    running.meter.room(1)
    items.append(item)


def extend(items: Any, more: Any) -> None:
    """Add all of `more` to a list or a deque."""
    added = collect(more)
    running.meter.items(len(items) + len(added))
    items.extend(added)


def _insert(items: list[Any], index: int, item: Any) -> None:
    running.meter.items(len(items) + 1)
    items.insert(index, item)


def _remove(items: list[Any], item: Any) -> None:
    items.pop(_find(items, item))


def _count(items: Any, item: Any) -> int:
    return sum(1 for each in items if each is item or truth(compare("eq", each, item)))


def _find(items: Any, item: Any, start: int = 0, stop: int = 2**31) -> int:
    for i in range(*slice(start, stop).indices(len(items))):
        if items[i] is item or truth(compare("eq", items[i], item)):
            return i
    raise ValueError(f"{show(item)} is not in {type_name(items)}")


def ordered(items: list[Any], key: Any = None, reverse: bool = False) -> list[Any]:
    """Sorted by our own comparison, so that tensors and kinds of ours compare as the snippet would."""
    import functools

    keyed = items if key is None else [running.call(key, (item,)) for item in items]

    def order(a: int, b: int) -> int:
        running.meter.step()
        if truth(compare("lt", keyed[a], keyed[b])):
            return -1
        return 1 if truth(compare("lt", keyed[b], keyed[a])) else 0

    if all(type(k) in NUMBERS for k in keyed) or all(type(k) is str for k in keyed):
        places = sorted(range(len(items)), key=keyed.__getitem__, reverse=reverse)
    else:
        places = sorted(range(len(items)), key=functools.cmp_to_key(order), reverse=reverse)
    return [items[i] for i in places]


def _sort(items: list[Any], *, key: Any = None, reverse: bool = False) -> None:
    items[:] = ordered(items, key, truth(reverse))


def repeat(a: Any, b: Any) -> Any:
    sequence, count = (a, b) if isinstance(a, str | list | tuple) else (b, a)
    if not isinstance(count, int):
        if not isinstance(sequence, str | list | tuple) or type(count) in (float, str, list, tuple, dict):
            raise TypeError(f"can't multiply sequence by non-int of type '{type_name(count)}'")
        count = kind_of(count).index(count)
    total = len(sequence) * max(0, count)
    if isinstance(sequence, str):
        running.meter.text(total)
    else:
        running.meter.items(total, type(sequence).__name__)
        running.meter.room(total)
    return sequence * count


LIST = ListKind()
register(LIST, list)
TUPLE = TupleKind()
register(TUPLE, tuple)
register(RangeKind(), range)
register(SliceKind(), slice)
