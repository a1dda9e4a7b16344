"""math, random, time, copy, typing and the like: the few names of the standard library that course code uses."""

from __future__ import annotations

import bisect
import copy
import heapq
import math
import statistics
import textwrap
import unicodedata
from typing import Any

from freedive.lab import complexes, hints
from freedive.lab.dialects.standard import collecting, dates, enums, files, iterating, patterns, records
from freedive.lab.dialects.standard.files import TextFile, open_file
from freedive.lab.dialects.standard.named import ROW
from freedive.lab.exceptions import CaughtError
from freedive.lab.functions import Generator
from freedive.lab.importing import publish
from freedive.lab.kinds import Callable_, Native, kind_of, type_name
from freedive.lab.namespaces import Namespace
from freedive.lab.operators import PLAIN, binary, collect, compare, iterate, unary
from freedive.lab.plain import Lazy, show
from freedive.lab.problems import Refused
from freedive.lab.running import running

_MATH = (
    "sqrt", "exp", "log", "log2", "log10", "log1p", "expm1", "sin", "cos", "tan", "asin", "acos", "atan", "atan2", "sinh",
    "cosh", "tanh", "floor", "ceil", "trunc", "fabs", "fmod", "hypot", "degrees", "radians", "isnan", "isinf", "isfinite",
    "isclose", "copysign", "gcd", "lcm", "isqrt", "modf", "frexp", "ldexp", "remainder", "asinh", "acosh", "atanh", "erf", "erfc", "gamma", "lgamma", "exp2", "cbrt", "dist",
)  # fmt: skip


def _number(value: Any) -> Any:
    return value if isinstance(value, int | float) else kind_of(value).number(value, float)


def _math(name: str) -> Native:
    function = getattr(math, name)

    def run(*args: Any, **kwargs: Any) -> Any:
        plain = [_number(a) if not isinstance(a, list | tuple) else a for a in args]
        running.meter.integer(sum(a.bit_length() for a in plain if type(a) is int))
        return function(*plain, **kwargs)

    return Native(name, run, function.__doc__ or "")


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
        running.meter.step()
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
    running.meter.items(k)
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


def _deepcopy(value: Any) -> Any:
    if isinstance(value, Callable_ | Generator | Lazy | Namespace):
        raise Refused(f"a {type_name(value)} cannot be copied")
    return copy.deepcopy(value)


def _operators() -> dict[str, Any]:
    tests = ("lt", "le", "gt", "ge", "eq", "ne")
    made: dict[str, Any] = {}
    for name in PLAIN:
        function = compare if name in tests else binary
        made[f"{name}_" if name in ("and", "or") else name] = Native(
            name, lambda a, b, f=function, n=name: f(n, a, b)
        )
    made["neg"] = Native("neg", lambda value: unary("neg", value))
    made["itemgetter"] = Native("itemgetter", _item_getter)
    made["attrgetter"] = Native("attrgetter", _attribute_getter)
    return made


def _item_getter(*keys: Any) -> Native:
    def get(value: Any) -> Any:
        found = [kind_of(value).getitem(value, key) for key in keys]
        return found[0] if len(found) == 1 else tuple(found)

    return Native("itemgetter", get)


def _attribute_getter(name: Any) -> Native:
    if not isinstance(name, str) or "_" in name[:1] or "." in name:
        raise Refused("attrgetter() takes one plain name")
    return Native("attrgetter", lambda value: kind_of(value).getattr(value, name))


def _statistic(name: str) -> Native:
    function = getattr(statistics, name)

    def run(items: Any) -> Any:
        given = collect(items)
        if not all(type(each) in (int, float) for each in given) and name != "mode":
            given = [float(_number(each)) for each in given]
        try:
            return function(given)
        except statistics.StatisticsError as error:
            raise ValueError(str(error)) from None

    return Native(name, run)


def _heap(name: str, module: Any = heapq) -> Native:
    function = getattr(module, name)

    def run(*args: Any) -> Any:
        for arg in args:
            if isinstance(arg, list):
                running.meter.items(len(arg) + 1)
                running.meter.spend_flops(16.0 * len(arg), name)
        return function(*args)

    return Native(name, run)


def _last_error() -> str:
    """What went wrong, as the last line of a traceback; which lines led there is told beside the error."""
    if not CaughtError.current:
        return "NoneType: None\n"
    error = CaughtError(CaughtError.current[-1])
    return f"Traceback (most recent call last):\n{type_name(error)}: {kind_of(error).text(error)}\n"


def _wrapped(name: str) -> Any:
    function = getattr(textwrap, name)

    def run(text: str, *args: Any, **kwargs: Any) -> Any:
        if not all(isinstance(each, int | str | bool) for each in (*args, *kwargs.values())):
            raise TypeError(f"{name}() takes a text, widths and more texts")
        longest = max((len(each) for each in (*args, *kwargs.values()) if isinstance(each, str)), default=1)
        running.meter.text(len(text) * (1 + longest))
        return function(text, *args, **kwargs)

    return run


def _normalized(form: Any, text: str) -> str:
    running.meter.text(18 * len(text))  # as much as one character may become
    return unicodedata.normalize(form, text)


def _characters() -> Namespace:
    names = (
        "category",
        "name",
        "lookup",
        "numeric",
        "decimal",
        "digit",
        "bidirectional",
        "combining",
        "east_asian_width",
    )
    members = {name: Native(name, getattr(unicodedata, name)) for name in names}
    return Namespace("unicodedata", {**members, "normalize": Native("normalize", _normalized)})


def load() -> None:
    spaces = [
        Namespace("math", {name: _math(name) for name in _MATH if hasattr(math, name)}),
        _random(),
        Namespace("copy", {"deepcopy": Native("deepcopy", _deepcopy), "copy": Native("copy", lambda v: copy.copy(v) if not isinstance(v, Callable_) else v)}),
        hints.space(NamedTuple=ROW),
        Namespace("collections.abc", {name: hints.Hint(f"collections.abc.{name}", extension=hints.PLAIN) for name in ("Callable", "Iterable", "Iterator", "Sequence", "Mapping", "MutableMapping", "Generator")}),
        Namespace("warnings", {"filterwarnings": Native("filterwarnings", lambda *a, **k: None), "simplefilter": Native("simplefilter", lambda *a, **k: None), "warn": Native("warn", lambda *a, **k: None)}),
        Namespace("__future__", dict.fromkeys(("print_function", "division", "absolute_import", "annotations", "unicode_literals"))),
        Namespace("operator", _operators()),
        Namespace("statistics", {name: _statistic(name) for name in ("mean", "fmean", "median", "mode", "stdev", "pstdev", "variance", "pvariance")}),
        Namespace("heapq", {name: _heap(name) for name in ("heappush", "heappop", "heapify", "heappushpop", "nlargest", "nsmallest")}),
        Namespace("bisect", {name: _heap(name, bisect) for name in ("bisect", "bisect_left", "bisect_right", "insort")}),
        Namespace("pprint", {"pprint": Native("pprint", lambda value, **k: running.write(show(value) + "\n"))}),
        _characters(),
        Namespace("traceback", {"print_exc": Native("print_exc", lambda *a, **k: running.write(_last_error())), "format_exc": Native("format_exc", lambda *a, **k: _last_error())}),
        Namespace("textwrap", {name: Native(name, _wrapped(name)) for name in ("dedent", "fill", "wrap", "indent", "shorten")}),
        Namespace("gc", {"collect": Native("collect", lambda: 0)}),
    ]  # fmt: skip
    spaces[0].members.update(
        pi=math.pi, e=math.e, tau=math.tau, inf=math.inf, nan=math.nan,
        factorial=Native("factorial", _whole(math.factorial, 400)), comb=Native("comb", _whole(math.comb, 1000)),
        perm=Native("perm", _whole(math.perm, 1000)), pow=Native("pow", lambda a, b: math.pow(_number(a), _number(b))),
        prod=Native("prod", _prod), fsum=Native("fsum", lambda items: math.fsum(float(_number(x)) for x in iterate(items))),
    )  # fmt: skip
    tqdm = Native("tqdm", lambda items=(), *a, **k: items)
    spaces.append(Namespace("tqdm", {"tqdm": tqdm, "trange": Native("trange", lambda *a, **k: range(*a))}))
    spaces.append(Namespace("tqdm.auto", {"tqdm": tqdm}))
    spaces += [
        complexes.space(),
        collecting.space(),
        records.space(),
        *enums.spaces(),
        *patterns.spaces(),
        *iterating.spaces(),
        *files.spaces(),
        *dates.spaces(),
    ]
    publish(*spaces)


__all__ = ["TextFile", "load", "open_file"]
