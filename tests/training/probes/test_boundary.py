"""The boundary against an ordinary forward pass with hooks on every layer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from freedive.training.probes.boundary import BoundaryProbe, dense_layers

from ..jobs import IRIS, LINE, SPIRALS, Job, spec_of

LAYERS = {
    "tanh": [{"width": 4, "activation": "tanh"}, {"width": 2, "activation": "tanh"}],
    "relu": [{"width": 8, "activation": "relu"}],
    "dropout and batch norm": [{"width": 6, "activation": "sigmoid", "dropout": 0.5, "batch_norm": True}],
    "none": [],
}
CLASSES = {**SPIRALS, "dataset": {"kind": "rings"}}


@pytest.mark.parametrize("layers", LAYERS.values(), ids=list(LAYERS))
def test_the_output_and_every_hidden_unit_equal_a_forward_pass(
    job: Job, layers: list[dict[str, Any]]
) -> None:
    spec = spec_of(SPIRALS, model={"kind": "mlp", "layers": layers}, probes={"resolution": 40})
    state = job.state(spec)
    for _ in range(5):
        state.advance()
    probe = BoundaryProbe(state)
    assert probe.plane is not None
    shown = probe.measure()
    ys, xs = np.meshgrid(np.linspace(*shown.y, 40), np.linspace(*shown.x, 40), indexing="ij")
    inputs = state.data.prepare(torch.from_numpy(np.stack([xs.ravel(), ys.ravel()], 1)).float())
    state.model.eval()
    kept: dict[str, torch.Tensor] = {}
    linear = ""
    values = inputs
    for name, module in state.model.named_children():
        values = module(values)
        if isinstance(module, torch.nn.Linear):
            linear = name
        kept[linear] = values.detach()
    for (name, expected), got in zip(kept.items(), probe.plane.kept, strict=True):
        np.testing.assert_allclose(got.numpy(), expected.t().numpy(), atol=2e-6, err_msg=name)
    span = float(expected.max() - expected.min())
    assert np.abs(shown.output.numpy()[0].ravel() - expected[:, 0].numpy()).max() <= span / 255 + 1e-6
    assert [u.layer for u in shown.units] == list(kept)[:-1]
    for unit in shown.units:
        whole = kept[unit.layer].t().reshape(-1, 40, 40)[:, ::2, ::2]
        assert unit.maps.shape == list(whole.shape)
        span = float(whole.max() - whole.min())
        assert np.abs(unit.maps.numpy() - whole.numpy()).max() <= span / 255 + 1e-6
        np.testing.assert_allclose(
            unit.ranges.numpy()[:, 0], whole.flatten(1).min(1).values.numpy(), atol=1e-6
        )


def test_it_covers_all_the_data_and_fits_only_the_plane(job: Job) -> None:
    state = job.state(spec_of(SPIRALS))
    probe = BoundaryProbe(state)
    raw = torch.cat([state.data.train.raw, state.data.validation.raw, state.data.test.raw])
    assert probe.x[0] < raw[:, 0].min()
    assert probe.y[1] > raw[:, 1].max()
    assert BoundaryProbe.fits(state)
    assert BoundaryProbe.fits(job.state(spec_of(LINE)))
    assert not BoundaryProbe.fits(job.state(spec_of(IRIS)))
    assert not BoundaryProbe.fits(job.state(spec_of(SPIRALS, probes={"boundary": False})))


def test_features_and_several_classes(job: Job) -> None:
    dataset = {"kind": "spirals", "size": 60, "features": ["x1", "x2", "x1_squared", "sin_x2"]}
    shown = BoundaryProbe(job.state(spec_of(SPIRALS, dataset=dataset))).measure()
    assert shown.output.shape == [1, 100, 100]


def test_a_model_with_other_layers_is_not_dense() -> None:
    assert dense_layers(torch.nn.Sequential(torch.nn.Conv2d(1, 1, 1))) is None
    assert dense_layers(torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Softmax(1))) is None
