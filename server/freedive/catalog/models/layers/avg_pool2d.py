"""AvgPool2d."""

from __future__ import annotations

from typing import ClassVar, Literal

from freedive.catalog.models.layers.pooling import PoolLayer


class AvgPool2dLayer(PoolLayer):
    """The mean of each window (torch.nn.AvgPool2d)."""

    kind: Literal["avg_pool2d"] = "avg_pool2d"

    title: ClassVar[dict[str, str]] = {"en": "AvgPool2d", "zh": "平均池化"}
    about: ClassVar[dict[str, str]] = {"en": "The mean of each window.", "zh": "取每个窗口的平均值。"}
    torch_name = "AvgPool2d"
