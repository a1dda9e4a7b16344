"""re and json: texts searched by patterns whose cost is known before they run, and data as text."""

from __future__ import annotations

import json
import re
import string
from collections.abc import Iterator
from re import _parser as parser  # the one parser whose result re itself runs
from typing import Any

from freedive.lab.kinds import Callable_, Kind, Native, Property, kind_of, register, type_name
from freedive.lab.namespaces import Namespace
from freedive.lab.plain import Lazy
from freedive.lab.problems import Refused
from freedive.lab.running import running

LONGEST = 300
"""Characters of a pattern."""
MOST = 2e8
"""Ways that a search may try: where it begins, times how far each repeat and choice can go."""
_REPEATS = frozenset({"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"})
_ONE_CHARACTER = (["LITERAL"], ["NOT_LITERAL"], ["IN"], ["ANY"])


_FLAGS = re.IGNORECASE | re.MULTILINE | re.DOTALL | re.VERBOSE | re.ASCII


def _choices(tree: Any, inside: bool = False) -> list[tuple[float, bool]]:
    """How many ways each repeat and each choice of a pattern can go, and whether the text's length bounds them.

    A repeat without an end is inf; one of a fixed number of turns is counted where a turn is more than a character.
    A choice inside a repeat multiplies with every turn, so the cost of it has no bound: refused.
    """
    found: list[tuple[float, bool]] = []
    for op, argument in tree:
        name = str(op)
        parts = argument if isinstance(argument, tuple | list) else (argument,)
        repeat = name in _REPEATS
        open_end = repeat and argument[1] != argument[0]
        if inside and (open_end or name == "BRANCH"):
            raise Refused(
                "a choice or repeat inside a repeat is not offered in a pattern", hint="as in (a+)+ or (a|b)*"
            )
        if open_end:
            endless = argument[1] is parser.MAXREPEAT
            found.append((float("inf") if endless else float(argument[1] - argument[0] + 1), True))
        elif name == "BRANCH":
            found.append((float(len(argument[1])), True))
        elif repeat and [str(part[0]) for part in argument[2]] not in _ONE_CHARACTER:
            found.append((float(argument[1] or 1), False))
        below = inside or (repeat and argument[1] > 1)
        for part in parts:
            for each in part if isinstance(part, list) else [part]:
                if isinstance(each, parser.SubPattern):
                    found += _choices(each, below)
    return found


class Pattern:
    """A compiled pattern that knows how many ways it can go."""

    def __init__(self, source: Any, flags: int = 0) -> None:
        if not isinstance(source, str):
            raise TypeError("first argument must be string or compiled pattern")
        if len(source) > LONGEST:
            raise Refused(f"a pattern of more than {LONGEST} characters is not offered")
        flags &= _FLAGS  # DEBUG prints where nobody reads
        self.choices = _choices(parser.parse(source, flags))
        self.compiled = re.compile(source, flags)

    def on(self, text: Any) -> str:
        """The text, when looking through it is cheap enough."""
        if not isinstance(text, str):
            raise TypeError(f"expected string or bytes-like object, got '{type_name(text)}'")
        self.afford([len(text)])
        return text

    def afford(self, lengths: list[int]) -> None:
        """Refused where looking through texts of these lengths could take too long."""
        total = 0.0
        for length in lengths:
            cost = float(length + 1)
            for ways, bounded in self.choices:
                cost *= min(ways, float(length + 1)) if bounded else ways
            total += cost
        if total > MOST:
            raise Refused(
                "this pattern on a text of this length is not offered",
                hint="fewer of * and +, or a shorter text",
            )


def _replaced(p: Pattern, new: Any, text: Any, count: int = 0) -> str:
    given = p.on(text)
    if not isinstance(new, str | Callable_):
        raise TypeError("the replacement must be a text or a function")
    size = len(given)

    def put(found: Any) -> str:
        nonlocal size
        if isinstance(new, str):
            running.meter.text(len(new) + new.count("\\") * len(found.group()))
            made = found.expand(new) if "\\" in new else new
        else:
            made = running.call(new, (found,))
            if not isinstance(made, str):
                raise TypeError(f"expected str instance, {type_name(made)} found")
        size += len(made)
        running.meter.text(size)
        return made

    return p.compiled.sub(put, given, count)


def _found(p: Pattern, text: Any) -> Iterator[Any]:
    return p.compiled.finditer(p.on(text))


def _all(p: Pattern, text: Any) -> list[Any]:
    """`findall`, counted match by match: each has as many texts as the pattern has groups."""
    made: list[Any] = []
    groups = p.compiled.groups
    for found in _found(p, text):
        running.meter.items((len(made) + 1) * max(1, groups))
        made.append(found.groups("") if groups > 1 else found.group(groups) or "")
    return running.meter.copied(made)  # type: ignore[no-any-return]


def _split(p: Pattern, text: Any, maxsplit: int = 0) -> list[Any]:
    count = 1
    for _ in _found(p, text):
        count += 1 + p.compiled.groups
        if 0 < maxsplit * (1 + p.compiled.groups) < count:
            break
        running.meter.items(count)
    pieces: list[Any] = running.meter.copied(p.compiled.split(text, maxsplit))
    return pieces


def _escaped(text: Any) -> str:
    made: str = re.escape(text)
    running.meter.text(len(made))
    return made


_METHODS: dict[str, Any] = {
    "findall": _all, "search": lambda p, text: p.compiled.search(p.on(text)),
    "match": lambda p, text: p.compiled.match(p.on(text)), "fullmatch": lambda p, text: p.compiled.fullmatch(p.on(text)),
    "split": _split, "sub": _replaced,
    "finditer": lambda p, text: Lazy("callable_iterator", _found(p, text)),
}  # fmt: skip


class PatternKind(Kind):
    name = "object"

    def __init__(self) -> None:
        super().__init__()
        self.attributes = {name: Native(name, function) for name, function in _METHODS.items()}
        self.attributes["pattern"] = Property(lambda p: p.compiled.pattern)

    def repr(self, value: Any) -> str:
        return repr(value.compiled)


class MatchKind(Kind):
    name = "object"

    def __init__(self) -> None:
        super().__init__()
        self.attributes = {
            name: Native(name, (lambda n: lambda m, *args: getattr(m, n)(*args))(name))
            for name in ("group", "groups", "groupdict", "start", "end", "span")
        }

    def type_name(self, value: Any) -> str:
        return "Match"

    def getitem(self, value: Any, index: Any) -> Any:
        return value[index]

    def repr(self, value: Any) -> str:
        return repr(value)


register(PatternKind(), Pattern)
register(MatchKind(), re.Match)


def _function(name: str) -> Native:
    def run(pattern: Any, *args: Any, flags: int = 0, **kwargs: Any) -> Any:
        compiled = pattern if isinstance(pattern, Pattern) else Pattern(pattern, flags)
        return _METHODS[name](compiled, *args, **kwargs)

    return Native(name, run)


class Writing:
    """A value on its way to JSON: each part is counted before the text is made."""

    def __init__(self, indent: int | None) -> None:
        self.indent = indent
        self.length = 0

    def plain(self, value: Any, depth: int = 0) -> Any:
        running.meter.step()
        if depth > 40:
            raise ValueError("Circular reference detected")
        # a list may hold the same long text again and again
        self.length += (len(value) + 2 if type(value) is str else 1) + (self.indent or 0) * depth
        running.meter.text(self.length)
        if value is None or type(value) in (bool, int, float, str):
            return value
        if isinstance(value, dict):
            return {self.key(key): self.plain(each, depth + 1) for key, each in value.items()}
        if isinstance(value, list | tuple):
            return [self.plain(each, depth + 1) for each in value]
        raise TypeError(f"Object of type {type_name(value)} is not JSON serializable")

    def key(self, key: Any) -> Any:
        self.length += len(key) if isinstance(key, str) else 1
        return _key(key)


def _counted(value: Any) -> Any:
    """What JSON gave, container by container."""
    if isinstance(value, list | dict):
        running.meter.copied(value)
        for each in value.values() if isinstance(value, dict) else value:
            _counted(each)
    elif isinstance(value, int):
        running.meter.integer(value.bit_length())
    return value


def _key(key: Any) -> Any:
    if key is None or isinstance(key, str | int | float | bool):
        return key
    raise TypeError(f"keys must be str, int, float, bool or None, not {type_name(key)}")


def _dumps(
    value: Any, *, indent: int | None = None, sort_keys: bool = False, ensure_ascii: bool = True
) -> str:
    if indent is not None and not 0 <= indent <= 8:
        raise Refused("an indent of 0 to 8 is offered")
    made = json.dumps(
        Writing(indent).plain(value), indent=indent, sort_keys=sort_keys, ensure_ascii=ensure_ascii
    )
    running.meter.text(len(made))
    return made


def _loads(text: Any) -> Any:
    if not isinstance(text, str):
        raise TypeError(f"the JSON object must be str, not {type_name(text)}")
    try:
        return _counted(json.loads(text))
    except json.JSONDecodeError as error:
        told = ValueError(str(error))
        told.lab_mro = ("JSONDecodeError", "ValueError", "Exception")  # type: ignore[attr-defined]
        raise told from None


def spaces() -> list[Namespace]:
    names = {name: _function(name) for name in _METHODS}
    flags = {name: int(getattr(re, name)) for name in ("I", "IGNORECASE", "M", "MULTILINE", "S", "DOTALL")}
    texts = (
        "ascii_letters",
        "ascii_lowercase",
        "ascii_uppercase",
        "digits",
        "punctuation",
        "hexdigits",
        "whitespace",
        "printable",
    )
    return [
        Namespace(
            "re",
            {**names, **flags, "compile": Native("compile", Pattern), "escape": Native("escape", _escaped)},
        ),
        Namespace("json", {"dumps": Native("dumps", _dumps), "loads": Native("loads", _loads)}),
        Namespace("string", {name: getattr(string, name) for name in texts}),
    ]


__all__ = ["kind_of", "spaces"]
