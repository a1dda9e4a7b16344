"""Accuracy."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from freedive.catalog.metrics.base import MetricChoice
from freedive.protocol.events import Task


class Accuracy(MetricChoice):
    """Share of examples whose class is right."""

    kind: Literal["accuracy"] = "accuracy"

    title: ClassVar[dict[str, str]] = {"en": "Accuracy", "zh": "准确率"}
    about: ClassVar[dict[str, str]] = {
        "en": "Share of examples whose class is right.",
        "zh": "预测正确的样本比例。",
    }
    tasks: ClassVar[frozenset[Task]] = frozenset({"binary", "multiclass"})
    binary_name = "BinaryAccuracy"
    multiclass_name = "MulticlassAccuracy"

    def arguments(self, outputs: int) -> dict[str, Any]:
        """Every example counts the same."""
        return {"average": "micro"}
