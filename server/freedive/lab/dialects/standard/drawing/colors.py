"""Colors as matplotlib writes them ("r", "C1", "tab:blue", "0.5", "#0af", names, tuples) as the page draws them.

A color of the cycle stays `C0`, `C1` …, so that the page takes its own palette; black and white are `ink` and `paper`, which
follow the theme; all others are `#rrggbb`, with two more digits where they let through what is behind.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from freedive.lab.dialects.standard.drawing.colormaps import Colormap, hexed
from freedive.lab.dialects.standard.drawing.numbers import items, sheet

_LETTERS = {
    "b": "#0000ff",
    "g": "#008000",
    "r": "#ff0000",
    "c": "#00bfbf",
    "m": "#bf00bf",
    "y": "#bfbf00",
    "k": "ink",
    "w": "paper",
}
_TABLEAU = ("blue", "orange", "green", "red", "purple", "brown", "pink", "gray", "olive", "cyan")
_NAMED = """
aliceblue:f0f8ff antiquewhite:faebd7 aqua:00ffff aquamarine:7fffd4 azure:f0ffff beige:f5f5dc bisque:ffe4c4 black:000000
blanchedalmond:ffebcd blue:0000ff blueviolet:8a2be2 brown:a52a2a burlywood:deb887 cadetblue:5f9ea0 chartreuse:7fff00
chocolate:d2691e coral:ff7f50 cornflowerblue:6495ed cornsilk:fff8dc crimson:dc143c cyan:00ffff darkblue:00008b
darkcyan:008b8b darkgoldenrod:b8860b darkgray:a9a9a9 darkgreen:006400 darkgrey:a9a9a9 darkkhaki:bdb76b
darkmagenta:8b008b darkolivegreen:556b2f darkorange:ff8c00 darkorchid:9932cc darkred:8b0000 darksalmon:e9967a
darkseagreen:8fbc8f darkslateblue:483d8b darkslategray:2f4f4f darkslategrey:2f4f4f darkturquoise:00ced1
darkviolet:9400d3 deeppink:ff1493 deepskyblue:00bfff dimgray:696969 dimgrey:696969 dodgerblue:1e90ff firebrick:b22222
floralwhite:fffaf0 forestgreen:228b22 fuchsia:ff00ff gainsboro:dcdcdc ghostwhite:f8f8ff gold:ffd700 goldenrod:daa520
gray:808080 green:008000 greenyellow:adff2f grey:808080 honeydew:f0fff0 hotpink:ff69b4 indianred:cd5c5c indigo:4b0082
ivory:fffff0 khaki:f0e68c lavender:e6e6fa lavenderblush:fff0f5 lawngreen:7cfc00 lemonchiffon:fffacd lightblue:add8e6
lightcoral:f08080 lightcyan:e0ffff lightgoldenrodyellow:fafad2 lightgray:d3d3d3 lightgreen:90ee90 lightgrey:d3d3d3
lightpink:ffb6c1 lightsalmon:ffa07a lightseagreen:20b2aa lightskyblue:87cefa lightslategray:778899 lightslategrey:778899
lightsteelblue:b0c4de lightyellow:ffffe0 lime:00ff00 limegreen:32cd32 linen:faf0e6 magenta:ff00ff maroon:800000
mediumaquamarine:66cdaa mediumblue:0000cd mediumorchid:ba55d3 mediumpurple:9370db mediumseagreen:3cb371
mediumslateblue:7b68ee mediumspringgreen:00fa9a mediumturquoise:48d1cc mediumvioletred:c71585 midnightblue:191970
mintcream:f5fffa mistyrose:ffe4e1 moccasin:ffe4b5 navajowhite:ffdead navy:000080 oldlace:fdf5e6 olive:808000
olivedrab:6b8e23 orange:ffa500 orangered:ff4500 orchid:da70d6 palegoldenrod:eee8aa palegreen:98fb98 paleturquoise:afeeee
palevioletred:db7093 papayawhip:ffefd5 peachpuff:ffdab9 peru:cd853f pink:ffc0cb plum:dda0dd powderblue:b0e0e6
purple:800080 rebeccapurple:663399 red:ff0000 rosybrown:bc8f8f royalblue:4169e1 saddlebrown:8b4513 salmon:fa8072
sandybrown:f4a460 seagreen:2e8b57 seashell:fff5ee sienna:a0522d silver:c0c0c0 skyblue:87ceeb slateblue:6a5acd
slategray:708090 slategrey:708090 snow:fffafa springgreen:00ff7f steelblue:4682b4 tan:d2b48c teal:008080 thistle:d8bfd8
tomato:ff6347 turquoise:40e0d0 violet:ee82ee wheat:f5deb3 white:ffffff whitesmoke:f5f5f5 yellow:ffff00
yellowgreen:9acd32
"""
NAMED = {name: f"#{color}" for name, color in (pair.split(":") for pair in _NAMED.split())} | {
    "black": "ink",
    "white": "paper",
}


def color(given: Any) -> str | None:
    """One color; None where none was asked for ("none", None)."""
    found = _color(given)
    if found is None and not _is_nothing(given):
        raise ValueError(
            f"{given!r} is not a valid value for color"
            if isinstance(given, str)
            else "a color is a name, '#rrggbb', or three numbers from 0 to 1"
        )
    return found


def is_color(given: Any) -> bool:
    return isinstance(given, str) and (_is_nothing(given) or _color(given) is not None)


def _is_nothing(given: Any) -> bool:
    return given is None or (isinstance(given, str) and given.lower() in ("none", "auto"))


def _color(given: Any) -> str | None:
    if isinstance(given, str):
        return _named(given)
    if isinstance(given, bool | int | float) or given is None:
        return None
    if isinstance(given, tuple) and len(given) == 2 and isinstance(given[0], str):
        base = _named(given[0])
        return (
            None
            if base is None or not base.startswith("#")
            else base[:7] + f"{round(float(given[1]) * 255):02x}"
        )
    try:
        numbers = sheet(given).reshape(-1)
    except (TypeError, ValueError):
        return None
    if numbers.size not in (3, 4) or numbers.min() < 0 or numbers.max() > 1:
        return None
    return hexed(numbers if numbers.size == 3 or numbers[3] < 1 else numbers[:3])


def _named(text: str) -> str | None:
    if text in _LETTERS:
        return _LETTERS[text]
    if re.fullmatch(r"C\d{1,3}", text):
        return text
    if text.startswith("tab:"):
        name = text[4:].replace("grey", "gray")
        return f"C{_TABLEAU.index(name)}" if name in _TABLEAU else None
    if re.fullmatch(r"#[0-9a-fA-F]{3,4}", text):
        return "#" + "".join(2 * digit for digit in text[1:].lower())
    if re.fullmatch(r"#(?:[0-9a-fA-F]{6}|[0-9a-fA-F]{8})", text):
        return text.lower()
    if re.fullmatch(r"\d*\.?\d+", text) and 0 <= float(text) <= 1:
        return {0.0: "ink", 1.0: "paper"}.get(float(text)) or hexed([float(text)] * 3)
    return NAMED.get(text.lower())


def colors(given: Any, count: int) -> list[str] | None:
    """A color for each of `count` things, or one for all; None where none was given."""
    if given is None or _is_nothing(given):
        return None
    one = _color(given)
    if one is not None:
        return [one]
    if isinstance(given, str):
        raise ValueError(f"{given!r} is not a valid value for color")
    return [color(each) or "none" for each in items(given)][: max(count, 1)]


def one_color(given: Any) -> str | None:
    """The first of the colors that were given; None where none was."""
    found = colors(given, 1)
    return found[0] if found else None


def mapped(values: Any, given: Colormap, low: float, high: float) -> list[str]:
    """Numbers as colors of a map between two ends."""
    at = (np.asarray(values, dtype=float) - low) / ((high - low) or 1.0)
    return [hexed(each) for each in given.rgb(at).reshape(-1, 3)]
