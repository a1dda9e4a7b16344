"""ModelChoice: the base of all models, a row of layers whose shapes are worked out before torch is loaded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from freedive.catalog.choice import Choice
from freedive.catalog.code import Code
from freedive.catalog.models.layers.base import LayerChoice, Shape
from freedive.errors import BadSpec, ShapeMismatch
from freedive.protocol.events import Layer

if TYPE_CHECKING:
    from torch import nn

MOST_PARAMETERS = 50_000_000


class Placed(NamedTuple):
    """A layer, and the field of the spec that it comes from."""

    position: str
    layer: LayerChoice


class Fitted(NamedTuple):
    """A layer with the shapes that pass through it."""

    name: str
    layer: LayerChoice
    input_shape: Shape
    output_shape: Shape


class ModelChoice(Choice):
    """Subclasses say which layers they are made of; shapes, module and source text follow from those."""

    def placed(self, input_shape: Shape, outputs: int) -> Sequence[Placed]:
        """The layers in order. Raises ShapeMismatch where the model as a whole does not suit the data."""
        raise TypeError(f"{type(self).__name__} has no layers")

    def fitted(self, input_shape: Shape, outputs: int) -> list[Fitted]:
        """Each layer with a name and shapes. Raises ShapeMismatch naming the first layer that does not fit."""
        shape, position, numbers, fitted = input_shape, "model", Counter[str](), list[Fitted]()
        for position, layer in self.placed(input_shape, outputs):
            try:
                after = layer.output_shape(shape, outputs)
            except ShapeMismatch as mismatch:
                raise ShapeMismatch(mismatch.message, position=position, hint=mismatch.hint) from None
            prefix = layer.module_prefix()
            numbers[prefix] += 1
            fitted.append(Fitted(f"{prefix}{numbers[prefix]}", layer, shape, after))
            shape = after
        if shape != (outputs,):
            wanted = "1 number" if outputs == 1 else f"{outputs} numbers, one for each class"
            came = f"{shape[0]}" if len(shape) == 1 else f"shape ({', '.join(map(str, shape))})"
            raise ShapeMismatch(
                f"the model must end in {wanted}, but its last layer gives {came}",
                position=position,
                hint="End with a Linear whose out_features is left empty; a picture needs a Flatten before it.",
            )
        total = sum(f.layer.parameters(f.input_shape, outputs) for f in fitted)
        if total > MOST_PARAMETERS:
            raise BadSpec(
                f"the model would have {total:,} parameters; expected at most {MOST_PARAMETERS:,}",
                position="model",
                hint="Make layers narrower, or pool more before the first Linear.",
            )
        return fitted

    def outline(self, input_shape: Shape, outputs: int) -> list[Layer]:
        """Names, shapes and parameter counts of all layers, torch-free. Raises ShapeMismatch."""
        return [
            Layer(
                name=name,
                kind=layer.module_name(),
                input_shape=list(before),
                output_shape=list(after),
                parameters=layer.parameters(before, outputs),
                label=layer.label(before, outputs),
            )
            for name, layer, before, after in self.fitted(tuple(input_shape), outputs)
        ]

    def build(self, input_shape: Shape, outputs: int) -> nn.Sequential:
        """The module; its children are named as in the outline. Draws from the global random state."""
        from collections import OrderedDict

        from torch import nn

        fitted = self.fitted(tuple(input_shape), outputs)
        return nn.Sequential(OrderedDict((f.name, f.layer.build(f.input_shape, outputs)) for f in fitted))

    def code(self, input_shape: Shape, outputs: int) -> Code:
        """The same module for a script."""
        lines = "".join(
            f"        {name}={layer.expression(before, outputs)},\n"
            for name, layer, before, _ in self.fitted(tuple(input_shape), outputs)
        )
        return Code(
            ("from collections import OrderedDict", "from torch import nn"),
            (),
            f"nn.Sequential(\n    OrderedDict(\n{lines}    )\n)",
        )
