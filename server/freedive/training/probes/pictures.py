"""Pictures: tensors as uint8 codes between two limits, with as few passes over the values as it takes."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from freedive.protocol.tensors import TensorData


def picture(values: Tensor, symmetric: bool = False) -> TensorData:
    """Codes between the extremes, or between -m and m for the largest magnitude m, so that zero is in the middle."""
    values = values.detach().cpu()
    low, high = (float(v) for v in torch.aminmax(values)) if values.numel() else (0.0, 0.0)
    if not np.isfinite(low + high):
        return TensorData.picture(values.numpy())
    if symmetric:
        high = max(-low, high)
        low = -high
    return TensorData.model_construct(
        dtype="uint8", shape=list(values.shape), data=codes(values, low, high).tobytes(), lo=low, hi=high
    )


def codes(values: Tensor, low: float, high: float) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """0..255 for finite values between `low` and `high`, rounded."""
    scale = 255.0 / (high - low) if high > low else 0.0
    scaled = torch.sub(values, low).mul_(scale).add_(0.5)
    return scaled.numpy().astype(np.uint8)


def plain(values: Tensor) -> TensorData:
    """The values themselves; float16 and bfloat16 as float32."""
    values = values.detach().cpu()
    if values.dtype in (torch.float16, torch.bfloat16):
        values = values.float()
    return TensorData.of(values.numpy())
