"""Checkerboard: squares of alternating class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from freedive.catalog.datasets.points import PointSet

if TYPE_CHECKING:
    import torch
    from torch import Tensor


def checkerboard(size: int, noise: float, squares: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Points (size, 2) spread over the square -5 .. 5 of `squares` by `squares` fields, and classes (size, 1)."""
    import torch

    points = torch.rand(size, 2, generator=generator) * squares
    dark = points.floor().sum(dim=1) % 2
    points = points * (10 / squares) - 5
    points += noise * torch.randn(size, 2, generator=generator)
    return points, dark[:, None]


class Checkerboard(PointSet):
    """A board of alternating squares, side 10: many small regions that need capacity."""

    kind: Literal["checkerboard"] = "checkerboard"
    size: Annotated[int, Field(ge=30, le=20_000)] = 2000
    """Number of points in all three splits together."""
    noise: Annotated[float, Field(ge=0, le=3)] = 0.0
    """Standard deviation of what is added to each coordinate after the class is set."""
    squares: Annotated[int, Field(ge=2, le=8)] = 4
    """Squares along each side."""

    title: ClassVar[dict[str, str]] = {"en": "Checkerboard", "zh": "棋盘"}
    about: ClassVar[dict[str, str]] = {
        "en": "Squares of alternating class, as on a board.",
        "zh": "像棋盘一样两类交替的方格。",
    }
    generate = staticmethod(checkerboard)

    def arguments(self) -> dict[str, float | int]:
        """What `checkerboard` is called with."""
        return {"size": self.size, "noise": self.noise, "squares": self.squares}
