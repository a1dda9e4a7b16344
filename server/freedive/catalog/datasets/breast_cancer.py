"""Breast cancer: 569 tumors, malignant or benign (Wisconsin; scikit-learn's copy)."""

from __future__ import annotations

from typing import ClassVar, Literal

from freedive.catalog.datasets.classics import Classic
from freedive.catalog.datasets.samples import Facts
from freedive.protocol.events import Task

MEASURES = (
    "radius",
    "texture",
    "perimeter",
    "area",
    "smoothness",
    "compactness",
    "concavity",
    "concave points",
    "symmetry",
    "fractal dimension",
)


class BreastCancer(Classic):
    """569 tumors, malignant or benign, by thirty measurements of their cell nuclei (Wisconsin, 1995)."""

    kind: Literal["breast-cancer"] = "breast-cancer"

    title: ClassVar[dict[str, str]] = {"en": "Breast cancer", "zh": "乳腺癌"}
    about: ClassVar[dict[str, str]] = {
        "en": "569 tumors, malignant or benign, thirty measurements each.",
        "zh": "569 个肿瘤样本，良性或恶性，每个三十项指标。",
    }
    tasks: ClassVar[frozenset[Task]] = frozenset({"binary"})
    loader = "load_breast_cancer"
    known = Facts(
        569,
        ("malignant", "benign"),
        (
            *(f"mean {name}" for name in MEASURES),
            *(f"{name} error" for name in MEASURES),
            *(f"worst {name}" for name in MEASURES),
        ),
    )

    @property
    def task(self) -> Task:
        """Two classes."""
        return "binary"
