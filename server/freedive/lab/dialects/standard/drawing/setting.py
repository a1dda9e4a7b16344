"""What stands around the marks: titles, labels, limits, scales, ticks, legends, text. Each call names the axes it sets."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np

from freedive.lab.dialects.standard.drawing.artists import Artist, Loose
from freedive.lab.dialects.standard.drawing.colors import color
from freedive.lab.dialects.standard.drawing.figures import Axes, Json, short
from freedive.lab.dialects.standard.drawing.numbers import items, listed, plain_number
from freedive.lab.dialects.standard.drawing.styles import Options

TRANSFORM = "axes coordinates"
"""What `ax.transAxes` is here: text placed by shares of the picture."""
_QUIET = ("fontsize", "size", "fontweight", "weight", "fontdict", "pad", "labelpad", "loc", "y", "x", "color", "fontfamily", "family",
          "fontstyle", "style", "ha", "va", "horizontalalignment", "verticalalignment", "rotation", "wrap", "fontname")  # fmt: skip
"""How words are set is the page's own."""


def words_of(field: str) -> Callable[..., Any]:
    def set_words(axes: Axes, args: tuple[Any, ...], options: Options) -> Any:
        options.take(*_QUIET)
        text = args[0] if args else options.take("label", "s", "t", f"{field}", default="")
        axes.told[field] = plain_words(short(text))
        return Loose(field, axes)

    return set_words


_TEX = {r"\alpha": "α", r"\beta": "β", r"\gamma": "γ", r"\delta": "δ", r"\epsilon": "ε", r"\varepsilon": "ε", r"\theta": "θ", r"\lambda": "λ",
        r"\mu": "μ", r"\pi": "π", r"\rho": "ρ", r"\sigma": "σ", r"\tau": "τ", r"\phi": "φ", r"\omega": "ω", r"\eta": "η", r"\nabla": "∇",
        r"\partial": "∂", r"\sum": "Σ", r"\times": "×", r"\cdot": "·", r"\leq": "≤", r"\geq": "≥", r"\neq": "≠", r"\infty": "∞", r"\pm": "±",
        r"\rightarrow": "→", r"\to": "→", r"\in": "∈", r"\approx": "≈", r"\sqrt": "√", r"\left": "", r"\right": "", r"\,": " ", r"\ ": " "}  # fmt: skip
_RAISED = str.maketrans("0123456789+-n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ")
_LOWERED = str.maketrans("0123456789+-ijnx", "₀₁₂₃₄₅₆₇₈₉₊₋ᵢⱼₙₓ")


def plain_words(text: str) -> str:
    """Text with the little of TeX between dollars that has letters of its own."""

    def math(found: re.Match[str]) -> str:
        inside = found[1]
        for name, letter in _TEX.items():
            inside = re.sub(re.escape(name) + (r"(?![a-zA-Z])" if name[-1].isalpha() else ""), letter, inside)
        inside = re.sub(
            r"\^(?:\{([0-9+\-n]+)\}|([0-9n]))", lambda m: (m[1] or m[2]).translate(_RAISED), inside
        )
        inside = re.sub(
            r"_(?:\{([0-9+\-ijnx]+)\}|([0-9ijnx]))", lambda m: (m[1] or m[2]).translate(_LOWERED), inside
        )
        inside = re.sub(r"\\(?:mathrm|mathbf|text|mathcal|hat|bar|vec)\b", "", inside)
        return inside.replace("{", "").replace("}", "").replace("\\", "")

    return re.sub(r"\$([^$]*)\$", math, text)


def limits(axis: str) -> Callable[..., Any]:
    def set_limits(axes: Axes, args: tuple[Any, ...], options: Options) -> Any:
        names = {"x": ("left", "right"), "y": ("bottom", "top"), "z": ("bottom", "top")}[axis]
        low, high = options.take(names[0], f"{axis}min"), options.take(names[1], f"{axis}max")
        options.take("emit", "auto")
        if args:
            both = (
                items(args[0])
                if len(args) == 1 and plain_number(args[0]) is None and args[0] is not None
                else list(args)
            )
            low, high = both[0], both[1] if len(both) > 1 else high
        elif low is None and high is None:
            return tuple(_ends(axes, axis))
        before = axes.told.get(f"{axis}lim") or [None, None]
        made = [
            _place(axes, axis, each) if each is not None else old
            for each, old in zip((low, high), before, strict=True)
        ]
        axes.told[f"{axis}lim"] = made
        return tuple(made)

    return set_limits


def _place(axes: Axes, axis: str, value: Any) -> float:
    number = plain_number(value)
    if number is not None:
        return number
    found = axes.along(axis, listed([value]))
    return float(found[0])


def _ends(axes: Axes, axis: str) -> list[float]:
    """Where an axis ends now: what was set, else what the marks reach with matplotlib's margin."""
    told = axes.told.get(f"{axis}lim")
    if told is not None and None not in told:
        return list(told)
    numbers = [
        np.asarray(mark[axis], dtype=float).reshape(-1)
        for mark in axes.marks
        if isinstance(mark.get(axis), np.ndarray)
    ]
    both = np.concatenate(numbers) if numbers else np.array([0.0, 1.0])
    both = both[np.isfinite(both)]
    low, high = (float(both.min()), float(both.max())) if both.size else (0.0, 1.0)
    pad = (high - low) * 0.05
    return [low - pad, high + pad]


def scale(axis: str) -> Callable[..., Any]:
    def set_scale(axes: Axes, args: tuple[Any, ...], options: Options) -> None:
        value = args[0] if args else options.take("value")
        if value not in ("linear", "log", "symlog", "logit"):
            raise ValueError(
                f"{value!r} is not a valid value for scale; supported values are 'linear', 'log', 'symlog', 'logit'"
            )
        if value == "logit":
            axes.figure.say_unseen("scale logit")
            return
        options.take("base", "linthresh", "subs", "nonpositive", "linscale")
        axes.told[f"{axis}scale"] = value

    return set_scale


def ticks(axis: str) -> Callable[..., Any]:
    def set_ticks(axes: Axes, args: tuple[Any, ...], options: Options) -> Any:
        at = args[0] if args else options.take("ticks")
        labels = args[1] if len(args) > 1 else options.take("labels")
        turn = (
            options.number("rotation", default=0.0)
            if not isinstance(options.left.get("rotation"), str)
            else options.take("rotation") and 90.0
        )
        options.take(*_QUIET, "minor")
        if at is None:
            if turn:
                axes.told[f"{axis}turn"] = turn
            return (np.zeros(0), [])
        where = axes.along(axis, listed(at)) if not isinstance(at, list | tuple) or len(at) else []
        told: Json = {"at": [float(each) for each in where][:400], "labels": None}
        if labels is not None:
            told["labels"] = [plain_words(short(each))[:60] for each in items(labels)][:400]
        axes.told[f"{axis}ticks"] = told
        if turn:
            axes.told[f"{axis}turn"] = turn
        return (np.asarray(told["at"]), [])

    return set_ticks


def tick_labels(axis: str) -> Callable[..., Any]:
    def set_labels(axes: Axes, args: tuple[Any, ...], options: Options) -> None:
        words = [
            plain_words(short(each))[:60] for each in items(args[0] if args else options.take("labels"))
        ][:400]
        turn = options.take("rotation")
        options.take(*_QUIET, "minor")
        told = axes.told.get(f"{axis}ticks")
        at = told["at"] if told is not None else list(range(len(words)))
        axes.told[f"{axis}ticks"] = {"at": at, "labels": words}
        if turn:
            axes.told[f"{axis}turn"] = 90.0 if isinstance(turn, str) else float(turn)

    return set_labels


def legend(axes: Axes, args: tuple[Any, ...], options: Options) -> Any:
    """Names what has a label; a list of names gives them in their order."""
    handles, names = options.take("handles"), options.take("labels")
    if len(args) > 1:
        handles, names = args[0], args[1]
    elif args:
        found = items(args[0])
        handles, names = (found, names) if found and isinstance(found[0], Artist) else (handles, found)
    options.take(
        "loc",
        "fontsize",
        "frameon",
        "bbox_to_anchor",
        "ncol",
        "ncols",
        "title",
        "shadow",
        "fancybox",
        "framealpha",
        "borderaxespad",
        "markerscale",
        "prop",
        "numpoints",
        "facecolor",
        "edgecolor",
    )
    if handles is not None:
        shown = [mark for each in items(handles) if isinstance(each, Artist) for mark in each.marks[:1]]
    else:
        shown = [
            mark
            for mark in axes.marks
            if mark["kind"] not in ("words", "rules", "image") or mark.get("label")
        ]
    if names is not None:
        for mark, name in zip(shown, items(names), strict=False):
            mark["label"] = plain_words(short(name))
    axes.told["legend"] = True
    return Loose("legend", axes)


def grid(axes: Axes, args: tuple[Any, ...], options: Options) -> None:
    first = args[0] if args else options.take("visible", "b")
    options.take("which", "axis", "color", "linestyle", "ls", "linewidth", "lw", "alpha", "zorder")
    axes.told["grid"] = True if first is None else bool(first)


def axis(axes: Axes, args: tuple[Any, ...], options: Options) -> Any:
    """`axis("off")`, `axis("equal")`, `axis([xmin, xmax, ymin, ymax])`."""
    given = args[0] if args else options.take("arg", "option")
    if given is None:
        return (*_ends(axes, "x"), *_ends(axes, "y"))
    if isinstance(given, str):
        if given in ("off", "on"):
            axes.told["frame"] = given == "on"
        elif given in ("equal", "scaled", "image", "square"):
            axes.told["equal"] = True
        elif given not in ("tight", "auto"):
            raise ValueError(f"Unrecognized string {given!r} to axis; try 'on' or 'off'")
        return None
    if isinstance(given, bool):
        axes.told["frame"] = given
        return None
    numbers = listed(given).values
    axes.told["xlim"], axes.told["ylim"] = (
        [float(each) for each in numbers[:2]],
        [float(each) for each in numbers[2:4]],
    )
    return tuple(float(each) for each in numbers)


def aspect(axes: Axes, args: tuple[Any, ...], options: Options) -> None:
    given = args[0] if args else options.take("aspect")
    options.take("adjustable", "anchor", "share")
    if given == "equal" or plain_number(given) == 1:
        axes.told["equal"] = True
    elif given == "auto":
        axes.told["equal"] = False
    else:
        axes.figure.say_unseen("aspect")


def view(axes: Axes, args: tuple[Any, ...], options: Options) -> None:
    elevation = args[0] if args else options.take("elev")
    around = args[1] if len(args) > 1 else options.take("azim")
    options.take("roll", "vertical_axis")
    if elevation is not None:
        axes.told["elevation"] = plain_number(elevation)
    if around is not None:
        axes.told["azimuth"] = plain_number(around)


def text(axes: Axes, args: tuple[Any, ...], options: Options) -> Artist:
    """`text(x, y, words)`, in space with z."""
    names = ("x", "y", "z", "s") if axes.space else ("x", "y", "s")
    given = {name: args[i] if i < len(args) else options.take(name) for i, name in enumerate(names)}
    mark = _words(axes, given["x"], given["y"], given["s"], options)
    if axes.space:
        mark["z"] = plain_number(given["z"]) or 0.0
    return Artist("Text", axes, [axes.add(mark)])


def _words(axes: Axes, x: Any, y: Any, words: Any, options: Options) -> Json:
    place = "axes" if options.take("transform") == TRANSFORM else "data"
    anchor = {"center": "middle", "right": "end"}.get(str(options.take("ha", "horizontalalignment")), "start")
    up = {"center": "middle", "top": "top", "center_baseline": "middle"}.get(
        str(options.take("va", "verticalalignment")), "bottom"
    )
    turn = options.take("rotation")
    size = options.take("fontsize", "size")
    made = {
        "kind": "words", "place": place, "anchor": anchor, "up": up, "text": plain_words(short(words)),
        "x": plain_number(x) if place == "axes" else _place(axes, "x", x), "y": plain_number(y) if place == "axes" else _place(axes, "y", y),
        "color": color(options.take("color", "c")), "size": plain_number(size),
        "turn": 90.0 if turn == "vertical" else plain_number(turn), "alpha": options.number("alpha"),
    }  # fmt: skip
    options.take(*_QUIET, "zorder", "clip_on", "fontdict")
    return made


def annotate(axes: Axes, args: tuple[Any, ...], options: Options) -> Artist:
    """Words beside a point, with an arrow to it where `arrowprops` asks for one."""
    words = args[0] if args else options.take("text", "s")
    at = items(args[1] if len(args) > 1 else options.take("xy"))
    there = args[2] if len(args) > 2 else options.take("xytext")
    arrow = options.take("arrowprops")
    how = options.take("textcoords", "xycoords")
    options.take("annotation_clip")
    place = items(there) if there is not None and how in (None, "data") else at
    mark = _words(axes, place[0], place[1], words, options)
    if there is not None and how == "offset points":
        mark["shift"] = [float(each) for each in listed(items(there)).values[:2]]
    if arrow is not None and there is not None:
        mark["to"] = [_place(axes, "x", at[0]), _place(axes, "y", at[1])]
    return Artist("Annotation", axes, [axes.add(mark)])


def invert(axis: str) -> Callable[..., Any]:
    def turn(axes: Axes, args: tuple[Any, ...], options: Options) -> None:
        axes.told[f"{axis}inverted"] = not axes.told.get(f"{axis}inverted", False)

    return turn


def frame(shown: bool) -> Callable[..., Any]:
    def set_frame(axes: Axes, args: tuple[Any, ...], options: Options) -> None:
        axes.told["frame"] = shown

    return set_frame


def limits_read(axis: str) -> Callable[..., Any]:
    return lambda axes, args, options: tuple(_ends(axes, axis))


def handles(axes: Axes, args: tuple[Any, ...], options: Options) -> Any:
    named = [mark for mark in axes.marks if mark.get("label")]
    return [Artist(mark["kind"], axes, [mark]) for mark in named], [mark["label"] for mark in named]


def twin(side: str) -> Callable[..., Any]:
    def make(axes: Axes, args: tuple[Any, ...], options: Options) -> Axes:
        made = Axes(axes.figure, axes.place)
        made.twin = (axes, side)
        axes.figure.axes.append(made)
        axes.figure.current = made
        return made

    return make


SETTING: dict[str, Callable[[Axes, tuple[Any, ...], Options], Any]] = {
    **{f"set_{name}": words_of(name) for name in ("title", "xlabel", "ylabel", "zlabel")},
    **{f"set_{axis}lim": limits(axis) for axis in "xyz"}, **{f"set_{axis}bound": limits(axis) for axis in "xy"},
    **{f"set_{axis}lim3d": limits(axis) for axis in "xyz"},
    **{f"get_{axis}lim": limits_read(axis) for axis in "xyz"},
    **{f"set_{axis}scale": scale(axis) for axis in "xy"}, **{f"set_{axis}ticks": ticks(axis) for axis in "xyz"},
    **{f"set_{axis}ticklabels": tick_labels(axis) for axis in "xyz"}, **{f"invert_{axis}axis": invert(axis) for axis in "xy"},
    "legend": legend, "grid": grid, "axis": axis, "set_aspect": aspect, "view_init": view, "text": text, "annotate": annotate,
    "set_axis_off": frame(False), "set_axis_on": frame(True), "twinx": twin("x"), "twiny": twin("y"),
    "get_legend_handles_labels": handles, "cla": lambda axes, args, options: axes.clear(), "clear": lambda axes, args, options: axes.clear(),
    "text2D": text,
}  # fmt: skip
