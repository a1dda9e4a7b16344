"""Drops at regular intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from freedive.catalog.code import Code
from freedive.catalog.schedulers.base import SchedulerChoice

if TYPE_CHECKING:
    from torch import optim


class StepDecay(SchedulerChoice):
    """Multiply the learning rate by `gamma` every so many epochs (torch's StepLR)."""

    kind: Literal["step"] = "step"
    epochs: Annotated[int, Field(ge=1, le=10_000)] = 5
    """Epochs between two drops."""
    gamma: Annotated[float, Field(gt=0, lt=1)] = 0.5
    """What the learning rate is multiplied by."""

    title: ClassVar[dict[str, str]] = {"en": "Step", "zh": "阶梯衰减"}
    about: ClassVar[dict[str, str]] = {
        "en": "Drops by a factor every few epochs.",
        "zh": "每隔若干轮乘以一个系数。",
    }

    def build(
        self, optimizer: optim.Optimizer, total_steps: int, steps_per_epoch: int
    ) -> optim.lr_scheduler.StepLR:
        """torch.optim.lr_scheduler.StepLR."""
        from torch.optim.lr_scheduler import StepLR

        return StepLR(optimizer, step_size=self.epochs, gamma=self.gamma)

    def code(self) -> Code:
        """As source text."""
        return Code(
            ("import torch",),
            (),
            f"torch.optim.lr_scheduler.StepLR(optimizer, step_size={self.epochs}, gamma={self.gamma!r})",
        )
