"""Figures as they grow: axes on a grid, the marks drawn on them, and which of them is drawn on next."""

from __future__ import annotations

from typing import Any

from freedive.lab.dialects.standard.drawing.colormaps import Colormap
from freedive.lab.running import running

Json = dict[str, Any]

MOST_FIGURES = 64
MOST_AXES = 100
MOST_MARKS = 512
MOST_WORDS = 300
"""Characters of a title or a label."""
CYCLE = 10


def short(text: Any) -> str:
    from freedive.lab.kinds import kind_of

    return kind_of(text).text(text)[:MOST_WORDS]


class Axes:
    """One picture: marks, what stands around them, and the ends of its axes."""

    def __init__(self, figure: Figure, place: tuple[int, int, int, int], space: bool = False) -> None:
        self.figure = figure
        self.place = place
        self.marks: list[Json] = []
        self.told: Json = {}
        """Title, labels, limits, scales, ticks: what was set, by the field's name."""
        self.space = space
        self.words: dict[str, list[str]] = {}
        """Categories along an axis, in the order in which they came."""
        self.twin: tuple[Axes, str] | None = None
        self.next_color = {True: 0, False: 0}
        """Filled marks count through the cycle of colors on their own."""

    def add(self, mark: Json) -> Json:
        """Draw one more."""
        if not self.full():
            self.marks.append(mark)
        return mark

    def full(self) -> bool:
        """Whether there is no room for another mark, of which is told."""
        if len(self.marks) < MOST_MARKS:
            return False
        self.figure.say_thinned("marks", MOST_MARKS, None)
        return True

    def color(self, filled: bool = False) -> str:
        """The next color of the cycle, of lines or of what is filled."""
        self.next_color[filled] += 1
        return f"C{(self.next_color[filled] - 1) % CYCLE}"

    def along(self, axis: str, numbers: Any) -> Any:
        """Positions along an axis: words take the place that their category has there."""
        if numbers.dates:
            self.told[f"{axis}scale"] = "date"
        if numbers.words is None:
            return numbers.values
        known = self.words.setdefault(axis, [])
        for word in numbers.words:
            if word not in known and len(known) < 400:
                known.append(word)
        places = {word: float(place) for place, word in enumerate(known)}
        return [places.get(word, float("nan")) for word in numbers.words]

    def clear(self) -> None:
        self.marks, self.told, self.words, self.next_color = [], {}, {}, {True: 0, False: 0}


class Figure:
    """What is shown as one: axes on a grid, or a note."""

    def __init__(self, library: str, window: str | None = None) -> None:
        self.library = library
        self.window = window
        self.statement = statement()
        self.closed = False
        self.title = ""
        self.axes: list[Axes] = []
        self.current: Axes | None = None
        self.size: tuple[float, float] | None = None
        self.calls: list[str] = []
        self.unseen: list[str] = []
        self.thinned: list[Json] = []
        self.maps: dict[str, Colormap] = {}

    def at(self, rows: int, columns: int, number: int, space: bool = False) -> Axes:
        """The axes at a place of a grid, counted from 1; made where there are none."""
        if not 1 <= number <= rows * columns:
            raise ValueError(f"num must be an integer with 1 <= num <= {rows * columns}, not {number}")
        row, column = divmod(number - 1, columns)
        return self.within((row / rows, column / columns, 1 / rows, 1 / columns), space)

    def within(self, place: tuple[float, float, float, float], space: bool = False) -> Axes:
        """The axes that take this part of the figure: top, left, height and width as shares."""
        found = next((each for each in self.axes if each.place == place and each.twin is None), None)
        if found is None or (space and not found.space):
            found = Axes(self, place, space)  # type: ignore[arg-type]
            if len(self.axes) < MOST_AXES:
                self.axes.append(found)
            else:
                self.say_unseen("axes beyond 100")
        self.current = found
        return found

    def gca(self) -> Axes:
        if self.current is None:
            return self.axes[-1] if self.axes else self.at(1, 1, 1)
        return self.current

    def say_unseen(self, what: str) -> None:
        """Something that the snippet asked for and the picture does not show."""
        if what not in self.unseen and len(self.unseen) < 40:
            self.unseen.append(what[:80])

    def say_thinned(self, what: str, shown: int, of: int | None) -> None:
        found = next((each for each in self.thinned if each["what"] == what), None)
        if found is None:
            self.thinned.append({"what": what, "shown": shown, "of": of})
        elif of is not None and of > (found["of"] or 0):
            found.update(shown=shown, of=of)

    def map(self, colormap: Colormap) -> str:
        """The name under which the figure carries a colormap."""
        name = colormap.name if not colormap.stepped else f"{colormap.name} {len(colormap.colors)}"
        self.maps.setdefault(name, colormap)
        return name


def statement() -> int:
    return running.recorder.statement if running.recorder is not None else 0


class Board:
    """All figures of a run, and the one that the next call of pyplot draws on."""

    def __init__(self) -> None:
        self.figures: list[Figure] = []
        self.current: Figure | None = None
        self.numbered: dict[Any, Figure] = {}
        self.windows: dict[tuple[str, str], Figure] = {}
        self.settings: Json = {}
        self.said: list[str] = []
        """What was asked for before there was a figure and is not shown."""

    def new(self, library: str = "pyplot", window: str | None = None) -> Figure:
        made = Figure(library, window)
        if library == "pyplot":
            made.size = self.settings.get("figure.figsize")
            self.current = made
        if len(self.figures) < MOST_FIGURES and not running.quiet:
            self.figures.append(made)
        return made

    def gcf(self) -> Figure:
        return self.current if self.current is not None else self.new()

    def window(self, library: str, name: str) -> Figure:
        """The figure of a board that has this name; made where there is none."""
        found = self.windows.get((library, name))
        if found is None:
            found = self.windows[(library, name)] = self.new(library, name)
        return found

    def say_unseen(self, what: str) -> None:
        if self.current is not None:
            self.current.say_unseen(what)
        elif what not in self.said and len(self.said) < 40:
            self.said.append(what)


def board() -> Board:
    """The board of the run that goes on now."""
    found: Any = running.figures
    if found is None:
        found = running.figures = Board()
    return found  # type: ignore[no-any-return]


def counted(name: str, figure: Figure | None) -> None:
    """Count one call by its name, and remember that the figure was drawn with it."""
    if running.quiet:
        return
    running.plots[name] = running.plots.get(name, 0) + 1
    if figure is not None:
        figure.statement = statement()
        if name not in figure.calls and len(figure.calls) < 60:
            figure.calls.append(name)
