"""EagerTensor and Variable: immutable tensors, what goes in and out of them, and arithmetic that never promotes dtypes."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from freedive.lab.arrays import DTYPE_NAMES
from freedive.lab.dialects.tensorflow.errors import (
    SHORT,
    InvalidArgument,
    Unconvertible,
    invalid,
    kernel,
    not_allowed,
    refuse,
    sizes_of,
)
from freedive.lab.dialects.tensorflow.symbols import TRACING, Symbol
from freedive.lab.dialects.torch.values import BINARY
from freedive.lab.door import Op, hand_over, untraced
from freedive.lab.kinds import kind_of
from freedive.lab.operators import collect
from freedive.lab.running import running

T = torch.Tensor


class DType:
    """tf.float32 and its like."""

    def __init__(self, name: str, torch_dtype: torch.dtype) -> None:
        self.name = name
        self.torch = torch_dtype


DTYPES = {
    name: DType(name, getattr(torch, name))
    for name in ("float16", "bfloat16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "bool", "complex64", "complex128")
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
    if isinstance(value, int) and not isinstance(value, bool):
        value = _NUMBERED.get(value, value)
    try:
        name = value if isinstance(value, str) else np.dtype(value).name
    except TypeError:
        name = ""
    name = {"float": "float32", "double": "float64", "half": "float16"}.get(name, name)
    if name not in DTYPES:
        raise TypeError(f"Cannot convert the argument `type_value`: {value!r} to a TensorFlow DType.")
    return DTYPES[name].torch


_NUMBERED = {
    1: "float32",
    2: "float64",
    3: "int32",
    4: "uint8",
    5: "int16",
    6: "int8",
    9: "int64",
    10: "bool",
    19: "float16",
}
"""The numbers of the enumeration: tf.ones(2, 3) is a row of two ones of dtype 3, which is int32."""


class TensorShape(tuple[Any, ...]):
    """x.shape; None where a size is not known yet."""


class Recording:
    """Which tapes record now; without one nothing needs a graph."""

    def __init__(self) -> None:
        self.tapes: list[Any] = []


RECORDING = Recording()


class EagerTensor:
    """A tensor of TensorFlow: never changes. `mask` is set where Keras masks some of its steps."""

    __slots__ = ("__weakref__", "mask", "symbol", "t")
    mask: T | None
    symbol: Symbol | None
    """Set where the tensor is one of a graph that is being traced."""

    def __init__(self, t: T) -> None:
        self.t = t
        self.symbol = TRACING.symbol() if TRACING.on else None

    def __hash__(self) -> int:
        raise TypeError("Tensor is unhashable. Instead, use tensor.ref() as the key.")

    def read(self) -> T:
        return self.t

    def rows(self) -> list[Any]:
        """What the tensor holds along its first axis."""
        if not self.t.dim():
            raise TypeError("Cannot iterate over a scalar tensor.")
        running.meter.items(len(self.t))
        return [kind_of(self).getitem(self, k) for k in range(len(self.t))]

    def numpy(self) -> Any:
        made = self.t.detach().numpy().copy()
        return made if made.ndim else made[()]


class Variable(EagerTensor):
    """tf.Variable: the one thing that changes, by assign."""

    __slots__ = ("born", "name", "trainable")

    def __init__(self, t: T, trainable: bool = True, name: str = "Variable") -> None:
        trainable = bool(trainable)
        with untraced():
            t = t.detach().clone()
            if trainable and (t.is_floating_point() or t.is_complex()):
                t.requires_grad_()
        super().__init__(t)
        self.symbol = None
        TRACING.made += 1
        self.trainable = self.born = trainable
        self.name = name

    def read(self) -> T:
        """The value now. While a tape records it is a copy, so that a later assign cannot change what the tape saw."""
        if RECORDING.tapes and self.t.requires_grad:
            for tape in RECORDING.tapes:
                tape.saw(self)
            made = self.t.clone()
        else:
            made = self.t.detach()
        if running.recorder is not None:
            running.recorder.alias(made, self.t)
        return made

    def write(self, new: T) -> None:
        ASSIGN.call((self.t, new), {})


def _assign(target: T, new: T) -> T:
    TRACING.changes(target)
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
            raise invalid_dtype(value, dtype)
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
    number = dtype or like
    if isinstance(value, str) and number is not None:
        raise TypeError(f"Cannot convert {value!r} to EagerTensor of dtype {DTYPE_NAMES[number]}")
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
            if _holds_int(value)
            else torch.float32
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
        uneven = ValueError("Can't convert non-rectangular Python sequence to Tensor.")
        uneven.hint = f"every row must be as long as the first ({error})"  # type: ignore[attr-defined]
        raise uneven from None


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


def invalid_dtype(value: EagerTensor, wanted: torch.dtype) -> ValueError:
    shown = kind_of(value).repr(EagerTensor(value.t))
    error = ValueError(
        f"Tensor conversion requested dtype {DTYPE_NAMES[wanted]} for Tensor with dtype {DTYPE_NAMES[value.t.dtype]}: {shown}"
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
            made = wrap(op.apply(args, kwargs or {}))
            if TRACING.on and isinstance(made, EagerTensor):
                made.symbol = TRACING.symbol(_GRAPH_NAMES.get(op.name) or kernel(op.name))
            return made
    except (RuntimeError, IndexError) as error:
        if isinstance(error, InvalidArgument):
            raise
        raise invalid(op.name, args, error) from None


_GRAPH_NAMES = {
    **{name: name for name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow")},
    "matmul": "MatMul", "getitem": "strided_slice", "constant": "Const",
}  # fmt: skip
"""Operations that a graph calls otherwise than the kernel."""


def pair(name: str, a: Any, b: Any, place: int = 1) -> tuple[T, T]:
    """Two operands with the same dtype, or TensorFlow's refusal; `place` is where the second one stands."""
    if isinstance(a, EagerTensor):
        left = a.read()
        if isinstance(b, EagerTensor):
            right = b.read()
        elif name == "AddV2" and isinstance(b, int | float | list | tuple):
            # the one operator that does not look at the other operand's dtype first
            right = convert(b) if _holds(b, float) else convert(b, like=left.dtype)
        else:
            right = convert(b, like=left.dtype)
    elif isinstance(b, EagerTensor):
        right = b.read()
        left = convert(a, like=right.dtype)
    else:
        left = convert(a)
        right = convert(b, like=left.dtype)
    if left.dtype != right.dtype:
        first, second = DTYPE_NAMES[left.dtype], DTYPE_NAMES[right.dtype]
        raise refuse(
            name,
            f"cannot compute {name} as input #{place}(zero-based) was expected to be a {SHORT.get(first, first)} tensor "
            f"but is a {SHORT.get(second, second)} tensor",
            f"TensorFlow never converts by itself: tf.cast(x, tf.{first if 'float' in first else second})",
        )
    return left, right


def arithmetic(op: str, a: Any, b: Any) -> Any:
    left, right = pair(kernel(op), a, b)
    if left.dtype == torch.bool and op in _NOT_BOOL:
        raise not_allowed("bool", "number")
    if op == "truediv" and not left.is_floating_point() and not left.is_complex():
        wide = torch.float32 if left.dtype in (torch.int8, torch.uint8, torch.int16) else torch.float64
        left, right = left.to(wide), right.to(wide)
    if op == "matmul":
        check_product(left, right)
    return run(BINARY[op], (left, right))


_NOT_BOOL = frozenset({"add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul"})


def check_product(left: T, right: T) -> None:
    """Refuse two factors that do not fit, and leave the refused product in the trace."""
    error = _misfit(left, right)
    if error is not None:
        BINARY_FAIL(left, right, error)
        raise error


def _misfit(left: T, right: T) -> InvalidArgument | None:
    for k, t in enumerate((left, right)):
        if t.dim() < 2:
            return refuse(
                "MatMul", f"In[{k}] ndims must be >= 2", "tf.tensordot(a, b, 1) or tf.linalg.matvec(a, b)"
            )
    sizes = f"In[0]: {sizes_of(left)}, In[1]: {sizes_of(right)}"
    if left.shape[-1] != right.shape[-2]:
        hint = f"columns of the first ({left.shape[-1]}) must equal rows of the second ({right.shape[-2]}); tf.transpose one"
        return refuse("MatMul", f"Matrix size-incompatible: {sizes}", hint)
    batches = zip(reversed(left.shape[:-2]), reversed(right.shape[:-2]), strict=False)
    if any(p != q and 1 not in (p, q) for p, q in batches):
        told = (
            f"In[0] and In[1] must have compatible batch dimensions: {sizes_of(left)} vs. {sizes_of(right)}"
        )
        return refuse("BatchMatMulV2", told)
    return None


def BINARY_FAIL(left: T, right: T, error: Exception) -> None:
    """Leave the refused product in the trace."""
    recorder = running.recorder
    if recorder is not None and recorder.on:
        recorder.fail(BINARY["matmul"], "matmul", (left, right), {}, error)
