"""Calls of pandas: arguments handed over, names in texts and files refused, results measured and known."""

from __future__ import annotations

import contextlib
import io
import re
from typing import Any

import numpy as np
import pandas as pd

from freedive.lab.dialects.pandas.cells import Cells
from freedive.lab.dialects.pandas.names import SUMMARIES
from freedive.lab.dialects.standard.patterns import Pattern
from freedive.lab.door import hand_over
from freedive.lab.kinds import Callable_, is_known
from freedive.lab.plain import Lazy
from freedive.lab.problems import Refused
from freedive.lab.running import running


def given(value: Any) -> Any:
    if isinstance(value, Callable_) and not isinstance(getattr(value, "python", None), type):
        return running.python(value)
    if isinstance(value, dict):
        return {k: given(v) for k, v in value.items()}
    if isinstance(value, list):
        return [given(v) for v in value]
    return hand_over(value)


def checked(made: Any) -> Any:
    """A result of pandas, measured and of a type that the lab knows."""
    if isinstance(made, pd.DataFrame | pd.Series):
        running.meter.elements(int(made.size))
    if isinstance(made, np.ndarray) and made.dtype.kind == "O":
        return Cells(made)
    if isinstance(made, pd.api.extensions.ExtensionArray) and not isinstance(made, pd.Categorical):
        return Cells(made.to_numpy(dtype=object))
    if isinstance(made, list | tuple | dict) or is_known(made):
        return made
    if hasattr(made, "__next__") or isinstance(made, zip | map):
        return Lazy("generator", iter(made))
    raise Refused(f"pandas gave a {type(made).__name__}, which the lab does not show")


_FILES = frozenset({"path_or_buf", "buf", "path"})


_BY_NAME = frozenset({"apply", "agg", "aggregate", "transform", "pivot_table", "crosstab", "map", "applymap"})


def only_summaries(name: str, value: Any) -> None:
    """pandas looks up a text given to `agg` and its like as a method's name, so only plain summaries may be named."""
    if isinstance(value, str) and value not in SUMMARIES:
        raise Refused(f"{name}() may name only plain summaries such as 'mean', not {value[:40]!r}")
    if isinstance(value, list | tuple):
        for each in value:
            only_summaries(name, each)
    elif isinstance(value, dict):
        for each in value.values():
            only_summaries(name, each)


def call(owner: Any, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    args = tuple(given(a) for a in args)
    kwargs = {k: given(v) for k, v in kwargs.items()}
    if name in _BY_NAME:
        for value in (*args[:1], kwargs.get("func"), kwargs.get("aggfunc"), kwargs.get("arg")):
            only_summaries(
                name, value if name not in ("pivot_table", "map") or value is kwargs.get("aggfunc") else None
            )
        if name in ("agg", "aggregate"):
            for value in kwargs.values():
                only_summaries(name, value[1:] if isinstance(value, tuple) else None)
    if type(owner).__name__ == "StringMethods" and args and isinstance(args[0], str):
        _check_pattern(args[0])
    if name == "to_csv":
        return _to_csv(owner, args, kwargs)
    if _FILES & set(kwargs) or (name in ("to_string", "info", "to_dict") and args and name != "to_dict"):
        raise Refused(f"{name} cannot write files in the lab")
    if name == "info":
        buffer = io.StringIO()
        owner.info(buf=buffer)
        running.write(buffer.getvalue())
        return None
    if name in ("merge", "join") and args and hasattr(args[0], "__len__"):
        running.meter.elements(len(owner) * max(1, len(args[0])))
    if kwargs.get("engine") is not None:
        raise Refused("the keyword 'engine' is not offered")
    return checked(getattr(owner, name)(*args, **kwargs))


def _check_pattern(source: str) -> None:
    """Texts may be patterns to pandas: one that could take forever is refused."""
    with contextlib.suppress(re.error):  # then it is looked for as it stands, or pandas says what is wrong
        Pattern(source)


def _to_csv(owner: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    path = args[0] if args else kwargs.pop("path_or_buf", None)
    text = owner.to_csv(
        None,
        **{
            k: v
            for k, v in kwargs.items()
            if k in ("index", "header", "sep", "na_rep", "columns", "float_format")
        },
    )
    if path is None:
        return text
    running.files[str(path)] = io.StringIO(text)
    return None
