"""Spirals: two arms wound around each other."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from freedive.catalog.datasets.points import PointSet

if TYPE_CHECKING:
    import torch
    from torch import Tensor


def spirals(size: int, noise: float, turns: float, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Points (size, 2) on two arms of an Archimedean spiral, radius up to 6, and classes (size, 1)."""
    import torch

    arm = torch.arange(size) % 2
    t = torch.rand(size, generator=generator).sqrt()  # even along the arm, not crowded at the center
    angle = 2 * math.pi * turns * t + math.pi * arm
    points = 6 * t[:, None] * torch.stack([angle.sin(), angle.cos()], dim=1)
    points += noise * torch.randn(size, 2, generator=generator)
    return points, arm[:, None].float()


class Spirals(PointSet):
    """Two spirals of points, radius 6: no straight line comes near, a small net with one hidden layer does."""

    kind: Literal["spirals"] = "spirals"
    size: Annotated[int, Field(ge=30, le=20_000)] = 1000
    """Number of points in all three splits together."""
    noise: Annotated[float, Field(ge=0, le=3)] = 0.2
    """Standard deviation of what is added to each coordinate."""
    turns: Annotated[float, Field(ge=0.25, le=3)] = 1.25
    """How often each arm goes around."""

    title: ClassVar[dict[str, str]] = {"en": "Spirals", "zh": "螺旋"}
    about: ClassVar[dict[str, str]] = {
        "en": "Two arms of points wound around each other.",
        "zh": "两条相互缠绕的螺旋臂。",
    }
    generate = staticmethod(spirals)

    def arguments(self) -> dict[str, float | int]:
        """What `spirals` is called with."""
        return {"size": self.size, "noise": self.noise, "turns": self.turns}
