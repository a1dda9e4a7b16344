"""Operators on values: plain numbers at once, all else by the kind of the higher rank."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator
from typing import Any

from freedive.lab.budget import LimitReached
from freedive.lab.kinds import kind_of
from freedive.lab.running import running

PLAIN: dict[str, Callable[[Any, Any], Any]] = {
    "add": operator.add, "sub": operator.sub, "mul": operator.mul, "truediv": operator.truediv,
    "floordiv": operator.floordiv, "mod": operator.mod, "pow": operator.pow, "matmul": operator.matmul,
    "and": operator.and_, "or": operator.or_, "xor": operator.xor, "lshift": operator.lshift,
    "rshift": operator.rshift, "lt": operator.lt, "le": operator.le, "gt": operator.gt, "ge": operator.ge,
    "eq": operator.eq, "ne": operator.ne,
}  # fmt: skip

INPLACE: dict[str, Callable[[Any, Any], Any]] = {
    "add": operator.iadd, "sub": operator.isub, "mul": operator.imul, "truediv": operator.itruediv,
    "floordiv": operator.ifloordiv, "mod": operator.imod, "pow": operator.ipow, "matmul": operator.imatmul,
    "and": operator.iand, "or": operator.ior, "xor": operator.ixor, "lshift": operator.ilshift,
    "rshift": operator.irshift,
}  # fmt: skip

UNARY: dict[str, Callable[[Any], Any]] = {
    "neg": operator.neg, "pos": operator.pos, "invert": operator.invert,
}  # fmt: skip

NUMBERS = frozenset({int, float, bool})
_SMALL = 2**1024
"""Whole numbers below it need not be measured."""


def numbers(op: str, a: Any, b: Any) -> Any:
    """Two plain Python numbers. Powers and shifts are measured before they are computed, the rest after it: a product of
    two numbers of allowed size is computed in no time."""
    if (op == "pow" or op == "lshift") and type(a) is not float and type(b) is not float and b > 0:
        if op == "lshift":
            running.meter.integer(int(a).bit_length() + b)
        elif abs(a) > 1:
            running.meter.integer(int(min(b, 10**6) * math.log2(abs(a))) + 1)
    result = PLAIN[op](a, b)
    if type(result) is int and not -_SMALL < result < _SMALL:
        running.meter.integer(result.bit_length())
    return result


def binary(op: str, a: Any, b: Any) -> Any:
    if type(a) in NUMBERS and type(b) in NUMBERS:
        return numbers(op, a, b)
    ka, kb = kind_of(a), kind_of(b)
    return (kb if kb.rank > ka.rank else ka).binary(op, a, b)


def inplace(op: str, a: Any, b: Any) -> Any:
    if type(a) in NUMBERS and type(b) in NUMBERS:
        return numbers(op, a, b)
    return kind_of(a).inplace(op, a, b)


def unary(op: str, value: Any) -> Any:
    if type(value) in NUMBERS:
        return UNARY[op](value)
    return kind_of(value).unary(op, value)


def compare(op: str, a: Any, b: Any) -> Any:
    if type(a) in NUMBERS and type(b) in NUMBERS:
        return PLAIN[op](a, b)
    ka, kb = kind_of(a), kind_of(b)
    return (kb if kb.rank > ka.rank else ka).compare(op, a, b)


def truth(value: Any) -> bool:
    if type(value) in NUMBERS:
        return bool(value)
    return value is not None and kind_of(value).truth(value)


def iterate(value: Any) -> Iterator[Any]:
    """The items one by one, each counted as a step, so that no C loop runs past the limits."""
    if type(value) is range and len(value) > running.budget.steps:
        raise LimitReached(
            f"step limit: a range of {len(value):,} numbers, {running.budget.steps:,} steps are allowed"
        )
    meter = running.meter
    for item in kind_of(value).iterate(value):
        meter.steps += 1
        if not meter.steps & 63:
            meter.tick()
        yield item


def collect(value: Any) -> list[Any]:
    """All items as a list, within the limits of a container."""
    most = running.budget.items
    if type(value) in (list, tuple):
        running.meter.items(len(value))
        running.meter.room(len(value))
        return list(value)
    if type(value) is range:
        running.meter.items(len(value))
    items: list[Any] = []
    for item in iterate(value):
        items.append(item)
        if len(items) > most:
            running.meter.items(len(items))
    running.meter.room(len(items))
    return items
