"""Moons: two interleaving half circles, drawn by scikit-learn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from freedive.catalog.datasets.points import PointSet

if TYPE_CHECKING:
    import torch
    from torch import Tensor


def moons(size: int, noise: float, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Points (size, 2) of sklearn.datasets.make_moons, four times as large around 0, and classes (size, 1)."""
    import torch
    from sklearn.datasets import make_moons

    seed = int(torch.randint(2**31, (1,), generator=generator))
    points, moon = make_moons(size, noise=noise / 4, random_state=seed)
    points = 4 * (torch.from_numpy(points).float() - torch.tensor([0.5, 0.25]))
    return points, torch.from_numpy(moon)[:, None].float()


class Moons(PointSet):
    """Two half circles that reach into each other (scikit-learn's make_moons, enlarged to radius 4)."""

    kind: Literal["moons"] = "moons"
    size: Annotated[int, Field(ge=30, le=20_000)] = 500
    """Number of points in all three splits together."""
    noise: Annotated[float, Field(ge=0, le=3)] = 0.4
    """Standard deviation of what is added to each coordinate."""

    title: ClassVar[dict[str, str]] = {"en": "Moons", "zh": "双月"}
    about: ClassVar[dict[str, str]] = {
        "en": "Two half circles that reach into each other.",
        "zh": "两个彼此嵌入的半圆。",
    }
    generate = staticmethod(moons)
