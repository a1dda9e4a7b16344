"""TensorFlow's own error classes and messages."""

from __future__ import annotations

import re
from typing import Any

import torch


class InvalidArgument(Exception):
    """tf.errors.InvalidArgumentError."""

    lab_mro = ("InvalidArgumentError", "OpError", "Exception")
    hint: str | None = None


class Unimplemented(Exception):
    """tf.errors.UnimplementedError."""

    lab_mro = ("UnimplementedError", "OpError", "Exception")
    hint: str | None = None


class Unconvertible(ValueError):
    """A value that cannot become a tensor."""

    lab_mro = ("ValueError", "Exception")


NAMES = {
    "add": "AddV2", "sub": "Sub", "mul": "Mul", "truediv": "RealDiv", "floordiv": "FloorDiv", "mod": "FloorMod", "pow": "Pow",
    "lt": "Less", "le": "LessEqual", "gt": "Greater", "ge": "GreaterEqual", "eq": "Equal", "ne": "NotEqual",
    "inv": "MatrixInverse", "det": "MatrixDeterminant", "solve": "MatrixSolve", "concat": "ConcatV2", "gather": "GatherV2",
    "stack": "Pack", "unstack": "Unpack", "conv2d": "Conv2D", "topk": "TopKV2", "where": "SelectV2", "argmax": "ArgMax",
    "argmin": "ArgMin", "reduce_sum": "Sum", "reduce_mean": "Mean", "reduce_max": "Max", "reduce_min": "Min",
    "reduce_prod": "Prod", "reduce_all": "All", "reduce_any": "Any", "slice": "Slice", "pad": "Pad",
}  # fmt: skip
"""The kernel's name where it is not simply the function's in capitals."""


def kernel(name: str) -> str:
    """What TensorFlow calls the operation in `[Op:...]`."""
    return NAMES.get(name) or name.title().replace("_", "")


def refuse(op: str, text: str, hint: str | None = None, name: str | None = "") -> InvalidArgument:
    """An InvalidArgumentError of one operation; `name` None where TensorFlow tells none."""
    error = InvalidArgument(f"{text} [Op:{op}]" + ("" if name is None else f" name: {name}"))
    error.hint = hint
    return error


_FLOATS = "bfloat16, half, float, double, complex64, complex128"
_NUMBERS = "bfloat16, half, float, double, uint8, uint16, uint32, uint64, int8, int16, int32, int64, complex64, complex128"
_SUMS = "float, double, int32, uint8, int16, int8, complex64, int64, qint8, quint8, qint32, bfloat16, qint16, quint16, uint16, complex128, half, uint32, uint64"
_ALLOWED = {
    "float": _FLOATS, "number": _NUMBERS, "sum": _SUMS, "softmax": "half, bfloat16, float, double",
    "matrix": "double, float, half, complex64, complex128", "index": "int16, int32, int64", "depth": "uint8, int8, int32, int64",
}  # fmt: skip


def not_allowed(dtype: str, allowed: str, attribute: str = "T") -> InvalidArgument:
    """The refusal of a dtype that an operation does not take."""
    error = InvalidArgument(
        f"Value for attr '{attribute}' of {SHORT.get(dtype, dtype)} is not in the list of allowed values: {_ALLOWED[allowed]}"
    )
    whole = allowed in ("index", "depth")
    error.hint = f"tf.cast(x, tf.{'int32' if whole else 'float32'}) first"
    return error


SHORT = {"float32": "float", "float64": "double", "float16": "half"}
"""Dtypes that the kernels call by another name."""


def invalid(name: str, args: tuple[Any, ...], error: Exception) -> Exception:
    """A torch error in TensorFlow's words."""
    tensors = [a for a in args if isinstance(a, torch.Tensor)]
    shapes = ["[" + ",".join(map(str, t.shape)) + "]" for t in tensors]
    message = str(error)
    sizes = re.search(r"shape '\[(.*?)\]' is invalid for input of size (\d+)", message)
    if sizes:
        wanted = 1
        for size in sizes.group(1).split(", "):
            wanted *= int(size)
        return InvalidArgument(
            f"Input to reshape is a tensor with {sizes.group(2)} values, but the requested shape "
            f"{'requires a multiple of' if wanted < 0 else 'has'} {abs(wanted)} [Op:Reshape]"
        )
    op = kernel(name)
    axis = re.search(r"Dimension out of range .*but got (-?\d+)", message)
    if axis:
        return refuse(op, *_out_of_range(op, int(axis.group(1)), tensors))
    if "must match the size of tensor" in message and len(shapes) > 1:
        hint = "aligned from the right, two sizes fit when they are equal or one of them is 1"
        return refuse(op, f"Incompatible shapes: {shapes[0]} vs. {shapes[1]}", hint)
    if "Sizes of tensors must match" in message or "must have same number of dimensions" in message:
        return refuse(op, _not_joined(args), name="concat")
    if "stack expects each tensor" in message:
        inner = [t for t in args[0] if isinstance(t, torch.Tensor)]
        other = next(k for k, t in enumerate(inner) if t.shape != inner[0].shape)
        told = f"values[0].shape = {sizes_of(inner[0])} != values[{other}].shape = {sizes_of(inner[other])}"
        return refuse(op, f"Shapes of all inputs must match: {told}", name="stack")
    index = re.search(r"index (-?\d+) is out of bounds for dimension (\d+)", message)
    if index:
        text = f"slice index {index.group(1)} of dimension {index.group(2)} out of bounds."
        return refuse("StridedSlice", text, name="strided_slice/")
    if "too many indices" in message and tensors:
        rank = tensors[0].dim()
        text = f"Index out of range using input dim {rank}; input has only {rank} dims"
        return refuse("StridedSlice", text, name="strided_slice/")
    if "ZeroDivisionError" in message:
        return refuse(op, "Integer division by zero")
    if "must be batches of square matrices" in message:
        return refuse(op, "Input matrix must be square.")
    if "matrix is singular" in message:
        return refuse(op, "Input is not invertible.")
    return InvalidArgument(f"{message.splitlines()[0]} [Op:{op}] {' '.join(shapes)}".strip())


def sizes_of(t: torch.Tensor) -> str:
    """A shape as the kernels write it."""
    return "[" + ",".join(map(str, t.shape)) + "]"


def _out_of_range(op: str, axis: int, tensors: list[torch.Tensor]) -> tuple[str]:
    rank = tensors[0].dim() if tensors else 0
    if op == "ExpandDims":
        return (f"Tried to expand dim index {axis} for tensor with {rank} dimensions.",)
    if op in ("ArgMax", "ArgMin", "ConcatV2"):
        return (f"Expected dimension in the range [{-rank}, {rank}), but got {axis}",)
    return (f"Invalid reduction dimension ({axis} for input with {rank} dimension(s)",)


def _not_joined(args: tuple[Any, ...]) -> str:
    inner = [t for a in args if isinstance(a, list | tuple) for t in a if isinstance(t, torch.Tensor)]
    first = inner[0]
    other = next((t for t in inner if t.dim() != first.dim()), None)
    if other is not None:
        what = "Ranks of all input tensors should match"
    else:
        axis = int(args[1]) % first.dim()
        pairs = [
            (d, t) for t in inner for d in range(first.dim()) if d != axis and t.shape[d] != first.shape[d]
        ]
        wrong, other = pairs[0] if pairs else (0, inner[-1])
        what = f"Dimension {wrong} in both shapes must be equal"
    at = next(k for k, t in enumerate(inner) if t is other)
    return f"ConcatOp : {what}: shape[0] = {sizes_of(first)} vs. shape[{at}] = {sizes_of(other)}"
