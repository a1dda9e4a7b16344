"""Line: y = 2 x0 - 3.4 x1 + 4.2 + noise, the first regression of many courses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from freedive.catalog.datasets.regressions import RegressionSet

if TYPE_CHECKING:
    import torch
    from torch import Tensor


def line(size: int, noise: float, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Inputs (size, 2), standard normal, and targets (size, 1) = 2 x0 - 3.4 x1 + 4.2 + noise."""
    import torch

    inputs = torch.randn(size, 2, generator=generator)
    targets = inputs @ torch.tensor([[2.0], [-3.4]]) + 4.2
    return inputs, targets + noise * torch.randn(size, 1, generator=generator)


class Line(RegressionSet):
    """y = 2 x0 - 3.4 x1 + 4.2 + noise: whoever learns it finds those three numbers in the weights and the bias."""

    kind: Literal["line"] = "line"
    standardize: bool = False
    """Subtract the mean of each feature and divide by its standard deviation; off, so that the weights are 2 and -3.4."""
    size: Annotated[int, Field(ge=30, le=100_000)] = 1000
    """Number of examples in all three splits together."""
    noise: Annotated[float, Field(ge=0, le=10)] = 0.01
    """Standard deviation of what is added to y."""

    title: ClassVar[dict[str, str]] = {"en": "Line", "zh": "线性函数"}
    about: ClassVar[dict[str, str]] = {
        "en": "y = 2 x0 - 3.4 x1 + 4.2 with a little noise.",
        "zh": "带少量噪声的 y = 2 x0 - 3.4 x1 + 4.2。",
    }
    generate = staticmethod(line)

    def feature_names(self) -> tuple[str, ...]:
        """Two inputs."""
        return ("x0", "x1")
