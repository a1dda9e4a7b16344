"""Normalization and embedding."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F

from freedive.lab.dialects.keras.layer import Layer
from freedive.lab.dialects.tensorflow.tensors import convert
from freedive.lab.door import Op
from freedive.lab.running import running

T = torch.Tensor


class BatchNormalization(Layer):
    def __init__(
        self,
        axis: int = -1,
        momentum: float = 0.99,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.axis, self.momentum, self.epsilon, self.center, self.scale = (
            axis,
            momentum,
            epsilon,
            center,
            scale,
        )

    def build(self, shape: Any) -> None:
        size = [int(shape[self.axis])]
        if self.scale:
            self.weight("gamma", size, "ones")
        if self.center:
            self.weight("beta", size, "zeros")
        self.weight("moving_mean", size, "zeros", trainable=False)
        self.weight("moving_variance", size, "ones", trainable=False)

    def forward(self, x: Any, training: bool) -> Any:
        axes = [a for a in range(x.dim()) if a != self.axis % x.dim()]
        mean, variance = self.fields["moving_mean"], self.fields["moving_variance"]
        if training:
            m, v = x.mean(axes), x.var(axes, correction=0)
            with torch.no_grad():
                mean.t.mul_(self.momentum).add_(m.detach() * (1 - self.momentum))
                variance.t.mul_(self.momentum).add_(v.detach() * (1 - self.momentum))
        else:
            m, v = mean.t.clone(), variance.t.clone()

        def normalize(x: T, m: T, v: T, *weights: T) -> T:
            shape = [1] * x.dim()
            shape[self.axis] = -1
            made = (x - m.view(shape)) * torch.rsqrt(v.view(shape) + self.epsilon)
            parts = iter(weights)
            made = made * next(parts).view(shape) if self.scale else made
            return made + next(parts).view(shape) if self.center else made

        weights = [
            self.fields[n].read() for n, used in (("gamma", self.scale), ("beta", self.center)) if used
        ]
        return Op("BatchNormalization", normalize, "normalization").apply((x, m, v, *weights), {})


class LayerNormalization(Layer):
    def __init__(
        self, axis: Any = -1, epsilon: float = 1e-3, center: bool = True, scale: bool = True, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.epsilon = epsilon

    def build(self, shape: Any) -> None:
        self.weight("gamma", [int(shape[-1])], "ones")
        self.weight("beta", [int(shape[-1])], "zeros")

    def forward(self, x: Any, training: bool) -> Any:
        op = Op(
            "LayerNormalization",
            lambda x, g, b: F.layer_norm(x, (x.shape[-1],), g, b, self.epsilon),
            "normalization",
        )
        return op.apply((x, self.fields["gamma"].read(), self.fields["beta"].read()), {})


class Embedding(Layer):
    def __init__(
        self,
        input_dim: int,
        output_dim: int,
        embeddings_initializer: Any = "uniform",
        input_length: Any = None,
        mask_zero: bool = False,
        embeddings_regularizer: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.sizes, self.start = [int(input_dim), int(output_dim)], embeddings_initializer

    def build(self, shape: Any) -> None:
        self.weight("embeddings", self.sizes, self.start)

    def forward(self, x: Any, training: bool) -> Any:
        running.meter.elements(x.numel() * self.sizes[1])
        return Op("Embedding", lambda i, w: F.embedding(i.long(), w), "indexing", "none", moves=(1,)).apply(
            (x, self.fields["embeddings"].read()), {}
        )


class Normalization(Layer):
    def __init__(self, axis: Any = -1, mean: Any = None, variance: Any = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.mean = None if mean is None else convert(mean).float()
        self.variance = None if variance is None else convert(variance).float()

    def adapt(self, data: Any) -> None:
        t = convert(data).float()
        self.mean, self.variance = (
            t.reshape(-1, t.shape[-1]).mean(0),
            t.reshape(-1, t.shape[-1]).var(0, correction=0),
        )

    def forward(self, x: Any, training: bool) -> Any:
        if self.mean is None:
            raise ValueError("You must call `.adapt(dataset)` before using the Normalization layer")
        return Op(
            "Normalization", lambda x, m, v: (x - m) / torch.clamp(v.sqrt(), min=1e-7), "elementwise"
        ).apply((x, self.mean, self.variance), {})
