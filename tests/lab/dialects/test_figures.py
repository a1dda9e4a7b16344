"""The dialects against what the real TensorFlow and Keras said to the same snippets (`tests/golden/write_tensorflow.py`)."""

from __future__ import annotations

import json
from itertools import groupby
from typing import Any

import pytest
import torch
from tests.golden import write_keras_dtypes, write_tensorflow
from tests.lab.conftest import Run
from tests.lab.dialects.figures import BY_CHANCE, differences, golden, same_text

FILES = (("tensorflow", "tf"), ("keras", "keras"))
FAMILIES = [
    pytest.param(name, dialect, family, id=f"{name}-{family}")
    for name, dialect in FILES
    for family, _ in groupby(golden(name)["snippets"], lambda row: row["family"])
]


@pytest.mark.parametrize(("name", "dialect", "family"), FAMILIES)
def test_the_lab_says_what_the_real_library_says(name: str, dialect: str, family: str, run: Run) -> None:
    told = golden(name)
    wrong: dict[str, Any] = {}
    for row in told["snippets"]:
        if row["family"] == family:
            answer = json.loads(json.dumps(run(row["source"], setup=told["setup"], dialect=dialect)))
            found = differences(row, answer)
            if found:
                wrong[row["source"]] = found
    assert not wrong


@pytest.mark.parametrize("name", [name for name, _ in FILES])
def test_every_snippet_has_its_figures(name: str) -> None:
    written = write_tensorflow.snippets((write_tensorflow.HERE / f"{name}.txt").read_text())
    assert written == [(row["family"], row["source"]) for row in golden(name)["snippets"]]
    assert golden(name)["setup"] == write_tensorflow.SETUP


@pytest.mark.parametrize("name", [name for name, _ in FILES])
def test_the_figures_are_the_real_librarys(name: str) -> None:
    pytest.importorskip("tensorflow")
    for row in golden(name)["snippets"][::10]:
        if row["family"] != BY_CHANCE:
            said = write_tensorflow.run(row["source"])
            assert said.get("error") == row.get("error")
            assert same_text(said.get("repr", ""), row.get("repr", ""))


def test_keras_ops_give_the_dtypes_of_the_real_ones() -> None:
    from freedive.lab.dialects.keras.functions import KERAS
    from freedive.lab.dialects.tensorflow.tensors import EagerTensor, dtype_of

    ops = KERAS.members["ops"].members

    def plain(made: Any) -> Any:
        return made.t if isinstance(made, EagerTensor) else [each.t for each in made]

    found = write_keras_dtypes.table(
        lambda name: lambda *args: plain(ops[name].call(args, {})),
        lambda dtype: EagerTensor(torch.tensor(write_keras_dtypes.ROWS).to(dtype_of(dtype))),
    )
    wanted = json.loads(write_keras_dtypes.PATH.read_text())["rows"]
    assert {name: row for name, row in found.items() if row != wanted[name]} == {}
    assert found.keys() == wanted.keys()
