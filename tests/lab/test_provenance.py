"""Provenance and backward explanations against brute force and autograd, on random shapes."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from freedive.lab import Budget, evaluate

SHAPES = st.lists(st.integers(1, 4), min_size=1, max_size=4)


def last_op(source: str, setup: str) -> tuple[dict[str, Any], dict[str, Any]]:
    answer = evaluate({"source": source, "setup": setup, "dialect": "torch"}, Budget(seconds=20, wall=60))
    assert answer["status"] == "ok", answer["error"]
    json.dumps(answer, allow_nan=False)
    return answer, answer["ops"][-1]


@st.composite
def movements(draw: st.DrawFn) -> tuple[list[int], str]:
    """A shape and an expression that moves the elements of `x`."""
    shape = draw(SHAPES)
    rank = len(shape)
    axis = draw(st.integers(0, rank - 1))
    other = draw(st.integers(0, rank - 1))
    order = draw(st.permutations(range(rank)))
    start = draw(st.integers(0, shape[axis] - 1))
    whole = [":"] * rank
    whole[axis] = draw(
        st.sampled_from([f"{start}", f"{start}:", f":{start + 1}", "::2", "None, :", f"[{start}, 0]", "-1"])
    )
    choices = [
        "x.reshape(-1)", f"x.transpose({axis}, {other})", f"x.permute({', '.join(map(str, order))})", f"x.flip({axis})",
        f"x.unsqueeze({axis})", "x.squeeze()", f"x.expand(2, {', '.join(['-1'] * rank)})", f"x.repeat({', '.join(['2'] * rank)})",
        f"x.roll(1, {axis})", f"torch.cat([x, x], dim={axis})", f"torch.stack([x, x], dim={axis})", f"x.narrow({axis}, {start}, 1)",
        f"x.index_select({axis}, torch.tensor([{start}, 0]))", f"x[{', '.join(whole)}]", "x[x > 3]", f"x.sort(dim={axis}).values",
        f"x.topk(1, dim={axis}).values", f"x.max(dim={axis}).values", f"x.unbind({axis})[{start}]", f"x.chunk(2, dim={axis})[0]",
        "x.contiguous()", f"x.movedim({axis}, {other})", "torch.where(x > 2, x, x * 0)", "x.flatten()", "torch.tile(x, (2,))",
        f"x.gather({axis}, torch.zeros({shape}, dtype=torch.long))", "torch.atleast_2d(x)", "x.view(-1)", "x.T if x.dim() < 3 else x.mT",
    ]  # fmt: skip
    return shape, draw(st.sampled_from(choices))


@settings(max_examples=120, deadline=None)
@given(movements())
def test_each_output_element_is_the_input_element_it_is_said_to_be(case: tuple[list[int], str]) -> None:
    shape, expression = case
    count = int(np.prod(shape))
    setup = f"import torch\nx = torch.randperm({count}).reshape({shape}).float() + 1"
    answer = evaluate(
        {"source": f"y = {expression}", "setup": setup, "dialect": "torch"}, Budget(seconds=20, wall=60)
    )
    assert answer["status"] == "ok", answer["error"]
    told = 0
    for op in answer["ops"]:
        found = (op["explanation"] or {}).get("sources")
        if op["kind"] not in ("movement", "indexing", "reduction") or found is None:
            continue
        told += 1
        inputs = [np.asarray(answer["tensors"][str(i)]["data"]).reshape(-1) for i in found["inputs"]]
        for output, mapped in zip(op["outputs"], found["maps"], strict=False):
            values = np.asarray(answer["tensors"][str(output)]["data"]).reshape(-1)
            assert len(values) == len(mapped["index"])
            for value, which, index in zip(values, mapped["input"], mapped["index"], strict=True):
                assert which >= 0
                assert value == inputs[which][index]
    assert told


@st.composite
def broadcastable(draw: st.DrawFn) -> tuple[list[int], list[int]]:
    """Two shapes that fit: axes of one left out or set to 1."""
    full = draw(SHAPES)

    def shrink() -> list[int]:
        sizes = [1 if draw(st.booleans()) else size for size in full]
        return sizes[draw(st.integers(0, len(sizes))) :]

    return shrink(), shrink()


@settings(max_examples=60, deadline=None)
@given(broadcastable(), st.sampled_from(["+", "-", "*", "/"]))
def test_the_backward_explanation_is_what_autograd_does(
    shapes: tuple[list[int], list[int]], sign: str
) -> None:
    first, second = shapes
    # larger ones are told without numbers
    assume(np.prod(np.broadcast_shapes(tuple(first), tuple(second))) <= 64)
    setup = f"import torch\na = torch.rand({first}, requires_grad=True)\nb = (torch.rand({second}) + 1).requires_grad_()"
    answer, _ = last_op(f"y = a {sign} b\ny.sum().backward()\na.grad, b.grad", setup)
    op = answer["ops"][0]
    told = op["explanation"]
    assert told["result"] == list(np.broadcast_shapes(tuple(first), tuple(second)))
    gradients = [item["data"] for item in answer["statements"][2]["value"]["items"]]
    arrived = answer["tensors"][str(op["outputs"][0])]["grad"]
    assert np.asarray(arrived).shape == tuple(told["result"])
    for entry, shape, want in zip(told["backward"], shapes, gradients, strict=True):
        share = np.asarray(entry["contribution"], dtype=float)
        summed = share.sum(axis=tuple(entry["sum_axes"]), keepdims=True).reshape(shape)
        np.testing.assert_allclose(summed, np.asarray(want), rtol=1e-4, atol=1e-5)


@settings(max_examples=60, deadline=None)
@given(SHAPES, SHAPES)
def test_shapes_that_do_not_fit_name_the_first_axis_from_the_right(a: list[int], b: list[int]) -> None:
    setup = f"import torch\na, b = torch.rand({a}), torch.rand({b})"
    answer = evaluate({"source": "a + b", "setup": setup, "dialect": "torch"}, Budget(seconds=20, wall=60))
    told = answer["ops"][0]["explanation"]
    rank = max(len(a), len(b))
    left, right = [1] * (rank - len(a)) + a, [1] * (rank - len(b)) + b
    assert told["aligned"] == [left, right]
    wrong = [
        axis
        for axis in range(-1, -rank - 1, -1)
        if left[axis] != right[axis] and 1 not in (left[axis], right[axis])
    ]
    assert told["conflict_axis"] == (wrong[0] if wrong else None)
    assert (answer["status"] == "error") is bool(wrong)
    if not wrong:
        assert told["result"] == list(np.broadcast_shapes(tuple(a), tuple(b)))


def test_an_embedding_takes_rows_of_its_weight() -> None:
    answer, op = last_op("y = e(i)", "import torch\ne = torch.nn.Embedding(5, 3)\ni = torch.tensor([[1, 4]])")
    (source,), (rows,) = op["explanation"]["sources"]["inputs"], op["explanation"]["sources"]["maps"]
    weight = np.ravel(answer["tensors"][str(source)]["data"])
    assert (
        weight[rows["index"]].tolist() == np.ravel(answer["tensors"][str(op["outputs"][0])]["data"]).tolist()
    )


@pytest.mark.parametrize("source", ["x.msort()", "x.argsort()", "x.unique()"])
def test_what_depends_on_the_values_is_not_told_from_a_numbering(source: str) -> None:
    _, op = last_op(source, "import torch\nx = torch.tensor([3., 1., 2., 1.])")
    assert "sources" not in op["explanation"]


def test_blocks_and_pairs_come_from_all_of_their_tensors() -> None:
    for name in ("block_diag", "cartesian_prod"):
        _, op = last_op(
            f"torch.{name}(x, y)", "import torch\nx = torch.tensor([3., 1.])\ny = torch.tensor([7., 8.])"
        )
        found = op["explanation"]["sources"]
        assert {each for each in found["maps"][0]["input"] if each >= 0} == {0, 1}
