"""Adam."""

from __future__ import annotations

from typing import ClassVar, Literal

from freedive.catalog.optimizers.base import AdamLike, Decay


class Adam(AdamLike):
    """Moving averages of the gradient and of its square, both corrected for their start (Kingma and Ba, 2015)."""

    kind: Literal["adam"] = "adam"
    weight_decay: Decay = 0.0
    """Times each weight, added to its gradient."""

    title: ClassVar[dict[str, str]] = {"en": "Adam", "zh": "Adam"}
    about: ClassVar[dict[str, str]] = {
        "en": "Momentum and a step length of its own for each weight.",
        "zh": "结合动量与自适应步长。",
    }
    torch_name = "Adam"
