"""Products of whole numbers: torch has other code for them on other processors, and all of it must agree with NumPy."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import torch
from tests.lab.conftest import Run

SETUP = """
import torch
import torch.nn.functional as F
def whole(*shape, dtype=torch.int64):
    return torch.randint(-9, 9, shape).to(dtype)
"""

SHAPES = [(1, 1, 1), (2, 3, 4), (1, 7, 1), (5, 1, 5), (28, 29, 30), (32, 130, 33), (56, 33, 190), (0, 3, 2), (2, 0, 3), (3, 2, 0)]  # fmt: skip
"""Rows, inner, columns; some beyond the blocks in which the products are worked out."""

LAYOUTS = {
    "plain": "a, b = whole({n}, {k}), whole({k}, {m})",
    "turned": "a, b = whole({k}, {n}).T, whole({m}, {k}).T",
    "strided": "a, b = whole({n}, 2 * {k})[:, ::2], whole(2 * {k}, 3 * {m})[::2, ::3]",
    "offset": "a, b = whole({n} + 1, {k})[1:], whole({k}, {m} + 2)[:, 2:]",
    "stretched": "a, b = whole({n}, 1).expand({n}, {k}), whole({m}).expand({k}, {m})",
}

PRODUCTS: dict[str, Callable[[Any, Any, Any], Any]] = {
    "a @ b": lambda a, b, c: a @ b,
    "torch.mm(a, b)": lambda a, b, c: a @ b,
    "torch.addmm(c, a, b)": lambda a, b, c: c + a @ b,
    "torch.addmm(c, a, b, beta=3, alpha=-2)": lambda a, b, c: 3 * c - 2 * (a @ b),
    "torch.addmm(c, a, b, beta=0)": lambda a, b, c: a @ b,
    "F.linear(a, b.T)": lambda a, b, c: a @ b,
    "F.linear(a, b.T, c[0]) if len(c) else a @ b": lambda a, b, c: a @ b + c[:1] if len(c) else a @ b,
    "torch.tensordot(a, b, 1)": lambda a, b, c: a @ b,
    "torch.einsum('ik,km->im', a, b)": lambda a, b, c: a @ b,
    "torch.addbmm(c, a[None], b[None])": lambda a, b, c: c + a @ b,
    "torch.stack([a, a]) @ b": lambda a, b, c: (a @ b)[None].repeat(2, axis=0),
}  # fmt: skip


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(("n", "k", "m"), SHAPES)
def test_every_product_is_numpys(n: int, k: int, m: int, layout: str, run: Run) -> None:
    setup = f"{SETUP}{LAYOUTS[layout].format(n=n, k=k, m=m)}\nc = whole({n}, {m})\n"
    names: dict[str, Any] = {}
    torch.manual_seed(0)
    exec(setup, names)
    operands = [names[name].numpy() for name in "abc"]
    answer = run("\n".join(PRODUCTS), setup=setup, session=True)
    for statement, product in zip(answer["statements"], PRODUCTS.values(), strict=True):
        want, told = product(*operands), statement["value"]
        assert told is not None, (statement["source"], statement["error"])
        assert (told["shape"], told["dtype"]) == (list(want.shape), "int64"), statement["source"]
        if not told.get("windowed"):
            assert told["data"] == want.tolist(), statement["source"]
        else:
            assert run(f"({statement['source']}).sum().item()", setup=setup)["statements"][0]["value"]["data"] == want.sum()  # fmt: skip


@pytest.mark.parametrize("dtype", ["int8", "int16", "int32", "int64", "uint8"])
def test_sums_wrap_around_in_their_own_type(dtype: str, run: Run) -> None:
    source = (
        f"a = torch.full((3, 40), 100).to(torch.{dtype})\nb = torch.full((40, 2), 2).to(torch.{dtype})\na @ b"
    )
    value = run(f"import torch\n{source}")["statements"][-1]["value"]
    assert value["dtype"] == dtype
    assert value["data"] == torch.full((3, 2), 8000).to(getattr(torch, dtype)).tolist()


@pytest.mark.parametrize(
    "product",
    [
        "torch.ones(2, 3).long() @ torch.ones(2, 3).long()", "torch.ones(2, 2).long() @ torch.ones(2, 2)", "torch.ones(2, 2).bool() @ torch.ones(2, 2).bool()",
        "torch.tensor(2) @ torch.tensor(3)", "torch.mm(torch.ones(2).long(), torch.ones(2, 2).long())", "torch.addmm(torch.ones(3, 3).long(), torch.ones(2, 2).long(), torch.ones(2, 2).long())",
        "torch.mm(torch.ones(2, 2).int(), torch.ones(2, 2).long())",
    ],
)  # fmt: skip
def test_what_torch_refuses_is_refused_in_its_words(product: str, run: Run) -> None:
    with pytest.raises((RuntimeError, ValueError)) as wanted:
        eval(product, {"torch": torch})
    error = run(f"import torch\n{product}")["error"]
    assert error["type"] == type(wanted.value).__name__
    assert error["message"].split("\n")[0] == str(wanted.value).split("\n")[0]
    json.dumps(error)
