"""Classes of the snippet that extend list, dict, set, tuple, str, int or float.

Their objects are real lists, dicts and so on, with fields beside. `Bare…` is what such a value does by itself, as
`super()` and `list.append(self, x)` see it; the kinds made of it ask the methods of the snippet's class first.
"""

from __future__ import annotations

from typing import Any

from freedive.lab.classes import NativeClass
from freedive.lab.instances import InstanceKind, member_of
from freedive.lab.kinds import Kind, register
from freedive.lab.mappings import DictKind, SetKind
from freedive.lab.operators import PLAIN, collect, numbers
from freedive.lab.running import running
from freedive.lab.scalars import NumberKind
from freedive.lab.sequences import ListKind, TupleKind, same
from freedive.lab.showing import show_inside
from freedive.lab.texts import TextKind
from freedive.lab.types import TypeRef


class OwnList(list[Any]):
    """A list of a class of the snippet's."""


class OwnDict(dict[Any, Any]):
    """A dict of a class of the snippet's."""


class OwnSet(set[Any]):
    """A set of a class of the snippet's."""


class OwnTuple(tuple[Any, ...]):
    """A tuple of a class of the snippet's."""


class OwnText(str):
    """A text of a class of the snippet's."""


class OwnInt(int):
    """A whole number of a class of the snippet's."""


class OwnFloat(float):
    """A number of a class of the snippet's."""


_PLAIN = (list, dict, set, tuple, str, int, float)
_OWN: tuple[type, ...] = (OwnList, OwnDict, OwnSet, OwnTuple, OwnText, OwnInt, OwnFloat)


def bare(value: Any) -> Any:
    """The same without its class: what operators and libraries work with."""
    if not isinstance(value, _OWN):
        return value
    python: Any = next(python for python in _PLAIN if isinstance(value, python))
    return python(value)


class BareKind(Kind):
    """Operators on an object of the snippet's class are those of what it extends."""

    def binary(self, op: str, a: Any, b: Any) -> Any:
        return super().binary(op, bare(a), bare(b))

    def native(self, value: Any) -> Any:
        from freedive.lab.door import hand_over

        return hand_over(bare(value))


class BareList(BareKind, ListKind):
    def compare(self, op: str, a: Any, b: Any) -> Any:
        both = isinstance(a, list) and isinstance(b, list)
        return same(op, a, b) if both else super().compare(op, a, b)

    def repr(self, value: Any) -> str:
        return show_inside(list(value), [])


class BareDict(BareKind, DictKind):
    def getitem(self, value: Any, index: Any) -> Any:
        try:
            return super().getitem(value, index)
        except KeyError:
            found, missing = member_of(value, "__missing__")
            if not found:
                raise
            return running.call(missing, (index,))


class BareSet(BareKind, SetKind):
    pass


class BareTuple(BareKind, TupleKind):
    pass


class BareText(BareKind, TextKind):
    pass


class BareNumber(BareKind, NumberKind):
    def binary(self, op: str, a: Any, b: Any) -> Any:
        a, b = bare(a), bare(b)
        if isinstance(a, int | float) and isinstance(b, int | float):
            return numbers(op, a, b)
        return Kind.binary(self, op, a, b)

    def compare(self, op: str, a: Any, b: Any) -> Any:
        both = isinstance(a, int | float) and isinstance(b, int | float)
        return PLAIN[op](a, b) if both else super().compare(op, a, b)

    def unary(self, op: str, value: Any) -> Any:
        from freedive.lab.operators import UNARY

        return {**UNARY, "abs": abs}[op](value)


class OwnKind(InstanceKind):
    """The class first, then what it extends."""

    def truth(self, value: Any) -> bool:
        if self.own(value, "__bool__") is None and self.own(value, "__len__") is None:
            return bool(value)
        return super().truth(value)

    def repr(self, value: Any) -> str:
        if self.own(value, "__repr__") is None:
            return str(type(value).lab_class.native.bare.repr(value))
        return super().repr(value)

    def text(self, value: Any) -> str:
        if self.own(value, "__str__") is None and self.own(value, "__repr__") is None:
            return str(type(value).lab_class.native.bare.text(value))
        return super().text(value)

    def encode(self, value: Any, encoder: Any) -> dict[str, Any]:
        made: dict[str, Any] = type(value).lab_class.native.bare.encode(bare(value), encoder)
        return made | {"repr": encoder.clip(self.repr(value))}


class OwnListKind(OwnKind, BareList):
    pass


class OwnDictKind(OwnKind, BareDict):
    pass


class OwnSetKind(OwnKind, BareSet):
    pass


class OwnTupleKind(OwnKind, BareTuple):
    pass


class OwnTextKind(OwnKind, BareText):
    pass


class OwnNumberKind(OwnKind, BareNumber):
    pass


BARE: dict[type, Kind] = {
    OwnList: BareList(), OwnDict: BareDict(), OwnSet: BareSet(), OwnTuple: BareTuple(), OwnText: BareText(),
    OwnInt: BareNumber(), OwnFloat: BareNumber(),
}  # fmt: skip


class BuiltinClass(NativeClass):
    """A built-in type as something to extend."""

    def __init__(self, ref: TypeRef, python: type) -> None:
        super().__init__(ref.name, python, make=ref.make)
        self.mutable = python in (OwnList, OwnDict, OwnSet)
        self.bare = BARE[python]

    def new(self, python: type, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if self.mutable:
            return super().new(python, args, kwargs)
        assert self.make is not None
        return python.__new__(python, self.make(*args, **kwargs))

    def begin(self, instance: Any, args: tuple[Any, ...]) -> None:
        instance.fields = {}

    def initialize(self, instance: Any, *args: Any, **kwargs: Any) -> None:
        if not self.mutable:
            return
        assert self.make is not None
        made = self.make(*args, **kwargs)
        instance.clear()
        if isinstance(instance, list):
            instance.extend(collect(made))
        else:
            instance.update(made)


def extendable(refs: list[TypeRef]) -> None:
    """Let the types be extended."""
    names: dict[str, type] = dict(
        zip(("list", "dict", "set", "tuple", "str", "int", "float"), _OWN, strict=True)
    )
    for ref in refs:
        if ref.name in names:
            ref.extension = BuiltinClass(ref, names[ref.name])


register(OwnListKind(), OwnList)
register(OwnDictKind(), OwnDict)
register(OwnSetKind(), OwnSet)
register(OwnTupleKind(), OwnTuple)
register(OwnTextKind(), OwnText)
register(OwnNumberKind(), OwnInt, OwnFloat)
