"""Gaussians: two correlated normal distributions, almost separable by a line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from freedive.catalog.datasets.points import PointSet

if TYPE_CHECKING:
    import torch
    from torch import Tensor


def gaussians(size: int, noise: float, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Points (size, 2): means (0, 3) and (3, 0), covariance [[1, .5], [.5, 1]] times noise²; classes (size, 1)."""
    import torch

    side = torch.arange(size) % 2
    means = torch.tensor([[0.0, 3.0], [3.0, 0.0]])
    lower = torch.linalg.cholesky(torch.tensor([[1.0, 0.5], [0.5, 1.0]]))
    points = means[side] + noise * torch.randn(size, 2, generator=generator) @ lower.T
    return points, side[:, None].float()


class Gaussians(PointSet):
    """Two normal distributions with means (0, 3) and (3, 0) and covariance [[1, .5], [.5, 1]]."""

    kind: Literal["gaussians"] = "gaussians"
    size: Annotated[int, Field(ge=30, le=20_000)] = 1000
    """Number of points in all three splits together."""
    noise: Annotated[float, Field(ge=0, le=5)] = 1.0
    """Factor of the standard deviations; 1 keeps the covariance [[1, .5], [.5, 1]]."""

    title: ClassVar[dict[str, str]] = {"en": "Two Gaussians", "zh": "两个高斯分布"}
    about: ClassVar[dict[str, str]] = {
        "en": "Two clouds of points that a straight line nearly separates.",
        "zh": "两团几乎可以用一条直线分开的点。",
    }
    generate = staticmethod(gaussians)
