"""SchedulerChoice: what every scheduler offers."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from freedive.catalog.choice import Choice
from freedive.catalog.code import Code

if TYPE_CHECKING:
    from torch import optim

    TorchScheduler = optim.lr_scheduler.LRScheduler | optim.lr_scheduler.ReduceLROnPlateau


class SchedulerChoice(Choice):
    """Builds torch's scheduler; `per` says when its `step()` is called."""

    per: ClassVar[Literal["step", "epoch", "evaluation"]] = "epoch"
    """After each optimizer step, each epoch, or each evaluation (then with the validation loss)."""

    def build(
        self, optimizer: optim.Optimizer, total_steps: int, steps_per_epoch: int
    ) -> TorchScheduler | None:
        """The scheduler of `optimizer`, or None where the learning rate stays."""
        raise TypeError(f"{type(self).__name__} builds nothing")

    def code(self) -> Code:
        """The same for a script; it may name `optimizer`, `total_steps` and `steps_per_epoch`."""
        raise TypeError(f"{type(self).__name__} has no source")
