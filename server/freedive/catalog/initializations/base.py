"""InitializationChoice: what every initialization offers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from freedive.catalog.choice import Choice
from freedive.catalog.code import Code, source

if TYPE_CHECKING:
    from torch import nn


class InitializationChoice(Choice):
    """Sets the weights of every Linear and Conv2d in place, drawing from the global random state; biases become 0."""

    function: ClassVar[Callable[..., None]]
    """A function at the top of the entry's module: (module, its fields …)."""

    def arguments(self) -> dict[str, Any]:
        """What `function` is called with besides the module."""
        return {}

    def apply(self, module: nn.Module) -> None:
        """Set the weights of `module`."""
        type(self).function(module, **self.arguments())

    def code(self) -> Code:
        """The same for a script; the expression is a statement that names `model`."""
        function = type(self).function
        given = "".join(f", {name}={value!r}" for name, value in self.arguments().items())
        return Code(
            ("from typing import Literal", "from torch import nn"),
            (source(function),),
            f"{function.__name__}(model{given})",
        )
