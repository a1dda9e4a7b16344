"""Classic: the base of the small tables that scikit-learn carries."""

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


class Classic(Samples):
    """A table that comes with scikit-learn. Its facts are written here so that an outline needs no import."""

    tasks: ClassVar[frozenset[Task]] = frozenset({"multiclass"})
    known: ClassVar[Facts]
    loader: ClassVar[str]
    """Name of the function in sklearn.datasets."""

    @property
    def task(self) -> Task:
        """More than two classes."""
        return "multiclass"

    def facts(self, store: DataStore) -> Facts:
        """Rows, classes and columns of the table."""
        return type(self).known

    def sample(self, generator: torch.Generator, store: DataStore) -> tuple[Tensor, Tensor]:
        """The whole table; nothing is random."""
        import sklearn.datasets

        loader: Callable[[], Any] = getattr(sklearn.datasets, self.loader)
        return classic(loader(), self.task)

    def drawing(self) -> Drawing:
        """The loader and its conversion."""
        return Drawing(
            imports=(f"from sklearn.datasets import {self.loader}",),
            definitions=(source(classic),),
            statements=(f"raw, targets = classic({self.loader}(), {self.task!r})",),
        )


def classic(table: Any, task: str) -> tuple[Tensor, Tensor]:
    """A scikit-learn table as inputs (n, features) and targets: (n,) int64 classes, else (n, 1) float32."""
    import torch

    inputs, targets = torch.from_numpy(table.data).float(), torch.from_numpy(table.target)
    return inputs, targets.long() if task == "multiclass" else targets.float()[:, None]
