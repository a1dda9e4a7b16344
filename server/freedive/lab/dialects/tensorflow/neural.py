"""tf.nn, tf.image and tf.losses: activations, losses on logits, convolution and pooling in NHWC."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F

from freedive.lab.dialects.tensorflow.elementwise import unary
from freedive.lab.dialects.tensorflow.namespaces import MATH, TF
from freedive.lab.dialects.tensorflow.reductions import axes_of
from freedive.lab.dialects.tensorflow.shapes import shape_list
from freedive.lab.dialects.tensorflow.tensors import EagerTensor, convert, pair, run
from freedive.lab.door import Op
from freedive.lab.importing import publish
from freedive.lab.kinds import Native
from freedive.lab.namespaces import Namespace

T = torch.Tensor
NN = Namespace("tensorflow.nn", doc="Neural network functions.")


def same_padding(size: int, kernel: int, stride: int, dilation: int = 1) -> tuple[int, int]:
    """TensorFlow's 'SAME': as many places as size / stride, the odd one at the end."""
    out = -(-size // stride)
    total = max(0, (out - 1) * stride + (kernel - 1) * dilation + 1 - size)
    return total // 2, total - total // 2


def padded(x: T, kernel: list[int], stride: list[int], padding: Any, value: float = 0.0) -> T:
    """An NCHW tensor padded as TensorFlow's padding says."""
    if isinstance(padding, list | tuple):
        flat = [int(v) for pair_ in reversed(list(padding)[1:-1]) for v in pair_]
        return F.pad(x, flat, value=value)
    if str(padding).upper() == "VALID":
        return x
    flat = []
    for axis in reversed(range(len(kernel))):
        flat += same_padding(x.shape[2 + axis], kernel[axis], stride[axis])
    return F.pad(x, flat, value=value) if any(flat) else x


def spread(value: Any, axes: int) -> list[int]:
    """A stride or window given as one number, as n numbers, or with batch and channel around."""
    if isinstance(value, int):
        return [value] * axes
    sizes = shape_list(value)
    if len(sizes) == 1:
        return sizes * axes
    return sizes[1:-1] if len(sizes) == axes + 2 else sizes


def conv(axes: int, data_first: bool = False) -> Callable[..., T]:
    fn = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}[axes]

    def run_conv(x: T, filters: T, strides: list[int], padding: Any) -> T:
        order = [axes + 1, axes, *range(axes)]
        weight = filters.permute(order)
        inner = x.movedim(-1, 1)
        out = fn(padded(inner, list(weight.shape[2:]), strides, padding), weight, stride=strides)
        return out.movedim(1, -1)

    return run_conv


def _conv(name: str, axes: int) -> Native:
    op = Op(name, conv(axes), "contraction", "conv")

    def call(
        input: Any,
        filters: Any = None,
        strides: Any = 1,
        padding: Any = "VALID",
        data_format: Any = None,
        dilations: Any = None,
        name: Any = None,
        stride: Any = None,
    ) -> Any:
        return run(
            op,
            (
                convert(input),
                convert(filters),
                spread(stride if stride is not None else strides, axes),
                padding,
            ),
        )

    return Native(name, call)


def pool(axes: int, how: str) -> Callable[..., T]:
    fn: Any = {
        ("max", 1): F.max_pool1d,
        ("max", 2): F.max_pool2d,
        ("avg", 1): F.avg_pool1d,
        ("avg", 2): F.avg_pool2d,
        ("max", 3): F.max_pool3d,
        ("avg", 3): F.avg_pool3d,
    }[how, axes]

    def run_pool(x: T, kernel: list[int], strides: list[int], padding: Any) -> T:
        inner = x.movedim(-1, 1)
        if how == "max":
            inner = padded(inner, kernel, strides, padding, float("-inf"))
            return fn(inner, kernel, strides).movedim(1, -1)  # type: ignore[no-any-return]
        if str(padding).upper() == "VALID":
            return fn(inner, kernel, strides).movedim(1, -1)  # type: ignore[no-any-return]
        # the mean of what is really there: the padding does not count
        total = fn(padded(inner, kernel, strides, padding), kernel, strides)
        there = fn(padded(torch.ones_like(inner), kernel, strides, padding), kernel, strides)
        return (total / there).movedim(1, -1)  # type: ignore[no-any-return]

    return run_pool


def _pool(name: str, axes: int, how: str) -> Native:
    op = Op(name, pool(axes, how), "contraction", "none")

    def call(input: Any, ksize: Any, strides: Any, padding: Any = "VALID", **kwargs: Any) -> Any:
        return run(op, (convert(input), spread(ksize, axes), spread(strides, axes), padding))

    return Native(name, call)


def _softmax(name: str, fn: Callable[..., T]) -> Native:
    op = Op(name, fn, "activation")
    return Native(
        name,
        lambda logits, axis=-1, name=None: run(
            op, (convert(logits),), {"dim": axes_of(axis) if axis is not None else -1}
        ),
    )


def _cross_entropy(labels: Any = None, logits: Any = None, axis: int = -1, name: Any = None) -> Any:
    a, b = pair("SoftmaxCrossEntropyWithLogits", labels, logits)
    return run(
        Op(
            "softmax_cross_entropy_with_logits",
            lambda y, z: -(y * torch.log_softmax(z, axis)).sum(axis),
            "loss",
        ),
        (a, b),
    )


def _sparse_cross_entropy(labels: Any = None, logits: Any = None, name: Any = None) -> Any:
    z, y = convert(logits), convert(labels).long()
    op = Op(
        "sparse_softmax_cross_entropy_with_logits",
        lambda y, z: F.cross_entropy(z.reshape(-1, z.shape[-1]), y.reshape(-1), reduction="none").reshape(
            y.shape
        ),
        "loss",
        "none",
    )
    return run(op, (y, z))


def _sigmoid_cross_entropy(labels: Any = None, logits: Any = None, name: Any = None) -> Any:
    y, z = pair("SigmoidCrossEntropy", labels, logits)
    return run(
        Op(
            "sigmoid_cross_entropy_with_logits",
            lambda y, z: F.binary_cross_entropy_with_logits(z, y, reduction="none"),
            "loss",
        ),
        (y, z),
    )


def _dropout(x: Any, rate: Any, noise_shape: Any = None, seed: Any = None, name: Any = None) -> Any:
    return run(Op("dropout", lambda t, p: F.dropout(t, p), "random"), (convert(x), float(rate)))


def _moments(x: Any, axes: Any, shift: Any = None, keepdims: bool = False, name: Any = None) -> Any:
    t = convert(x)
    mean = run(
        Op("mean", lambda v, d, keepdim: v.mean(d, keepdim=keepdim), "reduction", "none"),
        (t, axes_of(axes)),
        {"keepdim": keepdims},
    )
    variance = run(
        Op("var", lambda v, d, keepdim: v.var(d, correction=0, keepdim=keepdim), "reduction", "none"),
        (t, axes_of(axes)),
        {"keepdim": keepdims},
    )
    return (mean, variance)


def _batch_norm(
    x: Any, mean: Any, variance: Any, offset: Any, scale: Any, variance_epsilon: Any = 1e-3, name: Any = None
) -> Any:
    def normalize(t: T, m: T, v: T, b: Any, g: Any) -> T:
        made = (t - m) * torch.rsqrt(v + float(variance_epsilon))
        made = made if g is None else made * g
        return made if b is None else made + b

    given = [None if v is None else convert(v) for v in (mean, variance, offset, scale)]
    return run(Op("batch_normalization", normalize, "normalization"), (convert(x), *given))


def _resize(images: Any, size: Any, method: str = "bilinear", **kwargs: Any) -> Any:
    t = convert(images).float()
    single = t.dim() == 3
    op = Op(
        "resize",
        lambda x, s: F.interpolate(x, s, mode="nearest" if "nearest" in str(method).lower() else "bilinear"),
        "movement",
        "meta",
    )
    inner = (t.unsqueeze(0) if single else t).movedim(-1, 1)
    made = run(op, (inner, tuple(shape_list(size))))
    out = made.t.movedim(1, -1)
    return EagerTensor(out.squeeze(0) if single else out)


def load() -> None:
    for name, fn in (("relu", F.relu), ("relu6", F.relu6), ("elu", F.elu), ("selu", F.selu), ("silu", F.silu), ("swish", F.silu), ("tanh", torch.tanh), ("sigmoid", torch.sigmoid), ("softsign", F.softsign), ("softplus", F.softplus)):  # fmt: skip
        NN.members[name] = unary(name, fn, "activation")
    leaky = Op("leaky_relu", F.leaky_relu, "activation")
    NN.members["leaky_relu"] = Native(
        "leaky_relu", lambda features, alpha=0.2, name=None: run(leaky, (convert(features), float(alpha)))
    )
    gelu = Op("gelu", lambda x, tanh: F.gelu(x, approximate="tanh" if tanh else "none"), "activation", "none")
    NN.members["gelu"] = Native(
        "gelu",
        lambda features, approximate=False, name=None: run(gelu, (convert(features), bool(approximate))),
    )
    NN.members["softmax"] = _softmax("softmax", torch.softmax)
    NN.members["log_softmax"] = _softmax("log_softmax", torch.log_softmax)
    natives = {
        "softmax_cross_entropy_with_logits": _cross_entropy, "sparse_softmax_cross_entropy_with_logits": _sparse_cross_entropy,
        "sigmoid_cross_entropy_with_logits": _sigmoid_cross_entropy, "dropout": _dropout, "moments": _moments, "batch_normalization": _batch_norm,
        "bias_add": lambda value, bias, **k: TF.members["add"].call((value, bias), {}), "l2_loss": lambda t, name=None: run(Op("l2_loss", lambda x: (x * x).sum() / 2, "loss"), (convert(t),)),
        "embedding_lookup": lambda params, ids, **k: TF.members["gather"].call((params, ids), {}),
    }  # fmt: skip
    for name, function in natives.items():
        NN.members[name] = Native(name, function)
    NN.members["l2_normalize"] = MATH.members["l2_normalize"]
    NN.members["top_k"] = MATH.members["top_k"]
    for axes in (1, 2, 3):
        NN.members[f"conv{axes}d"] = _conv(f"conv{axes}d", axes)
        NN.members[f"max_pool{axes}d"] = _pool(f"max_pool{axes}d", axes, "max")
        NN.members[f"avg_pool{axes}d"] = _pool(f"avg_pool{axes}d", axes, "avg")
    NN.members["max_pool"], NN.members["avg_pool"] = NN.members["max_pool2d"], NN.members["avg_pool2d"]
    NN.members["convolution"] = NN.members["conv2d"]
    for name in ("softmax", "log_softmax", "softplus"):
        MATH.members[name] = NN.members[name]
    image = Namespace(
        "tensorflow.image",
        {
            "resize": Native("resize", _resize),
            "flip_left_right": Native("flip_left_right", lambda x: TF.members["reverse"].call((x, [-2]), {})),
            "flip_up_down": Native("flip_up_down", lambda x: TF.members["reverse"].call((x, [-3]), {})),
        },
    )
    TF.members.update(nn=NN, image=image)
    publish(NN, image)
