"""Samples: the base of datasets that are one table of examples, divided at random and standardized."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from freedive.catalog.choice import Choice
from freedive.catalog.code import Code, source
from freedive.catalog.datasets.data import Data, DataOutline, Examples, Shares, as_given, split_sizes
from freedive.catalog.datasets.store import DataStore
from freedive.protocol.events import Task
from freedive.protocol.tables import TableRows

if TYPE_CHECKING:
    import torch
    from torch import Tensor


class Facts(NamedTuple):
    """What a table of examples is like, known without torch."""

    rows: int
    classes: tuple[str, ...]
    features: tuple[str, ...]
    groups: tuple[int, ...] = ()
    """Sizes of the categories, whose columns come last."""
    table: TableRows | None = None


class Drawing(NamedTuple):
    """The part of a script that makes `raw` and `targets`, and how inputs are computed from `raw`."""

    imports: tuple[str, ...]
    definitions: tuple[str, ...]
    statements: tuple[str, ...]
    inputs: str = "raw.double()"


class Samples(Choice):
    """A dataset small enough to be standardized as a whole."""

    split: Shares = Shares()
    """How the examples are divided into training, validation and test."""
    standardize: bool = True
    """Subtract the mean of each feature and divide by its standard deviation, both measured on the training split."""

    image_shape: ClassVar[tuple[int, ...] | None] = None
    """(channels, height, width) where an example is a picture with values 0..255."""

    if TYPE_CHECKING:  # not at run time, because for `table` it is a field

        @property
        def task(self) -> Task:
            """What the targets are."""

    def facts(self, store: DataStore) -> Facts:
        """Number of examples, classes and features, without loading."""
        raise TypeError(f"{type(self).__name__} states no facts")

    def sample(self, generator: torch.Generator, store: DataStore) -> tuple[Tensor, Tensor]:
        """Raw inputs and targets of all examples; everything random is drawn from `generator`."""
        raise TypeError(f"{type(self).__name__} draws no examples")

    def expansion(self) -> Callable[[Tensor], Tensor]:
        """How features are computed from raw inputs."""
        return as_given

    def completed(self, raw: Tensor, rows: Tensor, facts: Facts) -> Tensor:
        """`raw` without gaps, where they are filled with what the training `rows` have in common."""
        return raw

    def scaling(self, targets: Tensor) -> tuple[float, float]:
        """Mean and standard deviation that training targets are scaled by; (0, 1) leaves them."""
        return 0.0, 1.0

    def drawing(self) -> Drawing:
        """`sample` as source text."""
        raise TypeError(f"{type(self).__name__} has no source")

    def outline(self, store: DataStore) -> DataOutline:
        """Sizes and shapes, torch-free. Raises BadData where an upload does not fit."""
        facts = self.facts(store)
        count, classes, features = facts[:3]
        train, validation, test = self.split.sizes(count)
        return DataOutline(
            task=self.task,
            input_shape=self.image_shape or (len(features),),
            outputs=len(classes) if self.task == "multiclass" else 1,
            classes=classes,
            features=() if self.image_shape else features,
            train_size=train,
            validation_size=validation,
            test_size=test,
            table=facts.table,
        )

    def load(self, seed: int, store: DataStore) -> Data:
        """Draw, divide and standardize; the same seed gives the same data. The global random state is left alone."""
        import torch

        facts = self.facts(store)
        _, classes, features = facts[:3]
        generator = torch.Generator().manual_seed(seed)
        raw, targets = self.sample(generator, store)
        rows = split_rows(len(raw), (self.split.train, self.split.validation, self.split.test), generator)
        raw = self.completed(raw, rows[0], facts)
        expand = self.expansion()
        # In float64 until the mean is gone: in float32, numbers about a billion are 64 apart.
        inputs = expand(raw.double())
        if self.standardize:
            mean, std = moments(inputs[rows[0]])
        else:
            mean = torch.zeros(inputs.shape[1:], dtype=torch.float64)
            std = torch.full_like(mean, 255.0 if self.image_shape else 1.0)
        inputs = ((inputs - mean) / std).float()
        low, spread = self.scaling(targets[rows[0]])
        if (low, spread) != (0.0, 1.0):
            targets = (targets.double() - low) / spread
        if targets.is_floating_point():
            targets = targets.float()
        train, validation, test = (Examples(inputs[r], targets[r], raw[r]) for r in rows)
        return Data(
            task=self.task,
            classes=classes,
            features=() if self.image_shape else features,
            train=train,
            validation=validation,
            test=test,
            mean=mean,
            std=std,
            target_mean=low,
            target_std=spread,
            expand=expand,
        )

    def code(self) -> Code:
        """A function `load_data(seed)` that returns the three splits as (inputs, targets)."""
        imports, definitions, statements, inputs = self.drawing()
        definitions = (*definitions, source(split_sizes), source(split_rows))
        shares = (self.split.train, self.split.validation, self.split.test)
        lines = [
            "generator = torch.Generator().manual_seed(seed)",
            *statements,
            f"rows = split_rows(len(raw), {shares}, generator)",
            *self.completing_code(),
            f"inputs = {inputs}",
        ]
        if self.standardize:
            definitions = (*definitions, source(moments))
            lines += ["mean, std = moments(inputs[rows[0]])", "inputs = ((inputs - mean) / std).float()"]
        elif self.image_shape:
            lines.append("inputs = (inputs / 255.0).float()")
        else:
            lines.append("inputs = inputs.float()")
        lines += self.scaling_code()
        body = "\n".join("    " + line for line in lines)
        load_data = f"def load_data(seed):\n{body}\n    return [(inputs[r], targets[r]) for r in rows]"
        return Code(
            imports=(
                "import torch",
                "from torch import Tensor",
                *imports,
            ),
            definitions=(*definitions, load_data),
            expression="load_data(seed)",
        )

    def completing_code(self) -> list[str]:
        """`completed` as source lines."""
        return []

    def scaling_code(self) -> list[str]:
        """`scaling` as source lines."""
        return []


def split_rows(count: int, shares: tuple[float, float, float], generator: torch.Generator) -> list[Tensor]:
    """Row numbers 0 .. count - 1 in random order, divided into training, validation and test."""
    import torch

    train, validation, _ = split_sizes(count, shares)
    order = torch.randperm(count, generator=generator)
    return [order[:train], order[train : train + validation], order[train + validation :]]


def moments(rows: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation of each column, float64; one that never changes gets 1, so that it becomes 0."""
    exact = rows.double()
    std, mean = exact.std(dim=0, correction=0), exact.mean(dim=0)
    std[std <= 1e-14 * mean.abs()] = 1.0
    return mean, std
