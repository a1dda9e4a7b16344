"""Contractions explained: rows and columns, batch axes, einsum equations, windows; one cell's sum written out."""

from __future__ import annotations

import math
import string
from typing import Any

import torch
from torch import nn

from freedive.lab.recorder import Layer, Note, Record

Json = dict[str, Any]
MATRIX = frozenset({"matmul", "mm", "bmm", "mv", "dot", "inner", "vdot", "@"})
WINDOWS = {
    "conv": "sum",
    "max_pool": "max",
    "avg_pool": "mean",
    "MaxPool": "max",
    "AvgPool": "mean",
    "Conv": "sum",
}
MOST_TERMS = 64


def equation_of(left: tuple[int, ...], right: tuple[int, ...]) -> str:
    """A matrix product of two shapes as an einsum equation."""
    if len(left) == 1 and len(right) == 1:
        return "i,i->"
    if len(right) == 1:
        batch = string.ascii_lowercase[: len(left) - 2] if len(left) > 2 else ""
        return f"{batch}xk,k->{batch}x"
    if len(left) == 1:
        batch = string.ascii_lowercase[: len(right) - 2] if len(right) > 2 else ""
        return f"k,{batch}ky->{batch}y"
    rank = max(len(left), len(right)) - 2
    letters = string.ascii_lowercase[:rank]
    first = letters[rank - (len(left) - 2) :]
    second = letters[rank - (len(right) - 2) :]
    return f"{first}xk,{second}ky->{letters}xy"


def explain_contraction(record: Record, deep: bool) -> Json | None:
    name = record.name
    first = record.args[0] if record.args else None
    window = next(
        (
            how
            for prefix, how in WINDOWS.items()
            if name.startswith((prefix, "adaptive_" + prefix, "Adaptive" + prefix))
        ),
        None,
    )
    if window is not None:
        return _window(record, window, deep)
    if name == "einsum":
        return _einsum(record, deep)
    if name in ("linear", "Linear", "FullyConnected", "Dense"):
        return _linear(record, first, deep)
    if (record.inputs and name in MATRIX) or (
        len(record.inputs) == 2 and name in ("outer", "tensordot", "kron")
    ):
        return _product(record, deep)
    return {"type": "contraction", "shapes": [list(n.shape) for n in record.inputs], "result": _shape(record)}


def _shape(record: Record) -> list[int] | None:
    return list(record.outputs[0].shape) if record.outputs else None


def _product(record: Record, deep: bool) -> Json:
    left, right = record.inputs[0], record.inputs[1] if len(record.inputs) > 1 else record.inputs[0]
    made: Json = {
        "type": "contraction",
        "shapes": [list(left.shape), list(right.shape)],
        "result": _shape(record),
    }
    if record.name in MATRIX and left.shape and right.shape:
        made["equation"] = equation_of(left.shape, right.shape)
        made["inner"] = left.shape[-1]
        made["fits"] = left.shape[-1] == (right.shape[-2] if len(right.shape) > 1 else right.shape[0])
        if len(left.shape) > 2 or len(right.shape) > 2:
            from freedive.lab.explanations import align

            made["batch"] = align([left.shape[:-2], right.shape[:-2]])
        made["backward"] = (
            ["g @ b.T", "a.T @ g"] if len(left.shape) > 1 and len(right.shape) > 1 else ["g * b", "g * a"]
        )
        if deep and record.outputs:
            made["cell"] = _cell(left, right)
    elif record.name == "outer":
        made["equation"] = "i,j->ij"
    return made


def _values(note: Note) -> torch.Tensor | None:
    if note.data is not None:
        return (
            torch.tensor(note.data, dtype=torch.float64).reshape(note.shape)
            if "complex" not in note.dtype
            else None
        )
    if isinstance(note.kept, torch.Tensor):
        return note.kept.detach().double()
    return None


def _cell(left: Note, right: Note) -> Json | None:
    """The first cell's sum written out: pairs of numbers that are multiplied."""
    a, b = _values(left), _values(right)
    if a is None or b is None or not a.numel() or not b.numel():
        return None
    row = a.reshape(-1, a.shape[-1])[0]
    column = b.reshape(-1) if b.dim() == 1 else b.reshape(-1, b.shape[-2], b.shape[-1])[0][:, 0]
    pairs = [[x, y] for x, y in zip(row.tolist(), column.tolist(), strict=False)]
    return {"terms": pairs[:MOST_TERMS], "count": len(pairs), "sum": float(sum(x * y for x, y in pairs))}


def _linear(record: Record, first: Any, deep: bool) -> Json:
    if isinstance(first, Layer):
        x = next((n for n in record.inputs if n.id not in {w.id for w in first.weights.values()}), None)
        weight, bias = first.weights.get("weight"), first.weights.get("bias")
    else:
        x, weight = record.inputs[0], record.inputs[1] if len(record.inputs) > 1 else None
        bias = record.inputs[2] if len(record.inputs) > 2 else None
    made: Json = {
        "type": "contraction",
        "equation": "…k,yk->…y",
        "result": _shape(record),
        "form": "x @ w.T + b" if bias else "x @ w.T",
    }
    made["shapes"] = [list(n.shape) for n in (x, weight, bias) if n is not None]
    if deep and x is not None and weight is not None and record.outputs:
        a, w = _values(x), _values(weight)
        if a is not None and w is not None and a.numel():
            pairs = [
                [p, q] for p, q in zip(a.reshape(-1, a.shape[-1])[0].tolist(), w[0].tolist(), strict=False)
            ]
            b = _values(bias) if bias is not None else None
            extra = float(b[0]) if b is not None else 0.0
            made["cell"] = {
                "terms": pairs[:MOST_TERMS],
                "count": len(pairs),
                "bias": extra,
                "sum": float(sum(p * q for p, q in pairs)) + extra,
            }
    made["backward"] = ["g @ w", "g.T @ x", "g.sum(0)"] if bias is not None else ["g @ w", "g.T @ x"]
    return made


def _einsum(record: Record, deep: bool) -> Json:
    equation = record.args[0] if record.args and isinstance(record.args[0], str) else ""
    left = equation.replace(" ", "").partition("->")[0]
    sizes: dict[str, int] = {}
    for names, note in zip(left.split(","), record.inputs, strict=False):
        sizes.update(zip(names, note.shape, strict=False))
    right = equation.replace(" ", "").partition("->")[2]
    summed = [c for c in sizes if c not in right]
    return {
        "type": "contraction", "equation": equation, "sizes": sizes, "summed": summed,
        "shapes": [list(n.shape) for n in record.inputs], "result": _shape(record),
    }  # fmt: skip


def _pair(value: Any, axes: int, default: int) -> list[Any]:
    if not isinstance(value, int | str | list | tuple) or (
        isinstance(value, list | tuple) and not all(isinstance(v, int) for v in value)
    ):
        value = default
    return list(value) if isinstance(value, list | tuple) else [value] * axes


def _window(record: Record, how: str, deep: bool) -> Json:
    first = record.args[0] if record.args else None
    module: nn.Module | None = first.module if isinstance(first, Layer) else None
    weights = {id(w) for w in first.weights.values()} if isinstance(first, Layer) else set()
    x = next((n for n in record.inputs if id(n) not in weights), None)
    made: Json = {
        "type": "window",
        "reduce": how,
        "shapes": [list(n.shape) for n in record.inputs],
        "result": _shape(record),
    }
    if x is None:
        return made
    axes = max(1, len(x.shape) - 2)
    if module is not None:
        given = {
            k: getattr(module, k, None) for k in ("kernel_size", "stride", "padding", "dilation", "groups")
        }
        weight, bias = first.weights.get("weight"), first.weights.get("bias")  # type: ignore[union-attr]
    else:
        order = (
            ("stride", "padding", "dilation", "groups")
            if how == "sum"
            else ("kernel_size", "stride", "padding")
        )
        start = 3 if how == "sum" else 1
        given = {
            k: record.kwargs.get(k, record.args[start + i] if len(record.args) > start + i else None)
            for i, k in enumerate(order)
        }
        weight = record.inputs[1] if how == "sum" and len(record.inputs) > 1 else None
        bias = record.inputs[2] if how == "sum" and len(record.inputs) > 2 else None
        if weight is not None:
            given["kernel_size"] = tuple(weight.shape[2:])
    kernel = _pair(given.get("kernel_size"), axes, 1)
    stride = (
        _pair(given.get("stride"), axes, 1) if how == "sum" or given.get("stride") is not None else kernel
    )
    made.update(
        kernel=kernel, stride=stride, padding=_pair(given.get("padding"), axes, 0),
        dilation=_pair(given.get("dilation"), axes, 1), groups=given["groups"] if isinstance(given.get("groups"), int) else 1,
    )  # fmt: skip
    if (
        deep
        and how == "sum"
        and weight is not None
        and axes == 2
        and "transpose" not in record.name.lower()
        and record.outputs
    ):
        made["cell"] = _conv_cell(x, weight, bias, made)
    return made


def _conv_cell(x: Note, weight: Note, bias: Note | None, made: Json) -> Json | None:
    """The first output pixel of the first channel: every weight beside the pixel under it (0 where that is padding)."""
    a, w = _values(x), _values(weight)
    padding = made["padding"]
    if a is None or w is None or not all(isinstance(p, int) for p in padding) or a.dim() != 4:
        return None
    a = nn.functional.pad(a, (padding[1], padding[1], padding[0], padding[0]))
    dilation = made["dilation"]
    patch = a[
        0,
        : w.shape[1],
        : (w.shape[2] - 1) * dilation[0] + 1 : dilation[0],
        : (w.shape[3] - 1) * dilation[1] + 1 : dilation[1],
    ]
    if patch.shape != w[0].shape:
        return None
    pairs = [[p, q] for p, q in zip(patch.reshape(-1).tolist(), w[0].reshape(-1).tolist(), strict=True)]
    b = _values(bias) if bias is not None else None
    extra = float(b[0]) if b is not None else 0.0
    total = math.fsum(p * q for p, q in pairs) + extra
    return {
        "index": [0, 0, 0, 0],
        "terms": pairs[:MOST_TERMS],
        "count": len(pairs),
        "bias": extra,
        "sum": total,
    }
