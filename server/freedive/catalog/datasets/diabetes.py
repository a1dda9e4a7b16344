"""Diabetes: 442 patients and how their disease went on (Efron et al., 2004; scikit-learn's copy)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from freedive.catalog.code import source
from freedive.catalog.datasets.classics import Classic
from freedive.catalog.datasets.samples import Drawing, Facts
from freedive.catalog.datasets.targets import scale, scale_lines
from freedive.protocol.events import Task

if TYPE_CHECKING:
    from torch import Tensor


class Diabetes(Classic):
    """442 patients by ten measurements; the target is the progression of the disease after a year."""

    kind: Literal["diabetes"] = "diabetes"
    standardize_target: bool = True
    """Train on (target - mean) / standard deviation: loss and MAE are then in standard deviations of the target."""

    title: ClassVar[dict[str, str]] = {"en": "Diabetes", "zh": "糖尿病"}
    about: ClassVar[dict[str, str]] = {
        "en": "442 patients, ten measurements each; predict the disease a year later.",
        "zh": "442 名患者，每人十项指标；预测一年后的病情。",
    }
    tasks: ClassVar[frozenset[Task]] = frozenset({"regression"})
    loader = "load_diabetes"
    known = Facts(442, (), ("age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6"))

    @property
    def task(self) -> Task:
        """A number is predicted."""
        return "regression"

    def scaling(self, targets: Tensor) -> tuple[float, float]:
        """Mean and standard deviation of the training targets."""
        return scale(targets) if self.standardize_target else (0.0, 1.0)

    def drawing(self) -> Drawing:
        """The loader, and how the target is scaled."""
        drawing = super().drawing()
        definitions = (
            (*drawing.definitions, source(scale)) if self.standardize_target else drawing.definitions
        )
        return drawing._replace(definitions=definitions)

    def scaling_code(self) -> list[str]:
        """The same as source lines."""
        return scale_lines() if self.standardize_target else []
