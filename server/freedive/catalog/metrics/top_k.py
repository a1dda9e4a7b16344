"""Top-k accuracy."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from freedive.catalog.metrics.base import MetricChoice
from freedive.errors import BadSpec
from freedive.protocol.events import Task


class TopK(MetricChoice):
    """Share of examples whose class is among the k likeliest."""

    kind: Literal["top_k"] = "top_k"
    k: Annotated[int, Field(ge=2, le=100)] = 2
    """How many of the likeliest classes are looked at; fewer than there are classes."""

    title: ClassVar[dict[str, str]] = {"en": "Top-k accuracy", "zh": "Top-k 准确率"}
    about: ClassVar[dict[str, str]] = {
        "en": "Share of examples whose class is among the k likeliest.",
        "zh": "正确类别位于概率最高的 k 个之中的比例。",
    }
    tasks: ClassVar[frozenset[Task]] = frozenset({"multiclass"})
    multiclass_name = "MulticlassAccuracy"

    def arguments(self, outputs: int) -> dict[str, Any]:
        """top_k. Raises BadSpec where there are no more than k classes."""
        if self.k >= outputs:
            raise BadSpec(
                f"top_k looks at {self.k} classes of {outputs}, and so is always right; expected k from 2 to {outputs - 1}",
                position="metrics",
                hint="Choose a smaller k, or accuracy.",
            )
        return {"top_k": self.k, "average": "micro"}
