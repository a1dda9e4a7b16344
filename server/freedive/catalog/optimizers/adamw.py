"""AdamW."""

from __future__ import annotations

from typing import ClassVar, Literal

from freedive.catalog.optimizers.base import AdamLike, Decay


class AdamW(AdamLike):
    """Adam with weight decay that does not pass through the averages (Loshchilov and Hutter, 2019)."""

    kind: Literal["adamw"] = "adamw"
    weight_decay: Decay = 0.01
    """Each step shrinks every weight by lr times this."""

    title: ClassVar[dict[str, str]] = {"en": "AdamW", "zh": "AdamW"}
    about: ClassVar[dict[str, str]] = {
        "en": "Adam with weight decay kept apart from the gradient.",
        "zh": "权重衰减与梯度解耦的 Adam。",
    }
    torch_name = "AdamW"
