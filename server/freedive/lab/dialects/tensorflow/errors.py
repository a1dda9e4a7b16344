"""TensorFlow's own error classes and messages."""

from __future__ import annotations

import re
from typing import Any

import torch


class InvalidArgument(Exception):
    """tf.errors.InvalidArgumentError."""

    lab_mro = ("InvalidArgumentError", "OpError", "Exception")
    hint: str | None = None


class Unconvertible(ValueError):
    """A value that cannot become a tensor."""


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
            f"Input to reshape is a tensor with {sizes.group(2)} values, but the requested shape has {abs(wanted)} [Op:Reshape]"
        )
    if "must match the size of tensor" in message and len(shapes) > 1:
        made = InvalidArgument(f"Incompatible shapes: {shapes[0]} vs. {shapes[1]} [Op:{name}] name: ")
        made.hint = "aligned from the right, two sizes fit when they are equal or one of them is 1"
        return made
    if "Sizes of tensors must match" in message or "stack expects each tensor" in message:
        inner = [t for a in args if isinstance(a, list | tuple) for t in a if isinstance(t, torch.Tensor)]
        told = " vs. ".join(f"shape[{i}] = [{','.join(map(str, t.shape))}]" for i, t in enumerate(inner))
        return InvalidArgument(
            f"ConcatOp : Dimensions of inputs should match: {told} [Op:ConcatV2] name: concat"
        )
    if "out of bounds" in message or "out of range" in message:
        return InvalidArgument(f"slice index out of bounds: {message} [Op:StridedSlice]")
    return InvalidArgument(f"{message} [Op:{name}] {' '.join(shapes)}".strip())
