"""RegressionSet: the base of generated datasets whose target is a number."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from freedive.catalog.code import source
from freedive.catalog.datasets.samples import Drawing, Facts, Samples
from freedive.catalog.datasets.store import DataStore
from freedive.protocol.events import Task

if TYPE_CHECKING:
    import torch
    from torch import Tensor


class RegressionSet(Samples):
    """Inputs and a noisy function of them."""

    tasks: ClassVar[frozenset[Task]] = frozenset({"regression"})
    generate: ClassVar[Callable[..., tuple[Tensor, Tensor]]]
    """A function at the top of the entry's module: (its fields …, generator) to (inputs, targets)."""

    @property
    def task(self) -> Task:
        """A number is predicted."""
        return "regression"

    def arguments(self) -> dict[str, Any]:
        """What `generate` is called with, by name."""
        return {name: getattr(self, name) for name in ("size", "noise")}

    def feature_names(self) -> tuple[str, ...]:
        """Names of the inputs."""
        return ("x",)

    def facts(self, store: DataStore) -> Facts:
        """Number of examples and names of the inputs."""
        return Facts(int(self.arguments()["size"]), (), self.feature_names())

    def sample(self, generator: torch.Generator, store: DataStore) -> tuple[Tensor, Tensor]:
        """Inputs (n, features) and targets (n, 1)."""
        return type(self).generate(**self.arguments(), generator=generator)

    def drawing(self) -> Drawing:
        """The generator function and the call of it."""
        generate = type(self).generate
        given = ", ".join(f"{name}={value!r}" for name, value in self.arguments().items())
        return Drawing(
            imports=("import math",) if "math." in source(generate) else (),
            definitions=(source(generate),),
            statements=(f"raw, targets = {generate.__name__}({given}, generator=generator)",),
        )
