"""math, random, time, io, collections, itertools, functools, copy, typing: the few names that course code uses.

A little over 400 lines: each function of the standard library that is offered is a few lines, and they share nothing.
"""

from __future__ import annotations

import collections
import copy
import datetime
import itertools
import math
import string
import time
from collections.abc import Iterator
from typing import Any

from freedive.lab.functions import Generator
from freedive.lab.importing import publish
from freedive.lab.kinds import Callable_, Kind, Native, Property, kind_of, register, type_name
from freedive.lab.namespaces import Namespace
from freedive.lab.operators import binary, collect, iterate, truth
from freedive.lab.plain import DictKind, Lazy, ListKind, show_inside
from freedive.lab.problems import Refused
from freedive.lab.running import running
from freedive.lab.types import TypeRef, publish_type

_MATH = (
    "sqrt", "exp", "log", "log2", "log10", "log1p", "expm1", "sin", "cos", "tan", "asin", "acos", "atan", "atan2", "sinh",
    "cosh", "tanh", "floor", "ceil", "trunc", "fabs", "fmod", "hypot", "degrees", "radians", "isnan", "isinf", "isfinite",
    "isclose", "copysign", "gcd", "erf", "erfc", "gamma", "lgamma", "exp2", "cbrt", "dist",
)  # fmt: skip


def _number(value: Any) -> Any:
    return value if isinstance(value, int | float) else kind_of(value).number(value, float)


def _math(name: str) -> Native:
    function = getattr(math, name)
    return Native(
        name,
        lambda *args, **kwargs: function(
            *[_number(a) if not isinstance(a, list | tuple) else a for a in args], **kwargs
        ),
        function.__doc__ or "",
    )


def _whole(function: Any, most: int) -> Any:
    def run(*args: Any) -> int:
        values = [kind_of(a).index(a) for a in args]
        if any(abs(v) > most for v in values):
            raise ValueError(f"{function.__name__}() of numbers above {most} is not offered in the lab")
        return int(function(*values))

    return run


def _prod(items: Any, start: Any = 1) -> Any:
    for item in iterate(items):
        start = binary("mul", start, item)
    return start


def _shuffle(items: Any) -> None:
    for i in range(len(items) - 1, 0, -1):
        j = running.random.randrange(i + 1)
        items[i], items[j] = items[j], items[i]


def _choice(items: Any) -> Any:
    kind = kind_of(items)
    return kind.getitem(items, running.random.randrange(kind.length(items)))


def _choices(items: Any, weights: Any = None, *, cum_weights: Any = None, k: int = 1) -> list[Any]:
    running.meter.items(k)
    return list(
        running.random.choices(
            collect(items), None if weights is None else [float(w) for w in collect(weights)], k=k
        )
    )


def _sample(items: Any, k: int) -> list[Any]:
    return list(running.random.sample(collect(items) if not isinstance(items, range) else items, k))


def _random() -> Namespace:
    space = Namespace("random", doc="Random numbers.")
    for name in (
        "random",
        "uniform",
        "gauss",
        "normalvariate",
        "randint",
        "randrange",
        "expovariate",
        "betavariate",
    ):
        space.members[name] = Native(name, (lambda n: lambda *args: getattr(running.random, n)(*args))(name))
    space.members.update(
        {"shuffle": Native("shuffle", _shuffle), "choice": Native("choice", _choice), "choices": Native("choices", _choices),
         "sample": Native("sample", _sample), "seed": Native("seed", lambda s=0: running.random.seed(int(s)))}
    )  # fmt: skip
    return space


class TextFile:
    """io.StringIO: text that can be read like a file."""

    def __init__(self, text: str = "") -> None:
        running.meter.text(len(text))
        self.value = text
        self.place = 0

    def getvalue(self) -> str:
        return self.value


def open_file(path: Any, mode: str = "r", *args: Any, **kwargs: Any) -> TextFile:
    """A text file in the run's own scratch space, in memory; nothing of the machine can be reached."""
    if not isinstance(path, str) or mode.replace("t", "") not in ("r", "w", "a", "r+", "w+"):
        raise Refused(
            "open() takes a name and one of the modes r, w and a: text in the run's own scratch space"
        )
    if mode[0] == "w":
        running.meter.items(len(running.files) + 1, "folder")
        running.files[path] = TextFile()
    elif mode[0] == "a":
        running.files.setdefault(path, TextFile())
    elif path not in running.files:
        raise FileNotFoundError(f"[Errno 2] No such file or directory: {path!r}")
    found = running.files[path]
    if not isinstance(found, TextFile):
        raise Refused(f"{path!r} is not a text file")
    found.place = 0
    return found


class TextFileKind(Kind):
    name = "file"

    def enter(self, value: Any) -> Any:
        return value

    def repr(self, value: Any) -> str:
        return "<file in scratch space>"

    def __init__(self) -> None:
        super().__init__()
        self.attributes = {
            "getvalue": Native("getvalue", lambda f: f.value), "readline": Native("readline", _readline), "read": Native("read", lambda f: f.value),
            "write": Native("write", _write), "readlines": Native("readlines", lambda f: f.value.splitlines(keepends=True)),
            "seek": Native("seek", lambda f, place: place), "close": Native("close", lambda f: None),
        }  # fmt: skip

    def iterate(self, value: Any) -> Iterator[Any]:
        return iter(value.value.splitlines(keepends=True))

    def native(self, value: Any) -> Any:
        import io

        return io.StringIO(value.value)


def _readline(file: TextFile) -> str:
    lines = file.value.splitlines(keepends=True)
    file.place += 1
    return lines[file.place - 1] if file.place <= len(lines) else ""


def _write(file: TextFile, text: str) -> int:
    running.meter.text(len(file.value) + len(text))
    file.value += text
    return len(text)


register(TextFileKind(), TextFile)


class Counter(dict[Any, int]):
    """collections.Counter."""


class DefaultDict(dict[Any, Any]):
    """collections.defaultdict, with a factory of the snippet's."""

    factory: Any = None

    def __missing__(self, key: Any) -> Any:
        if self.factory is None:
            raise KeyError(key)
        self[key] = running.call(self.factory)
        return self[key]


class CounterKind(DictKind):
    def __init__(self) -> None:
        super().__init__()
        self.attributes["most_common"] = Native(
            "most_common", lambda c, n=None: sorted(c.items(), key=lambda p: -p[1])[:n]
        )

    def getitem(self, value: Any, index: Any) -> Any:
        return value.get(index, 0) if isinstance(value, Counter) else value[index]

    def type_name(self, value: Any) -> str:
        return "Counter" if isinstance(value, Counter) else "defaultdict"

    def repr(self, value: Any) -> str:
        return f"{self.type_name(value)}({show_inside(dict(value), [])})"


class OrderedKind(DictKind):
    def repr(self, value: Any) -> str:
        inside = show_inside(list(value.items()), [])
        return f"OrderedDict({inside})"


class DequeKind(ListKind):
    name = "list"

    def __init__(self) -> None:
        super().__init__()
        self.attributes = {
            "append": Native("append", lambda d, x: d.append(x)), "appendleft": Native("appendleft", lambda d, x: d.appendleft(x)),
            "pop": Native("pop", lambda d: d.pop()), "popleft": Native("popleft", lambda d: d.popleft()),
            "clear": Native("clear", lambda d: d.clear()),
        }  # fmt: skip

    def repr(self, value: Any) -> str:
        return f"deque({show_inside(list(value), [])})"

    def encode(self, value: Any, encoder: Any) -> dict[str, Any]:
        return encoder.container("list", list(value))  # type: ignore[no-any-return]


register(CounterKind(), Counter, DefaultDict)
register(OrderedKind(), collections.OrderedDict)
register(DequeKind(), collections.deque)


def _counter(items: Any = ()) -> Counter:
    made = Counter()
    for item in iterate(items):
        made[item] = made.get(item, 0) + 1
    return made


def _default(factory: Any = None) -> DefaultDict:
    made = DefaultDict()
    made.factory = factory
    return made


def _namedtuple(name: str, fields: Any, **kwargs: Any) -> Any:
    names = fields.replace(",", " ").split() if isinstance(fields, str) else collect(fields)
    python = collections.namedtuple(name, names)  # type: ignore[misc]  # the names are the snippet's
    return publish_type(TypeRef(name, python, python))


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


def _deepcopy(value: Any) -> Any:
    if isinstance(value, Callable_ | Generator | Lazy | Namespace):
        raise Refused(f"a {type_name(value)} cannot be copied")
    return copy.deepcopy(value)


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


class TimeKind(Kind):
    name = "time"

    def __init__(self) -> None:
        super().__init__()
        self.attributes = {
            "strftime": Native("strftime", lambda t, form: t.strftime(form)), "total_seconds": Native("total_seconds", lambda t: t.total_seconds()),
            "year": Property(lambda t: t.year), "seconds": Property(lambda t: t.seconds), "microseconds": Property(lambda t: t.microseconds),
        }  # fmt: skip

    def binary(self, op: str, a: Any, b: Any) -> Any:
        return a - b if op == "sub" else super().binary(op, a, b)

    def repr(self, value: Any) -> str:
        return str(value)


register(TimeKind(), datetime.datetime, datetime.timedelta)


def _rest(seconds: float) -> None:
    """The lab does not wait; the clock of the budget is all there is."""


def _splitext(path: str) -> tuple[str, str]:
    stem, dot, ending = path.rpartition(".")
    return (stem, dot + ending) if dot and stem else (path, "")


def load() -> None:
    spaces = [
        Namespace("math", {name: _math(name) for name in _MATH if hasattr(math, name)}),
        _random(),
        Namespace("time", {
            "time": Native("time", time.time), "perf_counter": Native("perf_counter", time.perf_counter),
            "process_time": Native("process_time", time.process_time), "monotonic": Native("monotonic", time.monotonic),
            "sleep": Native("sleep", _rest),
        }),
        Namespace("io", {"StringIO": Native("StringIO", TextFile)}),
        Namespace("collections", {
            "OrderedDict": publish_type(TypeRef("OrderedDict", collections.OrderedDict, lambda *a, **k: collections.OrderedDict(*[collect(x) if not isinstance(x, dict) else x for x in a], **k))),
            "defaultdict": Native("defaultdict", _default), "Counter": Native("Counter", _counter), "namedtuple": Native("namedtuple", _namedtuple),
            "deque": Native("deque", lambda items=(), maxlen=None: collections.deque(collect(items), maxlen)),
        }),
        Namespace("itertools", {
            "product": _lazy("product", _product), "combinations": _lazy("combinations", _combinations),
            "permutations": _lazy("permutations", _permutations), "accumulate": _lazy("accumulate", _accumulate),
            "chain": _lazy("chain", lambda *items: (x for each in items for x in iterate(each))), "count": _lazy("count", itertools.count),
            "islice": _lazy("islice", lambda items, *args: itertools.islice(iterate(items), *args)),
            "cycle": _lazy("cycle", lambda items: itertools.cycle(collect(items))), "repeat": _lazy("repeat", itertools.repeat),
            "zip_longest": _lazy("zip_longest", lambda *items, fillvalue=None: itertools.zip_longest(*[collect(i) for i in items], fillvalue=fillvalue)),
        }),
        Namespace("functools", {"partial": Native("partial", Partial), "reduce": Native("reduce", _reduce)}),
        Namespace("copy", {"deepcopy": Native("deepcopy", _deepcopy), "copy": Native("copy", lambda v: copy.copy(v) if not isinstance(v, Callable_) else v)}),
        Namespace("string", {name: getattr(string, name) for name in ("ascii_letters", "ascii_lowercase", "ascii_uppercase", "digits", "punctuation")}),
        Namespace("typing", {name: Namespace(f"typing.{name}") for name in ("Any", "List", "Dict", "Tuple", "Optional", "Union", "Callable", "Iterable")}),
        Namespace("datetime", {"datetime": Namespace("datetime.datetime", {"now": Native("now", lambda: datetime.datetime.now())})}),
        Namespace("warnings", {"filterwarnings": Native("filterwarnings", lambda *a, **k: None), "simplefilter": Native("simplefilter", lambda *a, **k: None), "warn": Native("warn", lambda *a, **k: None)}),
        Namespace("__future__", dict.fromkeys(("print_function", "division", "absolute_import", "annotations", "unicode_literals"))),
        Namespace("operator", {name: Native(name, lambda a, b, n=name: binary(n, a, b)) for name in ("add", "sub", "mul", "truediv", "matmul")}),
    ]  # fmt: skip
    spaces[0].members.update(
        pi=math.pi, e=math.e, tau=math.tau, inf=math.inf, nan=math.nan,
        factorial=Native("factorial", _whole(math.factorial, 400)), comb=Native("comb", _whole(math.comb, 1000)),
        perm=Native("perm", _whole(math.perm, 1000)), pow=Native("pow", lambda a, b: math.pow(_number(a), _number(b))),
        prod=Native("prod", _prod), fsum=Native("fsum", lambda items: math.fsum(float(_number(x)) for x in iterate(items))),
    )  # fmt: skip
    paths = Namespace("os.path", {
        "join": Native("join", lambda *parts: "/".join(str(p).strip("/") if i else str(p) for i, p in enumerate(parts))),
        "exists": Native("exists", lambda path: path in running.files), "isfile": Native("isfile", lambda path: path in running.files),
        "basename": Native("basename", lambda path: str(path).rsplit("/", 1)[-1]), "splitext": Native("splitext", _splitext),
    })  # fmt: skip
    folders = {
        "makedirs": Native("makedirs", lambda *a, **k: None),
        "mkdir": Native("mkdir", lambda *a, **k: None),
        "listdir": Native("listdir", lambda *a: sorted(running.files)),
    }
    spaces += [
        paths,
        Namespace("os", {"path": paths, **folders}, doc="Only names and the run's own scratch space."),
    ]
    tqdm = Native("tqdm", lambda items=(), *a, **k: items)
    spaces.append(Namespace("tqdm", {"tqdm": tqdm, "trange": Native("trange", lambda *a, **k: range(*a))}))
    spaces.append(Namespace("tqdm.auto", {"tqdm": tqdm}))
    publish(*spaces)


__all__ = ["load", "truth"]
