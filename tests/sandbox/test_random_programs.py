"""Programs made at random out of the lab's own names and of names that lead out: nothing escapes, hangs or falls over.

What a program computes does not matter here. Each runs in a sealed child of a real pool; afterwards no file has
appeared, nobody has called, the answer is one of ours and the next `2 + 2` is 4 in the same zygote.
"""

from __future__ import annotations

import asyncio
import functools
import json
import os
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from freedive.protocol.traces import EvaluateRequest
from freedive.sandbox.cpu_budget import Client
from freedive.sandbox.limits import Limits
from freedive.sandbox.service import LabService
from freedive.sandbox.settings import LabSettings

LIMITS = Limits(wall_seconds=3.0, cpu_seconds=2)
ME = Client("127.0.0.1")


class Bench:
    """A lab in a loop of its own, and everything outside that a program must not touch."""

    def __init__(self, scratch: Path) -> None:
        self.scratch = scratch
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.setblocking(False)
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever)
        self._thread.start()
        self.lab = self.call(self._start())

    async def _start(self) -> LabService:
        lab = LabService(LabSettings(cpu_seconds=1e6, address_cpu_seconds=1e6), limits=LIMITS)
        await lab.start()
        return lab

    def call(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(60)

    def evaluate(self, source: str, **rest: Any) -> dict[str, Any]:
        request = EvaluateRequest(source=source, **rest)
        answer: dict[str, Any] = json.loads(self.call(self.lab.evaluate(request, ME)))
        return answer

    def close(self) -> None:
        self.call(self.lab.stop())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()
        self.listener.close()


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    scratch = tmp_path_factory.mktemp("scratch")
    for folder in (scratch, *scratch.parents[:3]):
        folder.chmod(folder.stat().st_mode | 0o755)
    os.chmod(scratch, 0o777)
    bench = Bench(scratch)
    bench.evaluate("2 + 2")  # the first run waits until the zygote has imported everything
    yield bench
    bench.close()


VARIABLES = ["x", "y", "w", "n", "text", "items", "net", "f"]
STARTS = {
    "torch": """import torch
import numpy as np
import torch.nn.functional as F
from torch import nn
x = torch.arange(6.).reshape(2, 3)
y = torch.ones(3, requires_grad=True)
w = np.arange(4.)
net = nn.Linear(3, 2)
""",
    "np": """import numpy as np
import pandas as pd
x = np.arange(6.).reshape(2, 3)
y = pd.DataFrame({"a": [1, 2], "b": ["p", None]})
w = pd.Series([1.5, 2.5])
net = np.random
""",
    "tf": """import tensorflow as tf
from tensorflow import keras
x = tf.reshape(tf.range(6.), (2, 3))
y = tf.Variable([1., 2., 3.])
w = tf.constant([[1, 2]])
net = keras.layers.Dense(2)
""",
    "mxnet": """from mxnet import autograd, gluon, nd
x = nd.arange(6).reshape((2, 3))
y = nd.ones((3,))
w = x.asnumpy()
net = gluon.nn.Dense(2)
""",
}
COMMON = """n = 3
text = "a b"
items = [1, 2.5, "c", x]
f = lambda v: v
"""
MODULES = {
    "torch": ["torch", "torch", "np", "F", "nn", "torch.linalg"],
    "np": ["np", "pd", "np.linalg", "np.random"],
    "tf": ["tf", "tf.math", "tf.random", "keras.layers"],
    "mxnet": ["nd", "autograd", "gluon.nn", "gluon.loss"],
}
WAYS_OUT = [
    "__class__",
    "__globals__",
    "__subclasses__",
    "__import__",
    "__builtins__",
    "__dict__",
    "__reduce__",
    "__init__",
    "__code__",
    "_C",
    "_base",
    "_backward_hooks",
    "open",
    "eval",
    "exec",
    "getattr",
    "setattr",
    "compile",
    "globals",
    "vars",
    "input",
    "breakpoint",
    "save",
    "load",
    "hub",
    "ops",
    "classes",
    "package",
    "from_file",
    "from_numpy",
    "tofile",
    "fromfile",
    "dump",
    "dumps",
    "memmap",
    "ctypes",
    "base",
    "data_ptr",
    "untyped_storage",
    "storage",
    "share_memory_",
    "set_",
    "resize_",
    "apply_",
    "map_",
    "as_strided",
    "to_csv",
    "read_csv",
    "read_pickle",
    "savefig",
    "load_library",
    "os",
    "sys",
    "subprocess",
    "system",
    "popen",
    "numpy",
    "tolist",
    "item",
    "register_hook",
    "backward",
    "state_dict",
    "load_state_dict",
    "format",
    "format_map",
    "join",
    "mro",
    "gi_frame",
    "f_back",
    "tb_frame",
    "cpp_extension",
    "compile",
    "script",
    "jit",
    "multiprocessing",
    "distributed",
    "export",
    "onnx",
]
NUMBERS = [
    "0",
    "1",
    "-1",
    "2",
    "3",
    "0.5",
    "1e30",
    "-0.0",
    "7",
    "64",
    "1000",
    "10**6",
    "2**31",
    "2**63",
    "10**12",
]
PATHS = ["SCRATCH/canary", "/etc/passwd", "/proc/self/maps", "http://127.0.0.1:PORT/"]
OPERATORS = [
    "+",
    "-",
    "*",
    "/",
    "//",
    "%",
    "**",
    "@",
    "&",
    "|",
    "^",
    "<<",
    ">>",
    "==",
    "<",
    "is",
    "in",
    "and",
    "or",
]


LIBRARY = [
    "functools.partial", "functools.reduce", "functools.lru_cache", "functools.cmp_to_key", "functools.wraps",
    "itertools.product", "itertools.permutations", "itertools.chain", "itertools.count", "itertools.groupby", "itertools.zip_longest",
    "re.sub", "re.findall", "re.compile", "json.dumps", "json.loads", "copy.deepcopy", "copy.copy", "dataclasses.replace",
    "dataclasses.asdict", "dataclasses.field", "enum.auto", "collections.Counter", "collections.deque", "collections.namedtuple",
    "collections.defaultdict", "operator.attrgetter", "operator.itemgetter", "heapq.heappush", "random.shuffle", "random.sample",
    "format", "hash", "sorted", "super", "vars", "delattr", "type", "iter", "next", "text.format", "text.translate", "text.join",
]  # fmt: skip
DECORATORS = [
    "@dataclasses.dataclass", "@dataclasses.dataclass(frozen=True, order=True)", "@functools.lru_cache", "@functools.total_ordering",
    "@functools.wraps(f)", "@contextlib.contextmanager", "@staticmethod", "@property", "@f", "@print", "@type", "@getattr",
]  # fmt: skip
METHODS = [
    "__init__", "__eq__", "__hash__", "__repr__", "__getattr__", "__getitem__", "__iter__", "__next__", "__len__", "__bool__",
    "__call__", "__enter__", "__exit__", "__add__", "__format__", "__index__", "__lt__", "__contains__",
    "__getattribute__", "__class_getitem__", "__init_subclass__", "__reduce__", "__del__", "__set_name__", "__get__", "__new__",
]  # fmt: skip
PATTERNS = [
    "[v, *rest]", "{'a': v, **rest}", "B(v=1)", "int() | str()", "_ if v", "(1 | 2) as v", "E(__class__=v)", "None", "torch.pi",
]  # fmt: skip
IMPORTS = "import collections, contextlib, copy, dataclasses, enum, functools, heapq, itertools, json, operator, random, re\n"

Names = dict[str, list[str]]
OFFERED: dict[str, Names] = {}
"""By dialect and owner, what the lab offers; asked of the lab itself before the first program is made."""


@functools.cache
def program_texts(dialect: str) -> st.SearchStrategy[str]:
    """Programs over the names that the lab offers in a dialect and those it must not."""
    names = OFFERED[dialect]
    functions = st.sampled_from(
        [f"{module}.{name}" for module in MODULES[dialect] for name in names[module]]
        + [
            "print",
            "len",
            "range",
            "list",
            "dict",
            "sum",
            "max",
            "sorted",
            "zip",
            "map",
            "isinstance",
            "type",
        ]
        + WAYS_OUT
    )
    attributes = st.sampled_from([*names["x"], *names["y"], *names["text"], *names["items"], *WAYS_OUT])
    atoms = st.one_of(
        st.sampled_from(VARIABLES),
        st.sampled_from(VARIABLES),
        st.sampled_from(NUMBERS),
        st.sampled_from(PATHS).map(repr),
        st.sampled_from(
            ["None", "True", "[]", "{}", "()", "'%s'", "torch", "np", "torch.float64", "slice", "..."]
        ),
        st.text(alphabet="ab{}%_:＿ \u4e2d\n", max_size=4).map(repr),
    )

    def larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        arguments = st.lists(
            st.one_of(
                inner, st.tuples(st.sampled_from(["dim", "dtype", "out", "size", "n"]), inner).map("=".join)
            ),
            max_size=3,
        ).map(lambda given: ", ".join(sorted(given, key=lambda one: "=" in one)))
        return st.one_of(
            st.tuples(functions, arguments).map(lambda t: f"{t[0]}({t[1]})"),
            st.tuples(functions, arguments).map(lambda t: f"{t[0]}({t[1]})"),
            st.tuples(inner, attributes, arguments).map(lambda t: f"({t[0]}).{t[1]}({t[2]})"),
            st.tuples(inner, attributes).map(lambda t: f"({t[0]}).{t[1]}"),
            st.tuples(inner, st.sampled_from(OPERATORS), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
            st.tuples(st.sampled_from(["-", "not ", "~", "*"]), inner).map(lambda t: f"({t[0]}{t[1]})"),
            st.tuples(inner, inner).map(lambda t: f"({t[0]})[{t[1]}]"),
            st.tuples(inner, inner, inner).map(lambda t: f"({t[0]})[{t[1]}:{t[2]}]"),
            st.tuples(inner, inner).map(lambda t: f"[{t[0]} for i in {t[1]}]"),
            st.tuples(inner, inner).map(lambda t: f"{{{t[0]}: {t[1]}}}"),
            inner.map(lambda one: f"f'{{({one})!r:>9}}'" if "'" not in one and '"' not in one else one),
            inner.map(lambda one: f"(lambda v: {one})"),
            inner.map(lambda one: f"(v := {one})"),
            inner.map(lambda one: f"(lambda v, *, k=1, **rest: {one})"),
            st.tuples(st.sampled_from(LIBRARY), arguments).map(lambda t: f"{t[0]}({t[1]})"),
            st.tuples(st.sampled_from(LIBRARY), inner).map(lambda t: f"{t[0]}({t[1]}, f)"),
            st.tuples(inner, inner, inner).map(lambda t: f"({t[0]} if {t[1]} else {t[2]})"),
        )

    expressions = st.recursive(atoms, larger, max_leaves=6)
    targets = st.one_of(
        st.sampled_from(VARIABLES),
        st.tuples(st.sampled_from(VARIABLES), attributes).map(".".join),
        st.tuples(st.sampled_from(VARIABLES), expressions).map(lambda t: f"{t[0]}[{t[1]}]"),
    )
    simple = st.one_of(
        expressions,
        st.tuples(targets, st.sampled_from(["=", "+=", "*=", "@="]), expressions).map(" ".join),
        st.tuples(targets, expressions).map(lambda t: f"{t[0]} = {t[1]}"),
        expressions.map(lambda one: f"print({one})"),
        expressions.map(lambda one: f"assert {one}"),
        expressions.map(lambda one: f"raise ValueError({one})"),
        st.sampled_from(VARIABLES).map(lambda one: f"del {one}"),
        st.sampled_from(
            ["import os", "from os import system", "import torch.utils", "break", "return 1", "yield", "pass"]
        ),
    )

    def indented(body: list[str]) -> str:
        return "\n".join("    " + line for statement in body for line in statement.split("\n"))

    def blocks(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        bodies = st.lists(inner, min_size=1, max_size=3).map(indented)
        heads = st.one_of(
            expressions.map(lambda one: f"if {one}:"),
            expressions.map(lambda one: f"for i in {one}:"),
            expressions.map(lambda one: f"while {one}:"),
            expressions.map(lambda one: f"with {one}:"),
            st.sampled_from(
                ["def f(v=1, *rest):", "with torch.no_grad():", "while True:", "for i in range(10**9):"]
            ),
            st.sampled_from(["class Net(nn.Module):", "class A(dict):", "class B:"]),
            st.sampled_from(
                ["class E(Exception):", "class E(enum.Enum):", "class S(torch.autograd.Function):"]
            ),
            st.tuples(
                st.sampled_from(DECORATORS), st.sampled_from(["def f(v=1):", "class B:", "def g(*a, **k):"])
            ).map("\n".join),
            st.sampled_from(METHODS).map(lambda one: f"class B:\n  v: int = 1\n  def {one}(self, *given):"),
            st.tuples(expressions, st.sampled_from(PATTERNS)).map(lambda t: f"match {t[0]}:\n  case {t[1]}:"),
        )
        return st.one_of(
            st.tuples(heads, bodies).map("\n".join),
            st.tuples(bodies, bodies).map(lambda t: f"try:\n{t[0]}\nexcept Exception as e:\n{t[1]}"),
            st.tuples(bodies, bodies).map(lambda t: f"try:\n{t[0]}\nfinally:\n{t[1]}"),
            st.tuples(bodies, expressions).map(
                lambda t: (
                    f"def f(v=0):\n    while v := (yield v):\n{indented([t[0]])}\n    yield from {t[1]}\nw = f()\nnext(w)\nw.send({t[1]})"
                )
            ),
            st.tuples(st.sampled_from(METHODS), expressions, expressions).map(
                lambda t: (
                    f"class B:\n    v = {t[1]}\n    def {t[0]}(self, *given, **named):\n        return {t[2]}\n"
                    "y = B()\nprint(y, y == 1, {y: 1}, [*y], y + y, y[0], len(y), y.z, f'{y:>9}', y(1))"
                )
            ),
            st.tuples(bodies, expressions).map(lambda t: f"def f(v=0):\n{t[0]}\n    return {t[1]}\nf()"),
        )

    statements = st.recursive(simple, blocks, max_leaves=4)
    return st.lists(statements, min_size=1, max_size=5).map("\n".join)


@st.composite
def programs(draw: st.DrawFn, dialect: str) -> str:
    """Behind a name, so that a report need not show a thousand choices."""
    return draw(program_texts(dialect))


@pytest.fixture(scope="module")
def offered(bench: Bench) -> dict[str, Names]:
    """`OFFERED`, filled."""
    for dialect, modules in MODULES.items():
        names = OFFERED.setdefault(dialect, {})
        for owner in [*modules, "x", "y", "text", "items"]:
            answer = bench.evaluate(STARTS[dialect] + COMMON + f"dir({owner})", dialect=dialect)
            assert answer["status"] == "ok", answer["error"]
            names[owner] = [item["data"] for item in answer["statements"][-1]["value"]["items"]]
            assert names[owner], owner
    return OFFERED


def assert_held(bench: Bench, source: str, **rest: Any) -> None:
    source = source.replace("SCRATCH", str(bench.scratch)).replace(
        "PORT", str(bench.listener.getsockname()[1])
    )
    began, zygote = time.monotonic(), bench.lab.pool.zygote_pid
    answer = bench.evaluate(source[:16_000], **rest)
    assert time.monotonic() - began < LIMITS.wall_seconds + 10
    assert answer["status"] in ("ok", "rejected", "error", "limit"), answer["error"]
    assert list(bench.scratch.iterdir()) == []
    with pytest.raises(BlockingIOError):
        bench.listener.accept()
    assert "root:x:0:0" not in json.dumps(answer)
    if answer["status"] == "limit":  # otherwise the child has said so itself and everything is as it was
        after = bench.evaluate("2 + 2", seed=int(began) % 2**32)
        assert after["statements"][0]["value"]["data"] == 4
    assert bench.lab.pool.zygote_pid == zygote


@pytest.mark.parametrize("dialect", MODULES)
@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_random_programs_are_held(
    bench: Bench, offered: dict[str, Names], dialect: str, data: st.DataObject
) -> None:
    program = data.draw(programs(dialect), "program")
    session = data.draw(st.booleans())
    watched = ["x", data.draw(st.sampled_from(["y", "f(x)"]))]
    source = IMPORTS + STARTS[dialect] + COMMON + program
    assert_held(bench, source, dialect=dialect, session=session, watch=watched)


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(source=st.text(max_size=300))
@example("(" * 300)
@example("x" + "[0]" * 99)
def test_any_text_is_held(bench: Bench, source: str) -> None:
    assert_held(bench, source)


def test_values_far_inside_each_other_do_not_end_the_child(bench: Bench) -> None:
    """Python hashes and compares what lies inside by recursion in C, where nothing counts."""
    assert_held(bench, "t = ()\nfor i in range(190000): t = (t,)\nhash(t)")
    assert_held(bench, f"t = ()\nfor i in range(3000): t = {'(' * 45}t{',)' * 45}\n{{t: 1}}")
