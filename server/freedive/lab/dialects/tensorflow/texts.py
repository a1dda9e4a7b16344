"""Tensors of text (`tf.constant("a")`) and tf.strings: what a first lesson shows of them, without a picture."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator
from typing import Any

import torch

from freedive.lab.dialects.tensorflow.errors import InvalidArgument, refuse
from freedive.lab.dialects.tensorflow.namespaces import TF
from freedive.lab.dialects.tensorflow.tensors import (
    DTYPES,
    DType,
    EagerTensor,
    TensorShape,
    convert,
    dtype_of,
)
from freedive.lab.importing import publish
from freedive.lab.kinds import Kind, Native, Property, kind_of, register, type_name
from freedive.lab.namespaces import Namespace
from freedive.lab.operators import collect
from freedive.lab.plain import show_inside
from freedive.lab.running import running
from freedive.lab.types import TypeRef, publish_type

STRING = DType("string", torch.uint8)


class Bytes:
    """What a text is once it is out of a tensor: b'...'."""

    def __init__(self, text: str) -> None:
        self.text = text


class TextTensor:
    """A tensor of text: its texts in a row, and its shape."""

    def __init__(self, items: list[str], shape: tuple[int, ...]) -> None:
        running.meter.text(sum(map(len, items)))
        self.items = items
        self.shape = shape


def holds_text(value: Any) -> bool:
    """Whether a constant made of the value is one of text."""
    while isinstance(value, list | tuple) and value:
        value = value[0]
    return isinstance(value, str | Bytes | TextTensor)


def text_of(value: Any) -> TextTensor:
    """Texts in nested lists as a tensor."""
    if isinstance(value, TextTensor):
        return value
    if isinstance(value, str | Bytes):
        return TextTensor([value if isinstance(value, str) else value.text], ())
    if not isinstance(value, list | tuple):
        raise InvalidArgument(
            f"Value for attr 'T' of {type_name(value)} is not in the list of allowed values: string"
        )
    parts = [text_of(each) for each in collect(value)]
    if len({part.shape for part in parts}) > 1:
        raise ValueError("Can't convert non-rectangular Python sequence to Tensor.")
    inner = parts[0].shape if parts else ()
    return TextTensor([text for part in parts for text in part.items], (len(parts), *inner))


def _nested(items: list[Any], shape: tuple[int, ...]) -> Any:
    if not shape:
        return items[0]
    step = math.prod(shape[1:])
    return [_nested(items[k * step : (k + 1) * step], shape[1:]) for k in range(shape[0])]


class BytesKind(Kind):
    name = "bytes"

    def __init__(self) -> None:
        super().__init__()
        self.attributes = {"decode": Native("decode", lambda b, encoding="utf-8", errors="strict": b.text)}

    def type_name(self, value: Any) -> str:
        return "bytes"

    def compare(self, op: str, a: Any, b: Any) -> Any:
        if isinstance(a, Bytes) and isinstance(b, Bytes):
            return getattr(operator, op)(a.text, b.text)
        return super().compare(op, a, b)

    def length(self, value: Any) -> int:
        return len(value.text.encode())

    def repr(self, value: Any) -> str:
        return repr(value.text.encode())


class TextTensorKind(Kind):
    """A tensor of dtype string."""

    name = "text"
    rank = 60

    def __init__(self) -> None:
        super().__init__()
        self.attributes = {
            "shape": Property(lambda x: TensorShape(x.shape)), "dtype": Property(lambda x: STRING), "ndim": Property(lambda x: len(x.shape)),
            "numpy": Native("numpy", lambda x: _nested([Bytes(t) for t in x.items], x.shape)), "get_shape": Native("get_shape", lambda x: TensorShape(x.shape)),
        }  # fmt: skip

    def type_name(self, value: Any) -> str:
        return "EagerTensor"

    def binary(self, op: str, a: Any, b: Any) -> Any:
        if op == "mod" and isinstance(a, str):
            return kind_of(a).binary(op, a, b)
        if not all(isinstance(each, TextTensor) or holds_text(each) for each in (a, b)):
            raise refuse(
                "Add",
                "cannot compute Add as input #1(zero-based) was expected to be a string tensor but is a number",
            )
        if op != "add":
            return super().binary(op, a, b)
        return _paired(operator.add, a, b)

    def compare(self, op: str, a: Any, b: Any) -> Any:
        if op not in ("eq", "ne") or not all(
            isinstance(each, TextTensor) or holds_text(each) for each in (a, b)
        ):
            return super().compare(op, a, b)
        made = _paired(getattr(operator, op), a, b)
        return EagerTensor(torch.tensor(made.items, dtype=torch.bool).reshape(made.shape))

    def getitem(self, value: Any, index: Any) -> Any:
        if not value.shape:
            raise refuse(
                "StridedSlice",
                "Index out of range using input dim 0; input has only 0 dims",
                name="strided_slice/",
            )
        rows = _nested(list(range(len(value.items))), value.shape)
        for each in index if isinstance(index, tuple) else (index,):
            rows = rows[each if isinstance(each, slice) else int(kind_of(each).index(each))]
        places = torch.tensor(rows)
        return TextTensor([value.items[k] for k in places.reshape(-1).tolist()], tuple(places.shape))

    def iterate(self, value: Any) -> Iterator[Any]:
        if not value.shape:
            raise TypeError("Cannot iterate over a scalar tensor.")
        return (self.getitem(value, k) for k in range(value.shape[0]))

    def length(self, value: Any) -> int:
        if not value.shape:
            raise TypeError("Scalar tensor has no `len()`")
        return int(value.shape[0])

    def _shown(self, value: Any, gap: str) -> str:
        if not value.shape:
            return repr(value.items[0].encode())
        rows = _nested([repr(t.encode()) for t in value.items], value.shape)
        return _bracketed(rows, gap, 7 if gap == ", " else 1)

    def text(self, value: Any) -> str:
        body = self._shown(value, " ")
        line = "\n" if "\n" in body else ""
        return f"tf.Tensor({line}{body}, shape={show_inside(tuple(value.shape), [])}, dtype=string)"

    def repr(self, value: Any) -> str:
        body = self._shown(value, ", ")
        body = f"array({body}, dtype=object)" if value.shape else body
        line = "\n" if "\n" in body else ""
        return f"<tf.Tensor: shape={show_inside(tuple(value.shape), [])}, dtype=string, numpy={line}{body}>"

    def encode(self, value: Any, encoder: Any) -> dict[str, Any]:
        return {
            "kind": self.name,
            "shape": list(value.shape),
            "dtype": "string",
            "repr": encoder.clip(self.repr(value)),
        }


def _bracketed(rows: Any, gap: str, indent: int) -> str:
    if isinstance(rows, str):
        return rows
    if rows and isinstance(rows[0], list):
        line = gap.strip() + "\n" + " " * indent
        return "[" + line.join(_bracketed(row, gap, indent + 1) for row in rows) + "]"
    return "[" + gap.join(rows) + "]"


def _paired(fn: Callable[[Any, Any], Any], a: Any, b: Any) -> TextTensor:
    left, right = text_of(a), text_of(b)
    places = torch.broadcast_tensors(  # type: ignore[no-untyped-call]
        torch.arange(len(left.items)).reshape(left.shape), torch.arange(len(right.items)).reshape(right.shape)
    )
    pairs = zip(places[0].reshape(-1).tolist(), places[1].reshape(-1).tolist(), strict=True)
    made = object.__new__(TextTensor)
    made.items, made.shape = [fn(left.items[p], right.items[q]) for p, q in pairs], tuple(places[0].shape)
    running.meter.text(sum(len(t) if isinstance(t, str) else 1 for t in made.items))
    return made


register(BytesKind(), Bytes)
register(TextTensorKind(), TextTensor)
publish_type(TypeRef("bytes", Bytes))


# ------------------------------------------------------------ tf.strings
def _each(name: str, fn: Callable[..., str]) -> Native:
    def call(input: Any, *args: Any, **kwargs: Any) -> Any:
        t = text_of(input)
        kwargs.pop("name", None)
        return TextTensor([fn(text, *args, **kwargs) for text in t.items], t.shape)

    return Native(name, call)


def _numbers(fn: Callable[[str], Any], input: Any, dtype: Any) -> EagerTensor:
    t = text_of(input)
    return EagerTensor(torch.tensor([fn(text) for text in t.items], dtype=dtype_of(dtype)).reshape(t.shape))


def _parsed(text: str) -> float:
    try:
        return float(text[:400])
    except ValueError:
        raise InvalidArgument(
            f"StringToNumberOp could not correctly convert string: {text[:80]} [Op:StringToNumber] name: "
        ) from None


def _split(input: Any, sep: Any = None, maxsplit: int = -1, name: Any = None) -> Any:
    t = text_of(input)
    if t.shape:
        error: Any = InvalidArgument(
            "the lab has no RaggedTensor, which the parts of several texts would need"
        )
        error.hint = "split one text at a time"
        raise error
    parts = t.items[0].split(sep or None, int(maxsplit))
    return TextTensor(parts, (len(parts),))


def _join(inputs: Any, separator: str = "", name: Any = None) -> Any:
    made, *rest = [text_of(each) for each in collect(inputs)]
    for each in rest:
        made = _paired(lambda a, b: a + separator + b, made, each)
    return made


def _reduce_join(
    inputs: Any, axis: Any = None, keepdims: bool = False, separator: str = "", name: Any = None
) -> Any:
    t = text_of(inputs)
    if axis is None or len(t.shape) == 1:
        return TextTensor([str(separator).join(t.items)], ())
    places = torch.arange(len(t.items)).reshape(t.shape).movedim(int(axis), -1)
    rows = places.reshape(-1, places.shape[-1]).tolist()
    return TextTensor(
        [str(separator).join(t.items[k] for k in row) for row in rows], tuple(places.shape[:-1])
    )


def _as_string(input: Any, precision: int = -1, **kwargs: Any) -> Any:
    t = convert(input)
    whole = not t.is_floating_point()
    digits = 6 if precision < 0 else min(int(precision), 99)
    shown = [
        ("true" if v else "false") if v is True or v is False else str(v) if whole else f"{v:.{digits}f}"
        for v in t.reshape(-1).tolist()
    ]
    return TextTensor(shown, tuple(t.shape))


def load() -> None:
    DTYPES["string"] = STRING
    strings = Namespace(
        "tensorflow.strings",
        {
            "upper": _each("upper", lambda text, encoding="": text.upper()), "lower": _each("lower", lambda text, encoding="": text.lower()),
            "strip": _each("strip", lambda text: text.strip()),
            "substr": _each("substr", lambda text, pos, len, unit="BYTE": text[int(pos) : int(pos) + int(len)]),
            "length": Native("length", lambda input, unit="BYTE", name=None: _numbers(lambda s: len(s if unit == "UTF8_CHAR" else s.encode()), input, "int32")),
            "to_number": Native("to_number", lambda input, out_type="float32", name=None: _numbers(_parsed, input, out_type)),
            "split": Native("split", _split), "join": Native("join", _join), "reduce_join": Native("reduce_join", _reduce_join),
            "as_string": Native("as_string", _as_string),
        },
        doc="Text in tensors.",
    )  # fmt: skip
    TF.members.update(strings=strings, string=STRING, as_string=strings.members["as_string"])
    publish(strings)
