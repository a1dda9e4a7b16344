"""Xavier weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field

from freedive.catalog.initializations.base import InitializationChoice

if TYPE_CHECKING:
    from torch import nn


def xavier(model: nn.Module, distribution: str, gain: float) -> None:
    """Weights of variance gain² * 2 / (fan_in + fan_out); biases 0."""
    from torch import nn

    draw = {"uniform": nn.init.xavier_uniform_, "normal": nn.init.xavier_normal_}[distribution]
    for module in model.modules():
        if isinstance(module, nn.Linear | nn.Conv2d):
            draw(module.weight, gain=gain)
            if module.bias is not None:
                nn.init.zeros_(module.bias)


class Xavier(InitializationChoice):
    """Keeps the variance of signals and gradients alike in tanh and sigmoid nets (Glorot and Bengio, 2010)."""

    kind: Literal["xavier"] = "xavier"
    distribution: Literal["uniform", "normal"] = "uniform"
    """What the weights are drawn from."""
    gain: Annotated[float, Field(gt=0, le=10)] = 1.0
    """Factor of all weights."""

    title: ClassVar[dict[str, str]] = {"en": "Xavier", "zh": "Xavier"}
    about: ClassVar[dict[str, str]] = {
        "en": "For tanh and sigmoid: signals keep their strength both ways.",
        "zh": "适合 tanh 与 sigmoid，使信号与梯度的方差保持不变。",
    }
    function = staticmethod(xavier)

    def arguments(self) -> dict[str, Any]:
        """For `xavier`."""
        return {"distribution": self.distribution, "gain": self.gain}
