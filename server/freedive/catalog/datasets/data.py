"""Data: what a dataset promises before it is loaded (DataOutline) and gives when it is (Data)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from freedive.protocol.events import Task
from freedive.protocol.tables import TableRows
from freedive.protocol.wire import Wire

if TYPE_CHECKING:
    from torch import Tensor


class Shares(Wire):
    """How the examples are divided at random; what counts is the ratio of the three to each other."""

    train: Annotated[float, Field(ge=0.01, le=1)] = 0.7
    """Examples to learn from."""
    validation: Annotated[float, Field(ge=0.01, le=1)] = 0.15
    """Examples to choose hyper-parameters and the moment to stop by."""
    test: Annotated[float, Field(ge=0.01, le=1)] = 0.15
    """Examples to judge the result by."""

    def sizes(self, count: int) -> tuple[int, int, int]:
        """Training, validation and test examples of `count`; none is empty when there are at least three."""
        return split_sizes(count, (self.train, self.validation, self.test))


def split_sizes(count: int, shares: tuple[float, float, float]) -> tuple[int, int, int]:
    """Sizes of the training, validation and test splits in the ratio of `shares`."""
    validation = max(1, round(count * shares[1] / sum(shares)))
    test = max(1, round(count * shares[2] / sum(shares)))
    if count - validation - test < 1:
        validation = test = max(1, (count - 1) // 2)
    return count - validation - test, validation, test


@dataclass(frozen=True)
class DataOutline:
    """Sizes and names, known without torch and without loading."""

    task: Task
    input_shape: tuple[int, ...]
    """Shape of one example as the model sees it."""
    outputs: int
    """Classes, or 1 for binary and regression tasks."""
    classes: tuple[str, ...]
    """Names; empty for a regression."""
    features: tuple[str, ...]
    """Names of the inputs of a flat example; empty for images."""
    train_size: int
    validation_size: int
    test_size: int
    table: TableRows | None = None
    """Of an uploaded table: what became of its rows."""


@dataclass(frozen=True)
class Examples:
    """One split. Row i of each tensor is the same example."""

    inputs: Tensor
    """float32, ready for the model."""
    targets: Tensor
    """int64 (n,) classes; float32 (n, 1) for binary and regression tasks."""
    raw: Tensor
    """What people are shown: points and tables before standardization, images as uint8."""

    def __len__(self) -> int:
        return len(self.targets)


def as_given(raw: Tensor) -> Tensor:
    """The inputs themselves are the features."""
    return raw


@dataclass(frozen=True)
class Data:
    """A loaded dataset."""

    task: Task
    classes: tuple[str, ...]
    features: tuple[str, ...]
    train: Examples
    validation: Examples
    test: Examples
    mean: Tensor
    """Subtracted from the features, in their units; 0 without standardization."""
    std: Tensor
    """Divides the features; 1 (images: 255) without standardization."""
    target_mean: float = 0.0
    """With `target_std`: target in the table's units = target * target_std + target_mean."""
    target_std: float = 1.0
    expand: Callable[[Tensor], Tensor] = as_given
    """Raw inputs to features, for example (n, 2) points to (n, 5) with squares and products."""

    def prepare(self, raw: Tensor) -> Tensor:
        """New inputs, given as `Examples.raw` has them, made ready for the model."""
        return ((self.expand(raw.to(self.mean.dtype)) - self.mean) / self.std).float()

    def split(self, name: str) -> Examples:
        """`train`, `validation` or `test`."""
        return {"train": self.train, "validation": self.validation, "test": self.test}[name]
