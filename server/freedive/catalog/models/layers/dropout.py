"""Dropout."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from freedive.catalog.models.layers.base import LayerChoice, Shape


class DropoutLayer(LayerChoice):
    """Sets a random share of values to 0 while training and scales up the rest (Srivastava et al., 2014)."""

    kind: Literal["dropout"] = "dropout"
    p: Annotated[float, Field(ge=0, lt=1)] = 0.5
    """Share that is set to 0."""

    title: ClassVar[dict[str, str]] = {"en": "Dropout", "zh": "随机失活"}
    about: ClassVar[dict[str, str]] = {
        "en": "Sets a random share of values to 0.",
        "zh": "随机将一部分值置零。",
    }
    torch_name = "Dropout"
    prefix = "dropout"

    def arguments(self, shape: Shape, outputs: int) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """p."""
        return (), {"p": self.p}

    def label(self, shape: Shape, outputs: int) -> str:
        """Dropout 0.5."""
        return f"Dropout {self.p:g}"
