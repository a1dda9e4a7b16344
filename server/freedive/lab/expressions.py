"""Expressions compiled to closures: each node becomes a function of the frame, so a loop pays no dispatch on node types.

Over 400 lines: one function for each kind of expression, all called from one table.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import Any

from freedive.lab.arithmetic import in_one_piece, is_plain
from freedive.lab.bodies import Bodies, Cell
from freedive.lab.dialects.torch.values import BINARY as TENSOR_OPS
from freedive.lab.dialects.torch.values import GETITEM as TENSOR_GETITEM
from freedive.lab.dialects.torch.values import TENSOR, Tensor
from freedive.lab.door import Op
from freedive.lab.inheriting import super_of
from freedive.lab.kinds import Callable_, kind_for, kind_of, type_name
from freedive.lab.operators import NUMBERS, binary, collect, compare, iterate, numbers, truth, unary
from freedive.lab.problems import nearest
from freedive.lab.running import running
from freedive.lab.scopes import Frame, Scope, comprehension_scope, scope_of
from freedive.lab.syntax import check_format

Compute = Callable[[Frame], Any]
TENSOR_METHODS = TENSOR.attributes

BINARY = {
    ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "truediv", ast.FloorDiv: "floordiv", ast.Mod: "mod",
    ast.Pow: "pow", ast.MatMult: "matmul", ast.BitAnd: "and", ast.BitOr: "or", ast.BitXor: "xor",
    ast.LShift: "lshift", ast.RShift: "rshift",
}  # fmt: skip
ARITHMETIC = (ast.BinOp, ast.Compare, ast.UnaryOp, ast.BoolOp, ast.Subscript)
_UNARY = {ast.USub: "neg", ast.UAdd: "pos", ast.Invert: "invert"}
_COMPARE = {ast.Lt: "lt", ast.LtE: "le", ast.Gt: "gt", ast.GtE: "ge", ast.Eq: "eq", ast.NotEq: "ne"}


def name_error(name: str, known: Iterator[str] | list[str]) -> NameError:
    error = NameError(f"name '{name}' is not defined")
    close = nearest(name, known)
    if close:
        error.hint = f"did you mean '{close}'?"  # type: ignore[attr-defined]
    return error


class TensorMethod:
    """An operation about to be called on its tensor."""

    __slots__ = ("op", "owner")

    def __init__(self, op: Op, owner: Any) -> None:
        self.op = op
        self.owner = owner


class Expressions:
    """Compiles expression nodes. `builtins` are the names that every snippet knows."""

    loops = 0
    """Loops that what is compiled stands in."""
    in_arithmetic = False
    """Whether it stands in an expression that is compiled in one piece."""

    def __init__(self, names: dict[str, Any], builtins: dict[str, Any], bodies: Bodies) -> None:
        self.names = names
        self.builtins = builtins
        self.bodies = bodies
        self.cell = Cell(ast.Pass(), False, True)
        """That of the statement whose expressions are being compiled."""

    def expression(self, node: ast.expr, scope: Scope) -> Compute:
        node.cell = self.cell  # type: ignore[attr-defined]  # an operation tells by it which line and which run it is of
        compile_node = getattr(self, "_" + type(node).__name__.lower())
        if not isinstance(node, ARITHMETIC) or not self.again(scope) or not is_plain(node):
            compiled: Compute = compile_node(node, scope)
            return compiled
        self.in_arithmetic = True
        compiled = in_one_piece(node, scope, self.names, compile_node(node, scope))
        self.in_arithmetic = False
        return compiled

    def again(self, scope: Scope) -> bool:
        """Whether what is compiled now may run often, and is not part of an expression that is compiled in one piece."""
        return not self.in_arithmetic and (self.loops > 0 or scope.kind in ("function", "comprehension"))

    # ------------------------------------------------------------ names and constants
    def _constant(self, node: ast.Constant, scope: Scope) -> Compute:
        value = node.value
        if type(value) is int:
            running.meter.integer(value.bit_length())
        return lambda f: value

    def _name(self, node: ast.Name, scope: Scope) -> Compute:
        name, names, builtins = node.id, self.names, self.builtins
        depth = scope.find(name)

        def load_global(f: Frame) -> Any:
            if name in names:
                return names[name]
            if name in builtins:
                return builtins[name]
            running.at = node
            raise name_error(name, [*names, *builtins])

        if depth is None:
            return load_global
        in_class = scope.kind == "class"

        def load_local(f: Frame) -> Any:
            try:
                return f.names[name]
            except KeyError:
                if in_class:
                    return load_global(f)
                running.at = node
                raise UnboundLocalError(
                    f"cannot access local variable '{name}' where it is not associated with a value"
                ) from None

        if depth == 0:
            return load_local

        def load_outer(f: Frame) -> Any:
            frame: Frame | None = f
            for _ in range(depth):
                frame = frame.outer if frame else None
            try:
                return frame.names[name]  # type: ignore[union-attr]
            except KeyError:
                running.at = node
                raise NameError(
                    f"cannot access free variable '{name}' where it is not associated with a value in enclosing scope"
                ) from None

        return load_outer

    # ------------------------------------------------------------ operators
    def _binop(self, node: ast.BinOp, scope: Scope) -> Compute:
        left, right = self.expression(node.left, scope), self.expression(node.right, scope)
        op = BINARY[type(node.op)]
        quick = TENSOR_OPS[op].pair if op != "matmul" else lambda a, b: binary(op, a, b)

        def compute(f: Frame) -> Any:
            a, b = left(f), right(f)
            running.at = node
            ta, tb = type(a), type(b)
            if ta in NUMBERS:
                if tb in NUMBERS:
                    return numbers(op, a, b)
                if tb is Tensor:
                    return quick(a, b)
            elif ta is Tensor and (tb is Tensor or tb in NUMBERS):
                return quick(a, b)
            return binary(op, a, b)

        return compute

    def _unaryop(self, node: ast.UnaryOp, scope: Scope) -> Compute:
        operand = self.expression(node.operand, scope)
        if isinstance(node.op, ast.Not):

            def negate(f: Frame) -> Any:
                value = operand(f)
                running.at = node
                return not truth(value)

            return negate
        op = _UNARY[type(node.op)]

        def compute(f: Frame) -> Any:
            value = operand(f)
            running.at = node
            return unary(op, value)

        return compute

    def _boolop(self, node: ast.BoolOp, scope: Scope) -> Compute:
        parts = [self.expression(value, scope) for value in node.values]
        stop = isinstance(node.op, ast.Or)

        def compute(f: Frame) -> Any:
            value = None
            for part in parts:
                value = part(f)
                running.at = node
                if truth(value) is stop:
                    return value
            return value

        return compute

    def _compare(self, node: ast.Compare, scope: Scope) -> Compute:
        first = self.expression(node.left, scope)
        rest = [
            (self._comparison(op), self.expression(b, scope))
            for op, b in zip(node.ops, node.comparators, strict=True)
        ]
        if len(rest) == 1:
            test, other = rest[0]

            def once(f: Frame) -> Any:
                a, b = first(f), other(f)
                running.at = node
                return test(a, b)

            return once

        def chain(f: Frame) -> Any:
            a = first(f)
            result: Any = True
            for test, other in rest:
                b = other(f)
                running.at = node
                result = test(a, b)
                if not truth(result):
                    return result
                a = b
            return result

        return chain

    def _comparison(self, op: ast.cmpop) -> Callable[[Any, Any], Any]:
        if isinstance(op, ast.Is):
            return lambda a, b: a is b
        if isinstance(op, ast.IsNot):
            return lambda a, b: a is not b
        if isinstance(op, ast.In):
            return lambda a, b: kind_of(b).contains(b, a)
        if isinstance(op, ast.NotIn):
            return lambda a, b: not kind_of(b).contains(b, a)
        name = _COMPARE[type(op)]
        return lambda a, b: compare(name, a, b)

    def _ifexp(self, node: ast.IfExp, scope: Scope) -> Compute:
        test, body, orelse = (self.expression(part, scope) for part in (node.test, node.body, node.orelse))
        return lambda f: body(f) if truth(test(f)) else orelse(f)

    # ------------------------------------------------------------ displays
    def _items(self, nodes: list[ast.expr], scope: Scope) -> Callable[[Frame], list[Any]]:
        parts = [
            (isinstance(n, ast.Starred), self.expression(n.value if isinstance(n, ast.Starred) else n, scope))
            for n in nodes
        ]
        if not any(starred for starred, _ in parts):
            plain = [part for _, part in parts]
            if len(plain) == 1:
                only = plain[0]
                return lambda f: [only(f)]
            return lambda f: [part(f) for part in plain]

        def gather(f: Frame) -> list[Any]:
            items: list[Any] = []
            for starred, part in parts:
                if starred:
                    items += collect(part(f))
                else:
                    items.append(part(f))
            return items

        return gather

    def _list(self, node: ast.List, scope: Scope) -> Compute:
        items = self._items(node.elts, scope)

        def build(f: Frame) -> Any:
            made = items(f)
            running.meter.room(len(made))
            return running.meter.plain(made)

        return build

    def _tuple(self, node: ast.Tuple, scope: Scope) -> Compute:
        items = self._items(node.elts, scope)
        return lambda f: running.meter.plain(tuple(items(f)))

    def _set(self, node: ast.Set, scope: Scope) -> Compute:
        items = self._items(node.elts, scope)
        return lambda f: running.meter.plain({hashable(item) for item in items(f)})

    def _dict(self, node: ast.Dict, scope: Scope) -> Compute:
        pairs = [
            (self.expression(k, scope) if k is not None else None, self.expression(v, scope))
            for k, v in zip(node.keys, node.values, strict=True)
        ]

        def build(f: Frame) -> Any:
            made: dict[Any, Any] = {}
            for key, value in pairs:
                if key is None:
                    more = value(f)
                    if not isinstance(more, dict):
                        raise TypeError(f"'{type_name(more)}' object is not a mapping")
                    made.update(more)
                else:
                    made[hashable(key(f))] = value(f)
            return running.meter.plain(made)

        return build

    # ------------------------------------------------------------ comprehensions
    def _comprehend(
        self, generators: list[ast.comprehension], scope: Scope, body: list[ast.expr]
    ) -> tuple[Any, Compute]:
        inner = comprehension_scope(generators, scope)
        first = self.expression(generators[0].iter, scope)
        parts = [self.expression(b, inner) for b in body]
        steps = []
        for index, g in enumerate(generators):
            source = None if index == 0 else self.expression(g.iter, inner)
            steps.append((source, self.target(g.target, inner), [self.expression(c, inner) for c in g.ifs]))  # type: ignore[attr-defined]

        def turns(f: Frame, source: Any, level: int) -> Iterator[Any]:
            inside, store, tests = steps[level]
            for item in iterate(source if inside is None else inside(f)):
                store(f, item)
                if all(truth(test(f)) for test in tests):
                    if level + 1 < len(steps):
                        yield from turns(f, None, level + 1)
                    else:
                        yield parts[0](f) if len(parts) == 1 else (parts[0](f), parts[1](f))

        def start(f: Frame, source: Any) -> Iterator[Any]:
            return turns(Frame({}, f, f.owner, f.self), source, 0)

        return start, first

    def _listcomp(self, node: ast.ListComp, scope: Scope) -> Compute:
        start, first = self._comprehend(node.generators, scope, [node.elt])

        def build(f: Frame) -> Any:
            made: list[Any] = []
            most = running.budget.items
            for item in start(f, first(f)):
                made.append(item)
                if len(made) > most:
                    running.meter.items(len(made))
            running.meter.room(len(made))
            return made

        return build

    def _setcomp(self, node: ast.SetComp, scope: Scope) -> Compute:
        start, first = self._comprehend(node.generators, scope, [node.elt])
        return lambda f: running.meter.plain({hashable(item) for item in start(f, first(f))})

    def _dictcomp(self, node: ast.DictComp, scope: Scope) -> Compute:
        start, first = self._comprehend(node.generators, scope, [node.key, node.value])

        def build(f: Frame) -> Any:
            made: dict[Any, Any] = {}
            for key, value in start(f, first(f)):
                made[hashable(key)] = value
                if len(made) > running.budget.items:
                    running.meter.items(len(made), "dict")
            running.meter.room(len(made))
            return made

        return build

    def _generatorexp(self, node: ast.GeneratorExp, scope: Scope) -> Compute:
        from freedive.lab.functions import Generator

        start, first = self._comprehend(node.generators, scope, [node.elt])
        return lambda f: Generator(start(f, first(f)), "<genexpr>")

    # ------------------------------------------------------------ reaching into values
    def _attribute(self, node: ast.Attribute, scope: Scope) -> Compute:
        owner, name = self.expression(node.value, scope), node.attr
        kind_at = kind_for(name)

        def compute(f: Frame) -> Any:
            value = owner(f)
            running.at = node
            return kind_at(value).getattr(value, name)

        return compute

    def _namedexpr(self, node: ast.NamedExpr, scope: Scope) -> Compute:
        value, store = self.expression(node.value, scope), self.target(node.target, scope)  # type: ignore[attr-defined]

        def compute(f: Frame) -> Any:
            made = value(f)
            store(f, made)
            return made

        return compute

    def _subscript(self, node: ast.Subscript, scope: Scope) -> Compute:
        owner, index = self.expression(node.value, scope), self.expression(node.slice, scope)

        def compute(f: Frame) -> Any:
            value, key = owner(f), index(f)
            running.at = node
            if type(key) is int and type(value) is Tensor:
                return TENSOR_GETITEM.apply((value, key), {})
            return kind_of(value).getitem(value, key)

        return compute

    def _slice(self, node: ast.Slice, scope: Scope) -> Compute:
        parts = [
            self.expression(p, scope) if p is not None else None for p in (node.lower, node.upper, node.step)
        ]
        return lambda f: slice(*(None if part is None else part(f) for part in parts))

    def _call(self, node: ast.Call, scope: Scope) -> Compute:
        if isinstance(node.func, ast.Attribute):
            function = self._called_attribute(node.func, scope)
        else:
            function = self.expression(node.func, scope)
        if isinstance(node.func, ast.Name) and node.func.id == "super":
            return self._super(node, scope)
        items = self._items(node.args, scope)
        keywords = [(k.arg, self.expression(k.value, scope)) for k in node.keywords]
        meter = running.meter

        def compute(f: Frame) -> Any:
            called = function(f)
            method = type(called) is TensorMethod
            if method:
                args = (called.owner, *items(f))
                called = called.op
            else:
                args = tuple(items(f))
            kwargs: dict[str, Any] = {}
            for name, value in keywords:
                if name is not None:
                    kwargs[name] = value(f)
                    continue
                more = value(f)
                if not isinstance(more, dict):
                    running.at = node
                    raise TypeError(f"argument after ** must be a mapping, not {type_name(more)}")
                for key, each in more.items():
                    if not isinstance(key, str) or key.startswith("_"):
                        raise TypeError("keywords must be names without a leading underscore")
                    kwargs[key] = each
            running.at, running.called, running.given, running.method = node, called, args, method
            meter.steps += 1
            if not meter.steps & 63:
                meter.tick()
            if isinstance(called, Callable_):
                return called.call(args, kwargs)
            return kind_of(called).call(called, args, kwargs)

        return compute

    def _called_attribute(self, node: ast.Attribute, scope: Scope) -> Compute:
        """An attribute that is called at once; some names (`torch.Size`) exist only so."""
        owner, name = self.expression(node.value, scope), node.attr
        kind_at = kind_for(name)

        def compute(f: Frame) -> Any:
            value = owner(f)
            running.at = node
            if type(value) is Tensor:
                op = TENSOR_METHODS.get(name)
                if type(op) is Op:
                    return TensorMethod(op, value)
            kind = kind_at(value)
            special = getattr(kind, "called_attribute", None)
            return kind.getattr(value, name) if special is None else special(value, name)

        return compute

    def _super(self, node: ast.Call, scope: Scope) -> Compute:
        def compute(f: Frame) -> Any:
            frame: Frame | None = f
            while frame is not None and frame.owner is None:
                frame = frame.outer
            running.at = node
            if frame is None:
                raise RuntimeError("super(): no arguments; it works only inside a method of a class")
            return super_of(frame.owner, frame.self)

        return compute

    def _starred(self, node: ast.Starred, scope: Scope) -> Compute:
        raise SyntaxError(
            "can't use starred expression here", ("<snippet>", node.lineno, node.col_offset + 1, None)
        )

    # ------------------------------------------------------------ text and functions
    def _joinedstr(self, node: ast.JoinedStr, scope: Scope) -> Compute:
        parts = [self.expression(value, scope) for value in node.values]

        def compute(f: Frame) -> Any:
            made = "".join([part(f) for part in parts])
            running.meter.text(len(made))
            return made

        return compute

    def _formattedvalue(self, node: ast.FormattedValue, scope: Scope) -> Compute:
        value = self.expression(node.value, scope)
        given = node.format_spec.values if isinstance(node.format_spec, ast.JoinedStr) else []
        parts = [self.expression(part, scope) for part in given]
        fixed = all(isinstance(part, ast.Constant) for part in given)
        written = "".join(str(part.value) for part in given if isinstance(part, ast.Constant))
        convert = node.conversion

        def compute(f: Frame) -> str:
            item = value(f)
            spec = written if fixed else check_format("".join(part(f) for part in parts), node)
            running.at = node
            kind = kind_of(item)
            if convert == 114:
                return format(kind.repr(item), spec)
            if convert == 115:
                return format(kind.text(item), spec)
            return kind.format(item, spec)

        return compute

    def _lambda(self, node: ast.Lambda, scope: Scope) -> Compute:
        from freedive.lab.functions import Function, Parameters

        inner = scope_of(node, scope)
        body = self.expression(node.body, inner)
        parameters = Parameters(node.args, lambda d: self.expression(d, scope))

        def make(f: Frame) -> Any:
            return Function("<lambda>", parameters.bind_defaults(f), body, f, line=node.lineno)

        return make

    def _yield(self, node: ast.Yield, scope: Scope) -> Compute:
        raise SyntaxError(
            "'yield' is offered as a statement or on the right of '='", ("<snippet>", node.lineno, 1, None)
        )

    _yieldfrom = _yield


def hashable(value: Any) -> Any:
    """A key for a dict or set, refused in Python's words when it cannot be one."""
    try:
        hash(value)
    except TypeError:
        raise TypeError(f"unhashable type: '{type_name(value)}'") from None
    return value
