"""EagerTensor, Variable, DType and TensorShape as values of a snippet. Each tensor wraps a torch tensor, `t`."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch

from freedive.lab.arrays import DTYPE_NAMES
from freedive.lab.dialects.tensorflow.errors import InvalidArgument, Unconvertible, invalid
from freedive.lab.dialects.torch.values import BINARY, GETITEM, UNARY_OPS
from freedive.lab.door import Op, hand_over, untraced
from freedive.lab.kinds import Kind, Native, Property, kind_of, register, type_name
from freedive.lab.operators import collect
from freedive.lab.plain import SequenceKind, same, show_inside
from freedive.lab.problems import nearest
from freedive.lab.running import running
from freedive.lab.types import TypeRef, publish_type

T = torch.Tensor


class DType:
    """tf.float32 and its like."""

    def __init__(self, name: str, torch_dtype: torch.dtype) -> None:
        self.name = name
        self.torch = torch_dtype


DTYPES = {
    name: DType(name, getattr(torch, name))
    for name in ("float16", "bfloat16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8", "bool", "complex64", "complex128")
}  # fmt: skip


def dtype_of(value: Any) -> torch.dtype:
    """A dtype given as tf.float32, 'float32', np.float32, float or an array's dtype."""
    if isinstance(value, DType):
        return value.torch
    if isinstance(value, torch.dtype):
        return value
    value = getattr(value, "python", value)
    if value is float:
        return torch.float32
    if value is int:
        return torch.int32
    if value is bool:
        return torch.bool
    name = value if isinstance(value, str) else np.dtype(value).name
    if name not in DTYPES:
        raise TypeError(f"Cannot convert {value!r} to a TensorFlow DType.")
    return DTYPES[name].torch


class TensorShape(tuple[int, ...]):
    """x.shape."""


class Recording:
    """Which tapes record now; without one nothing needs a graph."""

    def __init__(self) -> None:
        self.tapes: list[Any] = []


RECORDING = Recording()


class EagerTensor:
    """A tensor of TensorFlow: never changes."""

    __slots__ = ("__weakref__", "t")

    def __init__(self, t: T) -> None:
        self.t = t

    def read(self) -> T:
        return self.t

    def numpy(self) -> Any:
        made = self.t.detach().numpy().copy()
        return made if made.ndim else made[()]


class Variable(EagerTensor):
    """tf.Variable: the one thing that changes, by assign."""

    __slots__ = ("name", "trainable")

    def __init__(self, t: T, trainable: bool = True, name: str = "Variable") -> None:
        trainable = bool(trainable)
        with untraced():
            t = t.detach().clone()
            if trainable and (t.is_floating_point() or t.is_complex()):
                t.requires_grad_()
        super().__init__(t)
        self.trainable = trainable
        self.name = name

    def read(self) -> T:
        """The value now. While a tape records it is a copy, so that a later assign cannot change what the tape saw."""
        if RECORDING.tapes and self.t.requires_grad:
            return self.t.clone()
        return self.t.detach()

    def write(self, new: T) -> None:
        ASSIGN.call((self.t, new), {})


def _assign(target: T, new: T) -> T:
    with torch.no_grad():
        target.copy_(new)
    return target


ASSIGN = Op("assign", _assign, "inplace", "none")


# ------------------------------------------------------------ in and out
def convert(value: Any, dtype: torch.dtype | None = None, like: torch.dtype | None = None) -> T:
    """Anything as a torch tensor, by TensorFlow's rules; `like` is the dtype a plain number takes beside a tensor."""
    if isinstance(value, EagerTensor):
        made = value.read()
        if dtype is not None and made.dtype != dtype:
            raise invalid_dtype(made.dtype, dtype)
        return made
    if isinstance(value, TensorShape):
        value = list(value)
    value = _numbers(value)
    if isinstance(value, T):
        return value if dtype is None else value.to(dtype)
    if isinstance(value, np.ndarray | np.generic):
        array = (
            torch.from_numpy(np.array(value, copy=True))
            if isinstance(value, np.ndarray)
            else torch.tensor(value)
        )
        wanted = dtype or like
        return array.to(wanted) if wanted is not None else array
    if isinstance(value, str) or value is None:
        raise Unconvertible(
            f"Attempt to convert a value ({value!r}) with an unsupported type ({type(value)}) to a Tensor."
        )
    wanted = dtype
    if wanted is None and like is not None:
        if not like.is_floating_point and not like.is_complex and _holds(value, float):
            raise TypeError(f"Cannot convert {value!r} to EagerTensor of dtype {DTYPE_NAMES[like]}")
        wanted = like
    if wanted is None:
        wanted = (
            torch.float32
            if _holds(value, float)
            else torch.bool
            if _holds(value, bool) and not _holds_int(value)
            else torch.int32
        )
    try:
        with untraced():
            if (
                dtype is not None
                and not dtype.is_floating_point
                and not dtype.is_complex
                and _holds(value, float)
            ):
                raise TypeError(f"Cannot convert {value!r} to EagerTensor of dtype {DTYPE_NAMES[dtype]}")
            return torch.tensor(value, dtype=wanted)
    except ValueError as error:
        raise ValueError(f"Can't convert non-rectangular Python sequence to Tensor. ({error})") from None


def _holds(value: Any, cls: type) -> bool:
    if isinstance(value, list | tuple):
        return any(_holds(each, cls) for each in value)
    if isinstance(value, T):
        return value.is_floating_point() if cls is float else value.dtype == torch.bool
    return isinstance(value, cls) or (cls is float and isinstance(value, np.floating))


def _holds_int(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return any(_holds_int(each) for each in value)
    return isinstance(value, int) and not isinstance(value, bool)


def _numbers(value: Any) -> Any:
    """Nested lists that may hold tensors, arrays, ranges and generators, as nested lists of numbers."""
    if isinstance(value, EagerTensor):
        return value.numpy() if value.t.dim() else value.t.item()
    if isinstance(value, list | tuple) and not isinstance(value, TensorShape):
        return (
            [_numbers(each) for each in value]
            if any(type(e) not in (int, float, bool) for e in value)
            else list(value)
        )
    if isinstance(value, range):
        return collect(value)
    if isinstance(value, int | float | bool | str | np.ndarray | np.generic | T) or value is None:
        return value
    return hand_over(value)


def invalid_dtype(got: torch.dtype, wanted: torch.dtype) -> ValueError:
    error = ValueError(
        f"Tensor conversion requested dtype {DTYPE_NAMES[wanted]} for Tensor with dtype {DTYPE_NAMES[got]}"
    )
    error.hint = f"convert it first: tf.cast(x, tf.{DTYPE_NAMES[wanted]})"  # type: ignore[attr-defined]
    return error


def wrap(value: Any) -> Any:
    if isinstance(value, T):
        return EagerTensor(value)
    if type(value) in (list, tuple):
        return type(value)(wrap(each) for each in value)
    return value


def run(op: Op, args: tuple[Any, ...], kwargs: dict[str, Any] | None = None) -> Any:
    """An operation on torch tensors under TensorFlow's rules: no graph without a tape, its own errors."""
    try:
        with torch.set_grad_enabled(bool(RECORDING.tapes)):
            return wrap(op.apply(args, kwargs or {}))
    except (RuntimeError, IndexError) as error:
        if isinstance(error, InvalidArgument):
            raise
        raise invalid(op.name, args, error) from None


OP_NAMES = {
    "add": "AddV2", "sub": "Sub", "mul": "Mul", "truediv": "RealDiv", "floordiv": "FloorDiv", "mod": "FloorMod", "pow": "Pow",
    "matmul": "MatMul", "lt": "Less", "le": "LessEqual", "gt": "Greater", "ge": "GreaterEqual", "eq": "Equal",
    "ne": "NotEqual", "and": "LogicalAnd", "or": "LogicalOr", "xor": "LogicalXor",
}  # fmt: skip


def pair(name: str, a: Any, b: Any) -> tuple[T, T]:
    """Two operands with the same dtype, or TensorFlow's refusal."""
    if isinstance(a, EagerTensor):
        left = a.read()
        right = b.read() if isinstance(b, EagerTensor) else convert(b, like=left.dtype)
    elif isinstance(b, EagerTensor):
        right = b.read()
        left = convert(a, like=right.dtype)
    else:
        left = convert(a)
        right = convert(b, like=left.dtype)
    if left.dtype != right.dtype:
        first, second = DTYPE_NAMES[left.dtype], DTYPE_NAMES[right.dtype]
        short = {"float32": "float", "float64": "double", "float16": "half"}
        error = InvalidArgument(
            f"cannot compute {name} as input #1(zero-based) was expected to be a {short.get(first, first)} tensor "
            f"but is a {short.get(second, second)} tensor [Op:{name}] name: "
        )
        error.hint = (
            f"TensorFlow never converts by itself: tf.cast(x, tf.{first if 'float' in first else second})"
        )
        raise error
    return left, right


def arithmetic(op: str, a: Any, b: Any) -> Any:
    left, right = pair(OP_NAMES.get(op, op), a, b)
    if op == "truediv" and not left.is_floating_point() and not left.is_complex():
        wide = torch.float32 if left.dtype in (torch.int8, torch.uint8, torch.int16) else torch.float64
        left, right = left.to(wide), right.to(wide)
    if op == "matmul":
        check_product(left, right)
    return run(BINARY[op], (left, right))


def check_product(left: T, right: T) -> None:
    if left.dim() < 2 or right.dim() < 2:
        raise InvalidArgument(
            f"In[0] and In[1] ndims must be >= 2: {min(left.dim(), right.dim())} [Op:MatMul] name: "
        )
    if left.shape[-1] != right.shape[-2]:
        error = InvalidArgument(
            f"Matrix size-incompatible: In[0]: [{_sizes(left)}], In[1]: [{_sizes(right)}] [Op:MatMul] name: "
        )
        error.hint = f"columns of the first ({left.shape[-1]}) must equal rows of the second ({right.shape[-2]}); tf.transpose one"
        BINARY_FAIL(left, right, error)
        raise error


def BINARY_FAIL(left: T, right: T, error: Exception) -> None:
    """Leave the refused product in the trace."""
    recorder = running.recorder
    if recorder is not None and recorder.on:
        recorder.fail(BINARY["matmul"], "matmul", (left, right), {}, error)


def _sizes(t: T) -> str:
    return ",".join(map(str, t.shape))


# ------------------------------------------------------------ kinds
class TensorKind(Kind):
    """tf.Tensor."""

    name = "tensor"
    rank = 60

    def type_name(self, value: Any) -> str:
        return "ResourceVariable" if isinstance(value, Variable) else "EagerTensor"

    def class_of(self, value: Any) -> Any:
        return VARIABLE_TYPE if isinstance(value, Variable) else EAGER_TYPE

    def getattr(self, value: Any, name: str) -> Any:
        if name not in self.attributes:
            error: Any = AttributeError(f"'{self.type_name(value)}' object has no attribute '{name}'.")
            close = nearest(name, self.attributes)
            known = {"reshape": "tf.reshape(x, shape)", "T": "tf.transpose(x)", "sum": "tf.reduce_sum(x)", "mean": "tf.reduce_mean(x)", "astype": "tf.cast(x, dtype)", "max": "tf.reduce_max(x)", "size": "tf.size(x)", "item": "x.numpy()", "backward": "a tf.GradientTape"}  # fmt: skip
            error.hint = (
                f"write {known[name]}"
                if name in known
                else (f"did you mean '{close}'?" if close else "TensorFlow has functions: tf.reduce_sum(x) …")
            )
            raise error
        return super().getattr(value, name)

    def binary(self, op: str, a: Any, b: Any) -> Any:
        if op in ("lshift", "rshift"):
            return super().binary(op, a, b)
        return arithmetic(op, a, b)

    def inplace(self, op: str, a: Any, b: Any) -> Any:
        return self.binary(op, a, b)

    def compare(self, op: str, a: Any, b: Any) -> Any:
        if (a is None or b is None or isinstance(a, str) or isinstance(b, str)) and op in ("eq", "ne"):
            return op == "ne"
        return run(BINARY[op], pair(OP_NAMES[op], a, b))

    def unary(self, op: str, value: Any) -> Any:
        return run(UNARY_OPS[op], (value.read(),))

    def getitem(self, value: Any, index: Any) -> Any:
        return run(GETITEM, (value.read(), index_of(index)))

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
        return (self.getitem(value, i) for i in range(len(value.t)))

    def length(self, value: Any) -> int:
        if value.t.dim() == 0:
            raise TypeError("Scalar tensor has no `len()`")
        return len(value.t)

    def truth(self, value: Any) -> bool:
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
        return format(value.numpy(), spec) if spec else self.text(value)

    def round(self, value: Any, digits: int | None) -> Any:
        return run(ROUND, (value.read(),))

    def text(self, value: Any) -> str:
        body = str(value.numpy())
        running.meter.text(len(body))
        line = "\n" if value.t.dim() > 1 else ""
        return f"tf.Tensor({line}{body}, shape={show_shape(value.t)}, dtype={DTYPE_NAMES[value.t.dtype]})"

    def repr(self, value: Any) -> str:
        body = repr(value.t.detach().numpy()) if value.t.dim() else str(value.numpy())
        running.meter.text(len(body))
        line = "\n" if value.t.dim() > 1 else ""
        return f"<tf.Tensor: shape={show_shape(value.t)}, dtype={DTYPE_NAMES[value.t.dtype]}, numpy={line}{body}>"

    def native(self, value: Any) -> Any:
        return value.numpy()

    def encode(self, value: Any, encoder: Any) -> dict[str, Any]:
        made = {"kind": self.name, **encoder.numbers(value.t)}
        made.update(requires_grad=False, is_leaf=True, grad_fn=None, device="cpu")
        note = running.recorder.notes.get(id(value.t)) if running.recorder is not None else None
        made["tensor"] = note.id if note is not None else None
        if value.t.numel() <= 1000:
            made["repr"] = encoder.clip(self.repr(value))
        return made


ROUND = Op("round", torch.round, "elementwise")


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

    def text(self, value: Any) -> str:
        return self.repr(value)

    def repr(self, value: Any) -> str:
        body = repr(value.t.detach().numpy()) if value.t.dim() else str(value.numpy())
        running.meter.text(len(body))
        line = "\n" if value.t.dim() > 1 else ""
        return f"<tf.Variable '{value.name}:0' shape={show_shape(value.t)} dtype={DTYPE_NAMES[value.t.dtype]}, numpy={line}{body}>"


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
    with torch.no_grad():
        target[index] = new
    return target


ASSIGN_PART = Op("assign", _assign_part, "inplace", "none")


def _part_assign(part: Part, value: Any, **kwargs: Any) -> Variable:
    new = _matching(part.owner, value)
    ASSIGN_PART.call((part.owner.t, part.at, new), {})
    return part.owner


def _matching(variable: EagerTensor, value: Any) -> T:
    """A new value for a variable: same dtype, a shape that fits."""
    if isinstance(value, EagerTensor) and value.t.dtype != variable.t.dtype:
        raise _with_hint(
            InvalidArgument(
                f"Trying to assign to variable with dtype {DTYPE_NAMES[variable.t.dtype]} a value of dtype {DTYPE_NAMES[value.t.dtype]}"
            ),
            f"tf.cast(value, tf.{DTYPE_NAMES[variable.t.dtype]})",
        )
    return convert(value, like=variable.t.dtype).detach()


def _with_hint(error: Any, hint: str) -> Any:
    error.hint = hint
    return error


def _variable_assign(op: str) -> Callable[..., Variable]:
    def assign(variable: Variable, value: Any, *args: Any, **kwargs: Any) -> Variable:
        new = _matching(variable, value)
        if op == "assign" and new.shape != variable.t.shape:
            raise ValueError(
                f"Cannot assign value to variable '{variable.name}:0': Shape mismatch. "
                f"The variable shape {show_shape(variable.t)}, and the assigned value shape {show_shape(new)} are incompatible."
            )
        ASSIGNS[op].call((variable.t, new), {})
        return variable

    return assign


def _in_place(name: str) -> Callable[[T, T], T]:
    def change(target: T, new: T) -> T:
        with torch.no_grad():
            getattr(target, name)(new)
        return target

    return change


ASSIGNS = {
    "assign": Op("assign", _assign, "inplace", "none"), "assign_add": Op("assign_add", _in_place("add_"), "inplace"),
    "assign_sub": Op("assign_sub", _in_place("sub_"), "inplace"),
}  # fmt: skip


def index_of(index: Any) -> Any:
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
            "max": Property(lambda d: (torch.finfo if d.torch.is_floating_point else torch.iinfo)(d.torch).max),
            "min": Property(lambda d: (torch.finfo if d.torch.is_floating_point else torch.iinfo)(d.torch).min),
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


TENSOR, VARIABLE, PART = TensorKind(), VariableKind(), PartKind()
register(TENSOR, EagerTensor)
register(VARIABLE, Variable)
register(PART, Part)
register(ShapeKind(), TensorShape)
register(DTypeKind(), DType)

EAGER_TYPE = TypeRef("EagerTensor", EagerTensor, module="tensorflow.python.framework.ops")
VARIABLE_TYPE = TypeRef("ResourceVariable", Variable, module="tensorflow.python.ops.resource_variable_ops")
publish_type(EAGER_TYPE)
publish_type(VARIABLE_TYPE)


def _fill_attributes() -> None:
    common: dict[str, Any] = {
        "shape": Property(lambda x: TensorShape(x.t.shape)), "dtype": Property(lambda x: DTYPES[DTYPE_NAMES[x.t.dtype]]),
        "ndim": Property(lambda x: x.t.dim()), "device": Property(lambda x: "/job:localhost/replica:0/task:0/device:CPU:0"),
        "numpy": Native("numpy", lambda x: x.numpy()), "get_shape": Native("get_shape", lambda x: TensorShape(x.t.shape)),
        "ref": Native("ref", lambda x: running.identity(x)), "set_shape": Native("set_shape", lambda x, shape: None),
        "gpu": Native("gpu", _no_gpu), "cpu": Native("cpu", lambda x: x),
    }  # fmt: skip
    TENSOR.attributes.update(common)
    PART.attributes.update(common, assign=Native("assign", _part_assign))
    for op, sign in (("assign_add", 1), ("assign_sub", -1)):
        PART.attributes[op] = Native(
            op,
            (
                lambda s: (
                    lambda part, value: _part_assign(
                        part, EagerTensor(part.t.detach() + s * _matching(part.owner, value))
                    )
                )
            )(sign),
        )
    VARIABLE.attributes.update(
        common, name=Property(lambda v: f"{v.name}:0"), trainable=Property(lambda v: v.trainable),
        value=Native("value", lambda v: EagerTensor(v.read())), read_value=Native("read_value", lambda v: EagerTensor(v.read())),
        initialized_value=Native("initialized_value", lambda v: EagerTensor(v.read())),
        **{name: Native(name, _variable_assign(name)) for name in ASSIGNS},
    )  # fmt: skip


def _no_gpu(value: Any) -> Any:
    raise InvalidArgument(
        "Could not satisfy device specification '/device:GPU:0': the lab computes on the CPU"
    )


_fill_attributes()

__all__ = [
    "DTYPES",
    "EagerTensor",
    "Part",
    "TensorShape",
    "Variable",
    "arithmetic",
    "convert",
    "dtype_of",
    "pair",
    "run",
    "type_name",
    "wrap",
]
