"""Source to an allowed syntax tree; refusals carry line, column and a hint. Hands over to `statements`.

Pasted transcripts are mended first, by `mending`.
"""

from __future__ import annotations

import ast
import re
import warnings
from typing import NamedTuple

from freedive.lab.mangling import mangle
from freedive.lab.mending import Mend, mend
from freedive.lab.problems import Refused
from freedive.lab.syntax import check

LONGEST = 16_000
MOST_BRACKETS = 50
MOST_UNARY = 50


class Parsed(NamedTuple):
    """A snippet ready to run."""

    tree: ast.Module
    source: str
    """The source that was parsed, after mending."""
    mended: list[Mend]


def parse(source: str) -> Parsed:
    """Parse and check a snippet.

    Raises:
        SyntaxError: Python's own, with line and column.
        Refused: syntax that the lab does not offer.
    """
    if len(source) > LONGEST:
        raise Refused(f"the snippet has {len(source):,} characters, {LONGEST:,} are allowed", 1, 1)
    if "\0" in source:
        raise Refused("the snippet contains a NUL character", 1, 1)
    source, mended = mend(source)
    _guard(source)
    try:
        tree = ast.parse(source)
    except (RecursionError, MemoryError):
        raise Refused("the snippet is nested too deeply to be parsed", 1, 1) from None
    except ValueError as error:
        raise Refused(f"the snippet cannot be parsed: {error}", 1, 1) from None
    check(tree)
    _compile(tree)
    if "class" in source:  # else a walk through the tree for nothing
        mangle(tree)
    return Parsed(tree, source, mended)


def _compile(tree: ast.Module) -> None:
    """Python's own rules beyond grammar, in its own words: `break` outside a loop, `nonlocal` of nothing.

    The code is thrown away; the tree has been found small and flat enough for the compiler.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        compile(tree, "<snippet>", "exec", dont_inherit=True)


def parse_expression(source: str) -> ast.expr:
    """Parse one expression, such as a watch."""
    if len(source) > LONGEST:
        raise Refused("the expression is too long", 1, 1)
    _guard(source)
    try:
        tree = ast.parse(source.strip(), mode="eval")
    except (RecursionError, MemoryError):
        raise Refused("the expression is nested too deeply to be parsed", 1, 1) from None
    check(tree)
    return tree.body


_OPENERS = re.compile(r"'''(?:\\.|[^\\])*?'''|\"\"\"(?:\\.|[^\\])*?\"\"\"|'(?:\\.|[^\\'\n])*'|\"(?:\\.|[^\\\"\n])*\"|#[^\n]*|[(\[{]|[)\]}]", re.S)  # fmt: skip


def _guard(source: str) -> None:
    """Refuse what could exhaust the parser itself: brackets and unary operators without end."""
    depth = 0
    for found in _OPENERS.finditer(source):
        token = found.group()
        if token in "([{":
            depth += 1
            if depth > MOST_BRACKETS:
                line = source.count("\n", 0, found.start()) + 1
                raise Refused(f"more than {MOST_BRACKETS} brackets inside each other", line, 1)
        elif token in ")]}":
            depth = max(0, depth - 1)
    if re.search(
        rf"(?:[-+~]\s*){{{MOST_UNARY}}}|(?:\bnot\s+){{{MOST_UNARY}}}|(?:\blambda\s*:\s*){{{MOST_UNARY}}}",
        source,
    ):
        raise Refused(f"more than {MOST_UNARY} operators in front of one value", 1, 1)
