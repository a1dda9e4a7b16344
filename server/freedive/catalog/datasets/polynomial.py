"""Polynomial: a cubic seen through powers of x, for fitting too little and too much."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from freedive.catalog.code import source
from freedive.catalog.datasets.regressions import RegressionSet
from freedive.catalog.datasets.samples import Drawing

if TYPE_CHECKING:
    import torch
    from torch import Tensor


def polynomial(
    size: int, noise: float, coefficients: list[float], generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Inputs (size, 1) spread over -2 .. 2 and targets (size, 1) = sum of coefficients[i] * x^i, plus noise."""
    import torch

    x = 4 * torch.rand(size, 1, generator=generator) - 2
    powers = torch.cat([x**i for i in range(len(coefficients))], dim=1)
    targets = powers @ torch.tensor(coefficients)[:, None]
    return x, targets + noise * torch.randn(size, 1, generator=generator)


class Polynomial(RegressionSet):
    """A polynomial of x with noise; the model may be given few powers of x (too stiff) or many (too free)."""

    kind: Literal["polynomial"] = "polynomial"
    size: Annotated[int, Field(ge=30, le=100_000)] = 300
    """Number of examples in all three splits together."""
    noise: Annotated[float, Field(ge=0, le=10)] = 0.5
    """Standard deviation of what is added to y."""
    coefficients: Annotated[
        list[Annotated[float, Field(ge=-100, le=100)]], Field(min_length=1, max_length=8)
    ] = Field(default=[1.0, 1.2, -1.7, 0.9])
    """Of 1, x, x², x³ … in the function that is to be found."""
    powers: Annotated[int, Field(ge=1, le=20)] = 3
    """The model sees x, x², … up to this power."""

    title: ClassVar[dict[str, str]] = {"en": "Polynomial", "zh": "多项式"}
    about: ClassVar[dict[str, str]] = {
        "en": "A noisy cubic; choose how many powers of x the model may use.",
        "zh": "带噪声的三次多项式；可选择模型能用到 x 的几次幂。",
    }
    generate = staticmethod(polynomial)

    def arguments(self) -> dict[str, float | int | list[float]]:
        """What `polynomial` is called with."""
        return {"size": self.size, "noise": self.noise, "coefficients": list(self.coefficients)}

    def feature_names(self) -> tuple[str, ...]:
        """One for each power."""
        return tuple("x" if i == 1 else f"x^{i}" for i in range(1, self.powers + 1))

    def expansion(self) -> Callable[[Tensor], Tensor]:
        """Powers of x."""
        return partial(powers_of, highest=self.powers)

    def drawing(self) -> Drawing:
        """The generator function, and the powers."""
        imports, definitions, statements, _ = super().drawing()
        return Drawing(
            imports, (*definitions, source(powers_of)), statements, f"powers_of(raw.double(), {self.powers})"
        )


def powers_of(x: Tensor, highest: int) -> Tensor:
    """(n, 1) to (n, highest): x, x² … scaled to stay between -1 and 1 while x is between -2 and 2."""
    import torch

    return torch.cat([(x / 2) ** i for i in range(1, highest + 1)], dim=1)
