"""The torch dialect: real torch tensors behind tables of allowed names."""

from __future__ import annotations


def load() -> None:
    """Publish torch and its submodules."""
    from freedive.lab.dialects.torch import (
        autograd,
        custom,
        data,
        distributions,
        functions,
        generators,
        initializers,
        kernels,
        layers,
        modes,
        optimizers,
        reparametrizing,
    )

    kernels.look_first()
    functions.load()
    generators.load()
    autograd.load()
    custom.load()
    modes.load()
    layers.load()
    reparametrizing.load()
    initializers.load()
    optimizers.load()
    data.load()
    distributions.load()
