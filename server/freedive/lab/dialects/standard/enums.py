"""enum, abc and contextlib: what classes of the snippet may extend or wear besides."""

from __future__ import annotations

from typing import Any

from freedive.lab.classes import NativeClass, UserClass
from freedive.lab.decorating import Decorator, abstract
from freedive.lab.functions import Function, Generator
from freedive.lab.instances import Instance, InstanceKind, NativeMethod, StaticMethod
from freedive.lab.kinds import Callable_, Kind, Native, register
from freedive.lab.namespaces import Namespace
from freedive.lab.operators import binary, compare, truth
from freedive.lab.plain import show
from freedive.lab.problems import Refused


class Member(Instance):
    """One value of an enumeration."""


class Auto:
    """auto(): the next whole number."""


class EnumClass(NativeClass):
    """Enum and IntEnum as something to extend: plain values of the body become its members."""

    def __init__(self, name: str) -> None:
        super().__init__(name, Member)
        self.shared = {
            "__call__": lambda cls: Native(cls.name, lambda value: _by_value(cls, value)),
            "__iter__": lambda cls: Native("__iter__", lambda: _members(cls)),
            "__getitem__": lambda cls: Native("__getitem__", lambda name: _by_name(cls, name)),
        }

    def finished(self, made: UserClass) -> None:
        number = 0
        for name, value in list(made.members.items()):
            if name.startswith("_") or isinstance(value, Function | StaticMethod | NativeMethod | Member):
                continue
            number = number + 1 if isinstance(value, Auto) else value if type(value) is int else number
            each: Any = object.__new__(made.python)  # type: ignore[arg-type]
            each.fields = {"name": name, "value": number if isinstance(value, Auto) else value}
            made.members[name] = each


def _members(cls: UserClass) -> list[Any]:
    return [value for value in cls.members.values() if isinstance(value, Member)]


def _by_value(cls: UserClass, value: Any) -> Any:
    for each in _members(cls):
        if each is value or truth(compare("eq", each.fields["value"], value)):
            return each
    raise ValueError(f"{show(value)} is not a valid {cls.name}")


def _by_name(cls: UserClass, name: Any) -> Any:
    found = cls.members.get(name)
    if not isinstance(found, Member):
        raise KeyError(name)
    return found


def _numbers(a: Any, b: Any) -> tuple[Any, Any] | None:
    """The values of members of an IntEnum, which are numbers; None for those of other enumerations."""
    owner = a if isinstance(a, Member) else b
    if "IntEnum" not in [base.name for base in type(owner).lab_class.line]:
        return None
    left, right = (x.fields["value"] if isinstance(x, Member) else x for x in (a, b))
    return left, right


class MemberKind(InstanceKind):
    def setattr(self, value: Any, name: str, new: Any) -> None:
        raise AttributeError(f"<enum '{self.type_name(value)}'> cannot set attribute '{name}'")

    def repr(self, value: Any) -> str:
        return f"<{self.type_name(value)}.{value.fields['name']}: {show(value.fields['value'])}>"

    def text(self, value: Any) -> str:
        if self.own(value, "__str__") is not None:
            return super().text(value)
        return f"{self.type_name(value)}.{value.fields['name']}"

    def compare(self, op: str, a: Any, b: Any) -> Any:
        plain = _numbers(a, b)
        return super().compare(op, a, b) if plain is None else compare(op, *plain)

    def binary(self, op: str, a: Any, b: Any) -> Any:
        plain = _numbers(a, b)
        return super().binary(op, a, b) if plain is None else binary(op, *plain)

    def index(self, value: Any) -> int:
        plain = _numbers(value, 0)
        return super().index(value) if plain is None else int(plain[0])

    def number(self, value: Any, cls: type) -> Any:
        plain = _numbers(value, 0)
        return super().number(value, cls) if plain is None else cls(plain[0])


class AutoKind(Kind):
    name = "object"


class Context:
    """What a generator under @contextmanager gives: entered at its yield, left after it."""

    def __init__(self, source: Generator) -> None:
        self.source = source


class ContextKind(Kind):
    name = "context"

    def enter(self, value: Any) -> Any:
        try:
            return next(value.source)
        except StopIteration:
            raise RuntimeError("generator didn't yield") from None

    def leave(self, value: Any, failed: BaseException | None) -> Any:
        if failed is None:
            if next(value.source, value) is not value:
                raise RuntimeError("generator didn't stop")
            return None
        if not isinstance(failed, Exception):
            return None
        try:
            value.source.source.throw(failed)
        except StopIteration:
            return True
        raise RuntimeError("generator didn't stop after throw()")


class Suppressed:
    """contextlib.suppress(ValueError, ...)."""

    def __init__(self, *errors: Any) -> None:
        self.errors = errors


class SuppressedKind(Kind):
    name = "context"

    def enter(self, value: Any) -> Any:
        return None

    def leave(self, value: Any, failed: BaseException | None) -> Any:
        from freedive.lab.exceptions import matches

        return isinstance(failed, Exception) and matches(value.errors, failed)


class Entered:
    """contextlib.nullcontext(x): gives x."""

    def __init__(self, value: Any = None) -> None:
        self.value = value


class EnteredKind(Kind):
    name = "context"

    def enter(self, value: Any) -> Any:
        return value.value


register(SuppressedKind(), Suppressed)
register(EnteredKind(), Entered)


class ContextMaker(Callable_):
    """A generator function under @contextmanager."""

    binds = True

    def __init__(self, function: Any) -> None:
        self.name = getattr(function, "name", "context")
        self.function = function

    def call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        made = self.function.call(args, kwargs)
        if not isinstance(made, Generator):
            raise TypeError("contextmanager() needs a generator function: one with a yield")
        return Context(made)


register(MemberKind(), Member)
register(AutoKind(), Auto)
register(ContextKind(), Context)


def _only_in_a_head(*args: Any, **kwargs: Any) -> Any:
    raise Refused("ABCMeta is offered in the head of a class alone", hint="write class A(metaclass=ABCMeta)")


def spaces() -> list[Namespace]:
    return [
        Namespace(
            "enum", {"Enum": EnumClass("Enum"), "IntEnum": EnumClass("IntEnum"), "auto": Native("auto", Auto)}
        ),
        Namespace(
            "abc",
            {
                "ABC": NativeClass("ABC", Instance),
                "ABCMeta": Native("ABCMeta", _only_in_a_head),
                "abstractmethod": Decorator("abstractmethod", abstract),
            },
        ),
        Namespace(
            "contextlib",
            {
                "contextmanager": Decorator("contextmanager", ContextMaker),
                "suppress": Native("suppress", Suppressed),
                "nullcontext": Native("nullcontext", Entered),
            },
        ),
    ]
