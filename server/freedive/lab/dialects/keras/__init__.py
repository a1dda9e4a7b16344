"""The Keras dialect: layers, models, losses, metrics and optimizers of Keras 3 on the lab's TensorFlow values and torch."""

from __future__ import annotations


def load() -> None:
    from freedive.lab.dialects.keras import (
        constraints,
        functions,
        layers,
        losses,
        metrics,
        models,
        ops,
        optimizers,
        weights,
    )

    weights.load()
    functions.load()
    constraints.load()
    layers.load()
    losses.load()
    metrics.load()
    optimizers.load()
    models.load()
    ops.load()
