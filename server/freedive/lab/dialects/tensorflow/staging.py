"""What statements ask while tf.function traces: both branches of an `if` over a symbol, loops traced once, errors in user code."""

from __future__ import annotations

import ast
import contextlib
import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from freedive.lab.arrays import DTYPE_NAMES
from freedive.lab.dialects.tensorflow.datasets import Dataset
from freedive.lab.dialects.tensorflow.errors import InvalidArgument
from freedive.lab.dialects.tensorflow.symbols import TRACING, NotInGraph, Symbol, not_in_graph
from freedive.lab.dialects.tensorflow.tensors import EagerTensor, Variable, convert
from freedive.lab.door import untraced
from freedive.lab.kinds import Kind, kind_of, register
from freedive.lab.running import running
from freedive.lab.scopes import Frame

if TYPE_CHECKING:
    from freedive.lab.dialects.tensorflow.graphs import Graph

_SHAPES = re.compile(
    r"Incompatible shapes|Matrix size-incompatible|ndims must be|compatible batch|ConcatOp|Shapes of all inputs|Input to reshape|"
    r"Invalid reduction dimension|Expected dimension in the range|Tried to expand dim|slice index|Index out of range using"
)
_DTYPES = re.compile(
    r"cannot compute (\w+) as input #\d\(zero-based\) was expected to be a (\w+) tensor but is a (\w+) tensor"
)
_LONG = {"float": "float32", "double": "float64", "half": "float16"}
_TOLD: tuple[type[Exception], ...] = (
    AttributeError, ValueError, TypeError, NameError, UnboundLocalError, RuntimeError, NotImplementedError, IndexError, NotInGraph,
)  # fmt: skip


def placeholder(name: str, value: Any, shape: Any = None) -> Any:
    if isinstance(value, np.ndarray):
        value = EagerTensor(convert(value))
    if isinstance(value, EagerTensor) and not isinstance(value, Variable):
        made = EagerTensor(value.t)
        made.symbol = Symbol(f"{name}:0", shape)
        mask = getattr(value, "mask", None)
        if mask is not None:
            made.mask = mask
        return made
    if type(value) in (list, tuple):
        return type(value)(placeholder(name, v) for v in value)
    return {k: placeholder(name, v) for k, v in value.items()} if type(value) is dict else value


class Staging:
    """One tracing: what `if`, `for` and `while` do with symbols, and which line an error came from."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.later: list[str] = []
        self.created = 0
        """Variables that the function itself made."""
        self.missing: dict[str, tuple[str, ast.AST]] = {}
        """Names that only one branch of an `if` gave a value; which branch did not."""
        self._mark = len(running.output)

    @contextlib.contextmanager
    def begun(self, fixed: bool) -> Iterator[None]:
        before = dict(TRACING.__dict__), running.staging
        TRACING.__dict__.update(
            on=True, autograph=self.graph.autograph, names=Counter(), made=0, own=0, fixed=fixed, later=[]
        )
        running.staging = self if self.graph.autograph else None
        try:
            yield
        finally:
            self.later, self.created = TRACING.later, TRACING.own
            TRACING.__dict__.update(before[0])
            running.staging = before[1]

    def repeat(self) -> None:
        """Print what the tracing printed once more."""
        running.write("".join(running.output[self._mark :]))

    @contextlib.contextmanager
    def told(self) -> Iterator[None]:
        """Errors inside are told as AutoGraph tells them."""
        try:
            yield
        except InvalidArgument as error:
            found = _at_tracing(error)
            raise (while_running(error) if found is None else self._in_code(found)) from None
        except Exception as error:
            if type(error) not in _TOLD or not self.graph.autograph or str(error).startswith("in user code:"):
                raise
            raise self._in_code(self._of_a_branch(error)) from None

    def _of_a_branch(self, error: Exception) -> Exception:
        name = re.search(r"'(\w+)'", str(error))
        if isinstance(error, NameError) and name and name.group(1) in self.missing:
            branch, running.at = self.missing[name.group(1)]
            made: Any = ValueError(f"'{name.group(1)}' must also be initialized in the {branch} branch")
            made.hint = "the graph holds both branches: give the name a value before the if, or in both"
            error = made
        return error

    def _in_code(self, error: Exception) -> Exception:
        at: Any = running.at
        statement = getattr(getattr(at, "cell", None), "node", None) or at
        line = getattr(at, "lineno", 0)
        code = ast.unparse(statement).split("\n")[0] if isinstance(statement, ast.AST) else ""
        name = "OperatorNotAllowedInGraphError" if isinstance(error, NotInGraph) else type(error).__name__
        made: Any = type(error)(
            f'in user code:\n\n    File "<snippet>", line {line}, in {self.graph.name}  *\n        {code}\n\n    {name}: {error}\n'
        )
        made.hint = getattr(error, "hint", None)
        shown: Exception = made
        return shown

    def symbolic(self, value: Any) -> bool:
        return isinstance(value, EagerTensor) and value.symbol is not None

    def asserted(self, value: Any) -> None:
        """`assert` stays Python's, and wants a bool."""
        if self.symbolic(value):
            raise not_in_graph(
                "Using a symbolic `tf.Tensor` as a Python `bool`", "write tf.debugging.Assert(condition, [x])"
            )

    def branch(
        self,
        node: ast.If,
        f: Frame,
        taken: bool,
        body: Callable[[Frame], Any],
        orelse: Callable[[Frame], Any] | None,
    ) -> Any:
        """Both branches are traced; the one that is taken counts."""
        before = dict(f.names)
        ends: list[tuple[Any, dict[str, Any]]] = []
        for run, real in ((body, taken), (orelse, not taken)):
            f.names.clear()
            f.names.update(before)
            signal = None
            if run is not None:
                signal = run(f) if real else self._only_traced(run, f)
            ends.append((signal, dict(f.names)))
        signal, names = ends[0 if taken else 1]
        f.names.clear()
        f.names.update(names)
        running.at = node.test
        if all(end is None for end, _ in ends):
            self._compare(node, f, before, ends[0][1], ends[1][1])
        return signal

    def _only_traced(self, run: Callable[[Frame], Any], f: Frame) -> Any:
        with TRACING.undone(), untraced():
            try:
                return run(f)
            except InvalidArgument as error:
                if _at_tracing(error) is not None:
                    raise
                return None

    def _compare(
        self, node: ast.If, f: Frame, before: dict[str, Any], main: dict[str, Any], other: dict[str, Any]
    ) -> None:
        for name in {**main, **other}:
            if name in main and name in other:
                left, right = _dtype(main[name]), _dtype(other[name])
                if left is not None and right is not None and left != right and main[name] is not other[name]:
                    raise TypeError(
                        f"'{name}' has dtype {left} in the main branch, but dtype {right} in the else branch"
                    )
            elif name not in before:
                self.missing[name] = ("else" if name in main else "main", node.test)
                f.names.pop(name, None)

    def loop(self, value: Any) -> Any:
        """What a `for` runs over: of a tensor or a dataset the body is traced once."""
        return Rolled(value) if self.symbolic(value) or isinstance(value, Dataset) else value

    @contextlib.contextmanager
    def turns(self) -> Iterator[Callable[[Any], None]]:
        """Called with what a `while` has just tested: from the second turn on Python is silent."""
        muted, count = running.muted, 0

        def turn(value: Any) -> None:
            nonlocal count
            count += 1
            if count > 1 and self.symbolic(value):
                running.muted = True

        try:
            yield turn
        finally:
            running.muted = muted


def _dtype(value: Any) -> str | None:
    if isinstance(value, EagerTensor):
        return DTYPE_NAMES[value.t.dtype]
    return {bool: "bool", int: "int32", float: "float32"}.get(type(value))


def _at_tracing(error: InvalidArgument) -> Exception | None:
    """The error as a graph tells it that knows shapes and dtypes before it has numbers; None where only numbers tell."""
    text = re.sub(r" \[Op:\w+\]( name: .*)?$", "", str(error))
    op = re.search(r"\[Op:(\w+)\]", str(error))
    kernel = op.group(1) if op else "Op"
    dtypes = _DTYPES.search(text)
    made: Any = None
    if dtypes:
        name, first, second = dtypes.group(1), *(_LONG.get(d, d) for d in dtypes.groups()[1:])
        made = TypeError(
            f"Input 'y' of '{name}' Op has type {second} that does not match type {first} of argument 'x'."
        )
    elif _SHAPES.search(text):
        shapes = re.findall(r"\[[\d,]*\]", text)
        sides = [s.strip("[]").split(",") for s in shapes[-2:]]
        told = text
        if len(sides) == 2 and ("Incompatible shapes" in text or "Matrix size" in text):
            pairs = (
                [(sides[0][-1], sides[1][-2])]
                if "Matrix" in text
                else zip(reversed(sides[0]), reversed(sides[1]), strict=False)
            )
            p, q = next(((p, q) for p, q in pairs if p != q and "1" not in (p, q)), ("?", "?"))
            told = f"Dimensions must be equal, but are {p} and {q}"
        made = ValueError(f"{told} for '{{{{node {kernel}}}}}' with input shapes: {', '.join(shapes[-2:])}.")
    if made is not None:
        made.hint = error.hint
    return made  # type: ignore[no-any-return]


def while_running(error: InvalidArgument) -> InvalidArgument:
    if str(error).startswith("Graph execution error"):
        return error
    made = InvalidArgument(f"Graph execution error:\n\n{error}")
    made.hint = error.hint
    return made


class Rolled:
    """What a `for` of a traced function runs over: after the first turn Python is silent."""

    def __init__(self, value: Any) -> None:
        self.value = value


class RolledKind(Kind):
    def iterate(self, value: Any) -> Iterator[Any]:
        muted, inner = running.muted, value.value
        rows: Any = kind_of(inner).iterate(inner) if isinstance(inner, Dataset) else inner.rows()
        try:
            for item in rows:
                if isinstance(inner, Dataset):
                    item = placeholder("while/IteratorGetNext", item)
                yield item
                running.muted = True
        finally:
            running.muted = muted


register(RolledKind(), Rolled)
