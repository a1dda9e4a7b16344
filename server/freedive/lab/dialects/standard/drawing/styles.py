"""How marks look: format strings such as "r--o", and the keywords for lines, markers, widths and colors."""

from __future__ import annotations

from typing import Any

from freedive.lab.dialects.standard.drawing.colors import color, is_color

Json = dict[str, Any]

DASHES = {
    "-": "solid", "--": "dashed", "-.": "dashdot", ":": "dotted", "solid": "solid", "dashed": "dashed", "dashdot": "dashdot",
    "dotted": "dotted", "none": "none", "None": "none", " ": "none", "": "none",
}  # fmt: skip
MARKERS = {
    ".": "point", ",": "point", "o": "circle", "v": "down", "^": "triangle", "<": "left", ">": "right", "1": "down", "2": "triangle",
    "3": "left", "4": "right", "8": "hexagon", "s": "square", "p": "pentagon", "*": "star", "h": "hexagon", "H": "hexagon",
    "+": "plus", "x": "cross", "X": "cross", "P": "plus", "D": "diamond", "d": "thin", "|": "bar", "_": "dash",
    "none": "none", "None": "none", "": "none", " ": "none",
}  # fmt: skip


class Options:
    """The keywords of one call: what is taken is drawn, what is left over is said not to be."""

    def __init__(self, kwargs: Json) -> None:
        self.left = dict(kwargs)

    def take(self, *names: str, default: Any = None) -> Any:
        """The first of these that was given; the others are taken with it."""
        found = [self.left.pop(name) for name in names if name in self.left]
        return next((each for each in found if each is not None), default)

    def number(self, *names: str, default: float | None = None) -> Any:
        found = self.take(*names)
        return default if found is None else float(found)


def is_format(text: Any) -> bool:
    return isinstance(text, str) and _parsed(text) is not None


def format_of(text: str) -> Json:
    """`color`, `dash` and `marker` of a format string, those that it names."""
    made = _parsed(text)
    if made is None:
        raise ValueError(
            f"{text!r} is not a valid format string (a color, a marker and a line style, such as 'r--' or 'bo')"
        )
    return made


def _parsed(text: str) -> Json | None:
    if is_color(text) and text not in MARKERS and text not in DASHES:
        return {"color": color(text)}
    made: Json = {}
    at = 0
    while at < len(text):
        two, one = text[at : at + 2], text[at]
        if two in ("--", "-.") or one in "-:":
            key, value, step = "dash", DASHES.get(two) or DASHES[one], 2 if two in ("--", "-.") else 1
        elif one == "C" and at + 1 < len(text) and text[at + 1].isdigit():
            key, value, step = "color", two, 2
        elif one in "bgrcmykw":
            key, value, step = "color", str(color(one)), 1
        elif one in MARKERS and one != " ":
            key, value, step = "marker", MARKERS[one], 1
        else:
            return None
        if key in made:
            return None
        made[key] = value
        at += step
    if "marker" in made and "dash" not in made:
        made["dash"] = "none"
    return made


def dash_of(given: Any) -> str | None:
    if given is None:
        return None
    if isinstance(given, tuple):
        return "dashed"
    if given not in DASHES:
        raise ValueError(
            f"{given!r} is not a valid value for ls; supported values are '-', '--', '-.', ':', 'None'"
        )
    return DASHES[given]


def marker_of(given: Any) -> str | None:
    if given is None:
        return None
    if isinstance(given, str) and given in MARKERS:
        return MARKERS[given]
    if isinstance(given, str) and not given.startswith("$"):
        raise ValueError(f"Unrecognized marker style {given!r}")
    return "circle"


def line_style(options: Options, fmt: Json) -> Json:
    """What a line looks like, from its format string and its keywords; keywords win."""
    return {
        "color": color(options.take("color", "c")) or fmt.get("color"),
        "width": options.number("linewidth", "lw"),
        "dash": dash_of(options.take("linestyle", "ls")) or fmt.get("dash") or "solid",
        "marker": marker_of(options.take("marker")) or fmt.get("marker") or "none",
        "size": options.number("markersize", "ms"),
        **shared(options),
    }


def shared(options: Options) -> Json:
    """Label and transparency, which every mark has."""
    label = options.take("label")
    return {
        "label": None if label is None or str(label).startswith("_") else str(label)[:200],
        "alpha": options.number("alpha"),
    }
