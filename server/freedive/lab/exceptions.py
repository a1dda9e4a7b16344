"""The exceptions that a snippet may name, raise and catch. A caught one is an object of ours that only tells its text."""

from __future__ import annotations

import builtins
import contextlib
from collections.abc import Iterator
from typing import Any, ClassVar

from freedive.lab.kinds import Callable_, Kind, Property, kind_of, register, type_name

NAMES = (
    "Exception", "ValueError", "TypeError", "RuntimeError", "IndexError", "KeyError", "NameError", "AttributeError",
    "ZeroDivisionError", "ArithmeticError", "OverflowError", "FloatingPointError", "LookupError", "AssertionError",
    "NotImplemented" + "Error", "StopIteration", "UnboundLocalError", "ImportError", "ModuleNotFoundError", "OSError",
    "FileNotFoundError", "UnicodeError", "Warning", "UserWarning", "DeprecationWarning", "RecursionError",
)  # fmt: skip


class ErrorClass(Callable_):
    """An exception class as the snippet sees it: it can be called, raised and named in `except`."""

    def __init__(self, python: type[Exception]) -> None:
        self.python = python
        self.name = python.__name__

    def call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        shown = [
            arg if isinstance(arg, str | int | float | bool | None) else kind_of(arg).text(arg)
            for arg in args
        ]
        return CaughtError(self.python(*shown))


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


class ErrorKind(Kind):
    name = "error"

    def __init__(self) -> None:
        super().__init__()
        self.attributes = {
            "args": Property(lambda e: tuple(e.error.args)),
            "message": Property(lambda e: str(e.error)),
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
        return repr(error.args[0]) if isinstance(error, KeyError) and error.args else str(error)

    def repr(self, value: Any) -> str:
        return f"{self.type_name(value)}({', '.join(map(repr, value.error.args))})"


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


register(ErrorKind(), CaughtError)
register(ErrorClassKind(), ErrorClass)


def builtin_errors() -> dict[str, ErrorClass]:
    return {name: ErrorClass(getattr(builtins, name)) for name in NAMES}


def to_raise(value: Any) -> Exception:
    if value is None:
        return (
            CaughtError.current[-1] if CaughtError.current else RuntimeError("No active exception to reraise")
        )
    if isinstance(value, ErrorClass):
        return value.python()
    if isinstance(value, CaughtError):
        return value.error
    return TypeError("exceptions must derive from BaseException")


def matches(wanted: Any, error: Exception) -> bool:
    """Whether an `except` clause takes the error."""
    if isinstance(wanted, tuple):
        return any(matches(each, error) for each in wanted)
    if not isinstance(wanted, ErrorClass):
        raise TypeError(
            f"catching classes that do not inherit from BaseException is not allowed, not {type_name(wanted)}"
        )
    if isinstance(error, wanted.python):
        return True
    return wanted.name in getattr(error, "lab_mro", ())
