"""Sine: one noisy wave to be followed by a curve."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from freedive.catalog.datasets.regressions import RegressionSet

if TYPE_CHECKING:
    import torch
    from torch import Tensor


def sine(size: int, noise: float, periods: float, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Inputs (size, 1) spread over -1 .. 1 and targets (size, 1) = sin(periods * pi * x) + noise."""
    import torch

    x = 2 * torch.rand(size, 1, generator=generator) - 1
    return x, torch.sin(periods * math.pi * x) + noise * torch.randn(size, 1, generator=generator)


class Sine(RegressionSet):
    """y = sin(periods * pi * x) + noise for x between -1 and 1."""

    kind: Literal["sine"] = "sine"
    size: Annotated[int, Field(ge=30, le=100_000)] = 500
    """Number of examples in all three splits together."""
    noise: Annotated[float, Field(ge=0, le=10)] = 0.1
    """Standard deviation of what is added to y."""
    periods: Annotated[float, Field(ge=0.25, le=10)] = 2.0
    """Waves between -1 and 1."""

    title: ClassVar[dict[str, str]] = {"en": "Sine", "zh": "正弦"}
    about: ClassVar[dict[str, str]] = {
        "en": "A noisy wave to be followed by a curve.",
        "zh": "用曲线去拟合一段带噪声的正弦波。",
    }
    generate = staticmethod(sine)

    def arguments(self) -> dict[str, float | int]:
        """What `sine` is called with."""
        return {"size": self.size, "noise": self.noise, "periods": self.periods}
