"""Keras by its own formulas: layers, losses and optimizers against torch and NumPy, and what fit does."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from tests.lab.conftest import Run

SETUP = """
import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers
"""


def data(run: Run, source: str, **request: Any) -> Any:
    answer = run(source, setup=SETUP, dialect="keras", **request)
    assert answer["status"] == "ok", answer["error"]
    return answer["statements"][-1]["value"].get("data")


@pytest.mark.parametrize(
    ("layer", "shape", "out"),
    [
        ("Dense(4)", (2, 3), [2, 4]), ("Conv2D(4, 3)", (1, 8, 8, 3), [1, 6, 6, 4]), ("Conv2D(4, 3, padding='same', strides=2)", (1, 7, 7, 3), [1, 4, 4, 4]),
        ("MaxPooling2D()", (1, 5, 5, 2), [1, 2, 2, 2]), ("AveragePooling2D(2, padding='same')", (1, 5, 5, 2), [1, 3, 3, 2]), ("Flatten()", (2, 3, 4), [2, 12]),
        ("GlobalAveragePooling2D()", (2, 4, 4, 3), [2, 3]), ("Embedding(10, 5)", (2, 3), [2, 3, 5]), ("LSTM(6)", (2, 4, 3), [2, 6]),
        ("GRU(6, return_sequences=True)", (2, 4, 3), [2, 4, 6]), ("SimpleRNN(6)", (2, 4, 3), [2, 6]), ("Bidirectional(layers.LSTM(5))", (2, 4, 3), [2, 10]),
        ("Conv2DTranspose(3, 3, strides=2, padding='same')", (1, 4, 4, 2), [1, 8, 8, 3]), ("UpSampling2D(2)", (1, 3, 3, 1), [1, 6, 6, 1]), ("Reshape((2, 6))", (3, 12), [3, 2, 6]),
        ("BatchNormalization()", (4, 3), [4, 3]), ("LayerNormalization()", (4, 3), [4, 3]), ("ZeroPadding2D(1)", (1, 3, 3, 1), [1, 5, 5, 1]), ("Conv1D(4, 3)", (1, 8, 2), [1, 6, 4]),
        ("TimeDistributed(layers.Dense(2))", (2, 4, 3), [2, 4, 2]), ("DepthwiseConv2D(3)", (1, 5, 5, 2), [1, 3, 3, 2]), ("RepeatVector(3)", (2, 4), [2, 3, 4]),
    ],
)  # fmt: skip
def test_a_layer_gives_its_shape(layer: str, shape: tuple[int, ...], out: list[int], run: Run) -> None:
    assert data(run, f"layers.{layer}(np.ones({shape}, dtype='float32')).shape") == out


def test_a_convolution_is_torchs_on_the_last_axis(run: Run) -> None:
    source = "l = layers.Conv2D(2, 3, padding='same', kernel_initializer='ones', bias_initializer='ones')\nx = np.arange(32.).reshape(1, 4, 4, 2).astype('float32')\nl(x)"
    x = torch.arange(32.0).reshape(1, 4, 4, 2).movedim(-1, 1)
    want = F.conv2d(x, torch.ones(2, 2, 3, 3), torch.ones(2), padding=1).movedim(1, -1)
    np.testing.assert_allclose(np.array(data(run, source)), want.numpy(), rtol=1e-5)


P = np.array([[0.7, 0.2, 0.1], [0.2, 0.5, 0.3]])
Y = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])


@pytest.mark.parametrize(
    ("call", "want"),
    [
        ("losses.MeanSquaredError()(y, p)", ((P - Y) ** 2).mean()), ("losses.MeanAbsoluteError()(y, p)", abs(P - Y).mean()),
        ("losses.CategoricalCrossentropy()(y, p)", -(Y * np.log(P)).sum(1).mean()), ("losses.SparseCategoricalCrossentropy()([0, 2], p)", -np.log([0.7, 0.3]).mean()),
        ("losses.BinaryCrossentropy()(y, p)", -(Y * np.log(P) + (1 - Y) * np.log(1 - P)).mean()), ("losses.Huber(delta=0.5)(y, p)", np.where(abs(P - Y) <= 0.5, (P - Y) ** 2 / 2, 0.5 * abs(P - Y) - 0.125).mean()),
        ("losses.CategoricalCrossentropy(from_logits=True)(y, p)", -(Y * (P - np.log(np.exp(P).sum(1, keepdims=True)))).sum(1).mean()),
        ("losses.MeanSquaredError(reduction='sum')(y, p)", ((P - Y) ** 2).mean(1).sum()), ("losses.Hinge()(y * 2 - 1, p)", np.maximum(1 - (Y * 2 - 1) * P, 0).mean()),
        ("losses.Poisson()(y, p)", (P - Y * np.log(P + 1e-7)).mean()), ("metrics.categorical_accuracy(y, p)[0]", 1.0),
    ],
)  # fmt: skip
def test_a_loss_is_its_formula(call: str, want: float, run: Run) -> None:
    source = f"y, p = np.array({Y.tolist()}, dtype='float32'), np.array({P.tolist()}, dtype='float32')\nfloat(keras.{call})"
    assert data(run, source) == pytest.approx(want, rel=1e-4)


@pytest.mark.parametrize(
    ("made", "torchs"),
    [
        ("SGD(0.1)", lambda p: torch.optim.SGD(p, 0.1)), ("Adam(0.1)", lambda p: torch.optim.Adam(p, 0.1, eps=1e-9)),
        ("Adagrad(0.1)", lambda p: torch.optim.Adagrad(p, 0.1, initial_accumulator_value=0.1, eps=1e-9)),
        ("RMSprop(0.1, rho=0.9)", lambda p: torch.optim.RMSprop(p, 0.1, alpha=0.9, eps=1e-9)),
        ("Adadelta(1.0)", lambda p: torch.optim.Adadelta(p, 1.0, rho=0.95, eps=1e-7)), ("Adamax(0.1)", lambda p: torch.optim.Adamax(p, 0.1, eps=1e-9)),
        ("AdamW(0.1, weight_decay=0.01)", lambda p: torch.optim.AdamW(p, 0.1, weight_decay=0.01, eps=1e-9)),
    ],
)  # fmt: skip
def test_an_optimizer_goes_the_way_of_torchs(made: str, torchs: Any, run: Run) -> None:
    source = f"""
v = tf.Variable([3., -2.])
opt = keras.optimizers.{made}
for step in range(5):
    with tf.GradientTape() as t:
        loss = tf.reduce_sum(v * v * tf.constant([1., 3.]))
    opt.apply_gradients([(t.gradient(loss, v), v)])
v
"""
    w = torch.tensor([3.0, -2.0], requires_grad=True)
    optimizer = torchs([w])
    for _ in range(5):
        optimizer.zero_grad()
        (w * w * torch.tensor([1.0, 3.0])).sum().backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    np.testing.assert_allclose(data(run, source), w.detach().numpy(), rtol=2e-4)


FIT = """
x = np.random.randn(64, 2).astype('float32')
y = (x @ np.array([[2.], [-3.]]) + 1).astype('float32')
"""


def test_fit_learns_and_tells_its_history(run: Run) -> None:
    source = (
        FIT
        + """
m = keras.Sequential([keras.Input(shape=(2,)), layers.Dense(1)])
m.compile(optimizer=keras.optimizers.SGD(0.1), loss='mse', metrics=['mae'])
h = m.fit(x, y, epochs=30, batch_size=16, validation_split=0.25, verbose=0)
[h.history['loss'][0] > h.history['loss'][-1], h.history['val_mae'][-1] < 0.1, len(h.history['loss']), m.count_params()]
"""
    )
    answer = run(source, setup=SETUP, dialect="keras")
    assert answer["status"] == "ok", answer["error"]
    assert [v["data"] for v in answer["statements"][-1]["value"]["items"]] == [True, True, 30, 3]


def test_subclassed_functional_and_sequential_models_agree(run: Run) -> None:
    source = """
class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.a = layers.Dense(3, activation='relu', kernel_initializer='ones')
        self.b = layers.Dense(1, kernel_initializer='ones')
    def call(self, x, training=False):
        return self.b(self.a(x))
i = keras.Input((2,))
functional = keras.Model(i, layers.Dense(1, kernel_initializer='ones')(layers.Dense(3, activation='relu', kernel_initializer='ones')(i)))
row = keras.Sequential([layers.Dense(3, activation='relu', kernel_initializer='ones'), layers.Dense(1, kernel_initializer='ones')])
x = np.array([[1., 2.], [-3., 1.]], dtype='float32')
[m(x).numpy().tolist() for m in (Net(), functional, row)]
"""
    answer = run(source, setup=SETUP, dialect="keras")
    assert answer["status"] == "ok", answer["error"]
    for item in answer["statements"][-1]["value"]["items"]:
        assert [v["items"][0]["data"] for v in item["items"]] == [9.0, 0.0]


def test_callbacks_stop_schedule_and_call_back(run: Run) -> None:
    source = (
        FIT
        + """
class Seen(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        print('epoch', epoch, sorted(logs))
m = keras.Sequential([layers.Dense(1)])
m.compile(keras.optimizers.SGD(0.0), 'mse')
h = m.fit(x, y, epochs=9, verbose=0, callbacks=[keras.callbacks.EarlyStopping(monitor='loss', patience=2), Seen(), keras.callbacks.LearningRateScheduler(lambda e: 0.0)])
len(h.history['loss'])
"""
    )
    answer = run(source, setup=SETUP, dialect="keras")
    assert answer["status"] == "ok", answer["error"]
    assert answer["statements"][-1]["value"]["data"] < 9
    assert "epoch 0 ['learning_rate', 'loss']" in answer["output"] or "epoch 0 ['loss']" in answer["output"]


def test_own_layers_losses_and_training_steps(run: Run) -> None:
    source = (
        FIT
        + """
class Linear(layers.Layer):
    def __init__(self, units=1, **kwargs):
        super().__init__(**kwargs)
        self.units = units
    def build(self, input_shape):
        self.w = self.add_weight(shape=(input_shape[-1], self.units), initializer='zeros', trainable=True)
        self.b = self.add_weight(shape=(self.units,), initializer='zeros', trainable=True)
    def call(self, inputs):
        return tf.matmul(inputs, self.w) + self.b
m = keras.Sequential([Linear(1)])
m.compile(optimizer=keras.optimizers.SGD(0.1), loss=lambda t, p: tf.reduce_mean(tf.square(t - p)))
m.fit(x, y, epochs=20, verbose=0)
m.layers[0].w
"""
    )
    found = np.array(data(run, source)).reshape(-1)
    np.testing.assert_allclose(found, [2, -3], atol=0.1)


def test_data_sets_say_honestly_that_they_are_elsewhere(run: Run) -> None:
    problem = run("keras.datasets.mnist.load_data()", setup=SETUP, dialect="keras")["error"]
    assert "no network" in problem["message"]
    assert "training page" in problem["hint"]


def test_weights_are_named_as_keras_names_them(run: Run) -> None:
    source = "m = keras.Sequential([keras.Input((3,)), layers.Dense(4), layers.LayerNormalization(), layers.Dense(1)])\nm"
    value = run(source, setup=SETUP, dialect="keras")["statements"][-1]["value"]
    assert value["parameters"] == [
        ["sequential/dense/kernel", [3, 4]], ["sequential/dense/bias", [4]], ["sequential/layer_normalization/gamma", [4]],
        ["sequential/layer_normalization/beta", [4]], ["sequential/dense_1/kernel", [4, 1]], ["sequential/dense_1/bias", [1]],
    ]  # fmt: skip


def test_masked_steps_do_not_count(run: Run) -> None:
    source = """
e, r = layers.Embedding(5, 3, mask_zero=True), layers.LSTM(4)
m = keras.Sequential([e, r])
long, short = m(np.array([[1, 2, 0, 0]])), m(np.array([[1, 2]]))
float(tf.reduce_max(tf.abs(long - short)))
"""
    assert data(run, source) == pytest.approx(0, abs=1e-6)


def test_words_become_numbers(run: Run) -> None:
    source = """
tv = layers.TextVectorization()
tv.adapt(['the cat', 'the dog sat'])
[tv.get_vocabulary()[:3], tv(['the bird']).numpy().tolist()]
"""
    value = run(source, setup=SETUP, dialect="keras")["statements"][-1]["value"]
    assert [v["data"] for v in value["items"][0]["items"]] == ["", "[UNK]", "the"]
    assert [v["data"] for v in value["items"][1]["items"][0]["items"]] == [2, 1]
