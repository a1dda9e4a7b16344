"""What may stand after `@`: functions and classes of the snippet, and those of the lab that are made for it."""

from __future__ import annotations

from collections import namedtuple
from typing import Any

from freedive.lab.functions import Function, FunctionKind
from freedive.lab.instances import Instance, StaticMethod
from freedive.lab.kinds import Callable_, Kind, Native, kind_of, register
from freedive.lab.problems import Refused
from freedive.lab.running import running
from freedive.lab.types import TypeRef

_TRANSFORMS = frozenset(
    {"function", "ignore", "script", "compile", "vmap", "grad", "jacrev", "jacfwd", "hessian", "vectorize",
     "register_keras_serializable"}
)  # fmt: skip
"""Functions of the libraries that take a function and give one."""


class Decorator(Native):
    """A function of the lab's own that is made to stand after `@`."""


def decorate(decorator: Any, made: Any) -> Any:
    """`@decorator` over a function or class of the snippet."""
    name = getattr(decorator, "name", "")
    fitting = isinstance(decorator, Callable_) or type(kind_of(decorator)).call is not Kind.call
    library = isinstance(decorator, Native | TypeRef) and not isinstance(decorator, Decorator)
    if not fitting or (library and name not in _TRANSFORMS) or hasattr(decorator, "fn"):
        raise Refused(
            f"the decorator '@{name or kind_of(decorator).type_name(decorator)}' is not offered",
            hint="a decorator takes a function and gives one",
        )
    return running.call(decorator, (made,))


def wraps(function: Any) -> Decorator:
    """functools.wraps: the wrapper takes name and documentation of what it wraps."""

    def named(wrapper: Any) -> Any:
        if isinstance(wrapper, Function) and isinstance(function, Callable_):
            wrapper.name, wrapper.doc = getattr(function, "name", wrapper.name), getattr(function, "doc", "")
        elif isinstance(wrapper, Instance) and isinstance(function, Callable_):
            wrapper.fields.update(
                __name__=getattr(function, "name", ""),
                __doc__=getattr(function, "doc", "") or None,
                __wrapped__=function,
            )
        return wrapper

    return Decorator("wraps", named)


class Cached(Callable_):
    """A function that remembers its results: functools.lru_cache and cache."""

    binds = True

    def __init__(self, function: Any, most: int | None) -> None:
        self.name = getattr(function, "name", "function")
        self.doc = getattr(function, "doc", "")
        self.function = function
        self.most = most
        self.known: dict[Any, Any] = {}
        self.hits = self.misses = 0

    def call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        key = (args, tuple(kwargs.items()))
        try:
            found = key in self.known
        except TypeError:
            bad = next(a for a in (*args, *kwargs.values()) if isinstance(a, list | dict | set))
            raise TypeError(f"unhashable type: '{kind_of(bad).type_name(bad)}'") from None
        if found:
            self.hits += 1
            self.known[key] = self.known.pop(key)  # the newest stands last
            return self.known[key]
        self.misses += 1
        made = running.call(self.function, args, kwargs)
        running.meter.room(1)
        self.known[key] = made
        if self.most is not None and len(self.known) > self.most:
            del self.known[next(iter(self.known))]
        return made


CacheInfo = namedtuple("CacheInfo", ("hits", "misses", "maxsize", "currsize"))


class CachedKind(FunctionKind):
    def __init__(self) -> None:
        super().__init__()
        self.attributes |= {
            "cache_info": Native("cache_info", lambda f: CacheInfo(f.hits, f.misses, f.most, len(f.known))),
            "cache_clear": Native("cache_clear", _forget),
        }


def _forget(function: Cached) -> None:
    function.known.clear()
    function.hits = function.misses = 0


register(CachedKind(), Cached)


def lru_cache(maxsize: Any = 128, typed: bool = False) -> Any:
    """functools.lru_cache, with brackets or without."""
    if isinstance(maxsize, Callable_):
        return Cached(maxsize, 128)
    return Decorator("lru_cache", lambda function: Cached(function, maxsize))


def abstract(function: Any) -> Any:
    """abc.abstractmethod."""
    if isinstance(function, Callable_ | StaticMethod):
        marked: Any = getattr(function, "function", function)
        marked.abstract = True
    return function
