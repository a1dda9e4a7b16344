"""np.random: the old global functions, RandomState and the new Generator."""

from __future__ import annotations

from typing import Any

import numpy as np

from freedive.lab.dialects.numpy import names
from freedive.lab.dialects.numpy.functions import NUMPY
from freedive.lab.door import Op
from freedive.lab.exchange import Borrowed
from freedive.lab.importing import publish
from freedive.lab.kinds import Kind, Native, register
from freedive.lab.namespaces import Namespace
from freedive.lab.running import running
from freedive.lab.types import TypeRef, publish_type

RULES = {
    "rand": "ints", "randn": "ints", "random": "first", "random_sample": "first", "ranf": "first", "sample": "first",
    "standard_normal": "first", "randint": "last", "integers": "last", "normal": "last", "uniform": "last",
    "binomial": "last", "poisson": "last", "exponential": "last", "beta": "last", "gamma": "last", "laplace": "last",
    "lognormal": "last", "chisquare": "last", "geometric": "last", "multinomial": "draws", "dirichlet": "draws",
    "multivariate_normal": "draws", "choice": "draws", "permutation": "count", "triangular": "last", "logistic": "last",
    "standard_t": "last", "weibull": "last", "rayleigh": "last", "gumbel": "last", "vonmises": "last", "permuted": "none",
    "bytes": "none", **names.RANDOM,
}  # fmt: skip


def _shuffle(source: Any) -> Any:
    def shuffle(items: Any, *args: Any) -> None:
        """Shuffles rows in place."""
        if isinstance(items, list):
            order = source().permutation(len(items)).tolist()
            items[:] = [items[i] for i in order]
        else:
            _SHUFFLE.call((items, source()), {})

    return shuffle


def _in_place(items: Any, source: Any) -> Any:
    source.shuffle(items)
    return items


class _Shuffle(Op):
    def call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        items, source = args
        recorder = running.recorder
        before = recorder.snapshot(items) if recorder is not None and recorder.on else None
        self.fn(items, source)
        if recorder is not None and recorder.on:
            recorder.record(self, self.name, (items,), {}, items, before)
        return None


_SHUFFLE = _Shuffle("shuffle", _in_place, "inplace", "none")


class GeneratorKind(Kind):
    """np.random.default_rng(seed) and RandomState(seed)."""

    data = True

    name = "object"

    def dir(self, value: Any) -> list[str]:
        return sorted([*(n for n in RULES if hasattr(value, n)), "shuffle"])

    def getattr(self, value: Any, name: str) -> Any:
        if name == "shuffle":
            return Native("shuffle", _shuffle(lambda: value))
        if name in RULES and name != "bytes" and hasattr(value, name):
            return Op(name, getattr(value, name), "random", RULES[name])
        return super().getattr(value, name)

    def repr(self, value: Any) -> str:
        return str(value)


register(GeneratorKind(), np.random.Generator, np.random.RandomState)


def _generator(source: Any) -> Any:
    if not isinstance(source, np.random.BitGenerator):
        raise TypeError("Generator() takes a bit generator, such as np.random.PCG64(0)")
    return np.random.Generator(source)


class SourceKind(Kind):
    """np.random.PCG64(0) and its like."""

    name = "object"

    def repr(self, value: Any) -> str:
        return f"<{type(value).__name__} object>"


register(SourceKind(), np.random.BitGenerator)


def load() -> None:
    space = Namespace("numpy.random", doc="Random numbers.")
    for name, rule in RULES.items():
        function = getattr(np.random, name, None)
        if function is not None and name != "bytes":
            space.members[name] = Op(name, function, "random", rule)
    space.members["shuffle"] = Native("shuffle", _shuffle(lambda: np.random))
    space.members["seed"] = Borrowed("seed", lambda seed=0: np.random.seed(seed))
    space.members["default_rng"] = Borrowed("default_rng", lambda seed=0: np.random.default_rng(seed))
    space.members["RandomState"] = Borrowed("RandomState", lambda seed=0: np.random.RandomState(seed))
    space.members["get_state"] = Borrowed("get_state", lambda: np.random.get_state())
    space.members["set_state"] = Borrowed("set_state", lambda state: np.random.set_state(state))
    for name in ("PCG64", "MT19937", "Philox", "SFC64"):
        space.members[name] = Borrowed(
            name, (lambda python: lambda seed=0: python(seed))(getattr(np.random, name))
        )
    space.members["Generator"] = publish_type(
        TypeRef("Generator", np.random.Generator, _generator, module="numpy.random")
    )
    NUMPY.members["random"] = space
    publish(space)
