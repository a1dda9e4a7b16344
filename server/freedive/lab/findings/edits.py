"""Mends that are simple enough to be made for the person: pieces of text with the place where they go."""

from __future__ import annotations

import ast
import copy

from freedive.lab.findings.evidence import Any_Record, Evidence
from freedive.lab.findings.finding import Edit
from freedive.lab.notes import Record
from freedive.lab.spans import expressions


def instead(run: Evidence, node: ast.expr | ast.stmt, text: str) -> Edit:
    """`text` in place of an expression or a statement."""
    line, column, end, after = run.spans.of(node)
    return Edit((line, column, end, after), text)


def before(run: Evidence, node: ast.stmt, text: str) -> Edit:
    """A line of its own before a statement, as far in as that one."""
    line, column, _, _ = run.spans.of(node)
    return Edit((line, column, line, column), f"{text}\n{' ' * (column - 1)}")


def behind(run: Evidence, node: ast.stmt, text: str) -> Edit:
    """A line of its own after a statement, as far in as that one."""
    _, column, end, after = run.spans.of(node)
    return Edit((end, after, end, after), f"\n{' ' * (column - 1)}{text}")


def added(run: Evidence, call: ast.Call, argument: str) -> Edit:
    """One more argument at the end of a call."""
    _, _, line, after = run.spans.of(call)
    given = call.args or call.keywords
    return Edit((line, after - 1, line, after - 1), f", {argument}" if given else argument)


def argument(record: Any_Record, place: int) -> ast.expr | None:
    """The expression that a tensor was passed as, if it stands on one line."""
    nodes = expressions(record) if isinstance(record, Record) else []
    node = nodes[place] if place < len(nodes) else None
    return node if isinstance(node, ast.expr) and node.lineno == node.end_lineno else None


def followed(run: Evidence, record: Any_Record, place: int, tail: str) -> Edit | None:
    """An argument with a method called on it: `y` as `y.long()`."""
    node = argument(record, place)
    text = run.spans.text(node) if node is not None else ""
    if node is None or not text:
        return None
    simple = isinstance(node, ast.Name | ast.Attribute | ast.Call | ast.Subscript)
    return instead(run, node, f"{text}{tail}" if simple else f"({text}){tail}")


def without(run: Evidence, call: ast.Call, keyword: str) -> Edit:
    """A call without one of its named arguments."""
    made = copy.copy(call)
    made.keywords = [each for each in call.keywords if each.arg != keyword]
    return instead(run, call, ast.unparse(made))
