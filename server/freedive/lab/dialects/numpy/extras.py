"""Parts of numpy beside its functions: np.char, strides, index expressions, print options, states of random numbers."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np

from freedive.lab.dialects.numpy import names
from freedive.lab.dialects.numpy.functions import NUMPY
from freedive.lab.dialects.numpy.walking import Walk
from freedive.lab.dialects.standard.files import TextFile
from freedive.lab.door import Op, hand_over
from freedive.lab.exceptions import ErrorClass
from freedive.lab.exchange import callback
from freedive.lab.importing import publish
from freedive.lab.kinds import Kind, Native, register
from freedive.lab.namespaces import Namespace
from freedive.lab.operators import collect
from freedive.lab.problems import Refused
from freedive.lab.running import running
from freedive.lab.sizes import count, extent
from freedive.lab.types import TypeRef, publish_type


class Indexer:
    """np.s_: what stands in its brackets, as it is."""


class IndexerKind(Kind):
    name = "object"

    def getitem(self, value: Any, index: Any) -> Any:
        return index


register(IndexerKind(), Indexer)


class Printing:
    """np.printoptions(...): a context."""

    def __init__(self, **options: Any) -> None:
        self.options = checked(options)
        self.before: list[dict[str, Any]] = []


class PrintingKind(Kind):
    name = "context"

    def enter(self, value: Any) -> Any:
        value.before.append(np.get_printoptions())
        np.set_printoptions(**value.options)
        return None

    def leave(self, value: Any, failed: BaseException | None) -> Any:
        np.set_printoptions(**value.before.pop())
        return None


register(PrintingKind(), Printing)

_LONGEST = 10_000
"""Elements up to which an array may be printed in full; the text itself is measured besides."""


def checked(options: dict[str, Any]) -> dict[str, Any]:
    """Print options that may be set, none of which makes a text without end."""
    made: dict[str, Any] = {key: options[key] for key in ("precision", "suppress", "linewidth", "threshold", "edgeitems", "sign", "nanstr", "infstr", "floatmode", "legacy", "formatter") if key in options}  # fmt: skip
    unknown = set(options) - set(made)
    if unknown:
        raise TypeError(f"set_printoptions() got an unexpected keyword argument '{unknown.pop()}'")
    for key, most in (("threshold", _LONGEST), ("linewidth", 1_000), ("edgeitems", 100), ("precision", 50)):
        if key in made and made[key] is not None:
            made[key] = int(min(float(made[key]), most))
    for key in ("nanstr", "infstr"):
        if key in made:
            made[key] = str(made[key])[:20]
    if made.get("formatter") is not None:
        made["formatter"] = {str(key): _written(each) for key, each in made["formatter"].items()}
    return made


def _written(function: Any) -> Any:
    call = callback(function)

    def write(value: Any) -> str:
        text = call(value)
        if not isinstance(text, str):
            raise TypeError("a formatter gives a text")
        return text[:100]

    return write


def _windows(x: Any, window_shape: Any, axis: Any = None, **kwargs: Any) -> Any:
    made = np.lib.stride_tricks.sliding_window_view(x, window_shape, axis=axis)
    running.meter.elements(made.size)
    return made


def _strided(x: Any, shape: Any = None, strides: Any = None, **kwargs: Any) -> Any:
    """as_strided within the array's own memory."""
    x = np.asarray(x)
    shape = x.shape if shape is None else tuple(int(size) for size in collect(shape))
    strides = x.strides if strides is None else tuple(int(step) for step in collect(strides))
    running.meter.elements(math.prod(shape))
    least = sum((size - 1) * step for size, step in zip(shape, strides, strict=True) if step < 0)
    most = sum((size - 1) * step for size, step in zip(shape, strides, strict=True) if step > 0)
    if math.prod(shape) and (least < 0 or most + x.itemsize > x.nbytes or not x.flags["C_CONTIGUOUS"]):
        raise ValueError("the strides lead out of the array's memory, which is not offered in the lab")
    return np.lib.stride_tricks.as_strided(x, shape, strides, writeable=False)


def _save_text(path: Any, value: Any, fmt: str = "%.18e", delimiter: str = " ", **kwargs: Any) -> None:
    import io

    fmt, delimiter = hand_over(fmt), hand_over(delimiter)
    if any(int(width) > 999 for each in (fmt if isinstance(fmt, list | tuple) else [fmt]) for width in re.findall(r"\d+", str(each))):  # fmt: skip
        raise Refused("a format wider than 999 is not offered")
    running.meter.text(count(extent(value)) * (1 + len(str(delimiter))))
    lines = io.StringIO()
    options = {key: kwargs[key] for key in ("header", "footer", "comments", "newline") if key in kwargs}
    np.savetxt(lines, hand_over(value), fmt=fmt, delimiter=delimiter, **options)
    running.files[str(path)] = TextFile(lines.getvalue())


def _numbers(text: Any, dtype: Any = None, count: int = -1, sep: str = "") -> Any:
    """np.fromstring of numbers in a text."""
    if not isinstance(text, str) or not sep:
        raise ValueError("fromstring() takes a text and what stands between its numbers, as sep=','")
    running.meter.elements(max(0, count))
    return np.fromstring(text, dtype=float if dtype is None else hand_over(dtype), count=count, sep=sep)


def _save_several(path: Any, *arrays: Any, **named: Any) -> None:
    kept = {**{f"arr_{i}": each for i, each in enumerate(arrays)}, **named}
    running.files[str(path)] = {key: np.array(hand_over(each)) for key, each in kept.items()}


def load() -> None:
    members = NUMPY.members
    char = Namespace(
        "numpy.char", {n: Op(n, getattr(np.char, n), "elementwise", "none") for n in names.CHARACTERS}
    )
    strings = Namespace("numpy.strings", dict(char.members))
    tricks = Namespace(
        "numpy.lib.stride_tricks",
        {
            "sliding_window_view": Op("sliding_window_view", _windows, "movement", "none"),
            "as_strided": Op("as_strided", _strided, "movement", "none"),
            "broadcast_to": members["broadcast_to"],
        },
    )
    library = Namespace("numpy.lib", {"stride_tricks": tricks})
    emath = Namespace(
        "numpy.emath", {n: Op(n, getattr(np.emath, n), "elementwise") for n in ("sqrt", "log", "log2", "log10", "power", "arccos", "arcsin", "arctanh")}
    )  # fmt: skip
    members.update(char=char, strings=strings, lib=library, emath=emath, True_=np.True_, False_=np.False_)
    members["s_"] = members["index_exp"] = Indexer()
    members["nditer"] = publish_type(TypeRef("nditer", Walk, Walk, module="numpy"))
    members["printoptions"] = Native("printoptions", Printing)
    members["set_printoptions"] = Native(
        "set_printoptions", lambda **kwargs: np.set_printoptions(**checked(kwargs))
    )
    members["savetxt"] = Native("savetxt", _save_text)
    members["savez"] = members["savez_compressed"] = Native("savez", _save_several)
    members["fromstring"] = Native("fromstring", _numbers)
    members["linalg"].members["LinAlgError"] = ErrorClass(np.linalg.LinAlgError)
    publish(char, strings, library, tricks, emath)
