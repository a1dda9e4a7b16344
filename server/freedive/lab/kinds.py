"""How values of one type behave in a snippet: attributes, operators, indexing, text. One `Kind` per family of types.

The interpreter never touches a value itself; it asks `kind_of(value)`. A type without a kind can do nothing, which is
what keeps a snippet inside: names resolve through these tables only, never through Python's own attribute lookup.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator
from typing import Any

from freedive.lab.problems import Refused, no_attribute


class Callable_:
    """Base of everything that a snippet can call. `call` is the only way in."""

    name: str = "function"

    def call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        raise TypeError(f"{self.name} cannot be called")

    def __deepcopy__(self, memo: object) -> Callable_:
        return self  # as Python does with functions and classes


_OUR_NAME = re.compile(r"^(?:[\w.<>]+\.)?(?:<lambda>|_\w+|(?<=<locals>\.)\w+)\(\)")


class Native(Callable_):
    """A function of the lab's own, written in Python, that is safe for any arguments of the snippet."""

    __slots__ = ("doc", "function", "name")

    def __init__(self, name: str, function: Any, doc: str = "") -> None:
        self.name = name
        self.function: Callable[..., Any] = function
        self.doc = doc or (function.__doc__ or "")

    def call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        try:
            made = self.function(*args, **kwargs)
        except (TypeError, AttributeError) as error:
            told = _in_its_words(error, self.name, (*args, *kwargs.values()))
            if told is None:
                raise
            raise told from None
        if kind_of(made) is _OPAQUE:
            raise unknown(f"{self.name}()")
        return made


def _in_its_words(error: TypeError | AttributeError, name: str, given: tuple[Any, ...]) -> Exception | None:
    """What a snippet is told that gave a function of the lab what it does not take; None where Python's words will do."""
    message = str(error)
    if isinstance(error, AttributeError):
        if type(error.obj).__module__.startswith(_OURS):
            return TypeError(f"{name}() does not take a {type_name(error.obj)}")
        return None
    outside = error.__traceback__ is None or error.__traceback__.tb_next is None
    if outside and _OUR_NAME.match(message):
        # the arguments do not fit: the snippet knows the function by its own name
        message = _OUR_NAME.sub(f"{name}()", message)
    inside = [each for value in given if isinstance(value, list | tuple) for each in value[:20]]
    for value in (*given, *inside):
        own = type(value).__name__
        if type(value).__module__.startswith(_OURS) and own in message:
            message = re.sub(rf"\b{own}\b", type_name(value), message)
    return None if message == str(error) else TypeError(message)


_OURS = "freedive."


def unknown(giver: str) -> Refused:
    """The last line: nothing that the lab does not know reaches a snippet."""
    return Refused(f"{giver} gives something that the lab does not show")


class Bound(Callable_):
    """A method taken from a value: the value goes first."""

    __slots__ = ("method", "name", "owner")

    def __init__(self, method: Callable_, owner: Any) -> None:
        self.name = method.name
        self.method = method
        self.owner = owner

    def call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        return self.method.call((self.owner, *args), kwargs)


class Property:
    """An attribute computed from the value."""

    __slots__ = ("get", "set")

    def __init__(self, get: Callable[[Any], Any], set: Callable[[Any, Any], None] | None = None) -> None:
        self.get = get
        self.set = set


class Kind:
    """Behaviour of one family of values; what is not overridden is refused in Python's own words."""

    rank = 0
    """Of two operands the kind with the higher rank computes."""
    name = "object"
    private_names = False
    """Whether the values themselves (not only classes of the snippet) have names with underscores."""
    spoken: frozenset[str] = frozenset()
    """Python's own names that values of this kind have besides."""
    data = False
    """Whether the values are numbers, text, arrays or tables, which any library may be given as they are."""
    handed = False
    """Whether an operation may be given the values, though they are no data: what it is made to work with, such as layers."""

    def __init__(self) -> None:
        self.attributes: dict[str, Any] = {}

    def type_name(self, value: Any) -> str:
        return type(value).__name__

    def dir(self, value: Any) -> list[str]:
        return sorted(self.attributes)

    def getattr(self, value: Any, name: str) -> Any:
        entry = self.attributes.get(name)
        if entry is None:
            raise no_attribute(self.type_name(value), name, self.dir(value))
        if isinstance(entry, Property):
            found = entry.get(value)
            if kind_of(found) is _OPAQUE:
                raise unknown(f"'{name}'")
            return found
        if isinstance(entry, Callable_):
            return Bound(entry, value)
        return entry

    def setattr(self, value: Any, name: str, new: Any) -> None:
        entry = self.attributes.get(name)
        if isinstance(entry, Property) and entry.set is not None:
            entry.set(value, new)
            return
        raise AttributeError(f"attribute '{name}' of '{self.type_name(value)}' objects is not writable")

    def delattr(self, value: Any, name: str) -> None:
        raise AttributeError(f"attribute '{name}' of '{self.type_name(value)}' cannot be deleted")

    def binary(self, op: str, a: Any, b: Any) -> Any:
        raise TypeError(
            f"unsupported operand type(s) for {SYMBOLS.get(op, op)}: '{type_name(a)}' and '{type_name(b)}'"
        )

    def inplace(self, op: str, a: Any, b: Any) -> Any:
        """`a op= b`; the result is bound to the name again."""
        return max(kind_of(a), kind_of(b), key=lambda kind: kind.rank).binary(op, a, b)

    def unary(self, op: str, value: Any) -> Any:
        raise TypeError(f"bad operand type for unary {SYMBOLS.get(op, op)}: '{self.type_name(value)}'")

    def compare(self, op: str, a: Any, b: Any) -> Any:
        if op == "eq":
            return a is b
        if op == "ne":
            return a is not b
        raise TypeError(
            f"'{SYMBOLS[op]}' not supported between instances of '{type_name(a)}' and '{type_name(b)}'"
        )

    def getitem(self, value: Any, index: Any) -> Any:
        raise TypeError(f"'{self.type_name(value)}' object is not subscriptable")

    def setitem(self, value: Any, index: Any, new: Any) -> None:
        raise TypeError(f"'{self.type_name(value)}' object does not support item assignment")

    def delitem(self, value: Any, index: Any) -> None:
        raise TypeError(f"'{self.type_name(value)}' object doesn't support item deletion")

    def iterate(self, value: Any) -> Iterator[Any]:
        raise TypeError(f"'{self.type_name(value)}' object is not iterable")

    def length(self, value: Any) -> int:
        raise TypeError(f"object of type '{self.type_name(value)}' has no len()")

    def truth(self, value: Any) -> bool:
        return True

    def contains(self, value: Any, item: Any) -> bool:
        raise TypeError(f"argument of type '{self.type_name(value)}' is not iterable")

    def text(self, value: Any) -> str:
        """What `str` and `print` give."""
        return self.repr(value)

    def repr(self, value: Any) -> str:
        return f"<{self.type_name(value)}>"

    def format(self, value: Any, spec: str) -> str:
        if spec:
            raise TypeError(f"unsupported format string passed to {self.type_name(value)}.__format__")
        return self.text(value)

    def number(self, value: Any, cls: type) -> Any:
        """What `int` or `float` gives."""
        article = (
            "a string or a real number" if cls is float else "a string, a bytes-like object or a real number"
        )
        raise TypeError(f"{cls.__name__}() argument must be {article}, not '{self.type_name(value)}'")

    def index(self, value: Any) -> int:
        """The value as a position or a count."""
        raise TypeError(f"'{self.type_name(value)}' object cannot be interpreted as an integer")

    def call(self, value: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        raise TypeError(f"'{self.type_name(value)}' object is not callable")

    def enter(self, value: Any) -> Any:
        raise TypeError(f"'{self.type_name(value)}' object does not support the context manager protocol")

    def leave(self, value: Any, failed: BaseException | None) -> Any:
        """True when the context keeps the error to itself."""
        return None

    def encode(self, value: Any, encoder: Any) -> dict[str, Any]:
        """The value as the answer shows it (a `Value` of the protocol)."""
        return {"kind": self.name, "repr": encoder.clip(self.repr(value))}


SYMBOLS = {
    "add": "+", "sub": "-", "mul": "*", "truediv": "/", "floordiv": "//", "mod": "%", "pow": "** or pow()",
    "matmul": "@", "and": "&", "or": "|", "xor": "^", "lshift": "<<", "rshift": ">>",
    "neg": "-", "pos": "+", "invert": "~",
    "lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!=",
}  # fmt: skip


class UnknownKind(Kind):
    """What has no kind: it can do nothing and is not shown, not even by the name of its type."""

    def type_name(self, value: Any) -> str:
        return "object"

    def getattr(self, value: Any, name: str) -> Any:
        raise unknown("this")

    def repr(self, value: Any) -> str:
        raise unknown("this")


_OPAQUE = UnknownKind()
_KINDS: dict[type, Kind] = {}
_SEEN: dict[type, Kind] = {}


class ContainerKind(Kind):
    """Values whose own Python says how they are walked through, counted and searched."""

    def iterate(self, value: Any) -> Iterator[Any]:
        return iter(value)

    def length(self, value: Any) -> int:
        return len(value)

    def truth(self, value: Any) -> bool:
        return bool(value)

    def contains(self, value: Any, item: Any) -> bool:
        return item in value


def register(kind: Kind, *types: type) -> Kind:
    """Give the types (and their subclasses) a kind."""
    for each in types:
        _KINDS[each] = kind
        if each.__module__.startswith(_OURS) and "__repr__" not in {
            name for base in each.__mro__[:-1] for name in vars(base)
        }:
            # one of ours inside another text, an f-string of the lab's or a library's message, is told as a snippet knows it
            each.__repr__, each.__str__ = _told_as_shown, _told_as_text  # type: ignore[assignment]
    _SEEN.clear()
    return kind


def _told_as_shown(value: Any) -> str:
    return kind_of(value).repr(value)


def _told_as_text(value: Any) -> str:
    return kind_of(value).text(value)


def kind_of(value: Any) -> Kind:
    cls = type(value)
    found = _SEEN.get(cls)
    if found is None:
        found = next((_KINDS[base] for base in cls.__mro__ if base in _KINDS), _OPAQUE)
        _SEEN[cls] = found
    return found


SPOKEN: dict[str, Callable[..., Any]] = {}
"""Python's own names of what every kind does; filled by `dunders`."""


class SpokenKind(Kind):
    """Any value, asked for a method by Python's own name of it."""

    def getattr(self, value: Any, name: str) -> Any:
        return Native(name, functools.partial(SPOKEN[name], kind_of(value), value))


_SPOKEN = SpokenKind()
_ASKED_OF_ALL = frozenset({"__init__", "__name__", "__doc__", "__version__", "_version"})


def kind_for(name: str) -> Callable[[Any], Kind]:
    """How to find a value's kind for this attribute: names with underscores are had by the snippet's own objects alone.

    So whatever a kind does with a name, it never hears of one that is private to a library.
    """
    if not name.startswith("_") or name in _ASKED_OF_ALL:
        return kind_of

    def own_kind(value: Any) -> Kind:
        kind = kind_of(value)
        if hasattr(type(value), "lab_class") or name in kind.attributes or name in kind.spoken:
            return kind
        if name in SPOKEN:
            return _SPOKEN
        if kind.private_names:
            return kind
        raise no_attribute(kind.type_name(value), name, kind.dir(value))

    return own_kind


def is_known(value: Any) -> bool:
    """Whether a snippet may hold the value at all."""
    return kind_of(value) is not _OPAQUE


def type_name(value: Any) -> str:
    return kind_of(value).type_name(value)
