"""Classes of the snippet: plain ones, and ones that extend what a dialect lets be extended (nn.Module, Block, Model …).

Their objects are in `instances`. Over 400 lines: how a class is made, from its head to its last member, in one piece.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from freedive.lab.decorating import decorate
from freedive.lab.dunders import NAMES, of_type
from freedive.lab.exchange import receive
from freedive.lab.functions import Function
from freedive.lab.instances import (
    ClassMethod,
    Instance,
    InstanceKind,
    Method,
    PropertyMethod,
    StaticMethod,
    member_of,
    resolve,
    set_property,
)
from freedive.lab.kinds import Callable_, Kind, Native, kind_of, register, type_name
from freedive.lab.problems import Refused
from freedive.lab.running import running
from freedive.lab.scopes import Frame, Scope, scope_of
from freedive.lab.types import TypeRef

if TYPE_CHECKING:
    from freedive.lab.statements import Compiler


class NativeClass(TypeRef):
    """A Python class of a dialect that a snippet may call and may extend.

    `overrides` names the methods that Python code calls back, so that a snippet's own version must be reachable there.
    """

    def __init__(
        self,
        name: str,
        python: type,
        *,
        module: str = "",
        overrides: tuple[str, ...] = (),
        make: Callable[..., Any] | None = None,
        doc: str = "",
        extendable: bool = True,
    ) -> None:
        super().__init__(name, python, make or python, module=module, doc=doc)
        self.base = python
        self.overrides = overrides
        self.extendable = extendable
        self.strict = False
        """Whether objects have no fields before `super().__init__()` ran."""
        self.shared: dict[str, Callable[[UserClass], Any]] = {}
        """What classes of the snippet that extend this one have besides their own members, given the class."""
        self.members["__init__"] = Native("__init__", self.started)

    def started(self, instance: Any, *args: Any, **kwargs: Any) -> None:
        """`Base.__init__(self, ...)`, of an object of this class and of no other."""
        if not isinstance(instance, self.base):
            raise TypeError(
                f"descriptor '__init__' requires a '{self.name}' object but received a '{type_name(instance)}'"
            )
        self.initialize(instance, *args, **kwargs)

    def initialize(self, instance: Any, *args: Any, **kwargs: Any) -> None:
        self.base.__init__(instance, *args, **kwargs)  # type: ignore[misc]

    def new(self, python: type, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """An object of a class that extends this one; nothing is set yet."""
        make: Any = python
        return object.__new__(make) if self is PLAIN else make.__new__(make)

    def begin(self, instance: Any, args: tuple[Any, ...]) -> None:
        """Before any `__init__` of the snippet's runs."""
        if isinstance(instance, Instance) and not self.strict:
            instance.fields = {}

    def finished(self, made: UserClass) -> None:
        """The class that extends this one is complete."""


PLAIN = NativeClass("object", Instance)


class UserClass(Callable_):
    """A class written in the snippet."""

    def __init__(self, name: str, bases: list[Any], doc: str = "") -> None:
        self.name = name
        self.bases = bases
        self.doc = doc
        self.members: dict[str, Any] = {}
        self.line: list[Any] = [
            self,
            *_merged([b.line if isinstance(b, UserClass) else [b] for b in bases], bases),
        ]
        """Method resolution order: classes of the snippet, then what they extend."""
        self.annotations: dict[str, None] = {
            name: None for base in reversed(self.line[1:]) for name in getattr(base, "annotations", ())
        }
        """Annotated names of the body, those of the classes it extends first: the fields of a dataclass."""
        self.own_annotations: set[str] = set()
        self.fields: dict[str, Any] = {}
        """The fields that `@dataclass` found in this very class."""
        self.shared_state: dict[str, Any] = {}
        """What the class that this one extends keeps for it."""
        self.frozen = False
        self.abstract: list[str] = []
        self.native: NativeClass = next(
            (b for b in self.line if isinstance(b, NativeClass) and b is not PLAIN), PLAIN
        )
        self.python: type | None = None

    def finish(self) -> None:
        """Build the Python class whose instances the snippet's objects are."""
        body: dict[str, Any] = {"lab_class": self, "__module__": "__main__", "__qualname__": self.name}
        for name in self.native.overrides:
            if self.find(name) is not None:
                body[name] = _call_back(name)
        python = self.native.base
        if issubclass(python, Instance) and self.find("__eq__") is not None:
            body["__eq__"] = _call_back(
                "__eq__"
            )  # keys of dicts and items of sets are compared by Python itself
            body["__hash__"] = _call_back("__hash__") if self.find("__hash__") is not None else None
        elif issubclass(python, Instance) and self.find("__hash__") is not None:
            body["__hash__"] = _call_back("__hash__")
        self.python = type(self.name, (python,), body)
        names = dict.fromkeys(n for b in self.line if isinstance(b, UserClass) for n in b.members)
        self.abstract = sorted(name for name in names if _is_abstract(self.find(name)))
        self.native.finished(self)

    def find(self, name: str) -> Any:
        for base in self.line:
            if isinstance(base, UserClass) and name in base.members:
                return base.members[name]
        return None

    def has(self, name: str) -> bool:
        """Whether there is such a member, be it None."""
        return any(isinstance(base, UserClass) and name in base.members for base in self.line)

    def call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        assert self.python is not None
        make = self.native.shared.get("__call__")
        if make is not None:
            return running.call(make(self), args, kwargs)
        if self.abstract:
            raise TypeError(
                f"Can't instantiate abstract class {self.name} with abstract method{'s' if len(self.abstract) > 1 else ''} "
                + ", ".join(self.abstract)
            )
        new = self.find("__new__")
        if new is None:
            made = self.blank(args, kwargs)
        else:
            made = running.call(
                getattr(new, "function", new) if isinstance(new, StaticMethod) else new, (self, *args), kwargs
            )
            if not self.test(made):
                return made
        init = self.find("__init__")
        if init is not None:
            running.call(init, (made, *args), kwargs)
        elif self.native is PLAIN:
            if (args or kwargs) and new is None:
                raise TypeError(f"{self.name}() takes no arguments")
        else:
            self.native.initialize(made, *args, **kwargs)
        return made

    def blank(self, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None) -> Any:
        """A new object before any `__init__` ran; what `super().__new__(cls)` gives."""
        assert self.python is not None
        made = self.native.new(self.python, args, kwargs or {})
        self.native.begin(made, args)
        return made

    def test(self, value: Any) -> bool:
        owner = getattr(type(value), "lab_class", None)
        return owner is not None and self in owner.line


def _merged(lines: list[list[Any]], bases: list[Any]) -> list[Any]:
    """Python's linearization (C3): each class before what it extends, in the order written."""
    left = [list(line) for line in (*lines, bases) if line]
    made: list[Any] = []
    while left:
        head = next((line[0] for line in left if not any(line[0] in other[1:] for other in left)), None)
        if head is None:
            raise TypeError("Cannot create a consistent method resolution order (MRO) for these bases")
        made.append(head)
        left = [rest for line in left if (rest := [each for each in line if each is not head])]
    return made


def _is_abstract(member: Any) -> bool:
    return bool(getattr(getattr(member, "function", member), "abstract", False))


def _call_back(name: str) -> Callable[..., Any]:
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        function = type(self).lab_class.find(name)
        given = {key: receive(each) for key, each in kwargs.items()}
        return running.call(function, (self, *map(receive, args)), given)

    method.__name__ = name
    return method


def class_maker(compiler: Compiler, node: ast.ClassDef, scope: Scope) -> Callable[[Frame], UserClass]:
    """Compile a class statement to something that makes the class."""
    inner = scope_of(node, scope)
    bases = [compiler.expression(base, scope) for base in node.bases if not _is_object(base)]
    steps: list[tuple[ast.stmt, Any]] = []
    for each in node.body:
        if isinstance(each, ast.FunctionDef):
            steps.append((each, compiler.function(each, inner)))
        else:
            steps.append((each, compiler.statement(each, inner)))
    doc = ast.get_docstring(node) or ""
    annotated = [
        a.target.id for a in node.body if isinstance(a, ast.AnnAssign) and isinstance(a.target, ast.Name)
    ]
    decorators = [compiler.expression(each, scope) for each in node.decorator_list]

    def make(f: Frame) -> Any:
        given = [extended(base(f), node) for base in bases]
        running.at = node
        made = UserClass(node.name, given, doc)
        made.annotations.update(dict.fromkeys(annotated))
        made.own_annotations.update(annotated)
        frame = Frame(made.members, f)
        for each, step in steps:
            if isinstance(each, ast.FunctionDef):
                made.members[each.name] = _decorated(
                    each, step(frame, made), made.members, compiler, inner, frame
                )
            else:
                step(frame)
        made.finish()
        result: Any = made
        for decorator in reversed(decorators):
            result = decorate(decorator(f), result)
        return result

    return make


def extended(base: Any, node: ast.ClassDef) -> Any:
    """A base of a class, as what its objects are made of; refused where it may not be extended."""
    running.at = node
    extension = getattr(base, "extension", None) if kind_of(base).name == "type" else None
    if isinstance(extension, NativeClass):
        return extension
    if extension is not None:
        _keeps_something(node)
        return extension()
    if isinstance(base, UserClass) or (isinstance(base, NativeClass) and base.extendable):
        return base
    raise Refused(
        f"a class that extends '{getattr(base, 'name', type(base).__name__)}' is not offered",
        hint="classes may extend nn.Module, Dataset, Layer, Model, Block, exceptions and classes of the snippet",
    )


def _keeps_something(node: ast.ClassDef) -> None:
    """An exception tells what happened; one whose `__init__` drops everything tells nothing."""
    for each in node.body:
        if isinstance(each, ast.FunctionDef) and each.name == "__init__":
            used = {name.id for part in each.body for name in ast.walk(part) if isinstance(name, ast.Name)}
            if not used:
                raise Refused(
                    "an exception whose __init__ keeps nothing is not offered",
                    each.lineno,
                    hint="call super().__init__(message) there, or leave __init__ out",
                )


def _is_object(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "object"


def _decorated(
    node: ast.FunctionDef, made: Function, members: dict[str, Any], compiler: Compiler, scope: Scope, f: Frame
) -> Any:
    result: Any = made
    for decorator in reversed(node.decorator_list):
        if isinstance(decorator, ast.Name) and decorator.id in _WRAPPERS:
            if decorator.id == "staticmethod":
                made.owner = None
            result = _WRAPPERS[decorator.id](result)
        elif isinstance(decorator, ast.Attribute) and decorator.attr in ("setter", "deleter"):
            found = members.get(node.name)
            if not isinstance(found, PropertyMethod):
                raise Refused("a setter needs a @property of the same name first", node.lineno)
            setattr(found, decorator.attr, result)
            result = found
        else:
            result = decorate(compiler.expression(decorator, scope)(f), result)
    return result


_WRAPPERS: dict[str, Callable[[Any], Any]] = {
    "staticmethod": StaticMethod, "classmethod": ClassMethod, "property": PropertyMethod,
}  # fmt: skip


def blank(cls: Any, *args: Any, **kwargs: Any) -> Any:
    """`__new__` as object has it."""
    if not isinstance(cls, UserClass):
        raise TypeError("object.__new__(X): X is not a class of the snippet")
    return cls.blank(args, kwargs)


class ClassKind(Kind):
    """The class itself."""

    name = "type"
    private_names = True
    spoken = NAMES

    def type_name(self, value: Any) -> str:
        return "type"

    def dir(self, value: Any) -> list[str]:
        return sorted({name for base in value.line if isinstance(base, UserClass) for name in base.members})

    def getattr(self, value: Any, name: str) -> Any:
        if name == "__name__":
            return value.name
        if name == "__doc__":
            return value.doc or None
        found = value.find(name)
        if found is not None or value.has(name):
            return of_class(found, value)
        if name == "__init__":
            return value.native.members["__init__"]
        if name == "__new__":
            return Native("__new__", blank)
        shared = value.native.shared.get(name)
        if shared is not None and name[0] != "_":
            return shared(value)
        method = of_type(value.test, value.name, name)
        if method is not None:
            return method
        raise AttributeError(f"type object '{value.name}' has no attribute '{name}'")

    def setattr(self, value: Any, name: str, new: Any) -> None:
        value.members[name] = new
        running.meter.room(1)

    def delattr(self, value: Any, name: str) -> None:
        if name not in value.members:
            raise AttributeError(f"type object '{value.name}' has no attribute '{name}'")
        del value.members[name]

    def _shared(self, value: Any, name: str, *args: Any) -> Any:
        make = value.native.shared.get(name)
        return None if make is None else running.call(make(value), args)

    def iterate(self, value: Any) -> Iterator[Any]:
        made = self._shared(value, "__iter__")
        return super().iterate(value) if made is None else iter(made)

    def length(self, value: Any) -> int:
        made = self._shared(value, "__iter__")
        return super().length(value) if made is None else len(made)

    def getitem(self, value: Any, index: Any) -> Any:
        made = self._shared(value, "__getitem__", index)
        return super().getitem(value, index) if made is None else made

    def repr(self, value: Any) -> str:
        return f"<class '__main__.{value.name}'>"

    def encode(self, value: Any, encoder: Any) -> dict[str, Any]:
        return {"kind": "type", "data": value.name, "repr": self.repr(value)}


def of_class(member: Any, owner: UserClass) -> Any:
    """A class member as seen through the class."""
    if isinstance(member, ClassMethod):
        return Method(member.function, owner)
    return member.function if type(member) is StaticMethod else member


register(ClassKind(), UserClass)

__all__ = [
    "PLAIN",
    "Instance",
    "InstanceKind",
    "Method",
    "NativeClass",
    "UserClass",
    "class_maker",
    "member_of",
    "resolve",
    "set_property",
]
