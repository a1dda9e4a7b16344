"""Marks of areas and straight lines: filled bands and outlines, rules across a picture, stems, arrows."""

from __future__ import annotations

from typing import Any

import numpy as np

from freedive.lab.dialects.standard.drawing.artists import Artist
from freedive.lab.dialects.standard.drawing.colors import colors, one_color
from freedive.lab.dialects.standard.drawing.figures import Axes, Json
from freedive.lab.dialects.standard.drawing.lines import kept, point_colors, together
from freedive.lab.dialects.standard.drawing.numbers import (
    is_listed,
    items,
    listed,
    opened,
    plain_number,
    sheet,
)
from freedive.lab.dialects.standard.drawing.styles import (
    Options,
    format_of,
    is_format,
    line_style,
    shared,
)
from freedive.lab.running import running


def fill_between(axes: Axes, args: tuple[Any, ...], options: Options, across: bool = False) -> Artist:
    along, over = ("y", "x") if across else ("x", "y")
    at = np.asarray(axes.along(along, listed(args[0])), dtype=float)
    ends = [
        args[1] if len(args) > 1 else options.take(f"{over}1"),
        args[2] if len(args) > 2 else options.take(f"{over}2", default=0.0),
    ]
    first, second = (
        listed(each).values if is_listed(each) else np.full(len(at), plain_number(each) or 0.0)
        for each in ends
    )
    together(at, first)
    where = args[3] if len(args) > 3 else options.take("where")
    options.take("interpolate", "step", "linewidth", "lw", "linestyle", "zorder")
    ink = one_color(options.take("color", "facecolor", "fc")) or axes.color(True)
    look = {
        **shared(options),
        "color": ink,
        "edge": one_color(options.take("edgecolor", "ec")),
    }
    inside = (
        np.ones(len(at), dtype=bool) if where is None else np.asarray(opened(where), dtype=bool).reshape(-1)
    )
    marks = []
    for run in _runs(inside & np.isfinite(first) & np.isfinite(second)):
        x = np.concatenate([at[run], at[run][::-1]])
        y = np.concatenate([first[run], second[run][::-1]])
        marks.append(axes.add({"kind": "area", "x": y if across else x, "y": x if across else y, **look}))
        look = {**look, "label": None}
    return Artist("PolyCollection", axes, marks)


def _runs(inside: Any) -> list[Any]:
    """Stretches in which something holds, as slices."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], inside, [False]]).astype(int)))
    return [slice(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)][:64]


def fill(axes: Axes, args: tuple[Any, ...], options: Options) -> list[Artist]:
    fmt: Json = {}
    lists = [each for each in args if not isinstance(each, str)]
    for each in args:
        if isinstance(each, str):
            fmt = format_of(each)
    ink = one_color(options.take("color", "facecolor", "fc")) or fmt.get("color")
    look = shared(options)
    made = []
    for x, y in zip(lists[::2], lists[1::2], strict=False):
        mark = {
            "kind": "area",
            "x": listed(x).values,
            "y": listed(y).values,
            "color": ink or axes.color(True),
            **look,
        }
        made.append(Artist("Polygon", axes, [axes.add(kept(axes, mark, "x", "y"))]))
    return made


def stackplot(axes: Axes, args: tuple[Any, ...], options: Options) -> list[Artist]:
    at = np.asarray(axes.along("x", listed(args[0])), dtype=float)
    layers = [row for each in args[1:] for row in np.atleast_2d(sheet(each))]
    labels = items(options.take("labels", default=[]))
    inks = colors(options.take("colors"), len(layers)) or []
    options.take("baseline")
    look = shared(options)
    floor = np.zeros(len(at))
    made = []
    for place, layer in enumerate(layers):
        top = floor + layer
        mark = {
            "kind": "area", "x": np.concatenate([at, at[::-1]]), "y": np.concatenate([top, floor[::-1]]), **look,
            "color": inks[place % len(inks)] if inks else axes.color(), "label": str(labels[place]) if place < len(labels) else None,
        }  # fmt: skip
        made.append(Artist("PolyCollection", axes, [axes.add(mark)]))
        floor = top
    return made


def rule(axes: Axes, args: tuple[Any, ...], options: Options, axis: str, ends: bool) -> Artist:
    """`axhline`, `axvline` (across the whole picture) and `hlines`, `vlines` (from one number to another)."""
    other = "x" if axis == "y" else "y"
    first = args[0] if args else options.take(axis)
    at = np.atleast_1d(listed(first).values) if is_listed(first) else np.array([plain_number(first) or 0.0])
    mark: Json = {"kind": "rules", "axis": axis, "at": at}
    if ends:
        low, high = (
            args[i] if i < len(args) else options.take(f"{other}{name}")
            for i, name in ((1, "min"), (2, "max"))
        )
        for name, each in (("low", low), ("high", high)):
            mark[name] = listed(each).values if is_listed(each) else np.full(len(at), plain_number(each))
        inks = colors(options.take("colors", "color"), len(at))
        options.left.setdefault("color", inks[0] if inks else None)
        options.left.setdefault("linestyle", options.take("linestyles", default="-"))
        width = options.take("linewidths")
        if width is not None:
            options.left.setdefault("linewidth", width)
    elif options.take(f"{other}min", f"{other}max") is not None or len(args) > 1:
        axes.figure.say_unseen("ends of axhline and axvline")
    look = line_style(options, {})
    mark |= {**look, "color": look["color"] or "C0"}
    del mark["marker"], mark["size"]
    return Artist("Line2D", axes, [axes.add(mark)])


def span(axes: Axes, args: tuple[Any, ...], options: Options, axis: str) -> Artist:
    """`axhspan` and `axvspan`: a band across the whole picture."""
    low, high = (
        plain_number(args[i] if i < len(args) else options.take(f"{axis}{name}"))
        for i, name in ((0, "min"), (1, "max"))
    )
    ends = [low, low, high, high]
    far = [float("-inf"), float("inf"), float("inf"), float("-inf")]
    ink = one_color(options.take("color", "facecolor", "fc")) or "C0"
    options.take("edgecolor", "linewidth", "lw", "zorder")
    mark = {
        "kind": "area",
        "x": ends if axis == "x" else far,
        "y": far if axis == "x" else ends,
        "color": ink,
        **shared(options),
    }
    return Artist("Rectangle", axes, [axes.add(mark)])


def stem(axes: Axes, args: tuple[Any, ...], options: Options) -> Artist:
    lists = [each for each in args if not isinstance(each, str)]
    y = listed(lists[-1]).values
    x = (
        np.asarray(axes.along("x", listed(lists[0])), dtype=float)
        if len(lists) > 1
        else np.arange(len(y), dtype=float)
    )
    together(x, y)
    fmt = next((each for each in args if isinstance(each, str)), options.take("linefmt"))
    marker = options.take("markerfmt")
    ink = (format_of(fmt).get("color") if isinstance(fmt, str) else None) or "C0"
    look = format_of(marker) if isinstance(marker, str) and is_format(marker) else {}
    mark = {
        "kind": "stems", "x": x, "y": y, "base": options.number("bottom", default=0.0), "color": ink,
        "marker": look.get("marker", "circle"), **shared(options),
    }  # fmt: skip
    options.take("basefmt", "use_line_collection")
    return Artist("StemContainer", axes, [axes.add(kept(axes, mark, "x", "y"))])


def quiver(axes: Axes, args: tuple[Any, ...], options: Options) -> Artist:
    sheets = [sheet(each) for each in args]
    if len(sheets) in (2, 3):
        rows, across = sheets[0].shape if sheets[0].ndim == 2 else (1, sheets[0].size)
        y, x = np.mgrid[0:rows, 0:across].astype(float)
        sheets = [x, y, *sheets]
    x, y, u, v = (each.reshape(-1) for each in sheets[:4])
    if x.size != u.size:
        running.meter.elements(x.size * y.size)
        x, y = (each.reshape(-1) for each in np.meshgrid(x, y))
    exact = options.take("angles") == "xy" and options.take("scale_units") == "xy"
    scale = options.number("scale", default=1.0) if exact else options.take("scale") and None
    mark: Json = {
        "kind": "arrows", "x": x, "y": y, "u": u / (scale or 1), "v": v / (scale or 1), "exact": exact,
        **shared(options),
    }  # fmt: skip
    values: Json = {}
    c = sheets[4].reshape(-1) if len(sheets) > 4 else None
    plain = options.take("color", "facecolor")
    mark["colors"] = (
        ["ink"] if c is None and plain is None else point_colors(axes, c, plain, len(x), options, values)
    )
    options.take("width", "headwidth", "headlength", "pivot", "units", "headaxislength")
    kept(axes, mark, "x", "y", "u", "v", "colors")
    return Artist("Quiver", axes, [axes.add(mark)], **values)


def arrow(axes: Axes, args: tuple[Any, ...], options: Options) -> Artist:
    x, y, dx, dy = (
        plain_number(args[i] if i < len(args) else options.take(n)) or 0.0
        for i, n in enumerate(("x", "y", "dx", "dy"))
    )
    ink = one_color(options.take("color", "facecolor", "fc")) or "C0"
    options.take(
        "ec",
        "edgecolor",
        "width",
        "head_width",
        "head_length",
        "length_includes_head",
        "lw",
        "linewidth",
        "overhang",
        "shape",
    )
    mark = {
        "kind": "arrows",
        "x": [x],
        "y": [y],
        "u": [dx],
        "v": [dy],
        "exact": True,
        "colors": [ink],
        **shared(options),
    }
    return Artist("FancyArrow", axes, [axes.add(mark)])
