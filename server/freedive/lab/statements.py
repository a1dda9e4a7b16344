"""Statements compiled to closures. A closure answers None, or a signal: BREAK, CONTINUE, or a 1-tuple with a return value.

Hands bodies of generators over to `flows`.

Over 400 lines: one function for each kind of statement, all called from one table.
"""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator
from typing import Any

from freedive.lab.arithmetic import in_one_piece, is_plain
from freedive.lab.bodies import Cell
from freedive.lab.decorating import decorate
from freedive.lab.door import let_limits_pass
from freedive.lab.exceptions import CaughtError, caught, matches, to_raise
from freedive.lab.expressions import BINARY, Compute, Expressions
from freedive.lab.functions import Function, Parameters
from freedive.lab.importing import import_all, import_from, import_module
from freedive.lab.kinds import kind_for, kind_of, type_name
from freedive.lab.operators import collect, inplace, iterate, truth
from freedive.lab.running import running
from freedive.lab.scopes import Frame, Scope, has_yield, scope_of

Execute = Callable[[Frame], Any]
Flow = Generator[Any, None, Any]
_SIZED = frozenset({range, list, tuple})
BREAK = object()
CONTINUE = object()


class Compiler(Expressions, ABC):
    """Compiles statements and what stands on the left of `=`."""

    looping = False
    """Whether what is compiled stands in a for-loop."""

    def block(self, body: list[ast.stmt], scope: Scope) -> Execute:
        parts = [self.statement(node, scope) for node in body]
        if len(parts) == 1:
            return parts[0]

        def run(f: Frame) -> Any:
            for part in parts:
                signal = part(f)
                if signal is not None:
                    return signal
            return None

        return run

    def statement(self, node: ast.stmt, scope: Scope) -> Execute:
        """A statement in the body of another one."""
        around, cell = self.cell, self.open(node, True)
        execute = self._counted(node, scope, cell)
        self.cell = around
        return execute

    def top(self, node: ast.stmt, scope: Scope) -> Execute:
        """A statement of the snippet itself."""
        return self._counted(node, scope, self.open(node, False))

    def open(self, node: ast.stmt, inner: bool) -> Cell:
        """The cell that belongs to what is compiled from here on."""
        cell = self.cell = node.cell = Cell(node, inner, running.quiet)  # type: ignore[attr-defined]
        if inner and not running.quiet:
            self.bodies.add(cell)
        return cell

    def _counted(self, node: ast.stmt, scope: Scope, cell: Cell) -> Execute:
        meter = running.meter
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            return self._to_name(node, self.expression(node.value, scope), node.targets[0], scope, cell)
        if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            return self._to_name(node, self._changed(node, node.target, scope), node.target, scope, cell)
        if isinstance(node, ast.If):
            return self._branch(node, scope, cell)
        inner: Execute = getattr(self, "_do_" + type(node).__name__.lower())(node, scope)

        def run(f: Frame) -> Any:
            running.at = node
            meter.steps += 1  # `Meter.step` written out: this is the hottest line of the interpreter
            if not meter.steps & 63:
                meter.tick()
            signal = inner(f)
            cell.runs += 1
            return signal

        return run

    def _to_name(
        self, node: ast.Assign | ast.AugAssign, value: Compute, target: ast.Name, scope: Scope, cell: Cell
    ) -> Execute:
        """`name = value`, what loops are made of, in one piece."""
        meter, name, names = running.meter, target.id, self.names
        depth = scope.find(name)
        store = self._name_target(target, scope) if depth else None

        def run(f: Frame) -> None:
            running.at = node
            meter.steps += 1
            if not meter.steps & 63:
                meter.tick()
            cell.last = made = value(f)
            if depth is None:
                names[name] = made
            elif store is None:
                f.names[name] = made
            else:
                store(f, made)
            cell.runs += 1

        return run

    def _branch(self, node: ast.If, scope: Scope, cell: Cell) -> Execute:
        """An `if`, in one piece too."""
        test, body, meter = self.expression(node.test, scope), self.block(node.body, scope), running.meter
        orelse = self.block(node.orelse, scope) if node.orelse else None

        def run(f: Frame) -> Any:
            running.at = node
            meter.steps += 1
            if not meter.steps & 63:
                meter.tick()
            found = test(f)
            if found is not True and found is not False:
                if running.staging is not None and running.staging.symbolic(found):
                    signal = running.staging.branch(node, f, truth(found), body, orelse)
                    cell.runs += 1
                    return signal
                found = truth(found)
            signal = body(f) if found else orelse(f) if orelse else None
            cell.runs += 1
            return signal

        return run

    # ------------------------------------------------------------ simple statements
    def _do_expr(self, node: ast.Expr, scope: Scope) -> Execute:
        compute, cell = self.expression(node.value, scope), self.cell

        def run(f: Frame) -> None:
            cell.last = compute(f)

        return run

    def _do_pass(self, node: ast.Pass, scope: Scope) -> Execute:
        return lambda f: None

    def _do_break(self, node: ast.Break, scope: Scope) -> Execute:
        return lambda f: BREAK

    def _do_continue(self, node: ast.Continue, scope: Scope) -> Execute:
        return lambda f: CONTINUE

    def _do_global(self, node: ast.Global | ast.Nonlocal, scope: Scope) -> Execute:
        return lambda f: None

    _do_nonlocal = _do_global

    def _do_return(self, node: ast.Return, scope: Scope) -> Execute:
        if node.value is None:
            return lambda f: (None,)
        value, cell = self.expression(node.value, scope), self.cell

        def run(f: Frame) -> tuple[Any]:
            cell.last = made = value(f)
            return (made,)

        return run

    def _do_assign(self, node: ast.Assign, scope: Scope) -> Execute:
        value, cell = self.expression(node.value, scope), self.cell
        stores = [self.target(target, scope) for target in node.targets]

        def run(f: Frame) -> None:
            made = value(f)
            for store in stores:
                items = store(f, made)
                cell.last = made if items is None else items

        return run

    def _do_annassign(self, node: ast.AnnAssign, scope: Scope) -> Execute:
        if node.value is None:
            return lambda f: None
        value, store, cell = (
            self.expression(node.value, scope),
            self.target(node.target, scope),
            self.cell,
        )

        def run(f: Frame) -> None:
            cell.last = made = value(f)
            store(f, made)

        return run

    def _do_augassign(self, node: ast.AugAssign, scope: Scope) -> Execute:
        op, value, cell = BINARY[type(node.op)], self.expression(node.value, scope), self.cell
        target = node.target
        assert not isinstance(target, ast.Name)  # `_changed`
        owner = self.expression(target.value, scope)
        if isinstance(target, ast.Attribute):
            name = target.attr
            kind_at = kind_for(name)

            def on_attribute(f: Frame) -> None:
                holder = owner(f)
                kind = kind_at(holder)
                old, new = kind.getattr(holder, name), value(f)
                running.at = node
                cell.last = made = inplace(op, old, new)
                kind.setattr(holder, name, made)

            return on_attribute
        index = self.expression(target.slice, scope)

        def on_item(f: Frame) -> None:
            holder, key = owner(f), index(f)
            kind = kind_of(holder)
            running.at = node
            old, new = kind.getitem(holder, key), value(f)
            running.at = node
            cell.last = made = inplace(op, old, new)
            kind.setitem(holder, key, made)

        return on_item

    def _changed(self, node: ast.AugAssign, target: ast.Name, scope: Scope) -> Compute:
        """What `name op= value` binds the name to."""
        read = ast.copy_location(ast.Name(target.id, ast.Load()), target)
        load, value, op = self._name(read, scope), self.expression(node.value, scope), BINARY[type(node.op)]

        def compute(f: Frame) -> Any:
            old, new = load(f), value(f)
            running.at = node
            return inplace(op, old, new)

        # numbers never change themselves, so for them it is `name = name op value`
        whole = ast.copy_location(ast.BinOp(read, node.op, node.value), node)
        return (
            in_one_piece(whole, scope, self.names, compute)
            if self.again(scope) and is_plain(whole)
            else compute
        )

    def _do_delete(self, node: ast.Delete, scope: Scope) -> Execute:
        removes = [self._remover(target, scope) for target in node.targets]

        def run(f: Frame) -> None:
            for remove in removes:
                remove(f)

        return run

    def _remover(self, node: ast.expr, scope: Scope) -> Execute:
        if isinstance(node, ast.Name):
            name, here = node.id, scope.find(node.id)

            def on_name(f: Frame) -> None:
                names = self.names if here is None else f.names
                if name not in names:
                    raise NameError(f"name '{name}' is not defined")
                del names[name]

            return on_name
        if isinstance(node, ast.Subscript):
            owner, index = self.expression(node.value, scope), self.expression(node.slice, scope)

            def on_item(f: Frame) -> None:
                holder = owner(f)
                kind_of(holder).delitem(holder, index(f))

            return on_item
        if isinstance(node, ast.Attribute):
            holder_of, attribute = self.expression(node.value, scope), node.attr
            kind_at = kind_for(attribute)

            def on_attribute(f: Frame) -> None:
                holder = holder_of(f)
                kind_at(holder).delattr(holder, attribute)

            return on_attribute
        parts = [self._remover(each, scope) for each in node.elts]  # type: ignore[attr-defined]
        return lambda f: [part(f) for part in parts] and None

    def _do_assert(self, node: ast.Assert, scope: Scope) -> Execute:
        test = self.expression(node.test, scope)
        message = self.expression(node.msg, scope) if node.msg else None

        def run(f: Frame) -> None:
            value = test(f)
            if running.staging is not None:
                running.staging.asserted(value)
            if not truth(value):
                said = message(f) if message else ""
                running.at = node
                raise AssertionError(kind_of(said).text(said))

        return run

    def _do_raise(self, node: ast.Raise, scope: Scope) -> Execute:
        exc = self.expression(node.exc, scope) if node.exc else None

        def run(f: Frame) -> None:
            value = exc(f) if exc else None
            running.at = node
            raise to_raise(value)

        return run

    def _do_import(self, node: ast.Import, scope: Scope) -> Execute:
        def run(f: Frame) -> None:
            for alias in node.names:
                module, top = import_module(alias.name)
                name = alias.asname or alias.name.split(".")[0]
                self._bind(f, scope, name, module if alias.asname else top)

        return run

    def _do_importfrom(self, node: ast.ImportFrom, scope: Scope) -> Execute:
        module = node.module or ""

        def run(f: Frame) -> None:
            for alias in node.names:
                if alias.name == "*":
                    self.names.update(import_all(module))
                    continue
                self._bind(f, scope, alias.asname or alias.name, import_from(module, alias.name))

        return run

    def _bind(self, f: Frame, scope: Scope, name: str, value: Any) -> None:
        (self.names if scope.find(name) is None else f.names)[name] = value

    # ------------------------------------------------------------ targets
    def target(self, node: ast.expr, scope: Scope) -> Callable[[Frame, Any], Any]:
        """What stands on the left of `=`, as a function that stores a value; one that unpacks gives the items."""
        node.cell = self.cell  # type: ignore[attr-defined]
        if isinstance(node, ast.Name):
            return self._name_target(node, scope)
        if isinstance(node, ast.Attribute):
            owner, attribute = self.expression(node.value, scope), node.attr
            kind_at = kind_for(attribute)

            def to_attribute(f: Frame, value: Any) -> None:
                holder = owner(f)
                running.at = node
                kind_at(holder).setattr(holder, attribute, value)

            return to_attribute
        if isinstance(node, ast.Subscript):
            holder_of, index = self.expression(node.value, scope), self.expression(node.slice, scope)

            def to_item(f: Frame, value: Any) -> None:
                holder, key = holder_of(f), index(f)
                running.at = node
                kind_of(holder).setitem(holder, key, value)

            return to_item
        if isinstance(node, ast.Tuple | ast.List):
            return self._unpacking(node, scope)
        raise SyntaxError(
            "cannot assign to this expression", ("<snippet>", node.lineno, node.col_offset + 1, None)
        )

    def _name_target(self, node: ast.Name, scope: Scope) -> Callable[[Frame, Any], None]:
        name, names = node.id, self.names
        depth = scope.find(name)
        if depth is None:

            def to_global(f: Frame, value: Any) -> None:
                names[name] = value

            return to_global

        def to_frame(f: Frame, value: Any) -> None:
            frame: Any = f
            for _ in range(depth):
                frame = frame.outer
            frame.names[name] = value

        if depth:
            return to_frame

        def to_local(f: Frame, value: Any) -> None:
            f.names[name] = value

        return to_local

    def _unpacking(self, node: ast.Tuple | ast.List, scope: Scope) -> Callable[[Frame, Any], Any]:
        star = next((i for i, e in enumerate(node.elts) if isinstance(e, ast.Starred)), None)
        stores = [self.target(e.value if isinstance(e, ast.Starred) else e, scope) for e in node.elts]
        count = len(stores)

        def unpack(f: Frame, value: Any) -> tuple[Any, ...]:
            running.at = node
            if star is None:
                items = self._some(value, count)
            else:
                items = collect(value)
                if len(items) < count - 1:
                    raise ValueError(
                        f"not enough values to unpack (expected at least {count - 1}, got {len(items)})"
                    )
                tail = len(items) - (count - 1 - star)
                items = [*items[:star], items[star:tail], *items[tail:]]
            for store, item in zip(stores, items, strict=True):
                store(f, item)
            return tuple(items)

        return unpack

    def _some(self, value: Any, count: int) -> list[Any]:
        """Exactly `count` items, or Python's error; never reads more than one too many."""
        try:
            source = kind_of(value).iterate(value)
        except TypeError:
            raise TypeError(f"cannot unpack non-iterable {type_name(value)} object") from None
        items: list[Any] = []
        for item in source:
            if len(items) == count:
                raise ValueError(f"too many values to unpack (expected {count})")
            items.append(item)
        if len(items) < count:
            raise ValueError(f"not enough values to unpack (expected {count}, got {len(items)})")
        return items

    # ------------------------------------------------------------ compound statements
    def _do_for(self, node: ast.For, scope: Scope) -> Execute:
        source, store = self.expression(node.iter, scope), self.target(node.target, scope)
        top = scope.kind == "module"
        outermost, self.looping = not self.looping, True
        self.loops += 1
        body = self.block(node.body, scope)
        self.loops -= 1
        self.looping = not outermost
        orelse = self.block(node.orelse, scope) if node.orelse else None

        def turns(f: Frame, value: Any, close: Callable[[], None] | None) -> Any:
            left = len(value) if close else 0
            for item in iterate(value):
                if left:
                    left -= 1
                    if not left and close:
                        close()
                store(f, item)
                signal = body(f)
                if signal is not None and signal is not CONTINUE:
                    if signal is BREAK:
                        return None
                    return signal
                running.at = node.iter
            return orelse(f) if orelse else None

        def run(f: Frame) -> Any:
            value = source(f)
            running.at = node.iter
            if running.staging is not None:
                value = running.staging.loop(value)
            recorder = running.recorder
            if not top or recorder is None or type(value) not in _SIZED:
                return turns(f, value, None)
            closing, recorder.closing = recorder.closing, 0
            try:
                return turns(f, value, recorder.close if outermost or closing else None)
            finally:
                recorder.closing = closing

        return run

    def _do_while(self, node: ast.While, scope: Scope) -> Execute:
        self.loops += 1
        test, body = self.expression(node.test, scope), self.block(node.body, scope)
        self.loops -= 1
        orelse = self.block(node.orelse, scope) if node.orelse else None
        meter = running.meter

        def turns(f: Frame, turn: Callable[[Any], None] | None) -> Any:
            while (value := test(f)) is True or (value is not False and truth(value)):
                meter.step()
                if turn is not None:
                    turn(value)
                signal = body(f)
                if signal is not None and signal is not CONTINUE:
                    if signal is BREAK:
                        return None
                    return signal
            return orelse(f) if orelse else None

        def run(f: Frame) -> Any:
            if running.staging is None:
                return turns(f, None)
            with running.staging.turns() as turn:
                return turns(f, turn)

        return run

    def managers(
        self, node: ast.With, scope: Scope
    ) -> list[tuple[Compute, Callable[[Frame, Any], Any] | None]]:
        """What each item of a with-statement computes, and where it is stored."""
        return [
            (
                self.expression(item.context_expr, scope),
                self.target(item.optional_vars, scope) if item.optional_vars else None,
            )
            for item in node.items
        ]

    def _do_with(self, node: ast.With, scope: Scope) -> Execute:
        items = self.managers(node, scope)
        body = self.block(node.body, scope)

        def run(f: Frame) -> Any:
            with Entered(node) as entered:
                for manager, store in items:
                    value = entered.add(manager(f))
                    if store:
                        store(f, value)
                return body(f)

        return run

    def _do_try(self, node: ast.Try, scope: Scope) -> Execute:
        body = self.block(node.body, scope)
        handlers = self._handlers(node, scope)
        orelse = self.block(node.orelse, scope) if node.orelse else None
        final = self.block(node.finalbody, scope) if node.finalbody else None

        def guarded(f: Frame) -> Any:
            try:
                signal = body(f)
            except Exception as error:
                let_limits_pass(error)
                handler = pick(handlers, f, error)
                if handler is None:
                    raise
                with CaughtError.handling(error):
                    return handler(f, error)
            if signal is None and orelse:
                return orelse(f)
            return signal

        if final is None:
            return guarded

        def run(f: Frame) -> Any:
            # not a Python `finally`: after a limit nothing of the snippet may run
            try:
                signal = guarded(f)
            except Exception as error:
                let_limits_pass(error)
                override = final(f)
                if override is not None:
                    return override
                raise
            override = final(f)
            return signal if override is None else override

        return run

    def _handlers(
        self, node: ast.Try, scope: Scope
    ) -> list[tuple[Compute | None, Callable[[Frame, Exception], Any]]]:
        made: list[tuple[Compute | None, Callable[[Frame, Exception], Any]]] = []
        for each in node.handlers:
            store = (
                self.target(ast.copy_location(ast.Name(each.name, ast.Store()), each), scope)
                if each.name
                else None
            )
            made.append(
                (self.expression(each.type, scope) if each.type else None, self._handler(store, each, scope))
            )
        return made

    def _handler(
        self, store: Any, node: ast.ExceptHandler, scope: Scope
    ) -> Callable[[Frame, Exception], Any]:
        body = self.block(node.body, scope)

        def handle(f: Frame, error: Exception) -> Any:
            if store:
                store(f, caught(error))
            return body(f)

        return handle

    def _do_functiondef(self, node: ast.FunctionDef, scope: Scope) -> Execute:
        make, store = (
            self.function(node, scope),
            self._name_target(ast.copy_location(ast.Name(node.name, ast.Store()), node), scope),
        )
        decorators = [self._decorator(d, scope) for d in node.decorator_list]

        def run(f: Frame) -> None:
            made: Any = make(f, None)
            for around in reversed(decorators):
                made = around(f, made)
            store(f, made)

        return run

    def function(self, node: ast.FunctionDef, scope: Scope) -> Callable[[Frame, Any], Function]:
        """A `def` as a maker of functions; the second argument is the class it is a method of."""
        inner = scope_of(node, scope)
        parameters = Parameters(node.args, lambda d: self.expression(d, scope))
        generator = has_yield(node.body)
        body: Any = self.flow(node.body, inner) if generator else self.block(node.body, inner)
        doc = ast.get_docstring(node) or ""

        def make(f: Frame, owner: Any) -> Function:
            return Function(
                node.name, parameters.bind_defaults(f), body, f,
                statements=True, generator=generator, owner=owner, doc=doc, line=node.lineno,
            )  # fmt: skip

        return make

    def _decorator(self, node: ast.expr, scope: Scope) -> Callable[[Frame, Any], Any]:
        if isinstance(node, ast.Name) and node.id in ("staticmethod", "classmethod", "property"):
            raise SyntaxError(f"'@{node.id}' is for methods of a class", ("<snippet>", node.lineno, 1, None))
        compute = self.expression(node, scope)
        return lambda f, made: decorate(compute(f), made)

    def _do_classdef(self, node: ast.ClassDef, scope: Scope) -> Execute:
        from freedive.lab.classes import class_maker

        make = class_maker(self, node, scope)
        store = self._name_target(ast.copy_location(ast.Name(node.name, ast.Store()), node), scope)

        def run(f: Frame) -> None:
            store(f, make(f))

        return run

    def _do_match(self, node: ast.Match, scope: Scope) -> Execute:
        from freedive.lab.patterns import Cases

        cases = Cases(self, node, scope)
        bodies = [self.block(case.body, scope) for case in node.cases]

        def run(f: Frame) -> Any:
            chosen = cases.choose(f)
            return None if chosen is None else bodies[chosen](f)

        return run

    @abstractmethod
    def flow(self, body: list[ast.stmt], scope: Scope) -> Callable[[Frame], Flow]:
        """A body as a Python generator: yields the snippet's values, returns a signal."""


class Entered:
    """The managers of one `with`, left in reverse order also when the body fails."""

    def __init__(self, node: ast.With) -> None:
        self.node = node
        self.managers: list[Any] = []

    def add(self, manager: Any) -> Any:
        running.at = self.node
        value = kind_of(manager).enter(manager)
        self.managers.append(manager)
        return value

    def __enter__(self) -> Entered:
        return self

    def __exit__(
        self, cls: type[BaseException] | None, error: BaseException | None, traceback: object
    ) -> bool:
        """True when a manager keeps the error to itself; a limit is never kept."""
        left = error
        if isinstance(error, Exception):
            let_limits_pass(error)
        for manager in reversed(self.managers):
            if kind_of(manager).leave(manager, left) is True and isinstance(left, Exception):
                left = None
        return left is not error


def pick(
    handlers: list[tuple[Compute | None, Any]], f: Frame, error: Exception
) -> Callable[[Frame, Exception], Any] | None:
    for wanted, handler in handlers:
        if wanted is None or matches(wanted(f), error):
            return handler  # type: ignore[no-any-return]
    return None
