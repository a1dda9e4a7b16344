"""Circle: a disk inside a ring."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from freedive.catalog.datasets.points import PointSet

if TYPE_CHECKING:
    import torch
    from torch import Tensor


def circle(size: int, noise: float, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Points (size, 2): class 1 within radius 2.5, class 0 between 3.5 and 5; classes (size, 1)."""
    import torch

    inside = torch.arange(size) % 2
    t = torch.rand(size, generator=generator)
    radius = torch.where(inside == 1, 2.5 * t, 3.5 + 1.5 * t)
    angle = 2 * math.pi * torch.rand(size, generator=generator)
    points = radius[:, None] * torch.stack([angle.cos(), angle.sin()], dim=1)
    points += noise * torch.randn(size, 2, generator=generator)
    return points, inside[:, None].float()


class Circle(PointSet):
    """A disk of one class inside a ring of the other, radius 5."""

    kind: Literal["circle"] = "circle"
    size: Annotated[int, Field(ge=30, le=20_000)] = 500
    """Number of points in all three splits together."""
    noise: Annotated[float, Field(ge=0, le=3)] = 0.2
    """Standard deviation of what is added to each coordinate."""

    title: ClassVar[dict[str, str]] = {"en": "Circle", "zh": "圆环"}
    about: ClassVar[dict[str, str]] = {
        "en": "A disk of one class inside a ring of the other.",
        "zh": "一类是圆盘，另一类是包围它的圆环。",
    }
    generate = staticmethod(circle)
