"""The quick text of a tensor against torch's own."""

from __future__ import annotations

import math

import hypothesis.strategies as st
import pytest
import torch
from hypothesis import given, settings
from tests.lab.conftest import Run

from freedive.lab.printing import text_of

NUMBERS = st.one_of(
    st.floats(width=32), st.integers(-1000, 1000).map(float), st.floats(-2, 2, width=32),
    st.sampled_from([0.0, -0.0, math.inf, -math.inf, math.nan, 1e-4, 1e8, 1e-5, 999.5, 1000.0, 1e9]),
)  # fmt: skip
SHAPES = st.lists(st.integers(0, 5), max_size=4).filter(lambda s: math.prod(s) <= 1000)


@settings(max_examples=300, deadline=None)
@given(SHAPES, st.lists(NUMBERS, min_size=1, max_size=12), st.sampled_from(["float32", "float64", "float16", "bfloat16"]))  # fmt: skip
def test_floats_are_written_as_torch_writes_them(shape: list[int], numbers: list[float], dtype: str) -> None:
    count = math.prod(shape)
    data = [numbers[i % len(numbers)] for i in range(count)]
    value = torch.tensor(data, dtype=getattr(torch, dtype)).reshape(shape)
    assert text_of(value) == str(value)
    assert text_of(value.requires_grad_()) == str(value)
    assert text_of(value * 2) == str(value * 2)


@settings(max_examples=60, deadline=None)
@given(SHAPES, st.lists(st.integers(-(2**40), 2**40), min_size=1, max_size=8), st.sampled_from(["int64", "int32", "bool", "uint8"]))  # fmt: skip
def test_whole_numbers_too(shape: list[int], numbers: list[int], dtype: str) -> None:
    data = [numbers[i % len(numbers)] for i in range(math.prod(shape))]
    value = torch.tensor(data, dtype=torch.int64).reshape(shape).to(getattr(torch, dtype))
    assert text_of(value) == str(value)


@pytest.mark.parametrize(
    "value",
    [
        torch.arange(1000.0), torch.arange(1001.0), torch.ones(2, dtype=torch.complex64), torch.eye(2).to_sparse(), torch.eye(3).t()[1:],
        torch.nn.Parameter(torch.ones(30) / 3), torch.ones(3, 4, 2)[:, ::2].transpose(0, 2), torch.ones(4).expand(2, 4), torch.tensor(5),
    ],
    ids=str,
)  # fmt: skip
def test_so_is_everything_else(value: torch.Tensor) -> None:
    assert text_of(value) == str(value)


def test_options_of_printing_count() -> None:
    value = torch.rand(3) / 3
    torch.set_printoptions(precision=8)  # type: ignore[no-untyped-call]
    try:
        assert text_of(value) == str(value)
    finally:
        torch.set_printoptions(profile="default")  # type: ignore[no-untyped-call]


def test_how_a_run_prints_is_its_own_affair(run: Run) -> None:
    plain = run("import torch\nimport numpy as np\nprint(torch.tensor([1 / 3]), np.array([1 / 3]))")["output"]
    run(
        "import torch\nimport numpy as np\ntorch.set_printoptions(precision=2)\nnp.set_printoptions(precision=2)"
    )
    again = run("import torch\nimport numpy as np\nprint(torch.tensor([1 / 3]), np.array([1 / 3]))", seed=1)
    assert again["output"] == plain
