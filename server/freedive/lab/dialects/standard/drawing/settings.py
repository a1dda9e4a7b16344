"""`plt.rcParams`, `plt.style`, tickers and the other modules beside pyplot: what of them shows, and what is accepted unseen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from freedive.lab.dialects.standard.drawing.artists import Loose
from freedive.lab.dialects.standard.drawing.colormaps import Colormap, namespace
from freedive.lab.dialects.standard.drawing.colors import color
from freedive.lab.dialects.standard.drawing.figures import board
from freedive.lab.dialects.standard.drawing.numbers import items, listed, plain_number
from freedive.lab.dialects.standard.drawing.objects import Lattice
from freedive.lab.kinds import Kind, Native, register
from freedive.lab.namespaces import Namespace

_USUAL: dict[str, Any] = {
    "figure.figsize": [6.4, 4.8], "figure.dpi": 100.0, "font.size": 10.0, "lines.linewidth": 1.5, "lines.markersize": 6.0,
    "image.cmap": "viridis", "axes.grid": False, "font.family": ["sans-serif"], "axes.titlesize": "large", "axes.labelsize": "medium",
    "legend.fontsize": "medium", "image.interpolation": "auto", "savefig.dpi": "figure", "axes.unicode_minus": True,
}  # fmt: skip


class Settings:
    """`plt.rcParams`: the size of a figure and the usual colormap show, the others are kept and not drawn."""


class SettingsKind(Kind):
    name = "dict"

    def __init__(self) -> None:
        super().__init__()
        self.attributes = {
            "update": Native("update", _update), "get": Native("get", lambda s, key, default=None: self.getitem(s, key) if key in _USUAL else default),
            "keys": Native("keys", lambda s: sorted(_USUAL)), "copy": Native("copy", lambda s: dict(_USUAL)),
        }  # fmt: skip

    def type_name(self, value: Any) -> str:
        return "RcParams"

    def getitem(self, value: Any, index: Any) -> Any:
        held = board().settings.get(index)
        if held is not None:
            return list(held) if isinstance(held, tuple) else held
        return _USUAL[index] if index in _USUAL else Loose(f"rcParams[{index!r}]")

    def setitem(self, value: Any, index: Any, new: Any) -> None:
        known = board()
        if index == "figure.figsize":
            width, height = (plain_number(each) or 1.0 for each in items(new)[:2])
            known.settings[index] = (width, height)
        elif index == "image.cmap":
            known.settings[index] = new
        elif index not in ("figure.dpi", "savefig.dpi", "image.interpolation", "axes.unicode_minus"):
            known.say_unseen(f"rcParams[{str(index)[:40]!r}]")

    def iterate(self, value: Any) -> Iterator[Any]:
        return iter(sorted(_USUAL))

    def length(self, value: Any) -> int:
        return len(_USUAL)

    def contains(self, value: Any, item: Any) -> bool:
        return item in _USUAL

    def repr(self, value: Any) -> str:
        return "RcParams(…)"


def _update(settings: Settings, other: Any = None, **more: Any) -> None:
    for key, value in {**(other or {}), **more}.items():
        SETTINGS_KIND.setitem(settings, key, value)


SETTINGS_KIND = SettingsKind()
register(SETTINGS_KIND, Settings)


class Norm:
    """`Normalize(vmin, vmax)`: numbers between two ends as 0 to 1."""

    def __init__(self, vmin: Any = None, vmax: Any = None, clip: bool = False) -> None:
        self.low, self.high = plain_number(vmin), plain_number(vmax)

    def __len__(self) -> int:
        return 2

    def __iter__(self) -> Iterator[float | None]:
        return iter((self.low, self.high))


class NormKind(Kind):
    name = "figure"

    def type_name(self, value: Any) -> str:
        return "Normalize"

    def getattr(self, value: Any, name: str) -> Any:
        if name in ("vmin", "vmax"):
            return value.low if name == "vmin" else value.high
        return super().getattr(value, name)

    def call(self, value: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        number = plain_number(args[0])
        low = 0.0 if value.low is None else value.low
        reach = (1.0 if value.high is None else value.high) - low or 1.0
        return (listed(args[0]).values - low) / reach if number is None else (number - low) / reach


register(NormKind(), Norm)


def _listed_map(colors: Any, name: str = "from_list", N: Any = None) -> Colormap:
    return Colormap(name, own=[color(each) or "#000000" for each in items(colors)][:256])


def _blended_map(name: str, colors: Any, N: int = 256, gamma: float = 1.0) -> Colormap:
    made = _listed_map(
        [each[1] if isinstance(each, tuple) and len(each) == 2 else each for each in items(colors)], name
    )
    made.stepped = False
    return made


def _loose(module: str, *names: str) -> Namespace:
    """A module of which nothing shows."""
    what = {"matplotlib.ticker": "tick locators and formatters", "matplotlib.dates": "tick locators and formatters"}.get(module, module.removeprefix("matplotlib."))  # fmt: skip
    return Namespace(module, {name: Loose(what) for name in names}, doc="Accepted, and not drawn.")


def modules(pyplot: dict[str, Any]) -> list[Namespace]:
    """matplotlib and the modules in it that snippets import."""
    maps = namespace()
    settings = Settings()
    style = Namespace(
        "matplotlib.style",
        {
            "use": Native("use", lambda name: board().say_unseen("style")),
            "context": Loose("style"),
            "available": ["default", "ggplot", "classic"],
        },
    )
    pyplot |= {
        "rcParams": settings,
        "style": style,
        "cm": maps,
        "colormaps": maps,
        "Axes": Loose("Axes"),
        "Figure": Loose("Figure"),
    }
    shown = Namespace("matplotlib.pyplot", pyplot, doc="Figures, drawn on the page.")
    colors = Namespace("matplotlib.colors", {
        "Normalize": Native("Normalize", Norm), "LogNorm": Native("LogNorm", Norm), "ListedColormap": Native("ListedColormap", _listed_map),
        "LinearSegmentedColormap": Namespace("matplotlib.colors.LinearSegmentedColormap", {"from_list": Native("from_list", _blended_map)}),
        "to_hex": Native("to_hex", lambda c, keep_alpha=False: color(c)), "TABLEAU_COLORS": {f"tab:{name}": f"tab:{name}" for name in ("blue", "orange", "green", "red", "purple", "brown", "pink", "gray", "olive", "cyan")},
    })  # fmt: skip
    ticker = _loose(
        "matplotlib.ticker",
        "MultipleLocator",
        "MaxNLocator",
        "AutoMinorLocator",
        "FixedLocator",
        "NullLocator",
        "LogLocator",
        "LinearLocator",
        "FuncFormatter",
        "FormatStrFormatter",
        "ScalarFormatter",
        "PercentFormatter",
        "NullFormatter",
        "StrMethodFormatter",
        "FixedFormatter",
    )
    dates = _loose(
        "matplotlib.dates",
        "DateFormatter",
        "AutoDateLocator",
        "DayLocator",
        "MonthLocator",
        "YearLocator",
        "WeekdayLocator",
        "HourLocator",
        "ConciseDateFormatter",
        "AutoDateFormatter",
    )
    patches = _loose(
        "matplotlib.patches",
        "Rectangle",
        "Circle",
        "Ellipse",
        "Polygon",
        "Patch",
        "FancyArrowPatch",
        "FancyBboxPatch",
        "Wedge",
        "Arrow",
        "Arc",
        "ConnectionPatch",
    )
    lines = _loose("matplotlib.lines", "Line2D")
    animation = _loose(
        "matplotlib.animation", "FuncAnimation", "ArtistAnimation", "PillowWriter", "FFMpegWriter"
    )
    gridspec = Namespace(
        "matplotlib.gridspec",
        {
            "GridSpec": Native(
                "GridSpec", lambda nrows, ncols, figure=None, **other: Lattice(int(nrows), int(ncols))
            )
        },
    )
    shown.members["GridSpec"] = gridspec.members["GridSpec"]
    inner = {
        "pyplot": shown,
        "cm": maps,
        "colors": colors,
        "ticker": ticker,
        "dates": dates,
        "patches": patches,
        "lines": lines,
        "animation": animation,
        "gridspec": gridspec,
        "style": style,
    }
    top = Namespace("matplotlib", {**inner, "use": Native("use", lambda *a, **k: None), "rcParams": settings, "rc": Native("rc", lambda *a, **k: board().say_unseen("rc")), "colormaps": maps}, version="3.10.0")  # fmt: skip
    return [
        top,
        *inner.values(),
        Namespace("pylab", dict(pyplot)),
        Namespace("matplotlib.pylab", dict(pyplot)),
    ]
