"""Convolution and pooling as one thing: along each axis of space, the places that a window reads and the weights over them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from freedive.lab.recorder import Layer, Note, Record

Place = tuple[int, int]
"""A place along one axis of the input (outside of it in the padding) and the place in the window over it."""

HOW = {"conv": "sum", "depthwiseconv": "sum", "max_pool": "max", "maxpool": "max", "avg_pool": "mean", "avgpool": "mean", "averagepool": "mean"}  # fmt: skip


@dataclass(frozen=True)
class Window:
    """Axes are named by what they are: `space` of the input and `weight_space` of the weight in the same order."""

    how: str
    x: Note
    result: tuple[int, ...]
    weight: Note | None = None
    bias: Note | None = None
    kernel: list[int] = field(default_factory=list)
    stride: list[int] = field(default_factory=list)
    before: list[int] = field(default_factory=list)
    """Padding at the beginning of each axis."""
    after: list[int] = field(default_factory=list)
    dilation: list[int] = field(default_factory=list)
    groups: int = 1
    last: bool = False
    """Channels come last, as TensorFlow has them; the weight is then (…window, in, out)."""
    transposed: bool = False
    adaptive: bool = False
    skips: bool = False
    """A mean that does not count the padding."""
    mode: str = "zeros"

    @property
    def axes(self) -> int:
        return len(self.kernel)

    def space(self, rank: int) -> list[int]:
        """The axes of the input or the result that the window slides along."""
        start = rank - self.axes - (1 if self.last else 0)
        return list(range(start, start + self.axes))

    def channel(self, rank: int) -> int:
        return rank - 1 if self.last else rank - self.axes - 1

    def weight_axes(self) -> tuple[int, int, list[int]]:
        """The weight's axes: that of the output's channels, that of the input's, those of the window."""
        if self.last:
            return self.axes + 1, self.axes, list(range(self.axes))
        space = list(range(2, 2 + self.axes))
        return (1, 0, space) if self.transposed else (0, 1, space)

    def along(self, axis: int, at: int) -> list[Place]:
        """What the result's place `at` reads along one axis of space."""
        rank = len(self.x.shape)
        size = self.x.shape[self.space(rank)[axis]]
        if self.adaptive:
            wide = self.result[self.space(len(self.result))[axis]]
            start, end = at * size // wide, -(-(at + 1) * size // wide)
            return [(place, place - start) for place in range(start, end)]
        step, before, spread = self.stride[axis], self.before[axis], self.dilation[axis]
        if self.transposed:
            found = []
            for k in range(self.kernel[axis]):
                reach = at + before - k * spread
                if reach % step == 0 and 0 <= reach // step < size:
                    found.append((reach // step, k))
            return found
        places = [(at * step - before + k * spread, k) for k in range(self.kernel[axis])]
        if self.how == "sum":
            return [(_wrapped(place, size, self.mode), k) for place, k in places]
        end = size + self.after[axis]  # where the result was rounded up, a window may end beyond the padding
        return [(p, k) for p, k in places if p < end and (not self.skips or 0 <= p < size)]

    def channels(self, out: int) -> list[Place]:
        """The input's channels that the result's channel `out` reads, with their place along the weight's axis of inputs."""
        if self.weight is None:
            return [(out, 0)]
        total = self.x.shape[self.channel(len(self.x.shape))]
        each = total // self.groups
        group = out // max(1, self.result[self.channel(len(self.result))] // self.groups)
        return [(group * each + c, group * each + c if self.transposed else c) for c in range(each)]

    def filter(self, out: int) -> int:
        """The place of the result's channel along the weight's axis of outputs."""
        return (
            out % max(1, self.result[self.channel(len(self.result))] // self.groups)
            if self.transposed
            else out
        )


def _wrapped(place: int, size: int, mode: str) -> int:
    if 0 <= place < size or mode == "zeros":
        return place
    if mode == "circular":
        return place % size
    if mode == "replicate":
        return min(max(place, 0), size - 1)
    return -place if place < 0 else 2 * (size - 1) - place


def how_of(name: str) -> str | None:
    """Whether a window of that operation is summed with weights, or its largest value or its mean is taken."""
    plain = (
        name.lower()
        .removeprefix("lazy")
        .removeprefix("adaptive_")
        .removeprefix("adaptive")
        .removeprefix("global")
    )
    return next((how for prefix, how in HOW.items() if plain.startswith(prefix)), None)


def window_of(record: Record) -> Window | None:
    """The operation as a window, or None where it is none or cannot be told."""
    how = how_of(record.name)
    if how is None or not record.outputs:
        return None
    try:
        return _window(record, how)
    except (IndexError, KeyError, TypeError, ValueError, AttributeError):
        return None  # called in a way that is not known here


def _window(record: Record, how: str) -> Window | None:
    result = record.outputs[0].shape
    first = record.args[0]
    if isinstance(first, Layer):
        return _layer(record, how, first, result)
    if getattr(record.op.fn, "__name__", "") in ("run_conv", "run_pool"):
        return _channels_last(record, how, result)
    owner: Any = getattr(record.op.fn, "__self__", None)
    if how == "sum" and hasattr(owner, "options") and hasattr(owner, "groups"):  # Gluon's Conv2D
        weights = record.kwargs
        return _built(how, first, result, weights["weight"], weights.get("bias"), owner.options, owner.groups)
    if not isinstance(first, Note) or record.op.info is None:
        return None
    if how == "sum":
        names = ["input", "weight", "bias", "stride", "padding", "dilation", "groups"]
        if "transpose" in record.name:
            names = [*names[:5], "output_padding", "groups", "dilation"]
        given = _given(record, names)
        weight, bias = given["weight"], given.get("bias")
        return _built(
            how, first, result, weight, bias, given, given.get("groups") or 1, "transpose" in record.name
        )
    if record.name.startswith("adaptive"):
        return Window(how, first, result, adaptive=True, kernel=[0] * int(record.name.rstrip("d")[-1]))
    names = ["input", "kernel_size", "stride", "padding"]
    names += (
        ["dilation", "ceil_mode"] if how == "max" else ["ceil_mode", "count_include_pad", "divisor_override"]
    )
    return _pool(how, first, result, _given(record, names), int(record.name.rstrip("d")[-1]))


def _given(record: Record, names: Sequence[str]) -> dict[str, Any]:
    return {**dict(zip(names, record.args, strict=False)), **record.kwargs}


def _layer(record: Record, how: str, layer: Layer, result: tuple[int, ...]) -> Window | None:
    module: Any = layer.module
    x = record.args[1]
    axes = int(type(module).__name__.rstrip("d")[-1])
    if type(module).__name__.startswith("Adaptive"):
        return Window(how, x, result, adaptive=True, kernel=[0] * axes)
    names = ("kernel_size", "stride", "padding", "dilation", "count_include_pad", "divisor_override")
    given = {name: getattr(module, name) for name in names if hasattr(module, name)}
    if how != "sum":
        return _pool(how, x, result, given, axes)
    weights = layer.weights
    made = _built(how, x, result, weights["weight"], weights.get("bias"), given, module.groups, module.transposed, module.padding_mode)  # fmt: skip
    return made


def _each(value: Any, axes: int, default: int) -> list[int]:
    if value is None:
        return [default] * axes
    made = [int(value)] * axes if isinstance(value, int) else [int(v) for v in value]
    return made * axes if len(made) == 1 else made


def _built(
    how: str, x: Note, result: tuple[int, ...], weight: Note, bias: Note | None, given: dict[str, Any], groups: int,
    transposed: bool = False, mode: str = "zeros",
) -> Window:  # fmt: skip
    kernel = list(weight.shape[2:])
    axes = len(kernel)
    stride, dilation = _each(given.get("stride"), axes, 1), _each(given.get("dilation"), axes, 1)
    padding = given.get("padding")
    if isinstance(padding, str):
        whole = [d * (k - 1) if padding == "same" else 0 for d, k in zip(dilation, kernel, strict=True)]
        before = [each // 2 for each in whole]
        after = [each - start for each, start in zip(whole, before, strict=True)]
    else:
        before = after = _each(padding, axes, 0)
    return Window(how, x, result, weight, bias, kernel, stride, before, after, dilation, groups, transposed=transposed, mode=mode)  # fmt: skip


def _pool(how: str, x: Note, result: tuple[int, ...], given: dict[str, Any], axes: int) -> Window | None:
    if given.get("divisor_override") is not None:
        return None
    kernel = _each(given["kernel_size"], axes, 1)
    stride = kernel if given.get("stride") in (None, ()) else _each(given["stride"], axes, 1)
    padding = _each(given.get("padding"), axes, 0)
    return Window(
        how, x, result, kernel=kernel, stride=stride, before=padding, after=padding,
        dilation=_each(given.get("dilation"), axes, 1) if how == "max" else [1] * axes,
        skips=how == "mean" and given.get("count_include_pad") is False,
    )  # fmt: skip


def _channels_last(record: Record, how: str, result: tuple[int, ...]) -> Window:
    from freedive.lab.dialects.tensorflow.neural import same_padding

    x, filters, stride, padding = record.args
    kernel = list(filters.shape[:-2]) if how == "sum" else list(filters)
    if isinstance(padding, list | tuple):
        pads = [(int(a), int(b)) for a, b in padding[1:-1]]
    elif str(padding).upper() == "VALID":
        pads = [(0, 0)] * len(kernel)
    else:
        pads = [same_padding(x.shape[1 + i], k, stride[i]) for i, k in enumerate(kernel)]
    return Window(
        how, x, result, filters if how == "sum" else None, None, kernel, list(stride), [a for a, _ in pads], [b for _, b in pads],
        [1] * len(kernel), x.shape[-1] // filters.shape[-2] if how == "sum" else 1, last=True,
        skips=how == "mean" and str(padding).upper() != "VALID",
    )  # fmt: skip


def count_of(window: Window, cell: Sequence[int]) -> int:
    """How many places one cell of the result reads."""
    rank = len(window.result)
    space = window.space(rank)
    return len(window.channels(cell[window.channel(rank)])) * math.prod(
        len(window.along(i, cell[axis])) for i, axis in enumerate(space)
    )
