"""OptimizerChoice: what every optimizer offers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import Field

from freedive.catalog.choice import Choice
from freedive.catalog.code import Code

if TYPE_CHECKING:
    from torch import nn, optim

Rate = Annotated[float, Field(gt=0, le=100)]
Decay = Annotated[float, Field(ge=0, le=10)]
Smoothing = Annotated[float, Field(ge=0, lt=1)]
Epsilon = Annotated[float, Field(gt=0, le=0.1)]


class OptimizerChoice(Choice):
    """Builds torch's optimizer of the same name."""

    torch_name: ClassVar[str]
    """Name of the class in torch.optim."""

    def arguments(self) -> dict[str, Any]:
        """Keyword arguments of torch's class."""
        raise TypeError(f"{type(self).__name__} has no arguments")

    def build(self, parameters: Iterable[nn.Parameter]) -> optim.Optimizer:
        """The optimizer over `parameters`."""
        from torch import optim

        kind: type[optim.Optimizer] = getattr(optim, self.torch_name)
        return kind(parameters, **self.arguments())

    def code(self) -> Code:
        """The same for a script; it names `model`."""
        given = ", ".join(f"{name}={value!r}" for name, value in self.arguments().items())
        return Code(("import torch",), (), f"torch.optim.{self.torch_name}(model.parameters(), {given})")


class AdamLike(OptimizerChoice):
    """Adam and its kin: what they have in common besides the decay of the weights."""

    lr: Rate = 0.001
    """Learning rate: about the length of a step."""
    beta1: Smoothing = 0.9
    """Share of the old average gradient that is kept at each step."""
    beta2: Smoothing = 0.999
    """Share of the old average square that is kept at each step."""
    eps: Epsilon = 1e-8
    """Added to the divisor, so that it is never 0."""
    weight_decay: Decay = 0.0

    def arguments(self) -> dict[str, Any]:
        """For torch's class."""
        return {
            "lr": self.lr,
            "betas": (self.beta1, self.beta2),
            "eps": self.eps,
            "weight_decay": self.weight_decay,
        }
