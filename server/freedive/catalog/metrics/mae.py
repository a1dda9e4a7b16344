"""Mean absolute error."""

from __future__ import annotations

from typing import ClassVar, Literal

from freedive.catalog.metrics.base import MetricChoice
from freedive.protocol.events import Task


class MAE(MetricChoice):
    """Mean absolute difference between value and target."""

    kind: Literal["mae"] = "mae"

    title: ClassVar[dict[str, str]] = {"en": "MAE", "zh": "平均绝对误差"}
    about: ClassVar[dict[str, str]] = {
        "en": "Mean absolute difference between value and target.",
        "zh": "预测值与目标之差的绝对值的平均。",
    }
    tasks: ClassVar[frozenset[Task]] = frozenset({"regression"})
    regression_name = "MeanAbsoluteError"
