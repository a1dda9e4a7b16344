"""What drawing calls give back: marks that can still be changed, and everything that is accepted and not drawn."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from freedive.lab.dialects.standard.drawing.colors import color
from freedive.lab.dialects.standard.drawing.figures import Axes, Json, board, short
from freedive.lab.dialects.standard.drawing.numbers import listed, sheet
from freedive.lab.dialects.standard.drawing.styles import dash_of, marker_of
from freedive.lab.kinds import Callable_, Kind, Native, register
from freedive.lab.problems import no_attribute


class Artist:
    """One mark, or several made by one call (the bars of a chart)."""

    def __init__(
        self, name: str, axes: Axes, marks: list[Json], parts: list[Any] | None = None, **values: Any
    ) -> None:
        self.name = name
        self.axes = axes
        self.marks = marks
        self.parts = parts or []
        self.values = values
        """What it tells when it is asked: `get_height` of a bar, `levels` of a contour."""


class Loose(Callable_):
    """Something of a figure that may be asked for anything and is not drawn: spines, tickers, fonts."""

    def __init__(self, what: str, axes: Axes | None = None) -> None:
        self.name = self.what = what
        self.axes = axes

    def say(self) -> None:
        (self.axes.figure if self.axes is not None else board()).say_unseen(self.what)

    def call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        self.say()
        return Loose(self.what, self.axes)


class LooseKind(Kind):
    name = "figure"

    def type_name(self, value: Any) -> str:
        return str(value.what)

    def dir(self, value: Any) -> list[str]:
        return []

    def getattr(self, value: Any, name: str) -> Any:
        if value.what in ("xaxis", "yaxis") and value.axes is not None and name == "set_visible":
            return Native(name, lambda b: _hide(value.axes, value.what[0]) if not b else None)
        if (
            value.what in ("xaxis", "yaxis")
            and name.startswith("set_")
            and ("locator" in name or "formatter" in name)
        ):
            return Loose("tick locators and formatters", value.axes)
        return Loose(value.what, value.axes)

    def setattr(self, value: Any, name: str, new: Any) -> None:
        value.say()

    def getitem(self, value: Any, index: Any) -> Any:
        return Loose(value.what, value.axes)

    def setitem(self, value: Any, index: Any, new: Any) -> None:
        value.say()

    def iterate(self, value: Any) -> Iterator[Any]:
        return iter([Loose(value.what, value.axes)])

    def length(self, value: Any) -> int:
        return 1

    def enter(self, value: Any) -> Any:
        return value

    def repr(self, value: Any) -> str:
        return f"<{value.what}, not drawn>"


register(LooseKind(), Loose)


def _hide(axes: Axes, axis: str) -> None:
    axes.told[f"{axis}ticks"] = {"at": [], "labels": None}


def _set(mark: Json, name: str, value: Any) -> bool:
    """Change one property of a mark; whether it is drawn at all."""
    if name in ("color", "facecolor", "c", "edgecolor"):
        found = color(value)
        if name != "edgecolor":
            mark.update({"color": found} if "colors" not in mark else {"colors": [found]})
        else:
            mark["edge"] = found
    elif name in ("linewidth", "lw", "width"):
        mark["width"] = float(value)
    elif name in ("linestyle", "ls"):
        mark["dash"] = dash_of(value)
    elif name == "marker":
        mark["marker"] = marker_of(value)
    elif name in ("markersize", "ms"):
        mark["size"] = float(value)
    elif name == "alpha":
        mark["alpha"] = float(value)
    elif name == "label":
        mark["label"] = short(value)
    elif name == "text" and mark["kind"] == "words":
        mark["text"] = short(value)
    elif name in ("xdata", "ydata") and "x" in mark:
        mark[name[0]] = listed(value).values
    elif name == "offsets" and mark["kind"] == "points":
        mark["x"], mark["y"] = sheet(value).reshape(-1, 2).T
    elif name in ("array", "data") and mark["kind"] == "image" and mark.get("low") is not None:
        mark["rows"] = sheet(value).reshape(np.shape(mark["rows"]))
    elif name == "clim":
        mark["low"], mark["high"] = value
    elif name == "visible":
        mark["_hidden"] = not value
    else:
        return False
    return True


class ArtistKind(Kind):
    """Lines, bars, images: `set_color`, `set_data`, `get_height` and so on; what else is set is said not to be drawn."""

    name = "figure"

    def type_name(self, value: Any) -> str:
        return str(value.name)

    def dir(self, value: Any) -> list[str]:
        return sorted(
            {
                "set_color",
                "set_label",
                "set_data",
                "set_alpha",
                "remove",
                *value.values,
                *(f"get_{name}" for name in value.values),
            }
        )

    def getattr(self, value: Any, name: str) -> Any:
        if name in value.values:
            return value.values[name]
        if name == "axes":
            return value.axes
        if name == "patches":
            return value.parts
        if name == "remove":
            return Native(name, lambda: _remove(value))
        if name.startswith("set_") or name == "set":
            return Native(name, lambda *args, **kwargs: _change(value, name, args, kwargs))
        if name.startswith("get_"):
            return Native(name, lambda *args: _read(value, name[4:]))
        if name.startswith("_"):
            raise no_attribute(value.name, name, self.dir(value))
        return Loose(f"{value.name}.{name}", value.axes)

    def getitem(self, value: Any, index: Any) -> Any:
        return value.parts[index] if value.parts else value

    def iterate(self, value: Any) -> Iterator[Any]:
        return iter(value.parts or [value])

    def length(self, value: Any) -> int:
        return max(1, len(value.parts))

    def repr(self, value: Any) -> str:
        return f"<{value.name}>"


register(ArtistKind(), Artist)


def _remove(artist: Artist) -> None:
    gone = {id(mark) for mark in artist.marks}
    artist.axes.marks = [mark for mark in artist.axes.marks if id(mark) not in gone]


def _change(artist: Artist, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    if name == "set":
        for key, value in kwargs.items():
            _change(artist, f"set_{key}", (value,), {})
        return
    wanted = name.removeprefix("set_")
    if "bar" in artist.values and artist.marks:
        _change_bar(artist, wanted, args[0] if args else None)
        return
    if wanted == "data" and len(args) == 2:
        for mark in artist.marks:
            mark["x"], mark["y"] = listed(args[0]).values, listed(args[1]).values
        return
    given = (args[0] if len(args) == 1 else args) if args else next(iter(kwargs.values()), None)
    if not [mark for mark in artist.marks if _set(mark, wanted, given)]:
        artist.axes.figure.say_unseen(f"{artist.name}.{name}")


def _change_bar(artist: Artist, wanted: str, given: Any) -> None:
    """One bar of several has a color of its own."""
    mark, at = artist.marks[0], artist.values["bar"]
    count = len(mark["x"])
    if wanted in ("color", "facecolor"):
        held = mark["colors"]
        mark["colors"] = [*held] if len(held) == count else held[:1] * count
        mark["colors"][at] = color(given) or "none"
    elif wanted == "height":
        mark["height"] = np.array(mark["height"], dtype=float)
        mark["height"][at] = float(given)
    else:
        artist.axes.figure.say_unseen(f"{artist.name}.set_{wanted}")


def _read(artist: Artist, name: str) -> Any:
    if name in artist.values:
        return artist.values[name]
    mark = artist.marks[0] if artist.marks else {}
    if name in ("xdata", "ydata") and name[0] in mark:
        return np.asarray(mark[name[0]])
    if name == "data" and "x" in mark:
        return np.asarray(mark["x"]), np.asarray(mark["y"])
    found = {"linewidth": "width", "linestyle": "dash"}.get(name, name)
    if found in mark:
        return mark[found]
    artist.axes.figure.say_unseen(f"{artist.name}.get_{name}")
    return None
