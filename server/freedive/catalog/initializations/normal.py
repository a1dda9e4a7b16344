"""Weights from a normal distribution."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field

from freedive.catalog.initializations.base import InitializationChoice

if TYPE_CHECKING:
    from torch import nn


def normal(model: nn.Module, std: float) -> None:
    """Normal weights with mean 0; biases 0."""
    from torch import nn

    for module in model.modules():
        if isinstance(module, nn.Linear | nn.Conv2d):
            nn.init.normal_(module.weight, std=std)
            if module.bias is not None:
                nn.init.zeros_(module.bias)


class Normal(InitializationChoice):
    """Normal weights with mean 0 and the same width in every layer; biases 0."""

    kind: Literal["normal"] = "normal"
    std: Annotated[float, Field(gt=0, le=10)] = 0.01
    """Standard deviation."""

    title: ClassVar[dict[str, str]] = {"en": "Normal", "zh": "正态分布"}
    about: ClassVar[dict[str, str]] = {
        "en": "The same width in every layer, whatever its size.",
        "zh": "各层使用相同标准差的正态分布。",
    }
    function = staticmethod(normal)

    def arguments(self) -> dict[str, Any]:
        """For `normal`."""
        return {"std": self.std}
