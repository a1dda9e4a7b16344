"""F1."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from freedive.catalog.metrics.base import MetricChoice
from freedive.protocol.events import Task

Averaging = Literal["macro", "weighted", "micro"]


class F1(MetricChoice):
    """Harmonic mean of precision and recall."""

    kind: Literal["f1"] = "f1"
    average: Averaging = "macro"
    """Several classes: `macro` is the mean over classes, `weighted` by their size, `micro` counts all examples alike."""

    title: ClassVar[dict[str, str]] = {"en": "F1", "zh": "F1 值"}
    about: ClassVar[dict[str, str]] = {
        "en": "Harmonic mean of precision and recall.",
        "zh": "精确率与召回率的调和平均。",
    }
    tasks: ClassVar[frozenset[Task]] = frozenset({"binary", "multiclass"})
    binary_name = "BinaryF1Score"
    multiclass_name = "MulticlassF1Score"

    def arguments(self, outputs: int) -> dict[str, Any]:
        """average."""
        return {"average": self.average}
