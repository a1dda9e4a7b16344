"""Mean squared error."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from freedive.catalog.losses.base import LossChoice
from freedive.protocol.events import Task

if TYPE_CHECKING:
    from torch import nn


class MSE(LossChoice):
    """Mean of the squared differences (torch.nn.MSELoss)."""

    kind: Literal["mse"] = "mse"

    title: ClassVar[dict[str, str]] = {"en": "Mean squared error", "zh": "均方误差"}
    about: ClassVar[dict[str, str]] = {
        "en": "Squares the differences: large errors count most.",
        "zh": "对误差取平方，大误差影响最大。",
    }
    tasks: ClassVar[frozenset[Task]] = frozenset({"regression"})

    def build(self) -> nn.Module:
        """torch.nn.MSELoss."""
        from torch import nn

        return nn.MSELoss()

    def expression(self) -> str:
        """As source text."""
        return "nn.MSELoss()"
