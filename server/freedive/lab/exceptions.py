"""The exceptions that a snippet may name, raise and catch. A caught one is an object of ours that only tells its text."""

from __future__ import annotations

import builtins
import contextlib
from collections.abc import Iterator
from typing import Any, ClassVar

from freedive.lab.classes import NativeClass, UserClass
from freedive.lab.instances import Instance, InstanceKind
from freedive.lab.kinds import Callable_, Kind, Property, is_known, kind_of, register, type_name
from freedive.lab.problems import clean

NAMES = (
    "Exception", "ValueError", "TypeError", "RuntimeError", "IndexError", "KeyError", "NameError", "AttributeError",
    "ZeroDivisionError", "ArithmeticError", "OverflowError", "FloatingPointError", "LookupError", "AssertionError",
    "NotImplemented" + "Error", "StopIteration", "UnboundLocalError", "ImportError", "ModuleNotFoundError", "OSError",
    "FileNotFoundError", "UnicodeError", "Warning", "UserWarning", "DeprecationWarning", "RecursionError",
    "RuntimeWarning", "FutureWarning", "TimeoutError", "PermissionError", "FileExistsError", "ConnectionError", "EOFError",
)  # fmt: skip


class ErrorClass(Callable_):
    """An exception class as the snippet sees it: it can be called, raised and named in `except`."""

    def __init__(self, python: type[Exception]) -> None:
        self.python = python
        self.name = python.__name__

    def call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        # a library's own exception is made as the nearest one of Python's, under its name
        plain = next(cls for cls in self.python.__mro__ if cls.__module__ == "builtins")
        made = plain(*_shown(args))
        if plain is not self.python:
            made.lab_mro = tuple(cls.__name__ for cls in self.python.__mro__[:-2])
        return CaughtError(made)

    def test(self, value: Any) -> bool:
        """isinstance(error, ValueError)."""
        if isinstance(value, ErrorInstance):
            return self.name in _names(type(value).lab_class)
        return isinstance(value, CaughtError) and matches(self, value.error)

    def extension(self) -> ErrorBase:
        """What classes of the snippet are made of that extend this one."""
        found = _BASES.get(self.name)
        if found is None:
            found = _BASES[self.name] = ErrorBase(self)
        return found


def _shown(args: tuple[Any, ...]) -> tuple[Any, ...]:
    """What an exception keeps: plain values as they are, all else as text, so that it holds nothing alive."""
    return tuple(
        arg
        if isinstance(arg, str | int | float | bool | None)
        else kind_of(arg).text(arg)
        if is_known(arg)
        else "object"
        for arg in args
    )


class ErrorInstance(Instance):
    """An object of an exception class of the snippet."""

    args: tuple[Any, ...] = ()


class ErrorBase(NativeClass):
    """A built-in exception class as something to extend."""

    def __init__(self, error: ErrorClass) -> None:
        super().__init__(error.name, ErrorInstance)
        self.error = error

    def begin(self, instance: Any, args: tuple[Any, ...]) -> None:
        super().begin(instance, args)
        instance.args = _shown(args)

    def initialize(self, instance: Any, *args: Any, **kwargs: Any) -> None:
        if kwargs:
            raise TypeError(f"{self.name}() takes no keyword arguments")
        instance.args = _shown(args)


_BASES: dict[str, ErrorBase] = {}


def _names(owner: UserClass) -> tuple[str, ...]:
    """The names of an exception class of the snippet and of all it extends, most special first."""
    own = [base.name for base in owner.line if isinstance(base, UserClass)]
    native: Any = owner.native
    builtin = [cls.__name__ for cls in native.error.python.__mro__ if cls not in (BaseException, object)]
    return (*own, *builtin)


class RaisedError(Exception):
    """An exception of the snippet's own on its way up; `value` is the object that was raised."""

    def __init__(self, value: ErrorInstance) -> None:
        super().__init__(*value.args)
        self.value = value
        self.lab_mro = _names(type(value).lab_class)
        # asked now, while limits hold, for whoever reports the error must not run the snippet's code again
        self.said = kind_of(value).text(value)

    def __str__(self) -> str:
        return self.said


class CaughtError:
    """An exception as a value."""

    current: ClassVar[list[Exception]] = []

    def __init__(self, error: Exception) -> None:
        self.error = error

    @classmethod
    @contextlib.contextmanager
    def handling(cls, error: Exception) -> Iterator[None]:
        """While a handler runs, a bare `raise` raises this again."""
        cls.current.append(error)
        try:
            yield
        finally:
            cls.current.pop()


class ErrorInstanceKind(InstanceKind):
    """What an exception of the snippet's own has besides its fields and methods."""

    name = "error"

    def __init__(self) -> None:
        super().__init__()
        self.attributes = {"args": Property(lambda error: error.args)}

    def text(self, value: Any) -> str:
        if self.own(value, "__str__") is not None or self.own(value, "__repr__") is not None:
            return super().text(value)
        args = value.args
        return "" if not args else str(args[0]) if len(args) == 1 else str(args)

    def repr(self, value: Any) -> str:
        if self.own(value, "__repr__") is not None:
            return super().repr(value)
        return f"{self.type_name(value)}({', '.join(map(repr, value.args))})"


class ErrorKind(Kind):
    name = "error"

    def __init__(self) -> None:
        super().__init__()
        self.attributes = {
            "args": Property(lambda e: _shown(e.error.args)),
            "message": Property(lambda e: str(e.error)),
            "name": Property(lambda e: _name_of(e.error)),
            "value": Property(_stop_value),
        }

    def class_of(self, value: Any) -> Any:
        made = ErrorClass(type(value.error))
        made.name = self.type_name(value)
        return made

    def type_name(self, value: Any) -> str:
        names = getattr(value.error, "lab_mro", None)
        return str(names[0]) if names else type(value.error).__name__

    def text(self, value: Any) -> str:
        error = value.error
        return (
            repr(*_shown(error.args[:1])) if isinstance(error, KeyError) and error.args else clean(str(error))
        )

    def repr(self, value: Any) -> str:
        return f"{self.type_name(value)}({', '.join(map(repr, _shown(value.error.args)))})"


class ErrorClassKind(Kind):
    name = "type"

    def __init__(self) -> None:
        super().__init__()
        self.attributes = {"__name__": Property(lambda e: e.name)}

    def type_name(self, value: Any) -> str:
        return "type"

    def repr(self, value: Any) -> str:
        return f"<class '{value.name}'>"

    def encode(self, value: Any, encoder: Any) -> dict[str, Any]:
        return {"kind": "type", "data": value.name, "repr": self.repr(value)}


def _name_of(error: Exception) -> str | None:
    """What could not be found, of a NameError or an ImportError."""
    found = getattr(error, "name", None)
    return found if isinstance(found, str) else None


def _stop_value(caught: CaughtError) -> Any:
    """StopIteration.value: what a generator returned."""
    if isinstance(caught.error, StopIteration):
        return caught.error.value
    raise AttributeError(f"'{type(caught.error).__name__}' object has no attribute 'value'")


register(ErrorKind(), CaughtError)
register(ErrorInstanceKind(), ErrorInstance)
register(ErrorClassKind(), ErrorClass)


def builtin_errors() -> dict[str, ErrorClass]:
    return {name: ErrorClass(getattr(builtins, name)) for name in NAMES}


def caught(error: BaseException) -> Any:
    """The error as `except ... as e` binds it."""
    return error.value if isinstance(error, RaisedError) else CaughtError(error)  # type: ignore[arg-type]


def to_raise(value: Any) -> Exception:
    if value is None:
        return (
            CaughtError.current[-1] if CaughtError.current else RuntimeError("No active exception to reraise")
        )
    if isinstance(value, ErrorClass):
        return value.python()
    if isinstance(value, CaughtError):
        return value.error
    if isinstance(value, UserClass) and issubclass(value.native.base, ErrorInstance):
        value = value.call((), {})
    if isinstance(value, ErrorInstance):
        return RaisedError(value)
    return TypeError("exceptions must derive from BaseException")


def matches(wanted: Any, error: Exception) -> bool:
    """Whether an `except` clause takes the error."""
    if isinstance(wanted, tuple):
        return any(matches(each, error) for each in wanted)
    if isinstance(wanted, UserClass) and issubclass(wanted.native.base, ErrorInstance):
        return isinstance(error, RaisedError) and wanted.test(error.value)
    if not isinstance(wanted, ErrorClass):
        raise TypeError(
            f"catching classes that do not inherit from BaseException is not allowed, not {type_name(wanted)}"
        )
    if isinstance(error, wanted.python):
        return True
    return wanted.name in getattr(error, "lab_mro", ())
