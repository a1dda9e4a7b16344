"""tf.function: traced once for each kind of arguments, where Python happens; afterwards only TensorFlow does.

The lab runs the function each time for its numbers. At the first call for new kinds of arguments tensors are symbols, print
prints, both branches of an `if` over a tensor are walked; later calls leave Python's side alone (`captured`).
"""

from __future__ import annotations

import contextlib
from typing import Any

import numpy as np
import torch

from freedive.lab.arrays import DTYPE_NAMES
from freedive.lab.decorating import Decorator
from freedive.lab.dialects.tensorflow.captured import Captured
from freedive.lab.dialects.tensorflow.datasets import TensorSpec
from freedive.lab.dialects.tensorflow.errors import InvalidArgument
from freedive.lab.dialects.tensorflow.namespaces import TF
from freedive.lab.dialects.tensorflow.staging import Staging, placeholder, while_running
from freedive.lab.dialects.tensorflow.symbols import TRACING
from freedive.lab.dialects.tensorflow.tensors import EagerTensor, Variable, convert
from freedive.lab.door import untraced
from freedive.lab.functions import FunctionKind
from freedive.lab.kinds import Callable_, Native, Property, kind_of, register
from freedive.lab.problems import Refused
from freedive.lab.running import running

SINGLETON = (
    "tf.function only supports singleton tf.Variables created on the first call. Make sure the tf.Variable is only created once "
    "or created outside tf.function. See https://www.tensorflow.org/guide/function#creating_tfvariables for more information."
)


class Graph(Callable_):
    """A function under tf.function."""

    binds = True
    """In a class it is a method."""

    def __init__(self, function: Any, signature: Any = None, autograph: bool = True) -> None:
        self.function = function
        self.name = getattr(function, "name", "function")
        self.parameters = getattr(function, "parameters", None)
        self.doc = getattr(function, "doc", "")
        self.signature = signature
        self.autograph = autograph
        self.known: dict[Any, Captured] = {}
        """The kinds of arguments that it was traced for."""

    def call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if running.__dict__.get("functions_eagerly"):
            return running.call(self.function, args, kwargs)
        TRACING.depth += 1
        try:
            return self._run(*self._canonical(args, kwargs))
        finally:
            TRACING.depth -= 1

    def _run(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        key = self._key(args, kwargs)
        captured = self.known.get(key)
        if captured is None and not running.muted:
            return self._trace(key, args, kwargs)
        plain = [_given(each) for each in args], {k: _given(v) for k, v in kwargs.items()}
        with captured.restored() if captured is not None else contextlib.nullcontext():
            try:
                made = running.call(self.function, tuple(plain[0]), plain[1])
            except InvalidArgument as error:
                raise error if TRACING.on else while_running(error) from None
        return _out(made)

    def _canonical(
        self, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Arguments in the order of the parameters, with what is left out filled in."""
        p = self.parameters
        if p is not None and not p.star and not p.stars and not p.keyword_only:
            bound = p.bind(self.name, args, kwargs)
            args, kwargs = tuple(bound[name] for name in p.names), {}
        if self.signature is not None:
            args = self._fitting(args)
        return args, kwargs

    def _fitting(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        specs = list(self.signature)
        own = len(args) - len(specs)  # self, in a method
        made = list(args)
        for at, spec in enumerate(specs):
            if not isinstance(spec, TensorSpec):
                continue
            given = args[own + at]
            if not isinstance(given, EagerTensor):
                given = made[own + at] = EagerTensor(convert(given, like=spec.dtype.torch))
            sizes = tuple(given.t.shape)
            fits = spec.shape is None or (
                len(spec.shape) == len(sizes)
                and all(s is None or s == n for s, n in zip(spec.shape, sizes, strict=True))
            )
            if not fits or given.t.dtype != spec.dtype.torch:
                shown = f"TensorSpec(shape={sizes}, dtype=tf.{DTYPE_NAMES[given.t.dtype]}, name=None)"
                told = ", ".join(kind_of(a).repr(a) for a in args[own:])
                raise TypeError(
                    f"Binding inputs to tf.function failed due to `Can not cast {shown} to {kind_of(spec).repr(spec)}`. "
                    f"Received args: ({told}{',' if len(specs) == 1 else ''}) and kwargs: {{}} for signature: ({self.name})."
                )
        return tuple(made)

    def _key(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if self.signature is not None:
            return "signature", tuple(_kind_of_argument(a) for a in args[: len(args) - len(self.signature)])
        return tuple(_kind_of_argument(a) for a in args), _kind_of_argument(kwargs)

    # ------------------------------------------------------------ the first call
    def _trace(self, key: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        captured = Captured(self.function, (*args, *kwargs.values()))
        staging = Staging(self)
        with staging.begun(bool(self.known)):
            given = tuple(self._placeholder(at, a) for at, a in enumerate(args))
            named = {name: placeholder(name, a) for name, a in kwargs.items()}
            with staging.told():
                made = running.call(self.function, given, named)
            created = TRACING.made
        captured.settle()
        if created and not self.known:
            # TensorFlow traces once more, to see that no variable is made again
            if staging.created:
                self._once_more(captured, args, kwargs, staging)
            staging.repeat()
        self.known[key] = captured
        if TRACING.on:
            TRACING.later += staging.later
        else:
            for text in staging.later:
                running.write(text)
        return _out(made)

    def _once_more(
        self, captured: Captured, args: tuple[Any, ...], kwargs: dict[str, Any], staging: Staging
    ) -> None:
        with staging.begun(True), captured.restored(), TRACING.undone(), untraced(), staging.told():
            running.call(self.function, tuple(_given(a) for a in args), kwargs)

    def _placeholder(self, at: int, value: Any) -> Any:
        names = self.parameters.names if self.parameters is not None else []
        name = names[at] if at < len(names) else "args"
        shape = None
        if self.signature is not None:
            spec = self.signature[at - len(names)] if at >= len(names) - len(self.signature) else None
            shape = getattr(spec, "shape", None)
        return placeholder(name, value, shape)


def _kind_of_argument(value: Any) -> Any:
    """What two arguments have in common that one graph serves."""
    if isinstance(value, EagerTensor):
        return type(value).__name__, value.t.dtype, tuple(value.t.shape)
    if isinstance(value, np.ndarray):
        return "EagerTensor", value.dtype.str, value.shape
    if isinstance(value, list | tuple):
        return type(value).__name__, tuple(_kind_of_argument(v) for v in value)
    if isinstance(value, dict):
        return "dict", tuple((k, _kind_of_argument(v)) for k, v in value.items())
    if value is None or isinstance(value, bool | int | float | str):
        return type(value).__name__, value
    return running.identity(value)


def _given(value: Any) -> Any:
    """An argument as the graph takes it: arrays are tensors, a list or dict is the function's own."""
    if isinstance(value, np.ndarray):
        return EagerTensor(convert(value))
    if type(value) in (list, tuple):
        return type(value)(_given(v) for v in value)
    return {k: _given(v) for k, v in value.items()} if type(value) is dict else value


def _out(value: Any) -> Any:
    """What comes out of a graph: numbers are tensors, and a tensor is no symbol any more."""
    if isinstance(value, list | tuple) and not hasattr(value, "_fields"):
        return type(value)(_out(each) for each in value)
    if isinstance(value, dict):
        return {key: _out(each) for key, each in value.items()}
    if isinstance(value, bool | int | float):
        return EagerTensor(convert(value))
    if isinstance(value, Variable):
        return EagerTensor(value.read())
    if isinstance(value, EagerTensor) and value.symbol is not None and not TRACING.on:
        made = EagerTensor(value.t)
        if getattr(value, "mask", None) is not None:
            made.mask = value.mask
        return made
    return value


# ------------------------------------------------------------ as a value
class Concrete(Callable_):
    """What get_concrete_function gives: the graph for one kind of arguments."""

    def __init__(self, graph: Graph, first: tuple[Any, ...]) -> None:
        self.graph, self.first = graph, first
        self.name = graph.name

    def call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        filled = (*self.first[: -len(args) or None], *args) if len(args) < len(self.first) else args
        return self.graph.call(
            filled if len(args) >= len(self.first) else (*args, *self.first[len(args) :]), kwargs
        )


def _concrete(graph: Graph, *args: Any, **kwargs: Any) -> Concrete:
    specs = args or tuple(graph.signature or ())
    given, kwargs = graph._canonical(
        tuple(_blank(a) for a in specs), {k: _blank(v) for k, v in kwargs.items()}
    )
    with TRACING.undone(), untraced():
        graph.call(given, kwargs)
    return Concrete(graph, given)


def _blank(value: Any) -> Any:
    """An argument of a described kind: zeros, one where a size is open."""
    if isinstance(value, TensorSpec):
        sizes = [1 if s is None else int(s) for s in value.shape or ()]
        running.meter.elements(int(np.prod(sizes)))
        return EagerTensor(torch.zeros(sizes, dtype=value.dtype.torch))
    return value


class GraphKind(FunctionKind):
    """A function under tf.function, as a value."""

    def __init__(self) -> None:
        super().__init__()
        self.attributes = {
            **self.attributes,
            "get_concrete_function": Native("get_concrete_function", _concrete),
            "python_function": Property(lambda g: g.function),
            "experimental_get_tracing_count": Native("experimental_get_tracing_count", lambda g: len(g.known)),
            "input_signature": Property(lambda g: g.signature),
        }  # fmt: skip

    def repr(self, value: Any) -> str:
        return f"<tensorflow.python.eager.polymorphic_function.polymorphic_function.Function {value.name}>"


register(GraphKind(), Graph)


def graph(function: Any = None, input_signature: Any = None, autograph: bool = True, **kwargs: Any) -> Any:
    """tf.function."""
    signature = None if input_signature is None else tuple(input_signature)
    if function is None or not isinstance(function, Callable_):
        return Decorator("tf.function", lambda f: Graph(f, signature, bool(autograph)))
    return Graph(function, signature, bool(autograph))


def _python(func: Any = None, inp: Any = (), Tout: Any = None, name: Any = None, **kwargs: Any) -> Any:
    """tf.py_function and tf.numpy_function: Python in the middle of a graph, at each call, with numbers."""
    if not TRACING.depth:
        raise Refused(
            "tf.py_function is offered inside of a tf.function, whose Python runs but once",
            hint="call the function itself",
        )
    state, muted, staging = dict(TRACING.__dict__), running.muted, running.staging
    given = [EagerTensor(convert(each)) for each in inp]
    for each in given:
        each.symbol = None
    TRACING.__dict__.update(on=False, undo=None, depth=0)
    running.muted, running.staging = False, None
    try:
        made = running.call(func, tuple(given))
    finally:
        TRACING.__dict__.update(state)
        running.muted, running.staging = muted, staging
    if isinstance(made, list | tuple):
        return [EagerTensor(convert(each)) for each in made]
    return made if made is None else EagerTensor(convert(made))


def _numpy(func: Any = None, inp: Any = (), Tout: Any = None, **kwargs: Any) -> Any:
    arrays = Native("numpy_function", lambda *given: running.call(func, tuple(g.numpy() for g in given)))
    return _python(arrays, inp, Tout)


def _eagerly(run_eagerly: Any) -> None:
    running.__dict__["functions_eagerly"] = bool(run_eagerly)


def load() -> None:
    TF.members["py_function"] = Native("py_function", _python)
    TF.members["numpy_function"] = Native("numpy_function", _numpy)
    TF.members["executing_eagerly"] = Native("executing_eagerly", lambda: not TRACING.depth)
    TF.members["function"] = Decorator("function", graph, graph.__doc__ or "")
