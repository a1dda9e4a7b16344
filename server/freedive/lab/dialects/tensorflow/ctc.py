"""The loss of series without alignment (Graves et al., 2006), with every length checked before torch reads by it."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F

from freedive.lab.dialects.tensorflow.tensors import convert, run
from freedive.lab.door import Op
from freedive.lab.running import running

T = torch.Tensor


def ctc(logits: T, labels: T, lengths: T, label_lengths: T, blank: int) -> T:
    """The loss of each series; `logits` are (steps, batch, classes). Lengths and labels are checked before torch reads by them."""
    steps, batch, classes = logits.shape
    if int(lengths.max()) > steps or int(lengths.min()) < 1 or len(lengths) != batch:
        raise ValueError(f"expected {batch} lengths from 1 to {steps}; got {lengths.tolist()}")
    if (
        int(label_lengths.max()) > labels.shape[1]
        or int(label_lengths.min()) < 0
        or len(label_lengths) != batch
    ):
        raise ValueError(
            f"expected {batch} label lengths from 0 to {labels.shape[1]}; got {label_lengths.tolist()}"
        )
    if bool(((labels < 0) | (labels >= classes)).any()):
        raise ValueError(f"expected labels from 0 to {classes - 1}")
    running.meter.elements(logits.numel() * (2 * labels.shape[1] + 1))
    logs = torch.log_softmax(logits, -1)
    return F.ctc_loss(logs, labels.long(), lengths.long(), label_lengths.long(), blank, reduction="none")


def ctc_loss(labels: Any, logits: Any, label_length: Any, logit_length: Any, logits_time_major: bool = True, unique: Any = None, blank_index: Any = None, name: Any = None) -> Any:  # fmt: skip
    given = convert(logits)
    given = given if logits_time_major else given.transpose(0, 1)
    blank = 0 if blank_index is None else int(blank_index) % given.shape[-1]
    op = Op("ctc_loss", ctc, "loss", "none")
    return run(op, (given, convert(labels), convert(logit_length), convert(label_length), blank))
