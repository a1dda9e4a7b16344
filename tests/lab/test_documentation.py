"""What is said of a function is said of that very function: names that two libraries share are told apart."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import torch
from tests.lab.conftest import Run

from freedive.lab.dialects import load
from freedive.lab.door import Op
from freedive.lab.importing import MODULES
from freedive.lab.kinds import kind_of

DIALECTS = {"numpy": "np", "tensorflow": "tf", "keras": "keras", "mxnet": "mx", "torch": "torch"}


def operations() -> Iterator[tuple[str, str, Op]]:
    """Every operation of every library that has a row in the tables, with the library and the name it is published by."""
    load()
    for module, namespace in sorted(MODULES.items()):
        library = module.split(".")[0]
        if library not in DIALECTS:
            continue
        for name, member in namespace.members.items():
            op = getattr(member, "op", member)
            if isinstance(op, Op) and op.info is not None:
                yield library, name, op
    for library, value in (("torch", torch.ones(1)), ("numpy", np.ones(1))):
        for name, member in kind_of(value).attributes.items():
            if isinstance(member, Op) and member.info is not None:
                yield library, name, member


def test_every_row_belongs_to_its_function() -> None:
    wrong = []
    for library, name, op in operations():
        row = op.info
        dialect = DIALECTS[library]
        known = (
            {row.name, f"{row.name}_"}
            if dialect == "torch"
            else {row.others.get(dialect, "").rpartition(".")[2]}
        )
        if dialect == "keras":
            known.add(row.others.get("np", ""))
        if name not in known and op.name not in known:
            wrong.append((library, name, row.name))
    assert wrong == []


@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("maximum", "maximum"),
        ("repeat", "repeat_interleave"),
        ("tile", "tile"),
        ("transpose", "permute"),
        ("swapaxes", "swapaxes"),
        ("where", "where"),
        ("dot", "dot"),
        ("concatenate", "concatenate"),
    ],
)
def test_numpys_names_are_numpys(name: str, row: str) -> None:
    load()
    assert MODULES["numpy"].members[name].info.name == row


TAPE = "import tensorflow as tf\nx = tf.Variable(2.)\nwith tf.GradientTape() as tape:\n    y = x * x\n"


def test_the_gradient_of_a_tape_is_no_gradient_of_torch(run: Run) -> None:
    answer = run(TAPE + "tape.gradient(y, x)\nhelp(tape.gradient)")
    op = next(op for op in answer["ops"] if op["name"] == "gradient")
    assert op.get("row") is None
    assert op.get("counterparts", {}) == {}
    assert "d target / d sources" in answer["output"]
    assert "neighbors" not in answer["output"].lower()


@pytest.mark.parametrize(
    ("source", "name", "row"),
    [
        ("import torch\ntorch.gradient(torch.tensor([1., 4., 9.]))", "gradient", "gradient"),
        ("import numpy as np\nnp.gradient(np.array([1., 4., 9.]))", "gradient", "gradient"),
        ("import numpy as np\nnp.repeat(np.array([1., 4.]), 2)", "repeat", "repeat_interleave"),
        ("import torch\ntorch.ones(2).repeat(2)", "repeat", "repeat"),
        ("import torch\nx = torch.ones(2)\nx.add_(1)", "add_", "add"),
        ("from mxnet import nd\nnd.dot(nd.ones((2, 2)), nd.ones((2, 2)))", "dot", "dot"),
    ],
)
def test_an_operation_tells_its_row(source: str, name: str, row: str, run: Run) -> None:
    answer = run(source)
    assert answer["status"] == "ok", answer["error"]
    told = next(op for op in answer["ops"] if op["name"] == name)
    assert told["row"] == row
