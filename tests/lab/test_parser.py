"""What the parser refuses, and what it mends in pasted transcripts."""

from __future__ import annotations

import pytest
from tests.lab.conftest import Run

from freedive.lab.parser import parse
from freedive.lab.problems import Refused


@pytest.mark.parametrize(
    "source",
    [
        "async def f():\n    pass", "match 1:\n    case A(_x=1):\n        pass",
        "().__class__.__bases__", "x.__mro__", "__import__('os')", "＿＿import＿＿('os')", "from . import x", "class A(metaclass=M): pass",
        "@(lambda f: f)\ndef f():\n    pass", "f'{1:{9}}'", "lambda __x: 1", "_x_ = 1", "f(_x=1)", "-" * 60 + "1", "(" * 60 + ")" * 60,
        "x = 1\n" * 4000, "a" * 20_000, "class A:\n    __slots__ = 1", "x.__class__.__mro__", "def f(__a): pass",
    ],
)  # fmt: skip
def test_what_is_outside_the_language_is_refused(source: str) -> None:
    with pytest.raises((Refused, SyntaxError)):
        parse(source)


@pytest.mark.parametrize(
    "source",
    ["权重 = 1", "_ = 3", "x.__class__.__name__", "def eval(x): return x", "'__class__'", "class A:\n    def __len__(self): return 1",
     "self = 1\nself._hidden = 2", "if __name__ == '__main__':\n    pass", "def f(a, *b, **c): pass", "def f(*a, **b): return a, b",
     "_step = 1", "for _, __ in x: pass", "other._hidden", "if (n := 1): pass", "(x := 5)", "b'abc'", "1j", "def f(a, /): return a", "def f(*a): return a",
     "from numpy import *", "','.join(['a'])", "next(iter([1]))", "class A:\n    def _repr_html_(self): return ''", "class A(metaclass=ABCMeta): pass",
     "@wrap\ndef f(): pass", "match x:\n    case [1, *_]: pass"],
)  # fmt: skip
def test_what_only_looks_forbidden_is_allowed(source: str) -> None:
    assert parse(source).tree.body


@pytest.mark.parametrize(
    ("pasted", "values"),
    [
        ("In[3]: a = 2\nIn[4]: a + 1\nOut[4]: 3\n\nIn [5]: a * 5", [3, 10]),
        (">>> a = 2\n>>> for i in range(2):\n...     a += i\n...\n>>> a\n3", [3]),
        ("1\n2\n3\n输入\na = 2\na + 1\n输出\n3", [3]),
        ("1 a = 2\n2 a + 1", [3]),
        ("%matplotlib inline\na = 2\na + 1", [3]),
        ("a = 2\na + 1", [3]),
    ],
)
def test_pasted_transcripts_are_mended_visibly(pasted: str, values: list[int], run: Run) -> None:
    answer = run(pasted)
    assert answer["status"] == "ok", answer["error"]
    shown = [
        s["value"]["data"]
        for s in answer["statements"]
        if s["value"] and not s["target"] and s["value"]["kind"] == "int"
    ]
    assert shown == values
    assert bool(answer["mended"]) is (pasted != "a = 2\na + 1")


def test_a_question_mark_asks_for_help(run: Run) -> None:
    answer = run("import torch\ntorch.ones?")
    assert "ones(" in answer["output"]
    assert answer["mended"][0]["line"] == 2
