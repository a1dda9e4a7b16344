"""`out=`: as the libraries write, measured as any result, shown as a change in place."""

from __future__ import annotations

import pytest
from tests.lab.conftest import Run

from freedive.lab import Budget


@pytest.mark.parametrize(
    ("source", "before", "after"),
    [
        ("import torch\na = torch.tensor([1., 2.])\ny = torch.zeros(2)\ntorch.add(a, 1, out=y)", [0.0, 0.0], [2.0, 3.0]),
        ("import torch\na = torch.tensor([1., 2.])\ny = torch.empty(0)\ntorch.mul(a, 3, out=y)", [], [3.0, 6.0]),
        ("import numpy as np\na = np.array([1., 2.])\ny = np.zeros(2)\nnp.add(a, 1, out=y)", [0.0, 0.0], [2.0, 3.0]),
        ("import numpy as np\na = np.array([1., 2.])\ny = np.zeros(2)\nnp.add(a, 1, y)", [0.0, 0.0], [2.0, 3.0]),
    ],
)  # fmt: skip
def test_it_is_traced_as_a_change_in_place(
    source: str, before: list[float], after: list[float], run: Run
) -> None:
    answer = run(source + "\ny")
    assert answer["status"] == "ok", answer["error"]
    told = answer["ops"][-1]["explanation"]
    assert (told["type"], told["before"], told["after"]) == ("inplace", before, after)
    changed = answer["ops"][-1]["outputs"][0]
    assert answer["statements"][-1]["value"]["tensor"] == changed
    assert answer["statements"][-1]["value"]["data"] == after


@pytest.mark.parametrize(
    "source",
    [
        "import torch\ntorch.add(torch.ones(5000, 1), torch.ones(1, 5000), out=torch.zeros(7))",
        "import torch\ntorch.zeros(10 ** 5, 10 ** 5, out=torch.zeros(1))",
        "import torch\ntorch.mm(torch.ones(4000, 10), torch.ones(10, 4000), out=torch.empty(0))",
        "import torch\ntorch.arange(10 ** 9, out=torch.zeros(1))",
        "import numpy as np\nnp.add(np.ones((5000, 1)), np.ones((1, 5000)), where=True)",
        "import numpy as np\nnp.add(np.ones((5000, 1)), np.ones((1, 5000)), where=np.ones(1, bool))",
    ],
)
def test_what_is_too_large_is_too_large_with_out_as_well(source: str, run: Run) -> None:
    answer = run(source, budget=Budget(seconds=5, wall=20))
    assert answer["status"] == "limit", answer["error"]


def test_what_where_leaves_out_is_not_what_memory_held(run: Run) -> None:
    answer = run(
        "import numpy as np\nx = np.full(6, 777.0)\ndel x\nnp.divide(np.ones(6), np.arange(6.), where=np.arange(6) > 0)"
    )
    assert answer["statements"][-1]["value"]["data"] == [0.0, 1.0, 0.5, 1 / 3, 0.25, 0.2]


@pytest.mark.parametrize("out", ["print", "'x'", "[]", "[1]", "torch.Generator()", "torch", "np.float64(1)"])
def test_nothing_but_tensors_and_arrays_is_written_to(out: str, run: Run) -> None:
    answer = run(f"import torch\nimport numpy as np\ntorch.add(torch.ones(2), 1, out={out})")
    assert answer["status"] in ("rejected", "error")
