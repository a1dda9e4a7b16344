"""Area under the ROC curve."""

from __future__ import annotations

from typing import ClassVar, Literal

from freedive.catalog.metrics.base import MetricChoice
from freedive.protocol.events import Task


class AUC(MetricChoice):
    """Area under the ROC curve: how often a positive example ranks above a negative one (mean over the classes that occur)."""

    kind: Literal["auc"] = "auc"

    title: ClassVar[dict[str, str]] = {"en": "AUC", "zh": "AUC"}
    about: ClassVar[dict[str, str]] = {
        "en": "How often a positive example ranks above a negative one.",
        "zh": "正例得分高于负例的概率。",
    }
    tasks: ClassVar[frozenset[Task]] = frozenset({"binary", "multiclass"})
    gathered = "area_under_roc"
