"""Drawing calls (matplotlib.pyplot, visdom, SummaryWriter): counted by name and kept as data for the page to draw."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch

from freedive.lab import arrays
from freedive.lab.importing import publish
from freedive.lab.kinds import Callable_, Kind, Native, Property, is_known, kind_of, register
from freedive.lab.namespaces import Namespace
from freedive.lab.operators import collect
from freedive.lab.running import running
from freedive.lab.types import TypeRef, publish_type

MOST_FIGURES = 64
MOST_CALLS = 512
MOST_POINTS = 4_096

PYPLOT = (
    "plot", "scatter", "bar", "barh", "hist", "imshow", "show", "title", "xlabel", "ylabel", "legend", "grid", "figure",
    "subplot", "axhline", "axvline", "fill_between", "text", "annotate", "xlim", "ylim", "axis", "colorbar", "contour",
    "contourf", "pcolormesh", "quiver", "errorbar", "semilogy", "semilogx", "loglog", "step", "boxplot", "pie", "hist2d",
    "xticks", "yticks", "suptitle", "tight_layout", "savefig", "close", "clf", "cla", "pause", "matshow", "stem",
    "plot_surface", "set_title", "set_xlabel", "set_ylabel", "set_zlabel", "set_xlim", "set_ylim", "view_init", "draw",
    "ion", "ioff", "gray", "set_xticks", "set_yticks", "violinplot", "stackplot", "hlines", "vlines", "subplots_adjust",
    "plot_wireframe", "add_subplot", "set_aspect", "tick_params", "set_axis_off", "twinx", "set",
)  # fmt: skip
VISDOM = (
    "line", "scatter", "image", "images", "text", "heatmap", "histogram", "bar", "boxplot", "surf", "contour", "quiver",
    "pie", "matplot", "video", "close", "save", "mesh", "stem", "check_connection",
)  # fmt: skip
WRITER = (
    "add_scalar", "add_scalars", "add_histogram", "add_image", "add_images", "add_text", "add_figure", "add_graph",
    "add_embedding", "add_hparams", "add_pr_curve", "flush", "close",
)  # fmt: skip


def _plain(value: Any, depth: int = 0) -> Any:
    """An argument of a drawing call as JSON, shortened where it is long."""
    if hasattr(kind_of(value), "native"):
        value = kind_of(value).native(value)  # type: ignore[attr-defined]
    if isinstance(value, torch.Tensor | np.ndarray):
        count = arrays.count_of(value)
        most = min(MOST_POINTS, max(1, running.points))
        shown = value if count <= most else arrays.window(value, most)
        running.points -= arrays.count_of(shown)
        return {"shape": list(value.shape), "data": arrays.plain(shown), "windowed": count > most}
    if isinstance(value, np.generic):
        return arrays.number(value.item())
    if isinstance(value, int | float | str | bool) or value is None:
        return arrays.number(value)
    if isinstance(value, list | tuple | range) and depth < 4:
        shown = list(value)[: min(MOST_POINTS, max(1, running.points))]
        running.points -= len(shown)
        return [_plain(each, depth + 1) for each in shown]
    if isinstance(value, dict) and depth < 4:
        return {str(key): _plain(each, depth + 1) for key, each in list(value.items())[:64]}
    if type(value).__name__ in ("Series", "DataFrame"):
        return _plain(value.to_numpy())
    return kind_of(value).text(value)[:200] if is_known(value) else None


def draw(library: str, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """Count one call and keep what it draws."""
    if running.quiet:
        return
    running.plots[name] = running.plots.get(name, 0) + 1
    figures = running.figures
    if not figures or figures[-1]["closed"] or figures[-1]["library"] != library:
        if len(figures) >= MOST_FIGURES:
            return
        statement = running.recorder.statement if running.recorder is not None else 0
        figures.append({"library": library, "statement": statement, "closed": False, "calls": []})
    figure = figures[-1]
    figure["statement"] = running.recorder.statement if running.recorder is not None else 0
    if len(figure["calls"]) < MOST_CALLS:
        figure["calls"].append(
            {
                "name": name,
                "args": [_plain(a) for a in args],
                "kwargs": {k: _plain(v) for k, v in kwargs.items()},
            }
        )
    if library == "pyplot" and name == "show":
        figure["closed"] = True


class Drawn:
    """What a drawing call gives: something to go on drawing with (an axis, a figure, a list of lines)."""

    def __init__(self, library: str, names: tuple[str, ...]) -> None:
        self.library = library
        self.names = names


class DrawnKind(Kind):
    name = "figure"

    def type_name(self, value: Any) -> str:
        return {"pyplot": "Axes", "visdom": "Visdom", "tensorboard": "SummaryWriter"}[value.library]

    def dir(self, value: Any) -> list[str]:
        return sorted(value.names)

    def getattr(self, value: Any, name: str) -> Any:
        if name in value.names:
            return Drawing(value.library, name)
        if value.library == "pyplot" and name in ("patch", "canvas", "axes", "spines", "xaxis", "yaxis"):
            return value
        return super().getattr(value, name)

    def getitem(self, value: Any, index: Any) -> Any:
        return value

    def iterate(self, value: Any) -> Iterator[Any]:
        return iter([value])

    def call(self, value: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        return value

    def enter(self, value: Any) -> Any:
        return value

    def repr(self, value: Any) -> str:
        return f"<{self.type_name(value)}>"


AXES = Drawn("pyplot", PYPLOT)


class Drawing(Callable_):
    """One drawing function."""

    def __init__(self, library: str, name: str) -> None:
        self.library = library
        self.name = name
        self.doc = f"Draws with {library}: {name}."

    def call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        draw(self.library, self.name, args, kwargs)
        if self.library == "visdom":
            return str(kwargs.get("win") or f"window_{running.plots.get(self.name, 0)}")
        return AXES if self.library == "pyplot" else None


def _subplots(rows: int = 1, columns: int = 1, *args: Any, **kwargs: Any) -> Any:
    """Figure and axes; all axes of the lab draw into one figure."""
    draw("pyplot", "subplots", (rows, columns), {})
    if rows == 1 and columns == 1:
        return (AXES, AXES)
    running.meter.items(rows * columns)
    if rows == 1 or columns == 1:
        return (AXES, [AXES] * (rows * columns))
    return (AXES, [[AXES] * columns for _ in range(rows)])


register(DrawnKind(), Drawn)


def load() -> None:
    members: dict[str, Any] = {name: Drawing("pyplot", name) for name in PYPLOT}
    members["subplots"] = Native("subplots", _subplots)
    members["gca"] = members["axes"] = Native("gca", lambda *a, **k: AXES)
    members["gcf"] = Native("gcf", lambda: AXES)
    members["rcParams"] = {}
    members["style"] = Namespace("matplotlib.style", {"use": Native("use", lambda *a: None)})
    members["cm"] = Namespace(
        "matplotlib.cm",
        {n: n for n in ("viridis", "gray", "jet", "rainbow", "coolwarm", "Blues", "hot", "RdBu")},
    )
    pyplot = Namespace("matplotlib.pyplot", members, doc="Figures, drawn on the page.")
    matplotlib = Namespace(
        "matplotlib", {"pyplot": pyplot, "use": Native("use", lambda *a: None), "cm": members["cm"]}
    )
    inline = Namespace(
        "matplotlib_inline",
        {
            "backend_inline": Namespace(
                "backend_inline",
                {"set_matplotlib_formats": Native("set_matplotlib_formats", lambda *a: None)},
            )
        },
    )
    display = Namespace("IPython.display", {"clear_output": Native("clear_output", lambda *a, **k: None), "display": Native("display", _display), "set_matplotlib_formats": Native("set_matplotlib_formats", lambda *a: None)})  # fmt: skip
    toolkits = Namespace("mpl_toolkits.mplot3d", {"Axes3D": Native("Axes3D", lambda *a, **k: AXES)})
    visdom = Namespace(
        "visdom",
        {"Visdom": Native("Visdom", lambda *a, **k: Drawn("visdom", VISDOM), "A drawing board on the page.")},
    )
    writer = publish_type(TypeRef("SummaryWriter", Drawn, lambda *a, **k: Drawn("tensorboard", WRITER)))
    boards = [
        Namespace(name, {"SummaryWriter": writer})
        for name in ("tensorboardX", "torch.utils.tensorboard", "tensorboard")
    ]
    publish(
        pyplot,
        matplotlib,
        members["cm"],
        inline,
        Namespace("IPython", {"display": display}),
        display,
        toolkits,
        Namespace("mpl_toolkits", {"mplot3d": toolkits}),
        visdom,
        *boards,
    )


def _display(*values: Any) -> None:
    running.write(" ".join(kind_of(v).text(v) for v in values) + "\n")


__all__ = ["Property", "collect", "draw", "load"]
