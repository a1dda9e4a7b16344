"""AdamW."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from freedive.catalog.optimizers.base import Decay, Epsilon, OptimizerChoice, Rate, Smoothing


class AdamW(OptimizerChoice):
    """Adam with weight decay that does not pass through the averages (Loshchilov and Hutter, 2019)."""

    kind: Literal["adamw"] = "adamw"
    lr: Rate = 0.001
    """Learning rate: about the length of a step."""
    beta1: Smoothing = 0.9
    """Share of the old average gradient that is kept at each step."""
    beta2: Smoothing = 0.999
    """Share of the old average square that is kept at each step."""
    eps: Epsilon = 1e-8
    """Added to the divisor, so that it is never 0."""
    weight_decay: Decay = 0.01
    """Each step shrinks every weight by lr times this."""

    title: ClassVar[dict[str, str]] = {"en": "AdamW", "zh": "AdamW"}
    about: ClassVar[dict[str, str]] = {
        "en": "Adam with weight decay kept apart from the gradient.",
        "zh": "权重衰减与梯度解耦的 Adam。",
    }
    torch_name = "AdamW"

    def arguments(self) -> dict[str, Any]:
        """For torch.optim.AdamW."""
        return {
            "lr": self.lr,
            "betas": (self.beta1, self.beta2),
            "eps": self.eps,
            "weight_decay": self.weight_decay,
        }
