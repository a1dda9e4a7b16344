"""What drawing calls come to: figures of axes, axes of marks. A closed union: the page draws every kind, or does not compile.

Colors are `C0` … `C9` (the page's own cycle), `ink` and `paper` (black and white, which follow the theme), `none`, or
`#rrggbb` with two more digits for what lets something through.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from freedive.protocol.wire import Wire

Number = float | Literal["nan", "inf", "-inf"]
"""A number; those that JSON lacks are text."""
Numbers = list[Number]
Rows = list[list[Number]]
Color = str
Dash = Literal["solid", "dashed", "dotted", "dashdot", "none"]
Marker = Literal[
    "none", "circle", "point", "square", "triangle", "down", "left", "right", "diamond", "thin", "plus", "cross", "star",
    "pentagon", "hexagon", "bar", "dash",
]  # fmt: skip


class Mark(Wire):
    """What every mark may have."""

    label: str | None = None
    """Its name in the legend."""
    alpha: float | None = None
    """1 hides what is behind, 0 is not seen."""


class LineMark(Mark):
    """A line through points, with markers on them; in space with `z`."""

    kind: Literal["line"]
    x: Numbers
    y: Numbers
    z: Numbers | None = None
    color: Color
    width: float | None = None
    dash: Dash = "solid"
    marker: Marker = "none"
    size: float | None = None
    face: Color | None = None
    """Inside of the markers."""


class PointsMark(Mark):
    """Points without a line."""

    kind: Literal["points"]
    x: Numbers
    y: Numbers
    z: Numbers | None = None
    sizes: Numbers
    """Areas in square points: one for all or one for each."""
    colors: list[Color]
    """One for all or one for each."""
    marker: Marker = "circle"
    edge: Color | None = None
    hollow: bool = False


class BarsMark(Mark):
    """Bars from `base` upwards, or lying; `x` is where each begins."""

    kind: Literal["bars"]
    lying: bool = False
    x: Numbers
    width: Numbers
    base: Numbers
    height: Numbers
    colors: list[Color]
    edge: Color | None = None
    joined: bool = False
    """Those of a histogram stand side by side."""


class ImageMark(Mark):
    """Cells of colors: numbers through a map between `low` and `high`, or colors themselves."""

    kind: Literal["image"]
    x: Numbers
    """Where the columns begin and end: the two ends, or every edge."""
    y: Numbers
    """The same of the rows, the first row first."""
    rows: list[list[Number | Color]]
    map: str | None = None
    low: Number | None = None
    high: Number | None = None


class ContourMark(Mark):
    """Lines of equal height over a grid, or the bands between them."""

    kind: Literal["contour"]
    x: Numbers
    y: Numbers
    rows: Rows
    levels: Numbers
    filled: bool
    map: str
    low: Number
    high: Number
    colors: list[Color] | None = None
    width: float | None = None
    dash: Dash | None = None


class SurfaceMark(Mark):
    """A surface in space over a grid, filled through a map or in one color, or its wires alone."""

    kind: Literal["surface"]
    x: Rows
    y: Rows
    z: Rows
    wire: bool
    map: str | None = None
    color: Color | None = None
    low: Number
    high: Number


class ErrorsMark(Mark):
    """Bars of error around points: how far to each side."""

    kind: Literal["errors"]
    x: Numbers
    y: Numbers
    left: Numbers | None = None
    right: Numbers | None = None
    down: Numbers | None = None
    up: Numbers | None = None
    color: Color
    cap: float = 0.0


class AreaMark(Mark):
    """A filled outline; an infinite place is the picture's own edge."""

    kind: Literal["area"]
    x: Numbers
    y: Numbers
    color: Color
    edge: Color | None = None


class RulesMark(Mark):
    """Straight lines at places of one axis, across the picture or from `low` to `high` of the other."""

    kind: Literal["rules"]
    axis: Literal["x", "y"]
    at: Numbers
    low: Numbers | None = None
    high: Numbers | None = None
    color: Color
    width: float | None = None
    dash: Dash = "solid"


class WordsMark(Mark):
    """Words at a place of the data or, as shares, of the picture; with `to`, an arrow to there."""

    kind: Literal["words"]
    place: Literal["data", "axes"] = "data"
    x: Number
    y: Number
    z: Number | None = None
    text: str
    anchor: Literal["start", "middle", "end"] = "start"
    up: Literal["top", "middle", "bottom"] = "bottom"
    color: Color | None = None
    size: float | None = None
    turn: float | None = None
    """Degrees, against the clock."""
    shift: list[float] | None = None
    """Points to the right and up."""
    to: Numbers | None = None


class StemsMark(Mark):
    """Points on stalks from `base`."""

    kind: Literal["stems"]
    x: Numbers
    y: Numbers
    base: float
    color: Color
    marker: Marker = "circle"


class PieMark(Mark):
    """Shares of a whole, from `start` degrees against the clock."""

    kind: Literal["pie"]
    values: Numbers
    labels: list[str] | None = None
    texts: list[str] | None = None
    colors: list[Color]
    start: float = 0.0
    clockwise: bool = False
    hole: float | None = None


class Box(Wire):
    """Quartiles, whiskers and what lies beyond them."""

    low: float
    q1: float
    median: float
    q3: float
    high: float
    mean: float | None = None
    fliers: Numbers = []


class BoxesMark(Mark):
    """Boxes of quartiles, upright or lying."""

    kind: Literal["boxes"]
    at: Numbers
    boxes: list[Box]
    lying: bool = False
    width: float | None = None
    color: Color


class ArrowsMark(Mark):
    """Arrows from points; unless `exact`, their lengths are made to fit."""

    kind: Literal["arrows"]
    x: Numbers
    y: Numbers
    u: Numbers
    v: Numbers
    exact: bool = False
    colors: list[Color]


class NoteMark(Mark):
    """Plain text that is the whole picture."""

    kind: Literal["note"]
    text: str


AnyMark = Annotated[
    LineMark | PointsMark | BarsMark | ImageMark | ContourMark | SurfaceMark | ErrorsMark | AreaMark | RulesMark | WordsMark
    | StemsMark | PieMark | BoxesMark | ArrowsMark | NoteMark,
    Field(discriminator="kind"),
]  # fmt: skip


class Ticks(Wire):
    """Where an axis has ticks, and what stands there: the numbers themselves without labels."""

    at: Numbers
    labels: list[str] | None = None


class Colorbar(Wire):
    """A scale of colors beside the axes."""

    map: str
    low: Number
    high: Number
    label: str | None = None
    levels: Numbers | None = None
    """Where the bands of a filled contour meet."""


Scale = Literal["linear", "log", "symlog", "date"]
"""`date`: days since 1970."""
Ends = Annotated[list[Number | None], Field(min_length=2, max_length=2)]


class FigureAxes(Wire):
    """One picture of a figure; what was not set is the page's own choice."""

    top: float
    left: float
    height: float
    width: float
    """The part of the figure that it takes, as shares."""
    space: bool = False
    """Whether it has three axes."""
    twin: int | None = None
    """It lies over this one of the figure's axes …"""
    twin_side: Literal["x", "y"] | None = None
    """… with which it shares this axis."""
    marks: list[AnyMark]
    title: str = ""
    xlabel: str = ""
    ylabel: str = ""
    zlabel: str = ""
    xlim: Ends | None = None
    ylim: Ends | None = None
    zlim: Ends | None = None
    xscale: Scale = "linear"
    yscale: Scale = "linear"
    xticks: Ticks | None = None
    yticks: Ticks | None = None
    zticks: Ticks | None = None
    xturn: float | None = None
    yturn: float | None = None
    """Degrees by which tick labels are turned."""
    xinverted: bool = False
    yinverted: bool = False
    legend: bool = False
    grid: bool | None = None
    equal: bool | None = None
    """Whether both axes have one scale."""
    frame: bool = True
    """False leaves out axes and ticks."""
    elevation: float | None = None
    azimuth: float | None = None
    """From where a space is looked at, in degrees."""
    colorbar: Colorbar | None = None


class FigureMap(Wire):
    """A colormap: colors at even distances, mixed in between unless `stepped`."""

    colors: list[Color]
    stepped: bool


class Thinned(Wire):
    """Marks of which fewer points are drawn than were passed."""

    what: str
    shown: int
    of: int | None = None


class Figure(Wire):
    """Drawing calls that belong together."""

    library: Literal["pyplot", "visdom", "tensorboard"]
    statement: int
    closed: bool
    window: str | None = None
    """Of visdom and TensorBoard: the window or the tag."""
    title: str = ""
    ratio: float | None = None
    """Height by width, where a size was asked for."""
    axes: list[FigureAxes]
    maps: dict[str, FigureMap]
    calls: list[str]
    """Names of the calls that drew it."""
    not_drawn: list[str]
    """What was asked for and is not shown."""
    thinned: list[Thinned]
