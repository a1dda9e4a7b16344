"""Python's own names of what operators and built-in functions do: `x.__len__()` is `len(x)`, `super().__eq__(y)` is `==`.

Each goes to the value's kind, as the operator itself does, so nothing can be done by these names that is not offered.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from freedive.lab.kinds import SPOKEN, Kind, Native, kind_of

Method = Callable[..., Any]


def _iterator(kind: Kind, value: Any) -> Any:
    from freedive.lab.plain import Lazy

    return Lazy("iterator", kind.iterate(value))


def _next(kind: Kind, value: Any) -> Any:
    own = getattr(kind, "next", None)
    if own is not None:
        return own(value)
    if not hasattr(type(value), "__next__"):
        raise TypeError(f"'{kind.type_name(value)}' object is not an iterator")
    return next(value)


def _format(kind: Kind, value: Any, spec: str = "") -> str:
    from freedive.lab.syntax import check_format

    return kind.format(value, check_format(spec))


def _hash(kind: Kind, value: Any) -> int:
    try:
        return hash(value)
    except TypeError:
        raise TypeError(f"unhashable type: '{kind.type_name(value)}'") from None


def _stored(kind: Kind, value: Any, name: Any, new: Any) -> None:
    kind.setattr(value, plain_name(name), new)


def plain_name(name: Any) -> str:
    """The name of an attribute that is worked out while running: Python's own are out of reach."""
    if not isinstance(name, str) or (name.startswith("__") and name.endswith("__")):
        raise AttributeError(f"attribute '{name}' cannot be set or deleted: it is Python's own")
    return name


def _binary(op: str) -> Method:
    return lambda kind, value, other: kind.binary(op, value, other)


def _reflected(op: str) -> Method:
    return lambda kind, value, other: kind.binary(op, other, value)


def _inplace(op: str) -> Method:
    return lambda kind, value, other: kind.inplace(op, value, other)


def _compared(op: str) -> Method:
    return lambda kind, value, other: kind.compare(op, value, other)


def _unary(op: str) -> Method:
    return lambda kind, value: kind.unary(op, value)


_ARITHMETIC = (
    "add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "and", "or", "xor", "lshift", "rshift",
)  # fmt: skip

METHODS: dict[str, Method] = {
    "__len__": lambda kind, value: kind.length(value),
    "__getitem__": lambda kind, value, index: kind.getitem(value, index),
    "__setitem__": lambda kind, value, index, new: kind.setitem(value, index, new),
    "__delitem__": lambda kind, value, index: kind.delitem(value, index),
    "__contains__": lambda kind, value, item: kind.contains(value, item),
    "__iter__": _iterator,
    "__next__": _next,
    "__str__": lambda kind, value: kind.text(value),
    "__repr__": lambda kind, value: kind.repr(value),
    "__format__": _format,
    "__hash__": _hash,
    "__bool__": lambda kind, value: kind.truth(value),
    "__int__": lambda kind, value: kind.number(value, int),
    "__float__": lambda kind, value: kind.number(value, float),
    "__index__": lambda kind, value: kind.index(value),
    "__call__": lambda kind, value, *args, **kwargs: kind.call(value, args, kwargs),
    "__enter__": lambda kind, value: kind.enter(value),
    "__exit__": lambda kind, value, *error: kind.leave(value, None),
    "__setattr__": _stored,
    "__delattr__": lambda kind, value, name: kind.delattr(value, plain_name(name)),
    **{f"__{op}__": _binary(op) for op in _ARITHMETIC},
    **{f"__r{op}__": _reflected(op) for op in _ARITHMETIC},
    **{f"__i{op}__": _inplace(op) for op in _ARITHMETIC},
    **{f"__{op}__": _compared(op) for op in ("eq", "ne", "lt", "le", "gt", "ge")},
    **{f"__{op}__": _unary(op) for op in ("neg", "pos", "invert", "abs")},
}


SPOKEN.update(METHODS)
NAMES = frozenset(METHODS)


def spoken(kind: Kind, value: Any, name: str) -> Native | None:
    """The method of that name, of a value of that kind."""
    method = METHODS.get(name)
    return None if method is None else Native(name, functools.partial(method, kind, value))


def of_type(test: Callable[[Any], bool], owner: str, name: str) -> Native | None:
    """The method as the type has it: `list.__len__(x)`."""
    method = METHODS.get(name)
    if method is None:
        return None

    def run(value: Any, *args: Any, **kwargs: Any) -> Any:
        if not test(value):
            kind = kind_of(value)
            raise TypeError(
                f"descriptor '{name}' requires a '{owner}' object but received a '{kind.type_name(value)}'"
            )
        native = getattr(getattr(type(value), "lab_class", None), "native", None)
        return method(getattr(native, "bare", None) or kind_of(value), value, *args, **kwargs)

    return Native(name, run)
