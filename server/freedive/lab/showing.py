"""Python's own values as text: what `repr` gives, by each value's kind, measured while it grows."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from typing import Any

from freedive.lab.budget import LimitReached
from freedive.lab.kinds import kind_of
from freedive.lab.operators import NUMBERS
from freedive.lab.running import running

SHORTENED = 64
"""How many times longer than it may be a text may get that is to be printed: it is cut then; a longer one is a limit."""


def show(value: Any) -> str:
    """`repr` of anything, by its kind, measured."""
    kind = type(value)
    if kind in NUMBERS or value is None:
        return repr(value)
    text = kind_of(value).repr(value)
    running.meter.text(len(text))
    return text


@contextlib.contextmanager
def briefly() -> Iterator[None]:
    """What is shown in here is only to be read, so a structure that is too long ends in three dots."""
    was, running.brief = running.brief, True
    try:
        yield
    finally:
        running.brief = was


def joined(parts: Iterable[str], count: int) -> str:
    """The parts of a structure of so many, measured one after the other."""
    most = running.budget.text
    made: list[str] = []
    size = 0
    for part in parts:
        size += len(part) + 2
        if not running.brief:
            running.meter.text(size)
        elif size > most // 2 and len(made) + 1 < count:
            if size / (len(made) + 1) * count > SHORTENED * most:
                raise LimitReached(
                    f"size limit: a text of more than {SHORTENED * most:,} characters, {most:,} are allowed"
                )
            made.append("...")
            break
        made.append(part)
    return ", ".join(made)


def shown_items(items: Any, depth: list[int]) -> str:
    return joined(
        ("[...]" if id(item) in depth else show_inside(item, depth) for item in items),
        len(items) if hasattr(items, "__len__") else 0,
    )


def show_inside(value: Any, depth: list[int]) -> str:
    if len(depth) > 40:
        return "..."
    if type(value) is list:
        return f"[{shown_items(value, [*depth, id(value)])}]"
    if type(value) is tuple:
        return f"({shown_items(value, [*depth, id(value)])}{',' if len(value) == 1 else ''})"
    if type(value) is dict:
        inner = [*depth, id(value)]
        pairs = (
            f"{show(k)}: {'{...}' if id(v) in inner else show_inside(v, inner)}" for k, v in value.items()
        )
        return "{" + joined(pairs, len(value)) + "}"
    return show(value)
