"""Coefficient of determination."""

from __future__ import annotations

from typing import ClassVar, Literal

from freedive.catalog.metrics.base import MetricChoice
from freedive.protocol.events import Task


class R2(MetricChoice):
    """Share of the target's variance that the model explains: 1 is all, 0 is no better than the mean."""

    kind: Literal["r2"] = "r2"

    title: ClassVar[dict[str, str]] = {"en": "R²", "zh": "R²"}
    about: ClassVar[dict[str, str]] = {
        "en": "Share of the variance that is explained: 1 is all, 0 is no better than the mean.",
        "zh": "模型解释的方差比例：1 为全部，0 与均值相当。",
    }
    tasks: ClassVar[frozenset[Task]] = frozenset({"regression"})
    gathered = "explained_variance"
