"""Counting and grouping: bins, segments, partitions, unique values."""

from __future__ import annotations

from collections import namedtuple
from typing import Any

import torch

from freedive.lab.dialects.tensorflow.elementwise import _op
from freedive.lab.dialects.tensorflow.errors import refuse
from freedive.lab.dialects.tensorflow.namespaces import MATH, TF
from freedive.lab.dialects.tensorflow.tensors import EagerTensor, convert, dtype_of, run
from freedive.lab.kinds import Native
from freedive.lab.operators import collect
from freedive.lab.running import running

T = torch.Tensor
TopK = namedtuple("TopK", ["values", "indices"])
Unique = namedtuple("Unique", ["y", "idx"])
UniqueWithCounts = namedtuple("UniqueWithCounts", ["y", "idx", "count"])


def _top_k(input: Any, k: Any = 1, sorted: bool = True, index_type: Any = "int32", name: Any = None) -> Any:
    t, count = convert(input), int(k)
    if t.dim() and count > t.shape[-1]:
        raise refuse("TopKV2", f"input must have at least k columns. Had {t.shape[-1]}, needed {count}")
    op = _op("topk", lambda x, k: tuple(torch.topk(x, k)), "indexing", "none")
    values, places = run(op, (t, count))
    return TopK(values, EagerTensor(places.t.to(dtype_of(index_type))))


def _in_top_k(targets: Any, predictions: Any, k: Any, name: Any = None) -> Any:
    def inside(y: T, p: T) -> T:
        best = p.topk(int(k)).values[:, -1]
        return p.gather(1, y.long()[:, None])[:, 0] >= best

    return run(_op("in_top_k", inside, "indexing", "none"), (convert(targets), convert(predictions)))


def _seen(x: Any) -> tuple[T, dict[Any, int], list[int]]:
    t = convert(x)
    seen: dict[Any, int] = {}
    places = [seen.setdefault(v, len(seen)) for v in t.tolist()]
    return t, seen, places


def _unique(x: Any, out_idx: Any = "int32", name: Any = None) -> Any:
    t, seen, places = _seen(x)
    return Unique(
        EagerTensor(torch.tensor(list(seen), dtype=t.dtype)),
        EagerTensor(torch.tensor(places, dtype=dtype_of(out_idx))),
    )


def _unique_counts(x: Any, out_idx: Any = "int32", name: Any = None) -> Any:
    made = _unique(x, out_idx)
    return UniqueWithCounts(
        made.y, made.idx, EagerTensor(torch.bincount(made.idx.t.long()).to(dtype_of(out_idx)))
    )


def _confusion(
    labels: Any,
    predictions: Any,
    num_classes: Any = None,
    weights: Any = None,
    dtype: Any = "int32",
    name: Any = None,
) -> Any:
    a, b = convert(labels).long(), convert(predictions).long()
    size = int(max(a.max(), b.max())) + 1 if num_classes is None else int(num_classes)
    running.meter.elements(size * size)
    given = None if weights is None else convert(weights).double()
    op = _op(
        "confusion_matrix",
        lambda p, q: torch.bincount(p * size + q, given, size * size).reshape(size, size).to(dtype_of(dtype)),
        "reduction",
        "none",
    )
    return run(op, (a, b))


def _bincount(
    arr: Any,
    weights: Any = None,
    minlength: Any = None,
    maxlength: Any = None,
    dtype: Any = "int32",
    name: Any = None,
    **more: Any,
) -> Any:
    t = convert(arr).long().reshape(-1)
    least = 0 if minlength is None else int(minlength)
    size = max(int(t.max()) + 1 if t.numel() else 0, least)
    running.meter.elements(size)
    given = None if weights is None else convert(weights).reshape(-1)
    wanted = dtype_of(dtype) if given is None else given.dtype
    op = _op("bincount", lambda x: torch.bincount(x, given, least).to(wanted), "reduction", "none")
    made = run(op, (t,))
    return made if maxlength is None else EagerTensor(made.t[: int(maxlength)])


def _histogram(
    values: Any, value_range: Any, nbins: Any = 100, dtype: Any = "int32", name: Any = None
) -> Any:
    low, high = (float(v) for v in convert(value_range).tolist())
    count = int(nbins)
    running.meter.elements(count)
    op = _op(
        "histogram_fixed_width",
        lambda x: torch.bincount(
            ((x.reshape(-1).double() - low) / (high - low) * count).floor().clamp(0, count - 1).long(),
            minlength=count,
        ).to(dtype_of(dtype)),
        "reduction",
        "none",
    )
    return run(op, (convert(values),))


_HOW = {"sum": "sum", "prod": "prod", "mean": "mean", "max": "amax", "min": "amin"}


def _segment(how: str, sorted_ids: bool) -> Native:
    def call(data: Any, segment_ids: Any, num_segments: Any = None, name: Any = None) -> Any:
        x, ids = convert(data), convert(segment_ids).long()
        if sorted_ids and bool((ids.diff() < 0).any()):
            raise refuse(f"Segment{how.title()}", "segment ids are not increasing")
        size = int(ids.max()) + 1 if num_segments is None else int(num_segments)
        running.meter.elements(size * max(1, x[0].numel() if x.dim() else 1))

        def gather(x: T, ids: T) -> T:
            places = ids.reshape(-1, *[1] * (x.dim() - 1)).expand_as(x)
            start = torch.ones if how == "prod" else torch.zeros
            return start(size, *x.shape[1:], dtype=x.dtype).scatter_reduce(
                0, places, x, _HOW[how], include_self=how in ("sum", "prod")
            )

        return run(_op(f"segment_{how}", gather, "reduction", "none"), (x, ids))

    return Native(f"segment_{how}", call)


def _partition(data: Any, partitions: Any, num_partitions: Any, name: Any = None) -> Any:
    x, ids = convert(data), convert(partitions)
    op = _op(
        "dynamic_partition", lambda x, i: [x[i == k] for k in range(int(num_partitions))], "indexing", "none"
    )
    running.meter.items(int(num_partitions))
    return run(op, (x, ids))


def _stitch(indices: Any, data: Any, name: Any = None) -> Any:
    places = [convert(i).long() for i in collect(indices)]
    parts = [convert(d) for d in collect(data)]
    size = max(int(i.max()) for i in places if i.numel()) + 1
    inner = parts[0].shape[places[0].dim() :]
    running.meter.elements(size * max(1, inner.numel()))

    def join(*given: T) -> T:
        made = torch.zeros(size, *inner, dtype=given[0].dtype)
        for i, d in zip(places, given, strict=True):
            made[i.reshape(-1)] = d.reshape(-1, *inner)
        return made

    return run(_op("dynamic_stitch", join, "movement", "none"), tuple(parts))


def load() -> None:
    counted = {
        "top_k": _top_k, "in_top_k": _in_top_k, "confusion_matrix": _confusion, "bincount": _bincount,
        "invert_permutation": lambda x, name=None: run(_op("invert_permutation", lambda i: torch.argsort(i).to(i.dtype), "indexing", "none"), (convert(x),)),
        "is_strictly_increasing": lambda x, name=None: EagerTensor((convert(x).reshape(-1).diff() > 0).all()),
        "is_non_decreasing": lambda x, name=None: EagerTensor((convert(x).reshape(-1).diff() >= 0).all()),
    }  # fmt: skip
    for name, function in counted.items():
        MATH.members[name] = Native(name, function)
    for how in _HOW:
        MATH.members[f"segment_{how}"] = _segment(how, True)
        MATH.members[f"unsorted_segment_{how}"] = _segment(how, False)
    for name, function in {
        "unique": _unique, "unique_with_counts": _unique_counts, "histogram_fixed_width": _histogram,
        "dynamic_partition": _partition, "dynamic_stitch": _stitch,
    }.items():  # fmt: skip
        TF.members[name] = Native(name, function)
