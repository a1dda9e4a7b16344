"""dataclasses: classes of the snippet whose fields are written as annotations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from freedive.lab.budget import LimitReached
from freedive.lab.classes import UserClass
from freedive.lab.decorating import Decorator
from freedive.lab.instances import Instance, NativeMethod
from freedive.lab.kinds import Kind, Native, Property, kind_of, register, type_name
from freedive.lab.namespaces import Namespace
from freedive.lab.operators import compare, truth
from freedive.lab.plain import show
from freedive.lab.problems import Refused
from freedive.lab.running import running

_NOTHING = object()


class Field:
    """What `field(...)` gives in a class body."""

    def __init__(self, *, default: Any = _NOTHING, default_factory: Any = _NOTHING, init: bool = True, repr: bool = True, compare: bool = True, **other: Any) -> None:  # fmt: skip
        if set(other) - {"metadata", "hash", "kw_only"}:
            raise TypeError(f"field() got an unexpected keyword argument '{next(iter(other))}'")
        self.default, self.factory = default, default_factory
        self.init, self.repr, self.compare = init, repr, compare
        self.name = ""

    def value(self) -> Any:
        return self.default if self.factory is _NOTHING else running.call(self.factory)

    @property
    def required(self) -> bool:
        return self.default is _NOTHING and self.factory is _NOTHING


class FieldKind(Kind):
    name = "object"

    def __init__(self) -> None:
        super().__init__()
        self.attributes = {
            "name": Property(lambda field: field.name),
            "default": Property(lambda field: None if field.default is _NOTHING else field.default),
            "init": Property(lambda field: field.init),
            "repr": Property(lambda field: field.repr),
        }

    def repr(self, value: Any) -> str:
        return f"Field(name={value.name!r})"

    def type_name(self, value: Any) -> str:
        return "Field"


register(FieldKind(), Field)


def _fields(cls: UserClass) -> dict[str, Field]:
    """All fields in order, those of the classes it extends first."""
    made: dict[str, Field] = {}
    for base in reversed(cls.line):
        made.update(getattr(base, "fields", {}))
    return made


def dataclass(cls: Any = None, *, frozen: bool = False, order: bool = False, eq: bool = True, repr: bool = True, init: bool = True, **other: Any) -> Any:  # fmt: skip
    """@dataclass, with brackets or without."""
    if set(other) - {"slots", "unsafe_hash", "kw_only"}:
        raise TypeError(f"dataclass() got an unexpected keyword argument '{next(iter(other))}'")

    def build(made: UserClass) -> UserClass:
        if not isinstance(made, UserClass) or not issubclass(made.native.base, Instance):
            raise Refused("@dataclass is offered for plain classes")
        own = [name for name in made.annotations if name in made.own_annotations]
        made.fields = {name: _field(made, name) for name in own}
        for name, each in made.fields.items():
            each.name = name
        fields, members = _fields(made), made.members
        given = {name: f for name, f in fields.items() if f.init}
        first = next((n for n, f in given.items() if not f.required), None)
        late = (
            next((n for n in list(given)[list(given).index(first) :] if given[n].required), None)
            if first
            else None
        )
        if late is not None:
            raise TypeError(f"non-default argument '{late}' follows default argument")
        for name, f in made.fields.items():
            if f.required or f.factory is not _NOTHING:
                members.pop(name, None)
            else:
                members[name] = f.default
        methods: dict[str, Callable[..., Any]] = {}
        if init:
            methods["__init__"] = _initializer(made, fields)
        if repr:
            methods["__repr__"] = lambda self: _shown(self, fields)
        compared = [name for name, f in fields.items() if f.compare]
        if eq:
            methods["__eq__"] = _comparison("eq", compared)
        if order:
            methods.update({f"__{op}__": _comparison(op, compared) for op in ("lt", "le", "gt", "ge")})
        if frozen or other.get("unsafe_hash"):
            methods["__hash__"] = _hasher(compared)
        for name, method in methods.items():
            if name == "__init__" or name not in members:
                members[name] = NativeMethod(name, method)
        made.finish()
        made.frozen = frozen
        return made

    return build(cls) if cls is not None else Decorator("dataclass", build)


def _field(made: UserClass, name: str) -> Field:
    found = made.members.get(name, _NOTHING)
    if isinstance(found, list | dict | set):
        kind = type(found).__name__
        raise ValueError(
            f"mutable default <class '{kind}'> for field {name} is not allowed: use default_factory"
        )
    return found if isinstance(found, Field) else Field(default=found)


def _initializer(made: UserClass, fields: dict[str, Field]) -> Callable[..., Any]:
    names = [name for name, f in fields.items() if f.init]

    def initialize(self: Any, *args: Any, **kwargs: Any) -> None:
        if len(args) > len(names):
            raise TypeError(
                f"{made.name}.__init__() takes {len(names) + 1} positional arguments but {len(args) + 1} were given"
            )
        given = dict(zip(names, args, strict=False))
        for name, value in kwargs.items():
            if name not in names:
                raise TypeError(f"{made.name}.__init__() got an unexpected keyword argument '{name}'")
            if name in given:
                raise TypeError(f"{made.name}.__init__() got multiple values for argument '{name}'")
            given[name] = value
        missing = [name for name in names if name not in given and fields[name].required]
        if missing:
            which = " and ".join(map(repr, missing)) if len(missing) < 3 else ", ".join(map(repr, missing))
            raise TypeError(
                f"{made.name}.__init__() missing {len(missing)} required positional argument{'s'[: len(missing) - 1]}: {which}"
            )
        for name, f in fields.items():
            if name in given or not f.required:
                self.fields[name] = given[name] if name in given else f.value()
        after = made.find("__post_init__")
        if after is not None:
            running.call(after, (self,))

    return initialize


def _shown(value: Any, fields: dict[str, Field]) -> str:
    inside = ", ".join(f"{name}={show(value.fields.get(name))}" for name, f in fields.items() if f.repr)
    running.meter.text(len(inside))
    return f"{type_name(value)}({inside})"


def _comparison(op: str, names: list[str]) -> Callable[[Any, Any], Any]:
    def compared(a: Any, b: Any) -> Any:
        if type(a) is not type(b):
            return NotImplemented
        return truth(compare(op, tuple(a.fields[n] for n in names), tuple(b.fields[n] for n in names)))

    return compared


def _hasher(names: list[str]) -> Callable[[Any], int]:
    def hashed(self: Any) -> int:
        meter = running.meter
        meter.depth += 1  # an object inside itself would go round in C, where nothing else counts
        try:
            if meter.depth > running.budget.depth:
                raise LimitReached(
                    f"depth limit: objects lie more than {running.budget.depth} levels inside each other"
                )
            return hash(tuple(self.fields[name] for name in names))
        finally:
            meter.depth -= 1

    return hashed


def _plain(value: Any, build: Callable[[list[tuple[str, Any]]], Any], depth: int = 0) -> Any:
    running.meter.step()
    if depth > 40:
        raise Refused("the value is nested too deeply")
    if isinstance(value, Instance) and _fields(type(value).lab_class):
        names = _fields(type(value).lab_class)
        return build([(name, _plain(value.fields[name], build, depth + 1)) for name in names])
    if isinstance(value, list | tuple) and type(value) in (list, tuple):
        return type(value)(_plain(each, build, depth + 1) for each in value)
    if isinstance(value, dict):
        return {key: _plain(each, build, depth + 1) for key, each in value.items()}
    return value


def _replace(value: Any, **new: Any) -> Any:
    names = [name for name, f in _fields(type(value).lab_class).items() if f.init]
    return running.call(type(value).lab_class, (), {**{n: value.fields[n] for n in names}, **new})


def _listed(value: Any) -> tuple[Field, ...]:
    cls = value if isinstance(value, UserClass) else getattr(type(value), "lab_class", None)
    if cls is None or not _fields(cls):
        raise TypeError("must be called with a dataclass type or instance")
    return tuple(_fields(cls).values())


def _is_dataclass(value: Any) -> bool:
    cls = value if isinstance(value, UserClass) else getattr(type(value), "lab_class", None)
    return cls is not None and bool(_fields(cls))


def space() -> Namespace:
    return Namespace(
        "dataclasses",
        {
            "dataclass": Decorator("dataclass", dataclass),
            "field": Native("field", Field),
            "asdict": Native("asdict", lambda value: _plain(value, dict)),
            "astuple": Native(
                "astuple", lambda value: _plain(value, lambda pairs: tuple(v for _, v in pairs))
            ),
            "replace": Native("replace", _replace),
            "fields": Native("fields", _listed),
            "is_dataclass": Native("is_dataclass", _is_dataclass),
        },
        doc="Classes made of annotated fields.",
    )


__all__ = ["dataclass", "kind_of", "space"]
