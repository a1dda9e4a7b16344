"""Shrinks by the same factor every epoch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from freedive.catalog.code import Code
from freedive.catalog.schedulers.base import SchedulerChoice

if TYPE_CHECKING:
    from torch import optim


class ExponentialDecay(SchedulerChoice):
    """Multiply the learning rate by `gamma` every epoch (torch's ExponentialLR)."""

    kind: Literal["exponential"] = "exponential"
    gamma: Annotated[float, Field(gt=0, lt=1)] = 0.95
    """What the learning rate is multiplied by."""

    title: ClassVar[dict[str, str]] = {"en": "Exponential", "zh": "指数衰减"}
    about: ClassVar[dict[str, str]] = {
        "en": "Shrinks by the same factor every epoch.",
        "zh": "每轮乘以同一个系数。",
    }

    def build(
        self, optimizer: optim.Optimizer, total_steps: int, steps_per_epoch: int
    ) -> optim.lr_scheduler.ExponentialLR:
        """torch.optim.lr_scheduler.ExponentialLR."""
        from torch.optim.lr_scheduler import ExponentialLR

        return ExponentialLR(optimizer, gamma=self.gamma)

    def code(self) -> Code:
        """As source text."""
        return Code(
            ("import torch",), (), f"torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma={self.gamma!r})"
        )
