"""The Keras dialect: layers, models, losses, metrics and optimizers of Keras 3 on the lab's TensorFlow values and torch."""

from __future__ import annotations


def load() -> None:
    from freedive.lab.dialects.keras import (
        backend,
        constraints,
        functions,
        initializing,
        layers,
        losses,
        metrics,
        models,
        ops,
        optimizers,
        weights,
    )
    from freedive.lab.dialects.keras.functions import KERAS
    from freedive.lab.dialects.tensorflow import like_numpy

    weights.load()
    functions.load()
    constraints.load()
    layers.load()
    losses.load()
    metrics.load()
    optimizers.load()
    models.load()
    ops.load()
    backend.load()
    initializing.load()
    like_numpy.load(KERAS.members["ops"].members)
