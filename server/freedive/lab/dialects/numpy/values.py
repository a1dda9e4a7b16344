"""Arrays, NumPy scalars and dtypes as values of a snippet."""

from __future__ import annotations

import operator
from collections.abc import Iterator
from typing import Any

import numpy as np

from freedive.lab import arrays
from freedive.lab.budget import Meter
from freedive.lab.door import Op, hand_over
from freedive.lab.exchange import Borrowed
from freedive.lab.kinds import Kind, Native, Property, register
from freedive.lab.operators import INPLACE, PLAIN, UNARY
from freedive.lab.problems import Refused
from freedive.lab.running import running
from freedive.lab.sizes import count
from freedive.lab.tables import counterparts


def _kind(name: str) -> tuple[str, str]:
    return ("contraction", "matmul") if name == "matmul" else ("elementwise", "")


NAMES = {
    "truediv": "divide",
    "sub": "subtract",
    "mul": "multiply",
    "mod": "remainder",
    "pow": "power",
    "floordiv": "floor_divide",
}
_ROWS = counterparts("np")
BINARY = {
    name: Op(NAMES.get(name, name), fn, *_kind(name), info=_ROWS.get(NAMES.get(name, name)))
    for name, fn in PLAIN.items()
}
INPLACE_OPS = {name: Op(f"{name}=", fn, "inplace", _kind(name)[1]) for name, fn in INPLACE.items()}
UNARY_OPS = {name: Op(name, fn, "elementwise") for name, fn in {**UNARY, "abs": operator.abs}.items()}


def _index_rule(meter: Meter, fn: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    value, index = args[0], args[1]
    parts = index if isinstance(index, tuple) else (index,)
    biggest, axis, taken = 0, 0, 1
    for part in parts:
        size = (
            part.size
            if isinstance(part, np.ndarray) and part.dtype != bool
            else len(part)
            if isinstance(part, list)
            else 0
        )
        if size and axis < value.ndim:
            taken *= max(1, value.shape[axis])
        biggest = max(biggest, size)
        axis += part is not None
    if biggest:
        meter.elements(biggest * max(1, value.size // taken))


def _get(value: Any, index: Any) -> Any:
    return value[index]


def _set(value: Any, index: Any, new: Any) -> Any:
    value[index] = new
    return value


GETITEM = Op("getitem", _get, "indexing", _index_rule)
SETITEM = Op("setitem", _set, "inplace", _index_rule)


class ArrayKind(Kind):
    """numpy.ndarray."""

    data = True

    name = "ndarray"
    rank = 31

    def binary(self, op: str, a: Any, b: Any) -> Any:
        return BINARY[op].call((a, b), {})

    def inplace(self, op: str, a: Any, b: Any) -> Any:
        if isinstance(a, np.ndarray):
            return INPLACE_OPS[op].call((a, b), {})
        return BINARY[op].call((a, b), {})

    def unary(self, op: str, value: Any) -> Any:
        return UNARY_OPS[op].call((value,), {})

    def compare(self, op: str, a: Any, b: Any) -> Any:
        return BINARY[op].call((a, b), {})

    def getitem(self, value: Any, index: Any) -> Any:
        return GETITEM.call((value, index), {})

    def setitem(self, value: Any, index: Any, new: Any) -> None:
        SETITEM.call((value, index, new), {})

    def setattr(self, value: Any, name: str, new: Any) -> None:
        if name != "shape":
            super().setattr(value, name, new)
        value.shape = new

    def iterate(self, value: Any) -> Iterator[Any]:
        if value.ndim == 0:
            raise TypeError("iteration over a 0-d array")
        return iter(value)

    def length(self, value: Any) -> int:
        return len(value)

    def truth(self, value: Any) -> bool:
        return bool(value)

    def contains(self, value: Any, item: Any) -> bool:
        return bool((value == item).any())

    def text(self, value: Any) -> str:
        text = str(value)
        running.meter.text(len(text))
        return text

    def repr(self, value: Any) -> str:
        text = repr(value)
        running.meter.text(len(text))
        return text

    def format(self, value: Any, spec: str) -> str:
        return format(value, spec)

    def number(self, value: Any, cls: type) -> Any:
        return cls(value)

    def index(self, value: Any) -> int:
        return operator.index(value)

    def round(self, value: Any, digits: int | None) -> Any:
        return np.round(value, digits or 0)

    def encode(self, value: Any, encoder: Any) -> dict[str, Any]:
        made: dict[str, Any] = {"kind": "ndarray", **encoder.numbers(value), "device": "cpu"}
        made["contiguous"] = bool(value.flags["C_CONTIGUOUS"])
        note = running.recorder.notes.get(id(value)) if running.recorder is not None else None
        made["tensor"] = note.id if note is not None else None
        if value.size <= encoder.written:
            made["repr"] = encoder.clip(repr(value))
        return made


class ScalarKind(ArrayKind):
    """np.float64(1.5) and its like."""

    name = "scalar"
    rank = 30

    def unary(self, op: str, value: Any) -> Any:
        return {**UNARY, "abs": operator.abs}[op](value)

    def inplace(self, op: str, a: Any, b: Any) -> Any:
        return self.binary(op, a, b)  # a scalar never changes

    def binary(self, op: str, a: Any, b: Any) -> Any:
        if isinstance(a, np.generic | int | float) and isinstance(b, np.generic | int | float):
            return PLAIN[op](a, b)
        return super().binary(op, a, b)

    def compare(self, op: str, a: Any, b: Any) -> Any:
        return PLAIN[op](a, b)

    def getitem(self, value: Any, index: Any) -> Any:
        if index == ():
            return value
        raise IndexError("invalid index to scalar variable.")

    def setitem(self, value: Any, index: Any, new: Any) -> None:
        Kind.setitem(self, value, index, new)

    def setattr(self, value: Any, name: str, new: Any) -> None:
        Kind.setattr(self, value, name, new)

    def iterate(self, value: Any) -> Iterator[Any]:
        raise TypeError(f"'{self.type_name(value)}' object is not iterable")

    def length(self, value: Any) -> int:
        raise TypeError(f"object of type '{self.type_name(value)}' has no len()")

    def encode(self, value: Any, encoder: Any) -> dict[str, Any]:
        return {
            "kind": "scalar", "data": arrays.finite(value.item()), "dtype": str(value.dtype), "shape": [],
            "repr": encoder.clip(repr(value)),
        }  # fmt: skip


class RowKind(ScalarKind):
    """One row of a structured array, such as data[0]."""

    def getitem(self, value: Any, index: Any) -> Any:
        return value[index]

    def setitem(self, value: Any, index: Any, new: Any) -> None:
        value[index] = new

    def iterate(self, value: Any) -> Iterator[Any]:
        return iter(value.item())

    def length(self, value: Any) -> int:
        return len(value)

    def encode(self, value: Any, encoder: Any) -> dict[str, Any]:
        return {"kind": "scalar", "data": str(value), "dtype": str(value.dtype), "shape": [], "repr": encoder.clip(repr(value))}  # fmt: skip


class DtypeKind(Kind):
    """np.dtype objects."""

    data = True

    name = "dtype"
    rank = 4

    def __init__(self) -> None:
        super().__init__()
        self.attributes = {
            "name": Property(lambda d: d.name), "itemsize": Property(lambda d: d.itemsize), "kind": Property(lambda d: d.kind),
            "type": Property(lambda d: _type(d)),
            "names": Property(lambda d: d.names), "char": Property(lambda d: d.char), "str": Property(lambda d: d.str),
            "shape": Property(lambda d: d.shape), "alignment": Property(lambda d: d.alignment), "byteorder": Property(lambda d: d.byteorder),
        }  # fmt: skip

    def type_name(self, value: Any) -> str:
        return type(value).__name__

    def compare(self, op: str, a: Any, b: Any) -> Any:
        if op not in ("eq", "ne"):
            return super().compare(op, a, b)
        try:
            equal = np.dtype(hand_over(a)) == np.dtype(hand_over(b))
        except TypeError:
            equal = False
        return equal is (op == "eq")

    def text(self, value: Any) -> str:
        return str(value)

    def repr(self, value: Any) -> str:
        return repr(value)

    def encode(self, value: Any, encoder: Any) -> dict[str, Any]:
        return {"kind": "dtype", "data": str(value), "repr": repr(value)}


def _type(dtype: Any) -> Any:
    from freedive.lab.types import type_of

    return type_of(dtype.type())


class FlagsKind(Kind):
    """x.flags."""

    name = "object"

    def getitem(self, value: Any, index: Any) -> Any:
        return value[index]

    def setattr(self, value: Any, name: str, new: Any) -> None:
        if name != "writeable":
            super().setattr(value, name, new)
        value.writeable = bool(new)

    def dir(self, value: Any) -> list[str]:
        return ["c_contiguous", "f_contiguous", "owndata", "writeable"]

    def getattr(self, value: Any, name: str) -> Any:
        if name in self.dir(value):
            return getattr(value, name)
        return super().getattr(value, name)

    def repr(self, value: Any) -> str:
        return str(value)


ARRAY = ArrayKind()
SCALAR = ScalarKind()
register(ARRAY, np.ndarray)
register(SCALAR, np.generic)
register(RowKind(), np.void)
register(DtypeKind(), np.dtype)
register(FlagsKind(), type(np.zeros(1).flags))


# ------------------------------------------------------------ methods
METHODS: dict[str, tuple[str, str]] = {
    **dict.fromkeys(("reshape", "ravel", "flatten", "transpose", "squeeze", "swapaxes", "diagonal"), ("movement", "none")),
    "repeat": ("movement", "repeats"),
    **dict.fromkeys(("take", "nonzero", "argsort", "searchsorted", "compress", "choose", "argpartition"), ("indexing", "none")),
    **dict.fromkeys(("sum", "mean", "std", "var", "min", "max", "argmin", "argmax", "prod", "cumsum", "cumprod", "any", "all", "trace"), ("reduction", "none")),
    "dot": ("contraction", "matmul"),
    **dict.fromkeys(("astype", "copy", "clip", "round", "conj"), ("elementwise", "none")),
    **dict.fromkeys(("fill", "sort", "put", "partition", "itemset"), ("inplace", "none")),
}  # fmt: skip


def _method(name: str) -> Any:
    def run(value: Any, *args: Any, **kwargs: Any) -> Any:
        made = getattr(value, name)(*args, **kwargs)
        return made

    run.__name__ = name
    run.__doc__ = getattr(getattr(np.ndarray, name, None), "__doc__", "")
    return run


def _tolist(value: Any) -> Any:
    size = int(getattr(value, "size", 1))
    running.meter.items(size)
    running.meter.room(size)
    return value.tolist()


def _view(value: Any, dtype: Any = None) -> Any:
    if dtype is None:
        return value.view()
    if not isinstance(dtype, type | np.dtype | str | list):
        raise Refused("x.view() takes a dtype in the lab")
    return value.view(dtype)


def load_methods() -> None:
    table = ARRAY.attributes
    for name, (kind, rule) in METHODS.items():
        if hasattr(np.ndarray, name):
            table[name] = Op(name, _method(name), kind, rule, info=_ROWS.get(name))
    table["tolist"] = Native("tolist", _tolist)
    table["item"] = Borrowed("item", lambda x, *i: x.item(*i))
    table["view"] = Op("view", _view, "movement", "none")
    table["numpy"] = Native("numpy", lambda x: x)
    for name in ("shape", "ndim", "size", "itemsize", "nbytes", "strides", "dtype", "flags", "real", "imag"):
        table[name] = Property((lambda n: lambda x: getattr(x, n))(name))
    transpose = Op("T", lambda x: x.T, "movement", "none")
    table["T"] = Property(lambda x: transpose.call((x,), {}))
    table["flat"] = Property(lambda x: list(x.flat[:20_000]))
    table.pop("numpy")
    SCALAR.attributes.update(
        {k: v for k, v in table.items() if k not in ("fill", "sort", "put", "partition", "flags")}
    )


__all__ = ["ARRAY", "BINARY", "SCALAR", "count", "load_methods"]
