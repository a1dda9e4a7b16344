"""Scaling of regression targets, so that a target in the thousands trains as well as one around 1."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


def scale(targets: Tensor) -> tuple[float, float]:
    """Mean and standard deviation of the targets; 1 where they never change."""
    exact = targets.double()
    mean, std = exact.mean().item(), exact.std(correction=0).item()
    return mean, std if std > 1e-14 * abs(mean) else 1.0


def scale_lines() -> list[str]:
    """The lines of a script that scale `targets` by the training rows."""
    return ["low, spread = scale(targets[rows[0]])", "targets = ((targets.double() - low) / spread).float()"]
