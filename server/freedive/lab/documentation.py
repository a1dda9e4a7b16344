"""What `help(x)` prints: the name, how it is called, and one line in each language where the tables have it."""

from __future__ import annotations

import inspect
import re
from typing import Any

from freedive.lab.classes import Method, UserClass
from freedive.lab.door import Op
from freedive.lab.functions import Function
from freedive.lab.kinds import Bound, Callable_, kind_of
from freedive.lab.namespaces import Namespace

LONGEST = 2_400


def explain(value: Any) -> str:
    """Text about a value."""
    if isinstance(value, Bound):
        value = value.method
    if isinstance(value, Op):
        return _of_op(value)
    if isinstance(value, Function):
        return f"{value.name}({value.parameters.signature()})\n\n{value.doc}".rstrip()
    if isinstance(value, Method):
        return f"{value.name}({value.function.parameters.signature()})\n\n{value.doc}".rstrip()
    if isinstance(value, UserClass):
        return f"class {value.name}\n\n{value.doc}\nmembers: {', '.join(sorted(value.members))}".strip()
    if isinstance(value, Namespace):
        return f"module {value.name}\n\n{value.doc}\nmembers: {', '.join(sorted(value.members))}"[:LONGEST]
    if isinstance(value, Callable_):
        text = _clean(str(getattr(value, "doc", "") or ""))
        return text if text.startswith(f"{value.name}(") else f"{value.name}(...)\n\n{text}".rstrip()
    kind = kind_of(value)
    own = getattr(kind, "help", None)
    if own is not None:
        return str(own(value))
    return f"{kind.type_name(value)}\n\n{kind.repr(value)[:400]}\n\nmembers: {', '.join(kind.dir(value))}"[
        :LONGEST
    ]


def _of_op(op: Op) -> str:
    parts = []
    native = _clean(op.fn.__doc__ or "")
    signature = _signature(op)
    if not native.startswith(f"{op.name}("):
        parts.append(signature)
    row = op.info
    if row is not None:
        parts.append(f"{row.en}\n{row.zh}\n\nexample: {row.example}")
        if row.others:
            parts.append("elsewhere: " + ", ".join(f"{where} {name}" for where, name in row.others.items()))
    if native:
        parts.append(native)
    return "\n\n".join(parts)[:LONGEST]


def _signature(op: Op) -> str:
    try:
        return f"{op.name}{inspect.signature(op.fn)}"
    except (TypeError, ValueError):
        return f"{op.name}(...)"


def _clean(text: str) -> str:
    """A docstring without markup."""
    text = inspect.cleandoc(text)
    text = re.sub(r":(?:class|func|attr|meth|math|ref|mod):`~?([^`]*)`", r"\1", text)
    text = re.sub(r"\.\. (?:note|warning|math|math::|code-block)::[^\n]*\n", "", text)
    return text.replace("``", "").replace("\\_", "_")[:LONGEST]
