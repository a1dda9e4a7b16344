"""Visdom: each window is a figure of its own, and what is appended goes on in it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np

from freedive.lab.dialects.standard.drawing import filled, grids, lines, statistics
from freedive.lab.dialects.standard.drawing.figures import Axes, Json, board, counted, short
from freedive.lab.dialects.standard.drawing.numbers import (
    items,
    listed,
    opened,
    plain_number,
    sheet,
)
from freedive.lab.dialects.standard.drawing.styles import Options
from freedive.lab.kinds import Kind, Native, register
from freedive.lab.problems import no_attribute
from freedive.lab.running import running

MOST_POINTS = 20_000
"""Points of one appended line."""
MOST_TEXT = 4_000


class Visdom:
    """A connection to visdom; its windows are figures on the page."""

    def __init__(self, env: str = "main", **other: Any) -> None:
        self.env = env


def _window(owner: Visdom, name: str, given: Json, fresh: bool) -> tuple[str, Axes]:
    """The window that `win` names, emptied unless something is appended to it; without a name a new one."""
    win = given.pop("win", None)
    env = given.pop("env", None) or owner.env
    key = str(win) if win is not None else f"window_{len(board().windows) + 1}"
    opts = given.pop("opts", None) or {}
    figure = board().window("visdom", f"{env}/{key}")
    figure.window = key
    counted(name, figure)
    if fresh:
        figure.axes, figure.current = [], None
    axes = figure.gca()
    for field in ("title", "xlabel", "ylabel", "zlabel"):
        if field in opts:
            axes.told[field] = short(opts[field])
    for axis in "xy":
        if opts.get(f"{axis}type") == "log":
            axes.told[f"{axis}scale"] = "log"
        ends = [plain_number(opts.get(f"{axis}tickmin")), plain_number(opts.get(f"{axis}tickmax"))]
        if any(each is not None for each in ends):
            axes.told[f"{axis}lim"] = ends
    shown = {"title", "xlabel", "ylabel", "zlabel", "xtype", "ytype", "xtickmin", "xtickmax", "ytickmin", "ytickmax", "legend", "rownames",
             "numbins", "colormap", "caption", "nrow", "stacked", "showlegend", "width", "height", "markersize", "dash", "linecolor", "markercolor",
             "fillarea", "markers", "layoutopts", "columnnames", "store_history"}  # fmt: skip
    for option in opts:
        if option not in shown:
            figure.say_unseen(f"{name}: opts {str(option)[:30]}")
    given["_opts"] = opts
    return key, axes


def _matrix(value: Any) -> Any:
    made = sheet(value)
    return made.reshape(-1, 1) if made.ndim < 2 else made


def _line(owner: Visdom, Y: Any = None, X: Any = None, **given: Any) -> str:
    """`line(Y, X)`: one line for each column; `update="append"` goes on where the window stands."""
    update, name = given.pop("update", None), given.pop("name", None)
    key, axes = _window(owner, "line", given, update is None)
    opts = given["_opts"]
    if update == "remove":
        axes.marks = [mark for mark in axes.marks if mark.get("label") != name]
        return key
    y = _matrix(Y)
    x = np.arange(len(y), dtype=float).reshape(-1, 1) if X is None else _matrix(X)
    if len(x) != len(y):
        raise ValueError(f"X and Y should be the same shape, but have {len(x)} and {len(y)} rows")
    legend = [short(each) for each in items(opts.get("legend") or [])]
    running.meter.elements(y.size)
    for column in range(min(y.shape[1], 64)):
        label = str(name) if name is not None else legend[column] if column < len(legend) else None
        known = [mark for mark in axes.marks if mark["kind"] == "line"]
        found = (
            next((mark for mark in known if mark.get("label") == label), None)
            if name is not None
            else (known[column] if column < len(known) else None)
        )
        at, along = x[:, min(column, x.shape[1] - 1)], y[:, column]
        if found is not None and update in ("append", "replace", "insert"):
            if update == "append":
                at, along = (
                    np.concatenate([found["x"], at])[-MOST_POINTS:],
                    np.concatenate([found["y"], along])[-MOST_POINTS:],
                )
            found["x"], found["y"] = at, along
        else:
            marker = "circle" if opts.get("markers") else "none"
            axes.add(
                {
                    "kind": "line",
                    "x": at,
                    "y": along,
                    "color": axes.color(),
                    "dash": "solid",
                    "marker": marker,
                    "label": label,
                }
            )
    axes.told["legend"] = any(mark.get("label") for mark in axes.marks)
    return key


def _scatter(owner: Visdom, X: Any = None, Y: Any = None, **given: Any) -> str:
    """`scatter(X, Y)`: rows of two or three numbers, one color for each label from 1."""
    update, name = given.pop("update", None), given.pop("name", None)
    key, axes = _window(owner, "scatter", given, update is None)
    opts = given["_opts"]
    points = _matrix(X)
    if points.shape[1] not in (2, 3):
        raise ValueError("X should have two or three columns")
    axes.space = points.shape[1] == 3
    labels = (
        np.ones(len(points)) if Y is None or (update == "append" and name is not None) else listed(Y).values
    )
    legend = [short(each) for each in items(opts.get("legend") or [])]
    for number in np.unique(labels)[:64]:
        part = points[labels == number]
        label = (
            str(name) if name is not None else legend[int(number) - 1] if 0 < number <= len(legend) else None
        )
        mark: Json = {
            "kind": "points",
            "x": part[:, 0],
            "y": part[:, 1],
            "sizes": [float(opts.get("markersize", 6)) ** 2],
            "colors": [axes.color()],
            "marker": "circle",
            "label": label,
        }
        if axes.space:
            mark["z"] = part[:, 2]
        axes.add(lines.kept(axes, mark, *(n for n in "xyz" if n in mark)))
    axes.told["legend"] = any(mark.get("label") for mark in axes.marks)
    return key


def _bar(owner: Visdom, X: Any = None, Y: Any = None, **given: Any) -> str:
    key, axes = _window(owner, "bar", given, True)
    opts = given["_opts"]
    heights = _matrix(X)
    names = opts.get("rownames")
    at = np.arange(1, len(heights) + 1, dtype=float) if Y is None else listed(Y).values
    legend = [short(each) for each in items(opts.get("legend") or [])]
    stacked = bool(opts.get("stacked"))
    width = 0.8 if stacked else 0.8 / heights.shape[1]
    floor = np.zeros(len(heights))
    for column in range(min(heights.shape[1], 64)):
        place = at if stacked else at - 0.4 + width * (column + 0.5)
        options = Options({"bottom": floor, "label": legend[column] if column < len(legend) else None})
        lines.bar(axes, (place, heights[:, column], width), options)
        floor = floor + heights[:, column] if stacked else floor
    if names is not None:
        axes.told["xticks"] = {"at": at.tolist(), "labels": [short(each) for each in items(names)]}
    axes.told["legend"] = bool(legend)
    return key


def _image(owner: Visdom, img: Any, **given: Any) -> str:
    key, axes = _window(owner, "image", given, True)
    picture(axes, np.asarray(opened(img)))
    _caption(axes, given["_opts"])
    return key


def _caption(axes: Axes, opts: Json) -> None:
    if opts.get("caption"):
        axes.told["xlabel"] = short(opts["caption"])


def picture(axes: Axes, held: Any) -> None:
    """An image as visdom and TensorBoard take it: channels first, gray where there is one."""
    if held.ndim == 3 and held.shape[0] in (1, 3, 4):
        held = held.transpose(1, 2, 0)
    gray = {
        "cmap": "gray",
        "vmin": 0,
        "vmax": 255 if held.dtype.kind in "iu" or (held.size and np.nanmax(held) > 1) else 1,
    }
    if (
        held.ndim == 3
        and held.shape[-1] == 3
        and held.dtype.kind == "f"
        and held.size
        and np.nanmax(held) > 1
    ):
        held = held / 255.0
    grids.imshow(axes, (held,), Options(gray if held.ndim == 2 or held.shape[-1] == 1 else {}))
    axes.told["frame"] = False


def _images(owner: Visdom, tensor: Any, nrow: int = 8, padding: int = 2, **given: Any) -> str:
    key, axes = _window(owner, "images", given, True)
    picture(axes, tiled(np.asarray(opened(tensor)), int(nrow), int(padding)))
    _caption(axes, given["_opts"])
    return key


def tiled(held: Any, across: int, padding: int) -> Any:
    """Images (count, channels, rows, columns) beside each other, as one."""
    if held.ndim == 3:
        held = held[:, None]
    if held.ndim != 4:
        raise ValueError(f"images are (count, channels, rows, columns), not {tuple(held.shape)}")
    held = held[:256]
    count, channels, rows, columns = held.shape
    across = max(1, min(across, count))
    down = -(-count // across)
    running.meter.elements(channels * down * (rows + padding) * across * (columns + padding))
    made = np.zeros(
        (channels, down * (rows + padding) - padding, across * (columns + padding) - padding),
        dtype=held.dtype,
    )
    for place in range(count):
        top, left = place // across * (rows + padding), place % across * (columns + padding)
        made[:, top : top + rows, left : left + columns] = held[place]
    return made


def _text(owner: Visdom, text: Any, **given: Any) -> str:
    append = given.pop("append", False)
    key, axes = _window(owner, "text", given, not append)
    plain = re.sub(r"<br\s*/?>|</p>", "\n", short_text(text))
    plain = re.sub(r"<[^>]{0,200}>", "", plain)
    before = next((mark for mark in axes.marks if mark["kind"] == "note"), None)
    if append and before is not None:
        before["text"] = (before["text"] + "\n" + plain)[-MOST_TEXT:]
    else:
        axes.add({"kind": "note", "text": plain})
    return key


def short_text(text: Any) -> str:
    from freedive.lab.kinds import kind_of

    return kind_of(text).text(text)[:MOST_TEXT]


def _heatmap(owner: Visdom, X: Any, **given: Any) -> str:
    key, axes = _window(owner, "heatmap", given, True)
    opts = given["_opts"]
    values = _matrix(X)
    grids.pcolormesh(axes, (values,), Options({"cmap": _known(opts.get("colormap"))}))
    for axis, names in (("x", opts.get("columnnames")), ("y", opts.get("rownames"))):
        if names is not None:
            axes.told[f"{axis}ticks"] = {
                "at": list(range(len(items(names)))),
                "labels": [short(each) for each in items(names)],
            }
    return key


def _known(name: Any) -> str:
    return {
        "Viridis": "viridis",
        "Greys": "Greys",
        "Hot": "hot",
        "Jet": "jet",
        "Electric": "plasma",
        "Blues": "Blues",
    }.get(str(name), "viridis")


def _over_sheet(draw: Callable[[Axes, Any], Any], name: str) -> Callable[..., str]:
    def call(owner: Visdom, X: Any, *more: Any, **given: Any) -> str:
        key, axes = _window(owner, name, given, True)
        draw(axes, _matrix(X))
        return key

    return call


def _surf(axes: Axes, z: Any) -> None:
    across, down = np.meshgrid(np.arange(z.shape[1], dtype=float), np.arange(z.shape[0], dtype=float))
    grids.surface(axes, (across, down, z), Options({"cmap": "viridis"}))


def _histogram(owner: Visdom, X: Any, **given: Any) -> str:
    key, axes = _window(owner, "histogram", given, True)
    values = listed(X).values
    statistics.hist(
        axes, (values,), Options({"bins": int(given["_opts"].get("numbins", min(30, max(1, len(values)))))})
    )
    return key


def _stem(owner: Visdom, X: Any, Y: Any = None, **given: Any) -> str:
    key, axes = _window(owner, "stem", given, True)
    filled.stem(axes, (X,) if Y is None else (Y, X), Options({}))
    return key


def _boxes(owner: Visdom, X: Any, **given: Any) -> str:
    key, axes = _window(owner, "boxplot", given, True)
    statistics.boxplot(axes, (_matrix(X),), Options({"labels": given["_opts"].get("legend")}))
    return key


def _pie(owner: Visdom, X: Any, **given: Any) -> str:
    key, axes = _window(owner, "pie", given, True)
    statistics.pie(axes, (X,), Options({"labels": given["_opts"].get("legend")}))
    return key


def _quiver(owner: Visdom, X: Any, Y: Any, **given: Any) -> str:
    key, axes = _window(owner, "quiver", given, True)
    filled.quiver(axes, (X, Y), Options({}))
    return key


def _close(owner: Visdom, win: Any = None, env: Any = None) -> None:
    counted("close", None)
    for key, figure in list(board().windows.items()):
        if key[0] == "visdom" and (win is None or key[1] == f"{env or owner.env}/{win}"):
            figure.closed = True
            figure.axes = []


VISDOM: dict[str, Callable[..., Any]] = {
    "line": _line, "scatter": _scatter, "bar": _bar, "image": _image, "images": _images, "text": _text, "heatmap": _heatmap,
    "histogram": _histogram, "boxplot": _boxes, "surf": _over_sheet(_surf, "surf"), "stem": _stem, "pie": _pie, "quiver": _quiver,
    "contour": _over_sheet(lambda axes, z: grids.contour(axes, (z,), Options({})), "contour"), "close": _close,
    "win_exists": lambda owner, win, env=None: ("visdom", f"{env or owner.env}/{win}") in board().windows,
    "check_connection": lambda owner, *args, **kwargs: True, "save": lambda owner, envs: envs, "get_env_list": lambda owner: [owner.env],
}  # fmt: skip
VISDOM_UNSEEN = (
    "matplot",
    "video",
    "mesh",
    "svg",
    "audio",
    "properties",
    "graph",
    "embeddings",
    "update_window_opts",
    "delete_env",
    "fork_env",
)
CHECKED = frozenset({"win_exists", "check_connection", "save", "get_env_list"})


class VisdomKind(Kind):
    name = "figure"

    def type_name(self, value: Any) -> str:
        return "Visdom"

    def dir(self, value: Any) -> list[str]:
        return sorted([*VISDOM, *VISDOM_UNSEEN])

    def getattr(self, value: Any, name: str) -> Any:
        if name in VISDOM:
            return Native(
                name,
                lambda *args, **kwargs: VISDOM[name](value, *args, **kwargs),
                f"Draws in a window of visdom: {name}.",
            )
        if name in VISDOM_UNSEEN:
            return Native(
                name, lambda *args, **kwargs: unseen(name, kwargs), f"Accepted, and not drawn: {name}."
            )
        raise no_attribute("Visdom", name, self.dir(value))

    def repr(self, value: Any) -> str:
        return "<Visdom>"


def unseen(name: str, kwargs: Json) -> str:
    counted(name, None)
    board().say_unseen(name)
    return str(kwargs.get("win") or "window")


register(VisdomKind(), Visdom)
