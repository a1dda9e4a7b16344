"""Bodies of generators compiled a second way: to Python generators that pass the yielded values on, and end with a signal.

What does not wait in such a body is compiled by `statements`.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from freedive.lab.door import let_limits_pass
from freedive.lab.exceptions import CaughtError
from freedive.lab.functions import Generator as Generated
from freedive.lab.operators import iterate, truth
from freedive.lab.patterns import Cases
from freedive.lab.running import running
from freedive.lab.scopes import Frame, Scope, has_yield
from freedive.lab.statements import BREAK, CONTINUE, Compiler, Entered, Flow, pick


class FlowCompiler(Compiler):
    """Compiles whole snippets: statements, and bodies that give values while they run."""

    def flow(self, body: list[ast.stmt], scope: Scope) -> Callable[[Frame], Flow]:
        """A body as a Python generator: yields the snippet's values, returns a signal."""
        parts: list[tuple[bool, Any]] = []
        for node in body:
            waits = has_yield([node]) and not isinstance(node, ast.FunctionDef | ast.ClassDef)
            parts.append((waits, self._flowing(node, scope) if waits else self.statement(node, scope)))

        def run(f: Frame) -> Flow:
            for waits, part in parts:
                signal = (yield from part(f)) if waits else part(f)
                if signal is not None:
                    return signal
            return None

        return run

    def _flowing(self, node: ast.stmt, scope: Scope) -> Callable[[Frame], Flow]:
        make = getattr(self, "_flow_" + type(node).__name__.lower(), None)
        if make is None:
            raise SyntaxError(
                "'yield' is not offered here", ("<snippet>", node.lineno, node.col_offset + 1, None)
            )
        around = self.cell
        self.open(node, True)
        made: Callable[[Frame], Flow] = make(node, scope)
        self.cell = around
        return made

    def _flow_value(self, node: ast.expr, scope: Scope) -> Callable[[Frame], Flow]:
        if isinstance(node, ast.Yield):
            value = self.expression(node.value, scope) if node.value else (lambda f: None)
            cell = self.cell

            def give(f: Frame) -> Flow:
                cell.last = made = value(f)
                cell.runs += 1
                return (yield made)

            return give
        if isinstance(node, ast.YieldFrom):
            source = self.expression(node.value, scope)

            def pass_on(f: Frame) -> Flow:
                made = source(f)
                if not isinstance(made, Generated):
                    return (yield from iterate(made))
                body: Any = made.source  # a generator of `flow`, which ends with a signal
                signal = yield from body
                return signal[0] if type(signal) is tuple else None

            return pass_on
        raise SyntaxError(
            "'yield' is offered as a statement or on the right of '='",
            ("<snippet>", node.lineno, node.col_offset + 1, None),
        )

    def _flow_expr(self, node: ast.Expr, scope: Scope) -> Callable[[Frame], Flow]:
        return self._flow_value(node.value, scope)

    def _flow_assign(self, node: ast.Assign, scope: Scope) -> Callable[[Frame], Flow]:
        inner = self._flow_value(node.value, scope)
        stores = [self.target(target, scope) for target in node.targets]

        def run(f: Frame) -> Flow:
            made = yield from inner(f)
            for store in stores:
                store(f, made)
            return None

        return run

    def _flow_return(self, node: ast.Return, scope: Scope) -> Callable[[Frame], Flow]:
        inner = self._flow_value(node.value, scope)  # type: ignore[arg-type]  # one without a value does not wait

        def run(f: Frame) -> Flow:
            return ((yield from inner(f)),)

        return run

    def _flow_match(self, node: ast.Match, scope: Scope) -> Callable[[Frame], Flow]:
        cases = Cases(self, node, scope)
        bodies = [self.flow(case.body, scope) for case in node.cases]

        def run(f: Frame) -> Flow:
            chosen = cases.choose(f)
            return None if chosen is None else (yield from bodies[chosen](f))

        return run

    def _flow_if(self, node: ast.If, scope: Scope) -> Callable[[Frame], Flow]:
        test, body, orelse = (
            self.expression(node.test, scope),
            self.flow(node.body, scope),
            self.flow(node.orelse, scope),
        )

        def run(f: Frame) -> Flow:
            return (yield from (body if truth(test(f)) else orelse)(f))

        return run

    def _flow_for(self, node: ast.For, scope: Scope) -> Callable[[Frame], Flow]:
        source, store = self.expression(node.iter, scope), self.target(node.target, scope)
        body, orelse = self.flow(node.body, scope), self.flow(node.orelse, scope)

        def run(f: Frame) -> Flow:
            for item in iterate(source(f)):
                store(f, item)
                signal = yield from body(f)
                if signal is BREAK:
                    return None
                if signal is not None and signal is not CONTINUE:
                    return signal
            return (yield from orelse(f))

        return run

    def _flow_while(self, node: ast.While, scope: Scope) -> Callable[[Frame], Flow]:
        test, body, meter = self.expression(node.test, scope), self.flow(node.body, scope), running.meter
        orelse = self.flow(node.orelse, scope)

        def run(f: Frame) -> Flow:
            while truth(test(f)):
                meter.step()
                signal = yield from body(f)
                if signal is BREAK:
                    return None
                if signal is not None and signal is not CONTINUE:
                    return signal
            return (yield from orelse(f))

        return run

    def _flow_with(self, node: ast.With, scope: Scope) -> Callable[[Frame], Flow]:
        items = self.managers(node, scope)
        body = self.flow(node.body, scope)

        def run(f: Frame) -> Flow:
            with Entered(node) as entered:
                for manager, store in items:
                    value = entered.add(manager(f))
                    if store:
                        store(f, value)
                return (yield from body(f))

        return run

    def _flow_try(self, node: ast.Try, scope: Scope) -> Callable[[Frame], Flow]:
        body, handlers = self.flow(node.body, scope), self._handlers(node, scope)
        orelse = self.flow(node.orelse, scope)
        final = self.block(node.finalbody, scope) if node.finalbody else (lambda f: None)

        def guarded(f: Frame) -> Flow:
            try:
                signal = yield from body(f)
            except Exception as error:
                let_limits_pass(error)
                handler = pick(handlers, f, error)
                if handler is None:
                    raise
                with CaughtError.handling(error):
                    return handler(f, error)
            return (yield from orelse(f)) if signal is None else signal

        def run(f: Frame) -> Flow:
            try:
                signal = yield from guarded(f)
            except (Exception, GeneratorExit) as error:
                if isinstance(error, Exception):
                    let_limits_pass(error)
                override = final(f)
                if override is not None:
                    return override
                raise
            override = final(f)
            return signal if override is None else override

        return run
