"""Which names a function, class or comprehension owns, worked out before anything runs, as Python does."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any


class Frame:
    """The names of one call; `outer` is the frame that the function was defined in."""

    __slots__ = ("names", "outer", "owner", "self")

    def __init__(
        self, names: dict[str, Any], outer: Frame | None, owner: Any = None, self_: Any = None
    ) -> None:
        self.names = names
        self.outer = outer
        self.owner = owner
        """The class whose method this is; for `super()`."""
        self.self = self_


class Scope:
    """The static side of a frame."""

    def __init__(self, kind: str, outer: Scope | None, names: set[str]) -> None:
        self.kind = kind  # module, function, class, comprehension
        self.outer = outer
        self.names = names
        self.globals: set[str] = set()
        self.nonlocals: set[str] = set()

    def find(self, name: str) -> int | None:
        """How many frames out the name lives; None for the module's names."""
        if name in self.globals or self.kind == "module":
            return None
        scope: Scope | None = self
        depth = 0
        while scope is not None and scope.kind != "module":
            skipped = scope.kind == "class" and scope is not self
            if not skipped and name in scope.names and not (scope is self and name in self.nonlocals):
                return None if name in scope.globals else depth
            scope = scope.outer
            depth += 1
        return None


def scope_of(node: ast.FunctionDef | ast.Lambda | ast.ClassDef, outer: Scope) -> Scope:
    kind = "class" if isinstance(node, ast.ClassDef) else "function"
    scope = Scope(kind, outer, set())
    if not isinstance(node, ast.ClassDef):
        a = node.args
        for arg in [
            *a.posonlyargs,
            *a.args,
            *a.kwonlyargs,
            *([a.vararg] if a.vararg else []),
            *([a.kwarg] if a.kwarg else []),
        ]:
            scope.names.add(arg.arg)
    body = [node.body] if isinstance(node, ast.Lambda) else node.body
    for inner in _own(body):
        if isinstance(inner, ast.Global):
            scope.globals.update(inner.names)
        elif isinstance(inner, ast.Nonlocal):
            scope.nonlocals.update(inner.names)
        else:
            scope.names.update(bound_names(inner))
    scope.names -= scope.globals | scope.nonlocals
    return scope


def comprehension_scope(generators: list[ast.comprehension], outer: Scope) -> Scope:
    names = {n.id for g in generators for n in ast.walk(g.target) if isinstance(n, ast.Name)}
    return Scope("comprehension", outer, names)


def bound_names(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store | ast.Del):
        yield node.id
    elif isinstance(node, ast.FunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.alias):
        yield node.asname or node.name.split(".")[0]
    elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
        yield node.name
    elif isinstance(node, ast.MatchMapping) and node.rest:
        yield node.rest


def _own(body: list[Any]) -> Iterator[ast.AST]:
    """All nodes of a body except those inside functions, classes and comprehensions of its own."""
    stack: list[ast.AST] = list(body)
    while stack:
        node = stack.pop()
        yield node
        if isinstance(node, ast.FunctionDef):
            stack += [*node.decorator_list, *node.args.defaults, *(d for d in node.args.kw_defaults if d)]
        elif isinstance(node, ast.ClassDef):
            stack += [*node.decorator_list, *node.bases]
        elif isinstance(node, ast.Lambda):
            stack += node.args.defaults
        elif isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
            stack += [node.generators[0].iter, *_walrus(node)]
        else:
            stack += list(ast.iter_child_nodes(node))


def _walrus(node: ast.AST) -> Iterator[ast.Name]:
    """Names that `:=` inside a comprehension binds: they belong to the function around it."""
    stack = list(ast.iter_child_nodes(node))
    while stack:
        each = stack.pop()
        if isinstance(each, ast.NamedExpr):
            yield each.target
        if not isinstance(each, ast.Lambda):
            stack += list(ast.iter_child_nodes(each))


def has_yield(body: list[ast.stmt]) -> bool:
    return any(isinstance(node, ast.Yield | ast.YieldFrom) for node in _own(body))
