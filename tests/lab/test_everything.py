"""Every function of every namespace, called with operands that may not suit it: always an answer, always JSON."""

from __future__ import annotations

import json

import pytest
from tests.lab.conftest import Run

from freedive.lab.dialects import load
from freedive.lab.importing import MODULES
from freedive.lab.namespaces import Namespace

OPERANDS = {
    "torch": "x = torch.rand(2, 3, requires_grad=True)\ni, s = torch.tensor([0, 1]), torch.eye(3)\n",
    "numpy": "x = numpy.random.rand(2, 3)\ni, s = numpy.array([0, 1]), numpy.eye(3)\n",
    "tensorflow": "x = tensorflow.random.uniform((2, 3))\ni, s = tensorflow.constant([0, 1]), tensorflow.eye(3)\n",
    "keras": "import tensorflow\nx = tensorflow.random.uniform((2, 3))\ni, s = tensorflow.constant([0, 1]), tensorflow.eye(3)\n",
    "mxnet": "x = mxnet.nd.random.uniform(shape=(2, 3))\ni, s = mxnet.nd.array([0, 1]), mxnet.nd.ones((3, 3))\n",
    "pandas": "x = pandas.DataFrame({'a': [1, 2.5], 'b': ['u', 'v']})\ni, s = x['a'], x['b']\n",
    "math": "x, i, s = 2.0, 3, 'a'\n",
}
CALLS = ("x", "x, i", "s, s", "(2, 3)")


def names() -> list[str]:
    """Each namespace once, under its shortest name."""
    load()
    found: dict[int, str] = {}
    for name in sorted(MODULES, key=len):
        if name.split(".")[0] in OPERANDS:
            found.setdefault(id(MODULES[name].members), name)
    return sorted(found.values())


@pytest.mark.parametrize("name", names())
def test_every_function_answers_whatever_it_is_given(name: str, run: Run) -> None:
    top = name.split(".")[0]
    setup = f"import {top}\nimport {name}\n{OPERANDS[top]}"
    for member, value in sorted(MODULES[name].members.items()):
        if isinstance(value, Namespace):
            continue
        source = "\n".join(f"{name}.{member}({operands})" for operands in CALLS)
        answer = run(source, setup=setup, session=True)
        json.dumps(answer, allow_nan=False)
        assert len(answer["statements"]) == len(CALLS), (member, answer["error"])
        for statement in answer["statements"]:
            assert (statement["error"] is None) is (statement["value"] is not None), statement


@pytest.mark.parametrize(
    "source",
    [
        "x = [[i] * 100 for i in range(190)]\nx\ny = x\nz = [x, x]\nz", "d = {i: list(range(100)) for i in range(190)}\nd\nd\nd",
        "import torch\nxs = [torch.rand(30, 30) for i in range(100)]\nxs\nxs\nxs",
        "import torch\nfor i in range(1500):\n    x = torch.rand(16, 16)\n    y = (x @ x).t().reshape(-1)",
        "import numpy as np\nimport matplotlib.pyplot as plt\nfor i in range(200):\n    plt.plot(np.arange(1000), np.random.rand(1000))",
        "x = [1]\nx.append(x)\nx\n[x, x]",
    ],
)  # fmt: skip
def test_an_answer_stays_small_whatever_is_shown(source: str, run: Run) -> None:
    answer = run(source)
    assert answer["status"] == "ok", answer["error"]
    assert len(json.dumps(answer, allow_nan=False)) < 2 * 1024**2
