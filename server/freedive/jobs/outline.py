"""Outline: a spec looked at without running it, so that what does not fit is said before a worker is asked."""

from __future__ import annotations

from freedive.catalog.datasets.store import DataStore
from freedive.protocol.jobs import Outline
from freedive.protocol.specs import Spec


def outline(spec: Spec, store: DataStore) -> Outline:
    """Sizes, shapes and parameter counts. Raises ShapeMismatch naming the layer, or BadData."""
    data = spec.dataset.outline(store)
    layers = spec.model.outline(data.input_shape, data.outputs)
    whole, rest = divmod(data.train_size, spec.batch_size)
    # Batch norm cannot normalize one example, so a last batch of one is left out (training/sampler.py).
    least = 2 if any("BatchNorm" in layer.kind for layer in layers) else 1
    steps_per_epoch = max(1, whole + (rest >= least))
    return Outline(
        task=data.task,
        input_shape=list(data.input_shape),
        outputs=data.outputs,
        classes=list(data.classes),
        features=list(data.features),
        layers=layers,
        parameters=sum(layer.parameters for layer in layers),
        train_size=data.train_size,
        validation_size=data.validation_size,
        test_size=data.test_size,
        steps_per_epoch=steps_per_epoch,
        total_steps=steps_per_epoch * spec.epochs,
        table=data.table,
    )
