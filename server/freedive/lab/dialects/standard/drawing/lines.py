"""Marks along an axis: lines, points, bars, errors."""

from __future__ import annotations

from typing import Any

import numpy as np

from freedive.lab.dialects.standard.drawing.artists import Artist
from freedive.lab.dialects.standard.drawing.colormaps import colormap
from freedive.lab.dialects.standard.drawing.colors import color, colors, mapped, one_color
from freedive.lab.dialects.standard.drawing.figures import Axes, Json, board
from freedive.lab.dialects.standard.drawing.numbers import (
    MOST,
    columns,
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
    marker_of,
    shared,
)
from freedive.lab.dialects.standard.drawing.telling import kept_of_line


def kept(axes: Axes, mark: Json, *names: str) -> Json:
    """A mark with no more of its points than are kept while a snippet runs; lines keep their peaks."""
    length = max(len(mark[name]) for name in names)
    if length > MOST:
        keep = (
            kept_of_line(mark["y"], MOST)
            if mark["kind"] == "line"
            else np.linspace(0, length - 1, MOST).round().astype(int)
        )
        for name in names:
            if len(mark[name]) == length:
                held = mark[name]
                mark[name] = [held[i] for i in keep] if isinstance(held, list) else held[keep]
        mark["_of"] = length
        axes.figure.say_thinned(mark["kind"], len(keep), length)
    return mark


def together(x: Any, y: Any) -> None:
    if len(x) != len(y):
        raise ValueError(
            f"x and y must have same first dimension, but have shapes ({len(x)},) and ({len(y)},)"
        )


def plot(axes: Axes, args: tuple[Any, ...], options: Options) -> list[Artist]:
    """`plot([x], y, [format], …)`: one line for each column."""
    if axes.space:
        return _plot_space(axes, args, options)
    if axes.full():
        options.left.clear()
        return [Artist("Line2D", axes, [{"kind": "line", "x": np.empty(0), "y": np.empty(0)}])]
    data = options.take("data")
    rest = [
        data[each] if data is not None and isinstance(each, str) and each in data else each for each in args
    ]
    groups: list[tuple[Any, Any, Json]] = []
    while rest:
        x, y = None, rest.pop(0)
        if rest and not isinstance(rest[0], str):
            x, y = y, rest.pop(0)
        fmt: Json = {}
        if rest and isinstance(rest[0], str):
            if not is_format(rest[0]):
                format_of(rest[0])
            fmt = format_of(rest.pop(0))
        groups.append((x, y, fmt))
    options.take("scalex", "scaley", "zorder", "clip_on")
    marker_face = color(options.take("markerfacecolor", "mfc"))
    every = options.take("markevery")
    if every is not None:
        axes.figure.say_unseen("plot: markevery")
    labels = options.left.get("label")
    made = []
    for x, y, fmt in groups:
        ys = columns(y)
        xs = columns(x) if x is not None else []
        if not ys:
            continue
        look = line_style(Options(options.left), fmt)
        for place, each in enumerate(ys):
            along = axes.along("y", each)
            at = axes.along("x", xs[min(place, len(xs) - 1)]) if xs else np.arange(len(along), dtype=float)
            together(at, along)
            mark = {
                "kind": "line",
                "x": np.asarray(at),
                "y": np.asarray(along),
                **look,
                "color": look["color"] or axes.color(),
            }
            if isinstance(labels, list | tuple):
                mark["label"] = str(labels[place]) if place < len(labels) else None
            if marker_face is not None:
                mark["face"] = marker_face
            kept(axes, mark, "x", "y")
            made.append(Artist("Line2D", axes, [axes.add(mark)]))
    line_style(options, {})
    return made


def _plot_space(axes: Axes, args: tuple[Any, ...], options: Options) -> list[Artist]:
    fmt: Json = {}
    if args and isinstance(args[-1], str):
        fmt, args = format_of(args[-1]), args[:-1]
    x, y = listed(args[0]).values, listed(args[1]).values
    z = listed(args[2]).values if len(args) > 2 else np.full(len(x), plain_number(options.take("zs")) or 0.0)
    look = line_style(options, fmt)
    mark = {"kind": "line", "x": x, "y": y, "z": z, **look, "color": look["color"] or axes.color()}
    return [Artist("Line3D", axes, [axes.add(kept(axes, mark, "x", "y", "z"))])]


def step(axes: Axes, args: tuple[Any, ...], options: Options) -> list[Artist]:
    where = str(options.take("where", default="pre"))
    made = plot(axes, args, options)
    for artist in made:
        mark = artist.marks[0]
        x, y = np.asarray(mark["x"], dtype=float), np.asarray(mark["y"], dtype=float)
        if len(x) < 2:
            continue
        if where == "mid":
            middle = (x[1:] + x[:-1]) / 2
            mark["x"] = np.concatenate([x[:1], np.repeat(middle, 2), x[-1:]])
            mark["y"] = np.repeat(y, 2)
        elif where == "post":
            mark["x"], mark["y"] = np.repeat(x, 2)[1:], np.repeat(y, 2)[:-1]
        else:
            mark["x"], mark["y"] = np.repeat(x, 2)[:-1], np.repeat(y, 2)[1:]
    return made


def scatter(axes: Axes, args: tuple[Any, ...], options: Options) -> Artist:
    """`scatter(x, y, [s], [c])`, in space with z."""
    data = options.take("data")
    names = ("x", "y", "z") if axes.space else ("x", "y")
    given = {
        name: args[i] if i < len(args) else options.take(name, f"{name}s") for i, name in enumerate(names)
    }
    if data is not None:
        given = {
            name: data[each] if isinstance(each, str) and each in data else each
            for name, each in given.items()
        }
    if any(each is None for each in given.values()) and not axes.space:
        raise TypeError(
            f"scatter() missing 1 required positional argument: '{next(n for n, e in given.items() if e is None)}'"
        )
    x, y = (np.asarray(axes.along(name, listed(given[name])), dtype=float) for name in ("x", "y"))
    if len(x) != len(y):
        raise ValueError("x and y must be the same size")
    sizes = args[len(names)] if len(args) > len(names) else None
    sizes = options.take("s", default=sizes)
    c = args[len(names) + 1] if len(args) > len(names) + 1 else None
    c = options.take("c", default=c)
    mark: Json = {"kind": "points", "x": x, "y": y, **shared(options)}
    if axes.space:
        mark["z"] = listed(given["z"]).values if given["z"] is not None else np.zeros(len(x))
        options.take("depthshade")
    mark["sizes"] = np.atleast_1d(listed(sizes).values) if is_listed(sizes) else [plain_number(sizes) or 36.0]
    fmt_marker = options.take("marker")
    mark["marker"] = marker_of(fmt_marker) or "circle"
    plain = options.take("color", "facecolors", "facecolor")
    edge = options.take("edgecolors", "edgecolor")
    mark["edge"] = None if edge in ("face", "none", None) else one_color(edge)
    if plain is not None and isinstance(plain, str) and plain == "none":
        mark["hollow"] = True
        plain = None
    options.take("linewidths", "linewidth", "lw")
    values: Json = {}
    mark["colors"] = point_colors(axes, c, plain, len(x), options, values)
    kept(axes, mark, *(name for name in ("x", "y", "z", "sizes", "colors") if name in mark))
    return Artist("PathCollection", axes, [axes.add(mark)], **values)


def point_colors(axes: Axes, c: Any, plain: Any, count: int, options: Options, values: Json) -> list[str]:
    given = options.take("cmap")
    low, high = options.number("vmin"), options.number("vmax")
    options.take("norm", "plotnonfinite")
    if plain is not None:
        return colors(plain, count) or [axes.color(True)]
    if c is None:
        return [axes.color(True)]
    numbers = _as_values(c, count)
    if numbers is None:
        return colors(c, count) or [axes.color(True)]
    good = numbers[np.isfinite(numbers)]
    low = float(good.min()) if low is None and good.size else low or 0.0
    high = float(good.max()) if high is None and good.size else 1.0 if high is None else high
    found = colormap(given or board().settings.get("image.cmap"))
    values["scale"] = {"map": axes.figure.map(found), "low": low, "high": high}
    return mapped(numbers, found, low, high)


def _as_values(c: Any, count: int) -> Any:
    """Numbers that a colormap turns into colors; None where colors were given."""
    if isinstance(c, str) or not is_listed(c):
        return None
    held = opened(c)
    made = (
        np.asarray(held)
        if not isinstance(held, list) or not any(isinstance(each, str | list | tuple) for each in held)
        else None
    )
    if (
        made is None
        or made.dtype.kind not in "fiub"
        or made.size != count
        or (made.ndim > 1 and made.shape[-1] in (3, 4) and count != made.size)
    ):
        return None
    return made.reshape(-1).astype(float)


def bar(axes: Axes, args: tuple[Any, ...], options: Options, lying: bool = False) -> Artist:
    """`bar(x, height, width=0.8, bottom=0)`; lying down `barh(y, width, height=0.8, left=0)`."""
    names = ("y", "width", "height", "left") if lying else ("x", "height", "width", "bottom")
    given = [args[i] if i < len(args) else options.take(name) for i, name in enumerate(names)]
    at = np.asarray(axes.along("y" if lying else "x", listed(given[0])), dtype=float)
    length = (
        listed(given[1]).values if is_listed(given[1]) else np.full(len(at), plain_number(given[1]) or 0.0)
    )
    if len(length) == 1 and len(at) > 1:
        length = np.full(len(at), length[0])
    if len(at) == 1 and len(length) > 1:
        at = np.full(len(length), at[0])
    _fits(at, length)
    thick = (
        listed(given[2]).values
        if is_listed(given[2])
        else np.full(len(at), 0.8 if given[2] is None else plain_number(given[2]))
    )
    base = listed(given[3]).values if is_listed(given[3]) else np.full(len(at), plain_number(given[3]) or 0.0)
    align = options.take("align", default="center")
    start = at - thick / 2 if align == "center" else at
    label = options.take("label")
    texts = options.take("tick_label")
    if texts is not None:
        axes.told["yticks" if lying else "xticks"] = {
            "at": at.tolist(),
            "labels": [str(each) for each in items(texts)],
        }
    mark: Json = {
        "kind": "bars", "lying": lying, "x": start, "width": thick, "base": base, "height": length,
        "colors": colors(options.take("color", "facecolor"), len(at)) or [axes.color(True)],
        "edge": one_color(options.take("edgecolor", "ec")),
        **shared(options), "label": str(label)[:200] if isinstance(label, str) else None,
    }  # fmt: skip
    options.take("linewidth", "lw")
    errors = options.take("yerr"), options.take("xerr")
    options.take("capsize", "error_kw", "ecolor")
    kept(axes, mark, "x", "width", "base", "height", "colors")
    axes.add(mark)
    tops = np.asarray(mark["base"]) + np.asarray(mark["height"])
    for which, error in zip("yx", errors, strict=True):
        if error is not None:
            ends = (tops, at) if lying else (at, tops)
            axes.add(
                _errors(
                    ends[0],
                    ends[1],
                    error if which == "x" else None,
                    error if which == "y" else None,
                    "ink",
                    4.0,
                    {},
                )
            )
    parts = [
        Artist("Rectangle", axes, [mark], bar=i, x=float(s), y=float(b), width=float(w), height=float(h))
        if not lying
        else Artist("Rectangle", axes, [mark], bar=i, x=float(b), y=float(s), width=float(h), height=float(w))
        for i, (s, w, b, h) in enumerate(
            zip(mark["x"], mark["width"], mark["base"], mark["height"], strict=True)
        )
    ]
    return Artist("BarContainer", axes, [mark], parts)


def _fits(at: Any, length: Any) -> None:
    if len(at) != len(length):
        raise ValueError(
            f"shape mismatch: objects cannot be broadcast to a single shape: {len(at)} places and {len(length)} lengths"
        )


def _errors(x: Any, y: Any, xerr: Any, yerr: Any, ink: str, cap: float, look: Json) -> Json:
    made: Json = {"kind": "errors", "x": x, "y": y, "color": ink, "cap": cap, **look}
    for error, low, high in ((xerr, "left", "right"), (yerr, "down", "up")):
        if error is None:
            continue
        each = sheet(error)
        if each.ndim == 2:
            made[low], made[high] = each[0], each[1]
        else:
            made[low] = made[high] = np.broadcast_to(each, (len(x),)).copy()
    return made


def errorbar(axes: Axes, args: tuple[Any, ...], options: Options) -> Artist:
    names = ("x", "y", "yerr", "xerr")
    x, y, yerr, xerr = (args[i] if i < len(args) else options.take(name) for i, name in enumerate(names))
    fmt = options.take("fmt")
    look = line_style(options, format_of(fmt) if isinstance(fmt, str) and fmt not in ("", "none") else {})
    ink = look["color"] or axes.color()
    cap = options.number("capsize", default=0.0)
    bars = color(options.take("ecolor")) or ink
    options.take("elinewidth", "capthick", "barsabove", "errorevery")
    at, along = (
        np.asarray(axes.along(name, listed(each)), dtype=float) for name, each in (("x", x), ("y", y))
    )
    together(at, along)
    marks = [axes.add(_errors(at, along, xerr, yerr, bars, float(cap or 0), {"alpha": look["alpha"]}))]
    if fmt != "none":
        marks.append(
            axes.add(kept(axes, {"kind": "line", "x": at, "y": along, **look, "color": ink}, "x", "y"))
        )
    return Artist("ErrorbarContainer", axes, marks)
