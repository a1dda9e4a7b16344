"""One call of each family before the seal, so that no lazy import happens behind it, where it would fail.

`tests/sandbox/test_warm_up.py` runs many snippets after this and fails when one of them imports anything more;
`test_behind_the_seal.py` runs many behind the seal itself.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import sys
import warnings
from typing import Any

import torch

# What the libraries import only when it is first used: texts and shapes of tables, forward mode, the profiler's switch.
LAZY = (
    "freedive.lab.documentation",
    "numpy.char",
    "numpy.ma",
    "numpy.polynomial",
    "numpy.rec",
    "numpy.strings",
    "pandas.core.methods.select",
    "pandas.core.methods.to_dict",
    "pandas.core.reshape.reshape",
    "pandas.io.formats.csvs",
    "pandas.io.formats.html",
    "pandas.io.formats.string",
    "torch._dynamo",
    "torch._decomp.decompositions_for_jvp",
    "torch.profiler._cupti_monitor",
)

ZONES = """
    UTC GMT US/Eastern US/Central US/Mountain US/Pacific America/New_York America/Chicago America/Denver America/Los_Angeles
    America/Toronto America/Mexico_City America/Sao_Paulo Europe/London Europe/Paris Europe/Berlin Europe/Madrid Europe/Rome
    Europe/Moscow Europe/Istanbul Africa/Cairo Africa/Lagos Africa/Johannesburg Asia/Dubai Asia/Karachi Asia/Kolkata
    Asia/Bangkok Asia/Singapore Asia/Hong_Kong Asia/Shanghai Asia/Taipei Asia/Seoul Asia/Tokyo Australia/Sydney
    Pacific/Auckland
"""
"""Each time zone is a file, read when somebody names it; of six hundred these are named most."""

_zones: list[Any] = []
"""Held here, for what nobody holds is read again. Both kinds, since pandas asks for the one that is written in Python too."""

SNIPPETS = {
    "torch": """import torch
from torch import nn
x = torch.arange(6., requires_grad=True).reshape(2, 3)
print(x, x.shape, f"{x.sum():.2f}")
net = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))
optimizer = torch.optim.Adam(net.parameters())
loss = nn.functional.cross_entropy(net(x), torch.tensor([0, 1]))
optimizer.zero_grad()
loss.backward()
optimizer.step()
images = nn.Conv2d(1, 2, 3)(torch.randn(1, 1, 6, 6))
nn.functional.max_pool2d(images, 2)
torch.linalg.svd(torch.randn(3, 3))
torch.distributions.Normal(0., 1.).sample((2,))
torch.autograd.functional.hessian(lambda v: (v ** 3).sum(), torch.ones(2))
help(torch.ones)
""",
    "np": """import numpy as np
import pandas as pd
a = np.random.rand(2, 3)
print(a @ a.T, np.linalg.inv(np.eye(2)))
print(pd.DataFrame({"a": [1, 2], "b": [3.0, None]}).fillna(0))
""",
    "tf": """import tensorflow as tf
import numpy as np
v = tf.Variable([1., 2.])
with tf.GradientTape() as tape:
    y = tf.reduce_sum(tf.square(v) * tf.nn.softmax(v))
print(tape.gradient(y, v), v, tf.random.normal((2, 2)), tf.linalg.svd(tf.ones((2, 2))))
for x in tf.data.Dataset.from_tensor_slices(np.arange(4)).batch(2):
    tf.cast(x, tf.float32) / 2
""",
    "keras": """import numpy as np
from tensorflow import keras
model = keras.Sequential([keras.layers.Conv2D(2, 3, activation="relu"), keras.layers.Flatten(), keras.layers.Dropout(0.5), keras.layers.Dense(2)])
model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
model.fit(np.ones((4, 5, 5, 1), dtype="float32"), np.array([0, 1, 0, 1]), verbose=0)
keras.layers.LSTM(2)(np.ones((1, 2, 3), dtype="float32"))
model.summary()
""",
    "mxnet": """from mxnet import autograd, gluon, init, nd
from mxnet.gluon import nn
net = nn.Sequential()
net.add(nn.Dense(2, activation="relu"), nn.Dense(1))
net.initialize(init.Normal(sigma=0.01))
trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.1})
x = nd.random.normal(shape=(4, 3))
with autograd.record():
    loss = gluon.loss.L2Loss()(net(x), nd.ones((4, 1)))
loss.backward()
trainer.step(4)
print(net(x), loss.mean().asscalar())
""",
}


MISTAKES = (
    "import torch\nx = torch.ones(2, 3) + torch.ones(2)",
    "import torch\nx = torch.ones(2)\nfor i in range(3):\n    x = x + y1",
    "x = (1",
    ">>> import torch\n>>> x = torch.ones(2)\n>>> x\ntensor([1., 1.])",
    "x = 1\nx?",
)
"""What goes wrong, or has to be mended first."""


def warm_up() -> None:
    from freedive.lab import evaluate

    torch.set_num_threads(1)
    sys.setrecursionlimit(max(sys.getrecursionlimit(), 12_000))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # some of them warn of what they themselves will drop one day
        for module in LAZY:
            with contextlib.suppress(ModuleNotFoundError):  # another version keeps it elsewhere
                importlib.import_module(module)
    for module in ("zoneinfo", "zoneinfo._zoneinfo"):
        for zone in ZONES.split():
            with contextlib.suppress(LookupError):  # a machine may lack some
                _zones.append(importlib.import_module(module).ZoneInfo(zone))
    for dialect, source in SNIPPETS.items():
        evaluate({"source": source, "dialect": dialect})
    for source in (*SNIPPETS.values(), *MISTAKES):
        evaluate({"source": source, "watch": ["x.shape"]})
    # what is loaded now lives for good: never looked through again, and no page of it copied after a fork
    gc.collect()
    gc.freeze()
