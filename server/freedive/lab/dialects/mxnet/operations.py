"""The rest of mxnet.nd: layers as functions, sequences, scattering, linalg, contrib, and old names in capitals."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F

from freedive.lab.dialects.mxnet.functions import ND
from freedive.lab.dialects.mxnet.functions import dtype as _dtype
from freedive.lab.dialects.mxnet.values import ARRAY, NdOp, state
from freedive.lab.importing import publish
from freedive.lab.kinds import Native
from freedive.lab.namespaces import Namespace
from freedive.lab.running import running

Tensor = torch.Tensor


def _convolution(
    data: Tensor, weight: Tensor, bias: Tensor | None = None, kernel: Any = None, stride: Any = 1, dilate: Any = 1, pad: Any = 0,
    num_filter: Any = None, num_group: int = 1, no_bias: bool = False, layout: Any = None,
) -> Tensor:  # fmt: skip
    fn: Any = {3: F.conv1d, 4: F.conv2d, 5: F.conv3d}[data.dim()]
    made: Tensor = fn(data, weight, None if no_bias else bias, stride or 1, pad or 0, dilate or 1, num_group)
    return made


def _pooling(
    data: Tensor, kernel: Any = None, pool_type: str = "max", global_pool: bool = False, stride: Any = None, pad: Any = 0, pooling_convention: str = "valid", **more: Any
) -> Tensor:  # fmt: skip
    axes = tuple(range(2, data.dim()))
    if global_pool:
        return data.amax(axes, keepdim=True) if pool_type == "max" else data.mean(axes, keepdim=True)
    fn: Any = {
        ("max", 4): F.max_pool2d,
        ("avg", 4): F.avg_pool2d,
        ("max", 3): F.max_pool1d,
        ("avg", 3): F.avg_pool1d,
    }[pool_type, data.dim()]
    made: Tensor = fn(data, kernel, stride or 1, pad or 0, ceil_mode=pooling_convention == "full")
    return made


def _dropout(data: Tensor, p: float = 0.5, mode: str = "training", axes: Any = ()) -> Tensor:
    return F.dropout(data, p, state().training or mode == "always")


def _batch_norm(
    data: Tensor, gamma: Tensor, beta: Tensor, moving_mean: Tensor, moving_var: Tensor, eps: float = 1e-3, momentum: float = 0.9,
    fix_gamma: bool = True, use_global_stats: bool = False, **more: Any,
) -> Tensor:  # fmt: skip
    gamma = torch.ones_like(gamma) if fix_gamma else gamma
    return F.batch_norm(
        data,
        moving_mean,
        moving_var,
        gamma,
        beta,
        state().training and not use_global_stats,
        1 - momentum,
        eps,
    )


def _l2(data: Tensor, eps: float = 1e-10, mode: str = "instance") -> Tensor:
    axes = {"instance": tuple(range(1, data.dim())), "channel": (1,), "spatial": tuple(range(2, data.dim()))}[
        mode
    ]
    return data / torch.sqrt((data * data).sum(axes, keepdim=True) + eps)


def _sequence_mask(
    data: Tensor,
    sequence_length: Tensor | None = None,
    use_sequence_length: bool = False,
    value: float = 0.0,
    axis: int = 0,
) -> Tensor:
    if not use_sequence_length or sequence_length is None:
        return data
    steps = torch.arange(data.shape[axis])
    there = (
        steps[:, None] < sequence_length[None, :] if axis == 0 else steps[None, :] < sequence_length[:, None]
    )
    there = there.reshape(*there.shape, *[1] * (data.dim() - 2))
    return torch.where(there, data, torch.tensor(value, dtype=data.dtype))


def _scatter(data: Tensor, indices: Tensor, shape: Any) -> Tensor:
    sizes = tuple(int(s) for s in shape)
    running.meter.elements(math.prod(sizes))
    made = torch.zeros(sizes, dtype=data.dtype)
    return made.index_put(tuple(indices.long()), data)


def _pad(data: Tensor, mode: str = "constant", pad_width: Any = (), constant_value: float = 0.0) -> Tensor:
    pairs = [tuple(pad_width[k : k + 2]) for k in range(0, len(pad_width), 2)]
    if mode == "constant":
        return F.pad(data, [int(v) for pair in reversed(pairs) for v in pair], "constant", constant_value)
    inner = [int(v) for pair in reversed(pairs[2:]) for v in pair]
    return F.pad(data, inner, {"edge": "replicate", "reflect": "reflect"}[mode])


def _slice_like(data: Tensor, shape_like: Tensor, axes: Any = None) -> Tensor:
    chosen = range(data.dim()) if not axes else [a % data.dim() for a in axes]
    for axis in chosen:
        data = data.narrow(axis, 0, shape_like.shape[axis])
    return data


def _broadcast_axis(data: Tensor, axis: Any = (), size: Any = ()) -> Tensor:
    axes, sizes = ([axis], [size]) if isinstance(axis, int) else (list(axis), list(size))
    wanted = list(data.shape)
    for a, s in zip(axes, sizes, strict=True):
        wanted[a] = int(s)
    return data.expand(wanted)


def _gemm2(
    a: Tensor, b: Tensor, transpose_a: bool = False, transpose_b: bool = False, alpha: float = 1.0
) -> Tensor:
    return alpha * ((a.mT if transpose_a else a) @ (b.mT if transpose_b else b))


def _space(data: Tensor, block_size: int) -> Tensor:
    n, c, h, w = data.shape
    k = int(block_size)
    return (
        data.reshape(n, k, k, c // (k * k), h, w)
        .permute(0, 3, 4, 1, 5, 2)
        .reshape(n, c // (k * k), h * k, w * k)
    )


def _cross_entropy(data: Tensor, label: Tensor) -> Tensor:
    return F.cross_entropy(data, label.long(), reduction="sum")


def _cast(data: Tensor, dtype: Any = "float32") -> Tensor:
    return data.to(_dtype(dtype))


def _logical(fn: Callable[[Tensor, Tensor], Tensor]) -> Callable[[Any, Any], Tensor]:
    return lambda a, b: fn(torch.as_tensor(a), torch.as_tensor(b)).float()


def _two(fn: Callable[[Tensor, Tensor], Tensor]) -> Callable[[Any, Any], Tensor]:
    return lambda a, b: fn(*torch.broadcast_tensors(torch.as_tensor(a), torch.as_tensor(b)))  # type: ignore[no-untyped-call]


def _arange_like(
    data: Tensor, start: float = 0.0, step: float = 1.0, repeat: int = 1, axis: int | None = None
) -> Tensor:
    count = data.numel() if axis is None else data.shape[axis]
    made = start + step * torch.arange(count, dtype=torch.float32)
    return made.reshape(data.shape) if axis is None else made


def _enlarged(
    data: Tensor, scale: int = 2, sample_type: str = "nearest", num_args: int = 1, **more: Any
) -> Tensor:
    return F.interpolate(
        data, scale_factor=float(scale), mode=sample_type if sample_type == "nearest" else "bilinear"
    )


def _instance_norm(data: Tensor, gamma: Tensor, beta: Tensor, eps: float = 1e-3) -> Tensor:
    return F.instance_norm(data, None, None, gamma, beta, eps=eps)


TABLE: dict[str, tuple[Callable[..., Any], str, str]] = {
    "Convolution": (_convolution, "contraction", "conv"), "Pooling": (_pooling, "contraction", "none"), "Dropout": (_dropout, "random", "none"),
    "BatchNorm": (_batch_norm, "normalization", "none"), "L2Normalization": (_l2, "normalization", "none"),
    "LayerNorm": (lambda data, gamma, beta, axis=-1, eps=1e-5: F.layer_norm(data, (data.shape[-1],), gamma, beta, eps), "normalization", "none"),
    "SequenceMask": (_sequence_mask, "indexing", "none"), "gather_nd": (lambda data, indices: data[tuple(indices.long())], "indexing", "none"),
    "scatter_nd": (_scatter, "indexing", "none"), "slice_like": (_slice_like, "indexing", "none"), "reverse": (lambda data, axis: data.flip(axis), "movement", "none"),
    "pad": (_pad, "movement", "meta"), "cumsum": (lambda a, axis=None, dtype=None: torch.cumsum(a.reshape(-1) if axis is None else a, axis or 0), "reduction", "none"),
    "shape_array": (lambda data: torch.tensor(list(data.shape)), "query", "none"), "size_array": (lambda data: torch.tensor([data.numel()]), "query", "none"),
    "cast": (_cast, "elementwise", "none"), "identity": (lambda data: data.clone(), "elementwise", "none"),
    "stop_gradient": (lambda data: data.detach(), "elementwise", "none"), "isnan": (lambda data: torch.isnan(data).float(), "elementwise", ""),
    "softmax_cross_entropy": (_cross_entropy, "loss", "none"), "broadcast_maximum": (_two(torch.maximum), "elementwise", ""), "broadcast_minimum": (_two(torch.minimum), "elementwise", ""),
    "broadcast_power": (_two(torch.pow), "elementwise", ""), "broadcast_axis": (_broadcast_axis, "movement", "none"), "logical_and": (_logical(torch.logical_and), "elementwise", ""),
    "logical_or": (_logical(torch.logical_or), "elementwise", ""), "logical_xor": (_logical(torch.logical_xor), "elementwise", ""), "logical_not": (lambda data: (data == 0).float(), "elementwise", ""),
    "moveaxis": (lambda data, source, destination: data.movedim(source, destination), "movement", "none"), "depth_to_space": (_space, "movement", "none"),
    "cbrt": (lambda data: data.sign() * data.abs() ** (1 / 3), "elementwise", ""), "erf": (torch.erf, "elementwise", ""), "gamma": (lambda data: torch.exp(torch.lgamma(data)), "elementwise", ""),
    "gammaln": (torch.lgamma, "elementwise", ""), "argmax_channel": (lambda data: data.argmax(1).float(), "reduction", "none"),
    "batch_take": (lambda a, indices: a.gather(1, indices.long()[:, None])[:, 0], "indexing", "none"), "softsign": (F.softsign, "activation", ""),
    "softmin": (lambda data, axis=-1: torch.softmax(-data, axis), "activation", ""), "hard_sigmoid": (lambda data, alpha=0.2, beta=0.5: (alpha * data + beta).clamp(0, 1), "activation", ""),
    "unravel_index": (lambda data, shape: torch.stack(torch.unravel_index(data.long(), shape)).float(), "indexing", "none"),
    "ravel_multi_index": (lambda data, shape: sum(data[k] * torch.tensor(shape[k + 1 :]).prod() for k in range(len(shape))), "indexing", "none"),
    "im2col": (lambda data, kernel, stride=1, dilate=1, pad=0: F.unfold(data, kernel, dilate, pad, stride), "movement", "meta"), "degrees": (torch.rad2deg, "elementwise", ""), "radians": (torch.deg2rad, "elementwise", ""),
    "sum_axis": (lambda data, axis=(), keepdims=False: data.sum(axis, keepdim=keepdims), "reduction", "none"), "rint": (torch.round, "elementwise", ""), "fix": (torch.trunc, "elementwise", ""),
    "softrelu": (F.softplus, "activation", ""), "digamma": (torch.digamma, "elementwise", ""), "arcsinh": (torch.arcsinh, "elementwise", ""), "arctanh": (torch.arctanh, "elementwise", ""),
    "negative": (torch.neg, "elementwise", ""), "log_sigmoid": (F.logsigmoid, "activation", ""), "mish": (F.mish, "activation", ""),
    "UpSampling": (_enlarged, "movement", "meta"), "InstanceNorm": (_instance_norm, "normalization", "none"),
    "SoftmaxActivation": (lambda data, mode="instance": torch.softmax(data, -1), "activation", ""), "SoftmaxOutput": (lambda data, label=None, **more: torch.softmax(data, -1), "activation", ""),
}  # fmt: skip
LINALG: dict[str, tuple[Callable[..., Any], str, str]] = {
    "gemm2": (_gemm2, "contraction", "matmul"), "gemm": (lambda A, B, C, transpose_a=False, transpose_b=False, alpha=1.0, beta=1.0: _gemm2(A, B, transpose_a, transpose_b, alpha) + beta * C, "contraction", "matmul"),
    "det": (torch.linalg.det, "contraction", "lu"), "inverse": (torch.linalg.inv, "contraction", "solve"), "potrf": (torch.linalg.cholesky, "contraction", "lu"),
    "potri": (lambda A: torch.linalg.inv(A @ A.mT), "contraction", "solve"), "syrk": (lambda A, transpose=False, alpha=1.0: alpha * (A.mT @ A if transpose else A @ A.mT), "contraction", "none"),
    "slogdet": (lambda A: list(torch.linalg.slogdet(A)), "contraction", "lu"), "sumlogdiag": (lambda A: torch.diagonal(A, dim1=-2, dim2=-1).log().sum(-1), "reduction", "none"),
    "extractdiag": (lambda A, offset=0: torch.diagonal(A, offset, -2, -1), "movement", "none"), "makediag": (lambda A, offset=0: torch.diag_embed(A, offset), "movement", "diagonal"),
    "trsm": (lambda A, B, transpose=False, rightside=False, lower=True, alpha=1.0: torch.linalg.solve_triangular(A, alpha * B, upper=not lower, left=not rightside), "contraction", "solve"),
    "syevd": (lambda A: [v.mT if k == 0 else v for k, v in enumerate(reversed(torch.linalg.eigh(A)))], "contraction", "eig"),
}  # fmt: skip
OLD_NAMES = {
    "BlockGrad": "stop_gradient", "Cast": "cast", "Concat": "concat", "ElementWiseSum": "add_n", "SwapAxis": "swapaxes", "Flatten": "flatten",
    "Reshape": "reshape", "SliceChannel": "split", "Pad": "pad", "sample_multinomial": "random_multinomial", "normal": "random_normal",
    "uniform": "random_uniform", "broadcast_axes": "broadcast_axis", "broadcast_plus": "broadcast_add", "broadcast_minus": "broadcast_sub", "max_axis": "max", "min_axis": "min",
    "batchnorm": "BatchNorm",
}  # fmt: skip


def load() -> None:
    for name, entry in TABLE.items():
        ND.members[name] = NdOp(name, *entry)
    for old, new in OLD_NAMES.items():
        ND.members[old] = ND.members[new]
    linalg = Namespace("mxnet.nd.linalg", {name: NdOp(name, *entry) for name, entry in LINALG.items()})
    for name, member in linalg.members.items():
        ND.members[f"linalg_{name}"] = member
    contrib = Namespace(
        "mxnet.nd.contrib",
        {"arange_like": NdOp("arange_like", _arange_like, "creation"), "isnan": ND.members["isnan"], "isfinite": NdOp("isfinite", lambda data: torch.isfinite(data).float(), "elementwise", ""),
         "isinf": NdOp("isinf", lambda data: torch.isinf(data).float(), "elementwise", ""), "div_sqrt_dim": NdOp("div_sqrt_dim", lambda data: data / data.shape[-1] ** 0.5, "elementwise")},
    )  # fmt: skip
    image = Namespace(
        "mxnet.nd.image",
        {"to_tensor": NdOp("to_tensor", lambda data: data.float().movedim(-1, -3) / 255, "movement")},
    )
    ND.members.update(linalg=linalg, contrib=contrib, image=image)
    for name in (
        "cumsum",
        "softsign",
        "slice_like",
        "broadcast_axes",
        "moveaxis",
        "degrees",
        "radians",
        "cbrt",
        "rint",
        "fix",
        "arcsinh",
        "arctanh",
        "pad",
        "SequenceMask",
    ):
        ARRAY.attributes.setdefault(name, ND.members[name])
    ARRAY.attributes["tostype"] = Native("tostype", lambda x, stype: x)
    publish(linalg, contrib, image)
