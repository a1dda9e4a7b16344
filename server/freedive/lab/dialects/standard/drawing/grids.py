"""Marks over two axes: images, colored meshes, contours with matplotlib's own levels, surfaces."""

from __future__ import annotations

from typing import Any

import numpy as np

from freedive.lab.dialects.standard.drawing.artists import Artist
from freedive.lab.dialects.standard.drawing.colormaps import Colormap, colormap, hexed
from freedive.lab.dialects.standard.drawing.colors import color, colors
from freedive.lab.dialects.standard.drawing.figures import Axes, Json, board
from freedive.lab.dialects.standard.drawing.numbers import (
    is_listed,
    items,
    listed,
    opened,
    plain_number,
    sheet,
)
from freedive.lab.dialects.standard.drawing.styles import Options, dash_of, shared
from freedive.lab.running import running

SIDE = 200
"""Rows and columns of a sheet that are kept while a snippet runs."""


def _map(axes: Axes, options: Options) -> tuple[Colormap, str]:
    found = colormap(options.take("cmap", default=board().settings.get("image.cmap")))
    return found, axes.figure.map(found)


def _range(values: Any, options: Options) -> tuple[float, float]:
    """Which numbers get the first and the last color."""
    norm = options.take("norm")
    good = values[np.isfinite(values)]
    low, high = options.number("vmin"), options.number("vmax")
    if norm is not None and hasattr(norm, "__len__") and len(norm) == 2:
        low, high = norm
    return (
        (float(good.min()) if good.size else 0.0) if low is None else float(low),
        (float(good.max()) if good.size else 1.0) if high is None else float(high),
    )


def _stepped(axes: Axes, mark: Json) -> Json:
    """An image with no more rows and columns than are kept."""
    rows, columns = np.shape(mark["rows"])[:2]
    down, across = -(-rows // SIDE), -(-columns // SIDE)
    if down > 1 or across > 1:
        mark["rows"] = [row[::across] for row in mark["rows"][::down]]
        if len(mark["x"]) > 2:
            mark["x"] = mark["x"][[*range(0, columns, across), columns]]
            mark["y"] = mark["y"][[*range(0, rows, down), rows]]
        axes.figure.say_thinned("image", len(mark["rows"]) * len(mark["rows"][0]), rows * columns)
    return mark


def imshow(axes: Axes, args: tuple[Any, ...], options: Options) -> Artist:
    """An image: (rows, columns) through a colormap, (rows, columns, 3 or 4) as colors."""
    given = opened(args[0] if args else options.take("X"))
    held = np.asarray(given)
    if held.ndim == 3 and held.shape[-1] == 1:
        held = held[..., 0]
    if held.dtype.kind not in "fiub":
        raise TypeError(f"Image data of dtype {held.dtype} cannot be converted to float")
    if held.ndim != 2 and not (held.ndim == 3 and held.shape[-1] in (3, 4)):
        raise TypeError(f"Invalid shape {tuple(held.shape)} for image data")
    rows, columns = held.shape[:2]
    origin = options.take("origin", default="upper")
    extent = options.take("extent")
    options.take("interpolation", "aspect", "filternorm", "resample", "zorder", "interpolation_stage")
    x, y = ((-0.5, columns - 0.5), (-0.5, rows - 0.5))
    if extent is not None:
        left, right, bottom, top = listed(extent).values[:4]
        x, y = (left, right), (top, bottom) if origin == "upper" else (bottom, top)
    mark: Json = {"kind": "image", "x": np.array(x), "y": np.array(y), **shared(options)}
    values: Json = {}
    if held.ndim == 3:
        options.take("cmap", "vmin", "vmax", "norm")
        mark["rows"] = _pixels(held)
    else:
        numbers = held.astype(float)
        _, name = _map(axes, options)
        low, high = _range(numbers, options)
        mark |= {"rows": numbers, "map": name, "low": low, "high": high}
        values["scale"] = {"map": name, "low": low, "high": high}
    axes.told.setdefault("equal", True)
    if origin == "upper" and extent is None:
        axes.told.setdefault("ylim", [rows - 0.5, -0.5])
        axes.told.setdefault("xlim", [-0.5, columns - 0.5])
    return Artist("AxesImage", axes, [axes.add(_stepped(axes, mark))], **values)


def _pixels(held: Any) -> list[list[str]]:
    """RGB as colors; whole numbers count from 0 to 255, others from 0 to 1."""
    step = max(1, -(-max(held.shape[:2]) // SIDE))
    part = held[::step, ::step].astype(float) / (255.0 if held.dtype.kind in "iu" else 1.0)
    if part.shape[-1] == 4:
        part = part[..., :3] * part[..., 3:] + (1 - part[..., 3:])
    return [[hexed(cell) for cell in row] for row in np.nan_to_num(part)]


def pcolormesh(axes: Axes, args: tuple[Any, ...], options: Options) -> Artist:
    """Cells of colors between the edges x and y; of as many x as columns, x are the middles."""
    numbers = np.atleast_2d(sheet(args[-1]))
    rows, columns = numbers.shape
    x, y = _sides(args[:-1], rows, columns)
    options.take("shading", "antialiased", "edgecolors", "linewidth", "linewidths", "rasterized", "zorder")
    _, name = _map(axes, options)
    low, high = _range(numbers, options)
    mark = {
        "kind": "image", "x": _edges(x, columns), "y": _edges(y, rows), "rows": numbers, "map": name, "low": low, "high": high,
        **shared(options),
    }  # fmt: skip
    return Artist(
        "QuadMesh", axes, [axes.add(_stepped(axes, mark))], scale={"map": name, "low": low, "high": high}
    )


def _sides(given: tuple[Any, ...], rows: int, columns: int) -> tuple[Any, Any]:
    """x and y of a sheet as one list each, from lists or from what meshgrid gives."""
    if len(given) < 2:
        return np.arange(columns, dtype=float), np.arange(rows, dtype=float)
    x, y = sheet(given[0]), sheet(given[1])
    return (x[0] if x.ndim == 2 else x.reshape(-1)), (y[:, 0] if y.ndim == 2 else y.reshape(-1))


def _edges(at: Any, count: int) -> Any:
    if len(at) == count + 1:
        return at
    if len(at) != count:
        raise ValueError(
            f"Dimensions of C and of X, Y do not fit: {count} cells lie between {count + 1} edges, and {len(at)} were given"
        )
    if count == 1:
        return np.array([at[0] - 0.5, at[0] + 0.5])
    middle = (at[1:] + at[:-1]) / 2
    return np.concatenate([[2 * at[0] - middle[0]], middle, [2 * at[-1] - middle[-1]]])


def hist2d(axes: Axes, args: tuple[Any, ...], options: Options) -> Any:
    x, y = listed(args[0]).values, listed(args[1]).values
    bins = args[2] if len(args) > 2 else options.take("bins", default=10)
    bins = (
        bins
        if isinstance(bins, int)
        else [each if isinstance(each, int) else listed(each).values for each in items(bins)]
    )
    counts, across, up = np.histogram2d(x, y, bins=_bounded(bins), range=options.take("range"), density=bool(options.take("density", default=False)))  # fmt: skip
    mesh = pcolormesh(axes, (across, up, counts.T), options)
    return counts, across, up, mesh


def _bounded(bins: Any) -> Any:
    for each in bins if isinstance(bins, list) else [bins]:
        if isinstance(each, int) and not 1 <= each <= 1_000:
            raise ValueError("between 1 and 1,000 bins are drawn")
    return bins


def contour(axes: Axes, args: tuple[Any, ...], options: Options, filled: bool = False) -> Artist:
    """`contour([x, y], z, [levels])`; filled, the bands between the levels."""
    levels = options.take("levels")
    rest = list(args)
    if len(rest) in (2, 4):
        levels = rest.pop()
    z = sheet(rest[-1])
    if z.ndim != 2:
        raise TypeError(f"Input z must be 2D, not {z.ndim}D")
    if min(z.shape) < 2:
        raise TypeError(f"Input z must be at least a (2, 2) shaped array, but has shape {z.shape}")
    rows, columns = z.shape
    x, y = _sides(tuple(rest[:-1]), rows, columns)
    if len(x) != columns or len(y) != rows:
        raise TypeError(
            f"Length of x must match number of columns in z ({columns}) and of y the number of rows ({rows}), not {len(x)} and {len(y)}"
        )
    down, across = -(-rows // SIDE), -(-columns // SIDE)
    if down > 1 or across > 1:
        x, y, z = x[::across], y[::down], z[::down, ::across]
        axes.figure.say_thinned("contour", z.size, rows * columns)
    good = z[np.isfinite(z)]
    low, high = (float(good.min()), float(good.max())) if good.size else (0.0, 1.0)
    lines = (
        np.sort(listed(levels).values)
        if is_listed(levels)
        else nice_levels(low, high, int(plain_number(levels) or 7))
    )
    inks = colors(options.take("colors"), len(lines))
    _, name = _map(axes, options)
    ends = options.number("vmin"), options.number("vmax")
    dashes = options.take("linestyles")
    width = options.take("linewidths")
    options.take("extend", "norm", "alpha_", "antialiased", "origin", "extent", "zdir", "offset", "hatches")
    mark: Json = {
        "kind": "contour", "x": x, "y": y, "rows": z, "levels": lines[:64], "filled": filled, "map": name, "colors": inks,
        "low": float(lines[0]) if ends[0] is None else ends[0], "high": float(lines[-1]) if ends[1] is None else ends[1],
        "dash": dash_of(dashes) if isinstance(dashes, str) else None,
        "width": plain_number(width) if not is_listed(width) else None, **shared(options),
    }  # fmt: skip
    return Artist(
        "QuadContourSet",
        axes,
        [axes.add(mark)],
        levels=lines,
        scale={
            "map": name,
            "low": mark["low"],
            "high": mark["high"],
            "levels": lines.tolist() if filled else None,
        },
    )


_STEPS = np.array([1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0])


def nice_levels(low: float, high: float, count: int = 7) -> Any:
    """About `count` round levels between two numbers, as matplotlib chooses them."""
    count = max(1, min(64, count))
    if not high > low:
        return np.array([low, low + 1.0]) if low == high else np.array([0.0, 1.0])
    bins = count + 1
    middle = (high + low) / 2
    offset = 0.0
    if abs(middle) / (high - low) >= 100:
        offset = float(np.copysign(10 ** (np.log10(abs(middle)) // 1), middle))
    scale = 10 ** (np.log10((high - low) / bins) // 1)
    steps = np.concatenate([_STEPS[:-1] * 0.1, _STEPS, [10 * _STEPS[1]]]) * scale
    a, b = low - offset, high - offset
    found = int(np.nonzero(steps >= (b - a) / bins * (1 - 1e-10))[0][0])
    for place in range(found, -1, -1):
        size = steps[place]
        first = a // size * size
        lowest = np.floor((a - first) / size + 1e-10)
        highest = np.ceil((b - first) / size - 1e-10)
        ticks = np.arange(lowest, highest + 1) * size + first
        if ((ticks <= b) & (ticks >= a)).sum() >= 1:
            break
    ticks = ticks + offset
    under, over = np.nonzero(ticks < low)[0], np.nonzero(ticks > high)[0]
    start = int(under[-1]) if len(under) else 0
    end = int(over[0]) + 1 if len(over) else len(ticks)
    return ticks if end - start < 3 else ticks[start:end]


def surface(axes: Axes, args: tuple[Any, ...], options: Options, wire: bool = False) -> Artist:
    """`plot_surface(x, y, z)` and `plot_wireframe`: sheets as meshgrid gives them."""
    axes.space = True
    z = np.atleast_2d(sheet(args[2] if len(args) > 2 else options.take("Z")))
    x, y = sheet(args[0]), sheet(args[1])
    if x.ndim == 1 and y.ndim == 1:
        running.meter.elements(x.size * y.size)
        x, y = np.meshgrid(x, y)
    if x.shape != z.shape or y.shape != z.shape:
        raise ValueError(f"shape mismatch: x {x.shape}, y {y.shape} and z {z.shape} must be alike")
    most = int(options.number("rcount", "ccount", default=50.0))
    stride = int(options.number("rstride", "cstride", default=0.0) or 0)
    rows, columns = z.shape
    down, across = (stride, stride) if stride else (max(1, -(-rows // most)), max(1, -(-columns // most)))
    down, across = max(down, -(-rows // 64)), max(across, -(-columns // 64))
    if down > 1 or across > 1:
        keep = sorted({*range(0, rows, down), rows - 1}), sorted({*range(0, columns, across), columns - 1})
        x, y, z = (each[np.ix_(*keep)] for each in (x, y, z))
        axes.figure.say_thinned("surface", z.size, rows * columns)
    given = options.take("cmap")
    ink = color(options.take("color"))
    options.take(
        "linewidth",
        "linewidths",
        "lw",
        "antialiased",
        "edgecolor",
        "edgecolors",
        "shade",
        "facecolors",
        "zorder",
        "lightsource",
    )
    low, high = _range(z, options)
    name = axes.figure.map(colormap(given)) if given is not None else None
    mark: Json = {
        "kind": "surface", "x": x, "y": y, "z": z, "wire": wire, "map": name, "color": ink or (axes.color() if name is None else None),
        "low": low, "high": high, **shared(options),
    }  # fmt: skip
    values: Json = {} if name is None else {"scale": {"map": name, "low": low, "high": high}}
    return Artist("Poly3DCollection", axes, [axes.add(mark)], **values)
