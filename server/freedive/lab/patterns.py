"""`match`: patterns compiled to tests that collect what they bind. Hands over to `statements` for the bodies.

A class pattern asks types of the lab and classes of the snippet; attributes are read of the latter's objects only.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from freedive.lab.classes import Instance, UserClass
from freedive.lab.kinds import kind_of, type_name
from freedive.lab.operators import compare, truth
from freedive.lab.problems import Refused
from freedive.lab.running import running
from freedive.lab.scopes import Frame, Scope
from freedive.lab.types import is_instance

if TYPE_CHECKING:
    from freedive.lab.statements import Compiler

Bound = list[tuple[Callable[[Frame, Any], Any], Any]]
Test = Callable[[Frame, Any, Bound], bool]


class Cases:
    """All cases of one `match`; `choose` gives the index of the one that takes the value, its names bound."""

    def __init__(self, compiler: Compiler, node: ast.Match, scope: Scope) -> None:
        self.subject = compiler.expression(node.subject, scope)
        self.tests = [
            (
                pattern(compiler, case.pattern, scope),
                compiler.expression(case.guard, scope) if case.guard else None,
            )
            for case in node.cases
        ]

    def choose(self, f: Frame) -> int | None:
        value = self.subject(f)
        for index, (test, guard) in enumerate(self.tests):
            bound: Bound = []
            if not test(f, value, bound):
                continue
            for store, each in bound:
                store(f, each)
            if guard is None or truth(guard(f)):
                return index
        return None


def pattern(compiler: Compiler, node: ast.pattern, scope: Scope) -> Test:
    """One pattern as a test of a value."""
    if isinstance(node, ast.MatchValue):
        wanted = compiler.expression(node.value, scope)
        return lambda f, value, bound: truth(compare("eq", value, wanted(f)))
    if isinstance(node, ast.MatchSingleton):
        constant = node.value
        return lambda f, value, bound: value is constant
    if isinstance(node, ast.MatchOr):
        choices = [pattern(compiler, each, scope) for each in node.patterns]
        return lambda f, value, bound: any(choice(f, value, bound) for choice in choices)
    if isinstance(node, ast.MatchAs):
        inner = pattern(compiler, node.pattern, scope) if node.pattern else None
        return _bind(inner, _store(compiler, node.name, node, scope))
    if isinstance(node, ast.MatchSequence):
        return _sequence(compiler, node, scope)
    if isinstance(node, ast.MatchMapping):
        return _mapping(compiler, node, scope)
    if isinstance(node, ast.MatchClass):
        return _class(compiler, node, scope)
    raise Refused("this pattern is not offered", getattr(node, "lineno", None))


def _store(compiler: Compiler, name: str | None, node: ast.pattern, scope: Scope) -> Any:
    if name is None:
        return None
    return compiler.target(ast.copy_location(ast.Name(name, ast.Store()), node), scope)


def _bind(inner: Test | None, store: Any) -> Test:
    def test(f: Frame, value: Any, bound: Bound) -> bool:
        if inner is not None and not inner(f, value, bound):
            return False
        if store is not None:
            bound.append((store, value))
        return True

    return test


def _sequence(compiler: Compiler, node: ast.MatchSequence, scope: Scope) -> Test:
    star = next((i for i, each in enumerate(node.patterns) if isinstance(each, ast.MatchStar)), None)
    parts = [None if i == star else pattern(compiler, each, scope) for i, each in enumerate(node.patterns)]
    rest = None
    if star is not None:
        starred = node.patterns[star]
        rest = _store(compiler, getattr(starred, "name", None), starred, scope)

    def test(f: Frame, value: Any, bound: Bound) -> bool:
        if not isinstance(value, list | tuple | range):
            return False
        after = 0 if star is None else len(parts) - star - 1
        if len(value) != len(parts) if star is None else len(value) < len(parts) - 1:
            return False
        end = len(value) - after
        items = list(value) if star is None else [*value[:star], None, *value[end:]]
        for part, item in zip(parts, items, strict=True):
            running.meter.step()
            if part is not None and not part(f, item, bound):
                return False
        if rest is not None:
            bound.append((rest, list(value[star:end])))
        return True

    return test


def _mapping(compiler: Compiler, node: ast.MatchMapping, scope: Scope) -> Test:
    keys = [compiler.expression(key, scope) for key in node.keys]
    parts = [pattern(compiler, each, scope) for each in node.patterns]
    rest = _store(compiler, node.rest, node, scope)

    def test(f: Frame, value: Any, bound: Bound) -> bool:
        if not isinstance(value, dict):
            return False
        left = dict(value)
        for key, part in zip(keys, parts, strict=True):
            wanted = key(f)
            if wanted not in left or not part(f, left.pop(wanted), bound):
                return False
        if rest is not None:
            bound.append((rest, left))
        return True

    return test


def _class(compiler: Compiler, node: ast.MatchClass, scope: Scope) -> Test:
    wanted = compiler.expression(node.cls, scope)
    places = [pattern(compiler, each, scope) for each in node.patterns]
    named = [
        (name, pattern(compiler, each, scope))
        for name, each in zip(node.kwd_attrs, node.kwd_patterns, strict=True)
    ]

    def test(f: Frame, value: Any, bound: Bound) -> bool:
        cls = wanted(f)
        running.at = node
        if named and not isinstance(cls, UserClass):
            raise Refused("attributes in a class pattern are offered for classes of the snippet")
        if not is_instance(value, cls):
            return False
        parts = list(named)
        if places and isinstance(cls, UserClass):
            fields = list(cls.annotations)
            if len(places) > len(fields):
                raise TypeError(
                    f"{cls.name}() accepts {len(fields)} positional sub-patterns ({len(places)} given)"
                )
            parts = [*zip(fields, places, strict=False), *named]
        elif places:
            return len(places) == 1 and places[0](f, value, bound)
        if parts and not isinstance(value, Instance):
            raise Refused(f"attributes of a '{type_name(value)}' in a pattern are not offered")
        return all(
            name in value.fields and part(f, kind_of(value).getattr(value, name), bound)
            for name, part in parts
        )

    return test
