"""itertools and functools, each source counted item by item."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from typing import Any

from freedive.lab.kinds import Callable_, Native
from freedive.lab.namespaces import Namespace
from freedive.lab.operators import binary, collect, iterate
from freedive.lab.plain import Lazy
from freedive.lab.running import running


def _lazy(name: str, make: Any) -> Native:
    return Native(name, lambda *args, **kwargs: Lazy(name, make(*args, **kwargs)))


def _product(*items: Any, repeat: int = 1) -> Iterator[Any]:
    pools = [collect(each) for each in items] * repeat
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


def spaces() -> list[Namespace]:
    return [
        Namespace("itertools", {
            "product": _lazy("product", _product), "combinations": _lazy("combinations", _combinations),
            "permutations": _lazy("permutations", _permutations), "accumulate": _lazy("accumulate", _accumulate),
            "chain": _lazy("chain", lambda *items: (x for each in items for x in iterate(each))), "count": _lazy("count", itertools.count),
            "islice": _lazy("islice", lambda items, *args: itertools.islice(iterate(items), *args)),
            "cycle": _lazy("cycle", lambda items: itertools.cycle(collect(items))), "repeat": _lazy("repeat", itertools.repeat),
            "zip_longest": _lazy("zip_longest", lambda *items, fillvalue=None: itertools.zip_longest(*[collect(i) for i in items], fillvalue=fillvalue)),
        }),
        Namespace("functools", {"partial": Native("partial", Partial), "reduce": Native("reduce", _reduce)}),
    ]  # fmt: skip
