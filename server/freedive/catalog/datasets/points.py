"""PointSet: the base of datasets of labelled points in the plane, with features computed from their coordinates."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field

from freedive.catalog.code import source
from freedive.catalog.datasets.samples import Drawing, Facts, Samples
from freedive.catalog.datasets.store import DataStore
from freedive.protocol.events import Task

if TYPE_CHECKING:
    import torch
    from torch import Tensor

Feature = Literal["x1", "x2", "x1_squared", "x2_squared", "x1_x2", "sin_x1", "sin_x2"]


def _once(features: list[Feature]) -> list[Feature]:
    twice = sorted({name for name in features if features.count(name) > 1})
    if twice:
        raise ValueError(f"expected each feature once; {', '.join(twice)} came more often")
    return features


Features = Annotated[list[Feature], Field(min_length=1, max_length=7), AfterValidator(_once)]


class PointSet(Samples):
    """Points (x1, x2) with a class. Coordinates span about -6 to 6."""

    features: Features = Field(default=["x1", "x2"])
    """What the model sees of a point: its coordinates, or squares, products and sines of them."""

    tasks: ClassVar[frozenset[Task]] = frozenset({"binary"})
    generate: ClassVar[Callable[..., tuple[Tensor, Tensor]]]
    """A function at the top of the entry's module: (its fields …, generator) to (points, targets)."""

    @property
    def task(self) -> Task:
        """Two classes."""
        return "binary"

    def class_names(self) -> tuple[str, ...]:
        """Names of the classes."""
        return ("0", "1")

    def arguments(self) -> dict[str, float | int]:
        """What `generate` is called with, by name."""
        return {name: getattr(self, name) for name in ("size", "noise")}

    def facts(self, store: DataStore) -> Facts:
        """Number of points, classes and features."""
        return Facts(int(self.arguments()["size"]), self.class_names(), tuple(self.features))

    def sample(self, generator: torch.Generator, store: DataStore) -> tuple[Tensor, Tensor]:
        """Points (n, 2) and targets."""
        return type(self).generate(**self.arguments(), generator=generator)

    def expansion(self) -> Callable[[Tensor], Tensor]:
        """The chosen features."""
        return partial(point_features, names=list(self.features))

    def drawing(self) -> Drawing:
        """The generator function and the call of it."""
        generate = type(self).generate
        given = ", ".join(f"{name}={value!r}" for name, value in self.arguments().items())
        return Drawing(
            imports=("import math",) if "math." in source(generate) else (),
            definitions=(source(generate), source(point_features)),
            statements=(f"raw, targets = {generate.__name__}({given}, generator=generator)",),
            inputs=f"point_features(raw.double(), {list(self.features)})",
        )


def point_features(points: Tensor, names: list[str]) -> Tensor:
    """Columns computed from the two coordinates of each point, in the order of `names`."""
    import torch

    x1, x2 = points[:, 0], points[:, 1]
    columns = {
        "x1": x1,
        "x2": x2,
        "x1_squared": x1**2,
        "x2_squared": x2**2,
        "x1_x2": x1 * x2,
        "sin_x1": torch.sin(x1),
        "sin_x2": torch.sin(x2),
    }
    return torch.stack([columns[name] for name in names], dim=1)
