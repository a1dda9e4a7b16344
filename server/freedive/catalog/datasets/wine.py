"""Wine: 178 wines of three growers (UCI; scikit-learn's copy)."""

from __future__ import annotations

from typing import ClassVar, Literal

from freedive.catalog.datasets.classics import Classic
from freedive.catalog.datasets.samples import Facts


class Wine(Classic):
    """178 wines of three growers by thirteen chemical measurements (UCI Machine Learning Repository)."""

    kind: Literal["wine"] = "wine"

    title: ClassVar[dict[str, str]] = {"en": "Wine", "zh": "葡萄酒"}
    about: ClassVar[dict[str, str]] = {
        "en": "178 wines of three growers, thirteen chemical measurements each.",
        "zh": "三个产地共 178 种葡萄酒，每种十三项化学指标。",
    }
    loader = "load_wine"
    known = Facts(
        178,
        ("class_0", "class_1", "class_2"),
        (
            "alcohol",
            "malic_acid",
            "ash",
            "alcalinity_of_ash",
            "magnesium",
            "total_phenols",
            "flavanoids",
            "nonflavanoid_phenols",
            "proanthocyanins",
            "color_intensity",
            "hue",
            "od280/od315_of_diluted_wines",
            "proline",
        ),
    )
