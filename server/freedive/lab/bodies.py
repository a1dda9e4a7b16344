"""Statements in the bodies of others (with, for, if, def, class): how often each ran, and what it gave when it last did.

`statements` leaves one reference per statement here while it runs; `interpreter` asks for the values when a top-level
statement is over. So a loop pays one store per turn, and nothing is encoded that the next turn replaces; a tensor that was
changed in place after its statement, and before the top-level one ended, is told with its new numbers.
"""

from __future__ import annotations

import ast
import weakref
from typing import Any

from freedive.lab.budget import LimitReached
from freedive.lab.values import Encoder

NOTHING = object()
MOST = 400
"""Statements that are told, at most."""
NUMBERS = 12_000
"""Numbers sent for all of them together."""
LARGEST, ROOM = 24_000, 320_000
"""About how many characters one value may take, and all of them together."""
TOLD = (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Expr, ast.Return)


class Cell:
    """One statement as it runs. `last` is what it gave, or a weak reference to that, or NOTHING."""

    __slots__ = (
        "closed",
        "encoded",
        "hidden",
        "inner",
        "last",
        "node",
        "numbers",
        "runs",
        "size",
        "statement",
        "told",
    )

    def __init__(self, node: ast.stmt, inner: bool, hidden: bool) -> None:
        self.node = node
        self.inner = inner
        """Stands in the body of another statement."""
        self.hidden = hidden
        """Belongs to the setup: its lines are not the snippet's."""
        self.runs = 0
        """How often it has run to its end."""
        self.last: Any = NOTHING
        self.told = 0
        self.statement = 0
        self.encoded: dict[str, Any] | None = None
        self.numbers = self.size = 0
        """What its value took of the budget."""
        self.closed = (0, 0)
        """The recorder's mark: which last turn of a loop it saw it in, and in which run."""


class Bodies:
    """All inner statements of one snippet."""

    def __init__(self, encoder: Encoder) -> None:
        self.cells: list[Cell] = []
        self._encoder = encoder
        self._encoder.left = min(self._encoder.left, NUMBERS)
        self._encoder.written = 16
        self._room = ROOM

    def add(self, cell: Cell) -> None:
        node = cell.node
        if not isinstance(node, TOLD) or len(self.cells) >= MOST:
            return
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            return  # a docstring
        self.cells.append(cell)

    def let_go(self) -> None:
        """Keep nothing alive any more that the snippet itself has given up; called as memory is used."""
        for cell in self.cells:
            last = cell.last
            if last is NOTHING or isinstance(last, int | float | str | weakref.ref):
                continue
            try:
                cell.last = weakref.ref(last)
            except TypeError:  # a list or the like
                cell.last = NOTHING

    def settle(self, statement: int) -> None:
        """Encode what the top-level statement that has just ended left behind."""
        for cell in self.cells:
            if cell.runs == cell.told:
                continue
            cell.told, cell.statement = cell.runs, statement
            value, cell.last = cell.last, NOTHING
            if isinstance(value, weakref.ref):
                value = value()
                if value is None:
                    value = NOTHING
            self._encoder.left += cell.numbers
            self._room += cell.size
            before = self._encoder.left
            cell.encoded = None if value is NOTHING else self._encode(value)
            cell.numbers = before - self._encoder.left
            cell.size = size_of(cell.encoded)
            if cell.size > min(self._room, LARGEST):
                cell.encoded, cell.size = None, 0
            self._room -= cell.size

    def _encode(self, value: Any) -> dict[str, Any] | None:
        try:
            return self._encoder.value(value)
        except (Exception, LimitReached):  # an object whose own `__repr__` fails
            return None

    def told(self) -> list[dict[str, Any]]:
        """`InnerStatement`s in the order of their lines."""
        ran = sorted((c for c in self.cells if c.told), key=lambda c: (c.node.lineno, c.node.col_offset))
        return [
            {
                "statement": cell.statement, "line": cell.node.lineno, "end_line": cell.node.end_lineno,
                "target": targets(cell.node), "value": cell.encoded, "runs": cell.told,
            }
            for cell in ran
        ]  # fmt: skip


def size_of(value: Any) -> int:
    """About how many characters a value takes as JSON; counted up to a little more than LARGEST."""
    size, rest = 0, [value]
    while rest and size <= LARGEST:
        each = rest.pop()
        if isinstance(each, str):
            size += len(each)
        elif isinstance(each, dict):
            size += 12 * len(each)
            rest += each.values()
        elif isinstance(each, list):
            rest += each
        else:
            size += 10
    return size


def targets(node: ast.stmt) -> list[str]:
    """What a statement assigns to, as written."""
    if isinstance(node, ast.Assign):
        return [target.id if isinstance(target, ast.Name) else ast.unparse(target) for target in node.targets]
    if isinstance(node, ast.AugAssign | ast.AnnAssign):
        return [ast.unparse(node.target)]
    return []
