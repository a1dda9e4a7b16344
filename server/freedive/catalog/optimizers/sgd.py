"""Stochastic gradient descent."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, Self

from pydantic import model_validator

from freedive.catalog.optimizers.base import Decay, OptimizerChoice, Rate, Smoothing


class SGD(OptimizerChoice):
    """Steps against the gradient, with momentum if wanted (torch.optim.SGD)."""

    kind: Literal["sgd"] = "sgd"
    lr: Rate = 0.1
    """Learning rate: the length of a step for a gradient of 1."""
    momentum: Smoothing = 0.0
    """Share of the last step that is kept in the next (Sutskever et al., 2013)."""
    nesterov: bool = False
    """Take the gradient where momentum would lead; needs momentum."""
    weight_decay: Decay = 0.0
    """Times each weight, added to its gradient."""

    title: ClassVar[dict[str, str]] = {"en": "SGD", "zh": "随机梯度下降"}
    about: ClassVar[dict[str, str]] = {
        "en": "Steps against the gradient, with momentum if wanted.",
        "zh": "沿负梯度方向走一步，可加动量。",
    }
    torch_name = "SGD"

    @model_validator(mode="after")
    def _nesterov_needs_momentum(self) -> Self:
        if self.nesterov and self.momentum == 0:
            raise ValueError(
                "nesterov looks ahead along the momentum, but momentum is 0; set momentum, for example 0.9"
            )
        return self

    def arguments(self) -> dict[str, Any]:
        """For torch.optim.SGD."""
        return {
            "lr": self.lr,
            "momentum": self.momentum,
            "nesterov": self.nesterov,
            "weight_decay": self.weight_decay,
        }
