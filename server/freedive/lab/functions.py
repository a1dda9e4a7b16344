"""Functions and generators of the snippet: our own objects, never Python functions that a snippet could take apart."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import Any

from freedive.lab.budget import LimitReached
from freedive.lab.kinds import Callable_, Kind, Native, Property, register
from freedive.lab.running import running
from freedive.lab.scopes import Frame


class Parameters:
    """A parameter list; binding gives the names of a new frame, with Python's messages when it does not fit."""

    def __init__(
        self, node: ast.arguments, compile_default: Callable[[ast.expr], Callable[[Frame], Any]]
    ) -> None:
        self.names = [arg.arg for arg in (*node.posonlyargs, *node.args)]
        self.placed = frozenset(arg.arg for arg in node.posonlyargs)
        """Names before `/`, which no keyword reaches."""
        self.keyword_only = [arg.arg for arg in node.kwonlyargs]
        self.star = node.vararg.arg if node.vararg else None
        self.stars = node.kwarg.arg if node.kwarg else None
        self._defaults = [compile_default(d) for d in node.defaults]
        self._keyword_defaults = [None if d is None else compile_default(d) for d in node.kw_defaults]
        self.defaults: dict[str, Any] = {}
        more = self.star or self.stars or self.keyword_only
        self.exact = -1 if more else len(self.names)
        """How many positional arguments need no looking at; -1 where all do."""

    def bind_defaults(self, f: Frame) -> Parameters:
        """The same list with its defaults worked out now, as `def` does."""
        if not self._defaults and not self._keyword_defaults:
            return self
        bound = object.__new__(Parameters)
        bound.__dict__.update(self.__dict__)
        tail = self.names[len(self.names) - len(self._defaults) :]
        bound.defaults = {name: d(f) for name, d in zip(tail, self._defaults, strict=True)}
        for name, default in zip(self.keyword_only, self._keyword_defaults, strict=True):
            if default is not None:
                bound.defaults[name] = default(f)
        return bound

    def bind(self, function: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        names = self.names
        if len(args) == self.exact and not kwargs:
            return dict(zip(names, args, strict=True))
        if len(args) > len(names) and self.star is None:
            takes = f"{len(names)} positional argument{'s' if len(names) != 1 else ''}"
            least = len([n for n in names if n not in self.defaults])
            if least != len(names):
                takes = f"from {least} to {len(names)} positional arguments"
            raise TypeError(
                f"{function}() takes {takes} but {len(args)} {'were' if len(args) != 1 else 'was'} given"
            )
        bound = dict(zip(names, args, strict=False))
        extra: dict[str, Any] = {}
        for key, value in kwargs.items():
            if key in self.placed:
                if self.stars is None:
                    raise TypeError(
                        f"{function}() got some positional-only arguments passed as keyword arguments: '{key}'"
                    )
                extra[key] = value
            elif key in bound:
                raise TypeError(f"{function}() got multiple values for argument '{key}'")
            elif key in names or key in self.keyword_only:
                bound[key] = value
            elif self.stars is not None:
                extra[key] = value
            else:
                raise TypeError(f"{function}() got an unexpected keyword argument '{key}'")
        missing = []
        for name in (*names, *self.keyword_only):
            if name not in bound:
                if name in self.defaults:
                    bound[name] = self.defaults[name]
                else:
                    missing.append(name)
        if missing:
            which = (
                " and ".join(repr(m) for m in missing) if len(missing) < 3 else ", ".join(map(repr, missing))
            )
            plural = "s" if len(missing) > 1 else ""
            raise TypeError(
                f"{function}() missing {len(missing)} required positional argument{plural}: {which}"
            )
        if self.star is not None:
            bound[self.star] = tuple(args[len(names) :])
        if self.stars is not None:
            bound[self.stars] = extra
        return bound

    def signature(self) -> str:
        parts = [f"{n}=…" if n in self.defaults else n for n in self.names]
        if self.placed:
            parts.insert(len(self.placed), "/")
        parts += [f"*{self.star}"] if self.star else []
        parts += [f"{n}=…" if n in self.defaults else n for n in self.keyword_only]
        parts += [f"**{self.stars}"] if self.stars else []
        return ", ".join(parts)


class Function(Callable_):
    """A `def` or `lambda`. `body` is an expression for a lambda; otherwise `run` gives a signal of `statements`."""

    def __init__(
        self,
        name: str,
        parameters: Parameters,
        body: Callable[[Frame], Any],
        frame: Frame,
        *,
        statements: bool = False,
        generator: bool = False,
        owner: Any = None,
        doc: str = "",
        line: int = 0,
    ) -> None:
        self.name = name
        self.parameters = parameters
        self.body = body
        self.frame = frame
        self.statements = statements
        self.generator = generator
        self.owner = owner
        self.doc = doc
        self.line = line
        self.no_grad: Callable[[], Any] | None = None

    def call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        names = self.parameters.bind(self.name, args, kwargs)
        frame = Frame(names, self.frame, self.owner, args[0] if args and self.owner is not None else None)
        if self.generator:
            return Generator(self.body(frame), self.name)
        meter = running.meter
        meter.depth += 1
        if meter.depth > running.budget.depth:
            meter.depth = 0  # the snippet ends here; what unwinds must not report the depth again
            raise LimitReached(
                f"depth limit: {self.name}() is called more than {running.budget.depth} levels deep"
            )
        at = running.at
        try:
            if self.no_grad is not None:
                with self.no_grad():
                    made = self._run(frame)
            else:
                made = self._run(frame)
        finally:
            meter.depth -= 1
        running.at, running.given = at, ()  # what is computed next belongs to the caller's line again
        return made

    def _run(self, frame: Frame) -> Any:
        made = self.body(frame)
        if not self.statements:
            return made
        return made[0] if type(made) is tuple else None


class FunctionKind(Kind):
    name = "function"

    def __init__(self) -> None:
        super().__init__()
        self.attributes = {
            "__name__": Property(lambda f: f.name.rsplit(".", 1)[-1]),
            "__doc__": Property(lambda f: getattr(f, "doc", "") or None),
        }

    def type_name(self, value: Any) -> str:
        return "function" if isinstance(value, Function) else "builtin_function_or_method"

    def repr(self, value: Any) -> str:
        return f"<function {value.name}>"


class Generator:
    """A generator of the snippet: values one by one, each counted."""

    def __init__(self, source: Iterator[Any], name: str) -> None:
        self.source = source
        self.name = name

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        return self.send(None)

    def send(self, value: Any) -> Any:
        """Go on with `value` as what the waiting `yield` gives."""
        running.meter.step()
        try:
            return next(self.source) if value is None else self.source.send(value)  # type: ignore[attr-defined]
        except StopIteration as end:
            # a body ends with a signal of `statements`: a 1-tuple with what it returned
            raise StopIteration(*(end.value if type(end.value) is tuple else ())) from None
        except RuntimeError as error:
            if isinstance(error.__cause__, StopIteration):
                raise RuntimeError("generator raised StopIteration") from None
            raise

    def close(self) -> None:
        self.source.close()  # type: ignore[attr-defined]


class GeneratorKind(Kind):
    name = "generator"

    def __init__(self) -> None:
        super().__init__()
        self.attributes = {
            "send": Native("send", lambda g, value: g.send(value)),
            "close": Native("close", lambda g: g.close()),
        }

    def type_name(self, value: Any) -> str:
        return "generator"

    def iterate(self, value: Any) -> Iterator[Any]:
        return iter(value)

    def repr(self, value: Any) -> str:
        return f"<generator object {value.name}>"


register(FunctionKind(), Callable_)
register(GeneratorKind(), Generator)
