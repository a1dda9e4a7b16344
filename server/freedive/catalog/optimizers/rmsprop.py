"""RMSprop."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from freedive.catalog.optimizers.base import Decay, Epsilon, OptimizerChoice, Rate, Smoothing


class RMSprop(OptimizerChoice):
    """Divides by the root of a moving average of squared gradients (Hinton, 2012; torch.optim.RMSprop)."""

    kind: Literal["rmsprop"] = "rmsprop"
    lr: Rate = 0.01
    """Learning rate."""
    alpha: Smoothing = 0.99
    """Share of the old average that is kept at each step."""
    eps: Epsilon = 1e-8
    """Added to the divisor, so that it is never 0."""
    momentum: Smoothing = 0.0
    """Share of the last step that is kept in the next."""
    centered: bool = False
    """Subtract the average gradient first, so that the divisor estimates its variance."""
    weight_decay: Decay = 0.0
    """Times each weight, added to its gradient."""

    title: ClassVar[dict[str, str]] = {"en": "RMSprop", "zh": "RMSprop"}
    about: ClassVar[dict[str, str]] = {
        "en": "Makes steps of like length in every direction, forgetting old gradients.",
        "zh": "用近期梯度的均方根归一化步长。",
    }
    torch_name = "RMSprop"

    def arguments(self) -> dict[str, Any]:
        """For torch.optim.RMSprop."""
        return {
            "lr": self.lr,
            "alpha": self.alpha,
            "eps": self.eps,
            "momentum": self.momentum,
            "centered": self.centered,
            "weight_decay": self.weight_decay,
        }
