"""`str.format` and `%`: plain fields only, widths within reason, operands turned to text or numbers by their kinds first."""

from __future__ import annotations

import re
from typing import Any

from freedive.lab.kinds import kind_of
from freedive.lab.problems import Refused
from freedive.lab.running import running
from freedive.lab.showing import show
from freedive.lab.syntax import check_format

_BRACES = re.compile(r"\{\{|\}\}|\{([^{}:!]*)(![rsa])?(?::((?:[^{}]|\{\w*\})*))?\}")
_PERCENT = re.compile(r"%(?:%|(\([^)]*\))?([-+ #0]*)(\*|\d*)(?:\.(\*|\d*))?[hlL]?([a-zA-Z]))")


def braces(template: str, *args: Any, **kwargs: Any) -> str:
    """`str.format` with plain fields only: no attributes, no indexing, constant formats."""
    out: list[str] = []
    last = counter = size = 0
    for found in _BRACES.finditer(template):
        gap = template[last : found.start()]
        if "{" in gap or "}" in gap:
            raise ValueError(
                "Single '}' encountered in format string"
                if "}" in gap
                else "Single '{' encountered in format string"
            )
        out.append(gap)
        last = found.end()
        token = found.group()
        if token in ("{{", "}}"):
            out.append(token[0])
            continue
        field, conversion, spec = found.group(1).strip(), found.group(2), found.group(3) or ""
        if (field and not re.fullmatch(r"\d+|[^\W\d]\w*", field)) or field.startswith("_"):
            raise Refused(
                f"the field '{{{field[:40]}}}' is not offered: no attributes or indexing inside a format"
            )
        value, counter = _field(field, counter, args, kwargs)
        for inner in re.findall(r"\{(\w*)\}", spec):
            part, counter = _field(inner, counter, args, kwargs)
            spec = spec.replace("{" + inner + "}", kind_of(part).text(part), 1)
        check_format(spec)
        kind = kind_of(value)
        made = format(kind.repr(value), spec) if conversion == "!r" else kind.format(value, spec)
        size += len(made)
        running.meter.text(size)
        out.append(made)
    rest = template[last:]
    if "{" in rest or "}" in rest:
        raise ValueError(
            "expected '}' before end of string" if "{" in rest else "Single '}' encountered in format string"
        )
    return "".join([*out, rest])


def _field(name: str, counter: int, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, int]:
    """The value of one field, and the place of the next that has no name."""
    if name and not name.isdigit():
        return kwargs[name], counter
    place = int(name) if name else counter
    if place >= len(args):
        raise IndexError(f"Replacement index {place} out of range for positional args tuple")
    return args[place], counter + (not name)


def percent(template: str, values: Any) -> str:
    """`%` formatting; operands are turned into plain text or numbers by their kinds first."""
    items = list(values) if type(values) is tuple else [values]
    taken = size = 0
    out: list[str] = []
    last = 0
    for found in _PERCENT.finditer(template):
        out.append(template[last : found.start()])
        last = found.end()
        if found.group() == "%%":
            out.append("%")
            continue
        name, _, width, precision, letter = found.groups()
        written = found.group()
        if "*" in (width, precision):
            raise Refused("'*' in a % format is not offered", hint="use an f-string")
        if name:
            if not isinstance(values, dict):
                raise TypeError("format requires a mapping")
            items, taken, written = [values[name[1:-1]]], 0, written.replace(name, "", 1)
        if int(width or 0) > 999 or int(precision or 0) > 99:
            raise Refused("a % format wider than 999 or more precise than 99 is not offered")
        if taken >= len(items):
            raise TypeError("not enough arguments for format string")
        value = items[taken]
        taken += 1
        if letter in "sra":
            operand: Any = kind_of(value).text(value) if letter == "s" else show(value)
            written = written[:-1] + "s"  # it is text now
        elif letter in "diouxXc":
            if isinstance(value, str) and letter != "c":
                raise TypeError(f"%{letter} format: a real number is required, not str")
            operand = value if isinstance(value, str) else kind_of(value).number(value, int)
        elif letter in "eEfFgG":
            if isinstance(value, str):
                raise TypeError("must be real number, not str")
            operand = kind_of(value).number(value, float)
        else:
            raise ValueError(f"unsupported format character '{letter}'")
        made = written % (operand,)
        size += len(made)
        running.meter.text(size)
        out.append(made)
    if taken < len(items) and type(values) is tuple:
        raise TypeError("not all arguments converted during string formatting")
    return "".join([*out, template[last:]])
