"""Text as a value of a snippet, with its methods; formats are in `formats`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from freedive.lab.budget import LimitReached
from freedive.lab.formats import braces, percent
from freedive.lab.kinds import Kind, Native, register, type_name
from freedive.lab.operators import PLAIN, collect
from freedive.lab.problems import Refused
from freedive.lab.running import running
from freedive.lab.sequences import SequenceKind, repeat


class TextKind(SequenceKind):
    data = True
    name = "str"

    def __init__(self) -> None:
        super().__init__()
        self.attributes = {name: Native(name, function) for name, function in _TEXT.items()}

    def type_name(self, value: Any) -> str:
        return "str"

    def getattr(self, value: Any, name: str) -> Any:
        return (
            Native("join", lambda items: _join(value, items))
            if name == "join"
            else super().getattr(value, name)
        )

    def binary(self, op: str, a: Any, b: Any) -> Any:
        if op == "mod" and isinstance(a, str):
            return percent(a, b)
        if op == "add" and isinstance(a, str) and isinstance(b, str):
            running.meter.text(len(a) + len(b))
            return a + b
        if op == "mul":
            return repeat(a, b)
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


def _join(separator: str, items: Any) -> str:
    parts = collect(items)
    for i, part in enumerate(parts):
        if not isinstance(part, str):
            raise TypeError(f"sequence item {i}: expected str instance, {type_name(part)} found")
    running.meter.text(sum(map(len, parts)) + len(separator) * max(0, len(parts) - 1))
    return separator.join(parts)


def _width(function: Callable[..., str]) -> Callable[..., str]:
    def padded(text: str, width: int, *fill: str) -> str:
        if width > 999:
            raise ValueError(f"a width of {width:,} characters, 999 are allowed")
        return function(text, width, *fill)

    return padded


def _replace(text: str, old: str, new: str, count: int = -1) -> str:
    running.meter.text(len(text) + max(0, text.count(old)) * max(0, len(new) - len(old)))
    return text.replace(old, new, count)


def _expanded(text: str, tabsize: int = 8) -> str:
    running.meter.text(len(text) + text.count("\t") * max(0, tabsize))
    return text.expandtabs(tabsize)


class Table:
    """What str.maketrans gives: characters and what they become."""

    def __init__(self, *args: Any) -> None:
        self.pairs = str.maketrans(*args)


def _translate(text: str, table: Any) -> str:
    if not isinstance(table, Table):
        raise Refused("translate() takes what str.maketrans() gives")
    longest = max((len(new) for new in table.pairs.values() if isinstance(new, str)), default=1)
    running.meter.text(len(text) * max(1, longest))
    made = text.translate(table.pairs)
    running.meter.text(len(made))
    return made


def _pieces(function: Callable[..., list[str]]) -> Callable[..., list[str]]:
    """A text holds at most so many pieces as it has characters: counted once they are made."""

    def cut(text: str, *args: Any, **kwargs: Any) -> list[str]:
        pieces: list[str] = running.meter.copied(function(text, *args, **kwargs))
        return pieces

    return cut


def _cased(function: Callable[[str], str]) -> Callable[[str], str]:
    """One letter may become three: `'ΐ'.upper()`."""

    def turned(text: str) -> str:
        made = function(text)
        running.meter.text(len(made))
        return made

    return turned


_TEXT: dict[str, Callable[..., Any]] = {
    **{
        name: getattr(str, name)
        for name in (
            "strip", "lstrip", "rstrip", "startswith", "endswith", "find", "rfind", "index", "count", "isdigit", "isalpha",
            "isalnum", "isspace", "isupper", "islower", "isidentifier", "isdecimal", "isprintable", "istitle", "partition",
            "rpartition", "isnumeric", "removeprefix", "removesuffix",
        )
    },
    **{name: _pieces(getattr(str, name)) for name in ("split", "rsplit", "splitlines")},
    **{name: _cased(getattr(str, name)) for name in ("upper", "lower", "title", "casefold", "capitalize", "swapcase")},
    "replace": _replace, "translate": _translate, "expandtabs": _expanded, "format": braces, "join": _join,
    "center": _width(str.center), "ljust": _width(str.ljust), "rjust": _width(str.rjust), "zfill": _width(str.zfill),
}  # fmt: skip


class TableKind(Kind):
    name = "dict"

    def type_name(self, value: Any) -> str:
        return "dict"

    def repr(self, value: Any) -> str:
        return repr(value.pairs)


TEXT = TextKind()
register(TEXT, str)
register(TableKind(), Table)
