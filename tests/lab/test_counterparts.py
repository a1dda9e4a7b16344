"""Every name that a row of the tables promises in another library: it is there, and computes what torch computes."""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np
import pytest
import torch
from tests.lab.conftest import Run
from tests.lab.operands import COMMON, SPECIAL

from freedive.lab.tables import FAMILIES, Row

HEADS = {
    "np": ("import numpy as np\nfrom numpy import array", "np.", "array({})"),
    "tf": ("import tensorflow as tf", "tf.", "tf.constant({}, '{}')"),
    "mx": ("import mxnet as mx\nfrom mxnet import nd, gluon", "nd.", "nd.array({}, dtype='{}')"),
    "keras": ("import keras", "keras.", ""),
}
PROMISES = [
    (row, dialect, name)
    for family in FAMILIES.values()
    for row in family
    for dialect, name in row.others.items()
]
OTHERWISE = {
    "np:fix", "np:ldexp", "np:modf", "np:astype", "np:copy", "np:maximum", "np:minimum", "np:log", "np:clip", "np:abs", "np:array_equal", "np:sign",
    "tf:maximum", "tf:minimum", "tf:cast", "tf:identity", "tf:clip_by_value", "mx:clip", "mx:copy", "mx:astype",
}  # fmt: skip
"""Counterparts that take other arguments than torch's function, or say by a second result what torch says by one."""


def written(dialect: str, name: str) -> list[str]:
    """How the name may be written: as a function, as an array's method, or from the library's root."""
    ways = {
        "np": [f"np.{name}", f"np.zeros(2).{name}"],
        "tf": [f"tf.{name}"],
        "mx": [f"nd.{name}", f"nd.zeros((2,)).{name}", f"mx.{name}"],
        "keras": [f"keras.{name}"],
    }
    return ways[dialect]


@pytest.mark.parametrize("dialect", HEADS)
def test_a_promised_name_is_there(dialect: str, run: Run) -> None:
    names = sorted({name for _, to, name in PROMISES if to == dialect})
    missing = []
    for start in range(0, len(names), 30):
        lines = []
        for name in names[start : start + 30]:
            tries = "".join(
                f"    try:\n        {way}\n        return\n    except Exception:\n        pass\n"
                for way in written(dialect, name)
            )
            lines.append(f"def find():\n{tries}    print({name!r})\nfind()\n")
        answer = run("".join(lines), setup=HEADS[dialect][0])
        assert answer["status"] == "ok", answer["error"]
        missing += answer["output"].split()
    assert missing == []


def same_call(row: Row) -> tuple[str, list[str]] | None:
    """The names of the operands of an example that only has operands."""
    found = re.fullmatch(r"torch\.\w+\((\w+(?:, \w+)*)\)", row.example)
    return None if found is None else (row.example, found.group(1).split(", "))


ALIKE = [
    (row, dialect, name)
    for row, dialect, name in PROMISES
    if row.family in ("elementwise", "comparison")
    and dialect in ("np", "tf", "mx")
    and f"{dialect}:{name}" not in OTHERWISE
    and same_call(row) is not None
]


def differs(row: Row, dialect: str, name: str, run: Run) -> str | None:
    """What is wrong with a counterpart that is called with the operands of the row's example."""
    call = same_call(row)
    assert call is not None
    names: dict[str, Any] = {}
    exec(COMMON + SPECIAL.get(f"{row.family}-{row.name}", SPECIAL.get(row.name, "")), names)
    operands = [names[each] for each in call[1] if isinstance(names.get(each), torch.Tensor)]
    if len(operands) != len(call[1]) or any(t.is_complex() for t in operands):
        return None
    want = eval(row.example, names)
    head, prefix, make = HEADS[dialect]
    given = [make.format(t.tolist(), str(t.dtype).removeprefix("torch.")) for t in operands]
    answer = run(f"{prefix}{name}({', '.join(given)})", setup=head)
    if answer["status"] != "ok":
        return str(answer["error"]["message"])
    data = json.loads(json.dumps(answer["statements"][0]["value"]["data"]))
    got = np.array([float(v) for v in np.array(data, dtype=object).reshape(-1)])
    wanted = torch.as_tensor(want).double().numpy().reshape(-1)
    close = got.shape == wanted.shape and np.allclose(got, wanted, rtol=1e-4, atol=1e-5, equal_nan=True)
    return None if close else f"{got.tolist()}, {wanted.tolist()} wanted"


@pytest.mark.parametrize("dialect", ["np", "tf", "mx"])
def test_a_promised_function_computes_what_torch_computes(dialect: str, run: Run) -> None:
    done = {(row.name, name): differs(row, dialect, name, run) for row, to, name in ALIKE if to == dialect}
    assert {key: told for key, told in done.items() if told is not None} == {}
    assert len(done) > 30


@pytest.mark.parametrize(
    "source", ["np.memmap", "np.getbufsize", "torch.fbgemm_linear_int8_weight", "pd.read_sas"]
)
def test_a_name_that_the_library_has_is_not_said_to_be_missing_from_it(source: str, run: Run) -> None:
    answer = run(source, setup="import numpy as np\nimport pandas as pd\nimport torch")
    whole = source.replace("np.", "numpy.").replace("pd.", "pandas.")
    assert answer["error"]["type"] == "AttributeError"
    assert answer["error"]["message"] == f"the lab does not offer '{whole}'"
    assert "the library has it" in answer["error"]["hint"]
    made_up = run("np.addd", setup="import numpy as np")
    assert made_up["error"]["message"] == "module 'numpy' has no attribute 'addd'"
