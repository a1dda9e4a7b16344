"""Kaiming weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from freedive.catalog.initializations.base import InitializationChoice

if TYPE_CHECKING:
    from torch import nn


def kaiming(model: nn.Module, distribution: str, mode: Literal["fan_in", "fan_out"]) -> None:
    """Weights of variance 2 / fan; biases 0."""
    from torch import nn

    draw = {"uniform": nn.init.kaiming_uniform_, "normal": nn.init.kaiming_normal_}[distribution]
    for module in model.modules():
        if isinstance(module, nn.Linear | nn.Conv2d):
            draw(module.weight, mode=mode, nonlinearity="relu")
            if module.bias is not None:
                nn.init.zeros_(module.bias)


class Kaiming(InitializationChoice):
    """Keeps the variance of signals in ReLU nets, where half of each is cut off (He et al., 2015)."""

    kind: Literal["kaiming"] = "kaiming"
    distribution: Literal["uniform", "normal"] = "normal"
    """What the weights are drawn from."""
    mode: Literal["fan_in", "fan_out"] = "fan_in"
    """Keep the variance of signals (fan_in) or of gradients (fan_out)."""

    title: ClassVar[dict[str, str]] = {"en": "Kaiming", "zh": "Kaiming"}
    about: ClassVar[dict[str, str]] = {
        "en": "For ReLU: makes up for the half of each signal that is cut off.",
        "zh": "适合 ReLU，弥补被截去的一半信号。",
    }
    function = staticmethod(kaiming)

    def arguments(self) -> dict[str, Any]:
        """For `kaiming`."""
        return {"distribution": self.distribution, "mode": self.mode}
