"""Source to an allowed syntax tree; refusals carry line, column and a hint. Hands over to `statements`.

Pasted transcripts are mended first, by `mending`.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

from freedive.lab.mending import Mend, mend
from freedive.lab.problems import Refused

LONGEST = 16_000
DEEPEST = 90
MOST_NODES = 6_000
MOST_BRACKETS = 50
MOST_UNARY = 50

DUNDERS = frozenset({"__init__", "__name__", "__version__", "_version"})
"""The only double-underscore attributes; what each gives is decided by the owner's kind."""

METHODS = frozenset(
    {
        "__init__", "__call__", "__len__", "__getitem__", "__setitem__", "__iter__", "__next__", "__contains__",
        "__repr__", "__str__", "__enter__", "__exit__", "__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__",
        "__add__", "__radd__", "__sub__", "__rsub__", "__mul__", "__rmul__", "__truediv__", "__rtruediv__",
        "__floordiv__", "__mod__", "__pow__", "__rpow__", "__matmul__", "__neg__", "__bool__", "__iadd__",
    }
)  # fmt: skip
"""Double-underscore methods that a class may define."""

_NODES = (
    ast.Module, ast.Expression, ast.Expr, ast.Assign, ast.AugAssign, ast.AnnAssign, ast.If, ast.For, ast.While,
    ast.Break, ast.Continue, ast.Pass, ast.FunctionDef, ast.Return, ast.ClassDef, ast.Import, ast.ImportFrom,
    ast.With, ast.Try, ast.Raise, ast.Assert, ast.Delete, ast.Global, ast.Nonlocal, ast.ExceptHandler,
    ast.BoolOp, ast.BinOp, ast.UnaryOp, ast.Lambda, ast.IfExp, ast.Dict, ast.Set, ast.ListComp, ast.SetComp,
    ast.DictComp, ast.GeneratorExp, ast.Compare, ast.Call, ast.FormattedValue, ast.JoinedStr, ast.Constant,
    ast.Attribute, ast.Subscript, ast.Starred, ast.Name, ast.List, ast.Tuple, ast.Slice, ast.Yield, ast.YieldFrom,
    ast.comprehension, ast.arguments, ast.arg, ast.keyword, ast.alias, ast.withitem,
    ast.expr_context, ast.boolop, ast.operator, ast.unaryop, ast.cmpop,
)  # fmt: skip

_WHY = {
    ast.NamedExpr: ("':=' is not offered", "assign on a line of its own"),
    ast.AsyncFunctionDef: ("'async' is not offered", "nothing in the lab waits; write a plain def"),
    ast.AsyncWith: ("'async' is not offered", "write a plain with"),
    ast.AsyncFor: ("'async' is not offered", "write a plain for"),
    ast.Await: ("'await' is not offered", "nothing in the lab waits"),
    ast.Match: ("'match' is not offered", "use if and elif"),
}

_FORMAT_SPEC = re.compile(r"[^{}]?[<>^=]?[+\- ]?z?#?0?\d{0,3}[,_]?(\.\d{1,2})?[a-zA-Z%]?")

DECORATORS = frozenset(
    {
        "staticmethod", "classmethod", "property", "tf.function", "torch.no_grad", "torch.inference_mode",
        "torch.enable_grad", "torch.jit.ignore", "tensorflow.function", "function", "no_grad", "dataclass",
    }
)  # fmt: skip


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


def _plain_name(name: str, node: ast.AST) -> None:
    if name.startswith("_") and name != "_":
        _refuse(node, f"the name '{name}' is not offered: names may not begin with an underscore")


def _on_name(node: ast.Name, where: str) -> None:
    if node.id == "__class__" or (node.id.startswith("_") and node.id != "_"):
        _plain_name(node.id, node)


def _on_arg(node: ast.arg, where: str) -> None:
    _plain_name(node.arg, node)


def _on_attribute(node: ast.Attribute, where: str) -> None:
    name = node.attr
    if name == "__name__" and isinstance(node.value, ast.Attribute) and node.value.attr == "__class__":
        # the one use of __class__ that course code makes: the class's name, which type(x) tells as well
        place = node.value
        called = ast.copy_location(
            ast.Call(ast.copy_location(ast.Name("type", ast.Load()), place), [place.value], []), place
        )
        node.value = called
    if not name.startswith("_") or name in DUNDERS:
        return
    own = isinstance(node.value, ast.Name) and node.value.id == "self" and not name.startswith("__")
    if not own:
        _refuse(node, f"the attribute '{name}' is not offered: names may not begin with an underscore")


def _on_keyword(node: ast.keyword, where: str) -> None:
    if node.arg is not None:
        _plain_name(node.arg, node)


def _on_alias(node: ast.alias, where: str) -> None:
    if node.name == "*":
        _refuse(node, "'import *' is not offered", "import the names that you use")
    if node.asname:
        _plain_name(node.asname, node)


def _on_from(node: ast.ImportFrom, where: str) -> None:
    if node.level or not node.module:
        _refuse(node, "relative imports are not offered: a snippet is not inside a package")


def _on_function(node: ast.FunctionDef, where: str) -> None:
    if node.name.startswith("_") and not (
        where == "class" and (node.name in METHODS or node.name[:2] != "__")
    ):
        _refuse(
            node, f"the function name '{node.name}' is not offered: names may not begin with an underscore"
        )
    for decorator in node.decorator_list:
        named = decorator.func if isinstance(decorator, ast.Call) else decorator
        if ast.unparse(named) not in DECORATORS and not (
            isinstance(named, ast.Attribute) and named.attr == "setter"
        ):
            _refuse(decorator, f"the decorator '@{ast.unparse(named)[:40]}' is not offered")


def _on_arguments(node: ast.arguments, where: str) -> None:
    if node.posonlyargs:
        _refuse(node.posonlyargs[0], "'/' in a parameter list is not offered")
    named = node.args or node.kwonlyargs
    for star in (node.vararg, node.kwarg):
        if star is not None and not named:
            _refuse(
                star,
                "a function that takes nothing but *args or **kwargs is not offered",
                "name its parameters",
            )


def _on_constant(node: ast.Constant, where: str) -> None:
    if isinstance(node.value, bytes | complex):
        _refuse(node, f"{type(node.value).__name__} constants are not offered")


def _on_formatted(node: ast.FormattedValue, where: str) -> None:
    if node.format_spec is None:
        return
    parts = node.format_spec.values if isinstance(node.format_spec, ast.JoinedStr) else []
    if not all(isinstance(part, ast.Constant) for part in parts):
        _refuse(
            node, "a format with parts worked out at run time is not offered", "write the width as a number"
        )
    spec = "".join(str(part.value) for part in parts if isinstance(part, ast.Constant))
    if not _FORMAT_SPEC.fullmatch(spec):
        _refuse(node, f"the format ':{spec[:40]}' is not offered", "width up to 999, precision up to 99")


def _on_call(node: ast.Call, where: str) -> None:
    """`", ".join(names)` is measured at run time; `join` of texts that stand there builds what could be written."""
    joined = isinstance(node.func, ast.Attribute) and node.func.attr == "join"
    written = node.args and isinstance(node.args[0], ast.List | ast.Tuple)
    if joined and written and all(isinstance(item, ast.Constant) for item in node.args[0].elts):  # type: ignore[attr-defined]
        _refuse(node, "'join' of texts that are written out is not offered", "write them as one text")


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
    if node.keywords:
        _refuse(node, "keywords in a class head are not offered")
    for decorator in node.decorator_list:
        _refuse(decorator, "decorators of classes are not offered")


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
    ast.If: _on_if,
    ast.arg: _on_arg,
    ast.Attribute: _on_attribute,
    ast.keyword: _on_keyword,
    ast.alias: _on_alias,
    ast.ImportFrom: _on_from,
    ast.FunctionDef: _on_function,
    ast.arguments: _on_arguments,
    ast.Call: _on_call,
    ast.Constant: _on_constant,
    ast.FormattedValue: _on_formatted,
    ast.ExceptHandler: _on_handler,
    ast.ClassDef: _on_class,
    ast.Yield: _on_yield,
    ast.YieldFrom: _on_yield,
    ast.Return: _on_return,
    ast.Global: _on_names,
    ast.Nonlocal: _on_names,
}
