"""TensorFlow's tensors, variables, shapes and dtypes as values of a snippet.

A little over 400 lines: one class for each type of value, all of which meet in operators.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch

from freedive.lab.arrays import DTYPE_NAMES
from freedive.lab.dialects.tensorflow.errors import InvalidArgument, kernel, not_allowed, refuse, sizes_of
from freedive.lab.dialects.tensorflow.like_numpy import method
from freedive.lab.dialects.tensorflow.symbols import TRACING, not_in_graph
from freedive.lab.dialects.tensorflow.tensors import (
    DTYPES,
    DType,
    EagerTensor,
    TensorShape,
    Variable,
    _assign,
    arithmetic,
    convert,
    dtype_of,
    invalid_dtype,
    pair,
    run,
)
from freedive.lab.dialects.torch.values import BINARY, GETITEM, UNARY_OPS
from freedive.lab.door import Op, hand_over
from freedive.lab.kinds import Kind, Native, Property, kind_of, register
from freedive.lab.plain import SequenceKind, same, show_inside
from freedive.lab.problems import nearest
from freedive.lab.running import running
from freedive.lab.types import TypeRef, publish_type

T = torch.Tensor


# ------------------------------------------------------------ kinds
class TensorKind(Kind):
    """tf.Tensor."""

    name = "tensor"
    rank = 60

    def type_name(self, value: Any) -> str:
        if value.symbol is not None:
            return "SymbolicTensor"
        return "ResourceVariable" if isinstance(value, Variable) else "EagerTensor"

    def class_of(self, value: Any) -> Any:
        if value.symbol is not None:
            return SYMBOLIC_TYPE
        return VARIABLE_TYPE if isinstance(value, Variable) else EAGER_TYPE

    def getattr(self, value: Any, name: str) -> Any:
        if value.symbol is not None:
            if name == "name":
                return value.symbol.name
            if name == "numpy":
                error: Any = AttributeError("'SymbolicTensor' object has no attribute 'numpy'")
                error.hint = (
                    "inside tf.function a tensor is a symbol without numbers; look at it with tf.print"
                )
                raise error
        if name not in self.attributes:
            found = method(value, name)
            if found is not None:
                return found
            error = AttributeError(self.missing(value, name))
            close = nearest(name, self.attributes)
            known = {"assign_add": "x[i].assign(x[i] + value)", "assign_sub": "x[i].assign(x[i] - value)", "reshape": "tf.reshape(x, shape)", "T": "tf.transpose(x)", "sum": "tf.reduce_sum(x)", "mean": "tf.reduce_mean(x)", "astype": "tf.cast(x, dtype)", "max": "tf.reduce_max(x)", "size": "tf.size(x)", "item": "x.numpy()", "backward": "a tf.GradientTape"}  # fmt: skip
            error.hint = (
                f"write {known[name]}"
                if name in known
                else (f"did you mean '{close}'?" if close else "TensorFlow has functions: tf.reduce_sum(x) …")
            )
            raise error
        return super().getattr(value, name)

    def missing(self, value: Any, name: str) -> str:
        """TensorFlow's words for an attribute that is not there: NumPy's methods are refused by another sentence."""
        if isinstance(value, Variable):
            return f"'ResourceVariable' object has no attribute '{name}'"
        if value.symbol is not None:
            words = "'SymbolicTensor' object" if name not in _NUMPYS else "SymbolicTensor object"
            return f"{words} has no attribute '{name}'" + ("." if name in _NUMPYS else "")
        if name in _NUMPYS:
            return f"EagerTensor object has no attribute '{name}'."
        if name in ("op", "name", "graph"):
            return f"Tensor.{name} is undefined when eager execution is enabled."
        return f"'tensorflow.python.framework.ops.EagerTensor' object has no attribute '{name}'"

    def binary(self, op: str, a: Any, b: Any) -> Any:
        if op == "mod" and isinstance(a, str):
            return kind_of(a).binary(op, a, b)
        if op in ("lshift", "rshift"):
            return super().binary(op, a, b)
        return arithmetic(op, a, b)

    def inplace(self, op: str, a: Any, b: Any) -> Any:
        return self.binary(op, a, b)

    def compare(self, op: str, a: Any, b: Any) -> Any:
        if (a is None or b is None or isinstance(a, str) or isinstance(b, str)) and op in ("eq", "ne"):
            return op == "ne"
        left, right = pair(kernel(op), a, b)
        if op in ("eq", "ne") and not _fit(left, right):
            return EagerTensor(torch.tensor(op == "ne"))
        return run(BINARY[op], (left, right))

    def unary(self, op: str, value: Any) -> Any:
        if op == "neg" and value.t.dtype == torch.bool:
            raise not_allowed("bool", "number")
        return run(UNARY_OPS[op], (value.read(),))

    def getitem(self, value: Any, index: Any) -> Any:
        t, at = value.read(), index_of(index)
        if isinstance(at, T) and at.dtype == torch.bool:
            return run(MASK_ROWS, (t, at))
        flips, at = backwards(t, at)
        if flips:
            return run(SLICED_BACK, (t, at, flips))
        return run(GETITEM, (t, at))

    def setitem(self, value: Any, index: Any, new: Any) -> None:
        full = (
            "tensorflow.python.framework.ops.EagerTensor"
            if not isinstance(value, Variable)
            else "ResourceVariable"
        )
        error = TypeError(f"'{full}' object does not support item assignment")
        error.hint = "tensors of TensorFlow never change; use a tf.Variable and x[i].assign(...)"  # type: ignore[attr-defined]
        raise error

    def iterate(self, value: Any) -> Iterator[Any]:
        if value.t.dim() == 0:
            raise TypeError("Cannot iterate over a scalar tensor.")
        if value.symbol is not None:
            hint = "write a for statement over it, or tf.unstack(x)"
            raise not_in_graph("Iterating over a symbolic `tf.Tensor`", hint)
        return (self.getitem(value, i) for i in range(len(value.t)))

    def length(self, value: Any) -> int:
        if value.t.dim() == 0:
            raise TypeError("Scalar tensor has no `len()`")
        return len(value.t)

    def truth(self, value: Any) -> bool:
        if value.symbol is not None and TRACING.on and not TRACING.autograph:
            raise not_in_graph(
                "Using a symbolic `tf.Tensor` as a Python `bool`", "write tf.cond(condition, f, g)"
            )
        if value.t.numel() != 1:
            raise ValueError(
                "The truth value of an array with more than one element is ambiguous. Use a.any() or a.all()"
            )
        return bool(value.t)

    def contains(self, value: Any, item: Any) -> bool:
        return bool((value.t == convert(item, like=value.t.dtype)).any())

    def number(self, value: Any, cls: type) -> Any:
        if value.t.numel() != 1 or value.t.dim():
            raise TypeError("only 0-dimensional arrays can be converted to Python scalars")
        return cls(value.t.item())

    def index(self, value: Any) -> int:
        return operator.index(value.t)

    def format(self, value: Any, spec: str) -> str:
        if value.symbol is not None:
            if spec:
                raise TypeError("unsupported format string passed to SymbolicTensor.__format__")
            return self.text(value)
        made = value.numpy()
        return format(made, spec) if spec else str(made)

    def round(self, value: Any, digits: int | None) -> Any:
        error: Any = AttributeError("EagerTensor object has no attribute 'astype'.")
        error.hint = "write tf.round(x), or round(float(x), digits)"
        raise error

    def text(self, value: Any) -> str:
        if value.symbol is not None:
            return f'Tensor("{value.symbol.name}", shape={_known(value)}, dtype={DTYPE_NAMES[value.t.dtype]})'
        body = str(value.numpy())
        running.meter.text(len(body))
        line = "\n" if "\n" in body else ""
        return f"tf.Tensor({line}{body}, shape={show_shape(value.t)}, dtype={DTYPE_NAMES[value.t.dtype]})"

    def repr(self, value: Any) -> str:
        if value.symbol is not None:
            return (
                f"<tf.Tensor '{value.symbol.name}' shape={_known(value)} dtype={DTYPE_NAMES[value.t.dtype]}>"
            )
        body = repr(value.t.detach().numpy()) if value.t.dim() else str(value.numpy())
        running.meter.text(len(body))
        line = "\n" if "\n" in body else ""
        return f"<tf.Tensor: shape={show_shape(value.t)}, dtype={DTYPE_NAMES[value.t.dtype]}, numpy={line}{body}>"

    def native(self, value: Any) -> Any:
        if value.symbol is not None:
            error: Any = NotImplementedError(
                f"Cannot convert a symbolic tf.Tensor ({value.symbol.name}) to a numpy array. This error may indicate that "
                "you're trying to pass a Tensor to a NumPy call, which is not supported."
            )
            error.hint = "inside tf.function use TensorFlow's own functions: tf.reduce_sum(x), tf.math …"
            raise error
        return value.numpy()

    def encode(self, value: Any, encoder: Any) -> dict[str, Any]:
        made = {"kind": self.name, **encoder.numbers(value.t)}
        made.update(requires_grad=False, is_leaf=True, grad_fn=None, device="cpu")
        note = running.recorder.notes.get(id(value.t)) if running.recorder is not None else None
        made["tensor"] = note.id if note is not None else None
        if value.t.numel() <= encoder.written:
            made["repr"] = encoder.clip(self.repr(value))
        return made


def _known(value: EagerTensor) -> str:
    """The shape that a graph knows of a symbol."""
    shape = value.symbol.shape if value.symbol is not None else None
    return show_shape(value.t) if shape is None else show_inside(shape, [])


def _shape(value: EagerTensor) -> TensorShape:
    shape = value.symbol.shape if value.symbol is not None else None
    return TensorShape(value.t.shape if shape is None else shape)


def _fit(left: T, right: T) -> bool:
    """Whether two shapes broadcast."""
    pairs = zip(reversed(left.shape), reversed(right.shape), strict=False)
    return all(p == q or 1 in (p, q) for p, q in pairs)


_NUMPYS = frozenset({"T", "astype", "ravel", "transpose", "reshape", "clip", "size", "tolist", "data"})


def backwards(t: T, index: Any) -> tuple[list[int], Any]:
    """An index with steps below zero as one with steps above zero and the result's axes to turn round."""
    parts = list(index) if isinstance(index, tuple) else [index]
    if not any(isinstance(p, slice) and (p.step or 1) < 0 for p in parts):
        return [], index
    flips: list[int] = []
    axis = made = 0
    for k, part in enumerate(parts):
        if part is Ellipsis:
            skipped = t.dim() - sum(p is not None and p is not Ellipsis for p in parts)
            axis, made = axis + skipped, made + skipped
            continue
        if isinstance(part, slice) and part.step is not None and part.step < 0:
            places = range(t.shape[axis])[part]
            parts[k] = slice(places[-1], places[0] + 1, -part.step) if len(places) else slice(0, 0)
            flips.append(made)
        made += part is None or isinstance(part, slice)
        axis += part is not None
    return flips, tuple(parts)


SLICED_BACK = Op("strided_slice", lambda x, at, flips: x[at].flip(flips), "indexing", "none")
MASK_ROWS = Op("boolean_mask", lambda x, mask: x[mask], "indexing", "none")


class VariableKind(TensorKind):
    """tf.Variable."""

    name = "variable"
    rank = 61

    def setattr(self, value: Any, name: str, new: Any) -> None:
        if name == "trainable":
            value.trainable = bool(new)
            return
        super().setattr(value, name, new)

    def getitem(self, value: Any, index: Any) -> Any:
        made = super().getitem(value, index)
        return Part(made.t, value, index_of(index))

    def inplace(self, op: str, a: Any, b: Any) -> Any:
        names = {"add": ("+", "assign_add"), "sub": ("-", "assign_sub"), "mul": ("*", ""), "truediv": ("/", ""), "pow": ("**", "")}  # fmt: skip
        if op not in names:
            return super().inplace(op, a, b)
        sign, way = names[op]
        instead = f"`variable.{way}(value)`" if way else f"`variable.assign(variable {sign} value)`"
        raise RuntimeError(
            f"`variable {sign}= value` with `tf.Variable`s is not supported. Use {instead} to modify the variable, "
            f"or `out = variable {sign} value` if you need to get a new output Tensor."
        )

    def text(self, value: Any) -> str:
        return self.repr(value)

    def repr(self, value: Any) -> str:
        body = repr(value.t.detach().numpy()) if value.t.dim() else str(value.numpy())
        running.meter.text(len(body))
        line = "\n" if "\n" in body else ""
        head = f"<tf.Variable '{value.name}:0' shape={show_shape(value.t)} dtype={DTYPE_NAMES[value.t.dtype]}"
        return f"{head}>" if TRACING.on else f"{head}, numpy={line}{body}>"


class Part(EagerTensor):
    """A piece of a variable: a tensor that can also be assigned back."""

    __slots__ = ("at", "owner")

    def __init__(self, t: T, owner: Variable, at: Any) -> None:
        super().__init__(t)
        self.owner = owner
        self.at = at


class PartKind(TensorKind):
    def __init__(self) -> None:
        super().__init__()

    def dir(self, value: Any) -> list[str]:
        return sorted(self.attributes)


def _assign_part(target: T, index: Any, new: T) -> T:
    TRACING.changes(target)
    with torch.no_grad():
        target[index] = new
    return target


ASSIGN_PART = Op("assign", _assign_part, "inplace", "none")


def _part_assign(part: Part, value: Any, **kwargs: Any) -> Variable:
    new = _matching(part.owner, value)
    ASSIGN_PART.call((part.owner.t, part.at, new), {})
    return part.owner


def _matching(variable: EagerTensor, value: Any) -> T:
    """A new value for a variable: the same dtype."""
    if isinstance(value, EagerTensor) and value.t.dtype != variable.t.dtype:
        raise invalid_dtype(value, variable.t.dtype)
    return convert(value, like=variable.t.dtype).detach()


def _variable_assign(op: str) -> Callable[..., Variable]:
    def assign(variable: Variable, value: Any, *args: Any, **kwargs: Any) -> Variable:
        new = _matching(variable, value)
        if op == "assign" and new.shape != variable.t.shape:
            raise ValueError(
                f"Cannot assign value to variable ' {variable.name}:0': Shape mismatch."
                f"The variable shape {show_shape(variable.t)}, and the assigned value shape {show_shape(new)} are incompatible."
            )
        if op != "assign" and new.shape != variable.t.shape:
            told = f"variable with shape {sizes_of(variable.t)} using a Tensor with shape {sizes_of(new)}"
            raise refuse(
                f"{op.title().replace('_', '')}VariableOp", f"Cannot update {told}, shapes must be equal."
            )
        ASSIGNS[op].call((variable.t, new), {})
        return variable

    return assign


def _variable_scatter(way: str) -> Callable[..., Variable]:
    def scatter(variable: Variable, indices: Any, updates: Any, name: Any = None) -> Variable:
        at = tuple(convert(indices).long().movedim(-1, 0))
        new = convert(updates, like=variable.t.dtype).detach()
        kept = variable.t.detach()
        ASSIGN_PART.call(
            (variable.t, at, new if way == "update" else kept[at] + new * (1 if way == "add" else -1)), {}
        )
        return variable

    return scatter


def _in_place(name: str) -> Callable[[T, T], T]:
    def change(target: T, new: T) -> T:
        TRACING.changes(target)
        with torch.no_grad():
            getattr(target, name)(new)
        return target

    return change


ASSIGNS = {
    "assign": Op("assign", _assign, "inplace", "none"), "assign_add": Op("assign_add", _in_place("add_"), "inplace"),
    "assign_sub": Op("assign_sub", _in_place("sub_"), "inplace"),
}  # fmt: skip


def index_of(index: Any) -> Any:
    if isinstance(index, list) and all(isinstance(each, int) for each in index):
        index = tuple(index)  # TensorFlow takes a list of numbers for one number an axis
    if isinstance(index, tuple):
        return tuple(index_of(each) for each in index)
    if isinstance(index, EagerTensor):
        if index.t.dtype == torch.bool:
            return index.t
        return int(index.t) if index.t.dim() == 0 else index.t.long()
    if isinstance(index, slice):
        return slice(
            *(None if p is None else int(kind_of(p).index(p)) for p in (index.start, index.stop, index.step))
        )
    if isinstance(index, list | float | str):
        raise TypeError(
            "Only integers, slices (`:`), ellipsis (`...`), tf.newaxis (`None`) and scalar tf.int32/tf.int64 tensors are valid "
            f"indices, got {index!r}"
        )
    return hand_over(index)


def show_shape(t: T) -> str:
    return show_inside(tuple(t.shape), [])


class ShapeKind(SequenceKind):
    """TensorShape."""

    name = "shape"
    rank = 2

    def __init__(self) -> None:
        super().__init__()
        self.attributes = {
            "as_list": Native("as_list", lambda s: list(s)), "num_elements": Native("num_elements", lambda s: int(np.prod(s))),
            "rank": Property(len), "ndims": Property(len), "dims": Property(lambda s: list(s)),
            "is_compatible_with": Native("is_compatible_with", lambda s, o: tuple(s) == tuple(o)),
        }  # fmt: skip

    def type_name(self, value: Any) -> str:
        return "TensorShape"

    def getitem(self, value: Any, index: Any) -> Any:
        made = super().getitem(value, index)
        return TensorShape(made) if isinstance(made, tuple) else made

    def binary(self, op: str, a: Any, b: Any) -> Any:
        if op == "add" and isinstance(a, list | tuple) and isinstance(b, list | tuple):
            return TensorShape((*a, *b))
        return super().binary(op, a, b)

    def compare(self, op: str, a: Any, b: Any) -> Any:
        both = isinstance(a, tuple | list) and isinstance(b, tuple | list)
        return same(op, tuple(a), tuple(b)) if both else super().compare(op, a, b)

    def text(self, value: Any) -> str:
        return show_inside(tuple(value), [])

    def repr(self, value: Any) -> str:
        return f"TensorShape({show_inside(list(value), [])})"

    def encode(self, value: Any, encoder: Any) -> dict[str, Any]:
        return {"kind": "shape", "data": list(value), "repr": self.repr(value)}


class DTypeKind(Kind):
    name = "dtype"
    rank = 5

    def __init__(self) -> None:
        super().__init__()
        self.attributes = {
            "name": Property(lambda d: d.name), "as_numpy_dtype": Property(lambda d: np.dtype(d.name)),
            "is_floating": Property(lambda d: d.torch.is_floating_point), "size": Property(lambda d: d.torch.itemsize),
            "max": Property(lambda d: _most(d, "max")), "min": Property(lambda d: _most(d, "min")),
            "is_integer": Property(lambda d: not (d.torch.is_floating_point or d.torch.is_complex or d.torch == torch.bool)),
            "is_bool": Property(lambda d: d.torch == torch.bool), "is_complex": Property(lambda d: d.torch.is_complex),
        }  # fmt: skip

    def compare(self, op: str, a: Any, b: Any) -> Any:
        if op not in ("eq", "ne"):
            return super().compare(op, a, b)
        try:
            equal = dtype_of(a) == dtype_of(b)
        except TypeError:
            equal = False
        return equal is (op == "eq")

    def text(self, value: Any) -> str:
        return f"<dtype: '{value.name}'>"

    def repr(self, value: Any) -> str:
        return f"tf.{value.name}"

    def native(self, value: Any) -> Any:
        return value.torch

    def encode(self, value: Any, encoder: Any) -> dict[str, Any]:
        return {"kind": "dtype", "data": value.name, "repr": f"tf.{value.name}"}


def _most(dtype: DType, which: str) -> Any:
    made = (torch.finfo if dtype.torch.is_floating_point else torch.iinfo)(dtype.torch)
    return (
        np.dtype(dtype.name).type(getattr(made, which))
        if dtype.torch.is_floating_point
        else getattr(made, which)
    )


TENSOR, VARIABLE, PART = TensorKind(), VariableKind(), PartKind()
register(TENSOR, EagerTensor)
register(VARIABLE, Variable)
register(PART, Part)
register(ShapeKind(), TensorShape)
register(DTypeKind(), DType)

EAGER_TYPE = TypeRef("EagerTensor", EagerTensor, module="tensorflow.python.framework.ops")
SYMBOLIC_TYPE = TypeRef("SymbolicTensor", EagerTensor, module="tensorflow.python.framework.ops")
VARIABLE_TYPE = TypeRef("ResourceVariable", Variable, module="tensorflow.python.ops.resource_variable_ops")
publish_type(EAGER_TYPE)
publish_type(SYMBOLIC_TYPE)
publish_type(VARIABLE_TYPE)


def load() -> None:
    common: dict[str, Any] = {
        "shape": Property(_shape), "dtype": Property(lambda x: DTYPES[DTYPE_NAMES[x.t.dtype]]),
        "ndim": Property(lambda x: x.t.dim()), "device": Property(lambda x: "/job:localhost/replica:0/task:0/device:CPU:0"),
        "numpy": Native("numpy", lambda x: x.numpy()), "get_shape": Native("get_shape", _shape),
        "ref": Native("ref", lambda x: running.identity(x)), "set_shape": Native("set_shape", lambda x, shape: None),
        "gpu": Native("gpu", _no_gpu), "cpu": Native("cpu", lambda x: x),
    }  # fmt: skip
    TENSOR.attributes.update(common)
    PART.attributes.update(common, assign=Native("assign", _part_assign))
    VARIABLE.attributes.update(
        common, name=Property(lambda v: f"{v.name}:0"), trainable=Property(lambda v: v.trainable),
        value=Native("value", lambda v: EagerTensor(v.read())), read_value=Native("read_value", lambda v: EagerTensor(v.read())),
        initialized_value=Native("initialized_value", lambda v: EagerTensor(v.read())),
        **{name: Native(name, _variable_assign(name)) for name in ASSIGNS},
        **{f"scatter_nd_{way}": Native(f"scatter_nd_{way}", _variable_scatter(way)) for way in ("update", "add", "sub")},
    )  # fmt: skip


def _no_gpu(value: Any) -> Any:
    raise InvalidArgument(
        "Could not satisfy device specification '/device:GPU:0': the lab computes on the CPU"
    )
