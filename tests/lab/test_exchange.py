"""What passes between a snippet and a library: no class, function or object of Python's own gets through, either way."""

from __future__ import annotations

import collections
import inspect
import os
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from freedive.lab import Budget, importing, kinds
from freedive.lab.builtin_names import builtin_names
from freedive.lab.classes import UserClass
from freedive.lab.exceptions import CaughtError
from freedive.lab.exchange import Borrowed, Carried, callback, hand_over, receive
from freedive.lab.instances import Instance
from freedive.lab.kinds import Kind, Native, Property, is_known, kind_of
from freedive.lab.mappings import View
from freedive.lab.namespaces import Namespace
from freedive.lab.plain import Lazy
from freedive.lab.problems import Refused
from freedive.lab.running import running
from freedive.lab.types import TypeRef, type_of

from .conftest import Run


class Foreign:
    """Something that the lab knows nothing of."""

    method = len

    def bound(self) -> None:
        """A method."""


def generator() -> Iterator[Any]:
    yield len


RAW: list[Any] = [
    len, int, type, Foreign, Foreign(), Foreign().bound, os, os.environ, lambda: 1, generator, (lambda: 1).__code__,
    property(), object(), np.ndarray, torch.nn.Linear, torch.ones, pd.Series, np.add, "".join, {}.keys(), memoryview(b""),
    torch.utils, Exception, Exception("x"), inspect.currentframe(),
]  # fmt: skip


@pytest.fixture(autouse=True)
def fresh() -> None:
    running.start(Budget(), None)  # type: ignore[arg-type]


def snippet_s_own() -> list[Any]:
    made = UserClass("A", [])
    made.finish()
    return [
        made, made.call((), {}), builtin_names()["print"], builtin_names()["ValueError"], importing.MODULES["torch"],
        CaughtError(ValueError("x")), type_of(len), type_of({}.keys), kind_of("a").attributes["upper"], builtin_names()["list"],
    ]  # fmt: skip


@pytest.mark.parametrize("raw", RAW, ids=repr)
def test_nothing_unknown_goes_to_a_library(raw: Any) -> None:
    shapes: list[Callable[[Any], Any]] = [
        lambda x: x, lambda x: [x], lambda x: (1, [x]), lambda x: {"a": x}, lambda x: collections.OrderedDict(a=[x]),
        lambda x: {1: {2: (x,)}}, lambda x: frozenset([x]),
    ]  # fmt: skip
    for shape in shapes:
        try:
            given = shape(raw)
        except TypeError:  # not hashable
            continue
        for calls in (False, True):
            with pytest.raises((TypeError, Refused)):
                hand_over(given, calls)


def test_of_the_snippet_s_own_only_callables_go_to_a_library_and_wrapped() -> None:
    for each in snippet_s_own():
        with pytest.raises(TypeError):
            hand_over(each)
        with pytest.raises(TypeError):
            hand_over([{"a": (each,)}])
        if isinstance(each, kinds.Callable_):
            wrapped = hand_over(each, True)
            assert wrapped.snippet is each
            assert receive(wrapped) is each
        else:
            with pytest.raises(TypeError):
                hand_over(each, True)


def test_of_types_only_those_of_numbers_and_text_go_to_a_library() -> None:
    names = builtin_names()
    numpy = importing.MODULES["numpy"].members
    wanted = {
        names["int"]: int,
        names["float"]: float,
        names["str"]: str,
        names["bool"]: bool,
        numpy["float32"]: np.float32,
    }
    for ref, python in wanted.items():
        assert hand_over(ref) is python
        assert receive(python) is ref
    refs = [
        ref
        for space in importing.MODULES.values()
        for ref in space.members.values()
        if isinstance(ref, TypeRef)
    ]
    assert len(refs) > 100
    for ref in [*refs, names["list"], names["dict"], names["object"], type_of(len), type_of(Foreign())]:
        python = ref.data_type
        assert python is None or python in (int, float, str, bool, complex) or issubclass(python, np.generic)


def test_a_type_that_is_not_published_has_no_class_behind_it() -> None:
    for value in (
        len,
        Foreign(),
        View({}, "keys"),
        Lazy("zip", iter([])),
        builtin_names()["len"],
        importing.MODULES["torch"],
    ):
        ref = type_of(value)
        if isinstance(ref, TypeRef) and ref.name not in ("NoneType",):
            assert ref.python is None or ref.python in (Lazy,), ref.name
            with pytest.raises(TypeError):
                ref.call(("a", 1), {})
    assert type_of(len).test(print)
    assert not type_of(len).test(5)


@pytest.mark.parametrize("raw", [each for each in RAW if each is not int], ids=repr)
def test_nothing_unknown_comes_from_a_library(raw: Any) -> None:
    holder = np.empty(1, dtype=object)
    holder[0] = raw
    given: list[Any] = [raw, [raw], (1, [raw]), {"a": raw}, {"a": {"b": (raw,)}}, collections.deque([raw])]
    for each in given:
        with pytest.raises(Refused):
            all_of(receive(each))
    with pytest.raises(Refused):  # an array of objects becomes cells, which give out what is known
        kind_of(receive(holder)).getitem(receive(holder), 0)
    with pytest.raises(Refused):
        Native("f", lambda: raw).call((), {})
    with pytest.raises(Refused):
        Borrowed("f", lambda: [raw]).call((), {})
    kind = Kind()
    kind.attributes = {"x": Property(lambda value: raw)}
    with pytest.raises(Refused):
        kind.getattr(5, "x")


def all_of(value: Any) -> None:
    """Look at every item of what is read one by one."""
    for item in value if isinstance(value, collections.deque | Lazy) else ():
        receive(item)


def test_a_generator_of_a_library_gives_only_what_is_known() -> None:
    found = receive(generator())
    assert isinstance(found, Lazy)
    with pytest.raises(Refused):
        next(found)
    assert list(receive(iter([1, "a", torch.ones(1)]))) == [1, "a", torch.ones(1)]


@pytest.mark.parametrize("raw", RAW, ids=repr)
def test_what_is_unknown_can_do_nothing(raw: Any) -> None:
    """The last line: were one ever held by a snippet, it could not be used."""
    kind = kind_of(raw)
    assert not is_known(raw)
    for use in (
        lambda: kind.call(raw, (), {}), lambda: kind.getattr(raw, "x"), lambda: kind.repr(raw), lambda: kind.text(raw),
        lambda: kind.getitem(raw, 0), lambda: list(kind.iterate(raw)), lambda: kind.format(raw, ""), lambda: kind.enter(raw),
        lambda: kind.binary("add", raw, 1), lambda: kind.number(raw, int), lambda: kind.setattr(raw, "x", 1), lambda: kind.length(raw),
    ):  # fmt: skip
        with pytest.raises((TypeError, Refused, AttributeError)) as told:
            use()
        assert "0x" not in str(told.value)
        assert "freedive" not in str(told.value)


@pytest.mark.parametrize("raw", [each for each in RAW if each is not int], ids=repr)
def test_what_a_library_calls_back_with_is_looked_at(raw: Any) -> None:
    seen: list[Any] = []
    called = callback(Native("f", lambda *args, **kwargs: seen.append((args, kwargs))))
    for args, kwargs in (((raw,), {}), ((1, [raw]), {}), ((), {"a": (raw,)})):
        with pytest.raises(Refused):
            called(*args, **kwargs)
    assert seen == []


def test_what_is_given_back_to_a_library_is_looked_at() -> None:
    for each in snippet_s_own():
        with pytest.raises(TypeError):
            callback(Native("f", lambda given=each: given))()
    assert callback(Native("f", lambda: [1, 2.0]))() == [1, 2.0]
    kept = callback(Native("f", lambda: snippet_s_own()[1]), Carried)()
    assert isinstance(receive(kept), Instance)


def test_containers_pass_as_they_are_where_nothing_in_them_had_to_change() -> None:
    for each in (
        [1, [2.0, "a"]],
        (1, torch.ones(2)),
        collections.OrderedDict(a=torch.ones(1)),
        torch.return_types.max((torch.ones(1), torch.ones(1))),
    ):
        assert hand_over(each) is each
        assert receive(each) is each


def test_a_list_inside_itself_many_times_is_walked_through_once() -> None:
    row = [0] * 1_000
    deep: Any = [row] * 1_000
    for _ in range(3):
        deep = [deep] * 1_000
    assert hand_over(deep) is deep  # a million million numbers


def natives() -> Iterator[tuple[str, Native]]:
    """Every function of the lab that a snippet can reach by name."""
    seen: set[int] = set()

    def walk(path: str, value: Any) -> Iterator[tuple[str, Native]]:
        if id(value) in seen:
            return
        seen.add(id(value))
        if isinstance(value, Namespace):
            for name, each in [*value.members.items(), *value.called_only.items()]:
                yield from walk(f"{path}.{name}", each)
        elif isinstance(value, TypeRef):
            for name, each in value.members.items():
                yield from walk(f"{path}.{name}", each)
        elif isinstance(value, Native):
            yield path, value

    for name, space in list(importing.MODULES.items()):
        yield from walk(name, space)
    for name, each in builtin_names().items():
        yield from walk(name, each)
    for python, kind in list(kinds._KINDS.items()):
        for name, each in kind.attributes.items():
            yield from walk(f"{python.__name__}.{name}", each)


OF_PYTHON = {"chr", "ord", "bin", "hex", "oct"}
"""Functions of Python's that take and give nothing but numbers and texts, whatever they are given."""


def test_a_function_of_a_library_is_offered_only_where_both_ways_are_looked_at() -> None:
    found = list(natives())
    assert len(found) > 2_000
    for path, native in found:
        function = getattr(native.function, "func", native.function)
        ours = (getattr(function, "__module__", None) or "").startswith("freedive.")
        text = getattr(function, "__objclass__", None) in (str, bytes)
        assert ours or text or isinstance(native, Borrowed) or native.name in OF_PYTHON, path


def test_every_type_of_the_lab_s_own_has_a_kind_that_names_it(run: Run) -> None:
    """No text that a snippet can get names what the lab is made of."""
    for python, kind in list(kinds._KINDS.items()):
        if python.__module__.startswith("freedive.") and type(kind).type_name is Kind.type_name:
            assert "_" not in python.__name__, python


def test_messages_name_what_was_given_as_the_snippet_knows_it(run: Run) -> None:
    for source, told in {
        "'a'.split(print)": "builtin_function_or_method", "'a'.split(lambda: 1)": "function", "[].insert(int, 1)": "type",
        "import torch\nchr(torch)": "module", "class A: pass\nchr(A)": "type", "sorted([print, len])": "builtin_function_or_method",
    }.items():  # fmt: skip
        message = run(source)["error"]["message"]
        assert told in message, message
    assert run("def f(): pass\n{}[f]")["error"]["message"] == "<function f>"
