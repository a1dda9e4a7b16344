"""The pandas namespace."""

from __future__ import annotations

import io
from typing import Any

import pandas as pd

from freedive.lab.dialects.pandas.calls import (
    by_name,
    checked,
    given,
    look_at,
    look_at_patterns,
    named,
    taken_by,
)
from freedive.lab.dialects.pandas.frames import inner_types
from freedive.lab.dialects.pandas.measuring import measure
from freedive.lab.dialects.pandas.names import FUNCTIONS
from freedive.lab.door import hand_over
from freedive.lab.exchange import Borrowed
from freedive.lab.importing import publish
from freedive.lab.kinds import Kind, Native, register
from freedive.lab.namespaces import Namespace
from freedive.lab.problems import Refused
from freedive.lab.running import running
from freedive.lab.types import TypeRef, publish_type


def _read_csv(source: Any, **kwargs: Any) -> Any:
    source = hand_over(source)
    if isinstance(source, str):
        if source not in running.files:
            raise FileNotFoundError(f"[Errno 2] No such file or directory: '{source}'")
        source = io.StringIO(running.files[source].getvalue())
    allowed = {"sep", "delimiter", "header", "names", "index_col", "usecols", "dtype", "na_values", "keep_default_na", "nrows", "skiprows", "comment", "skipinitialspace", "thousands", "decimal"}  # fmt: skip
    unknown = set(kwargs) - allowed
    if unknown:
        raise Refused(f"the keyword '{unknown.pop()}' of read_csv is not offered")
    if len(kwargs.get("sep") or ",") > 4:
        raise Refused("a separator of more than four characters is not offered")
    return checked(pd.read_csv(source, **named("read_csv", kwargs)))


def _function(name: str) -> Any:
    python = getattr(pd, name)

    def run(*args: Any, **kwargs: Any) -> Any:
        take = taken_by(name)
        args, kwargs = tuple([given(each, take) for each in args]), named(name, kwargs)
        found = by_name(python, args, kwargs)
        look_at(name, found)
        look_at_patterns(None, name, found)
        measure(None, name, found)
        return checked(python(*args, **kwargs))

    run.__doc__ = python.__doc__
    return run


def _made_by(python: Any, name: str) -> Any:
    make = getattr(python, name)

    def run(*args: Any, **kwargs: Any) -> Any:
        args, kwargs = tuple([given(each) for each in args]), named(name, kwargs)
        measure(None, name, by_name(make, args, kwargs))
        return checked(make(*args, **kwargs))

    run.__doc__ = make.__doc__
    return run


class Slicer:
    """pd.IndexSlice: what stands in its brackets, as it is."""


class SlicerKind(Kind):
    name = "object"

    def getitem(self, value: Any, index: Any) -> Any:
        return index


class Quiet:
    """pd.option_context(...): how much is shown is the page's own choice."""


class QuietKind(Kind):
    name = "context"

    def enter(self, value: Any) -> Any:
        return None


class Options:
    """pd.options.display and its like: may be set, and change nothing."""


class OptionsKind(Kind):
    name = "object"

    def getattr(self, value: Any, name: str) -> Any:
        return value

    def setattr(self, value: Any, name: str, new: Any) -> None:
        """How tables are shown is the page's own choice."""


register(SlicerKind(), Slicer)
register(QuietKind(), Quiet)
register(OptionsKind(), Options)


def load() -> None:
    inner_types()
    space = Namespace("pandas", version=pd.__version__, doc="Tables.")
    for name in FUNCTIONS:
        if isinstance(getattr(pd, name), type):
            space.members[name] = publish_type(
                TypeRef(name, getattr(pd, name), _function(name), module="pandas")
            )
        else:
            space.members[name] = Native(name, _function(name))
    space.members["read_csv"] = Native("read_csv", _read_csv, pd.read_csv.__doc__ or "")
    index = space.members["MultiIndex"]
    for name in ("from_tuples", "from_arrays", "from_product", "from_frame"):
        index.members[name] = Native(name, _made_by(pd.MultiIndex, name))
    for name in ("from_dict", "from_records"):
        space.members["DataFrame"].members[name] = Native(name, _made_by(pd.DataFrame, name))
    space.members["Timestamp"].members["now"] = Borrowed("now", pd.Timestamp.now)
    space.members["Timestamp"].members["today"] = Borrowed("today", pd.Timestamp.today)
    space.members["Grouper"] = TypeRef("Grouper", pd.Grouper, _function("Grouper"), module="pandas")
    space.members["NamedAgg"] = Native("NamedAgg", lambda column, aggfunc: (column, aggfunc))
    space.members["IndexSlice"] = Slicer()
    space.members["NaT"] = pd.NaT
    space.members["option_context"] = Native("option_context", lambda *args: Quiet())
    for name in ("reset_option", "get_option"):
        space.members[name] = Native(name, lambda *args, **kwargs: None)
    space.members["options"] = Options()
    space.members["read_table"] = Native(
        "read_table", lambda source, **kwargs: _read_csv(source, **{"sep": "\t", **kwargs})
    )
    space.members["NA"] = None
    space.members["set_option"] = Native("set_option", lambda *a, **k: None)
    publish(space)
