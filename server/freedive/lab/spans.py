"""Where operations and what was passed to them stand in the source, so that a picture can be headed `4.9 * t ** 2`.

All of it comes from the syntax tree that the compiler left beside each operation; nothing is worked out while a snippet
runs. Hands over to `explanations`.
"""

from __future__ import annotations

import ast

from freedive.lab.bodies import Cell
from freedive.lab.recorder import NO_CELL, LightRecord, Note, Record

Span = list[int]
Operand = ast.expr | list["Operand | None"] | None
"""The expression behind an argument; a list of them where the argument is written as a list."""


class Spans:
    """Spans of one source: line, column, end line, column after; from 1, in characters."""

    def __init__(self, source: str) -> None:
        self._lines = source.split("\n")
        self._known: dict[int, Span] = {}

    def of(self, node: ast.expr | ast.stmt) -> Span:
        found = self._known.get(id(node))
        if found is None:
            end = node.end_lineno or node.lineno
            found = [
                node.lineno,
                self.column(node.lineno, node.col_offset),
                end,
                self.column(end, node.end_col_offset or node.col_offset),
            ]
            self._known[id(node)] = found
        return found

    def column(self, line: int, offset: int) -> int:
        """A column from 1, in characters, of an offset in bytes of UTF-8, which is what Python's parser gives."""
        text = self._lines[line - 1] if 0 < line <= len(self._lines) else ""
        return offset + 1 if text.isascii() else len(text.encode()[:offset].decode(errors="ignore")) + 1

    def text(self, node: ast.expr) -> str:
        """The expression as written, if it stands on one line."""
        if isinstance(node, ast.Name):
            return node.id
        line, start, end, after = self.of(node)
        return self._lines[line - 1][start - 1 : after - 1] if line == end else ""

    def place(self, record: Record | LightRecord) -> tuple[int | None, Span | None, int | None]:
        """Line and span of the expression that called an operation, and which run of its statement that was."""
        at = caller(record.at)
        cell: Cell = getattr(at, "cell", NO_CELL)
        if at is None or cell.hidden:
            return None, None, None
        span = self.of(at)
        return span[0], span, record.run if cell.inner else None

    def operand(self, node: Operand, note: Note | None = None) -> Span | None:
        """The span of what was passed, unless it is a number or one of the names that the tensor has anyway."""
        if node is None or isinstance(node, list) or getattr(node, "cell", NO_CELL).hidden:
            return None
        if self.text(node) in note.names if note is not None else is_constant(node):
            return None
        return self.of(node)


def is_constant(node: ast.expr) -> bool:
    if isinstance(node, ast.UnaryOp):
        return is_constant(node.operand)
    return isinstance(node, ast.Constant)


def caller(at: ast.AST | None) -> ast.expr | ast.stmt | None:
    """The expression that stands for the operation; for `x[i] = y` the whole statement."""
    if isinstance(at, ast.Subscript | ast.Attribute) and isinstance(at.ctx, ast.Store):
        cell: Cell = getattr(at, "cell", NO_CELL)
        return cell.node if isinstance(cell.node, ast.Assign | ast.AnnAssign) else at
    return at if isinstance(at, ast.expr | ast.stmt) else None


def expressions(record: Record) -> list[Operand]:
    """Of each argument of an operation the expression in the snippet that gave it, where that is certain."""
    at, count = record.at, len(record.args)
    if isinstance(at, ast.Call):
        return _of_call(record, at)
    found: list[Operand] = []
    if isinstance(at, ast.BinOp):
        found = [at.left, at.right]
    elif isinstance(at, ast.Compare) and len(at.ops) == 1:
        found = [at.left, at.comparators[0]]
    elif isinstance(at, ast.UnaryOp):
        found = [at.operand]
    elif isinstance(at, ast.AugAssign):
        found = [at.target, at.value]
        if isinstance(at.target, ast.Subscript) and record.op.name in ("getitem", "setitem"):
            found = [at.target.value, at.target.slice]
            if count == 3:
                found.append(None)
    elif isinstance(at, ast.Attribute):
        found = [at.value]
    elif isinstance(at, ast.Subscript):
        found = [at.value, at.slice]
        statement = caller(at)
        if isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value is not None:
            found.append(statement.value)
    return found if len(found) == count else []


def _of_call(record: Record, at: ast.Call) -> list[Operand]:
    if any(isinstance(each, ast.Starred) for each in at.args):
        return []
    written: list[ast.expr] = list(at.args)
    has_owner = record.owner and isinstance(at.func, ast.Attribute)
    if has_owner and isinstance(at.func, ast.Attribute):
        written.insert(0, at.func.value)
    return [_items(written[place]) if 0 <= place < len(written) else None for place in record.places]


def _items(node: ast.expr) -> Operand:
    if isinstance(node, ast.List | ast.Tuple):
        return [None if isinstance(each, ast.Starred) else _items(each) for each in node.elts]
    return node


def keywords(record: Record) -> dict[str, Operand]:
    """The same of arguments that were named."""
    if not isinstance(record.at, ast.Call):
        return {}
    return {word.arg: _items(word.value) for word in record.at.keywords if word.arg is not None}
