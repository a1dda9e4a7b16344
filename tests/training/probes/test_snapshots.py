"""Curve, weights, activations, predictions and confusion against plain torch and scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.metrics import confusion_matrix

from freedive.protocol.events import SNAPSHOTS
from freedive.training.probes import PROBES, fitting
from freedive.training.probes.activations import ActivationsProbe
from freedive.training.probes.confusion import ConfusionProbe
from freedive.training.probes.curve import CurveProbe
from freedive.training.probes.predictions import PredictionsProbe
from freedive.training.probes.weights import WeightsProbe
from freedive.training.state import TrainingState

from ..jobs import DIGITS, IRIS, LINE, SPIRALS, Job, spec_of

SINE = {**LINE, "dataset": {"kind": "sine", "size": 60}, "model": {"kind": "mlp", "layers": [{"width": 4}]}}
SPECS = {
    "spirals": spec_of(SPIRALS),
    "iris": spec_of(IRIS),
    "digits": spec_of(DIGITS),
    "sine": spec_of(SINE),
    "line": spec_of(LINE),
}


@pytest.fixture(params=SPECS, ids=list(SPECS))
def state(request: pytest.FixtureRequest, job: Job) -> TrainingState:
    made = job.state(SPECS[request.param])
    for _ in range(3):
        made.advance()
    return made


def plain(state: TrainingState, inputs: torch.Tensor) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """Probabilities or values, computed here."""
    state.model.eval()
    with torch.no_grad():
        outputs = state.model(inputs)
    state.model.train()
    if state.data.task == "multiclass":
        return outputs.softmax(1).numpy()  # type: ignore[no-any-return]
    if state.data.task == "binary":
        return torch.cat([1 - outputs.sigmoid(), outputs.sigmoid()], 1).numpy()
    return (outputs * state.data.target_std + state.data.target_mean).numpy()  # type: ignore[no-any-return]


def test_measuring_leaves_the_state_exactly_as_it_was(state: TrainingState) -> None:
    tensors = {name: t.clone() for name, t in state.model.state_dict().items()}
    gradients = [p.grad.clone() for p in state.parameters if p.grad is not None]
    random = torch.get_rng_state()
    for probe in fitting(state):
        event = probe.measure()
        assert event.type == probe.name
        assert event.type in SNAPSHOTS
        assert event.step == 3
        type(event).model_validate(event.model_dump())
    assert state.model.training
    assert torch.equal(torch.get_rng_state(), random)
    assert all(torch.equal(t, tensors[name]) for name, t in state.model.state_dict().items())
    assert all(
        torch.equal(a, b)
        for a, b in zip(gradients, [p.grad for p in state.parameters if p.grad is not None], strict=True)
    )


def test_each_probe_can_be_turned_off(job: Job) -> None:
    names = ("histograms", "boundary", "weights", "activations", "predictions", "confusion")
    assert not fitting(job.state(spec_of(SPIRALS, probes=dict.fromkeys(names, False))))
    assert len({probe.name for probe in PROBES}) == len(PROBES)


def test_confusion_equals_scikit_learn(state: TrainingState) -> None:
    if not ConfusionProbe.fits(state):
        assert state.data.task == "regression"
        return
    examples = state.data.validation
    predicted = plain(state, examples.inputs).argmax(1)
    labels = examples.targets.flatten().long().numpy()
    expected = confusion_matrix(labels, predicted, labels=range(len(state.data.classes)))
    assert ConfusionProbe(state).measure().counts.numpy().tolist() == expected.tolist()


def test_predictions_are_the_first_ones_and_the_most_wrong(state: TrainingState) -> None:
    shown = PredictionsProbe(state).measure()
    examples = state.data.validation
    answers = plain(state, examples.inputs[shown.indices])
    np.testing.assert_allclose(shown.outputs.numpy(), answers, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(shown.inputs.numpy(), examples.raw[shown.indices].numpy())
    first = min(16, len(examples))
    assert shown.indices[:first] == list(range(first))
    pool = plain(state, examples.inputs[:256])
    if state.data.task == "regression":
        targets = examples.targets[:256, 0].numpy() * state.data.target_std + state.data.target_mean
        wrong = np.abs(pool[:, 0] - targets)
    else:
        wrong = 1 - pool[np.arange(len(pool)), examples.targets[:256].flatten().long().numpy()]
    rest = shown.indices[first:]
    if rest:
        assert wrong[rest].min() >= np.delete(wrong, [*range(first), *rest]).max(initial=-1) - 1e-6


def test_activations_follow_the_example_through_every_layer(state: TrainingState) -> None:
    state.inspected = ("test", 2)
    shown = ActivationsProbe(state).measure()
    values = state.data.test.inputs[2:3]
    state.model.eval()
    for (name, module), layer in zip(state.model.named_children(), shown.layers, strict=True):
        values = module(values).detach()
        whole = values[0].numpy()
        assert (layer.layer, layer.kind, layer.shape) == (name, type(module).__name__, list(whole.shape))
        span = float(whole.max() - whole.min())
        assert np.abs(layer.values.numpy() - whole.reshape(layer.values.shape)).max() <= span / 255 + 1e-6
    assert shown.outputs == pytest.approx(
        plain(state, state.data.test.inputs[2:3])[0].tolist(), rel=1e-5, abs=1e-6
    )
    assert (shown.split, shown.index) == ("test", 2)


def test_weights_are_shown_as_links_and_as_pictures(state: TrainingState) -> None:
    shown = WeightsProbe(state).measure()
    for picture, (name, weight) in zip(shown.tensors, state.weights, strict=True):
        assert picture.name == name
        values, whole = picture.values.numpy(), weight.detach().numpy()
        part = whole[:32, :32] if whole.ndim == 2 else whole
        if values.ndim == 2:
            assert picture.values.dtype == "float32"
            np.testing.assert_array_equal(values, part)
        else:
            assert picture.values.lo == -(picture.values.hi or 0)  # zero is in the middle
            np.testing.assert_allclose(values, part, atol=2 * (picture.values.hi or 0) / 255)


def test_the_first_layer_on_an_image_is_a_picture_of_the_image(job: Job) -> None:
    state = job.state(spec_of(DIGITS, model={"kind": "softmax"}))
    picture = WeightsProbe(state).measure().tensors[0]
    assert (picture.values.shape, picture.shape) == ([10, 1, 8, 8], [10, 1, 8, 8])
    weight = state.weights[0][1].detach().view(10, 1, 8, 8).numpy()
    np.testing.assert_allclose(picture.values.numpy(), weight, atol=(picture.values.hi or 0) / 127)


def test_a_curve_is_what_the_model_predicts_over_the_range_of_the_data(job: Job) -> None:
    state = job.state(spec_of(SINE))
    shown = CurveProbe(state).measure()
    x = torch.from_numpy(shown.x.numpy().copy())
    np.testing.assert_allclose(shown.y.numpy(), plain(state, state.data.prepare(x[:, None]))[:, 0], rtol=1e-5)
    assert shown.x.numpy()[0] < state.data.train.raw.min()
    assert not CurveProbe.fits(job.state(spec_of(LINE)))
