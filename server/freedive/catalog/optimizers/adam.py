"""Adam."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from freedive.catalog.optimizers.base import Decay, Epsilon, OptimizerChoice, Rate, Smoothing


class Adam(OptimizerChoice):
    """Moving averages of the gradient and of its square, both corrected for their start (Kingma and Ba, 2015)."""

    kind: Literal["adam"] = "adam"
    lr: Rate = 0.001
    """Learning rate: about the length of a step."""
    beta1: Smoothing = 0.9
    """Share of the old average gradient that is kept at each step."""
    beta2: Smoothing = 0.999
    """Share of the old average square that is kept at each step."""
    eps: Epsilon = 1e-8
    """Added to the divisor, so that it is never 0."""
    weight_decay: Decay = 0.0
    """Times each weight, added to its gradient."""

    title: ClassVar[dict[str, str]] = {"en": "Adam", "zh": "Adam"}
    about: ClassVar[dict[str, str]] = {
        "en": "Momentum and a step length of its own for each weight.",
        "zh": "结合动量与自适应步长。",
    }
    torch_name = "Adam"

    def arguments(self) -> dict[str, Any]:
        """For torch.optim.Adam."""
        return {
            "lr": self.lr,
            "betas": (self.beta1, self.beta2),
            "eps": self.eps,
            "weight_decay": self.weight_decay,
        }
