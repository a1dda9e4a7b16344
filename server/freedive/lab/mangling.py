"""Names with two underscores inside a class, as Python keeps them: `__pin` of class Account is `_Account__pin`."""

from __future__ import annotations

import ast


def mangle(tree: ast.AST) -> None:
    """Rename in place; what stands outside of classes stays."""
    stack: list[tuple[ast.AST, str]] = [(tree, "")]
    while stack:
        node, owner = stack.pop()
        if owner:
            _rename(node, owner)
        inner = (node.name.lstrip("_") or owner) if isinstance(node, ast.ClassDef) else owner
        heads = [*node.bases, *node.decorator_list] if isinstance(node, ast.ClassDef) else []
        for child in ast.iter_child_nodes(node):
            stack.append((child, owner if child in heads else inner))


def _rename(node: ast.AST, owner: str) -> None:
    for field in ("attr", "id", "arg", "name"):
        name = getattr(node, field, None)
        if isinstance(name, str) and name.startswith("__") and len(name) > 2 and not name.endswith("__"):
            setattr(node, field, f"_{owner}{name}")
