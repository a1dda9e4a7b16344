"""Adagrad."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from freedive.catalog.optimizers.base import Decay, Epsilon, OptimizerChoice, Rate


class Adagrad(OptimizerChoice):
    """Divides by the root of all squared gradients so far (Duchi et al., 2011; torch.optim.Adagrad)."""

    kind: Literal["adagrad"] = "adagrad"
    lr: Rate = 0.01
    """Learning rate."""
    lr_decay: Decay = 0.0
    """The learning rate of step t is lr / (1 + (t - 1) * lr_decay)."""
    eps: Epsilon = 1e-10
    """Added to the divisor, so that it is never 0."""
    weight_decay: Decay = 0.0
    """Times each weight, added to its gradient."""

    title: ClassVar[dict[str, str]] = {"en": "Adagrad", "zh": "Adagrad"}
    about: ClassVar[dict[str, str]] = {
        "en": "Shortens the steps of weights that have already moved much.",
        "zh": "对累计梯度大的权重减小步长。",
    }
    torch_name = "Adagrad"

    def arguments(self) -> dict[str, Any]:
        """For torch.optim.Adagrad."""
        return {"lr": self.lr, "lr_decay": self.lr_decay, "eps": self.eps, "weight_decay": self.weight_decay}
