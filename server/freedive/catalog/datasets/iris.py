"""Iris: 150 flowers of three species (Fisher, 1936; scikit-learn's copy)."""

from __future__ import annotations

from typing import ClassVar, Literal

from freedive.catalog.datasets.classics import Classic
from freedive.catalog.datasets.samples import Facts


class Iris(Classic):
    """150 iris flowers of three species by the length and width of sepal and petal (Fisher, 1936)."""

    kind: Literal["iris"] = "iris"

    title: ClassVar[dict[str, str]] = {"en": "Iris", "zh": "鸢尾花"}
    about: ClassVar[dict[str, str]] = {
        "en": "150 flowers of three species, four measurements each.",
        "zh": "三个品种共 150 朵花，每朵四个测量值。",
    }
    loader = "load_iris"
    known = Facts(
        150,
        ("setosa", "versicolor", "virginica"),
        ("sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)"),
    )
