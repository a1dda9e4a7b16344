"""The built-in functions and types of the language, each measured; what is missing here does not exist for a snippet.

Over 400 lines: one function for each built-in, all of one table.
"""

from __future__ import annotations

import functools
from typing import Any

from freedive.lab.budget import LimitReached
from freedive.lab.bytestrings import encode
from freedive.lab.classes import Method, UserClass, blank
from freedive.lab.complexes import COMPLEX
from freedive.lab.exceptions import builtin_errors
from freedive.lab.expressions import hashable
from freedive.lab.extending import extendable
from freedive.lab.functions import Function, Generator
from freedive.lab.instances import Instance, member_of
from freedive.lab.kinds import Callable_, Kind, Native, Property, kind_of, register, type_name
from freedive.lab.mappings import DICT
from freedive.lab.namespaces import Namespace
from freedive.lab.operators import binary, collect, compare, iterate, truth
from freedive.lab.plain import Lazy, ordered, show
from freedive.lab.problems import Refused
from freedive.lab.reaching import Nothing, reach_delattr, reach_getattr, reach_hasattr, reach_setattr
from freedive.lab.running import running
from freedive.lab.sequences import LIST
from freedive.lab.showing import briefly
from freedive.lab.syntax import check_format
from freedive.lab.texts import TEXT, Table
from freedive.lab.types import TypeRef, is_instance, publish_type, type_of


def _print(
    *values: Any, sep: str | None = " ", end: str | None = "\n", flush: bool = False, **other: Any
) -> None:
    if other:
        raise TypeError(f"print() got an unexpected keyword argument '{next(iter(other))}'")
    with briefly():
        texts = [kind_of(v).text(v) for v in values]
    if not running.muted:
        between, last = " " if sep is None else sep, "\n" if end is None else end
        running.room_for(len(between) * max(0, len(texts) - 1))
        running.write(between.join(texts) + last)


def _len(value: Any) -> int:
    return kind_of(value).length(value)


def _whole(value: Any) -> int:
    return value if type(value) is int else kind_of(value).index(value)


def _range(*args: Any) -> range:
    if not 1 <= len(args) <= 3:
        raise TypeError(
            f"range expected {'at least 1 argument, got 0' if not args else 'at most 3 arguments'}"
        )
    return range(*map(_whole, args))


def _countable(value: Any) -> Any:
    if type(value) is range and len(value) > running.budget.steps:
        raise LimitReached(f"step limit: a range of {len(value):,} numbers cannot be walked through")
    return value


def _enumerate(value: Any, start: int = 0) -> Lazy:
    return Lazy("enumerate", enumerate(iterate(_countable(value)), start))


def _zip(*values: Any, strict: bool = False) -> Lazy:
    return Lazy("zip", zip(*[iterate(v) for v in values], strict=strict))


def _map(function: Any, *values: Any) -> Lazy:
    return Lazy(
        "map", (running.call(function, args) for args in zip(*[iterate(v) for v in values], strict=False))
    )


def _filter(function: Any, value: Any) -> Lazy:
    keep = truth if function is None else (lambda item: truth(running.call(function, (item,))))
    return Lazy("filter", (item for item in iterate(value) if keep(item)))


def _sum(value: Any, start: Any = 0) -> Any:
    if isinstance(start, str):
        raise TypeError("sum() can't sum strings")
    total = start
    for item in iterate(_countable(value)):
        total = binary("add", total, item)
    return total


def _extreme(op: str, name: str, values: tuple[Any, ...], key: Any, default: Any) -> Any:
    if not values:
        raise TypeError(f"{name} expected at least 1 argument, got 0")
    found, first = None, True
    best: Any = None
    for item in iterate(_countable(values[0])) if len(values) == 1 else iter(values):
        ranked = item if key is None else running.call(key, (item,))
        if first or truth(compare(op, ranked, best)):
            found, best, first = item, ranked, False
    if first:
        if default is not _NOTHING:
            return default
        raise ValueError(f"{name}() iterable argument is empty")
    return found


_NOTHING = object()


def _max(*values: Any, key: Any = None, default: Any = _NOTHING) -> Any:
    return _extreme("gt", "max", values, key, default)


def _min(*values: Any, key: Any = None, default: Any = _NOTHING) -> Any:
    return _extreme("lt", "min", values, key, default)


def _abs(value: Any) -> Any:
    if isinstance(value, int | float | complex):
        return abs(value)
    kind = kind_of(value)
    try:
        return kind.unary("abs", value)
    except TypeError:
        raise TypeError(f"bad operand type for abs(): '{type_name(value)}'") from None


def _round(value: Any, digits: int | None = None) -> Any:
    if isinstance(value, int | float):
        if isinstance(value, int) and isinstance(digits, int) and digits < 0:
            running.meter.integer(-digits * 3.33)  # Python works out the power of ten
        return round(value, digits)
    rounded = getattr(kind_of(value), "round", None)
    if rounded is None:
        raise TypeError(f"type {type_name(value)} doesn't define __round__ method")
    return rounded(value, digits)


def _pow(base: Any, exponent: Any, modulus: int | None = None) -> Any:
    if modulus is not None:
        if not all(isinstance(v, int) for v in (base, exponent, modulus)):
            raise TypeError("pow() 3rd argument not allowed unless all arguments are integers")
        return pow(base, exponent, modulus)
    return binary("pow", base, exponent)


def _divmod(a: Any, b: Any) -> Any:
    return (binary("floordiv", a, b), binary("mod", a, b))


def _sorted(value: Any, *, key: Any = None, reverse: Any = False) -> list[Any]:
    return ordered(collect(_countable(value)), key, truth(reverse))


def _reversed(value: Any) -> Lazy:
    return Lazy("reversed", reversed(collect(value)))


def _any(value: Any) -> bool:
    return any(truth(item) for item in iterate(_countable(value)))


def _all(value: Any) -> bool:
    return all(truth(item) for item in iterate(_countable(value)))


def _int(value: Any = 0, base: int | None = None) -> int:
    if base is not None:
        if not isinstance(value, str):
            raise TypeError("int() can't convert non-string with explicit base")
        if len(value) > 1_300:
            raise LimitReached("size limit: the text is too long for a number")
        return int(value, base)
    made = kind_of(value).number(value, int)
    running.meter.integer(made.bit_length())
    return int(made)


def _float(value: Any = 0.0) -> float:
    return float(kind_of(value).number(value, float))


def _str(value: Any = "") -> str:
    text = kind_of(value).text(value)
    running.meter.text(len(text))
    return text


def _dict(*args: Any, **kwargs: Any) -> dict[Any, Any]:
    made: dict[Any, Any] = {}
    for arg in args:
        if isinstance(arg, dict):
            made.update(arg)
        else:
            for pair in iterate(arg):
                key, value = collect(pair)
                made[hashable(key)] = value
    made.update(kwargs)
    running.meter.room(len(made))
    result: dict[Any, Any] = running.meter.plain(made)
    return result


def _id(value: Any) -> int:
    if isinstance(value, int | float | str | None):
        raise Refused(
            "id() of a plain number or text is not offered",
            hint="ask for the id() of a tensor or another object",
        )
    return running.identity(value)


def _dir(*values: Any) -> list[str]:
    if not values:
        raise Refused("dir() without an argument is not offered", hint="give it an object, as in dir(torch)")
    return kind_of(values[0]).dir(values[0])


def _help(*values: Any) -> None:
    if not values:
        raise Refused("help() needs something to explain", hint="as in help(torch.ones)")
    from freedive.lab.documentation import explain

    running.write(explain(values[0]) + "\n")


def _vars(*values: Any) -> dict[str, Any]:
    if not values:
        raise Refused("vars() without an argument is not offered")
    fields = getattr(kind_of(values[0]), "vars", None)
    if fields is None:
        raise TypeError("vars() argument must have __dict__ attribute")
    result: dict[str, Any] = fields(values[0])
    return result


def _iter(value: Any) -> Any:
    if isinstance(value, Lazy | Generator):
        return value
    if isinstance(value, list | tuple | str | dict | set | range):
        return Lazy(f"{type_name(value)}_iterator", iterate(value))
    return Lazy("iterator", iterate(value))


def _next(value: Any, *default: Any) -> Any:
    running.meter.step()
    own = getattr(kind_of(value), "next", None)
    if own is None and not isinstance(value, Lazy | Generator):
        raise TypeError(f"'{type_name(value)}' object is not an iterator")
    try:
        return next(value) if own is None else own(value)
    except StopIteration:
        if default:
            return default[0]
        raise


def _isinstance(value: Any, wanted: Any) -> bool:
    return is_instance(value, wanted)


def _issubclass(cls: Any, wanted: Any) -> bool:
    line = cls.line if isinstance(cls, UserClass) else [cls]
    for each in wanted if isinstance(wanted, tuple) else (wanted,):
        pythons = [
            getattr(c, "error", c).python
            for c in line
            if hasattr(c, "python") and not isinstance(c, UserClass)
        ]
        target = getattr(each, "python", None) if not isinstance(each, UserClass) else None
        if each in line or any(
            isinstance(p, type) and isinstance(target, type) and issubclass(p, target) for p in pythons
        ):
            return True
    return False


def _callable(value: Any) -> bool:
    if isinstance(value, Callable_):
        return True
    if isinstance(value, Instance):
        return member_of(value, "__call__")[0]
    kind = kind_of(value)
    return type(kind).call is not Kind.call and not isinstance(value, Namespace)


def _type(value: Any) -> Any:
    return type_of(value)


def _list(value: Any = ()) -> list[Any]:
    return collect(_countable(value))


def _tuple(value: Any = ()) -> tuple[Any, ...]:
    return tuple(collect(_countable(value)))


def _set(value: Any = ()) -> set[Any]:
    return {hashable(item) for item in collect(value)}


def _kept(how: str, value: Any, *args: Any) -> None:
    """object.__setattr__ and __delattr__: whatever the class of the snippet says."""
    if not hasattr(type(value), "lab_class"):
        raise TypeError(f"can't set attributes of '{type_name(value)}' objects")
    getattr(kind_of(value), how)(value, *args)


def _from_keys(keys: Any, value: Any = None) -> dict[Any, Any]:
    return {hashable(key): value for key in collect(keys)}


def _bool(value: Any = False) -> bool:
    return truth(value)


TYPES = [
    TypeRef("int", int, _int), TypeRef("float", float, _float), TypeRef("bool", bool, _bool), TypeRef("str", str, _str),
    TypeRef("list", list, _list), TypeRef("tuple", tuple, _tuple), TypeRef("dict", dict, _dict), TypeRef("set", set, _set),
    TypeRef("range", range, _range), TypeRef("NoneType", type(None)), TypeRef("slice", slice, slice),
    TypeRef("frozenset", frozenset, lambda value=(): frozenset(_set(value))), COMPLEX,
    TypeRef("object", Nothing, Nothing, test=lambda value: True),
]  # fmt: skip
for _ref in TYPES:
    publish_type(_ref)


def _unbound(ref: TypeRef, name: str, method: Native) -> Native:
    """`str.upper`, which takes the object first; an object of another type is asked for its own method of that name."""

    def call(value: Any, *args: Any, **kwargs: Any) -> Any:
        entry = method if ref.test(value) else kind_of(value).attributes.get(name)
        if not isinstance(entry, Native):
            raise TypeError(
                f"descriptor '{name}' for '{ref.name}' objects doesn't apply to a '{type_name(value)}' object"
            )
        return entry.call((value, *args), kwargs)

    return Native(name, call, method.doc)


TEXT.attributes["encode"] = Native("encode", encode)
for _ref, _kind in ((ref, {"str": TEXT, "dict": DICT, "list": LIST}.get(ref.name)) for ref in TYPES):
    if _kind is not None:
        _ref.members.update({name: _unbound(_ref, name, each) for name, each in _kind.attributes.items()})
_members: dict[str, dict[str, Any]] = {ref.name: ref.members for ref in TYPES}
_members["str"]["maketrans"] = Native("maketrans", Table)
_members["dict"]["fromkeys"] = Native("fromkeys", _from_keys)
_members["object"].update(
    __new__=Native("__new__", blank), __setattr__=Native("__setattr__", functools.partial(_kept, "put")),
    __delattr__=Native("__delattr__", functools.partial(_kept, "drop")),
)  # fmt: skip
extendable(TYPES)

_FUNCTIONS = {
    "print": _print, "len": _len, "zip": _zip, "map": _map, "filter": _filter, "enumerate": _enumerate,
    "sum": _sum, "max": _max, "min": _min, "abs": _abs, "round": _round, "pow": _pow, "divmod": _divmod,
    "sorted": _sorted, "reversed": _reversed, "any": _any, "all": _all, "isinstance": _isinstance,
    "issubclass": _issubclass, "id": _id, "dir": _dir, "help": _help, "vars": _vars, "iter": _iter, "next": _next,
    "getattr": reach_getattr, "setattr": reach_setattr, "hasattr": reach_hasattr, "callable": _callable, "type": _type,
    "repr": lambda value: show(value), "chr": chr, "ord": ord, "bin": bin, "hex": hex, "oct": oct,
    "delattr": reach_delattr,
    "format": lambda value, spec="": kind_of(value).format(value, check_format(spec)), "hash": lambda value: hash(hashable(value)),
    "super": lambda: None,
}  # fmt: skip


def builtin_names() -> dict[str, Any]:
    """A fresh table of the built-in names."""
    from freedive.lab.dialects.standard.library import open_file

    names: dict[str, Any] = {name: Native(name, function) for name, function in _FUNCTIONS.items()}
    names.update({ref.name: ref for ref in TYPES if ref.name != "NoneType"})
    names.update(builtin_errors())
    names["open"] = Native("open", open_file)
    names["NotImplemented"] = NotImplemented
    names["Ellipsis"] = Ellipsis
    return names


class MethodKind(Kind):
    name = "method"

    def __init__(self) -> None:
        super().__init__()
        self.attributes = {
            "__name__": Property(lambda method: method.name),
            "__doc__": Property(lambda method: method.doc or None),
            "__self__": Property(lambda method: method.owner),
        }

    def type_name(self, value: Any) -> str:
        return "method"

    def repr(self, value: Any) -> str:
        return f"<bound method {value.name}>"


register(MethodKind(), Method)

__all__ = ["Function", "builtin_names"]
