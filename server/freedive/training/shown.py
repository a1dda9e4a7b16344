"""What a job tells before its first step: the `started` fact and the data as a picture."""

from __future__ import annotations

import torch

from freedive.catalog.datasets.data import Data
from freedive.protocol.events import DataShown, Parameter, Started
from freedive.training.probes.outputs import labels
from freedive.training.probes.pictures import plain
from freedive.training.recorder import Recorder
from freedive.training.state import TrainingState

POINTS = 3000
"""Points shown of a set in the plane."""
IMAGES = 64
"""Pictures shown of a set of images."""


def started(state: TrainingState, recorder: Recorder) -> Started:
    """Shapes, names and sizes of the job."""
    data = state.data
    shape = tuple(data.train.inputs.shape[1:])
    outputs = len(data.classes) if data.task == "multiclass" else data.train.targets.shape[1]
    return Started(
        step=state.step,
        device=str(state.device),
        task=data.task,
        input_shape=list(shape),
        outputs=outputs,
        classes=list(data.classes),
        features=list(data.features),
        layers=state.spec.model.outline(shape, outputs),
        parameters=[
            Parameter(name=n, shape=list(p.shape))
            for n, p in state.model.named_parameters()
            if p.requires_grad
        ],
        columns=recorder.columns,
        train_size=len(data.train),
        validation_size=len(data.validation),
        test_size=len(data.test),
        steps_per_epoch=state.sampler.steps_per_epoch,
        total_steps=state.total_steps,
    )


def data_shown(data: Data, step: int = 0) -> DataShown | None:
    """Points of one or two coordinates (all splits), or the first training images; None for wider tables."""
    shape = tuple(data.train.raw.shape[1:])
    if len(shape) == 3:
        raw, targets = data.train.raw[:IMAGES], data.train.targets[:IMAGES]
        splits = torch.zeros(len(targets), dtype=torch.uint8)
    elif shape in ((1,), (2,)):
        parts = [data.train, data.validation, data.test]
        share = min(1.0, POINTS / sum(len(p) for p in parts))
        counts = [max(1, int(share * len(p))) for p in parts]
        raw = torch.cat([p.raw[:n] for p, n in zip(parts, counts, strict=True)])
        targets = torch.cat([p.targets[:n] for p, n in zip(parts, counts, strict=True)])
        splits = torch.repeat_interleave(torch.arange(3, dtype=torch.uint8), torch.tensor(counts))
    else:
        return None
    return DataShown(step=step, inputs=plain(raw), targets=plain(labels(data, targets)), splits=plain(splits))
