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
        # what torch and Python themselves say when there is no memory is a limit as well
        "import torch\ntry:\n    torch.nn.Bilinear(10 ** 5, 10 ** 5, 10 ** 5)\nexcept RuntimeError:\n    print('caught')",
        "import torch\ntry:\n    torch.nn.Bilinear(10 ** 5, 10 ** 5, 10 ** 5)\nfinally:\n    print('caught')",
        "import torch\nclass C:\n    def __enter__(self): pass\n    def __exit__(self, *error): return True\nwith C():\n    torch.nn.Bilinear(10 ** 5, 10 ** 5, 10 ** 5)\nprint('caught')",
        "import torch\ndef g():\n    try:\n        yield torch.nn.Bilinear(10 ** 5, 10 ** 5, 10 ** 5)\n    except RuntimeError:\n        print('caught')\nlist(g())",
        "import itertools\ntry:\n    list(itertools.product([1, 2], repeat=10 ** 12))\nexcept Exception:\n    print('caught')",
        "import random\ntry:\n    random.sample(range(10 ** 9), 10 ** 8)\nexcept Exception:\n    print('caught')",
        "import torch\nfrom torch.utils.data import DataLoader, Dataset\nclass D(Dataset):\n    def __len__(self): return 10 ** 12\nlist(DataLoader(D(), shuffle=True))",
        "from torch.utils.data import default_collate\nx = [1, 2]\nfor i in range(60): x = [x, x]\ndefault_collate([x, x])",
        "from torch.utils.data import ConcatDataset, TensorDataset\nimport torch\nd = TensorDataset(torch.zeros(1))\nfor i in range(60): d = ConcatDataset([d, d])\nlen(d)",
        "import random\nimport torch\nrandom.shuffle(torch.zeros(3000000))",
        "import itertools\nitertools.permutations(range(19000))", "import torch\ntorch.block_diag(*[torch.ones(100, 100)] * 1000)",
        "import torch\ntorch.chain_matmul(*[torch.ones(1500, 1500)] * 30)", "import numpy as np\nnp.linalg.multi_dot([np.ones((1500, 1500))] * 30)",
        "import json\njson.dumps(['x' * 60000] * 19000)", "from datetime import datetime\ndatetime.now().strftime('%c' * 30000)",
        "from collections import Counter\nc = Counter(a=1)\nwhile True: c += c",
    ],
)  # fmt: skip
def test_a_bomb_ends_as_a_limit_that_cannot_be_caught(source: str, run: Run) -> None:
    answer = run(source, budget=BUDGET)
    assert answer["status"] == "limit", answer["error"]
    assert "caught" not in answer["output"]
    assert "limit" in answer["error"]["message"]


def test_a_count_of_thousands_of_digits_is_told_by_its_size(run: Run) -> None:
    answer = run("import itertools\nitertools.permutations(range(19000))", budget=BUDGET)
    assert "a list of about 10^73047 items" in answer["error"]["message"]


def test_an_error_of_the_snippets_own_that_speaks_of_memory_is_an_error(run: Run) -> None:
    answer = run("try:\n    raise RuntimeError('not enough memory')\nexcept RuntimeError as e:\n    print(e)")
    assert (answer["status"], answer["output"]) == ("ok", "not enough memory\n")


def test_a_list_that_names_a_large_array_again_and_again_is_shown_in_time(run: Run) -> None:
    answer = run("import numpy as np\nx = np.zeros(4_000_000)\nmany = [x] * 1500\nlen(many)")
    items = answer["statements"][2]["value"]["items"]
    assert answer["status"] == "ok"
    assert items[0]["stats"]["max"] == 0.0
    assert len([item for item in items if item.get("stats")]) <= 10


def test_a_long_structure_is_printed_shortened(run: Run) -> None:
    answer = run("x = list(range(15_000))\nprint(x)\nprint({i: [i] for i in range(9_000)})\nprint('after')")
    assert answer["status"] == "ok", answer["error"]
    lines = answer["output"].splitlines()
    assert lines[0].startswith("[0, 1, 2, 3")
    assert lines[0].endswith(", ...]")
    assert lines[1].startswith("{0: [0], 1: [1]")
    assert lines[1].endswith("more characters)")
    assert lines[2] == "after"
    assert len(answer["output"]) <= Budget().output


def test_one_long_text_is_cut_and_a_loop_that_prints_is_a_limit(run: Run) -> None:
    answer = run("for i in range(3):\n    print('a' * 60_000)\nprint('end')")
    assert answer["status"] == "ok", answer["error"]
    assert "more characters)" in answer["output"]
    assert answer["output"].endswith("end\n")
    assert run("for i in range(100_000):\n    print('a' * 60_000)")["status"] == "limit"


def test_a_power_as_long_as_is_allowed_is_computed(run: Run) -> None:
    assert run("x = 2 ** 2050\nprint(len(str(x)), 2 ** 4095 > 1)")["output"] == "618 True\n"
    assert run("2 ** 4097")["status"] == "limit"
    assert run("9 ** (9 ** 999)")["status"] == "limit"


def test_blocks_are_counted_by_their_sides(run: Run) -> None:
    answer = run(
        "import torch\nd = torch.block_diag(*[torch.ones(20, 20)] * 3, torch.ones(4))\nprint(d.shape)"
    )
    assert (answer["status"], answer["output"]) == ("ok", "torch.Size([61, 64])\n")
