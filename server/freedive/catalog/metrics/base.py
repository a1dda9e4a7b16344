"""MetricChoice: what every metric offers; the computing is torchmetrics' own, or in gathered.py."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, ClassVar

from freedive.catalog.choice import Choice
from freedive.catalog.code import Code, source
from freedive.catalog.metrics import gathered
from freedive.catalog.metrics.gathered import Gathered

if TYPE_CHECKING:
    from torch import Tensor
    from torchmetrics import Metric

IMPORTS = (
    "import torch",
    "from collections.abc import Callable, Sequence",
    "from typing import Any",
    "from torch import Tensor",
)
"""What the sources in gathered.py need."""


class MetricChoice(Choice):
    """Builds a metric that is used as torchmetrics' are.

    `update(outputs, targets)` takes probabilities, (n, 1) for two classes and (n, classes) for several, or the values
    of a regression, and targets as `Examples` has them. `compute()` gives a scalar, NaN where it is not defined.
    """

    binary_name: ClassVar[str] = ""
    """Class in torchmetrics.classification for two classes."""
    multiclass_name: ClassVar[str] = ""
    """Class in torchmetrics.classification for several classes."""
    regression_name: ClassVar[str] = ""
    """Class in torchmetrics.regression."""

    gathered: ClassVar[str] = ""
    """Function in gathered.py, where torchmetrics' own does not do."""

    def arguments(self, outputs: int) -> dict[str, Any]:
        """Keyword arguments for several classes, besides num_classes. Raises BadSpec."""
        return {}

    def _call(self, outputs: int) -> tuple[str, str, dict[str, Any]]:
        """Module, class and keyword arguments."""
        if self.regression_name:
            return "regression", self.regression_name, {}
        if outputs == 1:
            return "classification", self.binary_name, {"validate_args": False}
        named = {"num_classes": outputs, **self.arguments(outputs), "validate_args": False}
        return "classification", self.multiclass_name, named

    def build(self, outputs: int) -> Metric | Gathered:
        """The metric, on the CPU; `outputs` is the width of the model's last layer."""
        import importlib

        if self.gathered:
            return Gathered(getattr(gathered, self.gathered))
        module, name, named = self._call(outputs)
        metric: Metric = getattr(importlib.import_module(f"torchmetrics.{module}"), name)(**named)
        metric.compute = _quietly(metric.compute)  # type: ignore[method-assign]
        return metric

    def code(self, outputs: int) -> Code:
        """The same for a script."""
        if self.gathered:
            measure = source(getattr(gathered, self.gathered))
            return Code(IMPORTS, (source(Gathered), measure), f"Gathered({self.gathered})")
        module, name, named = self._call(outputs)
        given = ", ".join(f"{key}={value!r}" for key, value in named.items())
        return Code((f"from torchmetrics.{module} import {name}",), (), f"{name}({given})")


def _quietly(compute: Any) -> Any:
    """A class without examples, or one example where two are needed, is no news: the value says NaN."""

    def value() -> Tensor:
        import torch

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                result: Tensor = compute()
            except ValueError:
                result = torch.tensor(float("nan"))
        return result

    return value
