"""TensorBoard: each tag is a figure of its own; what a SummaryWriter adds under it goes on there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from freedive.lab.dialects.standard.drawing import statistics
from freedive.lab.dialects.standard.drawing.figures import Axes, Figure, board, counted, short
from freedive.lab.dialects.standard.drawing.numbers import (
    is_listed,
    items,
    listed,
    opened,
    plain_number,
)
from freedive.lab.dialects.standard.drawing.styles import Options
from freedive.lab.dialects.standard.drawing.visdom import MOST_POINTS, picture, short_text, tiled, unseen
from freedive.lab.kinds import Kind, Native, register
from freedive.lab.problems import no_attribute


class Writer:
    """A SummaryWriter."""

    def __init__(self, log_dir: Any = None, **other: Any) -> None:
        self.log_dir = str(log_dir or "runs")


def _tagged(name: str, tag: Any) -> Axes:
    figure = board().window("tensorboard", str(tag))
    counted(name, figure)
    axes = figure.gca()
    axes.told["title"] = short(tag)
    return axes


def _append(axes: Axes, label: str | None, step: Any, value: Any) -> None:
    found = next((mark for mark in axes.marks if mark.get("label") == label), None)
    if found is None:
        found = axes.add(
            {
                "kind": "line",
                "x": np.zeros(0),
                "y": np.zeros(0),
                "color": axes.color(),
                "dash": "solid",
                "marker": "none",
                "label": label,
                "_next": 0,
            }
        )
    at = plain_number(step)
    at = float(found["_next"]) if at is None else at
    found["_next"] = at + 1
    number = plain_number(value.detach() if hasattr(value, "detach") else value)
    if number is None:
        raise ValueError("a scalar is one number")
    found["x"], found["y"] = (
        np.append(found["x"], at)[-MOST_POINTS:],
        np.append(found["y"], number)[-MOST_POINTS:],
    )
    axes.told["xlabel"] = "step"


def _add_scalar(
    writer: Writer, tag: Any, scalar_value: Any, global_step: Any = None, *more: Any, **other: Any
) -> None:
    _append(_tagged("add_scalar", tag), None, global_step, scalar_value)


def _add_scalars(
    writer: Writer, main_tag: Any, tag_scalar_dict: Any, global_step: Any = None, *more: Any, **other: Any
) -> None:
    axes = _tagged("add_scalars", main_tag)
    for name, value in tag_scalar_dict.items():
        _append(axes, short(name), global_step, value)
    axes.told["legend"] = True


def _add_histogram(
    writer: Writer, tag: Any, values: Any, global_step: Any = None, bins: Any = "tensorflow", **other: Any
) -> None:
    axes = _tagged("add_histogram", tag)
    axes.clear()
    axes.told["title"] = short(tag)
    held = values.detach() if hasattr(values, "detach") else values
    statistics.hist(axes, (listed(held).values,), Options({"bins": bins if isinstance(bins, int) else 30}))
    if global_step is not None:
        axes.told["xlabel"] = f"step {short(global_step)}"


def _add_image(
    writer: Writer, tag: Any, img_tensor: Any, global_step: Any = None, dataformats: str = "CHW", **other: Any
) -> None:
    axes = _tagged("add_image", tag)
    axes.marks = []
    held = np.asarray(opened(img_tensor))
    if dataformats == "HWC":
        held = held.transpose(2, 0, 1)
    picture(axes, tiled(held, 8, 2) if held.ndim == 4 else held)


def _add_images(
    writer: Writer,
    tag: Any,
    img_tensor: Any,
    global_step: Any = None,
    dataformats: str = "NCHW",
    **other: Any,
) -> None:
    axes = _tagged("add_images", tag)
    axes.marks = []
    held = np.asarray(opened(img_tensor))
    picture(axes, tiled(held.transpose(0, 3, 1, 2) if dataformats == "NHWC" else held, 8, 2))


def _add_text(writer: Writer, tag: Any, text_string: Any, global_step: Any = None, **other: Any) -> None:
    axes = _tagged("add_text", tag)
    axes.marks = []
    axes.add({"kind": "note", "text": short_text(text_string)})


def _add_figure(writer: Writer, tag: Any, figure: Any, global_step: Any = None, **other: Any) -> None:
    counted("add_figure", None)
    for each in items(figure) if is_listed(figure) and isinstance(figure, list) else [figure]:
        if isinstance(each, Figure) and not each.title:
            each.title = short(tag)


WRITER: dict[str, Callable[..., Any]] = {
    "add_scalar": _add_scalar, "add_scalars": _add_scalars, "add_histogram": _add_histogram, "add_image": _add_image, "add_images": _add_images,
    "add_text": _add_text, "add_figure": _add_figure,
}  # fmt: skip
WRITER_UNSEEN = (
    "add_graph",
    "add_embedding",
    "add_hparams",
    "add_pr_curve",
    "add_video",
    "add_audio",
    "add_mesh",
    "add_custom_scalars",
)


class WriterKind(Kind):
    name = "figure"

    def type_name(self, value: Any) -> str:
        return "SummaryWriter"

    def dir(self, value: Any) -> list[str]:
        return sorted([*WRITER, *WRITER_UNSEEN, "flush", "close", "log_dir"])

    def getattr(self, value: Any, name: str) -> Any:
        if name in WRITER:
            return Native(
                name,
                lambda *args, **kwargs: WRITER[name](value, *args, **kwargs),
                f"Writes to TensorBoard: {name}.",
            )
        if name in WRITER_UNSEEN:
            return Native(
                name, lambda *args, **kwargs: unseen(name, {}) and None, f"Accepted, and not drawn: {name}."
            )
        if name in ("flush", "close"):
            return Native(name, lambda: counted(name, None), "Nothing is left to be written.")
        if name == "log_dir":
            return value.log_dir
        raise no_attribute("SummaryWriter", name, self.dir(value))

    def enter(self, value: Any) -> Any:
        return value

    def repr(self, value: Any) -> str:
        return "<SummaryWriter>"


register(WriterKind(), Writer)
