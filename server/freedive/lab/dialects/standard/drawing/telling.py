"""The figures of a run as the answer carries them: numbers rounded far below what an eye sees, thinned to fit, and said so."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from freedive.lab import arrays
from freedive.lab.dialects.standard.drawing.figures import Axes, Board, Figure
from freedive.lab.running import running

Json = dict[str, Any]
LISTS = {
    "line": ("x", "y", "z"), "points": ("x", "y", "z", "sizes", "colors"), "bars": ("x", "width", "base", "height", "colors"),
    "errors": ("x", "y", "left", "right", "down", "up"), "area": ("x", "y"), "stems": ("x", "y"),
    "arrows": ("x", "y", "u", "v", "colors"), "rules": ("at", "low", "high"),
}  # fmt: skip
"""Lists of a mark that go together: one number of each for every point."""
AXES: Json = {
    "title": "", "xlabel": "", "ylabel": "", "zlabel": "", "xscale": "linear", "yscale": "linear", "legend": False, "frame": True,
    "xinverted": False, "yinverted": False,
}  # fmt: skip
"""What axes say where nothing was set: the answer is sent as it is, without its schema's defaults."""
USUAL: dict[str, Json] = {
    "line": {"dash": "solid", "marker": "none"}, "points": {"marker": "circle", "hollow": False}, "bars": {"lying": False, "joined": False},
    "rules": {"dash": "solid"}, "words": {"place": "data", "anchor": "start", "up": "bottom"}, "stems": {"marker": "circle"},
    "pie": {"start": 0.0, "clockwise": False}, "boxes": {"lying": False}, "arrows": {"exact": False}, "errors": {"cap": 0.0},
}  # fmt: skip
SHEETS = {"image": ("rows",), "contour": ("rows",), "surface": ("x", "y", "z")}
"""Sheets of a mark that go together."""


def figures_told(board: Board) -> list[Json]:
    """All figures that show anything."""
    shown = [figure for figure in board.figures if figure.axes]
    level = _level(
        [_count(mark) for figure in shown for axes in figure.axes for mark in axes.marks], running.points
    )
    return [_figure(figure, level, board) for figure in shown]


def _level(counts: list[int], budget: int) -> int:
    """So many numbers may each mark have at most, that all together stay within the budget."""
    left, rest = budget, sorted(counts)
    for place, count in enumerate(rest):
        share = left // (len(rest) - place)
        if count > share:
            return max(8, share)
        left -= count
    return budget


def _count(mark: Json) -> int:
    names = SHEETS.get(mark["kind"]) or LISTS.get(mark["kind"], ())
    return sum(np.size(mark[name]) for name in names if mark.get(name) is not None)


def _figure(figure: Figure, level: int, board: Board) -> Json:
    axes = [_axes(figure, each, level) for each in figure.axes]
    return {
        "library": figure.library,
        "statement": figure.statement,
        "closed": figure.closed,
        "window": figure.window,
        "title": figure.title,
        "ratio": figure.size[1] / figure.size[0] if figure.size and figure.size[0] else None,
        "axes": axes,
        "maps": {
            name: {"colors": each.colors, "stepped": each.stepped} for name, each in figure.maps.items()
        },
        "calls": figure.calls,
        "not_drawn": figure.unseen + [each for each in board.said if each not in figure.unseen],
        "thinned": figure.thinned,
    }


def _axes(figure: Figure, axes: Axes, level: int) -> Json:
    told = {key: value for key, value in axes.told.items() if not key.startswith("_")}
    for axis, words in axes.words.items():
        told.setdefault(f"{axis}ticks", {"at": list(range(len(words))), "labels": [w[:60] for w in words]})
    twin = None
    if axes.twin is not None and axes.twin[0] in figure.axes:
        twin = figure.axes.index(axes.twin[0])
    top, left, height, width = axes.place
    return {
        "top": top, "left": left, "height": height, "width": width, "space": axes.space,
        "twin": twin, "twin_side": None if axes.twin is None else axes.twin[1],
        "marks": [_mark(figure, mark, level) for mark in axes.marks if not mark.get("_hidden")],
        **AXES,
        **told,
    }  # fmt: skip


def _mark(figure: Figure, mark: Json, level: int) -> Json:
    known = {key: value for key, value in mark.items() if value is not None and not key.startswith("_")}
    made = {**USUAL.get(mark["kind"], {}), **known}
    if mark["kind"] in SHEETS:
        _thin_sheets(figure, made, level)
    elif mark["kind"] in LISTS:
        _thin_lists(figure, made, level)
    return {key: rounded(value) for key, value in made.items()}


def _thin_lists(figure: Figure, mark: Json, level: int) -> None:
    names = [name for name in LISTS[mark["kind"]] if mark.get(name) is not None]
    length = max((len(mark[name]) for name in names), default=0)
    several = [name for name in names if len(mark[name]) == length]
    most = max(2, level // max(1, len(several)))
    if length <= most:
        return
    keep = (
        kept_of_line(mark["y"], most)
        if mark["kind"] == "line"
        else np.unique(np.linspace(0, length - 1, most).round().astype(int))
    )
    for name in several:
        held = mark[name]
        mark[name] = [held[i] for i in keep] if isinstance(held, list) else held[keep]
    figure.say_thinned(mark["kind"], len(keep), mark.pop("_of", length))


def kept_of_line(y: Any, most: int) -> Any:
    """Places of a line that keep its lowest and highest value in every stretch, so that no peak is lost."""
    values = np.asarray(y, dtype=float)
    stretches = max(1, (most - 2) // 2)
    kept = {0, len(values) - 1}
    for part in np.array_split(np.arange(len(values)), stretches):
        if len(part):
            inside = values[part]
            if np.isnan(inside).all():
                kept.add(int(part[0]))
            else:
                kept |= {int(part[np.nanargmin(inside)]), int(part[np.nanargmax(inside)])}
    return np.array(sorted(kept))


def _thin_sheets(figure: Figure, mark: Json, level: int) -> None:
    names = SHEETS[mark["kind"]]
    rows, columns = np.shape(mark[names[0]])[:2]
    most = max(16, level // len(names))
    step = 1
    while -(-rows // step) * -(-columns // step) > most:
        step += 1
    if step == 1:
        return
    for name in names:
        mark[name] = [row[::step] for row in mark[name][::step]]
    if mark["kind"] == "contour":
        mark["x"], mark["y"] = mark["x"][::step], mark["y"][::step]
    elif mark["kind"] == "image" and len(mark["x"]) > 2:
        mark["x"], mark["y"] = (
            mark["x"][[*range(0, columns, step), columns]],
            mark["y"][[*range(0, rows, step), rows]],
        )
    figure.say_thinned(mark["kind"], len(mark[names[0]]) * len(mark[names[0]][0]), rows * columns)


def rounded(value: Any) -> Any:
    """Numbers to a hundred-thousandth of how far apart they are: far below a pixel."""
    if not isinstance(value, np.ndarray | list | tuple) or len(value) == 0:
        return arrays.number(value.item() if isinstance(value, np.generic) else value)
    if isinstance(value, list | tuple) and not all(
        isinstance(each, int | float | np.generic) for each in value
    ):
        if all(isinstance(each, np.ndarray | list) for each in value) and all(
            _are_numbers(each) for each in value
        ):
            value = np.array([np.asarray(each, dtype=float) for each in value])
        else:
            return [rounded(each) if isinstance(each, list | tuple | np.ndarray) else {k: rounded(v) for k, v in each.items()} if isinstance(each, dict) else each for each in value]  # fmt: skip
    numbers = np.asarray(value, dtype=float)
    good = numbers[np.isfinite(numbers)]
    spread = float(good.max() - good.min()) if good.size else 0.0
    size = spread or (abs(float(good[0])) if good.size else 0.0)
    if size > 0:
        numbers = numbers.round(min(300, 5 - math.floor(math.log10(size))))
    return list(_plain(numbers))


def _are_numbers(value: Any) -> bool:
    return isinstance(value, np.ndarray) or all(isinstance(each, int | float | np.generic) for each in value)


def _plain(numbers: Any) -> Iterator[Any]:
    for each in numbers.tolist():
        if isinstance(each, list):
            yield list(_plain(np.array(each)))
        else:
            yield int(each) if each == each and abs(each) < 2**53 and each == int(each if math.isfinite(each) else 0) else arrays.number(each)  # fmt: skip
