"""Binary cross-entropy on logits."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from freedive.catalog.losses.base import LossChoice
from freedive.protocol.events import Task

if TYPE_CHECKING:
    from torch import nn


class BCEWithLogits(LossChoice):
    """Negative log of the sigmoid probability of the right answer (torch.nn.BCEWithLogitsLoss)."""

    kind: Literal["bce_with_logits"] = "bce_with_logits"

    title: ClassVar[dict[str, str]] = {"en": "Binary cross-entropy", "zh": "二元交叉熵"}
    about: ClassVar[dict[str, str]] = {
        "en": "For yes or no; the model ends in one logit, the sigmoid is part of the loss.",
        "zh": "用于二分类；模型输出一个 logit，sigmoid 包含在损失中。",
    }
    tasks: ClassVar[frozenset[Task]] = frozenset({"binary"})

    def build(self) -> nn.Module:
        """torch.nn.BCEWithLogitsLoss."""
        from torch import nn

        return nn.BCEWithLogitsLoss()

    def expression(self) -> str:
        """As source text."""
        return "nn.BCEWithLogitsLoss()"
