"""itertools and functools, each source counted item by item."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from typing import Any

from freedive.lab.classes import UserClass
from freedive.lab.decorating import Cached, Decorator, lru_cache, wraps
from freedive.lab.instances import CachedProperty, NativeMethod
from freedive.lab.kinds import Callable_, Kind, Native, register
from freedive.lab.namespaces import Namespace
from freedive.lab.operators import binary, collect, compare, iterate, truth
from freedive.lab.plain import Lazy
from freedive.lab.running import running
from freedive.lab.types import TypeRef


def _lazy(name: str, make: Any) -> Native:
    return Native(name, lambda *args, **kwargs: Lazy(name, make(*args, **kwargs)))


def _product(*items: Any, repeat: int = 1) -> Iterator[Any]:
    pools = [collect(each) for each in items]
    running.meter.items(len(pools) * repeat)
    pools = pools * repeat
    running.meter.items(math.prod(len(p) for p in pools))
    return itertools.product(*pools)


def _combinations(items: Any, r: int) -> Iterator[Any]:
    pool = collect(items)
    running.meter.items(math.comb(len(pool), r))
    return itertools.combinations(pool, r)


def _permutations(items: Any, r: int | None = None) -> Iterator[Any]:
    pool = collect(items)
    running.meter.items(math.perm(len(pool), len(pool) if r is None else r))
    return itertools.permutations(pool, r)


def _accumulate(items: Any, function: Any = None) -> Iterator[Any]:
    total, first = None, True
    for item in iterate(items):
        total = (
            item
            if first
            else (binary("add", total, item) if function is None else running.call(function, (total, item)))
        )
        first = False
        yield total


class Partial(Callable_):
    """functools.partial."""

    def __init__(self, function: Any, *args: Any, **kwargs: Any) -> None:
        self.name = getattr(function, "name", "partial")
        self.function, self.args, self.kwargs = function, args, kwargs

    def call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        return running.call(self.function, (*self.args, *args), {**self.kwargs, **kwargs})


def _reduce(function: Any, items: Any, *start: Any) -> Any:
    source = iterate(items)
    total = start[0] if start else next(source)
    for item in source:
        total = running.call(function, (total, item))
    return total


def _chain() -> TypeRef:
    def chained(items: Any) -> Iterator[Any]:
        return (x for each in iterate(items) for x in iterate(each))

    made = TypeRef("chain", Lazy, lambda *items: Lazy("chain", chained(items)))
    made.test = lambda value: isinstance(value, Lazy) and value.name == "chain"
    made.members["from_iterable"] = _lazy("chain", chained)
    return made


def _groups(items: Any, key: Any = None) -> Iterator[Any]:
    """Each run of equal keys; its items are read before the next run begins."""
    last: Any = None
    run: list[Any] = []
    for item in iterate(items):
        mark = item if key is None else running.call(key, (item,))
        if run and not truth(compare("eq", mark, last)):
            yield (last, Lazy("_grouper", iter(run)))
            run = []
        run.append(item)
        last = mark
    if run:
        yield (last, Lazy("_grouper", iter(run)))


def _while(taking: bool) -> Any:
    def run(function: Any, items: Any) -> Iterator[Any]:
        holds = True
        for item in iterate(items):
            holds = holds and truth(running.call(function, (item,)))
            if holds is taking:
                yield item
            elif taking:
                return

    return run


def _with_replacement(items: Any, r: int) -> Iterator[Any]:
    pool = collect(items)
    running.meter.items(math.comb(len(pool) + r - 1, r) if pool else 0)
    return itertools.combinations_with_replacement(pool, r)


class Ranked:
    """What cmp_to_key gives: ordered by a function of the snippet."""

    def __init__(self, function: Any, value: Any) -> None:
        self.function, self.value = function, value


class RankedKind(Kind):
    rank = 91

    def compare(self, op: str, a: Any, b: Any) -> Any:
        return compare(op, running.call(a.function, (a.value, b.value)), 0)


register(RankedKind(), Ranked)


def _total_ordering(cls: Any) -> Any:
    """The other comparisons from __eq__ and one of __lt__, __le__, __gt__, __ge__."""
    if not isinstance(cls, UserClass):
        raise TypeError("total_ordering() is for classes")
    own = next((op for op in ("lt", "le", "gt", "ge") if cls.find(f"__{op}__") is not None), None)
    if own is None:
        raise ValueError("must define at least one ordering operation: < > <= >=")

    def derived(op: str) -> Any:
        def compared(a: Any, b: Any) -> Any:
            first = truth(compare(own, a, b))
            same = truth(compare("eq", a, b))
            less = (first and not same) if own in ("lt", "le") else not first and not same
            return {"lt": less, "le": less or same, "gt": not less and not same, "ge": not less}[op]

        return compared

    for op in ("lt", "le", "gt", "ge"):
        if cls.find(f"__{op}__") is None:
            cls.members[f"__{op}__"] = NativeMethod(f"__{op}__", derived(op))
    return cls


def spaces() -> list[Namespace]:
    return [
        Namespace("itertools", {
            "product": _lazy("product", _product), "combinations": _lazy("combinations", _combinations),
            "permutations": _lazy("permutations", _permutations), "accumulate": _lazy("accumulate", _accumulate),
            "chain": _chain(), "count": _lazy("count", itertools.count),
            "islice": _lazy("islice", lambda items, *args: itertools.islice(iterate(items), *args)),
            "cycle": _lazy("cycle", lambda items: itertools.cycle(collect(items))), "repeat": _lazy("repeat", itertools.repeat),
            "groupby": _lazy("groupby", _groups), "takewhile": _lazy("takewhile", _while(True)), "dropwhile": _lazy("dropwhile", _while(False)),
            "starmap": _lazy("starmap", lambda f, items: (running.call(f, tuple(collect(each))) for each in iterate(items))),
            "pairwise": _lazy("pairwise", lambda items: itertools.pairwise(iterate(items))),
            "combinations_with_replacement": _lazy("combinations_with_replacement", _with_replacement),
            "compress": _lazy("compress", lambda items, keep: (x for x, k in zip(iterate(items), iterate(keep), strict=False) if truth(k))),
            "filterfalse": _lazy("filterfalse", lambda f, items: (x for x in iterate(items) if not truth(x if f is None else running.call(f, (x,))))),
            "zip_longest": _lazy("zip_longest", lambda *items, fillvalue=None: itertools.zip_longest(*[collect(i) for i in items], fillvalue=fillvalue)),
        }),
        Namespace("functools", {
            "partial": Native("partial", Partial), "reduce": Native("reduce", _reduce), "wraps": Native("wraps", wraps), "update_wrapper": Native("update_wrapper", lambda wrapper, wrapped, **k: wraps(wrapped).function(wrapper)),
            "lru_cache": Decorator("lru_cache", lru_cache), "cache": Decorator("cache", lambda function: Cached(function, None)),
            "cmp_to_key": Native("cmp_to_key", lambda function: Native("key", lambda value: Ranked(function, value))),
            "cached_property": Decorator("cached_property", CachedProperty),
            "total_ordering": Decorator("total_ordering", _total_ordering),
        }),
    ]  # fmt: skip
