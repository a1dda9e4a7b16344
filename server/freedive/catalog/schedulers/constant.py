"""A learning rate that stays."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from freedive.catalog.code import Code
from freedive.catalog.schedulers.base import SchedulerChoice

if TYPE_CHECKING:
    from torch import optim


class NoScheduler(SchedulerChoice):
    """The learning rate stays as it is."""

    kind: Literal["none"] = "none"

    title: ClassVar[dict[str, str]] = {"en": "None", "zh": "不变"}
    about: ClassVar[dict[str, str]] = {"en": "The learning rate stays.", "zh": "学习率保持不变。"}

    def build(self, optimizer: optim.Optimizer, total_steps: int, steps_per_epoch: int) -> None:
        """Nothing."""

    def code(self) -> Code:
        """Nothing."""
        return Code((), (), "None")
