"""Objects of classes of the snippet: their fields, and their operators, indexing and text by methods of their own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from freedive.lab.dunders import plain_name, spoken
from freedive.lab.functions import Function
from freedive.lab.kinds import Callable_, Kind, Native, kind_of, register
from freedive.lab.operators import truth
from freedive.lab.problems import no_attribute
from freedive.lab.running import running

if TYPE_CHECKING:
    from freedive.lab.classes import UserClass


class Instance:
    """An object of a plain class."""

    lab_class: UserClass

    def __init__(self) -> None:
        self.fields: dict[str, Any] = {}

    def __copy__(self) -> Instance:
        made = object.__new__(type(self))
        made.__dict__.update(self.__dict__)
        made.fields = dict(self.fields)
        return made


class StaticMethod:
    """What `@staticmethod` leaves in a class."""

    def __init__(self, function: Any) -> None:
        self.function = function


class ClassMethod(StaticMethod):
    """What `@classmethod` leaves in a class."""


class PropertyMethod(StaticMethod):
    """What `@property` leaves in a class."""

    setter: Any = None
    deleter: Any = None


class CachedProperty(PropertyMethod):
    """What `@cached_property` leaves in a class: the first reading becomes a field."""


class MemberKind(Kind):
    """What such a decorator gives, held outside of a class: it can only be put into one."""

    name = "object"

    def type_name(self, value: Any) -> str:
        return {
            StaticMethod: "staticmethod",
            ClassMethod: "classmethod",
            CachedProperty: "cached_property",
        }.get(type(value), "property")

    def repr(self, value: Any) -> str:
        return f"<{self.type_name(value)} object>"


register(MemberKind(), StaticMethod)


class NativeMethod(Native):
    """A method of the lab's own in a class of the snippet, such as the `__init__` of a dataclass."""

    binds = True


class Method(Callable_):
    """A function of a class, bound to an object."""

    def __init__(self, function: Any, owner: Any) -> None:
        self.name = function.name
        self.function = function
        self.owner = owner
        self.doc = getattr(function, "doc", "")

    def call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        return self.function.call((self.owner, *args), kwargs)


def resolve(member: Any, value: Any) -> Any:
    """A class member as seen through an object."""
    if isinstance(member, CachedProperty) and isinstance(value, Instance):
        value.fields[member.function.name] = made = running.call(member.function, (value,))
        return made
    if isinstance(member, PropertyMethod):
        return running.call(member.function, (value,))
    if isinstance(member, ClassMethod):
        return Method(member.function, type(value).lab_class)
    if isinstance(member, StaticMethod):
        return member.function
    if isinstance(member, Function) or getattr(member, "binds", False):
        return Method(member, value)
    return member


def member_of(value: Any, name: str) -> tuple[bool, Any]:
    """Whether the object's class, as written in the snippet, has the member, and what it gives."""
    owner = getattr(type(value), "lab_class", None)
    if owner is None:
        return False, None
    found = owner.find(name)
    if found is None:
        return owner.has(name), None
    return True, resolve(found, value)


def set_property(value: Any, name: str, new: Any) -> bool:
    """Store through a property with a setter; True when there was one."""
    owner = getattr(type(value), "lab_class", None)
    found = owner.find(name) if owner is not None else None
    if isinstance(found, PropertyMethod) and not isinstance(found, CachedProperty):
        if found.setter is None:
            raise AttributeError(f"property '{name}' of '{owner.name}' object has no setter")  # type: ignore[union-attr]
        running.call(found.setter, (value, new))
        return True
    return False


class InstanceKind(Kind):
    """An object of a plain class; operators and indexing go to its own methods."""

    name = "object"
    rank = 90

    def class_of(self, value: Any) -> Any:
        return type(value).lab_class

    def type_name(self, value: Any) -> str:
        return str(type(value).lab_class.name)

    def vars(self, value: Any) -> dict[str, Any]:
        fields: dict[str, Any] = value.fields
        return fields

    def dir(self, value: Any) -> list[str]:
        return sorted({*value.fields, *kind_of(type(value).lab_class).dir(type(value).lab_class)})

    def getattr(self, value: Any, name: str) -> Any:
        found, member = member_of(value, name) if name not in value.fields else (False, None)
        if found:
            return member
        if name in value.fields:
            return value.fields[name]
        if name in self.attributes:  # a library's, below those of the snippet's own class
            return super().getattr(value, name)
        if name == "__class__":
            return self.class_of(value)
        if name == "__dict__":
            return value.fields
        if name == "__doc__":
            return self.class_of(value).doc or None
        fallback = self.own(value, "__getattr__")
        if fallback is not None:
            return running.call(fallback, (name,))
        method = spoken(self, value, name)
        if method is not None:
            return method
        raise no_attribute(self.type_name(value), name, self.dir(value))

    def setattr(self, value: Any, name: str, new: Any) -> None:
        if type(value).lab_class.frozen:
            raise frozen(f"cannot assign to field '{name}'")
        own = self.own(value, "__setattr__")
        if own is not None:
            running.call(own, (name, new))
        else:
            self.put(value, name, new)

    def put(self, value: Any, name: Any, new: Any) -> None:
        """Store a field, whatever `__setattr__` the class may have."""
        name = plain_name(name)
        if not set_property(value, name, new):
            value.fields[name] = new
            running.meter.room(1)

    def delattr(self, value: Any, name: str) -> None:
        own = self.own(value, "__delattr__")
        if own is not None:
            running.call(own, (name,))
            return
        self.drop(value, name)

    def drop(self, value: Any, name: str) -> None:
        """Delete a field, whatever `__delattr__` the class may have."""
        if name not in value.fields:
            raise no_attribute(self.type_name(value), name, value.fields)
        del value.fields[name]

    def own(self, value: Any, name: str) -> Any:
        return member_of(value, name)[1]

    # ------------------------------------------------------------ operators
    def binary(self, op: str, a: Any, b: Any) -> Any:
        for owner, other, method in ((a, b, f"__{op}__"), (b, a, f"__r{op}__")):
            if hasattr(type(owner), "lab_class"):
                function = self.own(owner, method)
                made = NotImplemented if function is None else running.call(function, (other,))
                if made is not NotImplemented:
                    return made
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
                made = NotImplemented if function is None else running.call(function, (other,))
                if made is not NotImplemented:
                    return made
        if op == "ne":
            return not truth(self.compare("eq", a, b))
        return super().compare(op, a, b)

    # ------------------------------------------------------------ items
    def getitem(self, value: Any, index: Any) -> Any:
        function = self.own(value, "__getitem__")
        return super().getitem(value, index) if function is None else running.call(function, (index,))

    def setitem(self, value: Any, index: Any, new: Any) -> None:
        function = self.own(value, "__setitem__")
        if function is None:
            super().setitem(value, index, new)
        else:
            running.call(function, (index, new))

    def delitem(self, value: Any, index: Any) -> None:
        function = self.own(value, "__delitem__")
        if function is None:
            super().delitem(value, index)
        else:
            running.call(function, (index,))

    def iterate(self, value: Any) -> Iterator[Any]:
        function = self.own(value, "__iter__")
        if function is not None:
            made = running.call(function, ())
            if hasattr(type(made), "lab_class") and self.own(made, "__next__") is not None:
                return self._nexts(made)
            return kind_of(made).iterate(made)
        if self.own(value, "__getitem__") is not None:
            return self._items(value)
        return super().iterate(value)

    def next(self, value: Any) -> Any:
        """What `next(x)` gives."""
        function = self.own(value, "__next__")
        if function is None:
            raise TypeError(f"'{self.type_name(value)}' object is not an iterator")
        return running.call(function, ())

    def _nexts(self, value: Any) -> Iterator[Any]:
        while True:
            try:
                item = self.next(value)
            except StopIteration:
                return
            except Exception as error:
                if "StopIteration" in getattr(error, "lab_mro", ()):
                    return
                raise
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
        if function is not None:
            return truth(running.call(function, (item,)))
        if self.own(value, "__iter__") is None and self.own(value, "__getitem__") is None:
            return super().contains(value, item)
        return any(item is each or truth(compare_equal(item, each)) for each in self.iterate(value))

    # ------------------------------------------------------------ as text, as a number
    def text(self, value: Any) -> str:
        function = self.own(value, "__str__") or self.own(value, "__repr__")
        return self.repr(value) if function is None else said(function, "__str__")

    def repr(self, value: Any) -> str:
        function = self.own(value, "__repr__")
        if function is not None:
            return said(function, "__repr__")
        return f"<__main__.{self.type_name(value)} object at {running.identity(value):#x}>"

    def format(self, value: Any, spec: str) -> str:
        function = self.own(value, "__format__")
        return super().format(value, spec) if function is None else said(function, "__format__", spec)

    def number(self, value: Any, cls: type) -> Any:
        function = self.own(value, f"__{cls.__name__}__") or self.own(value, "__index__")
        return super().number(value, cls) if function is None else cls(running.call(function, ()))

    def index(self, value: Any) -> int:
        function = self.own(value, "__index__")
        return super().index(value) if function is None else int(running.call(function, ()))

    def round(self, value: Any, digits: int | None) -> Any:
        function = self.own(value, "__round__")
        if function is None:
            raise TypeError(f"type {self.type_name(value)} doesn't define __round__ method")
        return running.call(function, () if digits is None else (digits,))

    # ------------------------------------------------------------ calls and contexts
    def call(self, value: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        function = self.own(value, "__call__")
        return super().call(value, args, kwargs) if function is None else running.call(function, args, kwargs)

    def enter(self, value: Any) -> Any:
        function = self.own(value, "__enter__")
        return super().enter(value) if function is None else running.call(function, ())

    def leave(self, value: Any, failed: BaseException | None) -> Any:
        """True when the object's `__exit__` keeps the error to itself."""
        function = self.own(value, "__exit__")
        if function is None or not (failed is None or isinstance(failed, Exception)):
            return None
        if failed is None:
            running.call(function, (None, None, None))
            return None
        from freedive.lab.exceptions import caught

        error = caught(failed)
        return truth(running.call(function, (kind_of(error).class_of(error), error, None)))  # type: ignore[attr-defined]


def said(function: Any, name: str, *args: Any) -> str:
    """The text that a method of the snippet gives; measured, and refused where it is not a text."""
    made = running.call(function, args)
    if not isinstance(made, str):
        raise TypeError(f"{name} returned non-string (type {kind_of(made).type_name(made)})")
    running.meter.text(len(made))
    return made


def compare_equal(a: Any, b: Any) -> Any:
    ka, kb = kind_of(a), kind_of(b)
    return (kb if kb.rank > ka.rank else ka).compare("eq", a, b)


def frozen(message: str) -> AttributeError:
    error = AttributeError(message)
    error.lab_mro = ("FrozenInstanceError", "AttributeError", "Exception")  # type: ignore[attr-defined]
    return error


register(InstanceKind(), Instance)
