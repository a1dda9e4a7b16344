"""TensorFlow's own rules, and its functions against NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.lab.conftest import Run

SETUP = "import tensorflow as tf\nimport numpy as np\nx = tf.constant([[1., -2., 3.], [4., 5., -6.]])\ni = tf.constant([[1, 2, 3], [4, 5, 6]])\n"
X = np.array([[1.0, -2.0, 3.0], [4.0, 5.0, -6.0]])
I = np.array([[1, 2, 3], [4, 5, 6]])  # noqa: E741 - the tensor's name in the snippets


@pytest.mark.parametrize(
    ("source", "want", "dtype"),
    [
        ("tf.constant([1, 2])", [1, 2], "int32"), ("tf.constant([1., 2])", [1, 2], "float32"), ("tf.constant(np.ones(2))", [1, 1], "float64"),
        ("tf.constant([True])", [True], "bool"), ("i / i", I / I, "float64"), ("i // 2", I // 2, "int32"), ("x / 2", X / 2, "float32"),
        ("tf.reduce_mean(i)", 3, "int32"), ("tf.reduce_sum(x, axis=0)", X.sum(0), "float32"), ("tf.reduce_max(x)", 5, "float32"),
        ("tf.math.reduce_std(x)", X.std(), "float32"), ("tf.argmax(x, axis=1)", X.argmax(1), "int64"), ("tf.matmul(x, tf.transpose(x))", X @ X.T, "float32"),
        ("tf.concat([x, x], 0)", np.concatenate([X, X]), "float32"), ("tf.reshape(x, [-1])", X.ravel(), "float32"), ("tf.cast(x, tf.int32)", X, "int32"),
        ("tf.one_hot([0, 2], 3)", np.eye(3)[[0, 2]], "float32"), ("tf.range(3)", [0, 1, 2], "int32"), ("tf.range(0., 1., .5)", [0, 0.5], "float32"),
        ("tf.gather(x, [1, 0], axis=1)", X[:, [1, 0]], "float32"), ("tf.where(x > 0, x, 0.)", np.where(X > 0, X, 0), "float32"), ("x[0, 1:]", X[0, 1:], "float32"),
        ("tf.tensordot(x, x, axes=[[0], [0]])", X.T @ X, "float32"), ("tf.norm(x)", np.linalg.norm(X), "float32"),
        ("tf.clip_by_value(x, -1., 2.)", X.clip(-1, 2), "float32"), ("tf.cumsum(i, axis=1)", I.cumsum(1), "int32"), ("tf.eye(2)", np.eye(2), "float32"),
        ("tf.fill([2], 7)", [7, 7], "int32"), ("tf.pad(i, [[1, 0], [0, 1]])", np.pad(I, [[1, 0], [0, 1]]), "int32"), ("tf.tile(i, [1, 2])", np.tile(I, [1, 2]), "int32"),
        ("tf.nn.relu(x)", X.clip(0), "float32"), ("tf.sort(x, direction='DESCENDING')", -np.sort(-X), "float32"), ("tf.expand_dims(i, 0)", I[None], "int32"),
        ("tf.boolean_mask(x, x > 0)", X[X > 0], "float32"), ("tf.linspace(0., 1., 3)", [0, 0.5, 1], "float32"), ("tf.zeros_like(i)", I * 0, "int32"),
        ("tf.einsum('ij->i', x)", X.sum(1), "float32"), ("tf.reverse(i, [0])", I[::-1], "int32"), ("tf.math.squared_difference(x, 1.)", (X - 1) ** 2, "float32"),
    ],
)  # fmt: skip
def test_a_function_gives_its_value_and_dtype(source: str, want: Any, dtype: str, run: Run) -> None:
    answer = run(source, setup=SETUP, dialect="tf")
    assert answer["status"] == "ok", answer["error"]
    value = answer["statements"][0]["value"]
    assert (value["kind"], value["dtype"]) == ("tensor", dtype)
    np.testing.assert_allclose(
        np.array(value["data"], dtype=float), np.array(want, dtype=float), rtol=1e-5, atol=1e-6
    )


@pytest.mark.parametrize(
    ("source", "error"),
    [
        ("x + i", "InvalidArgumentError"), ("i + 1.5", "InvalidArgumentError"), ("i * 1.5", "TypeError"), ("x[0] = 1.", "TypeError"), ("x.reshape((3, 2))", "AttributeError"),
        ("tf.matmul(x, x)", "InvalidArgumentError"), ("tf.reshape(x, [4])", "InvalidArgumentError"), ("tf.concat([x, i], 0)", "InvalidArgumentError"),
        ("tf.Variable(x).assign([1.])", "ValueError"), ("tf.sqrt(i)", "InvalidArgumentError"), ("x + tf.ones((4, 4))", "InvalidArgumentError"),
        ("tf.constant([[1], [1, 2]])", "ValueError"), ("len(tf.constant(1))", "TypeError"),
    ],
)  # fmt: skip
def test_what_tensorflow_refuses_is_refused(source: str, error: str, run: Run) -> None:
    problem = run(source, setup=SETUP, dialect="tf")["error"]
    assert error in (problem["type"], *problem["mro"])


def values(run: Run, source: str) -> list[Any]:
    answer = run(source, setup=SETUP, dialect="tf")
    assert answer["status"] == "ok", answer["error"]
    return [
        s["value"]["data"] if s["value"] and "data" in s["value"] else s["value"]
        for s in answer["statements"]
    ]


def test_a_tape_sees_what_is_watched_and_nothing_else(run: Run) -> None:
    source = """
c, v = tf.constant(3.), tf.Variable(2.)
with tf.GradientTape(persistent=True) as t:
    t.watch(c)
    y = c * c * v
[t.gradient(y, c).numpy(), t.gradient(y, v).numpy(), t.gradient(y, i) is None]
v.assign(10.)
t.gradient(y, c).numpy()
with tf.GradientTape() as once:
    z = v * v
once.gradient(z, v).numpy()
"""
    answer = run(source, setup=SETUP, dialect="tf")
    first, _, after, _, last = (s["value"] for s in answer["statements"][2:])
    assert [item["data"] for item in first["items"]] == [12.0, 9.0, True]
    assert (after["data"], last["data"]) == (12.0, 20.0)


def test_nested_tapes_give_second_derivatives_and_a_jacobian(run: Run) -> None:
    source = """
v = tf.Variable([1., 2.])
with tf.GradientTape() as outer:
    with tf.GradientTape() as inner:
        y = v ** 3
    g = inner.gradient(y, v)
outer.gradient(g, v)
with tf.GradientTape() as t:
    y = v * v
t.jacobian(y, v)
"""
    found = values(run, source)
    assert found[2] == [6.0, 12.0]
    assert found[4] == [[2.0, 0.0], [0.0, 4.0]]


def test_a_used_tape_refuses_a_second_gradient(run: Run) -> None:
    source = (
        "v = tf.Variable(1.)\nwith tf.GradientTape() as t:\n    y = v * v\nt.gradient(y, v)\nt.gradient(y, v)"
    )
    assert "non-persistent" in run(source, setup=SETUP, dialect="tf")["error"]["message"]


def test_a_pipeline_batches_shuffles_and_maps(run: Run) -> None:
    source = """
ds = tf.data.Dataset.from_tensor_slices((tf.range(10), tf.range(10) * 2)).shuffle(10).batch(4)
sizes = [int(x.shape[0]) for x, y in ds]
seen = sorted(int(v) for x, y in ds for v in x)
[sizes, seen, len(ds), [int(v) for v in tf.data.Dataset.range(5).map(lambda v: v * v).filter(lambda v: v > 1)]]
"""
    answer = run(source, setup=SETUP, dialect="tf")
    items = answer["statements"][-1]["value"]["items"]
    assert [v["data"] for v in items[0]["items"]] == [4, 4, 2]
    assert [v["data"] for v in items[1]["items"]] == list(range(10))
    assert items[2]["data"] == 3
    assert [v["data"] for v in items[3]["items"]] == [4, 9, 16]


def test_printing_is_tensorflows(run: Run) -> None:
    source = "print(i)\nprint(tf.constant(2))\nprint(tf.Variable([1.]))"
    output = run(source, setup=SETUP, dialect="tf")["output"]
    assert "tf.Tensor(\n[[1 2 3]\n [4 5 6]], shape=(2, 3), dtype=int32)" in output
    assert "tf.Tensor(2, shape=(), dtype=int32)" in output
    assert "<tf.Variable 'Variable:0' shape=(1,) dtype=float32" in output


@pytest.mark.parametrize(
    ("source", "hint"),
    [
        ("tf.placeholder(tf.float32)", "Python function"), ("tf.Session()", "x.numpy()"), ("tf.log(x)", "tf.math.log(x)"), ("tf.mul(x, x)", "tf.multiply(a, b)"),
        ("tf.random_normal([2])", "tf.random.normal"), ("tf.train.AdamOptimizer(0.1)", "tf.keras.optimizers.Adam"), ("tf.nn.rnn_cell", "tf.keras.layers"),
        ("tf.io.read_file('x')", "no files"),
        ("tf.data.TextLineDataset('x')", "no files"), ("tf.concatenate([x, x])", "tf.concat"), ("x.T", "tf.transpose(x)"), ("x + i", "tf.cast"),
    ],
)  # fmt: skip
def test_what_is_gone_or_left_out_names_the_way(source: str, hint: str, run: Run) -> None:
    assert hint in run(source, setup=SETUP, dialect="tf")["error"]["hint"]


def test_a_variable_refuses_to_be_changed_by_an_operator(run: Run) -> None:
    problem = run("w = tf.Variable([1.])\nw -= 0.1", setup=SETUP, dialect="tf")["error"]
    assert "assign_sub" in problem["message"]


def test_a_generator_draws_its_own_numbers_and_a_seed_the_same(run: Run) -> None:
    source = """
a, b = tf.random.Generator.from_seed(1), tf.random.Generator.from_seed(1)
first = a.normal([3])
tf.random.normal([5])
[bool(tf.reduce_all(first == b.normal([3]))), bool(tf.reduce_all(first == a.normal([3])))]
bool(tf.reduce_all(tf.random.stateless_uniform([4], [1, 2]) == tf.random.stateless_uniform([4], [1, 2])))
"""
    answer = run(source, setup=SETUP, dialect="tf")
    pair, seeded = (s["value"] for s in answer["statements"][-2:])
    assert ([v["data"] for v in pair["items"]], seeded["data"]) == ([True, False], True)


def test_random_numbers_have_their_moments(run: Run) -> None:
    source = "[tf.random.normal([4000], 5., 2.), tf.random.poisson([4000], 3.), tf.random.gamma([4000], 2., 4.), tf.random.truncated_normal([4000])]"
    found = run(source, setup=SETUP, dialect="tf")["statements"][0]["value"]["items"]
    for value, mean, std in zip(found, (5, 3, 0.5, 0), (2, 3**0.5, 0.125**0.5, 0.88), strict=True):
        assert value["stats"]["mean"] == pytest.approx(mean, abs=0.15)
        assert value["stats"]["std"] == pytest.approx(std, abs=0.15)
