"""What learners write, in the lab and in the real thing: the same values, the same errors, the same printed text.

`learners/*.txt` hold the snippets. A block begins with `#: name`; lines up to `#-` set the stage. In a block of `lines`
each statement stands for itself and may fail; any other block is a program and is judged by every value and by its text.
"""

from __future__ import annotations

import ast
import contextlib
import io
import random
import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from tests.lab.conftest import Run
from tests.lab.dialects.figures import same_text

from freedive.lab import Budget

FOLDER = Path(__file__).parent / "learners"


def blocks() -> Iterator[Any]:
    for path in sorted(FOLDER.glob("*.txt")):
        parts = re.split(r"^#: (.*)\n", path.read_text(), flags=re.M)[1:]
        for name, body in zip(parts[::2], parts[1::2], strict=True):
            setup, between, code = body.partition("#-\n")
            yield pytest.param(setup if between else "", code if between else body, "lines" in name, id=name)


def flat(data: Any) -> Iterator[Any]:
    if isinstance(data, list):
        for each in data:
            yield from flat(each)
    else:
        yield data


def same_numbers(value: dict[str, Any], want: Any) -> bool:
    got = np.array([float(x) for x in flat(value["data"])])
    return np.allclose(got, np.asarray(want, dtype=float).ravel(), rtol=1e-3, atol=1e-5, equal_nan=True)


def differs(value: dict[str, Any] | None, want: Any) -> str | None:
    """The first thing in which the lab's value is not the real one."""
    if value is None:
        return None if want is None else f"no value, {want!r} wanted"
    kind = value["kind"]
    if isinstance(want, torch.Tensor):
        node = None if want.grad_fn is None else type(want.grad_fn).__name__
        shown = (
            kind,
            value.get("shape"),
            value.get("dtype"),
            value.get("requires_grad"),
            value.get("grad_fn"),
        )
        wanted = ("tensor", list(want.shape), str(want.dtype)[6:], want.requires_grad, node)
        if shown != wanted:
            return f"{shown}, {wanted} wanted"
        if value.get("windowed") or want.is_complex() or same_numbers(value, want.detach().double()):
            return None
        return f"{value['data']}, {want} wanted"
    if isinstance(want, np.ndarray):
        if kind != "ndarray" or value["dtype"] != str(want.dtype) or value["shape"] != list(want.shape):
            return f"{kind} {value.get('dtype')} {value.get('shape')}, {want.dtype} {want.shape} wanted"
        if value.get("windowed") or want.dtype.kind not in "fiub" or same_numbers(value, want):
            return None
        return f"{value['data']}, {want} wanted"
    if isinstance(want, np.generic) and want.dtype.kind in "fiub":
        same = kind == "scalar" and value["dtype"] == str(want.dtype) and same_numbers(value, want)
        return None if same else f"{kind} {value.get('data')}, {want!r} wanted"
    if isinstance(want, pd.DataFrame | pd.Series):
        return None if same_text(value["repr"], str(want)) else f"{value['repr']}, {want} wanted"
    if isinstance(want, torch.Size):
        return None if value.get("data") == list(want) else f"{value.get('data')}, {want} wanted"
    if isinstance(want, list | tuple):
        items = value.get("items")
        if value.get("windowed"):
            return None
        if items is None or len(items) != len(want):
            return f"{kind} {value.get('repr')}, {want!r} wanted"
        return next((told for a, b in zip(items, want, strict=True) if (told := differs(a, b))), None)
    if isinstance(want, dict):
        keys = [key if isinstance(key, str) else repr(key) for key in want]
        if value.get("data") != keys:
            return f"{kind} {value.get('data')}, {keys} wanted"
        return next(
            (told for a, b in zip(value["items"], want.values(), strict=True) if (told := differs(a, b))),
            None,
        )
    if want is None or isinstance(want, bool | int | float | str):
        wanted_kind = "none" if want is None else type(want).__name__
        close = value.get("data") == want or (isinstance(want, float) and same_numbers(value, want))
        alike = isinstance(want, str) and same_text(value.get("data") or "", want)
        return (
            None
            if (kind == wanted_kind and close) or alike
            else f"{kind} {value.get('data')!r}, {want!r} wanted"
        )
    if isinstance(want, type):
        return None if value.get("data") == want.__name__ else f"{value.get('data')}, {want} wanted"
    return None


def target_of(node: ast.stmt) -> ast.expr | None:
    """What to look at when the statement has run."""
    if isinstance(node, ast.Expr):
        return node.value
    if not isinstance(node, ast.Assign | ast.AugAssign) or any(
        isinstance(e, ast.Starred) for e in ast.walk(node)
    ):
        return None
    target = node.targets[-1] if isinstance(node, ast.Assign) else node.target
    return ast.parse(ast.unparse(target), mode="eval").body


def real(node: ast.stmt, names: dict[str, Any]) -> tuple[Any, BaseException | None]:
    shown = target_of(node)
    try:
        if not isinstance(node, ast.Expr):
            exec(compile(ast.Module([node], []), "<real>", "exec"), names)
        return None if shown is None else eval(compile(ast.Expression(shown), "<real>", "eval"), names), None
    except Exception as error:
        return None, error


def begin(setup: str) -> dict[str, Any]:
    torch.manual_seed(0)
    np.random.seed(0)
    random.seed(0)
    torch.set_default_dtype(torch.float32)
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(setup, names)
    return names


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("setup", "code", "lines"), list(blocks()))
def test_the_lab_says_what_the_real_thing_says(setup: str, code: str, lines: bool, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)  # the real thing writes real files
    dialect = "np" if "import torch" not in setup + code else "torch"
    budget = Budget(seconds=60, wall=240)
    answer = run(code, setup=setup, dialect=dialect, session=lines, budget=budget)
    body, told_of = ast.parse(code).body, answer["statements"]
    assert told_of, answer["error"]
    assert len(told_of) == len(body) or told_of[-1]["error"]
    printed, found = io.StringIO(), []
    with warnings.catch_warnings(), contextlib.redirect_stdout(printed):
        warnings.simplefilter("ignore")
        names = begin(setup)
        printed.truncate(0)
        printed.seek(0)
        for node, statement in zip(body, told_of, strict=False):
            want, error = real(node, names)
            told = statement["error"]
            if error is not None or told is not None:
                mro = told["mro"] if told else []
                what = (
                    None if type(error).__name__ in mro else f"{told and told['message']}, {error!r} wanted"
                )
            elif target_of(node) is not None:
                what = differs(statement["value"], want)
            else:
                what = None
            if what:
                found.append(f"{ast.unparse(node)[:100]}: {what}")
    torch.set_default_dtype(torch.float32)
    assert not found, "\n".join(found)
    assert same_text(answer["output"], printed.getvalue())
