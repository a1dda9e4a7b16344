"""Recall."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from freedive.catalog.metrics.base import MetricChoice
from freedive.protocol.events import Task

Averaging = Literal["macro", "weighted", "micro"]


class Recall(MetricChoice):
    """Of the positive examples, the share that is found."""

    kind: Literal["recall"] = "recall"
    average: Averaging = "macro"
    """Several classes: `macro` is the mean over classes, `weighted` by their size, `micro` counts all examples alike."""

    title: ClassVar[dict[str, str]] = {"en": "Recall", "zh": "召回率"}
    about: ClassVar[dict[str, str]] = {
        "en": "Of the positive examples, the share that is found.",
        "zh": "正类样本中被找出的比例。",
    }
    tasks: ClassVar[frozenset[Task]] = frozenset({"binary", "multiclass"})
    binary_name = "BinaryRecall"
    multiclass_name = "MulticlassRecall"

    def arguments(self, outputs: int) -> dict[str, Any]:
        """average."""
        return {"average": self.average}
