"""tf.random."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from freedive.lab.dialects.tensorflow.elementwise import _op
from freedive.lab.dialects.tensorflow.shapes import shape_list
from freedive.lab.dialects.tensorflow.tensors import (
    EagerTensor,
    convert,
    dtype_of,
    run,
)
from freedive.lab.kinds import Native

T = torch.Tensor


# ------------------------------------------------------------ random
def _random(name: str, sample: Callable[..., T], *defaults: Any) -> Native:
    op = _op(name, sample, "random", "first")

    def call(
        shape: Any, *args: Any, dtype: Any = "float32", seed: Any = None, name: Any = None, **named: Any
    ) -> Any:
        given = [a.t.item() if isinstance(a, EagerTensor) and a.t.dim() == 0 else a for a in args]
        keys = _RANDOM_KEYS[op.name]
        values = dict(zip(keys, defaults, strict=True))
        values.update(zip(keys, given, strict=False))
        values.update(
            {k: (v.t.item() if isinstance(v, EagerTensor) else v) for k, v in named.items() if k in keys}
        )
        if len(given) > len(keys):
            dtype = given[len(keys)]
        return run(op, (shape_list(shape), *(values[k] for k in keys)), {"dtype": dtype_of(dtype)})

    return Native(name, call, op.doc)


_RANDOM_KEYS = {
    "normal": ("mean", "stddev"), "truncated_normal": ("mean", "stddev"), "uniform": ("minval", "maxval"), "poisson": ("lam",), "gamma": ("alpha", "beta"),
}  # fmt: skip


def _uniform(size: list[int], low: Any, high: Any, dtype: torch.dtype) -> T:
    if not dtype.is_floating_point:
        if high is None:
            raise ValueError("Must specify maxval for integer dtype")
        return torch.randint(int(low), int(high), size, dtype=dtype)
    return torch.rand(size, dtype=dtype) * ((1.0 if high is None else float(high)) - float(low)) + float(low)


def _truncated(size: list[int], mean: float, std: float, dtype: torch.dtype) -> T:
    made: T = torch.nn.init.trunc_normal_(
        torch.empty(size, dtype=dtype), mean, std, mean - 2 * std, mean + 2 * std
    )
    return made


def _shuffle(value: Any, seed: Any = None, name: Any = None) -> Any:
    t = convert(value)
    return run(_op("shuffle", lambda x, order: x[order], "indexing", "none"), (t, torch.randperm(len(t))))


def _categorical(
    logits: Any, num_samples: int, dtype: Any = "int64", seed: Any = None, name: Any = None
) -> Any:
    op = _op(
        "categorical",
        lambda x, n: torch.multinomial(torch.softmax(x, -1), n, replacement=True),
        "random",
        "meta",
    )
    return run(op, (convert(logits), int(num_samples)))


def _gamma(shape: list[int], alpha: float, beta: Any, dtype: torch.dtype) -> T:
    made: T = (
        torch.distributions.Gamma(float(alpha), 1.0 if beta is None else float(beta))
        .sample(torch.Size(shape))
        .to(dtype)
    )
    return made
