"""Normalization and embedding."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F

from freedive.lab.dialects.keras.layer import Layer, build_for
from freedive.lab.dialects.tensorflow.errors import refuse
from freedive.lab.dialects.tensorflow.symbols import TRACING
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
        if training and self.trainable:  # a frozen one keeps to what it knows
            m, v = x.mean(axes), x.var(axes, correction=0)
            TRACING.changes(mean.t)
            TRACING.changes(variance.t)
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
        self.epsilon, self.axis, self.center, self.scale = epsilon, axis, center, scale

    def build(self, shape: Any) -> None:
        axes = list(self.axis) if isinstance(self.axis, list | tuple) else [self.axis]
        self.axes = sorted(a % len(shape) for a in axes)
        sizes = [int(shape[a] if shape[a] is not None else self.first_size) for a in self.axes]
        if self.scale:
            self.weight("gamma", sizes, "ones")
        if self.center:
            self.weight("beta", sizes, "zeros")

    def forward(self, x: Any, training: bool) -> Any:
        def normalize(x: T, *weights: T) -> T:
            made = (x - x.mean(self.axes, keepdim=True)) * torch.rsqrt(
                x.var(self.axes, correction=0, keepdim=True) + self.epsilon
            )
            shape = [x.shape[a] if a in self.axes else 1 for a in range(x.dim())]
            parts = iter(weights)
            made = made * next(parts).view(shape) if self.scale else made
            return made + next(parts).view(shape) if self.center else made

        weights = [
            self.fields[n].read() for n, used in (("gamma", self.scale), ("beta", self.center)) if used
        ]
        return Op("LayerNormalization", normalize, "normalization", "none").apply((x, *weights), {})


class RMSNormalization(Layer):
    """Divides by the root of the mean square."""

    def __init__(self, axis: Any = -1, epsilon: float = 1e-6, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.axis, self.epsilon = axis, epsilon

    def build(self, shape: Any) -> None:
        axes = list(self.axis) if isinstance(self.axis, list | tuple) else [self.axis]
        self.axes = sorted(a % len(shape) for a in axes)
        self.weight("scale", [int(shape[a]) for a in self.axes], "ones")

    def forward(self, x: Any, training: bool) -> Any:
        def normalize(x: T, scale: T) -> T:
            shape = [x.shape[a] if a in self.axes else 1 for a in range(x.dim())]
            root = torch.rsqrt((x * x).mean(self.axes, keepdim=True) + self.epsilon)
            return x * root * scale.view(shape)

        scale = self.fields["scale"].read()
        return Op("RMSNormalization", normalize, "normalization", "none").apply((x, scale), {})


class GroupNormalization(Layer):
    def __init__(self, groups: int = 32, axis: int = -1, epsilon: float = 1e-3, center: bool = True, scale: bool = True, **kwargs: Any) -> None:  # fmt: skip
        super().__init__(**kwargs)
        self.groups, self.epsilon = int(groups), epsilon

    def build(self, shape: Any) -> None:
        self.weight("gamma", [int(shape[-1])], "ones")
        self.weight("beta", [int(shape[-1])], "zeros")

    def forward(self, x: Any, training: bool) -> Any:
        def normalize(x: T, g: T, b: T) -> T:
            count = x.shape[-1] if self.groups == -1 else self.groups
            return F.group_norm(x.movedim(-1, 1), count, g, b, self.epsilon).movedim(1, -1)

        op = Op("GroupNormalization", normalize, "normalization", "none")
        return op.apply((x, self.fields["gamma"].read(), self.fields["beta"].read()), {})


class SpectralNormalization(Layer):
    """A layer whose kernel is divided by its largest singular value."""

    def __init__(self, layer: Any, power_iterations: int = 1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.fields["layer"] = layer

    def build(self, shape: Any) -> None:
        build_for(self.fields["layer"], shape)

    def forward(self, x: Any, training: bool) -> Any:
        layer = self.fields["layer"]
        if training:
            kernel = layer.fields["kernel"].t
            with torch.no_grad():
                kernel.div_(
                    torch.linalg.matrix_norm(kernel.reshape(-1, kernel.shape[-1]), 2).clamp(min=1e-12)
                )
        return layer.forward(x, training)


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
        self.input_dim, self.output_dim = self.sizes
        self.mask_zero = bool(mask_zero)

    def new_mask(self, first: Any) -> T | None:
        return convert(first) != 0 if self.mask_zero else None

    def build(self, shape: Any) -> None:
        self.weight("embeddings", self.sizes, self.start)

    def forward(self, x: Any, training: bool) -> Any:
        running.meter.elements(x.numel() * self.sizes[1])
        if x.numel() and not 0 <= int(x.min()) <= int(x.max()) < self.sizes[0]:
            bad = int(x.max()) if int(x.max()) >= self.sizes[0] else int(x.min())
            raise refuse(
                "ResourceGather",
                f"indices = {bad} is not in [0, {self.sizes[0]})",
                "input_dim must be larger than every index",
            )
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
            t.reshape(-1, t.shape[-1]).mean(0, keepdim=True),
            t.reshape(-1, t.shape[-1]).var(0, correction=0, keepdim=True),
        )

    def forward(self, x: Any, training: bool) -> Any:
        if self.mean is None:
            raise ValueError("You must call `.adapt(dataset)` before using the Normalization layer")
        return Op(
            "Normalization", lambda x, m, v: (x - m) / torch.clamp(v.sqrt(), min=1e-7), "elementwise"
        ).apply((x, self.mean, self.variance), {})
