"""What belongs to the language: which syntax nodes, names and attributes a snippet may hold. `parser` asks before anything runs."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from typing import Any

from freedive.lab.problems import Refused

DEEPEST = 90
MOST_NODES = 6_000

DUNDERS = frozenset({"__init__", "__name__", "__doc__", "__version__", "_version"})
"""Attributes with underscores that any value may be asked for; what each gives is decided by the owner's kind."""

OWN = frozenset({"__dict__", "__class__"})
"""Double-underscore attributes that only objects and classes of the snippet have."""

METHODS = frozenset(
    {
        "__new__", "__init__", "__post_init__", "__call__", "__len__", "__getitem__", "__setitem__", "__delitem__", "__iter__",
        "__next__", "__contains__", "__reversed__", "__repr__", "__str__", "__format__", "__enter__", "__exit__",
        "__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__hash__", "__bool__", "__int__", "__float__",
        "__index__", "__round__", "__trunc__", "__floor__", "__ceil__", "__abs__", "__neg__", "__pos__", "__invert__",
        "__getattr__", "__setattr__", "__delattr__", "__missing__", "__divmod__", "__rdivmod__",
        *(f"__{side}{name}__" for side in ("", "r", "i") for name in (
            "add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "and", "or", "xor", "lshift", "rshift")),
    }
)  # fmt: skip
"""Double-underscore methods that a class may define, and that its objects may be asked for."""

_NODES = (
    ast.Module, ast.Expression, ast.Expr, ast.Assign, ast.AugAssign, ast.AnnAssign, ast.If, ast.For, ast.While,
    ast.Break, ast.Continue, ast.Pass, ast.FunctionDef, ast.Return, ast.ClassDef, ast.Import, ast.ImportFrom,
    ast.With, ast.Try, ast.Raise, ast.Assert, ast.Delete, ast.Global, ast.Nonlocal, ast.ExceptHandler,
    ast.BoolOp, ast.BinOp, ast.UnaryOp, ast.Lambda, ast.IfExp, ast.Dict, ast.Set, ast.ListComp, ast.SetComp,
    ast.DictComp, ast.GeneratorExp, ast.Compare, ast.Call, ast.FormattedValue, ast.JoinedStr, ast.Constant,
    ast.NamedExpr, ast.Match, ast.match_case, ast.pattern,
    ast.Attribute, ast.Subscript, ast.Starred, ast.Name, ast.List, ast.Tuple, ast.Slice, ast.Yield, ast.YieldFrom,
    ast.comprehension, ast.arguments, ast.arg, ast.keyword, ast.alias, ast.withitem,
    ast.expr_context, ast.boolop, ast.operator, ast.unaryop, ast.cmpop,
)  # fmt: skip

_WHY = {
    ast.AsyncFunctionDef: ("'async' is not offered", "nothing in the lab waits; write a plain def"),
    ast.AsyncWith: ("'async' is not offered", "write a plain with"),
    ast.AsyncFor: ("'async' is not offered", "write a plain for"),
    ast.Await: ("'await' is not offered", "nothing in the lab waits"),
}

_FORMAT_SPEC = re.compile(
    r"(?:[^{}]?[<>^=])?[+\- ]?z?#?0?\d{0,3}[,_]?(\.\d{1,2})?[a-zA-Z%]?|%[a-zA-Z](?:%[a-zA-Z]|[ :./,-]){0,40}"
)


def check(tree: ast.AST) -> None:
    """Walk the tree once, without recursion, and refuse what is outside the language."""
    count = 0
    stack: list[tuple[ast.AST, int, str]] = [(tree, 0, "module")]
    while stack:
        node, depth, where = stack.pop()
        count += 1
        if count > MOST_NODES:
            raise Refused(f"the snippet has more than {MOST_NODES:,} syntax nodes", 1, 1)
        if depth > DEEPEST:
            _refuse(node, f"the snippet is nested deeper than {DEEPEST} levels")
        if not isinstance(node, _NODES):
            what, hint = _WHY.get(type(node), (f"'{type(node).__name__}' is not offered in the lab", None))
            _refuse(node, what, hint)
        rule = _RULES.get(type(node))
        if rule is not None:
            rule(node, where)
        inner = where
        if isinstance(node, ast.FunctionDef | ast.Lambda):
            inner = "method" if where == "class" else "function"
        elif isinstance(node, ast.ClassDef):
            inner = "class"
        # an elif chain is flat to a reader, so it must not count as depth
        for field, child in ast.iter_fields(node):
            flat = field == "orelse" and isinstance(node, ast.If)
            for each in child if isinstance(child, list) else (child,):
                if isinstance(each, ast.AST):
                    stack.append((each, depth + (0 if flat else 1), inner))


def _refuse(node: ast.AST, message: str, hint: str | None = None) -> None:
    line = getattr(node, "lineno", None)
    column = getattr(node, "col_offset", None)
    raise Refused(message, line, None if column is None else column + 1, hint)


_PRIVATE = re.compile(r"_|__|_[^\W_](?:\w*[^\W_])?")


def _plain_name(name: str, node: ast.AST) -> None:
    """`_`, `__` and `_name` are names as any other; what begins or ends with more underscores is Python's own."""
    if name.startswith("_") and not _PRIVATE.fullmatch(name):
        _refuse(node, f"the name '{name}' is not offered: names may not begin with two underscores")


def _on_name(node: ast.Name, where: str) -> None:
    if where != "class" or node.id not in METHODS:  # __rmul__ = __mul__
        _plain_name(node.id, node)


def _on_arg(node: ast.arg, where: str) -> None:
    _plain_name(node.arg, node)


def _on_attribute(node: ast.Attribute, where: str) -> None:
    """An attribute that begins with an underscore: which values have it is asked when the snippet runs."""
    name, owner = node.attr, node.value
    if name == "__name__" and isinstance(owner, ast.Attribute) and owner.attr == "__class__":
        node.value = _type_of(owner)  # the commonest use of __class__, offered for every value
    reserved = name.startswith("__") and name.endswith("__")
    if reserved and not isinstance(node.ctx, ast.Load):
        _refuse(node, f"the attribute '{name}' cannot be set or deleted: it is Python's own")
    if reserved and name not in DUNDERS and name not in OWN and name not in METHODS:
        _refuse(node, f"the attribute '{name}' is not offered: it is Python's own")


def _type_of(node: ast.Attribute) -> ast.Call:
    """`x.__class__` as `type(x)`, which tells the same."""
    return ast.copy_location(
        ast.Call(ast.copy_location(ast.Name("type", ast.Load()), node), [node.value], []), node
    )


def _on_keyword(node: ast.keyword, where: str) -> None:
    if node.arg is not None and node.arg.startswith("_"):
        _refuse(node, f"the keyword '{node.arg}' is not offered: keywords may not begin with an underscore")


def _on_alias(node: ast.alias, where: str) -> None:
    if node.asname:
        _plain_name(node.asname, node)


def _on_from(node: ast.ImportFrom, where: str) -> None:
    if node.level or not node.module:
        _refuse(node, "relative imports are not offered: a snippet is not inside a package")


def _on_function(node: ast.FunctionDef, where: str) -> None:
    name = node.name
    if where == "class" and (name in METHODS or not (name.startswith("__") and name.endswith("__"))):
        return  # also what a notebook asks for, such as _repr_html_
    _plain_name(name, node)


def _on_decorator(node: ast.expr) -> None:
    """What a decorator gives is looked at when the snippet runs; here only its form."""
    named = node.func if isinstance(node, ast.Call) else node
    while isinstance(named, ast.Attribute):
        named = named.value
    if not isinstance(named, ast.Name):
        _refuse(
            node, f"the decorator '@{ast.unparse(node)[:40]}' is not offered", "give the decorator a name"
        )


def _on_definition(node: ast.FunctionDef, where: str) -> None:
    _on_function(node, where)
    for decorator in node.decorator_list:
        _on_decorator(decorator)


def _on_formatted(node: ast.FormattedValue, where: str) -> None:
    if node.format_spec is None:
        return
    parts = node.format_spec.values if isinstance(node.format_spec, ast.JoinedStr) else []
    for part in parts:
        if isinstance(part, ast.FormattedValue) and isinstance(part.value, ast.Constant):
            _refuse(node, "a number in braces inside a format is not offered", "write the width as it is")
    if all(isinstance(part, ast.Constant) for part in parts):
        check_format("".join(str(part.value) for part in parts if isinstance(part, ast.Constant)), node)


def check_format(spec: str, node: ast.AST | None = None) -> str:
    """The format after `:`; a width or precision that is too large to be shown is refused."""
    if not _FORMAT_SPEC.fullmatch(spec):
        _refuse(
            node or ast.Constant(None),
            f"the format ':{spec[:40]}' is not offered",
            "width up to 999, precision up to 99",
        )
    return spec


_UNSHOWN = frozenset({"Size", "Function", "version", "Generator", "setdefault", "delattr", "object", "join"})
"""Names that may be called, extended and passed on; shown by themselves they tell nothing."""


def _on_expression(node: ast.Expr, where: str) -> None:
    shown = node.value
    if isinstance(shown, ast.Call) and not shown.args and getattr(shown.func, "attr", "") == "Generator":
        shown = shown.func
    name = shown.attr if isinstance(shown, ast.Attribute) else getattr(shown, "id", "")
    if name in _UNSHOWN and isinstance(shown, ast.Attribute | ast.Name):
        _refuse(shown, f"'{name}' by itself is not offered", "use it in a call or an assignment")


def _on_if(node: ast.If, where: str) -> None:
    test = node.test
    if (
        isinstance(test, ast.Compare)
        and isinstance(test.left, ast.Name)
        and test.left.id == "__name__"
        and [type(op) for op in test.ops] == [ast.Eq]
        and getattr(test.comparators[0], "value", None) == "__main__"
    ):
        node.test = ast.copy_location(ast.Constant(True), test)  # a snippet is always the program itself


def _on_handler(node: ast.ExceptHandler, where: str) -> None:
    if node.name:
        _plain_name(node.name, node)


def _on_class(node: ast.ClassDef, where: str) -> None:
    _plain_name(node.name, node)
    for keyword in node.keywords:
        if (
            keyword.arg != "metaclass"
            or getattr(keyword.value, "attr", getattr(keyword.value, "id", "")) != "ABCMeta"
        ):
            _refuse(node, "keywords in a class head are not offered", "of metaclasses there is ABCMeta alone")
    for decorator in node.decorator_list:
        _on_decorator(decorator)


def _on_pattern(node: ast.MatchAs | ast.MatchStar, where: str) -> None:
    if node.name:
        _plain_name(node.name, node)


def _on_mapping_pattern(node: ast.MatchMapping, where: str) -> None:
    if node.rest:
        _plain_name(node.rest, node)


def _on_class_pattern(node: ast.MatchClass, where: str) -> None:
    for name in node.kwd_attrs:
        if name.startswith("_"):
            _refuse(node, f"the attribute '{name}' is not offered in a pattern")


def _on_yield(node: ast.AST, where: str) -> None:
    if where not in ("function", "method"):
        raise SyntaxError("'yield' outside function", ("<snippet>", node.lineno, node.col_offset + 1, None))  # type: ignore[attr-defined]


def _on_return(node: ast.Return, where: str) -> None:
    if where not in ("function", "method"):
        raise SyntaxError("'return' outside function", ("<snippet>", node.lineno, node.col_offset + 1, None))


def _on_names(node: ast.Global | ast.Nonlocal, where: str) -> None:
    for name in node.names:
        _plain_name(name, node)


_RULES: dict[type[ast.AST], Callable[[Any, str], None]] = {
    ast.Name: _on_name,
    ast.Expr: _on_expression,
    ast.MatchAs: _on_pattern,
    ast.MatchStar: _on_pattern,
    ast.MatchMapping: _on_mapping_pattern,
    ast.MatchClass: _on_class_pattern,
    ast.If: _on_if,
    ast.arg: _on_arg,
    ast.Attribute: _on_attribute,
    ast.keyword: _on_keyword,
    ast.alias: _on_alias,
    ast.ImportFrom: _on_from,
    ast.FunctionDef: _on_definition,
    ast.FormattedValue: _on_formatted,
    ast.ExceptHandler: _on_handler,
    ast.ClassDef: _on_class,
    ast.Yield: _on_yield,
    ast.YieldFrom: _on_yield,
    ast.Return: _on_return,
    ast.Global: _on_names,
    ast.Nonlocal: _on_names,
}
