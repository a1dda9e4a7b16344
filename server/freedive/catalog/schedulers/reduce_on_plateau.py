"""Drops when the validation loss stops falling."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from freedive.catalog.code import Code
from freedive.catalog.schedulers.base import SchedulerChoice

if TYPE_CHECKING:
    from torch import optim


class ReduceOnPlateau(SchedulerChoice):
    """Multiply the learning rate by `factor` when the validation loss has not fallen for a while."""

    kind: Literal["reduce_on_plateau"] = "reduce_on_plateau"
    factor: Annotated[float, Field(gt=0, lt=1)] = 0.5
    """What the learning rate is multiplied by."""
    patience: Annotated[int, Field(ge=0, le=1000)] = 3
    """Evaluations without improvement that are still put up with."""
    lowest: Annotated[float, Field(ge=0, le=100)] = 0.0
    """Learning rate that is never gone below."""

    title: ClassVar[dict[str, str]] = {"en": "Reduce on plateau", "zh": "停滞时降低"}
    about: ClassVar[dict[str, str]] = {
        "en": "Drops when the validation loss stops falling.",
        "zh": "验证损失不再下降时降低学习率。",
    }
    per = "evaluation"

    def build(
        self, optimizer: optim.Optimizer, total_steps: int, steps_per_epoch: int
    ) -> optim.lr_scheduler.ReduceLROnPlateau:
        """torch.optim.lr_scheduler.ReduceLROnPlateau; its `step` takes the validation loss."""
        from torch.optim.lr_scheduler import ReduceLROnPlateau

        return ReduceLROnPlateau(optimizer, factor=self.factor, patience=self.patience, min_lr=self.lowest)

    def code(self) -> Code:
        """As source text."""
        given = f"factor={self.factor!r}, patience={self.patience}, min_lr={self.lowest!r}"
        return Code(("import torch",), (), f"torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, {given})")
