"""A linear model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from freedive.catalog.models.base import ModelChoice, Placed
from freedive.catalog.models.layers.base import Shape
from freedive.catalog.models.layers.flatten import FlattenLayer
from freedive.catalog.models.layers.linear import LinearLayer


class LinearModel(ModelChoice):
    """One Linear: linear regression with a squared loss, logistic regression with binary cross-entropy."""

    kind: Literal["linear"] = "linear"

    title: ClassVar[dict[str, str]] = {"en": "Linear", "zh": "线性模型"}
    about: ClassVar[dict[str, str]] = {
        "en": "A weighted sum of the inputs: linear or logistic regression.",
        "zh": "输入的加权和：线性回归或逻辑回归。",
    }

    def placed(self, input_shape: Shape, outputs: int) -> Sequence[Placed]:
        """Flatten for pictures, then Linear."""
        flatten = [Placed("model", FlattenLayer())] if len(input_shape) > 1 else []
        return [*flatten, Placed("model", LinearLayer())]
