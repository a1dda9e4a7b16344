"""Rings: several circles around the same center, each its own class."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from freedive.catalog.datasets.points import PointSet
from freedive.protocol.events import Task

if TYPE_CHECKING:
    import torch
    from torch import Tensor


def rings(size: int, noise: float, count: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Points (size, 2) on `count` circles, the outermost of radius 5, and classes (size,) from the inside out."""
    import torch

    ring = torch.arange(size) % count
    angle = 2 * math.pi * torch.rand(size, generator=generator)
    points = (5 / count * (ring + 1))[:, None] * torch.stack([angle.cos(), angle.sin()], dim=1)
    points += noise * torch.randn(size, 2, generator=generator)
    return points, ring


class Rings(PointSet):
    """Concentric circles, each its own class: a small problem with more than two classes."""

    kind: Literal["rings"] = "rings"
    size: Annotated[int, Field(ge=30, le=20_000)] = 600
    """Number of points in all three splits together."""
    noise: Annotated[float, Field(ge=0, le=3)] = 0.2
    """Standard deviation of what is added to each coordinate."""
    count: Annotated[int, Field(ge=3, le=6)] = 3
    """Number of circles, hence of classes."""

    title: ClassVar[dict[str, str]] = {"en": "Rings", "zh": "同心环"}
    about: ClassVar[dict[str, str]] = {
        "en": "Circles around the same center, each its own class.",
        "zh": "同心的若干圆环，每一环是一类。",
    }
    tasks: ClassVar[frozenset[Task]] = frozenset({"multiclass"})
    generate = staticmethod(rings)

    @property
    def task(self) -> Task:
        """Three classes or more."""
        return "multiclass"

    def class_names(self) -> tuple[str, ...]:
        """Numbered from the inside out."""
        return tuple(str(i) for i in range(self.count))

    def arguments(self) -> dict[str, float | int]:
        """What `rings` is called with."""
        return {"size": self.size, "noise": self.noise, "count": self.count}
