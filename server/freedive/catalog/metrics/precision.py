"""Precision."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from freedive.catalog.metrics.base import MetricChoice
from freedive.protocol.events import Task

Averaging = Literal["macro", "weighted", "micro"]


class Precision(MetricChoice):
    """Of the examples called positive, the share that is."""

    kind: Literal["precision"] = "precision"
    average: Averaging = "macro"
    """Several classes: `macro` is the mean over classes, `weighted` by their size, `micro` counts all examples alike."""

    title: ClassVar[dict[str, str]] = {"en": "Precision", "zh": "精确率"}
    about: ClassVar[dict[str, str]] = {
        "en": "Of the examples called positive, the share that is.",
        "zh": "判为正类的样本中真正为正的比例。",
    }
    tasks: ClassVar[frozenset[Task]] = frozenset({"binary", "multiclass"})
    binary_name = "BinaryPrecision"
    multiclass_name = "MulticlassPrecision"

    def arguments(self, outputs: int) -> dict[str, Any]:
        """average."""
        return {"average": self.average}
