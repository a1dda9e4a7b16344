"""Limits end a run, say which they are, and cannot be caught."""

from __future__ import annotations

import pytest
from tests.lab.conftest import Run

from freedive.lab import Budget

BUDGET = Budget(seconds=5, wall=20, steps=20_000)


@pytest.mark.parametrize(
    "source",
    [
        "while True:\n    pass", "try:\n    while True:\n        pass\nexcept:\n    print('caught')", "def f():\n    return f()\nf()",
        "f = lambda: f()\nf()", "2 ** 10 ** 9", "x = 'a' * 10 ** 10", "[0] * 10 ** 9", "sum(range(10 ** 12))", "list(range(10 ** 9))",
        "import torch\ntorch.zeros(10 ** 6, 10 ** 6)", "import torch\ntorch.ones(1).expand(10 ** 5, 10 ** 5)",
        "import torch\ntry:\n    torch.empty(10 ** 12)\nexcept RuntimeError:\n    print('caught')", "import torch\ntorch.eye(10 ** 5)",
        "import torch\ntorch.ones(10 ** 5, 1) + torch.ones(1, 10 ** 5)", "import torch\nx = torch.ones(1)\nwhile True:\n    x = torch.cat([x, x])",
        "import torch\nx = torch.ones(500, 500)\nwhile True:\n    x = x @ x", "import numpy as np\nnp.zeros((10 ** 5, 10 ** 5))",
        "import tensorflow as tf\ntf.zeros((10 ** 5, 10 ** 5))", "import torch\ntorch.nn.Linear(10 ** 5, 10 ** 5)",
        "import torch\ntorch.einsum('a,b,c->abc', torch.ones(1000), torch.ones(1000), torch.ones(1000))", "while True:\n    print('x')",
        "import torch\ntorch.nn.functional.one_hot(torch.tensor([10 ** 11]))", "import torch\ntorch.linalg.svd(torch.ones(2000, 2000))",
        "def g():\n    while True:\n        yield 1\nlist(g())", "class A:\n    def __len__(self):\n        return len(self)\nlen(A())",
        "try:\n    2 ** 10 ** 9\nfinally:\n    print('caught')",
    ],
)  # fmt: skip
def test_a_bomb_ends_as_a_limit_that_cannot_be_caught(source: str, run: Run) -> None:
    answer = run(source, budget=BUDGET)
    assert answer["status"] == "limit", answer["error"]
    assert "caught" not in answer["output"]
    assert "limit" in answer["error"]["message"]
