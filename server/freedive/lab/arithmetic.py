"""Arithmetic of plain numbers in hot loops: names, constants and operators compiled as one Python function.

`expressions` gives an expression that stands in a loop or a function to `in_one_piece`. Once it has run often, all of it is
done in one go; whenever a value is no plain number or something fails, the closures of `expressions` do it again: they
measure, find the place of a mistake and its words. Nothing here has an effect, so doing it twice changes nothing.

Only what `is_plain` allows is ever compiled: no call and no attribute is among it.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

import numpy as np

from freedive.lab.running import running
from freedive.lab.scopes import Frame, Scope

OFTEN = 32
"""Runs after which compiling (some 0.1 ms) is worth it."""
MISSES = 8
"""Failed attempts after which it is given up."""
DEGREE = 64
"""Factors of one product, so that whole numbers of the allowed size stay computable in no time before they are measured."""

_OPERATORS = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod)
_COMPARISONS = (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq)
_NUMBERS = frozenset({int, float, bool, np.float64, np.float32, np.int64, np.int32, np.bool_})
_SEQUENCES = frozenset({list, tuple, np.ndarray})
_LIMIT = 2 ** (running.budget.integer_bits - 1)

Compute = Callable[[Frame], Any]
MISS, LATER = object(), object()
"""Said by a compiled expression that cannot tell, or not as long as items of arrays are to be seen in the trace."""


class Missed(Exception):
    """An item is no plain number."""


def is_plain(node: ast.expr) -> bool:
    """Whether the expression is nothing but operators on names, numbers and items of sequences."""
    known: bool | None = getattr(node, "plain", None)
    if known is None:
        known = node.plain = 0 < _degree(node) <= DEGREE  # type: ignore[attr-defined]
    return known


def _degree(node: ast.expr) -> int:
    """How many factors a product in it may have; 0 where it is not plain."""
    if isinstance(node, ast.Name):
        return 1
    if isinstance(node, ast.Constant):
        value = node.value
        return int(type(value) in (float, bool) or (type(value) is int and abs(value) < 2**63))
    if isinstance(node, ast.BinOp):
        if isinstance(node.op, ast.Pow):
            power = node.right.value if isinstance(node.right, ast.Constant) else None
            if type(power) in (int, float) and abs(power) <= 8:  # type: ignore[arg-type]
                return _degree(node.left) * max(1, int(power))  # type: ignore[arg-type]
            return 0
        parts = [_degree(node.left), _degree(node.right)] if isinstance(node.op, _OPERATORS) else [0]
        return sum(parts) if all(parts) else 0
    if isinstance(node, ast.UnaryOp):
        return 0 if isinstance(node.op, ast.Invert) else _degree(node.operand)
    if isinstance(node, ast.Compare):
        parts = [_degree(each) for each in (node.left, *node.comparators)]
        return max(parts) if all(parts) and all(isinstance(op, _COMPARISONS) for op in node.ops) else 0
    if isinstance(node, ast.BoolOp):
        parts = [_degree(each) for each in node.values]
        return max(parts) if all(parts) else 0
    if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
        places = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        return int(bool(places) and all(_degree(each) for each in places))
    return 0


def in_one_piece(node: ast.expr, scope: Scope, names: dict[str, Any], closure: Compute) -> Compute:
    """`closure`, and in its place the whole expression as one function once it has run often."""
    compiled: Callable[[Frame], Any] | None = None
    runs = misses = 0

    def compute(f: Frame) -> Any:
        nonlocal compiled, runs, misses
        if compiled is not None:
            made = compiled(f)
            if made is MISS:
                misses += 1
                if misses == MISSES:
                    compiled = None
            elif made is not LATER:
                return made
        elif runs < OFTEN:
            runs += 1
            if runs == OFTEN:
                compiled = _Writer(scope, names).function(node)
        return closure(f)

    return compute


class _Writer(ast.NodeTransformer):
    """Writes the function: look the names up, see that they are numbers, compute, see that the result may be kept."""

    def __init__(self, scope: Scope, names: dict[str, Any]) -> None:
        self.scope, self.names = scope, names
        self.owners: dict[str, str] = {}
        """Names of sequences, by the variable that holds them."""
        self.numbers: dict[str, str] = {}
        self.lookups: dict[str, str] = {}
        self.items = 0

    def function(self, node: ast.expr) -> Callable[[Frame], Any]:
        body = ast.unparse(self.visit(ast.parse(ast.unparse(node), mode="eval").body))
        numbers = " and ".join(f"type({v}) in NUMBERS" for v in self.numbers.values()) or "True"
        owners = " and ".join(f"type({v}) in SEQUENCES" for v in self.owners.values())
        seen = " or ".join(f"type({v}) is ndarray" for v in self.owners.values())
        lines = [f"        {variable} = {where}" for variable, where in self.lookups.items()]
        source = "\n".join(
            [
                "def compiled(f):",
                "    try:",
                *lines,
                *([f"        if ({seen}) and traced():", "            return LATER"] if seen else []),
                f"        if {numbers}{' and ' + owners if owners else ''}:",
                f"            made = {body}",
                "            kind = type(made)",
                "            if kind is float or kind in NUMBERS and (kind is not int or -LIMIT < made < LIMIT):",
                "                return made",
                "    except Exception:",
                "        pass",
                "    return MISS",
            ]
        )
        known: dict[str, Any] = {
            "__builtins__": {"type": type, "float": float, "int": int, "Exception": Exception},
            "NUMBERS": _NUMBERS, "SEQUENCES": _SEQUENCES, "LIMIT": _LIMIT, "MISS": MISS, "LATER": LATER, "ndarray": np.ndarray, "names": self.names,
            "traced": _traced, "missed": _missed,
        }  # fmt: skip
        exec(compile(source, "<arithmetic>", "exec"), known)
        made: Callable[[Frame], Any] = known["compiled"]
        return made

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return ast.Name(self._variable(node.id, self.numbers), ast.Load())

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        assert isinstance(node.value, ast.Name)
        owner = self._variable(node.value.id, self.owners)
        place = self.visit(node.slice)
        self.items += 1
        item = f"item{self.items}"
        text = f"({item} if type(({item} := {owner}[{ast.unparse(place)}])) in NUMBERS else missed())"
        return ast.parse(text, mode="eval").body

    def _variable(self, name: str, kind: dict[str, str]) -> str:
        """The variable that holds the name's value; snippets' own names never appear in what is compiled."""
        depth = self.scope.find(name)
        where = f"names[{name!r}]" if depth is None else f"f{'.outer' * depth}.names[{name!r}]"
        variable = next((v for v, known in self.lookups.items() if known == where), None)
        if variable is None:
            variable = f"v{len(self.lookups)}"
            self.lookups[variable] = where
        kind[name] = variable
        return variable


def _traced() -> bool:
    recorder = running.recorder
    return recorder is not None and recorder.on


def _missed() -> Any:
    raise Missed
