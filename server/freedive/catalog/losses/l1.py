"""Mean absolute error."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from freedive.catalog.losses.base import LossChoice
from freedive.protocol.events import Task

if TYPE_CHECKING:
    from torch import nn


class L1(LossChoice):
    """Mean of the absolute differences (torch.nn.L1Loss)."""

    kind: Literal["l1"] = "l1"

    title: ClassVar[dict[str, str]] = {"en": "Mean absolute error", "zh": "平均绝对误差"}
    about: ClassVar[dict[str, str]] = {
        "en": "Takes the size of the differences: outliers count no more than their share.",
        "zh": "取误差的绝对值，离群点不会被放大。",
    }
    tasks: ClassVar[frozenset[Task]] = frozenset({"regression"})

    def build(self) -> nn.Module:
        """torch.nn.L1Loss."""
        from torch import nn

        return nn.L1Loss()

    def expression(self) -> str:
        """As source text."""
        return "nn.L1Loss()"
