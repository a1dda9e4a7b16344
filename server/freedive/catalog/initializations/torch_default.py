"""Weights as torch makes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from freedive.catalog.code import Code
from freedive.catalog.initializations.base import InitializationChoice

if TYPE_CHECKING:
    from torch import nn


class TorchDefault(InitializationChoice):
    """Leave weights and biases as torch draws them: uniform between -1/√fan_in and 1/√fan_in."""

    kind: Literal["torch"] = "torch"

    title: ClassVar[dict[str, str]] = {"en": "torch's default", "zh": "torch 默认"}
    about: ClassVar[dict[str, str]] = {
        "en": "Uniform, narrower for layers with more inputs.",
        "zh": "均匀分布，输入越多范围越窄。",
    }

    def apply(self, module: nn.Module) -> None:
        """Nothing to do."""

    def code(self) -> Code:
        """Nothing to write."""
        return Code((), (), "")
