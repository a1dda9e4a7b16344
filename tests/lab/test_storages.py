"""Memory as the answer tells it: who shares, what is a view, what `id` means."""

from __future__ import annotations

import pytest
from tests.lab.conftest import Run

SETUP = "import torch\nimport numpy as np\nx = torch.arange(6.).reshape(2, 3)\n"


@pytest.mark.parametrize(
    ("other", "shares"),
    [
        ("x.view(6)", True), ("x.t()", True), ("x[0]", True), ("x[:, 1:]", True), ("x.detach()", True), ("x.numpy()", True),
        ("torch.from_numpy(x.numpy())", True), ("x.expand(4, 2, 3)", True), ("x.reshape(-1)", True), ("x.unbind(0)[1]", True),
        ("torch.as_tensor(x.numpy())", True), ("x.clone()", False), ("x + 0", False), ("x.t().reshape(-1)", False), ("x[[0, 1]]", False),
        ("x.repeat(2, 1)", False), ("torch.tensor(x.numpy())", False), ("x.t().contiguous()", False), ("x.numpy().copy()", False),
    ],
)  # fmt: skip
def test_views_share_and_copies_do_not(other: str, shares: bool, run: Run) -> None:
    answer = run("x", setup=SETUP, watch=["x", other])
    first, second = (w["value"]["storage"] for w in answer["watch"])
    assert (first == second) is shares


def test_a_storage_id_is_never_given_twice(run: Run) -> None:
    answer = run(
        "import torch\nseen = []\nfor i in range(20):\n    x = torch.ones(4) * i\nx",
        watch=["torch.ones(4)"] * 4,
    )
    ids = [w["value"]["storage"] for w in answer["watch"]]
    assert len(set(ids)) == 4
    assert answer["statements"][-1]["value"]["storage"] not in ids


def test_identity_follows_the_object(run: Run) -> None:
    source = "import torch\nx = torch.ones(2)\nb = id(x)\nx += 1\nid(x) == b\nx[:] = 3\nid(x) == b\nx = x + 1\nid(x) == b"
    values = [
        s["value"]["data"] for s in run(source)["statements"] if s["value"] and s["value"]["kind"] == "bool"
    ]
    assert values == [True, True, False]


def test_an_inplace_op_tells_before_after_version_and_who_shares(run: Run) -> None:
    answer = run("import torch\nx = torch.zeros(2, 2)\nv = x[0]\nx.add_(1)")
    told = answer["ops"][-1]["explanation"]
    assert (told["type"], told["before"], told["after"]) == ("inplace", [[0, 0], [0, 0]], [[1, 1], [1, 1]])
    assert told["version"] == [0, 1]
    view = answer["ops"][1]["outputs"][0]
    assert view in told["shared_with"]


def test_the_graph_holds_values_and_gradients(run: Run) -> None:
    answer = run("import torch\nx = torch.tensor(3., requires_grad=True)\ny = 2 * x * x\ny.backward()")
    graph = answer["graph"]
    leaf = next(n for n in graph["nodes"] if n["kind"] == "leaf")
    assert (leaf["value"], leaf["grad"], leaf["names"]) == (3.0, 12.0, ["x"])
    names = {n["name"] for n in graph["nodes"]}
    assert "MulBackward0" in names
    into_leaf = [e for e in graph["edges"] if e["from"] == leaf["id"]]
    assert len(into_leaf) == 2
