"""matplotlib.pyplot: functions on the current axes, and those that begin, choose and end figures."""

from __future__ import annotations

from typing import Any

from freedive.lab.dialects.standard.drawing.artists import Artist, Loose
from freedive.lab.dialects.standard.drawing.colormaps import colormap, get_cmap
from freedive.lab.dialects.standard.drawing.figures import Axes, Figure, board, counted
from freedive.lab.dialects.standard.drawing.numbers import items, plain_number
from freedive.lab.dialects.standard.drawing.objects import (
    MARKS,
    NO_PICTURE,
    OF_PYPLOT,
    UNSEEN,
    Drawing,
    Lattice,
    add_axes,
    call_on,
    clear,
    colorbar,
    gca,
    place_of,
    set_all,
    stretched,
    subplots_of,
    suptitle,
)
from freedive.lab.kinds import Native, kind_of
from freedive.lab.running import running


def _figure(num: Any = None, figsize: Any = None, **other: Any) -> Figure:
    """A new figure, or the one that has this number."""
    known = board()
    if isinstance(num, Figure):
        known.current = num
        return num
    found = known.numbered.get(num) if num is not None else None
    if found is None or found.closed:
        found = known.new()
        if num is not None:
            known.numbered[num] = found
    known.current = found
    counted("figure", found)
    if figsize is not None:
        width, height = (plain_number(each) or 1.0 for each in items(figsize)[:2])
        found.size = (width, height)
    return found


def _subplots(
    nrows: int = 1, ncols: int = 1, *args: Any, figsize: Any = None, num: Any = None, **options: Any
) -> Any:
    """A figure and its axes, one or an array of them."""
    figure = _figure(num, figsize)
    running.plots["figure"] = running.plots.get("figure", 1) - 1
    if not running.plots["figure"]:
        del running.plots["figure"]
    figure.calls = [each for each in figure.calls if each != "figure"]
    counted("subplots", figure)
    options = {key: value for key, value in options.items() if key in ("squeeze", "subplot_kw")}
    return (figure, subplots_of(figure, nrows, ncols, **options))


def _subplot(*args: Any, **options: Any) -> Axes:
    figure = board().gcf()
    counted("subplot", figure)
    if args and isinstance(args[0], Axes):
        figure.current = args[0]
        return args[0]
    space = options.pop("projection", None) == "3d"
    if args and isinstance(args[0], Lattice):
        made = figure.within(args[0].place(), space)
    else:
        rows, columns, number = place_of(args)
        running.meter.items(rows * columns)
        made = stretched(figure, rows, columns, number, space)
    for name in ("sharex", "sharey", "facecolor", "label"):
        options.pop(name, None)
    if options:
        set_all(made, options)
    return made


def _subplot2grid(shape: Any, loc: Any, rowspan: int = 1, colspan: int = 1, **other: Any) -> Axes:
    rows, columns = (int(each) for each in items(shape))
    row, column = (int(each) for each in items(loc))
    figure = board().gcf()
    counted("subplot2grid", figure)
    return figure.within(
        (row / rows, column / columns, rowspan / rows, colspan / columns), other.get("projection") == "3d"
    )


def _show(*args: Any, **kwargs: Any) -> None:
    """Shows the figures; what is drawn next begins a new one."""
    known = board()
    counted("show", known.current)
    for figure in known.figures:
        if figure.library == "pyplot":
            figure.closed = True
    known.current = None


def _close(which: Any = None) -> None:
    known = board()
    counted("close", known.current)
    if known.current is not None:
        known.current.closed = True
    known.current = None


def _sca(axes: Axes) -> None:
    axes.figure.current = axes
    board().current = axes.figure


def _on_current(name: str, target: str) -> Drawing:
    return Drawing(name, lambda args, kwargs: call_on(board().gcf().gca(), target, args, kwargs, name))


def _matshow(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    return call_on(board().new().gca(), "imshow", args, kwargs, "matshow")


def _gray(name: str) -> Native:
    return Native(name, lambda: board().settings.update({"image.cmap": name}))


def _clim(vmin: Any = None, vmax: Any = None) -> None:
    for mark in reversed(board().gcf().gca().marks):
        if mark["kind"] in ("image", "contour"):
            mark["low"], mark["high"] = plain_number(vmin), plain_number(vmax)
            return


def functions() -> dict[str, Any]:
    """All of pyplot."""
    made: dict[str, Any] = {name: _on_current(name, name) for name in MARKS}
    made |= {name: _on_current(name, target) for name, target in OF_PYPLOT.items()}
    made["matshow"] = Drawing("matshow", _matshow)
    for name in UNSEEN - {
        "spines",
        "patch",
        "xaxis",
        "yaxis",
        "zaxis",
        "patches",
        "lines",
        "texts",
        "collections",
        "setp",
        "rc",
    }:
        if not name.startswith(("set_", "get_", "add_")):
            made[name] = Loose(name)
    for name in NO_PICTURE - {
        "show",
        "close",
        "canvas",
        "relim",
        "autoscale_view",
        "set_tight_layout",
        "flush_events",
        "draw_idle",
    }:
        made[name] = Drawing(name, (lambda n: lambda args, kwargs: counted(n, board().current))(name))
    natives: dict[str, tuple[Any, str]] = {
        "figure": (_figure, "A new figure."), "subplots": (_subplots, "A figure and its axes."), "subplot": (_subplot, "Axes at a place of a grid."),
        "subplot2grid": (_subplot2grid, "Axes over cells of a grid."), "show": (_show, "Shows the figures."), "close": (_close, "Closes a figure."),
        "gca": (lambda **other: gca(board().gcf(), **other), "The current axes."), "gcf": (lambda: board().gcf(), "The current figure."),
        "axes": (lambda rect=None, **options: add_axes(board().gcf(), rect, **options), "Axes of the current figure."),
        "clf": (lambda: clear(board().gcf()), "Clears the current figure."), "sca": (_sca, "Draws on these axes from now on."),
        "suptitle": (lambda text, **other: suptitle(board().gcf(), text, **other), "The title of the whole figure."),
        "colorbar": (lambda mappable=None, cax=None, ax=None, **other: colorbar(board().gcf(), mappable, cax, ax, **other), "A scale of colors."),
        "get_cmap": (get_cmap, "The colormap of that name."), "set_cmap": (lambda cmap: board().settings.update({"image.cmap": colormap(cmap).name}), "The usual colormap."),
        "fignum_exists": (lambda num: num in board().numbered, "Whether there is such a figure."), "get_fignums": (lambda: list(range(1, len(board().figures) + 1)), "Numbers of the figures."),
        "setp": (_setp, "Sets properties of something drawn."), "rc": (lambda *args, **kwargs: board().say_unseen("rc"), "Settings, not drawn."), "clim": (_clim, "Which numbers get the first and the last color."),
    }  # fmt: skip
    made |= {name: Native(name, function, doc) for name, (function, doc) in natives.items()}
    made |= {
        name: _gray(name)
        for name in (
            "gray",
            "viridis",
            "hot",
            "jet",
            "plasma",
            "inferno",
            "magma",
            "cool",
            "spring",
            "summer",
            "autumn",
            "winter",
            "bone",
            "copper",
        )
    }
    return made


def _setp(what: Any, *args: Any, **kwargs: Any) -> None:
    pairs = dict(zip(args[::2], args[1::2], strict=False)) | kwargs
    for each in items(what) if isinstance(what, list | tuple) else [what]:
        if isinstance(each, Artist):
            running.call(kind_of(each).getattr(each, "set"), (), pairs)
        else:
            board().say_unseen("setp")
