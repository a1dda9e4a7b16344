"""Drawn: points that a person put on the plane."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from freedive.catalog.code import source
from freedive.catalog.datasets.points import Features, point_features
from freedive.catalog.datasets.samples import Drawing, Facts, Samples
from freedive.catalog.datasets.store import DataStore
from freedive.errors import BadData
from freedive.protocol.events import Task

if TYPE_CHECKING:
    import torch
    from torch import Tensor

Coordinate = Annotated[float, Field(ge=-100, le=100)]
Label = Annotated[int, Field(ge=0, le=7)]
LEAST = 6


class Drawn(Samples):
    """Points drawn on the page, each with one of up to eight classes."""

    kind: Literal["drawn"] = "drawn"
    points: Annotated[list[tuple[Coordinate, Coordinate, Label]], Field(max_length=2000)] = Field(default=[])
    """Each point as [x1, x2, class]; classes are counted from 0."""
    classes: Annotated[int, Field(ge=2, le=8)] = 2
    """Number of classes; with 2 the task is binary, otherwise multiclass."""
    features: Features = Field(default=["x1", "x2"])
    """What the model sees of a point: its coordinates, or squares, products and sines of them."""

    title: ClassVar[dict[str, str]] = {"en": "Drawn points", "zh": "手绘点集"}
    about: ClassVar[dict[str, str]] = {
        "en": "Points that you put on the plane yourself.",
        "zh": "自己在平面上画出的点。",
    }
    tasks: ClassVar[frozenset[Task]] = frozenset({"binary", "multiclass"})

    @model_validator(mode="after")
    def _labels_are_classes(self) -> Self:
        for i, (_, _, label) in enumerate(self.points):
            if label >= self.classes:
                raise ValueError(
                    f"point {i} has class {label}, but there are {self.classes} classes, counted from 0; "
                    f"expected 0 to {self.classes - 1}"
                )
        return self

    @property
    def task(self) -> Task:
        """Binary for two classes."""
        return "binary" if self.classes == 2 else "multiclass"

    def facts(self, store: DataStore) -> Facts:
        """Number of points, classes and features. Raises BadData where too few are drawn."""
        if len(self.points) < LEAST:
            raise BadData(
                f"{len(self.points)} points are drawn; expected at least {LEAST}",
                position="dataset.points",
                hint="Draw some points of each class on the plane.",
            )
        return Facts(len(self.points), tuple(str(i) for i in range(self.classes)), tuple(self.features))

    def sample(self, generator: torch.Generator, store: DataStore) -> tuple[Tensor, Tensor]:
        """Points (n, 2) and targets as they were drawn."""
        return drawn([list(point) for point in self.points], self.classes)

    def expansion(self) -> Callable[[Tensor], Tensor]:
        """The chosen features."""
        return partial(point_features, names=list(self.features))

    def drawing(self) -> Drawing:
        """The points as a constant."""
        rows = "".join(f"    {list(point)},\n" for point in self.points)
        return Drawing(
            imports=(),
            definitions=(f"POINTS = [\n{rows}]", source(drawn), source(point_features)),
            statements=(f"raw, targets = drawn(POINTS, classes={self.classes})",),
            inputs=f"point_features(raw.double(), {list(self.features)})",
        )


def drawn(points: list[list[float]], classes: int) -> tuple[Tensor, Tensor]:
    """Points (n, 2) and classes: (n, 1) float32 for two classes, otherwise (n,) int64."""
    import torch

    table = torch.tensor(points, dtype=torch.float32)
    return table[:, :2], table[:, 2:] if classes == 2 else table[:, 2].long()
