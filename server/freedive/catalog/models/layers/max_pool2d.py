"""MaxPool2d."""

from __future__ import annotations

from typing import ClassVar, Literal

from freedive.catalog.models.layers.pooling import PoolLayer


class MaxPool2dLayer(PoolLayer):
    """The largest value of each window (torch.nn.MaxPool2d)."""

    kind: Literal["max_pool2d"] = "max_pool2d"

    title: ClassVar[dict[str, str]] = {"en": "MaxPool2d", "zh": "最大池化"}
    about: ClassVar[dict[str, str]] = {
        "en": "The largest value of each window.",
        "zh": "取每个窗口的最大值。",
    }
    torch_name = "MaxPool2d"
