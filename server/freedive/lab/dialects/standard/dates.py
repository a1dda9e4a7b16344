"""datetime and time: moments, days and spans of time."""

from __future__ import annotations

import datetime
import time
from typing import Any

from freedive.lab.exchange import Borrowed
from freedive.lab.kinds import ContainerKind, Kind, Native, Property, register
from freedive.lab.namespaces import Namespace
from freedive.lab.operators import PLAIN
from freedive.lab.running import running
from freedive.lab.types import TypeRef, publish_type

_FIELDS = (
    "year",
    "month",
    "day",
    "hour",
    "minute",
    "second",
    "microsecond",
    "days",
    "seconds",
    "microseconds",
    "min",
    "max",
)
_METHODS = (
    "total_seconds", "isoformat", "weekday", "isoweekday", "isocalendar", "timestamp", "toordinal", "timetuple", "ctime",
    "date", "time", "replace",
)  # fmt: skip
_TIMES = (datetime.date, datetime.datetime, datetime.time, datetime.timedelta)
_SPANNED = frozenset({"add", "sub", "mul", "truediv", "floordiv", "mod"})


def _told(moment: Any, form: str) -> str:
    running.meter.text(32 * form.count("%") + len(form))
    made: str = moment.strftime(form)
    return made


class TimeKind(Kind):
    """date, datetime, time and timedelta; each says itself what it lacks."""

    data = True

    name = "time"
    data = True
    rank = 3

    def __init__(self) -> None:
        super().__init__()
        self.attributes = {
            "strftime": Native("strftime", _told),
            **{name: _property(name) for name in _FIELDS},
            **{name: _method(name) for name in _METHODS},
        }

    def dir(self, value: Any) -> list[str]:
        return sorted(name for name in self.attributes if hasattr(value, name))

    def getattr(self, value: Any, name: str) -> Any:
        if name in self.attributes and not hasattr(value, name):
            raise AttributeError(
                f"'{type(value).__module__}.{type(value).__name__}' object has no attribute '{name}'"
            )
        return super().getattr(value, name)

    def binary(self, op: str, a: Any, b: Any) -> Any:
        fitting = all(isinstance(each, (*_TIMES, int, float)) for each in (a, b))
        return PLAIN[op](a, b) if fitting and op in _SPANNED else super().binary(op, a, b)

    def unary(self, op: str, value: Any) -> Any:
        if not isinstance(value, datetime.timedelta) or op == "invert":
            return super().unary(op, value)
        return abs(value) if op == "abs" else -value if op == "neg" else value

    def compare(self, op: str, a: Any, b: Any) -> Any:
        fitting = isinstance(a, _TIMES) and isinstance(b, _TIMES)
        return PLAIN[op](a, b) if fitting else super().compare(op, a, b)

    def truth(self, value: Any) -> bool:
        return bool(value)

    def text(self, value: Any) -> str:
        return str(value)

    def repr(self, value: Any) -> str:
        return repr(value)

    def format(self, value: Any, spec: str) -> str:
        return _told(value, spec) if spec and not isinstance(value, datetime.timedelta) else str(value)


def _property(name: str) -> Property:
    return Property(lambda value: getattr(value, name))


def _method(name: str) -> Native:
    return Native(name, lambda value, *args, **kwargs: getattr(value, name)(*args, **kwargs))


class StructKind(ContainerKind):
    """time.localtime()."""

    name = "tuple"

    def __init__(self) -> None:
        super().__init__()
        names = (
            "tm_year",
            "tm_mon",
            "tm_mday",
            "tm_hour",
            "tm_min",
            "tm_sec",
            "tm_wday",
            "tm_yday",
            "tm_isdst",
        )
        self.attributes = {name: _property(name) for name in names}

    def getitem(self, value: Any, index: Any) -> Any:
        return value[index]

    def repr(self, value: Any) -> str:
        return repr(value)


def _rest(seconds: float) -> None:
    """The lab does not wait; the clock of the budget is all there is."""


def _strftime(form: str, moment: Any = None) -> str:
    running.meter.text(32 * form.count("%") + len(form))
    return time.strftime(form, *(() if moment is None else (moment,)))


def _class(python: Any, *made: str) -> TypeRef:
    ref = publish_type(TypeRef(python.__name__, python, python, module="datetime"))
    for name in made:
        ref.members[name] = Borrowed(name, getattr(python, name))
    ref.members.update(min=python.min, max=python.max)
    ref.members["strftime"] = Native("strftime", _told)
    return ref


def spaces() -> list[Namespace]:
    time.strptime("2000", "%Y")  # imports what it needs while it still can
    dates = {
        "datetime": _class(datetime.datetime, "now", "today", "utcnow", "fromtimestamp", "fromisoformat", "strptime", "combine"),
        "date": _class(datetime.date, "today", "fromtimestamp", "fromisoformat", "fromordinal"),
        "time": _class(datetime.time, "fromisoformat"),
        "timedelta": publish_type(TypeRef("timedelta", datetime.timedelta, datetime.timedelta, module="datetime")),
    }  # fmt: skip
    clock = {
        "sleep": Native("sleep", _rest), "strftime": Native("strftime", _strftime),
        **{name: Borrowed(name, getattr(time, name)) for name in (
            "time", "perf_counter", "process_time", "monotonic", "time_ns", "perf_counter_ns", "localtime", "gmtime", "ctime", "asctime", "mktime",
        )},
    }  # fmt: skip
    return [Namespace("datetime", dates), Namespace("time", clock)]


register(TimeKind(), *_TIMES)
register(StructKind(), time.struct_time)
