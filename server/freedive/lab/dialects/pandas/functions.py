"""The pandas namespace."""

from __future__ import annotations

import io
from typing import Any

import pandas as pd

from freedive.lab.dialects.pandas.calls import checked, given, only_summaries
from freedive.lab.dialects.pandas.frames import inner_types
from freedive.lab.dialects.pandas.names import FUNCTIONS
from freedive.lab.door import hand_over
from freedive.lab.importing import publish
from freedive.lab.kinds import Native
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
    return checked(pd.read_csv(source, **{k: given(v) for k, v in kwargs.items()}))


def _function(name: str) -> Any:
    python = getattr(pd, name)

    def run(*args: Any, **kwargs: Any) -> Any:
        only_summaries(name, kwargs.get("aggfunc"))
        if name == "date_range" and int(kwargs.get("periods") or 0) > running.budget.items:
            running.meter.items(int(kwargs["periods"]))
        return checked(python(*[given(a) for a in args], **{k: given(v) for k, v in kwargs.items()}))

    run.__doc__ = python.__doc__
    return run


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
    space.members["NA"] = None
    space.members["set_option"] = Native("set_option", lambda *a, **k: None)
    publish(space)
