"""tf.nn, tf.image and tf.losses: activations, losses on logits, convolution and pooling in NHWC."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F

from freedive.lab.arrays import DTYPE_NAMES
from freedive.lab.dialects.tensorflow import images
from freedive.lab.dialects.tensorflow.ctc import ctc_loss
from freedive.lab.dialects.tensorflow.elementwise import floating, unary
from freedive.lab.dialects.tensorflow.errors import not_allowed, refuse
from freedive.lab.dialects.tensorflow.namespaces import MATH, NN, TF
from freedive.lab.dialects.tensorflow.reductions import axes_of
from freedive.lab.dialects.tensorflow.shapes import shape_list
from freedive.lab.dialects.tensorflow.tensors import EagerTensor, convert, pair, run
from freedive.lab.door import Op
from freedive.lab.importing import publish
from freedive.lab.kinds import Native

T = torch.Tensor


def same_padding(size: int, kernel: int, stride: int, dilation: int = 1) -> tuple[int, int]:
    """TensorFlow's 'SAME': as many places as size / stride, the odd one at the end."""
    out = -(-size // stride)
    total = max(0, (out - 1) * stride + (kernel - 1) * dilation + 1 - size)
    return total // 2, total - total // 2


def padded(
    x: T,
    kernel: list[int],
    stride: list[int],
    padding: Any,
    value: float = 0.0,
    dilation: list[int] | None = None,
) -> T:
    """An NCHW tensor padded as TensorFlow's padding says."""
    if isinstance(padding, list | tuple):
        flat = [int(v) for pair_ in reversed(list(padding)[1:-1]) for v in pair_]
        return F.pad(x, flat, value=value)
    if str(padding).upper() == "VALID":
        return x
    flat = []
    for axis in reversed(range(len(kernel))):
        flat += same_padding(x.shape[2 + axis], kernel[axis], stride[axis], dilation[axis] if dilation else 1)
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

    def run_conv(x: T, filters: T, strides: list[int], padding: Any, dilations: list[int] | None = None) -> T:
        order = [axes + 1, axes, *range(axes)]
        weight = filters.permute(order)
        inner = x.movedim(-1, 1)
        inner = padded(inner, list(weight.shape[2:]), strides, padding, dilation=dilations)
        groups = max(1, inner.shape[1] // max(1, weight.shape[1]))
        out = fn(inner, weight, stride=strides, dilation=dilations or 1, groups=groups)
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
        x, weight = pair(f"Conv{axes}D", input, filters)
        if x.dim() == weight.dim() == axes + 2 and x.shape[-1] % max(1, weight.shape[-2]):
            told = (
                f"input depth must be evenly divisible by filter depth: {x.shape[-1]} vs {weight.shape[-2]}"
            )
            raise refuse(f"Conv{axes}D", told)
        steps = spread(stride if stride is not None else strides, axes)
        return run(op, (x, weight, steps, padding, *([] if dilations is None else [spread(dilations, axes)])))

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
        whole = not x.dtype.is_floating_point
        if how == "avg" and whole:
            raise not_allowed(DTYPE_NAMES[x.dtype], "softmax")
        if how == "max":
            least = torch.iinfo(x.dtype).min if whole else float("-inf")
            inner = padded(inner, kernel, strides, padding, least)
            if (
                whole and x.dtype != torch.int64
            ):  # torch's windows know few whole numbers; float64 holds all of these
                return fn(inner.double(), kernel, strides).movedim(1, -1).to(x.dtype)  # type: ignore[no-any-return]
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
            op, (floating(convert(logits), "softmax"),), {"dim": axes_of(axis) if axis is not None else -1}
        ),
    )


def _cross_entropy(labels: Any = None, logits: Any = None, axis: int = -1, name: Any = None) -> Any:
    a, b = pair("SoftmaxCrossEntropyWithLogits", labels, logits)
    if a.shape != b.shape and a.dim() == b.dim() and a.shape[-1] != b.shape[-1]:
        flat = [f"[{t[..., 0].numel()},{t.shape[-1]}]" for t in (b, a)]
        told = f"logits and labels must be broadcastable: logits_size={flat[0]} labels_size={flat[1]}"
        raise refuse("SoftmaxCrossEntropyWithLogits", told)
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
    if y.dim() != z.dim() - 1:
        told = f"Received: labels.shape={tuple(y.shape)} and logits.shape={tuple(z.shape)}"
        raise ValueError(f"`labels.shape` must equal `logits.shape` except for the last dimension. {told}")
    if y.numel() and not 0 <= int(y.min()) <= int(y.max()) < z.shape[-1]:
        bad = int(y.max()) if int(y.max()) >= z.shape[-1] else int(y.min())
        told = f"Received a label value of {bad} which is outside the valid range of [0, {z.shape[-1]}).  Label values: {' '.join(map(str, y.reshape(-1).tolist()))}"
        raise refuse("SparseSoftmaxCrossEntropyWithLogits", told)
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
    if not 0 <= float(rate) < 1:
        raise ValueError(
            f"`rate` must be a scalar tensor or a float in the range [0, 1). Received: rate={rate}"
        )
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


def _conv_back(
    input: Any,
    filters: Any,
    output_shape: Any,
    strides: Any = 1,
    padding: Any = "SAME",
    data_format: Any = None,
    dilations: Any = None,
    name: Any = None,
) -> Any:
    steps, sizes = spread(strides, 2), shape_list(output_shape)

    def back(x: T, w: T) -> T:
        # the gradient of the convolution that makes `input` of a tensor of the wanted shape
        kernel = list(w.shape[:2])
        pads = [
            same_padding(sizes[1 + a], kernel[a], steps[a]) if str(padding).upper() == "SAME" else (0, 0)
            for a in (0, 1)
        ]
        full = F.conv_transpose2d(x.movedim(-1, 1), w.permute(3, 2, 0, 1), stride=steps)
        want = [sizes[1 + a] + sum(pads[a]) for a in (0, 1)]
        full = F.pad(full, (0, max(0, want[1] - full.shape[3]), 0, max(0, want[0] - full.shape[2])))
        cut = full[:, :, pads[0][0] : pads[0][0] + sizes[1], pads[1][0] : pads[1][0] + sizes[2]]
        return cut.movedim(1, -1)

    return run(Op("conv2d_transpose", back, "contraction", "meta"), (convert(input), convert(filters)))


def _depthwise(
    input: Any,
    filter: Any,
    strides: Any,
    padding: Any,
    data_format: Any = None,
    dilations: Any = None,
    name: Any = None,
) -> Any:
    steps = spread(strides, 2)

    def each(x: T, w: T) -> T:
        height, width, channels, times = w.shape
        weight = w.permute(2, 3, 0, 1).reshape(channels * times, 1, height, width)
        inner = padded(x.movedim(-1, 1), [height, width], steps, padding)
        return F.conv2d(inner, weight, stride=steps, groups=channels).movedim(1, -1)

    return run(Op("depthwise_conv2d", each, "contraction", "meta"), (convert(input), convert(filter)))


def _to_depth(input: Any, block_size: Any, data_format: Any = None, name: Any = None) -> Any:
    k = int(block_size)

    def move(x: T) -> T:
        n, h, w, c = x.shape
        return (
            x.reshape(n, h // k, k, w // k, k, c)
            .permute(0, 1, 3, 2, 4, 5)
            .reshape(n, h // k, w // k, k * k * c)
        )

    return run(Op("space_to_depth", move, "movement", "none"), (convert(input),))


def _to_space(input: Any, block_size: Any, data_format: Any = None, name: Any = None) -> Any:
    k = int(block_size)

    def move(x: T) -> T:
        n, h, w, c = x.shape
        return (
            x.reshape(n, h, w, k, k, c // (k * k))
            .permute(0, 1, 3, 2, 4, 5)
            .reshape(n, h * k, w * k, c // (k * k))
        )

    return run(Op("depth_to_space", move, "movement", "none"), (convert(input),))


def _weighted(labels: Any, logits: Any, pos_weight: Any, name: Any = None) -> Any:
    y, z = pair("Mul", labels, logits)
    weight = convert(pos_weight, like=z.dtype)
    op = Op(
        "weighted_cross_entropy_with_logits",
        lambda y, z, w: F.binary_cross_entropy_with_logits(z, y, reduction="none", pos_weight=w),
        "loss",
    )
    return run(op, (y, z, weight))


def _poisson_loss(targets: Any, log_input: Any, compute_full_loss: bool = False, name: Any = None) -> Any:
    y, z = pair("Sub", targets, log_input)
    op = Op(
        "log_poisson_loss",
        lambda y, z: F.poisson_nll_loss(z, y, True, bool(compute_full_loss), reduction="none"),
        "loss",
    )
    return run(op, (y, z))


def _normalized(counts: Any, mean_ss: Any, variance_ss: Any, shift: Any, name: Any = None) -> Any:
    n = convert(counts, like=torch.float32)
    mean = convert(mean_ss) / n
    return (EagerTensor(mean), EagerTensor(convert(variance_ss) / n - mean * mean))


def _response(
    input: Any, depth_radius: Any = 5, bias: Any = 1.0, alpha: Any = 1.0, beta: Any = 0.5, name: Any = None
) -> Any:
    reach = int(depth_radius)

    def normalize(x: T) -> T:
        squares = F.pad(x * x, (reach, reach)).unfold(-1, 2 * reach + 1, 1).sum(-1)
        return x / (float(bias) + float(alpha) * squares) ** float(beta)

    return run(Op("local_response_normalization", normalize, "normalization", "meta"), (convert(input),))


def _average(per_example_loss: Any, sample_weight: Any = None, global_batch_size: Any = None) -> Any:
    t = convert(per_example_loss)
    losses = t if sample_weight is None else t * convert(sample_weight, like=t.dtype)
    count = len(losses) if global_batch_size is None else int(global_batch_size)
    return run(Op("compute_average_loss", lambda x: x.sum() / count, "reduction", "none"), (losses,))


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
        "conv2d_transpose": _conv_back, "depthwise_conv2d": _depthwise, "space_to_depth": _to_depth, "depth_to_space": _to_space,
        "weighted_cross_entropy_with_logits": _weighted, "log_poisson_loss": _poisson_loss, "local_response_normalization": _response, "lrn": _response,
        "compute_average_loss": _average, "normalize_moments": _normalized, "crelu": lambda features, axis=-1, name=None: run(Op("crelu", lambda x: torch.cat([F.relu(x), F.relu(-x)], axis), "activation", "stack"), (convert(features),)),
    }  # fmt: skip
    for name, function in natives.items():
        NN.members[name] = Native(name, function)
    NN.members["l2_normalize"] = MATH.members["l2_normalize"]
    for name in ("top_k", "in_top_k", "zero_fraction"):
        NN.members[name] = MATH.members[name]
    for axes in (1, 2, 3):
        NN.members[f"conv{axes}d"] = _conv(f"conv{axes}d", axes)
        NN.members["ctc_loss"] = Native("ctc_loss", ctc_loss)
        NN.members[f"max_pool{axes}d"] = _pool(f"max_pool{axes}d", axes, "max")
        NN.members[f"avg_pool{axes}d"] = _pool(f"avg_pool{axes}d", axes, "avg")
    NN.members["max_pool"], NN.members["avg_pool"] = NN.members["max_pool2d"], NN.members["avg_pool2d"]
    NN.members["convolution"] = NN.members["conv2d"]
    for name in ("softmax", "log_softmax", "softplus"):
        MATH.members[name] = NN.members[name]
    TF.members["nn"] = NN
    images.load()
    publish(NN)
