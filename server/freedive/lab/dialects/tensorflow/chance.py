"""tf.random."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch

from freedive.lab.arrays import DTYPE_NAMES
from freedive.lab.dialects.tensorflow.elementwise import _op
from freedive.lab.dialects.tensorflow.errors import refuse
from freedive.lab.dialects.tensorflow.namespaces import RANDOM
from freedive.lab.dialects.tensorflow.shapes import shape_list
from freedive.lab.dialects.tensorflow.tensors import (
    EagerTensor,
    convert,
    dtype_of,
    run,
)
from freedive.lab.kinds import Kind, Native, register
from freedive.lab.namespaces import Namespace
from freedive.lab.running import running
from freedive.lab.types import TypeRef, publish_type

T = torch.Tensor


# ------------------------------------------------------------ random
def _random(name: str, sample: Callable[..., T], *defaults: Any) -> Native:
    op = _op(name, sample, "random", "first")

    def call(
        shape: Any, *args: Any, dtype: Any = "float32", seed: Any = None, name: Any = None, **named: Any
    ) -> Any:
        given = [a.t.item() if isinstance(a, EagerTensor) and a.t.dim() == 0 else a for a in args]
        given = [convert(a) if isinstance(a, EagerTensor | list | tuple) else a for a in given]
        keys = _RANDOM_KEYS[op.name]
        values = dict(zip(keys, defaults, strict=True))
        values.update(zip(keys, given, strict=False))
        values.update({k: _plain(v) for k, v in named.items() if k in keys})
        if len(given) > len(keys):
            dtype = given[len(keys)]
        return run(op, (shape_list(shape), *(values[k] for k in keys)), {"dtype": dtype_of(dtype)})

    return Native(name, call, op.doc)


def _plain(value: Any) -> Any:
    if isinstance(value, EagerTensor | list | tuple):
        t = convert(value)
        return t if t.dim() else t.item()
    return value


_RANDOM_KEYS = {
    "normal": ("mean", "stddev"), "truncated_normal": ("mean", "stddev"), "uniform": ("minval", "maxval"), "poisson": ("lam",), "gamma": ("alpha", "beta"),
}  # fmt: skip


def _uniform(size: list[int], low: Any, high: Any, dtype: torch.dtype) -> T:
    if not dtype.is_floating_point:
        if high is None:
            raise ValueError(f"Must specify maxval for integer dtype tf.{DTYPE_NAMES[dtype]}")
        if int(low) >= int(high):
            raise refuse("RandomUniformInt", f"Need minval < maxval, got {int(low)} >= {int(high)}")
        return torch.randint(int(low), int(high), size, dtype=dtype)
    made: T = torch.rand(size, dtype=dtype) * ((1.0 if high is None else high) - low) + low
    return made


def _truncated(size: list[int], mean: float, std: float, dtype: torch.dtype) -> T:
    made: T = torch.nn.init.trunc_normal_(
        torch.empty(size, dtype=dtype), mean, std, mean - 2 * std, mean + 2 * std
    )
    return made


def _shuffle(value: Any, seed: Any = None, name: Any = None) -> Any:
    t = convert(value)
    return run(_op("shuffle", lambda x, order: x[order], "indexing", "none"), (t, torch.randperm(len(t))))


def _categorical(
    logits: Any, num_samples: Any, dtype: Any = "int64", seed: Any = None, name: Any = None
) -> Any:
    op = _op(
        "categorical",
        lambda x, n: torch.multinomial(torch.softmax(x, -1), n, replacement=True).to(
            dtype_of(dtype or "int64")
        ),
        "random",
        "meta",
    )
    return run(op, (convert(logits), int(num_samples)))


def _gamma(shape: list[int], alpha: Any, beta: Any, dtype: torch.dtype) -> T:
    a, b = torch.as_tensor(alpha).double(), torch.as_tensor(1.0 if beta is None else beta).double()
    made: T = torch.distributions.Gamma(a, b).sample(torch.Size(shape)).to(dtype)
    return made


def _poisson(shape: list[int], lam: Any, dtype: torch.dtype) -> T:
    rate = torch.as_tensor(lam).float()
    running.meter.elements(math.prod(shape) * max(1, rate.numel()))
    return torch.poisson(rate.expand(*shape, *rate.shape)).to(dtype)


def _stateless(name: str) -> Native:
    """The same numbers for the same seed, whatever was drawn before."""

    def call(first: Any, *args: Any, seed: Any = None, **kwargs: Any) -> Any:
        if seed is None and args and name != "categorical":
            seed, *args = args  # type: ignore[assignment]
        parts = convert(seed).tolist()
        parts = parts if isinstance(parts, list) else [parts]
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(int(sum(int(p) * 1_000_003**k for k, p in enumerate(parts)) % 2**63))
            return RANDOM.members[name].call((first, *args), kwargs)

    return Native(f"stateless_{name}", call)


class Generator:
    """tf.random.Generator: a stream of its own."""

    def __init__(self, seed: Any = None) -> None:
        self.state = (
            torch.Generator()
            .manual_seed(int(seed) if seed is not None else int(torch.randint(2**31, ())))
            .get_state()
        )

    def draw(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        with torch.random.fork_rng(devices=[]):
            torch.set_rng_state(self.state)
            made = RANDOM.members[name].call(args, kwargs)
            self.state = torch.get_rng_state()
        return made


class GeneratorKind(Kind):
    name = "generator"

    def __init__(self) -> None:
        super().__init__()
        for name in ("normal", "uniform", "truncated_normal"):
            self.attributes[name] = Native(
                name, lambda g, *args, _name=name, **kwargs: g.draw(_name, args, kwargs)
            )

    def type_name(self, value: Any) -> str:
        return "Generator"


register(GeneratorKind(), Generator)


def load() -> None:
    RANDOM.members.update(
        normal=_random("normal", lambda size, mean, std, dtype: torch.randn(size, dtype=dtype) * std + mean, 0.0, 1.0),
        uniform=_random("uniform", _uniform, 0, None), truncated_normal=_random("truncated_normal", _truncated, 0.0, 1.0),
        poisson=_random("poisson", _poisson, 1.0), gamma=_random("gamma", _gamma, 1.0, None),
        shuffle=Native("shuffle", _shuffle, "Rows in random order."),
        categorical=Native("categorical", _categorical), set_seed=Native("set_seed", lambda seed: torch.manual_seed(int(seed)) and None),
    )  # fmt: skip
    for name in ("normal", "uniform", "truncated_normal", "categorical"):
        RANDOM.members[f"stateless_{name}"] = _stateless(name)
    RANDOM.members["experimental"] = Namespace(
        "tensorflow.random.experimental", {"stateless_shuffle": _stateless("shuffle")}
    )
    made = TypeRef("Generator", Generator, Generator, module="tensorflow.random")
    made.members["from_seed"] = Native("from_seed", Generator)
    made.members["from_non_deterministic_state"] = Native("from_non_deterministic_state", Generator)
    RANDOM.members["Generator"] = publish_type(made)
    RANDOM.members["get_global_generator"] = Native("get_global_generator", Generator)
