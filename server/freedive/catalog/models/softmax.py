"""Softmax regression."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from freedive.catalog.models.base import ModelChoice, Placed
from freedive.catalog.models.layers.base import Shape
from freedive.catalog.models.layers.flatten import FlattenLayer
from freedive.catalog.models.layers.linear import LinearLayer
from freedive.errors import ShapeMismatch
from freedive.protocol.events import Task


class SoftmaxRegression(ModelChoice):
    """One Linear with an output for each class; softmax is part of the loss."""

    kind: Literal["softmax"] = "softmax"

    title: ClassVar[dict[str, str]] = {"en": "Softmax regression", "zh": "softmax 回归"}
    about: ClassVar[dict[str, str]] = {
        "en": "One weighted sum for each class, the largest wins.",
        "zh": "每个类别一个加权和，最大者胜出。",
    }
    tasks: ClassVar[frozenset[Task]] = frozenset({"multiclass"})

    def placed(self, input_shape: Shape, outputs: int) -> Sequence[Placed]:
        """Flatten for pictures, then Linear."""
        if outputs < 2:
            raise ShapeMismatch(
                "softmax regression expects several classes, but the dataset asks for 1 number",
                position="model",
                hint="Choose the linear model, or a dataset of three classes or more.",
            )
        flatten = [Placed("model", FlattenLayer())] if len(input_shape) > 1 else []
        return [*flatten, Placed("model", LinearLayer())]
