"""Xor: four quadrants, opposite ones alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from freedive.catalog.datasets.points import PointSet

if TYPE_CHECKING:
    import torch
    from torch import Tensor


def xor(size: int, noise: float, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Points (size, 2) in the square -5 .. 5 with a gap along the axes; class 1 where x1 * x2 is positive."""
    import torch

    points = 10 * torch.rand(size, 2, generator=generator) - 5
    points += 0.3 * points.sign()
    same = points[:, 0] * points[:, 1] > 0
    points += noise * torch.randn(size, 2, generator=generator)
    return points, same[:, None].float()


class Xor(PointSet):
    """Exclusive or in the plane: the class says whether both coordinates have the same sign."""

    kind: Literal["xor"] = "xor"
    size: Annotated[int, Field(ge=30, le=20_000)] = 500
    """Number of points in all three splits together."""
    noise: Annotated[float, Field(ge=0, le=3)] = 0.2
    """Standard deviation of what is added to each coordinate after the class is set."""

    title: ClassVar[dict[str, str]] = {"en": "Exclusive or", "zh": "异或"}
    about: ClassVar[dict[str, str]] = {
        "en": "Four quadrants; opposite ones belong to the same class.",
        "zh": "四个象限，对角的两个属于同一类。",
    }
    generate = staticmethod(xor)
