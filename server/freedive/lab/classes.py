"""Classes of the snippet: plain ones, and ones that extend what a dialect lets be extended (nn.Module, Block, Model …).

Over 400 lines: what a class is, what its objects are and how `super()` looks between the two cannot be read apart.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from freedive.lab.functions import Function
from freedive.lab.kinds import Callable_, Kind, Native, kind_of, register
from freedive.lab.operators import truth
from freedive.lab.problems import Refused, no_attribute
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
        self.members["__init__"] = Native("__init__", self.initialize)

    def initialize(self, instance: Any, *args: Any, **kwargs: Any) -> None:
        self.base.__init__(instance, *args, **kwargs)  # type: ignore[misc]


class Instance:
    """An object of a plain class."""

    lab_class: UserClass

    def __init__(self) -> None:
        self.fields: dict[str, Any] = {}


PLAIN = NativeClass("object", Instance)


class UserClass(Callable_):
    """A class written in the snippet."""

    def __init__(self, name: str, bases: list[Any], doc: str = "") -> None:
        self.name = name
        self.bases = bases
        self.doc = doc
        self.members: dict[str, Any] = {}
        lines: list[Any] = [self]
        for base in bases:
            lines += [b for b in (base.line if isinstance(base, UserClass) else [base]) if b not in lines]
        self.line: list[Any] = lines
        """Method resolution order: classes of the snippet, then what they extend."""
        self.native: NativeClass = next(
            (b for b in lines if isinstance(b, NativeClass) and b is not PLAIN), PLAIN
        )
        self.python: type | None = None

    def finish(self) -> None:
        """Build the Python class whose instances the snippet's objects are."""
        body: dict[str, Any] = {"lab_class": self, "__module__": "snippet", "__qualname__": self.name}
        for name in self.native.overrides:
            if self.find(name) is not None:
                body[name] = _call_back(name)
        python = self.native.base
        self.python = type(self.name, (python,), body)

    def find(self, name: str) -> Any:
        for base in self.line:
            if isinstance(base, UserClass) and name in base.members:
                return base.members[name]
        return None

    def call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        assert self.python is not None
        made: Any = object.__new__(self.python) if self.native is PLAIN else self.python.__new__(self.python)  # type: ignore[call-overload]
        if isinstance(made, Instance) and not self.native.strict:
            made.fields = {}
        init = self.find("__init__")
        if init is not None:
            running.call(init, (made, *args), kwargs)
        elif self.native is PLAIN:
            if args or kwargs:
                raise TypeError(f"{self.name}() takes no arguments")
        else:
            self.native.initialize(made, *args, **kwargs)
        return made

    def test(self, value: Any) -> bool:
        owner = getattr(type(value), "lab_class", None)
        return owner is not None and self in owner.line


def _call_back(name: str) -> Callable[..., Any]:
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        function = type(self).lab_class.find(name)
        return running.call(function, (self, *args), kwargs)

    method.__name__ = name
    return method


class StaticMethod:
    def __init__(self, function: Function) -> None:
        self.function = function


class ClassMethod(StaticMethod):
    pass


class PropertyMethod(StaticMethod):
    setter: Function | None = None


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

    def make(f: Frame) -> UserClass:
        given = [base(f) for base in bases]
        running.at = node
        for base in given:
            if not isinstance(base, UserClass) and not (isinstance(base, NativeClass) and base.extendable):
                name = getattr(base, "name", type(base).__name__)
                raise Refused(
                    f"a class that extends '{name}' is not offered",
                    hint="classes may extend nn.Module, Dataset, Layer, Model, Block and classes of the snippet",
                )
        made = UserClass(node.name, given, doc)
        frame = Frame(made.members, f)
        for each, step in steps:
            if isinstance(each, ast.FunctionDef):
                made.members[each.name] = _decorated(
                    each, step(frame, made), made.members, compiler, inner, frame
                )
            else:
                step(frame)
        made.finish()
        return made

    return make


def _is_object(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "object"


def _decorated(
    node: ast.FunctionDef, made: Function, members: dict[str, Any], compiler: Compiler, scope: Scope, f: Frame
) -> Any:
    result: Any = made
    for decorator in reversed(node.decorator_list):
        if isinstance(decorator, ast.Name) and decorator.id in ("staticmethod", "classmethod", "property"):
            if decorator.id == "staticmethod":
                made.owner = None
            kinds = {"staticmethod": StaticMethod, "classmethod": ClassMethod, "property": PropertyMethod}
            result = kinds[decorator.id](result)
        elif isinstance(decorator, ast.Attribute) and decorator.attr == "setter":
            result = members.get(node.name)
            if not isinstance(result, PropertyMethod):
                raise Refused("a setter needs a @property of the same name first", node.lineno)
            result.setter = made
        else:
            result = running.call(compiler.expression(decorator, scope)(f), (result,))
    return result


class Super:
    """What `super()` gives: the object, seen from the class after `owner`."""

    def __init__(self, owner: UserClass, value: Any) -> None:
        self.owner = owner
        self.value = value


def super_of(owner: UserClass, value: Any) -> Super:
    return Super(owner, value)


class SuperKind(Kind):
    name = "super"

    def getattr(self, value: Any, name: str) -> Any:
        obj = value.value
        line = type(obj).lab_class.line if hasattr(type(obj), "lab_class") else value.owner.line
        for base in line[line.index(value.owner) + 1 :]:
            if isinstance(base, UserClass) and name in base.members:
                return resolve(base.members[name], obj)
        native = value.owner.native
        if name == "__init__":
            return Native("__init__", lambda *args, **kwargs: native.initialize(obj, *args, **kwargs))
        if name in native.overrides and hasattr(native.base, name):
            method = getattr(native.base, name)
            return Native(name, lambda *args, **kwargs: method(obj, *args, **kwargs))
        if native is PLAIN:
            raise no_attribute("super", name, [])
        return Kind.getattr(kind_of(obj), obj, name)


register(SuperKind(), Super)


def resolve(member: Any, value: Any) -> Any:
    """A class member as seen through an object."""
    if isinstance(member, PropertyMethod):
        return running.call(member.function, (value,))
    if isinstance(member, ClassMethod):
        return Method(member.function, type(value).lab_class)
    if isinstance(member, StaticMethod):
        return member.function
    if isinstance(member, Function):
        return Method(member, value)
    return member


class Method(Callable_):
    """A function of a class, bound to an object."""

    def __init__(self, function: Function, owner: Any) -> None:
        self.name = function.name
        self.function = function
        self.owner = owner
        self.doc = function.doc

    def call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        return self.function.call((self.owner, *args), kwargs)


def member_of(value: Any, name: str) -> tuple[bool, Any]:
    """Whether the object's class, as written in the snippet, has the member, and what it gives."""
    owner = getattr(type(value), "lab_class", None)
    found = owner.find(name) if owner is not None else None
    return (False, None) if found is None else (True, resolve(found, value))


def set_property(value: Any, name: str, new: Any) -> bool:
    """Store through a property with a setter; True when there was one."""
    owner = getattr(type(value), "lab_class", None)
    found = owner.find(name) if owner is not None else None
    if isinstance(found, PropertyMethod):
        if found.setter is None:
            raise AttributeError(f"property '{name}' of '{owner.name}' object has no setter")  # type: ignore[union-attr]
        running.call(found.setter, (value, new))
        return True
    return False


class ClassKind(Kind):
    """The class itself."""

    name = "type"

    def type_name(self, value: Any) -> str:
        return "type"

    def dir(self, value: Any) -> list[str]:
        return sorted({name for base in value.line if isinstance(base, UserClass) for name in base.members})

    def getattr(self, value: Any, name: str) -> Any:
        if name == "__name__":
            return value.name
        found = value.find(name)
        if found is None:
            if name == "__init__":
                return Native("__init__", value.native.initialize)
            raise AttributeError(f"type object '{value.name}' has no attribute '{name}'")
        if isinstance(found, ClassMethod):
            return Method(found.function, value)
        return found.function if isinstance(found, StaticMethod) else found

    def setattr(self, value: Any, name: str, new: Any) -> None:
        value.members[name] = new

    def repr(self, value: Any) -> str:
        return f"<class '__main__.{value.name}'>"

    def encode(self, value: Any, encoder: Any) -> dict[str, Any]:
        return {"kind": "type", "data": value.name, "repr": self.repr(value)}


register(ClassKind(), UserClass)


class InstanceKind(Kind):
    """An object of a plain class; operators and indexing go to its own methods."""

    name = "object"
    rank = 90

    def class_of(self, value: Any) -> Any:
        return type(value).lab_class

    def type_name(self, value: Any) -> str:
        return str(type(value).lab_class.name)

    def dir(self, value: Any) -> list[str]:
        return sorted({*value.fields, *kind_of(type(value).lab_class).dir(type(value).lab_class)})

    def getattr(self, value: Any, name: str) -> Any:
        if name in value.fields:
            return value.fields[name]
        found, member = member_of(value, name)
        if found:
            return member
        raise no_attribute(self.type_name(value), name, self.dir(value))

    def setattr(self, value: Any, name: str, new: Any) -> None:
        if not set_property(value, name, new):
            value.fields[name] = new
            running.meter.room(1)

    def delattr(self, value: Any, name: str) -> None:
        if name not in value.fields:
            raise no_attribute(self.type_name(value), name, value.fields)
        del value.fields[name]

    def own(self, value: Any, name: str) -> Any:
        found, member = member_of(value, name)
        return member if found else None

    def binary(self, op: str, a: Any, b: Any) -> Any:
        name = {"and": "and", "or": "or"}.get(op, op)
        for owner, other, method in ((a, b, f"__{name}__"), (b, a, f"__r{name}__")):
            if isinstance(owner, Instance) or hasattr(type(owner), "lab_class"):
                function = self.own(owner, method)
                if function is not None:
                    return running.call(function, (other,))
        return super().binary(op, a, b)

    def inplace(self, op: str, a: Any, b: Any) -> Any:
        function = self.own(a, f"__i{op}__")
        return super().inplace(op, a, b) if function is None else running.call(function, (b,))

    def unary(self, op: str, value: Any) -> Any:
        function = self.own(value, f"__{op}__")
        return super().unary(op, value) if function is None else running.call(function, ())

    def compare(self, op: str, a: Any, b: Any) -> Any:
        swapped = {"lt": "gt", "le": "ge", "gt": "lt", "ge": "le", "eq": "eq", "ne": "ne"}
        for owner, other, method in ((a, b, op), (b, a, swapped[op])):
            if hasattr(type(owner), "lab_class"):
                function = self.own(owner, f"__{method}__")
                if function is not None:
                    return running.call(function, (other,))
        return super().compare(op, a, b)

    def getitem(self, value: Any, index: Any) -> Any:
        function = self.own(value, "__getitem__")
        return super().getitem(value, index) if function is None else running.call(function, (index,))

    def setitem(self, value: Any, index: Any, new: Any) -> None:
        function = self.own(value, "__setitem__")
        if function is None:
            super().setitem(value, index, new)
        running.call(function, (index, new))

    def iterate(self, value: Any) -> Iterator[Any]:
        function = self.own(value, "__iter__")
        if function is not None:
            made = running.call(function, ())
            if made is value:
                return self._nexts(value)
            return kind_of(made).iterate(made)
        if self.own(value, "__getitem__") is not None:
            return self._items(value)
        return super().iterate(value)

    def _nexts(self, value: Any) -> Iterator[Any]:
        while True:
            try:
                item = running.call(self.own(value, "__next__"), ())
            except StopIteration:
                return
            yield item

    def _items(self, value: Any) -> Iterator[Any]:
        index = 0
        while True:
            try:
                item = self.getitem(value, index)
            except IndexError:
                return
            yield item
            index += 1

    def length(self, value: Any) -> int:
        function = self.own(value, "__len__")
        return super().length(value) if function is None else int(running.call(function, ()))

    def truth(self, value: Any) -> bool:
        for name in ("__bool__", "__len__"):
            function = self.own(value, name)
            if function is not None:
                return truth(running.call(function, ()))
        return True

    def contains(self, value: Any, item: Any) -> bool:
        function = self.own(value, "__contains__")
        return super().contains(value, item) if function is None else truth(running.call(function, (item,)))

    def text(self, value: Any) -> str:
        function = self.own(value, "__str__") or self.own(value, "__repr__")
        return self.repr(value) if function is None else str(running.call(function, ()))

    def repr(self, value: Any) -> str:
        function = self.own(value, "__repr__")
        return f"<{self.type_name(value)} object>" if function is None else str(running.call(function, ()))

    def call(self, value: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        function = self.own(value, "__call__")
        return super().call(value, args, kwargs) if function is None else running.call(function, args, kwargs)

    def enter(self, value: Any) -> Any:
        function = self.own(value, "__enter__")
        return super().enter(value) if function is None else running.call(function, ())

    def leave(self, value: Any, failed: BaseException | None) -> None:
        function = self.own(value, "__exit__")
        if function is not None and (failed is None or isinstance(failed, Exception)):
            running.call(function, (None, None, None))


register(InstanceKind(), Instance)
