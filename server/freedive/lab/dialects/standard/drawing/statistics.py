"""Marks that count or sum up what they are given: histograms, boxes, violins, pies."""

from __future__ import annotations

from typing import Any

import numpy as np

from freedive.lab.dialects.standard.drawing.artists import Artist
from freedive.lab.dialects.standard.drawing.colors import colors, one_color
from freedive.lab.dialects.standard.drawing.figures import Axes, Json, short
from freedive.lab.dialects.standard.drawing.numbers import (
    is_listed,
    items,
    listed,
    opened,
    plain_number,
    sheet,
)
from freedive.lab.dialects.standard.drawing.styles import Options, shared
from freedive.lab.kinds import Callable_
from freedive.lab.operators import binary
from freedive.lab.running import running

MOST_BINS = 1_000
MOST_SETS = 64


def _sets(value: Any) -> list[Any]:
    """Several lists of numbers, or one."""
    held = opened(value)
    if isinstance(held, list) and held and all(is_listed(each) for each in held):
        return [sheet(each).reshape(-1) for each in held[:MOST_SETS]]
    made = sheet(held)
    return (
        [made[:, i] for i in range(min(made.shape[1], MOST_SETS))] if made.ndim == 2 else [made.reshape(-1)]
    )


def hist(axes: Axes, args: tuple[Any, ...], options: Options) -> Any:
    """Counts in bins, with NumPy's own edges; gives counts, edges and bars."""
    sets = [each[~np.isnan(each)] for each in _sets(args[0] if args else options.take("x"))]
    bins = args[1] if len(args) > 1 else options.take("bins", default=10)
    bins = (
        bins
        if isinstance(bins, int | str)
        else listed(bins).values
        if is_listed(bins)
        else int(plain_number(bins) or 10)
    )
    if isinstance(bins, int) and not 1 <= bins <= MOST_BINS:
        raise ValueError(f"between 1 and {MOST_BINS:,} bins are drawn")
    both = np.concatenate(sets) if sets else np.zeros(0)
    ends = options.take("range")
    if isinstance(bins, str):
        bins = _bounded(bins, both)
    edges = np.histogram_bin_edges(both, bins, None if ends is None else tuple(listed(ends).values))
    density = bool(options.take("density", default=False))
    stacked = bool(options.take("stacked", default=False))
    summed = bool(options.take("cumulative", default=False))
    weights = options.take("weights")
    shape = str(options.take("histtype", default="bar"))
    lying = options.take("orientation") == "horizontal"
    inks = colors(options.take("color", "facecolor", "fc"), len(sets)) or []
    labels = options.take("label")
    labels = items(labels) if isinstance(labels, list | tuple) else [labels]
    wide = options.number("rwidth", default=1.0)
    edge = one_color(options.take("edgecolor", "ec"))
    options.take("align", "log", "linewidth", "lw", "linestyle", "zorder")
    look = shared(options)
    counts = []
    for each in sets:
        w = None if weights is None else sheet(weights).reshape(-1)
        made, _ = np.histogram(each, edges, weights=w, density=density and not stacked)
        made = made.astype(float)
        counts.append(np.cumsum(made * np.diff(edges) if density else made) if summed else made)
    floor = np.zeros(len(edges) - 1)
    marks = []
    beside = len(sets) > 1 and not stacked and shape == "bar"
    for place, each in enumerate(counts):
        share = 0.8 / len(sets) if beside else wide
        start = edges[:-1] + np.diff(edges) * ((0.1 + share * place) if beside else (1 - share) / 2)
        ink = inks[place % len(inks)] if inks else axes.color()
        label = labels[place] if place < len(labels) else None
        mark: Json = {"label": None if label is None else short(label), "alpha": look["alpha"]}
        if shape.startswith("step"):
            x, y = np.repeat(edges, 2), np.concatenate([[0], np.repeat(each + floor, 2), [0]])
            kind: Json = (
                {"kind": "area"}
                if shape == "stepfilled"
                else {"kind": "line", "dash": "solid", "marker": "none"}
            )
            mark |= {**kind, "x": y if lying else x, "y": x if lying else y, "color": ink}
        else:
            mark |= {"kind": "bars", "lying": lying, "x": start, "width": np.diff(edges) * share, "base": floor.copy(), "height": each, "colors": [ink], "edge": edge, "joined": share == 1.0}  # fmt: skip
        marks.append(axes.add(mark))
        floor = floor + each if stacked else floor
    given = counts[0] if len(counts) == 1 else counts
    parts = [
        Artist("Rectangle", axes, [mark], bar=i, x=float(s), y=float(b), width=float(w), height=float(h))
        for mark in marks if mark["kind"] == "bars"
        for i, (s, w, b, h) in enumerate(zip(mark["x"], mark["width"], mark["base"], mark["height"], strict=True))
    ]  # fmt: skip
    return given, edges, Artist("BarContainer", axes, marks, parts)


def _bounded(bins: str, values: Any) -> Any:
    """A rule for bins, or as many as are drawn where a far outlier would make millions of them."""
    q1, q3 = np.percentile(values, [25, 75]) if values.size else (0.0, 0.0)
    width = (q3 - q1) * values.size ** (-1 / 3)
    return MOST_BINS if width > 0 and float(np.ptp(values)) / width > MOST_BINS else bins


def boxplot(axes: Axes, args: tuple[Any, ...], options: Options) -> dict[str, Any]:
    """Quartiles, whiskers to the last number within 1.5 times their distance, and what lies beyond."""
    given = args[0] if args else options.take("x")
    sets = [each[~np.isnan(each)] for each in _sets(given)]
    at = options.take("positions")
    places = listed(at).values if at is not None else np.arange(1, len(sets) + 1, dtype=float)
    labels = options.take("tick_labels", "labels")
    lying = options.take("vert") is False or options.take("orientation") == "horizontal"
    reach = options.number("whis", default=1.5)
    means = bool(options.take("showmeans", default=False))
    fliers = options.take("showfliers") is not False
    width = options.take("widths")
    options.take(
        "patch_artist",
        "notch",
        "sym",
        "boxprops",
        "medianprops",
        "whiskerprops",
        "capprops",
        "flierprops",
        "meanline",
        "meanprops",
    )
    boxes = [_box(each, reach, means, fliers) for each in sets if each.size]
    mark: Json = {
        "kind": "boxes", "at": places[: len(boxes)], "boxes": boxes, "lying": lying,
        "width": plain_number(width) if not is_listed(width) else None, "color": "ink", **shared(options),
    }  # fmt: skip
    axes.add(mark)
    words = (
        [short(each) for each in items(labels)] if labels is not None else [f"{place:g}" for place in places]
    )
    axes.told["yticks" if lying else "xticks"] = {"at": places.tolist(), "labels": words}
    return {
        name: [Artist("Line2D", axes, [mark]) for _ in boxes]
        for name in ("boxes", "medians", "whiskers", "caps", "fliers", "means")
    }


def _box(values: Any, reach: float, mean: bool, fliers: bool) -> Json:
    q1, median, q3 = (float(each) for each in np.percentile(values, [25, 50, 75]))
    inside = values[(values <= q3 + reach * (q3 - q1)) & (values >= q1 - reach * (q3 - q1))]
    low = float(min(inside.min(), q1)) if inside.size else q1
    high = float(max(inside.max(), q3)) if inside.size else q3
    beyond = values[(values < low) | (values > high)]
    return {
        "low": low, "q1": q1, "median": median, "q3": q3, "high": high, "mean": float(values.mean()) if mean else None,
        "fliers": [float(each) for each in beyond[:200]] if fliers else [],
    }  # fmt: skip


def violinplot(axes: Axes, args: tuple[Any, ...], options: Options) -> dict[str, Any]:
    """The density of each list by Gaussian kernels of Scott's width."""
    sets = [each[~np.isnan(each)] for each in _sets(args[0] if args else options.take("dataset"))]
    at = options.take("positions")
    places = listed(at).values if at is not None else np.arange(1, len(sets) + 1, dtype=float)
    half = options.number("widths", default=0.5) / 2
    lying = options.take("vert") is False or options.take("orientation") == "horizontal"
    median = bool(options.take("showmedians", default=False))
    options.take("showmeans", "showextrema", "bw_method", "points", "quantiles")
    ink = axes.color()
    marks = []
    for place, each in zip(places, sets, strict=False):
        if each.size < 2 or each.std() == 0:
            continue
        part = each[:: -(-each.size // 2_000)]
        width = part.std(ddof=1) * part.size ** (-1 / 5)
        grid = np.linspace(each.min(), each.max(), 100)
        density = np.exp(-(((grid[:, None] - part) / width) ** 2) / 2).sum(1)
        side = density / density.max() * half
        x, y = np.concatenate([place - side, (place + side)[::-1]]), np.concatenate([grid, grid[::-1]])
        marks.append(
            axes.add(
                {"kind": "area", "x": y if lying else x, "y": x if lying else y, "color": ink, "alpha": 0.5}
            )
        )
        if median:
            middle = float(np.median(each))
            ends = {"low": np.array([place - half / 2]), "high": np.array([place + half / 2])}
            axes.add(
                {
                    "kind": "rules",
                    "axis": "x" if lying else "y",
                    "at": np.array([middle]),
                    **ends,
                    "color": ink,
                    "dash": "solid",
                }
            )
    return {"bodies": [Artist("PolyCollection", axes, [mark]) for mark in marks]}


def pie(axes: Axes, args: tuple[Any, ...], options: Options) -> Any:
    values = listed(args[0] if args else options.take("x")).values
    if (values < 0).any():
        raise ValueError("Wedge sizes 'x' must be non negative values")
    total = float(values.sum())
    labels = options.take("labels")
    percent = options.take("autopct")
    texts = (
        [_percent(percent, 100 * float(each) / total) for each in values]
        if percent is not None and total
        else None
    )
    inks = colors(options.take("colors"), len(values)) or []
    ring = options.take("wedgeprops")
    explode = options.take("explode")
    if explode is not None:
        axes.figure.say_unseen("pie: explode")
    mark: Json = {
        "kind": "pie", "values": values[:64], "labels": None if labels is None else [short(each) for each in items(labels)],
        "texts": texts, "colors": [inks[i % len(inks)] if inks else f"C{i % 10}" for i in range(min(64, len(values)))],
        "start": options.number("startangle", default=0.0), "clockwise": options.take("counterclock") is False,
        "hole": 1 - float(ring.get("width", 1)) if isinstance(ring, dict) and "width" in ring else None,
    }  # fmt: skip
    options.take(
        "shadow", "radius", "pctdistance", "labeldistance", "textprops", "normalize", "frame", "center"
    )
    axes.told["frame"] = False
    axes.told["equal"] = True
    artist = Artist("Wedge", axes, [axes.add(mark)])
    wedges = [artist for _ in values]
    return (wedges, wedges) if percent is None else (wedges, wedges, wedges)


def _percent(how: Any, share: float) -> str:
    if isinstance(how, str):
        return short(binary("mod", how, share))
    if isinstance(how, Callable_):
        return short(running.call(how, (share,)))
    return f"{share:.1f}%"
