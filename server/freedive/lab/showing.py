"""Python's own values as text: what `repr` gives, by each value's kind, measured while it grows."""

from __future__ import annotations

from typing import Any

from freedive.lab.kinds import kind_of
from freedive.lab.operators import NUMBERS
from freedive.lab.running import running


def show(value: Any) -> str:
    """`repr` of anything, by its kind, measured."""
    kind = type(value)
    if kind in NUMBERS or value is None:
        return repr(value)
    text = kind_of(value).repr(value)
    running.meter.text(len(text))
    return text


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
