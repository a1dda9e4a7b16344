"""Huber loss."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from freedive.catalog.losses.base import LossChoice
from freedive.protocol.events import Task

if TYPE_CHECKING:
    from torch import nn


class Huber(LossChoice):
    """Squared up to `delta`, linear beyond (Huber, 1964; torch.nn.HuberLoss)."""

    kind: Literal["huber"] = "huber"
    delta: Annotated[float, Field(gt=0, le=1000)] = 1.0
    """Difference at which the square turns into a line."""

    title: ClassVar[dict[str, str]] = {"en": "Huber", "zh": "Huber 损失"}
    about: ClassVar[dict[str, str]] = {
        "en": "Squared for small differences, linear for large ones.",
        "zh": "误差小时取平方，误差大时取线性。",
    }
    tasks: ClassVar[frozenset[Task]] = frozenset({"regression"})

    def build(self) -> nn.Module:
        """torch.nn.HuberLoss."""
        from torch import nn

        return nn.HuberLoss(delta=self.delta)

    def expression(self) -> str:
        """As source text."""
        return f"nn.HuberLoss(delta={self.delta!r})"
