"""model.summary(): the table that Keras prints."""

from __future__ import annotations

from itertools import zip_longest
from typing import Any

from freedive.lab.dialects.keras.layer import variables
from freedive.lab.dialects.keras.model import Model, Sequential, _flat, _listed
from freedive.lab.plain import show_inside
from freedive.lab.running import running

ROW = (("Layer (type)", 31, "<"), ("Output Shape", 22, "<"), ("Param #", 13, ">"))
GRAPH = (
    ("Layer (type)", 19, "<"),
    ("Output Shape", 17, "<"),
    ("Param #", 10, ">"),
    ("Connected to", 17, "<"),
)
"""Columns with their widths on a line of 76, as Keras divides it."""


def _wrapped(text: str, width: int) -> list[str]:
    """The text in lines, broken between words; a word that is too long is cut."""
    lines: list[str] = []
    for word in text.split(" "):
        if lines and len(lines[-1]) + 1 + len(word) <= width:
            lines[-1] += " " + word
        else:
            lines.append(word)
    return [line if len(line) <= width else line[: width - 1] + "…" for line in lines]


def _memory(count: int, more: int = 0) -> str:
    size = 4.0 * count + more
    for unit in ("B", "KB", "MB", "GB"):
        if size < 1024 or unit == "GB":
            return f"{size:.2f} {unit}"
        size /= 1024
    return ""


def _shape(layer: Any) -> str:
    shape = layer.output_shape
    if shape is None:
        return "?"
    if shape and isinstance(shape[0], list):
        return ", ".join(show_inside(tuple(each), []) for each in shape)
    return show_inside(tuple(shape), [])


def _in_a_row(model: Model) -> bool:
    """Whether each layer has one input, which is the layer before it."""
    if isinstance(model, Sequential) or model.outputs is None:
        return True
    layers = _listed(model)
    if len(_flat(model.outputs)) > 1 or len(_flat(model.inputs)) > 1:
        return False
    inside = [[p for p in places if p.layer in layers] for layer in layers for places in layer.nodes]
    return (
        all(len(places) <= 1 for places in inside)
        and all(len(layer.nodes) <= 1 for layer in layers)
        and len(inside) < len(layers)
    )


def _connections(layer: Any, layers: list[Any]) -> str:
    found = [
        p.layer.name for places in layer.nodes for p in places if any(p.layer is known for known in layers)
    ]
    return ", ".join(f"{name}[0][0]" for name in found) or "-"


def summary(model: Model, *args: Any, **kwargs: Any) -> None:
    """A table of layers, output shapes and numbers of weights."""
    layers = _listed(model)
    single = _in_a_row(model)
    columns = ROW if single else GRAPH
    rows = []
    for layer in layers:
        count = f"{sum(v.t.numel() for v in variables(layer)):,}" if layer.built else "0 (unbuilt)"
        fields = [f"{layer.name} ({type(layer).__name__})", _shape(layer), count]
        rows.append(fields if single else [*fields, _connections(layer, layers)])
    bars = ["━" * (width + 2) for _, width, _ in columns]
    thin = ["─" * (width + 2) for _, width, _ in columns]
    text = [f'Model: "{model.name}"', "┏" + "┳".join(bars) + "┓"]
    text.append("┃" + "┃".join(f" {name:{side}{width}} " for name, width, side in columns) + "┃")
    text.append("┡" + "╇".join(bars) + "┩")
    for k, row in enumerate(rows):
        if k:
            text.append("├" + "┼".join(thin) + "┤")
        cells = [_wrapped(field, width) for field, (_, width, _) in zip(row, columns, strict=True)]
        for line in zip_longest(*cells, fillvalue=""):
            parts = [f" {part:{side}{width}} " for part, (_, width, side) in zip(line, columns, strict=True)]
            text.append("│" + "│".join(parts) + "│")
    text.append("└" + "┴".join(thin) + "┘")
    total = sum(v.t.numel() for v in variables(model))
    trained = sum(v.t.numel() for v in variables(model, True))
    # the count of steps is the one number of eight bytes
    slots = 0 if model.optimizer is None else model.optimizer.size()
    text += [
        f" Total params: {total + slots:,} ({_memory(total + slots, 4 * bool(slots))})",
        f" Trainable params: {trained:,} ({_memory(trained)})",
        f" Non-trainable params: {total - trained:,} ({_memory(total - trained)})",
    ]
    if slots:
        text.append(f" Optimizer params: {slots:,} ({_memory(slots, 4)})")
    running.write("\n".join(text) + "\n\n")
