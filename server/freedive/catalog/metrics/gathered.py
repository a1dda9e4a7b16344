"""Gathered: metrics that need every answer at once. Each function stands alone, for scripts.

torchmetrics counts a class that never occurs as an area of 0, and sums squares in float32, where values far from 0
lose what tells them apart; so these two are computed here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor


class Gathered:
    """Keeps answers and targets of all batches, and measures them together."""

    def __init__(self, measure: Callable[[Sequence[Tensor], Sequence[Tensor]], Any]) -> None:
        self.measure = measure
        self.answers: list[Tensor] = []
        self.targets: list[Tensor] = []

    def update(self, answers: Tensor, targets: Tensor) -> None:
        """Keep one batch."""
        self.answers.append(answers)
        self.targets.append(targets)

    def compute(self) -> Any:
        """The value over all that was kept; NaN where it is not defined."""
        return self.measure(self.answers, self.targets)

    def reset(self) -> None:
        """Forget everything."""
        self.answers, self.targets = [], []

    def to(self, device: Any) -> Gathered:
        """What is kept stays where it came from."""
        return self


def area_under_roc(answers: Sequence[Tensor], targets: Sequence[Tensor]) -> Tensor:
    """How often a positive outranks a negative, ties counting half; the mean over classes that have both."""
    import torch

    scores, truth = torch.cat(list(answers)).double(), torch.cat(list(targets)).flatten()
    if scores.isnan().any():
        return torch.tensor(float("nan"))
    areas = []
    for i in range(scores.shape[1]):
        positive = truth > 0.5 if scores.shape[1] == 1 else truth == i
        high, low = scores[positive, i].contiguous(), scores[~positive, i].sort().values
        if len(high) and len(low):
            below = torch.searchsorted(low, high) + torch.searchsorted(low, high, right=True)
            areas.append(below.double().mean() / (2 * len(low)))
    return torch.stack(areas).mean() if areas else torch.tensor(float("nan"))


def explained_variance(answers: Sequence[Tensor], targets: Sequence[Tensor]) -> Tensor:
    """1 - squared errors / squared distances from the mean, in float64; with a constant target 1 if hit, else 0."""
    import torch

    values, truth = torch.cat(list(answers)).double(), torch.cat(list(targets)).double()
    if len(truth) < 2:
        return torch.tensor(float("nan"))
    errors, spread = (truth - values).square().sum(), (truth - truth.mean(dim=0)).square().sum()
    if spread == 0:
        return (errors == 0).double()
    return 1 - errors / spread
