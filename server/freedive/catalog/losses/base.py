"""LossChoice: what every loss offers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from freedive.catalog.choice import Choice
from freedive.catalog.code import Code

if TYPE_CHECKING:
    from torch import nn


class LossChoice(Choice):
    """Builds a module called with (outputs, targets) that returns the mean over the batch."""

    def build(self) -> nn.Module:
        """torch's own loss."""
        raise TypeError(f"{type(self).__name__} builds nothing")

    def expression(self) -> str:
        """The same as source text."""
        raise TypeError(f"{type(self).__name__} has no source")

    def code(self) -> Code:
        """The same for a script."""
        return Code(("from torch import nn",), (), self.expression())
