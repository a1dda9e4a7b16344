"""Activation functions."""

from __future__ import annotations

from typing import ClassVar, Literal

from freedive.catalog.models.layers.base import LayerChoice

Function = Literal["relu", "leaky_relu", "elu", "gelu", "tanh", "sigmoid", "softplus", "silu", "identity"]

TORCH_NAMES: dict[str, str] = {
    "relu": "ReLU",
    "leaky_relu": "LeakyReLU",
    "elu": "ELU",
    "gelu": "GELU",
    "tanh": "Tanh",
    "sigmoid": "Sigmoid",
    "softplus": "Softplus",
    "silu": "SiLU",
    "identity": "Identity",
}


class ActivationLayer(LayerChoice):
    """A function of each value by itself; without one, layers in a row are no more than one Linear."""

    kind: Literal["activation"] = "activation"
    function: Function = "relu"
    """Which function."""

    title: ClassVar[dict[str, str]] = {"en": "Activation", "zh": "激活函数"}
    about: ClassVar[dict[str, str]] = {
        "en": "A function of each value by itself.",
        "zh": "对每个值单独作用的函数。",
    }

    def module_name(self) -> str:
        """torch's name of the function."""
        return TORCH_NAMES[self.function]

    def module_prefix(self) -> str:
        """The name of the function."""
        return self.function
