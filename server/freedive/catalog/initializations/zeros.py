"""All weights zero."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from freedive.catalog.initializations.base import InitializationChoice

if TYPE_CHECKING:
    from torch import nn


def zeros(model: nn.Module) -> None:
    """Weights and biases 0."""
    from torch import nn

    for module in model.modules():
        if isinstance(module, nn.Linear | nn.Conv2d):
            nn.init.zeros_(module.weight)
            if module.bias is not None:
                nn.init.zeros_(module.bias)


class Zeros(InitializationChoice):
    """All weights and biases 0: fine for a linear model; hidden units stay alike and never part."""

    kind: Literal["zeros"] = "zeros"

    title: ClassVar[dict[str, str]] = {"en": "Zeros", "zh": "全零"}
    about: ClassVar[dict[str, str]] = {
        "en": "Fine for a linear model; hidden units stay alike and learn nothing.",
        "zh": "线性模型可以；隐藏单元始终相同，学不到东西。",
    }
    function = staticmethod(zeros)
