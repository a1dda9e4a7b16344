"""Mean and variance of each group that a normalization took, as long as its result follows from them; read by `explanations`."""

from __future__ import annotations

import math
from typing import Any

import torch

from freedive.lab import arrays
from freedive.lab.notes import Layer, Note, Record
from freedive.lab.shares import real

Json = dict[str, Any]


def moments(record: Record) -> Json:
    """Mean and variance of each group that was normalized: `input` (a tensor id), `shape` of the statistics with 1 along `axes`,
    `count` elements of a group, `mean`, `variance`, `running` (whether kept ones were used), `affine`. Empty where the result
    does not follow from them.
    """
    first = record.args[0] if record.args else None
    layer = first if isinstance(first, Layer) else None
    x = record.args[1] if layer is not None and len(record.args) > 1 else first
    out = record.outputs[0] if record.outputs else None
    if not isinstance(x, Note) or out is None or x.data is None or out.data is None or x.array:
        return {}
    try:
        return _moments(record, layer, x, out)
    except Exception:
        return {}  # called in a way that is not told here; input and result are


def _moments(record: Record, layer: Layer | None, x: Note, out: Note) -> Json:
    values = torch.tensor(x.data, dtype=torch.float64).reshape(x.shape)
    name = record.name.lower().replace("_", "")
    module = None if layer is None else layer.module
    weights = {} if layer is None else {key: real(note).double() for key, note in layer.weights.items()}
    eps = float(getattr(module, "eps", record.kwargs.get("eps", 1e-5)))
    rank = values.ndim
    grouped = values
    running = False
    if name.startswith("batchnorm"):
        axes = [axis for axis in range(rank) if axis != 1]
        training = record.kwargs.get("training", False) if module is None else module.training
        running = not training
        if running:
            mean, variance = (
                real(each) if isinstance(each, Note) else each for each in _kept(record, module)
            )
            shape = [1 if axis != 1 else values.shape[1] for axis in range(rank)]
            mean, variance = mean.double().reshape(shape), variance.double().reshape(shape)
    elif name.startswith("layernorm"):
        normalized = module.normalized_shape if module is not None else record.args[1]
        count = len(normalized) if isinstance(normalized, list | tuple) else 1
        axes = list(range(rank - count, rank))
    elif name.startswith("instancenorm"):
        axes = list(range(2, rank))
    elif name.startswith("groupnorm"):
        groups = int(getattr(module, "num_groups", 0) or record.args[1])
        grouped = values.reshape(values.shape[0], groups, -1)
        axes = [2]
    else:
        return {}
    if not running:
        mean = grouped.mean(axes, keepdim=True)
        variance = grouped.var(axes, correction=0, keepdim=True)
    made = ((grouped - mean) / torch.sqrt(variance + eps)).reshape(values.shape)
    weight, bias = weights.get("weight"), weights.get("bias")
    place = [-1] + [1] * (rank - 2) if not name.startswith("layernorm") else None
    if weight is not None:
        made = made * (weight if place is None else weight.reshape(place))
    if bias is not None:
        made = made + (bias if place is None else bias.reshape(place))
    told = torch.tensor(out.data, dtype=torch.float64).reshape(out.shape)
    if not torch.allclose(made, told, rtol=1e-3, atol=1e-4):
        return {}
    return {
        "input": x.id, "axes": axes, "shape": list(mean.shape), "count": math.prod(grouped.shape[axis] for axis in axes),
        "mean": arrays.plain(mean), "variance": arrays.plain(variance), "running": running,
        "affine": weight is not None or bias is not None,
    }  # fmt: skip


def _kept(record: Record, module: Any) -> tuple[Any, Any]:
    """Running mean and variance, of a layer or as they were passed."""
    if module is not None:
        return module.running_mean, module.running_var
    return record.args[1], record.args[2]
