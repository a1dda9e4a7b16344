"""What a looked-at cell was made of, against autograd: the derivative of the cell is what each of its terms multiplies."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.lab.operands import COMMON, SPECIAL
from tests.lab.test_tables import rows

from freedive.lab import Budget, evaluate
from freedive.lab.tables import Row

START = "import torch\nimport torch.nn.functional as F\ntorch.manual_seed(0)\ntorch.set_default_dtype(torch.float64)\n"
SIZE = st.integers(1, 4)


def look(source: str, cell: list[int], setup: str = "", op: int = 0, **more: Any) -> dict[str, Any]:
    """What the answer tells of that cell."""
    request = {"source": source, "setup": setup, "look": {"op": op, "cell": cell}, "dialect": "torch", **more}
    answer = evaluate(request, Budget(seconds=20, wall=60))
    json.dumps(answer, allow_nan=False)
    assert answer["status"] == "ok", answer["error"]
    told = answer["looked"]
    assert told is None or (told["op"] == op and told["cell"] == cell)
    return told  # type: ignore[no-any-return]


def plainly(setup: str, source: str) -> dict[str, Any]:
    """The same lines run by Python on plain torch."""
    names: dict[str, Any] = {}
    dtype = torch.get_default_dtype()
    try:
        exec(setup + source, names)
    finally:
        torch.set_default_dtype(dtype)
    return names


def check(setup: str, expression: str, inputs: list[str], draw: Callable[[int], int]) -> dict[str, Any]:
    """Looks at one cell and holds it against the derivative of that cell with respect to each input."""
    names = plainly(START + setup, f"\nresult = {expression}")
    out = names["result"]
    cell = [draw(size) for size in out.shape]
    told = look(f"result = {expression}", cell, START + setup)
    assert told["value"] == pytest.approx(float(out[tuple(cell)]), rel=1e-9, abs=1e-12)
    wanted = [names[name].requires_grad_() for name in inputs]
    found = torch.autograd.grad(eval(expression, names)[tuple(cell)], wanted)
    parts = told["inputs"]
    assert [part["shape"] for part in parts] == [list(each.shape) for each in wanted]
    factors = len(told["terms"][0]) if told["terms"] else 2
    for i, (part, gradient) in enumerate(zip(parts, found, strict=True)):
        made = torch.zeros_like(gradient)
        for n, place in enumerate(part["picked"]):
            if not all(0 <= at < size for at, size in zip(place, made.shape, strict=True)):
                assert told["terms"][n][i] == 0
                continue
            others = [value for j, value in enumerate(told["terms"][n]) if j != i] if i < factors else []
            made[tuple(place)] += math.prod(others) / (told["count"] if told["how"] == "mean" else 1)
        assert torch.allclose(made, gradient, atol=1e-9), (expression, cell, part["picked"])
    if told["how"] == "sum":
        added = sum(
            float(wanted[i].detach()[tuple(parts[i]["picked"][0])]) for i in range(factors, len(parts))
        )
        terms = told["products"] or [term[0] for term in told["terms"]]
        assert sum(terms) + (told["rest"] or 0) + added == pytest.approx(told["value"], abs=1e-9)
    for part, tensor in zip([*parts, told["output"]], [*wanted, out], strict=True):
        same_numbers(part, tensor.detach())
    return told


def same_numbers(part: dict[str, Any], tensor: torch.Tensor) -> None:
    """Every facet holds the tensor's own numbers."""
    shown = [axis for axis in part["axes"] if axis is not None]
    others = [axis for axis in range(tensor.dim()) if axis not in shown]
    assert part["facets"]
    for facet in part["facets"]:
        data = torch.tensor(facet["data"], dtype=torch.float64)
        for row in range(data.shape[0]):
            for column in range(data.shape[1]):
                place = dict(zip(others, facet["batch"], strict=True))
                place.update({axis: start + i for axis, start, i in zip(part["axes"], part["origin"], (row, column), strict=True) if axis is not None})  # fmt: skip
                wanted = float(tensor[tuple(place[axis] for axis in range(tensor.dim()))])
                assert float(data[row, column]) == pytest.approx(
                    wanted, rel=1e-5, abs=1e-5 * float(tensor.abs().max())
                )


def below(data: st.DataObject) -> Callable[[int], int]:
    return lambda size: data.draw(st.integers(0, size - 1))


def tensor(name: str, shape: list[int] | tuple[int, ...]) -> str:
    return f"{name} = torch.randn({list(shape)})\n"


@st.composite
def batches(draw: st.DrawFn) -> tuple[list[int], list[int]]:
    """Batch axes of two operands that broadcast."""
    whole = draw(st.lists(SIZE, max_size=3))
    pair = []
    for _ in range(2):
        kept = whole[draw(st.integers(0, len(whole))) :]
        pair.append([1 if draw(st.booleans()) else size for size in kept])
    return pair[0], pair[1]


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_matrix_products(data: st.DataObject) -> None:
    rows, inner, columns = (data.draw(SIZE) for _ in range(3))
    first, second = data.draw(batches())
    kind = data.draw(st.sampled_from(["matmul", "@", "mv", "vm", "dot", "linear", "einsum", "baddbmm"]))
    a, b, expression, names = (
        [*first, rows, inner],
        [*second, inner, columns],
        "torch.matmul(a, b)",
        ["a", "b"],
    )
    more = ""
    if kind == "@":
        expression = "a @ b"
    elif kind == "mv":
        b = [inner]
    elif kind == "vm":
        a = [inner]
    elif kind == "dot":
        a = b = [inner]
        expression = "torch.dot(a, b)"
    elif kind == "linear":
        b, more, expression, names = (
            [columns, inner],
            tensor("c", [columns]),
            "F.linear(a, b, c)",
            ["a", "b", "c"],
        )
    elif kind == "baddbmm":
        a, b, more = [2, rows, inner], [2, inner, columns], tensor("c", [2, 1, columns])
        expression, names = "torch.baddbmm(c, a, b)", ["a", "b", "c"]
    elif kind == "einsum":
        a, b = [2, rows, inner], [2, columns, inner]
        expression = "torch.einsum('...ik,...jk->...ij', a, b)"
    told = check(tensor("a", a) + tensor("b", b) + more, expression, names, below(data))
    assert told["how"] == "sum"
    assert told["count"] == inner


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_einsum_with_repeated_and_summed_letters(data: st.DataObject) -> None:
    sizes = {letter: data.draw(SIZE) for letter in "ijk"}
    operands = data.draw(st.lists(st.text("ijk", min_size=1, max_size=3), min_size=1, max_size=3))
    used = sorted(set("".join(operands)))
    result = "".join(data.draw(st.permutations(used)))[: data.draw(st.integers(0, len(used)))]
    names = ["a", "b", "c"][: len(operands)]
    setup = "".join(
        tensor(name, [sizes[c] for c in part]) for name, part in zip(names, operands, strict=True)
    )
    told = check(
        setup, f"torch.einsum('{','.join(operands)}->{result}', {', '.join(names)})", names, below(data)
    )
    assert told["equation"] == f"{','.join(operands)}->{result}"


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_convolutions(data: st.DataObject) -> None:
    axes = data.draw(st.integers(1, 3))
    groups = data.draw(st.integers(1, 2))
    transposed = axes < 3 and data.draw(st.booleans())
    kernel = [data.draw(st.integers(1, 3 if axes < 3 else 2)) for _ in range(axes)]
    stride, dilation = ([data.draw(st.integers(1, 2)) for _ in range(axes)] for _ in range(2))
    padding = [data.draw(st.integers(0, 1)) for _ in range(axes)]
    each, out = data.draw(st.integers(1, 2)), data.draw(st.integers(1, 2))
    space = [data.draw(st.integers(5, 6)) for _ in range(axes)]
    batch = [] if data.draw(st.booleans()) else [2]
    weight = [each * groups, out, *kernel] if transposed else [out * groups, each, *kernel]
    setup = tensor("x", [*batch, each * groups, *space]) + tensor("w", weight) + tensor("b", [out * groups])
    name = f"F.conv_transpose{axes}d" if transposed else f"F.conv{axes}d"
    given = f"stride={stride}, padding={padding}, dilation={dilation}, groups={groups}"
    told = check(setup, f"{name}(x, w, b, {given})", ["x", "w", "b"], below(data))
    assert told["how"] == "sum"
    assert transposed or told["count"] == each * math.prod(kernel)


@pytest.mark.parametrize(("depth", "shown"), [(0, 0), (1, 0), (2, 1), (4, 2)])
def test_a_cell_that_sees_only_padding_shows_the_part_nearest_to_it(depth: int, shown: int) -> None:
    setup = f"{START}x = torch.arange(12.).reshape(1, 3, 2, 2)\nw = torch.ones(1, 1, 1, 1, 1)\n"
    part = look("F.conv3d(x, w, padding=(1, 0, 0))", [0, depth, 1, 1], setup)["inputs"][0]
    assert [facet["batch"] for facet in part["facets"]] == [[0, shown]]
    assert part["facets"][0]["data"] == [[4.0 * shown, 4 * shown + 1], [4 * shown + 2, 4 * shown + 3]]


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_pooling(data: st.DataObject) -> None:
    axes = data.draw(st.integers(1, 3))
    how = data.draw(st.sampled_from(["max", "avg"]))
    space = [data.draw(st.integers(5, 7)) for _ in range(axes)]
    setup = tensor("x", [2, 2, *space])
    if axes < 3 and data.draw(st.booleans()):
        size = [data.draw(st.integers(1, 4)) for _ in range(axes)]
        expression = f"F.adaptive_{how}_pool{axes}d(x, {size})"
    else:
        kernel, stride = data.draw(st.integers(2, 3)), data.draw(st.integers(1, 3))
        ceil = data.draw(st.booleans())
        last = (
            f"count_include_pad={data.draw(st.booleans())}"
            if how == "avg"
            else f"dilation={data.draw(st.integers(1, 2))}"
        )
        expression = f"F.{how}_pool{axes}d(x, {kernel}, {stride}, padding=1, ceil_mode={ceil}, {last})"
    if how == "avg":
        assert check(setup, expression, ["x"], below(data))["how"] == "mean"
        return
    out = plainly(START + setup, f"\ny = {expression}")["y"]
    cell = [data.draw(st.integers(0, n - 1)) for n in out.shape]
    told = look(f"y = {expression}", cell, START + setup)
    assert told["how"] == "max"
    numbers = [math.inf * (-1) if value == "-inf" else value for (value,) in told["terms"]]
    assert max(numbers) == told["value"] == float(out[tuple(cell)])
    names = plainly(START + setup, "")
    gradient = torch.autograd.grad(
        eval(expression, {**names, "x": names["x"].requires_grad_()})[tuple(cell)], names["x"]
    )[0]
    assert told["inputs"][0]["picked"][numbers.index(max(numbers))] in gradient.nonzero().tolist()


@pytest.mark.parametrize(
    ("setup", "expression", "names"),
    [
        (
            "x = torch.randn(2, 3, 6, 6)\nw = torch.randn(4, 3, 1, 3)\n",
            "F.conv2d(x, w, padding='same')",
            ["x", "w"],
        ),
        (
            tensor("x", (2, 3)) + tensor("y", (2, 4)) + tensor("w", (5, 3, 4)),
            "F.bilinear(x, y, w)",
            ["x", "y", "w"],
        ),
        (
            tensor("x", (2, 3, 4)) + tensor("y", (4, 3, 5)),
            "torch.tensordot(x, y, dims=([1, 2], [1, 0]))",
            ["x", "y"],
        ),
        (tensor("x", (3,)) + tensor("y", (4,)), "torch.outer(x, y)", ["x", "y"]),
        (tensor("x", (2, 3)) + tensor("y", (4, 3)), "torch.inner(x, y)", ["x", "y"]),
        (tensor("x", (3, 2, 4)), "x.sum(dim=(0, 2))", ["x"]),
        (tensor("x", (3, 2, 4)), "x.mean(dim=1, keepdim=True)", ["x"]),
        (tensor("x", (3, 4)), "x.cumsum(1)", ["x"]),
    ],
)
def test_further_sums(setup: str, expression: str, names: list[str]) -> None:
    for seed in range(3):
        generator = torch.Generator().manual_seed(seed)

        def draw(size: int, generator: torch.Generator = generator) -> int:
            return int(torch.randint(0, size, (), generator=generator))

        check(setup, expression, names, draw)


@pytest.mark.parametrize("mode", ["zeros", "circular", "reflect", "replicate"])
def test_a_layer_with_every_way_to_pad(mode: str) -> None:
    setup = f"import torch\ntorch.manual_seed(1)\nl = torch.nn.Conv2d(2, 3, 3, padding=1, padding_mode={mode!r})\nx = torch.randn(1, 2, 5, 5)\n"
    out = plainly(setup, "y = l(x)")["y"]
    told = look("y = l(x)", [0, 2, 0, 4], setup)
    added = plainly(setup, "")["l"].bias[2].item()
    assert told["how"] == "sum"
    assert sum(told["products"]) + added == pytest.approx(out[0, 2, 0, 4].item(), abs=1e-5)


def test_a_long_sum_says_what_it_leaves_out() -> None:
    setup = START + tensor("x", (1, 20, 9, 9)) + tensor("w", (3, 20, 3, 3))
    told = look("y = F.conv2d(x, w)", [0, 1, 2, 3], setup)
    assert (told["count"], len(told["terms"])) == (180, 64)
    assert sum(told["products"]) + told["rest"] == pytest.approx(told["value"], abs=1e-9)
    assert told["inputs"][0]["reaches"] == 20
    assert len(told["inputs"][0]["facets"]) == 8


def test_large_tensors_are_shown_around_the_cell() -> None:
    source = "import torch\ntorch.manual_seed(3)\na = torch.randn(2, 300, 200)\nb = torch.randn(200, 500)\nc = a @ b"
    names = plainly("", source)
    told = look(source, [1, 250, 499], op=2)
    assert told["output"]["origin"] == [224, 436]
    assert told["inputs"][1]["origin"] == [0, 436]
    for part, name in zip([*told["inputs"], told["output"]], "abc", strict=True):
        same_numbers(part, names[name])
    assert told["value"] == names["c"][1, 250, 499].item()


@pytest.mark.parametrize(
    ("source", "cell", "term"),
    [
        ("x = torch.arange(40000).reshape(200, 200)\ny = x.t().flip(0)", [3, 7], [[196, 7]]),
        ("x = torch.arange(90000).reshape(300, 300)\ny = x[::2, 5:]", [100, 200], [[200, 205]]),
        ("x = torch.arange(90000.).reshape(300, 300)\ny = x.topk(2, 1).values", [9, 1], [[9, 298]]),
    ],
)
def test_large_tensors_that_move(source: str, cell: list[int], term: list[list[int]]) -> None:
    answer = evaluate({"source": "import torch\n" + source}, Budget(seconds=20, wall=60))
    last = [op for op in answer["ops"] if op["kind"] in ("movement", "indexing")][-1]["id"]
    told = look("import torch\n" + source, cell, op=last)
    assert told["how"] == "copy"
    place = told["inputs"][0]["picked"]
    numbers = plainly("import torch\n", source)
    before, after = numbers["x"], numbers["y"]
    assert after[tuple(cell)] == told["value"] == told["terms"][0][0]
    if "flip" in source:
        before = before.t()
    assert before[tuple(place[0])] == told["value"]
    assert place == term


def test_elementwise_with_broadcast_and_a_large_reduction() -> None:
    setup = "import torch\ntorch.manual_seed(0)\na = torch.randn(500, 1)\nb = torch.randn(1, 300)\n"
    told = look("c = a - b", [400, 200], setup)
    assert [part["picked"] for part in told["inputs"]] == [[[400, 0]], [[0, 200]]]
    assert told["terms"][0][0] - told["terms"][0][1] == pytest.approx(told["value"], abs=1e-6)
    told = look("m = (a - b).max(dim=1)", [400], setup, op=1)
    assert (told["how"], told["count"], len(told["terms"])) == ("max", 300, 64)


def test_a_tensor_changed_later_is_told_as_it_was() -> None:
    source = "import torch\na = torch.ones(2, 3)\nb = torch.ones(3, 2)\nc = a @ b\na.mul_(100)\nb.zero_()\nc.add_(1)"
    told = look(source, [1, 1], op=2)
    assert told["terms"] == [[1, 1]] * 3
    assert told["value"] == 3
    assert told["inputs"][0]["facets"][0]["data"] == [[1, 1, 1]] * 2
    told = look(source, [1, 2], op=3)
    assert (told["terms"], told["value"]) == ([[1]], 100)


def test_the_gradients_of_a_product() -> None:
    setup = "import torch\ntorch.manual_seed(0)\na = torch.randn(40, 70, requires_grad=True)\nb = torch.randn(70, 30, requires_grad=True)\n"
    told = look("c = a @ b\n(c ** 2).sum().backward()", [3, 4], setup)
    names = plainly(setup, "c = a @ b\n(c ** 2).sum().backward()")
    for part, name in zip(told["inputs"], "ab", strict=True):
        rows, columns = (slice(start, start + 64) for start in part["origin"])
        wanted = names[name].grad[rows, columns]
        assert torch.allclose(torch.tensor(part["facets"][0]["grad"]), wanted, atol=1e-3)
    assert torch.allclose(
        torch.tensor(told["output"]["facets"][0]["grad"]), 2 * names["c"].detach(), atol=1e-3
    )


@pytest.mark.parametrize(
    ("dialect", "source", "cell"),
    [
        ("np", "import numpy as np\na = np.arange(24.).reshape(2, 3, 4)\nb = np.arange(24.).reshape(2, 4, 3)\nc = np.dot(a, b)", [1, 2, 1, 0]),
        ("tf", "import tensorflow as tf\nx = tf.random.normal((1, 5, 5, 2))\nw = tf.random.normal((3, 3, 2, 4))\ny = tf.nn.conv2d(x, w, strides=2, padding='SAME')", [0, 0, 1, 3]),
        ("tf", "import tensorflow as tf\nx = tf.random.normal((1, 5, 5, 2))\ny = tf.nn.avg_pool2d(x, 2, 2, padding='SAME')", [0, 2, 2, 1]),
        ("tf", "import tensorflow as tf\na = tf.random.normal((2, 3))\nb = tf.random.normal((4, 3))\nc = tf.matmul(a, b, transpose_b=True)", [1, 3]),
    ],
)  # fmt: skip
def test_other_dialects(dialect: str, source: str, cell: list[int]) -> None:
    answer = evaluate({"source": source, "dialect": dialect}, Budget(seconds=20, wall=60))
    assert answer["status"] == "ok", answer["error"]
    last = [op["id"] for op in answer["ops"] if op["kind"] == "contraction"][-1]
    told = look(source, cell, op=last, dialect=dialect)
    assert told["how"] in ("sum", "mean")
    terms = [math.prod(term) for term in told["terms"]]
    assert sum(terms) / (len(terms) if told["how"] == "mean" else 1) == pytest.approx(
        told["value"], rel=1e-4, abs=1e-5
    )


@pytest.mark.parametrize(("op", "cell"), [(9, [0]), (0, [0]), (0, [5, 0])])
def test_nothing_is_told_of_what_is_not_there(op: int, cell: list[int]) -> None:
    answer = evaluate({"source": "import torch\nx = torch.ones(2, 2)", "look": {"op": op, "cell": cell}})
    assert (answer["status"], answer["looked"]) == ("ok", None)


def test_only_the_cell_is_answered_where_no_trace_is_asked_for() -> None:
    source = "import torch\na = torch.ones(2, 2)\nb = a @ a"
    request = {"source": source, "trace": False, "look": {"op": 1, "cell": [0, 0]}}
    answer = evaluate(request)
    assert answer["ops"] == []
    assert answer["looked"]["value"] == 2
    assert evaluate({**request, "trace": True})["looked"] == answer["looked"]


def test_a_snippet_near_its_memory_has_its_answer_without_the_cell() -> None:
    source = (
        "import torch\na = torch.ones(2000, 2000, dtype=torch.float64)\nb = torch.addcmul(a, a + 0, a + 1)"
    )
    answer = evaluate({"source": source, "look": {"op": 3, "cell": [0, 0]}}, Budget(seconds=20, wall=60))
    assert (answer["status"], answer["looked"]) == ("ok", None)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{row.family}-{row.name}")
def test_a_cell_of_every_function_has_its_value_and_what_it_says_is_so(row: Row) -> None:
    setup = COMMON + SPECIAL.get(f"{row.family}-{row.name}", SPECIAL.get(row.name, ""))
    answer = evaluate({"source": row.example, "setup": setup}, Budget(seconds=20, wall=60))
    done = [op for op in answer["ops"] if op["outputs"]]
    if not done:
        return
    record = answer["tensors"][str(done[-1]["outputs"][0])]
    if 0 in record["shape"] or "complex" in record["dtype"] or record["data"] is None:
        return
    cell = [size - 1 for size in record["shape"]]
    told = look(row.example, cell, setup, op=done[-1]["id"])
    if told is None:
        return
    held: Any = record["data"]
    for i in cell:
        held = held[i]
    assert told["value"] == held or row.kind == "random" or "empty" in row.name
    terms = [term[0] for term in told["terms"]]
    if told["how"] in ("copy", "max") and terms and told["count"] == len(terms):
        assert max(terms) == told["value"] or told["value"] == "nan"
    if (
        told["how"] in ("sum", "mean")
        and told["rest"] is None
        and not told["inputs"][len(told["terms"][0]) :]
    ):
        total = sum(told["products"] or terms) / (len(terms) if told["how"] == "mean" else 1)
        assert total == pytest.approx(told["value"], rel=1e-4, abs=1e-5)
