"""What the server says to a person, read out of its source as xgettext reads it: templates with named holes.

`collect()` gives every sentence to `test_sentences.py`, which holds them against the Chinese lines of the page.
"""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

PACKAGE = Path(__file__).resolve().parent.parent / "server/freedive"

TERMINAL = ("cli/", "client.py", "settings.py", "jobs/database.py")
"""Only a terminal or a program reads what these say."""

Sink = tuple[str | None, ...]
"""The parameters that a person reads, by place; None where nobody does."""

SINKS: dict[str, Sink] = {
    "Refused": ("message", None, None, "hint"),
    "LimitReached": ("message",),
    "Mend": (None, "what"),
    "Problem": (),
    "ProblemDocument": (),
    "Logged": (),
    "Diagnosed": (),
    "Progress": (),
    "DeviceInfo": (),
    "Remark": (),
    "Finding": ("cause", "mend"),
    "store.report": ("what",),
}
NAMED = {"message", "hint", "what", "detail", "description"}
"""Keyword arguments of sinks that a person reads; `hint` and a `position` in words are read wherever they are given."""

PARTS = {"spend_flops": 1, "elements": 1, "items": 1, "_ask": 2}
"""Methods that put one of their arguments, by its place, into a sentence."""

PYTHON = {"AttributeError", "OSError", "RuntimeError", "TypeError", "ValueError", "InvalidArgument"}
OURS = re.compile(r"\bthe lab\b|\bhere\b")
"""The lab raises Python's and the libraries' errors in their own words, which stay; these words are ours."""

Function = ast.FunctionDef | ast.AsyncFunctionDef
SPEAKING = (
    ast.Call,
    ast.Assign,
    ast.AnnAssign,
    ast.Dict,
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
)
Comprehension = ast.DictComp | ast.GeneratorExp | ast.ListComp | ast.SetComp


class Sentence(NamedTuple):
    """One template and the place where it is said; a part stands only inside holes of others."""

    text: str
    place: str
    is_part: bool = False


class Unreadable(Exception):
    """An expression that is no template, or a hole without a name: give it to a variable first."""


def hole(node: ast.expr) -> str:
    """The name of what stands between two braces."""
    match node:
        case ast.Attribute(attr="__name__") | ast.Call(func=ast.Name(id="type_name" | "type")):
            return "type"
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name.strip("_").lower()
        case ast.Subscript(slice=ast.Constant(value=str(name))) if name.isidentifier():
            return name
        case ast.Call(func=ast.Name(id="len")):
            return "count"
        case ast.Call(func=ast.Name(id="getattr"), args=[value, *_]):
            return hole(value)
        case ast.GeneratorExp(generators=[ast.comprehension(iter=value)]) | ast.BoolOp(values=[value, *_]):
            return hole(value)
        case ast.Subscript(value=value) | ast.BinOp(left=value) | ast.UnaryOp(operand=value):
            return hole(value)
        case ast.Call(func=ast.Attribute(attr="join" | "ceil" | "unparse"), args=[value]):
            return hole(value)
        case ast.Call(func=ast.Attribute(value=value)):
            return hole(value)
        case ast.Call(
            func=ast.Name(id="map" | "sorted" | "list" | "tuple" | "set" | "str" | "int" | "max"), args=args
        ):
            return hole(args[-1])
        case ast.Call(func=ast.Name(id=name)):
            return name.strip("_")
    raise Unreadable(ast.unparse(node))


class Module:
    """One file: what is said in it, following local names, glued words and functions that pass words on."""

    def __init__(self, path: Path, package: Package) -> None:
        self.name = str(path.relative_to(PACKAGE))
        self.dotted = ".".join(("freedive", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(
            ".__init__"
        )
        self.tree = ast.parse(path.read_text())
        self.package = package
        self.found: list[Sentence] = []
        self.lost: list[str] = []
        self._open: set[str] = set()
        self._names: dict[ast.AST, dict[str, list[ast.expr]]] = {}
        self._scopes: dict[ast.AST, list[ast.AST]] = {}
        self._enclose(self.tree, [self.tree])
        self.speaking = [node for node in self._scopes if isinstance(node, SPEAKING)]
        self._imported = {
            alias.asname or alias.name: f"{node.module}.{alias.name}"
            for node in self._scopes
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
        }

    def _enclose(self, node: ast.AST, scopes: list[ast.AST]) -> None:
        for child in ast.iter_child_nodes(node):
            self._scopes[child] = scopes
            self._enclose(child, [child, *scopes] if isinstance(child, Function | Comprehension) else scopes)

    def read(self) -> None:
        """Find all sentences of the file."""
        self.found, self.lost = [], []
        for node in self.speaking:
            for value in self._said(node):
                try:
                    self._keep(value, self.texts(value))
                except Unreadable as why:
                    self.lost.append(f"{self.name}:{value.lineno}: {why}")

    def _keep(self, node: ast.expr, texts: Iterable[str], is_part: bool = False) -> None:
        self.found += [
            Sentence(text, f"{self.name}:{node.lineno}", is_part) for text in texts if is_said(text)
        ]

    def _said(self, node: ast.AST) -> Iterator[ast.expr]:
        """The expressions of a statement or call that a person reads."""
        part = self.name.partition("/")[0]
        match node:
            case ast.Call(func=ast.Name(id="ValueError"), args=[value, *_]) if part in (
                "protocol",
                "catalog",
            ):
                yield value  # pydantic tells it
            case ast.Call(func=ast.Name(id=name), args=[value, *_]) if part == "lab" and name in PYTHON:
                if OURS.search(ast.unparse(value)):
                    yield value
            case ast.Call(func=ast.Attribute(attr=name), args=args) if len(args) > PARTS.get(name, len(args)):
                self._keep(args[PARTS[name]], self.texts(args[PARTS[name]]), is_part=True)
            case ast.FunctionDef(name=name, args=ast.arguments(defaults=[value])) if name in PARTS:
                self._keep(value, self.texts(value), is_part=True)
            case ast.Call(func=ast.Name() | ast.Attribute() as called, args=args, keywords=keywords):
                name = called.id if isinstance(called, ast.Name) else called.attr
                whole = ast.unparse(called)
                sink = self.package.sinks.get(
                    whole if whole in SINKS else self._imported.get(name, f"{self.dotted}.{name}")
                )
                sink = self.package.sinks.get(name, ()) if sink is None else sink
                yield from (value for place, value in zip(sink, args, strict=False) if place)
                wanted = (NAMED if name in self.package.sinks else set()) | {"hint"} | set(sink)
                yield from (k.value for k in keywords if k.arg in wanted)
                words = (
                    k.value
                    for k in keywords
                    if k.arg == "position" and isinstance(k.value, ast.Constant | ast.JoinedStr)
                )
                yield from (value for value in words if " " in ast.unparse(value))
            case ast.Assign(targets=[ast.Attribute(attr="hint" | "trouble")], value=value):
                yield value
            case ast.Assign(targets=[ast.Subscript(slice=ast.Constant(value="hint"))], value=value):
                yield value
            case ast.AnnAssign(target=ast.Name(id="_HINTS"), value=ast.List(elts=rows)):
                for row in rows:  # filled by `format`, so the holes are in the text already
                    self._keep(row, [row.elts[1].value])  # type: ignore[attr-defined]
            case ast.Dict(keys=keys, values=values):
                named = {k.value: v for k, v in zip(keys, values, strict=True) if isinstance(k, ast.Constant)}
                if {"code", "message"} <= set(named):
                    yield named["message"]

    def texts(self, node: ast.expr) -> list[str]:
        """All templates that an expression can become; what was said elsewhere and is only told on gives none."""
        match node:
            case ast.Constant(value=str(text)):
                return [_escaped(text)]
            case ast.Constant() | ast.Attribute():
                return []
            case ast.JoinedStr(values=values):
                return _combined(list(self._parts(values)))
            case ast.BinOp(op=ast.Add(), left=left, right=right):
                return _combined([self.texts(each) or [f"{{{hole(each)}}}"] for each in (left, right)])
            case ast.IfExp(body=left, orelse=right):
                return [*self.texts(left), *self.texts(right)]
            case ast.BoolOp(values=values) | ast.Tuple(elts=values) | ast.Dict(values=values):
                return [text for each in values for text in self.texts(each)]
            case ast.Subscript(value=table, slice=index):
                return [] if isinstance(index, ast.Slice) else self._table(table)
            case ast.Call(func=ast.Attribute(attr="get", value=table), args=args):
                return [*self._table(table), *(text for each in args[1:] for text in self.texts(each))]
            case ast.Call(func=ast.Name(id="str"), args=[value]):
                return self.texts(value)
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
                return self.package.returned(name)
            case ast.Name(id=name):
                return self._named(name, node)
        raise Unreadable(ast.unparse(node))

    def _table(self, node: ast.expr) -> list[str]:
        rows = self._given(node.id, node) if isinstance(node, ast.Name) else [node]
        return [text for row in rows if isinstance(row, ast.Dict) for text in self.texts(row)]

    def _parts(self, values: Iterable[ast.expr]) -> Iterator[list[str]]:
        quoted = False
        for value in values:
            if isinstance(value, ast.FormattedValue):
                yield self._filled(value.value, quoted)
            elif isinstance(value, ast.Constant):
                quoted = str(value.value).endswith(("`", "'", '"'))
                yield [_escaped(str(value.value))]

    def _filled(self, node: ast.expr, quoted: bool) -> list[str]:
        """What a hole can hold: words that end or begin with a space are written in, whole words are said by themselves."""
        words = self.texts(node) if isinstance(node, ast.IfExp) and not quoted else []
        if isinstance(node, ast.Name) and not quoted:
            literal = (ast.Constant, ast.JoinedStr, ast.IfExp, ast.BoolOp)
            words = [
                text
                for each in self._given(node.id, node)
                if isinstance(each, literal)
                for text in self.texts(each)
            ]
        if words and any(not word or word != word.strip() for word in words):
            return words
        if isinstance(node, ast.Subscript):
            words = self.texts(node)
        if isinstance(node, ast.IfExp):  # a choice has no name, so both are written in
            return words
        self._keep(node, words, is_part=True)
        return [f"{{{hole(node)}}}"]

    def _given(self, name: str, node: ast.AST) -> list[ast.expr]:
        """Every value that a name is given in the nearest scope that gives it one."""
        for scope in self._scopes[node]:
            if isinstance(scope, Comprehension):
                if any(name in ast.unparse(each.target).split(", ") for each in scope.generators):
                    return []
                continue
            values = self._bound(scope).get(name, [])
            if values or (isinstance(scope, Function) and name in _parameters(scope)):
                return values
        return []

    def _bound(self, scope: ast.AST) -> dict[str, list[ast.expr]]:
        """What each name is given in a scope; of the module only what is given at its top."""
        if scope in self._names:
            return self._names[scope]
        bound: dict[str, list[ast.expr]] = {}
        for each in ast.walk(scope):
            if scope is self.tree and self._scopes.get(each) != [self.tree]:
                continue
            pairs: Iterable[tuple[ast.expr, ast.expr]] = []
            match each:
                case ast.Assign(targets=[ast.Tuple(elts=targets)], value=value):
                    given = value.elts if isinstance(value, ast.Tuple) else [value] * len(targets)
                    pairs = zip(targets, given, strict=False)
                case ast.Assign(targets=[target], value=value):
                    pairs = [(target, value)]
                case ast.AnnAssign(target=target, value=ast.expr() as value):
                    pairs = [(target, value)]
            for target, value in pairs:
                if isinstance(target, ast.Name):
                    bound.setdefault(target.id, []).append(value)
        self._names[scope] = bound
        return bound

    def _named(self, name: str, node: ast.Name) -> list[str]:
        if name in self._open:  # name = name[:50] adds no words
            return []
        values = self._given(name, node)
        self._open.add(name)
        try:
            if values:
                return [text for each in values for text in self.texts(each)]
        finally:
            self._open.discard(name)
        for scope in self._scopes[node]:
            if isinstance(scope, Function) and name in _parameters(scope):
                self.package.pass_on(f"{self.dotted}.{scope.name}", _parameters(scope), name)
                return []
        return []


class Package:
    """All files; functions that hand their parameters to a sink become sinks, until no more are found."""

    def __init__(self) -> None:
        self.sinks = dict(SINKS)
        self.grown = True
        self.modules = [Module(p, self) for p in sorted(PACKAGE.rglob("*.py"))]
        self.modules = [module for module in self.modules if not module.name.startswith(TERMINAL)]
        self._open: set[str] = set()
        self._functions: dict[str, list[tuple[Module, Function]]] = {}
        for module in self.modules:
            for node in module.speaking:
                if isinstance(node, Function):
                    self._functions.setdefault(node.name, []).append((module, node))
                elif isinstance(node, ast.ClassDef) and module.name == "errors.py":
                    self.sinks[node.name] = ("message",)

    def returned(self, name: str) -> list[str]:
        """What a function of ours answers with."""
        found = self._functions.get(name, [])
        if len(found) != 1 or name in self._open:
            return []
        module, function = found[0]
        self._open.add(name)
        texts = [
            text
            for node in ast.walk(function)
            if isinstance(node, ast.Return)
            for value in (node.value.elts if isinstance(node.value, ast.Tuple) else [node.value])
            if isinstance(value, ast.JoinedStr | ast.BinOp | ast.IfExp | ast.Name)
            for text in module.texts(value)
        ]
        self._open.discard(name)
        return texts

    def pass_on(self, function: str, names: list[str], name: str) -> None:
        """Whoever calls it speaks to a person too."""
        known = self.sinks.get(function, ())
        sink = tuple(n if n == name or n in known else None for n in names)
        if sink != known and not function.endswith("__init__"):
            self.sinks[function] = sink
            self.grown = True


def collect() -> tuple[list[Sentence], list[str]]:
    """All sentences, and what could not be read."""
    package = Package()
    while package.grown:
        package.grown = False
        for module in package.modules:
            module.read()
    return [s for m in package.modules for s in m.found], [line for m in package.modules for line in m.lost]


CODE = re.compile(r"[a-z]+([._/][a-z]+)+\.?|[A-Z]\w+(-\w+)?|[\w.\[\]]+\([^)]*\)|/\S*")
"""A path, a name, a call: the same in every language."""


def is_said(text: str) -> bool:
    """Whether there are words in it besides holes and code."""
    bare = re.sub(r"\{\w+\}|`[^`]*`", "", text)
    return re.search(r"[A-Za-z]{2}", bare) is not None and not CODE.fullmatch(bare)


def _escaped(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def _parameters(function: Function) -> list[str]:
    given = function.args
    names = [arg.arg for arg in (*given.posonlyargs, *given.args, *given.kwonlyargs)]
    return names[1:] if names[:1] == ["self"] else names


def _combined(parts: list[list[str]]) -> list[str]:
    """Every combination; a hole that comes twice gets a number."""
    out = []
    for combination in itertools.product(*parts):
        seen: dict[str, int] = {}

        def numbered(found: re.Match[str], seen: dict[str, int] = seen) -> str:
            name = found.group(1)
            seen[name] = seen.get(name, 0) + 1
            return f"{{{name}{seen[name] if seen[name] > 1 else ''}}}"

        out.append(re.sub(r"(?<!\{)\{([a-z_]\w*)\}", numbered, "".join(combination)))
    return out
