"""Every published name called once or more behind the seal: nothing may be missing there; run by `test_behind_the_seal`.

What comes of a call does not matter here, only that no file, no module and no machine code was wanted for it.
"""

from __future__ import annotations

import json

import pytest
from tests.lab.test_everything import OPERANDS, names

from freedive.lab import Budget, evaluate
from freedive.lab.importing import MODULES
from freedive.lab.namespaces import Namespace

LONG = Budget(seconds=20, wall=60)
CALLS = ("", "x", "x, i", "s, s", "(2, 3)")
METHODS = ("", "value", "i")

VALUES = {
    "torch": {
        "": "import torch\nx, i = torch.rand(3, 3, requires_grad=True), torch.tensor([0, 1])\nnet = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2))\n",
        "float": "torch.rand(3, 3)", "whole": "torch.tensor([[1, 2], [3, 4]])",
        "layer": "net", "one": "net[0]", "bag": "torch.nn.EmbeddingBag(3, 3)", "optimizer": "torch.optim.Adam(net.parameters())", "normal": "torch.distributions.Normal(0., 1.)",
        "generator": "torch.Generator()", "shape": "x.shape", "dtype": "x.dtype", "loader": "torch.utils.data.DataLoader([1, 2, 3], batch_size=2)",
        "schedule": "torch.optim.lr_scheduler.StepLR(torch.optim.SGD(net.parameters(), lr=0.1), 1)", "dictionary": "torch.nn.ModuleDict({'a': net})", "parameters": "torch.nn.ParameterList([torch.ones(2)])",
    },
    "numpy": {
        "": "import numpy\nx, i = numpy.random.rand(3, 3), numpy.array([0, 1])\n", "float": "x", "whole": "i", "text": "numpy.array(['a', 'b'])", "scalar": "numpy.float32(2)", "int": "numpy.int64(3)",
        "dtype": "x.dtype", "generator": "numpy.random.default_rng(0)", "old": "numpy.random.RandomState(0)", "limits": "numpy.finfo(numpy.float32)", "fields": "numpy.array([(1, 2.0)], dtype=[('a', int), ('b', float)])",
    },
    "pandas": {
        "": "import pandas\nimport numpy\nx = pandas.DataFrame({'a': [1, 2, 2], 'b': ['u', 'v', 'w'], 'c': [1.5, None, 2]})\ni = x['a']\nd = pandas.Series(pandas.date_range('2024-01-01', periods=3))\n",
        "frame": "x", "whole": "i", "text": "x['b']", "missing": "x['c']", "of time": "pandas.Series([1., 2., 3.], index=d)", "times": "d", "spans": "d - d[0]", "in levels": "x.set_index(['a', 'b'])", "levels": "x.set_index(['a', 'b']).index",
        "categories": "x['b'].astype('category')", "category": "x['b'].astype('category').cat", "words": "x['b'].str", "moments": "d.dt", "groups": "x.groupby('a')", "group": "x.groupby('a')['c']", "window": "x['c'].rolling(2)",
        "growing": "x['c'].expanding()", "weighted": "x['c'].ewm(span=2)", "index": "x.index", "columns": "x.columns", "moment": "pandas.Timestamp('2024-01-01')", "span": "pandas.Timedelta('1 days')", "parts": "pandas.Categorical(['a', 'b'])",
    },
    "tensorflow": {
        "": "import tensorflow\nx, i = tensorflow.random.uniform((3, 3)), tensorflow.constant([0, 1])\n", "tensor": "x", "variable": "tensorflow.Variable(x)", "text": "tensorflow.constant(['a', 'b'])", "data": "tensorflow.data.Dataset.from_tensor_slices([1, 2, 3])",
        "shape": "x.shape", "dtype": "x.dtype",
    },
    "keras": {
        "": "import keras\nimport numpy\nx, i = numpy.ones((4, 3), dtype='float32'), numpy.ones((4, 2), dtype='float32')\nmodel = keras.Sequential([keras.layers.Dense(2, input_shape=(3,))])\nmodel.compile('adam', 'mse', metrics=['mae'])\n",
        "model": "model", "layer": "model.layers[0]", "optimizer": "model.optimizer", "metric": "keras.metrics.Mean()", "loss": "keras.losses.MeanSquaredError()", "input": "keras.Input((3,))", "weight": "model.layers[0].weights[0]",
        "history": "model.fit(x, i, verbose=0)", "initializer": "keras.initializers.GlorotUniform()",
    },
    "mxnet": {
        "": "import mxnet\nx, i = mxnet.nd.random.uniform(shape=(3, 3)), mxnet.nd.array([0, 1])\nnet = mxnet.gluon.nn.Sequential()\nnet.add(mxnet.gluon.nn.Dense(2))\nnet.initialize()\ny = net(x)\n",
        "array": "x", "net": "net", "layer": "net[0]", "weight": "net[0].weight", "parameters": "net.collect_params()", "trainer": "mxnet.gluon.Trainer(net.collect_params(), 'sgd', {'learning_rate': 0.1})", "loss": "mxnet.gluon.loss.L2Loss()",
        "data": "mxnet.gluon.data.ArrayDataset(x, x)",
    },
    "math": {
        "": "import math, collections\nx, i = 'ab', [1, 2]\n", "text": "x", "list": "i", "dict": "{'a': 1}", "set": "{1, 2}", "tuple": "(1, 2)", "int": "3", "float": "2.5", "counter": "collections.Counter(x)",
        "deque": "collections.deque(i)",
    },
}  # fmt: skip


def missing(lines: list[str], setup: str) -> list[str]:
    """What these lines, one by one, say was not there."""
    found = []
    some = 100
    while lines:
        request = {"source": "\n".join(lines[:some]), "setup": setup, "session": True, "trace": False}
        answer = evaluate(request, LONG)
        json.dumps(answer, allow_nan=False)
        done = answer["statements"]
        if not done:  # one of them is refused as it stands
            lines, some = (lines, 1) if some > 1 else (lines[1:], 100)
            continue
        for statement in done:
            error = statement["error"]
            if error is not None and "ImportError" in error["mro"]:
                found.append(f"{statement['source']}: {error['message']}")
        lines = lines[len(done) :]  # a limit ends even a session
    return found


@pytest.mark.parametrize("name", names())
def test_every_function_finds_what_it_needs(name: str) -> None:
    top = name.split(".")[0]
    members = [m for m, value in sorted(MODULES[name].members.items()) if not isinstance(value, Namespace)]
    lines = [f"{name}.{member}({operands})" for member in members for operands in CALLS]
    assert not missing(lines, f"import {top}\nimport {name}\n{OPERANDS[top]}")


@pytest.mark.parametrize(("top", "kind"), [(top, kind) for top, kinds in VALUES.items() for kind in kinds if kind])  # fmt: skip
def test_every_method_finds_what_it_needs(top: str, kind: str) -> None:
    setup, value = VALUES[top][""], VALUES[top][kind]
    answer = evaluate({"source": f"dir({value})", "setup": setup}, LONG)
    assert answer["status"] == "ok", answer["error"]
    members = [item["data"] for item in answer["statements"][0]["value"]["items"]]
    lines = [f"({value}).{m}({operands})" for m in members if m[0].isalpha() for operands in METHODS]
    assert not missing(lines, setup)
