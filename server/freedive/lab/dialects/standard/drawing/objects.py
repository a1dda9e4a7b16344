"""Figures, axes and grids of axes as objects, and which of their methods draw, set something, or are accepted unseen.

The list of functions is closed: each draws a mark, sets something around the marks, or is said not to be drawn.

Over 400 lines: tables of the methods of matplotlib, and one short kind for each of its objects.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from freedive.lab.dialects.standard.drawing import filled, grids, lines, statistics
from freedive.lab.dialects.standard.drawing.artists import Artist, Loose
from freedive.lab.dialects.standard.drawing.figures import Axes, Figure, board, counted, short
from freedive.lab.dialects.standard.drawing.numbers import listed, sheet
from freedive.lab.dialects.standard.drawing.setting import SETTING, TRANSFORM, plain_words
from freedive.lab.dialects.standard.drawing.styles import Options
from freedive.lab.kinds import Callable_, Kind, Native, register
from freedive.lab.problems import no_attribute
from freedive.lab.running import running

Draw = Callable[[Axes, tuple[Any, ...], Options], Any]


def _logarithmic(x: bool, y: bool) -> Draw:
    def draw(axes: Axes, args: tuple[Any, ...], options: Options) -> Any:
        axes.told |= ({"xscale": "log"} if x else {}) | ({"yscale": "log"} if y else {})
        options.take("base")
        return lines.plot(axes, args, options)

    return draw


MARKS: dict[str, Draw] = {
    "plot": lines.plot, "scatter": lines.scatter, "bar": lines.bar, "barh": lambda a, g, o: lines.bar(a, g, o, True),
    "step": lines.step, "semilogx": _logarithmic(True, False), "semilogy": _logarithmic(False, True), "loglog": _logarithmic(True, True),
    "errorbar": lines.errorbar, "fill_between": filled.fill_between, "fill_betweenx": lambda a, g, o: filled.fill_between(a, g, o, True),
    "fill": filled.fill, "stackplot": filled.stackplot, "stem": filled.stem, "quiver": filled.quiver, "arrow": filled.arrow,
    "axhline": lambda a, g, o: filled.rule(a, g, o, "y", False), "axvline": lambda a, g, o: filled.rule(a, g, o, "x", False),
    "hlines": lambda a, g, o: filled.rule(a, g, o, "y", True), "vlines": lambda a, g, o: filled.rule(a, g, o, "x", True),
    "axhspan": lambda a, g, o: filled.span(a, g, o, "y"), "axvspan": lambda a, g, o: filled.span(a, g, o, "x"),
    "imshow": grids.imshow, "matshow": grids.imshow, "spy": lambda a, g, o: grids.imshow(a, (np.asarray(sheet(g[0]) != 0) * 1.0,), Options({"cmap": "binary"})),
    "pcolormesh": grids.pcolormesh, "pcolor": grids.pcolormesh, "hist2d": grids.hist2d,
    "contour": grids.contour, "contourf": lambda a, g, o: grids.contour(a, g, o, True),
    "plot_surface": grids.surface, "plot_wireframe": lambda a, g, o: grids.surface(a, g, o, True),
    "hist": statistics.hist, "boxplot": statistics.boxplot, "violinplot": statistics.violinplot, "pie": statistics.pie,
}  # fmt: skip
IN_SPACE: dict[str, Draw] = {"plot3D": lines.plot, "scatter3D": lines.scatter}
_SPACED = frozenset({"plot", "scatter", "plot_surface", "plot_wireframe"})
OF_PYPLOT = {
    "title": "set_title", "xlabel": "set_xlabel", "ylabel": "set_ylabel", "xlim": "set_xlim", "ylim": "set_ylim",
    "xscale": "set_xscale", "yscale": "set_yscale", "xticks": "set_xticks", "yticks": "set_yticks",
    **{name: name for name in ("legend", "grid", "axis", "text", "annotate", "twinx", "twiny", "cla")},
}  # fmt: skip
"""Functions of pyplot that set something on the current axes, and what the axes call it."""
NO_PICTURE = frozenset({
    "show", "draw", "pause", "ion", "ioff", "tight_layout", "subplots_adjust", "savefig", "close", "margins", "autoscale",
    "relim", "autoscale_view", "set_tight_layout", "set_layout_engine", "draw_if_interactive", "isinteractive", "flush_events", "draw_idle",
    "set_dpi", "set_figwidth", "set_figheight", "set_size_inches", "switch_backend", "autofmt_xdate", "canvas", "align_labels",
})  # fmt: skip
"""Calls that change nothing of what is shown: there is nothing to say of them."""
UNSEEN = frozenset({
    "tick_params", "minorticks_on", "minorticks_off", "clabel", "table", "streamplot", "hexbin", "polar", "barbs", "eventplot",
    "tricontour", "tricontourf", "triplot", "tripcolor", "plot_trisurf", "bar3d", "contour3D", "contourf3D", "quiverkey", "acorr", "xcorr",
    "psd", "specgram", "magnitude_spectrum", "phase_spectrum", "csd", "cohere", "broken_barh", "axline", "stairs", "bar_label", "box",
    "figtext", "figlegend", "figimage", "locator_params", "ticklabel_format", "setp", "rc", "rcdefaults", "set_facecolor",
    "set_xmargin", "set_ymargin", "set_prop_cycle", "set_frame_on", "set_zorder", "set_position", "set_axisbelow", "label_outer",
    "set_rasterized", "add_patch", "add_artist", "add_line", "add_collection", "secondary_xaxis", "secondary_yaxis", "inset_axes", "set_proj_type",
    "set_box_aspect", "clim", "sci", "supxlabel", "supylabel", "set_major_locator", "spines", "patch", "xaxis", "yaxis", "zaxis", "get_xaxis",
    "get_yaxis", "get_xticklabels", "get_yticklabels", "get_legend", "dataLim", "indicate_inset", "fmt_xdata", "format_coord", "set_visible",
    "set_edgecolor", "set_constrained_layout", "align_ylabels", "align_xlabels", "get_figwidth", "patches", "collections", "lines", "texts",
    "sharex", "sharey", "set_xbound", "rgrids", "thetagrids", "set_theta_zero_location", "set_rlabel_position", "dist", "mouse_init",
})  # fmt: skip
"""What matplotlib has and this picture has not: accepted, and said not to be drawn."""


def call_on(
    axes: Axes, name: str, args: tuple[Any, ...], kwargs: dict[str, Any], said: str | None = None
) -> Any:
    """One call on axes; `said` is the name by which the snippet called it."""
    counted(said or name, axes.figure)
    options = Options(kwargs)
    draw = MARKS.get(name) or IN_SPACE.get(name)
    if axes.space and name in MARKS and name not in _SPACED:
        axes.figure.say_unseen(f"{said or name} in three dimensions")
        return Loose(name, axes)
    made = draw(axes, args, options) if draw is not None else SETTING[name](axes, args, options)
    for left in options.left:
        axes.figure.say_unseen(f"{said or name}: {left}")
    for each in made if isinstance(made, tuple) else (made,):
        if isinstance(each, Artist) and "scale" in each.values:
            axes.told["_scale"] = each
    return made


class Drawing(Callable_):
    """One function of pyplot, or one method of axes."""

    def __init__(self, name: str, function: Callable[[tuple[Any, ...], dict[str, Any]], Any]) -> None:
        self.name = name
        self.function = function
        self.doc = f"Draws with matplotlib: {name}."

    def call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        return self.function(args, kwargs)


class AxesKind(Kind):
    """Axes as objects: `ax.plot`, `ax.set_title` and so on."""

    name = "figure"

    def type_name(self, value: Any) -> str:
        return "Axes3D" if value.space else "Axes"

    def dir(self, value: Any) -> list[str]:
        return sorted(
            {*MARKS, *IN_SPACE, *SETTING, *NO_PICTURE, *UNSEEN, "set", "figure", "transAxes", "transData"}
        )

    def getattr(self, value: Any, name: str) -> Any:
        if name in MARKS or name in IN_SPACE or name in SETTING:
            return Drawing(name, lambda args, kwargs: call_on(value, name, args, kwargs))
        if name == "set":
            return Drawing(name, lambda args, kwargs: set_all(value, kwargs))
        if name in ("figure", "get_figure"):
            return value.figure if name == "figure" else Native(name, lambda: value.figure)
        if name == "transAxes":
            return TRANSFORM
        if name == "transData":
            return "data coordinates"
        if name in ("xaxis", "yaxis", "get_xaxis", "get_yaxis"):
            made = Loose(name.removeprefix("get_"), value)
            return made if not name.startswith("get_") else Native(name, lambda: made)
        if name in ("lines", "patches", "collections", "texts", "images"):
            return [
                Artist(mark["kind"], value, [mark])
                for mark in value.marks
                if mark["kind"] in _GROUPS.get(name, ())
            ]
        if name in NO_PICTURE:
            return Drawing(name, lambda args, kwargs: counted(name, value.figure))
        if name in UNSEEN:
            return Loose(name, value)
        raise no_attribute(self.type_name(value), name, self.dir(value))

    def repr(self, value: Any) -> str:
        title = value.told.get("title")
        return (
            f"<{self.type_name(value)}: title={{'center': {title!r}}}>"
            if title
            else f"<{self.type_name(value)}: >"
        )


_GROUPS = {
    "lines": ("line",),
    "patches": ("bars",),
    "collections": ("points", "contour", "area"),
    "texts": ("words",),
    "images": ("image",),
}
register(AxesKind(), Axes)


def set_all(axes: Axes, kwargs: dict[str, Any]) -> None:
    counted("set", axes.figure)
    for key, value in kwargs.items():
        setter = SETTING.get(f"set_{key}")
        if setter is not None:
            setter(axes, (value,), Options({}))
        else:
            axes.figure.say_unseen(f"set: {key}")


class Lattice:
    """What `fig.add_gridspec(2, 3)` gives: cells of a figure, one or a stretch of them."""

    def __init__(
        self, rows: int, columns: int, down: slice = slice(None), across: slice = slice(None)
    ) -> None:
        self.rows, self.columns, self.down, self.across = rows, columns, down, across

    def place(self) -> tuple[float, float, float, float]:
        top, bottom, _ = self.down.indices(self.rows)
        left, right, _ = self.across.indices(self.columns)
        return (
            top / self.rows,
            left / self.columns,
            (bottom - top) / self.rows,
            (right - left) / self.columns,
        )


class LatticeKind(Kind):
    name = "figure"

    def type_name(self, value: Any) -> str:
        return "GridSpec"

    def getattr(self, value: Any, name: str) -> Any:
        if name in ("update", "tight_layout"):
            return Loose("gridspec")
        return super().getattr(value, name)

    def getitem(self, value: Any, index: Any) -> Any:
        if not isinstance(index, tuple):
            if value.rows > 1 and value.columns > 1 and isinstance(index, int):
                index = divmod(index % (value.rows * value.columns), value.columns)
            else:
                index = (index, slice(None)) if value.columns == 1 else (slice(None), index)
        down, across = (
            _stretch(part, size) for part, size in zip(index, (value.rows, value.columns), strict=True)
        )
        return Lattice(value.rows, value.columns, down, across)


def _stretch(part: Any, size: int) -> slice:
    if isinstance(part, slice):
        return part
    part = int(part)
    if not -size <= part < size:
        raise IndexError(f"index {part} is out of bounds for axis with size {size}")
    return slice(part % size, part % size + 1)


register(LatticeKind(), Lattice)


class FigureKind(Kind):
    """A figure as an object: `add_subplot`, `suptitle`, `colorbar`."""

    name = "figure"

    def __init__(self) -> None:
        super().__init__()
        self.attributes = {
            name: Native(name, function)
            for name, function in (
                ("add_subplot", _add_subplot), ("subplots", subplots_of), ("suptitle", suptitle), ("colorbar", colorbar), ("gca", gca),
                ("add_gridspec", lambda f, nrows=1, ncols=1, **other: Lattice(int(nrows), int(ncols))), ("add_axes", add_axes),
                ("clf", lambda f, *a: clear(f)), ("clear", lambda f, *a: clear(f)), ("get_axes", lambda f: list(f.axes)),
                ("legend", lambda f, *a, **k: call_on(f.gca(), "legend", a, k)),
                ("delaxes", lambda f, axes: f.axes.remove(axes) if axes in f.axes else None),
            )
        }  # fmt: skip

    def type_name(self, value: Any) -> str:
        return "Figure"

    def dir(self, value: Any) -> list[str]:
        return sorted({*self.attributes, *NO_PICTURE, "axes"})

    def getattr(self, value: Any, name: str) -> Any:
        if name == "axes":
            return list(value.axes)
        if name in self.attributes:
            return super().getattr(value, name)
        if name == "number":
            return board().figures.index(value) + 1 if value in board().figures else 1
        if name in NO_PICTURE:
            return value if name == "canvas" else Drawing(name, lambda args, kwargs: _quiet(value, name))
        if name in UNSEEN or name in (
            "text",
            "supxlabel",
            "supylabel",
            "subfigures",
            "add_artist",
            "savefig",
            "subplotpars",
            "bbox",
        ):
            return Loose(f"figure {name}")
        raise no_attribute("Figure", name, self.dir(value))

    def repr(self, value: Any) -> str:
        return f"<Figure with {len(value.axes)} Axes>"

    def text(self, value: Any) -> str:
        return f"Figure with {len(value.axes)} Axes"


def _quiet(figure: Figure, name: str) -> None:
    counted(name, figure)


def suptitle(figure: Figure, text: Any, **other: Any) -> Any:
    counted("suptitle", figure)
    figure.title = plain_words(short(text))
    return Loose("suptitle")


def gca(figure: Figure, **other: Any) -> Axes:
    if other.get("projection") == "3d" or (figure.current is None and other):
        return figure.at(1, 1, 1, other.get("projection") == "3d")
    return figure.gca()


def clear(figure: Figure) -> None:
    figure.axes, figure.current, figure.title = [], None, ""


def place_of(args: tuple[Any, ...]) -> tuple[int, int, Any]:
    if not args:
        return (1, 1, 1)
    if len(args) == 1:
        number = int(args[0])
        if not 111 <= number <= 999:
            raise ValueError(f"Single argument to subplot must be a three-digit integer, not {number}")
        return (number // 100, number // 10 % 10, number % 10)
    rows, columns, number = args[:3]
    return (
        int(rows),
        int(columns),
        tuple(int(each) for each in number) if isinstance(number, tuple | list) else int(number),
    )


def _add_subplot(figure: Figure, *args: Any, **options: Any) -> Axes:
    """Axes at a place of a grid, counted from 1; `projection="3d"` for a space."""
    counted("add_subplot", figure)
    space = options.pop("projection", None)
    if space not in (None, "3d", "rectilinear"):
        figure.say_unseen(f"projection {space}")
    if args and isinstance(args[0], Lattice):
        made = figure.within(args[0].place(), space == "3d")
    else:
        rows, columns, number = place_of(args)
        running.meter.items(rows * columns)
        made = stretched(figure, rows, columns, number, space == "3d")
    for name in ("sharex", "sharey", "facecolor", "label", "aspect"):
        options.pop(name, None)
    if options:
        set_all(made, options)
    return made


def stretched(figure: Figure, rows: int, columns: int, number: Any, space: bool) -> Axes:
    if not isinstance(number, tuple):
        return figure.at(rows, columns, number, space)
    first, last = number
    (top, left), (bottom, right) = divmod(first - 1, columns), divmod(last - 1, columns)
    return figure.within(
        (top / rows, left / columns, (bottom - top + 1) / rows, (right - left + 1) / columns), space
    )


def add_axes(figure: Figure, rect: Any = None, **options: Any) -> Axes:
    counted("add_axes", figure)
    left, bottom, width, height = listed(rect).values[:4] if rect is not None else (0.0, 0.0, 1.0, 1.0)
    full = width > 0.7 and height > 0.7
    place = (
        (0.0, 0.0, 1.0, 1.0)
        if full
        else (float(1 - bottom - height), float(left), float(height), float(width))
    )
    return figure.within(place, options.get("projection") == "3d")


def subplots_of(
    figure: Figure, nrows: int = 1, ncols: int = 1, squeeze: bool = True, subplot_kw: Any = None, **other: Any
) -> Any:
    rows, columns = int(nrows), int(ncols)
    running.meter.items(rows * columns)
    space = bool(subplot_kw) and subplot_kw.get("projection") == "3d"
    made = np.empty((rows, columns), dtype=object)
    for row in range(rows):
        for column in range(columns):
            made[row, column] = figure.at(rows, columns, row * columns + column + 1, space)
    figure.current = made[0, 0] if rows * columns > 0 else None
    if squeeze and rows == columns == 1:
        return made[0, 0]
    return Grid(made.reshape(-1) if squeeze and 1 in (rows, columns) else made)


def colorbar(figure: Figure, mappable: Any = None, cax: Any = None, ax: Any = None, **options: Any) -> Any:
    """A scale beside the axes that the image was drawn on."""
    counted("colorbar", figure)
    if mappable is None:
        mappable = next(
            (axes.told["_scale"] for axes in reversed(figure.axes) if "_scale" in axes.told), None
        )
        if mappable is None:
            raise RuntimeError(
                "No mappable was found to use for colorbar creation. First define a mappable such as an image (with imshow) or a contour set (with contourf)."
            )
    if isinstance(mappable, Artist) and "scale" in mappable.values:
        label = options.get("label")
        mappable.axes.told["colorbar"] = {
            **mappable.values["scale"],
            "label": None if label is None else short(label),
        }
        return Bar(mappable.axes)
    return Loose("colorbar")


class Bar:
    """A colorbar."""

    def __init__(self, axes: Axes) -> None:
        self.axes = axes


class BarKind(Kind):
    name = "figure"

    def type_name(self, value: Any) -> str:
        return "Colorbar"

    def getattr(self, value: Any, name: str) -> Any:
        if name in ("set_label", "set_ylabel"):
            return Native(name, lambda text, **other: value.axes.told["colorbar"].update(label=short(text)))
        return Loose(f"colorbar {name}", value.axes)


register(BarKind(), Bar)


class Grid:
    """Axes in rows and columns, as `plt.subplots` gives them: an array in all that one does with it."""

    def __init__(self, held: Any) -> None:
        self.held = held


class GridKind(Kind):
    name = "figure"

    def __init__(self) -> None:
        super().__init__()
        self.attributes = {
            name: Native(name, function)
            for name, function in (
                ("flatten", lambda g: Grid(g.held.reshape(-1))), ("ravel", lambda g: Grid(g.held.reshape(-1))),
                ("reshape", lambda g, *shape: Grid(g.held.reshape(*shape))), ("tolist", lambda g: g.held.tolist()),
            )
        }  # fmt: skip

    def type_name(self, value: Any) -> str:
        return "ndarray"

    def getattr(self, value: Any, name: str) -> Any:
        if name in ("shape", "ndim", "size"):
            return getattr(value.held, name)
        if name == "flat":
            return value.held.reshape(-1).tolist()
        if name == "T":
            return Grid(value.held.T)
        return super().getattr(value, name)

    def getitem(self, value: Any, index: Any) -> Any:
        found = value.held[tuple(index) if isinstance(index, list) and len(index) == 2 else index]
        return Grid(found) if isinstance(found, np.ndarray) else found

    def iterate(self, value: Any) -> Iterator[Any]:
        return (Grid(each) if isinstance(each, np.ndarray) else each for each in value.held)

    def length(self, value: Any) -> int:
        return len(value.held)

    def repr(self, value: Any) -> str:
        return f"<array of Axes {tuple(value.held.shape)}>"


register(GridKind(), Grid)


register(FigureKind(), Figure)
