"""LayerChoice: what every layer of a model offers.

Shapes leave out the batch axis: (features,) for flat examples, (channels, height, width) for pictures.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import Field

from freedive.catalog.choice import Choice
from freedive.errors import ShapeMismatch

if TYPE_CHECKING:
    from torch import nn

Shape = tuple[int, ...]
Width = Annotated[int, Field(ge=1, le=4096)]
Window = Annotated[int, Field(ge=1, le=31)]
Padding = Annotated[int, Field(ge=0, le=15)]


class LayerChoice(Choice):
    """One layer. `outputs` is what the dataset asks of the whole model; only a Linear without a width reads it."""

    torch_name: ClassVar[str]
    """Name of the class in torch.nn."""
    prefix: ClassVar[str]
    """Its name in the module, before the number."""

    def output_shape(self, shape: Shape, outputs: int) -> Shape:
        """What comes out where `shape` goes in. Raises ShapeMismatch, without a position, where it does not fit."""
        return shape

    def parameters(self, shape: Shape, outputs: int) -> int:
        """Trainable numbers."""
        return 0

    def arguments(self, shape: Shape, outputs: int) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Positional and keyword arguments of torch's class."""
        return (), {}

    def label(self, shape: Shape, outputs: int) -> str:
        """For people."""
        return self.module_name()

    def module_name(self) -> str:
        """Name of the class in torch.nn."""
        return self.torch_name

    def module_prefix(self) -> str:
        """Its name in the module, before the number."""
        return self.prefix

    def build(self, shape: Shape, outputs: int) -> nn.Module:
        """torch's module."""
        from torch import nn

        given, named = self.arguments(shape, outputs)
        module: nn.Module = getattr(nn, self.module_name())(*given, **named)
        return module

    def expression(self, shape: Shape, outputs: int) -> str:
        """The same as source text."""
        given, named = self.arguments(shape, outputs)
        listed = [repr(value) for value in given] + [f"{name}={value!r}" for name, value in named.items()]
        return f"nn.{self.module_name()}({', '.join(listed)})"


def flat(name: str, shape: Shape) -> int:
    """The number of features. Raises ShapeMismatch for a picture."""
    if len(shape) != 1:
        raise ShapeMismatch(
            f"{name} expects flat examples of shape (features,), but {shown(shape)} comes in",
            hint="Put a Flatten before it.",
        )
    return shape[0]


def picture(name: str, shape: Shape) -> tuple[int, int, int]:
    """Channels, height and width. Raises ShapeMismatch for flat examples."""
    if len(shape) != 3:
        raise ShapeMismatch(
            f"{name} expects pictures of shape (channels, height, width), but {shown(shape)} comes in",
            hint="Put it before the first Flatten or Linear, and choose a dataset of pictures.",
        )
    return shape[0], shape[1], shape[2]


def shown(shape: Shape) -> str:
    """As torch prints it."""
    return f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"


def slid(name: str, side: int, kernel: int, stride: int, padding: int) -> int:
    """Positions of a window along one side (torch.nn.Conv2d's formula with dilation 1). Raises ShapeMismatch."""
    if kernel > side + 2 * padding:
        padded = f" with padding {padding} on each side" if padding else ""
        raise ShapeMismatch(
            f"{name} looks at {kernel} × {kernel} pixels, but only {side} × {side}{padded} come in",
            hint="Make its kernel smaller, its padding larger, or pool less before it.",
        )
    return (side + 2 * padding - kernel) // stride + 1
