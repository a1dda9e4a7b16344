"""Cross-entropy over classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from freedive.catalog.losses.base import LossChoice
from freedive.protocol.events import Task

if TYPE_CHECKING:
    from torch import nn


class CrossEntropy(LossChoice):
    """Negative log of the softmax probability of the right class (torch.nn.CrossEntropyLoss)."""

    kind: Literal["cross_entropy"] = "cross_entropy"
    label_smoothing: Annotated[float, Field(ge=0, le=0.9)] = 0.0
    """Share of the target that is spread evenly over all classes (Szegedy et al., 2016)."""

    title: ClassVar[dict[str, str]] = {"en": "Cross-entropy", "zh": "交叉熵"}
    about: ClassVar[dict[str, str]] = {
        "en": "For one class of several; the model ends in logits, softmax is part of the loss.",
        "zh": "用于多类分类；模型输出 logits，softmax 包含在损失中。",
    }
    tasks: ClassVar[frozenset[Task]] = frozenset({"multiclass"})

    def build(self) -> nn.Module:
        """torch.nn.CrossEntropyLoss."""
        from torch import nn

        return nn.CrossEntropyLoss(label_smoothing=self.label_smoothing)

    def expression(self) -> str:
        """As source text."""
        given = f"label_smoothing={self.label_smoothing!r}" if self.label_smoothing else ""
        return f"nn.CrossEntropyLoss({given})"
