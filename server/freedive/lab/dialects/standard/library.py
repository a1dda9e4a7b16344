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
from freedive.lab.exchange import Borrowed, callback
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
        plain = [_number(a) if not isinstance(a, list | tuple) else list(map(_number, a)) for a in args]
        running.meter.integer(sum(a.bit_length() for a in plain if type(a) is int))
        return function(*plain, **kwargs)

    return Native(name, run, function.__doc__ or "")


def _ways(n: int, k: int, ordered: bool) -> float:
    """Bits of n!/(n-k)!, or of that by k!, as near as it takes to know what would be too large."""
    if not 0 <= k <= n:
        return 0.0
    k = k if ordered else min(k, n - k)
    # k factors between n-k+1 and n, of which k! takes away what is known
    bits = (
        k * math.log2(n)
        if k < 2 or n > 10**15
        else (math.lgamma(n + 1) - math.lgamma(n - k + 1)) / math.log(2)
    )
    return bits if ordered else bits - math.lgamma(k + 1) / math.log(2)


def _affordable(name: str, bits: float) -> None:
    if bits > running.budget.integer_bits:
        raise Refused(
            f"{name}() of these numbers is an integer of about {bits:,.0f} bits; {running.budget.integer_bits:,} are offered"
        )


def _factorial(n: Any) -> int:
    count = kind_of(n).index(n)
    _affordable("factorial", _ways(count, count, True))
    return math.factorial(count)


def _perm(n: Any, k: Any = None) -> int:
    count = kind_of(n).index(n)
    taken = count if k is None else kind_of(k).index(k)
    _affordable("perm", _ways(count, taken, True))
    return math.perm(count, taken)


def _comb(n: Any, k: Any) -> int:
    count, taken = kind_of(n).index(n), kind_of(k).index(k)
    _affordable("comb", _ways(count, taken, False))
    return math.comb(count, taken)


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
        space.members[name] = Borrowed(
            name, (lambda n: lambda *args: getattr(running.random, n)(*args))(name)
        )
    space.members.update(
        {"shuffle": Native("shuffle", _shuffle), "choice": Native("choice", _choice), "choices": Native("choices", _choices),
         "sample": Native("sample", _sample), "seed": Native("seed", lambda s=0: running.random.seed(int(s)))}
    )  # fmt: skip
    return space


def _deepcopy(value: Any) -> Any:
    if isinstance(value, Callable_ | Generator | Lazy | Namespace):
        raise Refused(f"a {type_name(value)} cannot be copied")
    _count_cells(value, set())
    return copy.deepcopy(value)


def _count_cells(value: Any, seen: set[int]) -> None:
    """Each container once, as a deep copy makes it."""
    if not isinstance(value, list | tuple | dict | set) or id(value) in seen:
        return
    seen.add(id(value))
    running.meter.copied(value)
    for each in value.values() if isinstance(value, dict) else value:
        _count_cells(each, seen)


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

    def run(*args: Any, **kwargs: Any) -> Any:
        walked = (Lazy, Generator) if module is bisect else (Lazy, Generator, range)
        given = [collect(arg) if isinstance(arg, walked) else arg for arg in args]
        for arg in given:
            if isinstance(arg, list):
                running.meter.items(len(arg) + 1)
                running.meter.spend_flops(16.0 * len(arg), name)
        return function(*given, **{k: callback(v) if k == "key" else v for k, v in kwargs.items()})

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
    members = {name: Borrowed(name, getattr(unicodedata, name)) for name in names}
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
        factorial=Native("factorial", _factorial), comb=Native("comb", _comb), perm=Native("perm", _perm), pow=Native("pow", lambda a, b: math.pow(_number(a), _number(b))),
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
