"""Loops over plain numbers, computed in one piece once they are hot: the same values and the same mistakes as in Python."""

from __future__ import annotations

import contextlib
import io
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.lab.conftest import Run

from freedive.lab import Budget, arithmetic, evaluate

NAMES = ("a", "b", "c")
CONSTANTS = ("0", "1", "2", "3", "0.5", "7", "True")


def larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    two = st.tuples(
        inner, st.sampled_from(["+", "-", "*", "/", "//", "%", "<", "<=", "==", "!=", "and", "or"]), inner
    )
    return st.one_of(
        two.map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
        st.tuples(inner, st.sampled_from(["2", "3", "0.5", "-1"])).map(lambda t: f"({t[0]} ** {t[1]})"),
        st.tuples(st.sampled_from(["-", "+", "not "]), inner).map(lambda t: f"({t[0]}{t[1]})"),
        inner.map(lambda index: f"xs[{index}]"),
        st.tuples(inner, inner).map(lambda t: f"m[{t[0]}, {t[1]}]"),
    )


EXPRESSIONS = st.recursive(st.sampled_from(NAMES + CONSTANTS), larger, max_leaves=7)
VALUES = st.sampled_from(
    ["i", "i / 3", "-i", "i % 4", "float(i)", "i % 2 == 0", "2 ** 70 + i", "np.float64(i)", "np.int64(i)", "'s'", "None", "[i]"]
)  # fmt: skip


def in_python(source: str) -> str:
    said = io.StringIO()
    with contextlib.redirect_stdout(said), np.errstate(all="ignore"):
        try:
            exec(source, {})
        except Exception as error:
            said.write(type(error).__name__)
    return said.getvalue()


@settings(max_examples=150, deadline=None)
@given(EXPRESSIONS, st.tuples(VALUES, VALUES, VALUES), st.booleans())
def test_a_hot_expression_gives_what_python_gives(
    expression: str, values: tuple[str, str, str], changed: bool
) -> None:
    made = "\n".join(f"    {name} = {value}" for name, value in zip(NAMES, values, strict=True))
    last = f"    a += {expression}" if changed else f"    a = {expression}"
    source = f"""import numpy as np
xs, m = [1, 2.5, 7, "t"], np.arange(12.).reshape(3, 4)
for i in range(70):
{made}
{last}
    if i % 5 == 0: print(a)
print(a)
"""
    wanted = in_python(source)
    answer: dict[str, Any] = evaluate({"source": source, "trace": False}, Budget(seconds=20, wall=60))
    if answer["status"] in ("rejected", "limit") or "complex" in str(answer["error"]):
        return  # what the lab does not offer, it says
    error = answer["error"]["type"] if answer["error"] else ""
    assert answer["output"] + error == wanted


def test_hot_expressions_are_compiled_at_all(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the test above would prove nothing."""
    said: list[Any] = []

    def watched(*args: Any) -> Any:
        made = original(*args)

        def compute(f: Any) -> Any:
            said.append(made(f))
            return said[-1]

        return compute

    original = arithmetic._Writer.function
    monkeypatch.setattr(arithmetic._Writer, "function", watched)
    run("s = 0\nfor i in range(100):\n    s += i * 2\n[s]")
    assert len(said) == 100 - arithmetic.OFTEN
    assert said[-1] == 99 * 100


def test_a_mistake_in_a_hot_loop_has_its_own_place(run: Run) -> None:
    answer = run("s = 1\nfor i in range(100):\n    s = s + 1 / (i - 90)")
    assert (answer["error"]["type"], answer["error"]["line"], answer["error"]["column"]) == (
        "ZeroDivisionError", 3, 13,
    )  # fmt: skip


def test_a_name_that_goes_is_missed(run: Run) -> None:
    source = "k = 2\ndef f(i):\n    return i * k\nfor i in range(60):\n    s = f(i)\ndel k\nf(1)"
    answer = run(source)
    assert answer["error"]["message"] == "name 'k' is not defined"


def test_whole_numbers_stay_within_their_limit(run: Run) -> None:
    answer = run("x = 3\nfor i in range(100):\n    x = x * x")
    assert answer["status"] == "limit"
    assert "an integer of" in answer["error"]["message"]
    answer = run("x = 3\nfor i in range(3000):\n    x = x * 2\nx.bit_length()")
    assert answer["statements"][-1]["value"]["data"] == (3 * 2**3000).bit_length()


def test_powers_are_allowed_as_far_as_their_result_is(run: Run) -> None:
    answer = run("2 ** 2050\n3 ** 2000\n2 ** 4095")
    assert answer["status"] == "ok"
    assert answer["statements"][0]["value"]["repr"] == str(2**2050)
    assert run("3 ** 2600")["status"] == "limit"


def test_items_of_an_array_are_in_the_trace_as_long_as_it_has_room(run: Run) -> None:
    """Computing in one piece would leave them out."""
    answer = run("import numpy as np\nx = np.arange(80.)\nfor i in range(80):\n    y = x[i] + 1")
    assert sum(op["name"] == "getitem" for op in answer["ops"]) == 80


def test_a_loop_over_an_array_takes_the_quick_way_once_the_trace_is_full(run: Run) -> None:
    source = "import numpy as np\nx = np.random.rand(3000)\ns = 0.\nfor i in range(3000):\n    s += x[i] * x[i]\nabs(s - (x * x).sum()) < 1e-9"
    assert run(source)["statements"][-1]["value"]["data"] is True
