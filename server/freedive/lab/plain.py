"""Python's own values: numbers, text, lists, tuples, dicts, sets, ranges. Every result that can grow is measured.

Over 400 lines: one class for each of Python's own types, side by side, for each refers to the others.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from freedive.lab.budget import LimitReached
from freedive.lab.kinds import Callable_, Kind, Native, Property, kind_of, register, type_name
from freedive.lab.operators import INPLACE, NUMBERS, PLAIN, collect, compare, numbers, truth
from freedive.lab.problems import Refused, no_attribute
from freedive.lab.running import running

_BRACES = re.compile(r"\{\{|\}\}|\{([^{}:!]*)(![rsa])?(?::([^{}]*))?\}")
_PERCENT = re.compile(r"%(?:%|(\([^)]*\))?([-+ #0]*)(\*|\d*)(?:\.(\*|\d*))?[hlL]?([a-zA-Z]))")


def show(value: Any) -> str:
    """`repr` of anything, by its kind, measured."""
    kind = type(value)
    if kind in NUMBERS or value is None:
        return repr(value)
    text = kind_of(value).repr(value)
    running.meter.text(len(text))
    return text


class NumberKind(Kind):
    """int, float and bool."""

    rank = 1

    def __init__(self) -> None:
        super().__init__()
        self.attributes = {
            "is_integer": Native("is_integer", lambda x: float(x).is_integer()),
            "bit_length": Native("bit_length", lambda x: int(x).bit_length()),
            "item": None,
        }
        del self.attributes["item"]

    def binary(self, op: str, a: Any, b: Any) -> Any:
        if type(a) in NUMBERS and type(b) in NUMBERS:
            return numbers(op, a, b)
        return super().binary(op, a, b)

    def compare(self, op: str, a: Any, b: Any) -> Any:
        if type(a) in NUMBERS and type(b) in NUMBERS:
            return PLAIN[op](a, b)
        return super().compare(op, a, b)

    def truth(self, value: Any) -> bool:
        return bool(value)

    def repr(self, value: Any) -> str:
        return repr(value)

    def format(self, value: Any, spec: str) -> str:
        return format(value, spec)

    def number(self, value: Any, cls: type) -> Any:
        return cls(value)

    def index(self, value: Any) -> int:
        if type(value) is float:
            raise TypeError("'float' object cannot be interpreted as an integer")
        return int(value)

    def encode(self, value: Any, encoder: Any) -> dict[str, Any]:
        return {
            "kind": type(value).__name__,
            "data": encoder.number(value),
            "repr": encoder.clip(repr(value)),
        }


class NoneKind(Kind):
    name = "none"

    def type_name(self, value: Any) -> str:
        return type(value).__name__

    def truth(self, value: Any) -> bool:
        return value is not None

    def repr(self, value: Any) -> str:
        return repr(value)

    def encode(self, value: Any, encoder: Any) -> dict[str, Any]:
        return {"kind": "none" if value is None else "object", "data": None, "repr": repr(value)}


class SequenceKind(Kind):
    """What list, tuple, str and range share."""

    rank = 1

    def getitem(self, value: Any, index: Any) -> Any:
        if not isinstance(index, int | slice):
            index = position(index, self.type_name(value))
        return value[index]

    def iterate(self, value: Any) -> Iterator[Any]:
        return iter(value)

    def length(self, value: Any) -> int:
        return len(value)

    def truth(self, value: Any) -> bool:
        return bool(len(value))

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


def shown_items(items: Any, depth: list[int]) -> str:
    parts: list[str] = []
    size = 0
    for item in items:
        part = "[...]" if id(item) in depth else show_inside(item, depth)
        size += len(part) + 2
        running.meter.text(size)
        parts.append(part)
    return ", ".join(parts)


def show_inside(value: Any, depth: list[int]) -> str:
    if len(depth) > 40:
        return "..."
    if type(value) is list:
        return f"[{shown_items(value, [*depth, id(value)])}]"
    if type(value) is tuple:
        return f"({shown_items(value, [*depth, id(value)])}{',' if len(value) == 1 else ''})"
    if type(value) is dict:
        return (
            "{"
            + ", ".join(f"{show(k)}: {show_inside(v, [*depth, id(value)])}" for k, v in value.items())
            + "}"
        )
    return show(value)


class ListKind(SequenceKind):
    name = "list"

    def __init__(self) -> None:
        super().__init__()
        self.attributes = {
            name: Native(name, function)
            for name, function in {
                "append": _append, "extend": _extend, "insert": _insert, "pop": lambda x, i=-1: x.pop(i),
                "remove": lambda x, item: x.pop(_find(x, item)), "clear": lambda x: x.clear(),
                "index": _find, "count": lambda x, item: sum(1 for e in x if truth(compare("eq", e, item))),
                "reverse": lambda x: x.reverse(), "sort": _sort, "copy": lambda x: list(x),
            }.items()
        }  # fmt: skip

    def binary(self, op: str, a: Any, b: Any) -> Any:
        if op == "add" and type(a) is list and type(b) is list:
            running.meter.items(len(a) + len(b))
            running.meter.room(len(a) + len(b))
            return a + b
        if op == "mul":
            return _repeat(a, b)
        if op == "add" and type(a) is list:
            raise TypeError(f'can only concatenate list (not "{type_name(b)}") to list')
        return super().binary(op, a, b)

    def inplace(self, op: str, a: Any, b: Any) -> Any:
        if op == "add":
            _extend(a, b)
            return a
        if op == "mul":
            a[:] = _repeat(a, b)
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

    def __init__(self) -> None:
        super().__init__()
        self.attributes = {
            "index": Native("index", _find),
            "count": Native("count", lambda x, item: sum(1 for e in x if truth(compare("eq", e, item)))),
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
        if name in self.fields(value):
            return getattr(value, name)
        return super().getattr(value, name)

    def binary(self, op: str, a: Any, b: Any) -> Any:
        if op == "add" and isinstance(a, tuple) and isinstance(b, tuple):
            running.meter.items(len(a) + len(b))
            return tuple(a) + tuple(b)
        if op == "mul":
            return tuple(_repeat(a, b))
        if op == "add" and isinstance(a, tuple):
            raise TypeError(f'can only concatenate tuple (not "{type_name(b)}") to tuple')
        return super().binary(op, a, b)

    def compare(self, op: str, a: Any, b: Any) -> Any:
        both = isinstance(a, tuple) and isinstance(b, tuple)
        return same(op, a, b) if both else super().compare(op, a, b)

    def repr(self, value: Any) -> str:
        fields = self.fields(value)
        if fields:
            order = sorted(
                fields, key=lambda name: next(i for i, v in enumerate(value) if v is getattr(value, name))
            )
            name = type(value).__name__
            if type(value).__module__ == "torch.return_types":
                return (
                    f"torch.return_types.{name}(\n"
                    + ",\n".join(f"{f}={show(getattr(value, f))}" for f in order)
                    + ")"
                )
            return f"{name}({', '.join(f'{f}={show(getattr(value, f))}' for f in order)})"
        return show_inside(tuple(value), [])

    def encode(self, value: Any, encoder: Any) -> dict[str, Any]:
        made = encoder.container("tuple", value)
        fields = self.fields(value)
        if fields:
            made["names"] = fields
        return made  # type: ignore[no-any-return]


_STRUCT = frozenset({"count", "index", "n_fields", "n_sequence_fields", "n_unnamed_fields"})


class RangeKind(SequenceKind):
    name = "range"

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


class SliceKind(Kind):
    name = "slice"

    def repr(self, value: Any) -> str:
        return f"slice({show(value.start)}, {show(value.stop)}, {show(value.step)})"


class TextKind(SequenceKind):
    name = "str"

    def __init__(self) -> None:
        super().__init__()
        self.attributes = {name: Native(name, function) for name, function in _TEXT.items()}

    def type_name(self, value: Any) -> str:
        return "str"

    def getattr(self, value: Any, name: str) -> Any:
        if name == "join":
            raise Refused("'join' is offered only where it is called at once")
        return super().getattr(value, name)

    def called_attribute(self, value: Any, name: str) -> Any:
        return (
            Native("join", lambda items: _join(value, items)) if name == "join" else self.getattr(value, name)
        )

    def binary(self, op: str, a: Any, b: Any) -> Any:
        if op == "mod" and isinstance(a, str):
            return percent(a, b)
        if op == "add" and isinstance(a, str) and isinstance(b, str):
            running.meter.text(len(a) + len(b))
            return a + b
        if op == "mul":
            return _repeat(a, b)
        if op == "add" and isinstance(a, str):
            raise TypeError(f'can only concatenate str (not "{type_name(b)}") to str')
        return super().binary(op, a, b)

    def compare(self, op: str, a: Any, b: Any) -> Any:
        both = isinstance(a, str) and isinstance(b, str)
        return bool(PLAIN[op](a, b)) if both else super().compare(op, a, b)

    def contains(self, value: Any, item: Any) -> bool:
        if not isinstance(item, str):
            raise TypeError(f"'in <string>' requires string as left operand, not {type_name(item)}")
        return item in value

    def text(self, value: Any) -> str:
        return str(value)

    def repr(self, value: Any) -> str:
        return repr(value)

    def format(self, value: Any, spec: str) -> str:
        return format(value, spec)

    def number(self, value: Any, cls: type) -> Any:
        if len(value) > 1_300:
            raise LimitReached("size limit: the text is too long for a number")
        return cls(value)

    def encode(self, value: Any, encoder: Any) -> dict[str, Any]:
        return {"kind": "str", "data": value, "repr": encoder.clip(repr(value))}


class DictKind(Kind):
    name = "dict"
    rank = 1

    def __init__(self) -> None:
        super().__init__()
        self.attributes = {
            name: Native(name, function)
            for name, function in {
                "keys": lambda d: View(d, "keys"), "values": lambda d: View(d, "values"), "items": lambda d: View(d, "items"),
                "get": lambda d, key, default=None: d.get(key, default), "copy": lambda d: dict(d),
                "pop": lambda d, key, *default: d.pop(key, *default), "clear": lambda d: d.clear(), "update": _update,
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
            return running.meter.plain({**a, **b})
        return super().binary(op, a, b)

    def compare(self, op: str, a: Any, b: Any) -> Any:
        if op in ("eq", "ne") and isinstance(a, dict) and isinstance(b, dict):
            equal = a.keys() == b.keys() and all(truth(compare("eq", a[k], b[k])) for k in a)
            return equal is (op == "eq")
        return super().compare(op, a, b)

    def iterate(self, value: Any) -> Iterator[Any]:
        return iter(value)

    def length(self, value: Any) -> int:
        return len(value)

    def truth(self, value: Any) -> bool:
        return bool(value)

    def contains(self, value: Any, item: Any) -> bool:
        return item in value

    def repr(self, value: Any) -> str:
        return show_inside(dict(value), [])

    def encode(self, value: Any, encoder: Any) -> dict[str, Any]:
        return encoder.mapping(value)  # type: ignore[no-any-return]


class View:
    """`d.keys()`, `d.values()`, `d.items()`."""

    def __init__(self, mapping: Any, part: str) -> None:
        self.mapping = mapping
        self.part = part

    def read(self) -> list[Any]:
        return list(getattr(self.mapping, self.part)())


class ViewKind(Kind):
    name = "list"

    def type_name(self, value: Any) -> str:
        return f"dict_{value.part}"

    def iterate(self, value: Any) -> Iterator[Any]:
        return iter(getattr(value.mapping, value.part)())

    def length(self, value: Any) -> int:
        return len(value.mapping)

    def contains(self, value: Any, item: Any) -> bool:
        return any(truth(compare("eq", item, each)) for each in value.read())

    def repr(self, value: Any) -> str:
        return f"{'odict' if type(value.mapping).__name__ == 'OrderedDict' else 'dict'}_{value.part}({show_inside(value.read(), [])})"

    def encode(self, value: Any, encoder: Any) -> dict[str, Any]:
        return encoder.container("list", value.read())  # type: ignore[no-any-return]


class SetKind(Kind):
    name = "set"
    rank = 1

    def __init__(self) -> None:
        super().__init__()
        self.attributes = {
            name: Native(name, function)
            for name, function in {
                "add": _set_add, "remove": lambda s, x: s.remove(x), "discard": lambda s, x: s.discard(x),
                "union": lambda s, *o: running.meter.plain(s.union(*map(collect, o))), "copy": lambda s: set(s),
                "intersection": lambda s, *o: s.intersection(*map(collect, o)), "clear": lambda s: s.clear(),
                "difference": lambda s, *o: s.difference(*map(collect, o)),
                "issubset": lambda s, o: s.issubset(collect(o)), "issuperset": lambda s, o: s.issuperset(collect(o)),
            }.items()
        }  # fmt: skip

    def binary(self, op: str, a: Any, b: Any) -> Any:
        if (
            op in ("or", "and", "sub", "xor")
            and isinstance(a, set | frozenset)
            and isinstance(b, set | frozenset)
        ):
            return running.meter.plain(PLAIN[op](a, b))
        return super().binary(op, a, b)

    def compare(self, op: str, a: Any, b: Any) -> Any:
        both = isinstance(a, set | frozenset) and isinstance(b, set | frozenset)
        return bool(PLAIN[op](a, b)) if both else super().compare(op, a, b)

    def iterate(self, value: Any) -> Iterator[Any]:
        return iter(list(value))

    def length(self, value: Any) -> int:
        return len(value)

    def truth(self, value: Any) -> bool:
        return bool(value)

    def contains(self, value: Any, item: Any) -> bool:
        return item in value

    def repr(self, value: Any) -> str:
        return "{" + shown_items(value, []) + "}" if value else "set()"

    def encode(self, value: Any, encoder: Any) -> dict[str, Any]:
        made = encoder.container("list", list(value))
        made["kind"] = "set"
        return made  # type: ignore[no-any-return]


class Lazy:
    """zip, map, enumerate and the like: an iterator with a name."""

    def __init__(self, name: str, source: Iterator[Any]) -> None:
        self.name = name
        self.source = source

    def __iter__(self) -> Iterator[Any]:
        return self.source

    def __next__(self) -> Any:
        return next(self.source)


class LazyKind(Kind):
    name = "iterator"

    def type_name(self, value: Any) -> str:
        return str(value.name)

    def iterate(self, value: Any) -> Iterator[Any]:
        return iter(value)

    def repr(self, value: Any) -> str:
        return f"<{value.name} object>"


# ------------------------------------------------------------ methods
def _append(items: list[Any], item: Any) -> None:
    running.meter.items(len(items) + 1)
    running.meter.room(1)
    items.append(item)


def _extend(items: list[Any], more: Any) -> None:
    added = collect(more)
    running.meter.items(len(items) + len(added))
    items.extend(added)


def _insert(items: list[Any], index: int, item: Any) -> None:
    running.meter.items(len(items) + 1)
    items.insert(index, item)


def _find(items: Any, item: Any) -> int:
    for i, each in enumerate(items):
        if truth(compare("eq", each, item)):
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


def _update(mapping: dict[Any, Any], other: Any = (), **more: Any) -> None:
    pairs = other.items() if isinstance(other, dict) else [tuple(collect(pair)) for pair in collect(other)]
    mapping.update(pairs, **more)
    running.meter.items(len(mapping), "dict")


def _set_add(items: set[Any], item: Any) -> None:
    items.add(item)
    running.meter.items(len(items), "set")


def _repeat(a: Any, b: Any) -> Any:
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


def _join(separator: str, items: Any) -> str:
    parts = collect(items)
    for i, part in enumerate(parts):
        if not isinstance(part, str):
            raise TypeError(f"sequence item {i}: expected str instance, {type_name(part)} found")
    running.meter.text(sum(map(len, parts)) + len(separator) * max(0, len(parts) - 1))
    return separator.join(parts)


def braces(template: str, *args: Any, **kwargs: Any) -> str:
    """`str.format` with plain fields only: no attributes, no indexing, constant formats."""
    out: list[str] = []
    last = counter = size = 0
    for found in _BRACES.finditer(template):
        gap = template[last : found.start()]
        if "{" in gap or "}" in gap:
            raise ValueError(
                "Single '}' encountered in format string"
                if "}" in gap
                else "Single '{' encountered in format string"
            )
        out.append(gap)
        last = found.end()
        token = found.group()
        if token in ("{{", "}}"):
            out.append(token[0])
            continue
        field, conversion, spec = found.group(1).strip(), found.group(2), found.group(3) or ""
        if (field and not re.fullmatch(r"\d+|[^\W\d]\w*", field)) or field.startswith("_"):
            raise Refused(
                f"the field '{{{field[:40]}}}' is not offered: no attributes or indexing inside a format"
            )
        if not re.fullmatch(r"[^{}]?[<>^=]?[+\- ]?#?0?\d{0,3}[,_]?(\.\d{1,2})?[a-zA-Z%]?", spec):
            raise Refused(
                f"the format ':{spec[:40]}' is not offered", hint="width up to 999, precision up to 99"
            )
        if field == "":
            value = args[counter] if counter < len(args) else _missing(counter)
            counter += 1
        elif field.isdigit():
            value = args[int(field)] if int(field) < len(args) else _missing(int(field))
        else:
            value = kwargs[field]
        kind = kind_of(value)
        made = format(kind.repr(value), spec) if conversion == "!r" else kind.format(value, spec)
        size += len(made)
        running.meter.text(size)
        out.append(made)
    rest = template[last:]
    if "{" in rest or "}" in rest:
        raise ValueError(
            "expected '}' before end of string" if "{" in rest else "Single '}' encountered in format string"
        )
    return "".join([*out, rest])


def _missing(index: int) -> Any:
    raise IndexError(f"Replacement index {index} out of range for positional args tuple")


def percent(template: str, values: Any) -> str:
    """`%` formatting; operands are turned into plain text or numbers by their kinds first."""
    items = list(values) if type(values) is tuple else [values]
    taken = size = 0
    out: list[str] = []
    last = 0
    for found in _PERCENT.finditer(template):
        out.append(template[last : found.start()])
        last = found.end()
        if found.group() == "%%":
            out.append("%")
            continue
        name, _, width, precision, letter = found.groups()
        if name or "*" in (width, precision):
            raise Refused("'%(name)' and '*' in a % format are not offered", hint="use an f-string")
        if int(width or 0) > 999 or int(precision or 0) > 99:
            raise Refused("a % format wider than 999 or more precise than 99 is not offered")
        if taken >= len(items):
            raise TypeError("not enough arguments for format string")
        value = items[taken]
        taken += 1
        if letter in "sra":
            operand: Any = kind_of(value).text(value) if letter == "s" else show(value)
        elif letter in "diouxXc":
            if isinstance(value, str) and letter != "c":
                raise TypeError(f"%{letter} format: a real number is required, not str")
            operand = value if isinstance(value, str) else kind_of(value).number(value, int)
        elif letter in "eEfFgG":
            if isinstance(value, str):
                raise TypeError("must be real number, not str")
            operand = kind_of(value).number(value, float)
        else:
            raise ValueError(f"unsupported format character '{letter}'")
        made = found.group() % (operand,)
        size += len(made)
        running.meter.text(size)
        out.append(made)
    if taken < len(items) and type(values) is tuple:
        raise TypeError("not all arguments converted during string formatting")
    return "".join([*out, template[last:]])


def _width(function: Callable[..., str]) -> Callable[..., str]:
    def padded(text: str, width: int, *fill: str) -> str:
        if width > 999:
            raise ValueError(f"a width of {width:,} characters, 999 are allowed")
        return function(text, width, *fill)

    return padded


def _replace(text: str, old: str, new: str, count: int = -1) -> str:
    running.meter.text(len(text) + max(0, text.count(old)) * max(0, len(new) - len(old)))
    return text.replace(old, new, count)


_TEXT: dict[str, Callable[..., Any]] = {
    **{
        name: getattr(str, name)
        for name in (
            "upper", "lower", "strip", "lstrip", "rstrip", "split", "rsplit", "splitlines", "startswith", "endswith",
            "find", "rfind", "index", "count", "isdigit", "isalpha", "isalnum", "isspace", "isupper", "islower",
            "title", "capitalize", "swapcase", "partition", "rpartition", "isnumeric", "removeprefix", "removesuffix",
        )
    },
    "replace": _replace,
    "format": braces,
    "center": _width(str.center), "ljust": _width(str.ljust), "rjust": _width(str.rjust), "zfill": _width(str.zfill),
}  # fmt: skip


register(NumberKind(), int, float, bool)
register(NoneKind(), type(None), type(Ellipsis), type(NotImplemented))
register(ListKind(), list)
TUPLE = register(TupleKind(), tuple)
register(RangeKind(), range)
register(SliceKind(), slice)
register(TextKind(), str)
register(DictKind(), dict)
register(ViewKind(), View)
register(SetKind(), set, frozenset)
register(LazyKind(), Lazy)

__all__ = ["INPLACE", "Callable_", "Property", "View", "no_attribute", "show"]
