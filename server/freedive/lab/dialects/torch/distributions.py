"""torch.distributions: sampling, densities, entropies."""

from __future__ import annotations

from typing import Any

import torch
from torch import distributions

from freedive.lab import sizes
from freedive.lab.budget import Meter
from freedive.lab.classes import NativeClass
from freedive.lab.dialects.torch.functions import TORCH
from freedive.lab.door import Op, hand_over
from freedive.lab.importing import publish
from freedive.lab.kinds import Kind, Property, register
from freedive.lab.namespaces import Namespace
from freedive.lab.running import running
from freedive.lab.types import publish_type

NAMES = (
    "Normal", "Uniform", "Bernoulli", "Binomial", "Categorical", "Multinomial", "OneHotCategorical", "Poisson", "Exponential",
    "Gamma", "Beta", "Dirichlet", "Laplace", "Cauchy", "Chi2", "StudentT", "Geometric", "Gumbel", "HalfNormal",
    "LogNormal", "MultivariateNormal", "Pareto", "Weibull", "NegativeBinomial",
    "Independent", "VonMises", "InverseGamma", "HalfCauchy", "RelaxedBernoulli", "ContinuousBernoulli", "MixtureSameFamily",
)  # fmt: skip


def _sample_size(meter: Meter, fn: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    shape = kwargs.get("sample_shape", kwargs.get("batch_shape", args[1] if len(args) > 1 else ()))
    given = tuple(shape) if isinstance(shape, list | tuple) else (shape,)
    base = sizes.count((*args[0].batch_shape, *args[0].event_shape))
    meter.elements(sizes.count(given) * max(1, base))


def _sample(d: Any, sample_shape: Any = ()) -> Any:
    return d.sample(torch.Size(sample_shape) if isinstance(sample_shape, list | tuple) else sample_shape)


def _rsample(d: Any, sample_shape: Any = ()) -> Any:
    return d.rsample(torch.Size(sample_shape))


def _expand(d: Any, batch_shape: Any) -> Any:
    return d.expand(torch.Size(batch_shape))


class DistributionKind(Kind):
    handed = True
    name = "distribution"

    def __init__(self) -> None:
        super().__init__()
        self.attributes = {
            "sample": Op("sample", _sample, "random", _sample_size),
            "rsample": Op("rsample", _rsample, "random", _sample_size),
            "sample_n": Op(
                "sample_n", lambda d, n: d.sample((n,)), "random", lambda m, f, a, k: m.elements(int(a[1]))
            ),
            "log_prob": Op("log_prob", lambda d, x: d.log_prob(x), "elementwise"),
            "cdf": Op("cdf", lambda d, x: d.cdf(x), "elementwise"),
            "icdf": Op("icdf", lambda d, x: d.icdf(x), "elementwise"),
            "perplexity": Op("perplexity", lambda d: d.perplexity(), "reduction", "none"),
            "expand": Op("expand", _expand, "movement", _sample_size),
            "entropy": Op("entropy", lambda d: d.entropy(), "reduction", "none"),
        }
        for name in ("mean", "stddev", "variance", "mode", "batch_shape", "event_shape", "probs", "logits", "loc", "scale", "rate", "low", "high", "concentration", "concentration0", "concentration1", "total_count", "covariance_matrix", "df", "base_dist", "event_dim"):  # fmt: skip
            self.attributes[name] = Property((lambda n: lambda d: getattr(d, n))(name))

    def getattr(self, value: Any, name: str) -> Any:
        if (
            name in self.attributes
            and not isinstance(self.attributes[name], Op)
            and not hasattr(type(value), name)
            and name not in value.__dict__
        ):
            raise AttributeError(f"'{type(value).__name__}' object has no attribute '{name}'")
        return super().getattr(value, name)

    def repr(self, value: Any) -> str:
        return repr(value)


register(DistributionKind(), distributions.Distribution)


def _make(python: Any) -> Any:
    def make(*args: Any, **kwargs: Any) -> Any:
        plain, named = [hand_over(a) for a in args], {k: hand_over(v) for k, v in kwargs.items()}
        sizes.broadcast(running.meter, python, tuple(plain), named)
        made = python(*plain, **named)
        # parameters of different shapes meet each other, and none of it takes memory yet
        running.meter.elements(sizes.count((*made.batch_shape, *made.event_shape)), "distribution")
        return made

    return make


def load() -> None:
    space = Namespace("torch.distributions", doc="Probability distributions.")
    for name in NAMES:
        python = getattr(distributions, name)
        ref = publish_type(
            NativeClass(
                name,
                python,
                module="torch.distributions",
                make=_make(python),
                extendable=False,
                doc=(python.__doc__ or ""),
            )
        )
        space.members[name] = ref
        lower = python.__module__.rsplit(".", 1)[-1]
        inner = space.members.setdefault(lower, Namespace(f"torch.distributions.{lower}"))
        inner.members[name] = ref
    space.members["kl_divergence"] = Op("kl_divergence", distributions.kl_divergence, "elementwise", "none")
    space.members["kl"] = Namespace(
        "torch.distributions.kl", {"kl_divergence": space.members["kl_divergence"]}
    )
    TORCH.members["distributions"] = space
    publish(space, *[m for m in space.members.values() if isinstance(m, Namespace)])
