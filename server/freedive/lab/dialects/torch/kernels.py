"""What torch's kernels take on trust, looked at before they run: every road to them leads through these few functions.

A number that torch takes for a place or a length without looking reads and writes memory that is not the tensor's.
The functions are put in their places in torch itself, since layers and other functions of torch call them as well.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import torch

Tensor = torch.Tensor

_PLAIN: dict[str, Callable[..., Any]] = {}
"""torch's own functions, by the names that they are put back under."""


def _outside(what: str, low: int, high: int, least: int, most: int) -> None:
    if low < least or high > most:
        bad = low if low < least else high
        raise IndexError(f"{what} must be between {least} and {most}, and one is {bad}")


def _between(what: str, numbers: Any, least: int, most: int) -> None:
    """Refuse whole numbers outside of a range, in a tensor or a list."""
    if isinstance(numbers, Tensor):
        inside = _unwrapped(numbers)
        if inside.numel():
            low, high = torch.aminmax(inside.detach())
            _outside(what, int(low), int(high), least, most)
    elif isinstance(numbers, list | tuple) and numbers:
        _outside(what, min(numbers), max(numbers), least, most)


def _unwrapped(value: Tensor) -> Tensor:
    """All the numbers behind a tensor of torch.func's."""
    while torch._C._functorch.is_functorch_wrapped_tensor(value):
        value = torch._C._functorch.get_unwrapped(value)
    return value


def _ctc_loss(log_probs: Any, targets: Any, *args: Any, **kwargs: Any) -> Any:
    """Targets are classes: places along the last axis, padding included."""
    if isinstance(log_probs, Tensor) and log_probs.dim() and isinstance(targets, Tensor):
        classes = log_probs.shape[-1]
        lengths = args[1] if len(args) > 1 else kwargs.get("target_lengths")
        counted = targets
        if (
            targets.dim() == 2 and _unwrapped(targets) is targets
        ):  # what stands after a target's length is never read
            longest = torch.as_tensor(lengths).reshape(-1, 1)
            if longest.numel() == len(targets):
                counted = targets[torch.arange(targets.shape[1]) < longest]
        _between("the targets of ctc_loss are classes: each", counted, 0, classes - 1)
        targets = targets.clone()  # backward reads them again, whatever has become of them
    return _PLAIN["ctc_loss"](log_probs, targets, *args, **kwargs)


def _embedding(weight: Any, indices: Any, *args: Any, **kwargs: Any) -> Any:
    if any(args[1:]) or any(kwargs.get(name) for name in ("scale_grad_by_freq", "sparse")):
        indices = indices.clone()  # counted again by backward
    return _PLAIN["embedding"](weight, indices, *args, **kwargs)


def _embedding_bag(weight: Any, indices: Any, offsets: Any, *args: Any, **kwargs: Any) -> Any:
    _between("the rows of embedding_bag", indices, 0, weight.shape[0] - 1)
    _between("the offsets of embedding_bag", offsets, 0, indices.numel())
    if bool((offsets.diff() < 0).any()):
        raise ValueError("the offsets of embedding_bag must rise: each says where a bag begins")
    return _PLAIN["embedding_bag"](weight, indices.clone(), offsets.clone(), *args, **kwargs)


def _own_places(name: str) -> Callable[..., Any]:
    """Pooling that tells where its maxima were: backward keeps those places, and the snippet gets others to write in."""

    def pool(*args: Any, **kwargs: Any) -> Any:
        pooled, places = _PLAIN[name](*args, **kwargs)
        return pooled, places.clone()

    return pool


def _check_packed(data: Any, batch_sizes: Any) -> None:
    """Sequences packed by length: how many there still are at each step."""
    sizes = batch_sizes.tolist()
    falling = all(a >= b for a, b in itertools.pairwise(sizes))
    if not sizes or min(sizes) < 1 or not falling or sum(sizes) != data.shape[0]:
        raise ValueError(
            f"batch_sizes must fall, be at least 1 and add up to the {data.shape[0]} rows of data, not {sizes[:8]}"
        )


def _pad_packed(data: Any, batch_sizes: Any, *args: Any, **kwargs: Any) -> Any:
    _check_packed(data, batch_sizes)
    return _PLAIN["_pad_packed_sequence"](data, batch_sizes, *args, **kwargs)


def _packed(name: str) -> Callable[..., Any]:
    """A recurrent layer over a padded or a packed input; the second has the batch sizes where the first has the state."""

    def run(data: Any, second: Any, third: Any, fourth: Any, *rest: Any) -> Any:
        packed = isinstance(fourth, list | tuple)
        if packed:
            _check_packed(data, second)
        if name == "lstm":
            states, weights = (third, fourth) if packed else (second, third)
            biases, layers, both = (rest[0], rest[1], rest[4]) if packed else (fourth, rest[0], rest[3])
            kept = _lstm_weights(data, states, weights, bool(biases), int(layers), 2 if both else 1)
            third, fourth = (third, kept) if packed else (kept, fourth)
        return _PLAIN[name](data, second, third, fourth, *rest)

    return run


def _lstm_weights(data: Any, states: Sequence[Any], weights: Sequence[Any], biases: bool, layers: int, ways: int) -> list[Any]:  # fmt: skip
    """The weights, each as large as the kernel will read it and in one piece."""
    given, width = states[0].shape[-1], states[1].shape[-1]
    projected = given != width
    each = 2 + 2 * biases + projected
    if len(weights) != layers * ways * each:
        raise RuntimeError(
            f"an LSTM of {layers} layers wants {layers * ways * each} weights, not {len(weights)}"
        )
    for at, weight in enumerate(weights):
        layer, place = at // (ways * each), at % each
        entering = data.shape[-1] if layer == 0 else given * ways
        wanted: tuple[int, ...] = (4 * width,)
        if place < 2:
            wanted = (4 * width, entering if place == 0 else given)
        elif projected and place == each - 1:
            wanted = (given, width)
        if tuple(weight.shape) != wanted:
            raise RuntimeError(
                f"a weight of layer {layer} has the shape {tuple(weight.shape)}; {wanted} is wanted"
            )
    return [weight if weight.is_contiguous() else weight.contiguous() for weight in weights]


_LOOKED_AT: tuple[tuple[Any, dict[str, Callable[..., Any]]], ...] = (
    (torch, {
        "ctc_loss": _ctc_loss, "embedding": _embedding, "embedding_bag": _embedding_bag,
        "max_pool1d_with_indices": _own_places("max_pool1d_with_indices"), "adaptive_max_pool1d": _own_places("adaptive_max_pool1d"),
    }),
    (torch._C._nn, {name: _own_places(name) for name in (
        "max_pool2d_with_indices", "max_pool3d_with_indices", "adaptive_max_pool2d", "adaptive_max_pool3d",
    )}),
    (torch._VF, {
        "_pad_packed_sequence": _pad_packed, **{name: _packed(name) for name in ("lstm", "gru", "rnn_tanh", "rnn_relu")},
    }),
)  # fmt: skip


def look_first() -> None:
    """Put the functions in the places of torch's own, once in a process."""
    for owner, functions in _LOOKED_AT:
        for name, function in functions.items():
            if name not in _PLAIN:
                plain = _PLAIN[name] = getattr(owner, name)
                function.__doc__ = plain.__doc__
                setattr(owner, name, function)


def reshaped(value: Tensor, before: tuple[Any, ...]) -> None:
    """After `x.data = y`: an operation that kept `x` for backward must hear of it where its layout is another one now."""
    if layout(value) != before:
        torch.autograd.graph.increment_version(value)


def layout(value: Tensor) -> tuple[Any, ...]:
    """How a tensor lies in memory."""
    return (value.dtype, tuple(value.shape), value.stride())
