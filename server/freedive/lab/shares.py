"""What each element adds to a loss, by the same operation with `reduction='none'`; read by `explanations`."""

from __future__ import annotations

import copy
import math
from typing import Any

import torch

from freedive.lab import arrays
from freedive.lab.notes import SMALL, Layer, Note, Record

Json = dict[str, Any]


def shares(record: Record) -> Json:
    """`shares`, the loss of each element, and `probabilities`, the softmax that a cross-entropy takes; absent where unknown.

    Worked out by the same operation with `reduction='none'`, and told only if they add up to the very loss.
    """
    out = record.outputs[0] if record.outputs else None
    if out is None or out.array or out.data is None or sum(math.prod(n.shape) for n in record.inputs) > SMALL:
        return {}
    try:
        args = [real(arg) for arg in record.args]
        kwargs = {key: real(value) for key, value in record.kwargs.items()}
        reduction = str(kwargs.get("reduction", "mean"))
        if isinstance(record.args[0], Layer):
            reduction = str(getattr(args[0], "reduction", "mean"))
            args[0] = copy.copy(args[0])
            args[0].reduction = "none"
        else:
            kwargs["reduction"] = "none"
        with torch.no_grad():
            each = record.op.fn(*args, **kwargs)
            if not isinstance(each, torch.Tensor) or each.ndim == 0 or each.numel() > SMALL:
                return {}
            whole = each.mean() if reduction == "mean" else each.sum() if reduction == "sum" else each
            told = torch.tensor(out.data, dtype=whole.dtype)
            if whole.shape != told.shape or not torch.allclose(whole, told, rtol=1e-4, atol=1e-6):
                return {}
            made: Json = {"shares": arrays.plain(each)}
            if record.name in ("cross_entropy", "CrossEntropyLoss"):
                logits = args[1] if isinstance(record.args[0], Layer) else args[0]
                made["probabilities"] = arrays.plain(torch.softmax(logits, 1 if logits.ndim > 1 else 0))
            return made
    except Exception:
        return {}  # it cannot be taken apart; the loss itself has already been told


def real(value: Any) -> Any:
    """An argument as it was when the operation ran."""
    if isinstance(value, Layer):
        return value.module
    if not isinstance(value, Note):
        return value
    if value.data is None or value.array:
        raise ValueError
    return torch.tensor(value.data, dtype=getattr(torch, value.dtype)).reshape(value.shape)
