"""tf.data over tensors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch

from freedive.lab.dialects.tensorflow.namespaces import TF
from freedive.lab.dialects.tensorflow.shapes import STACK
from freedive.lab.dialects.tensorflow.tensors import EagerTensor, Variable, convert, run
from freedive.lab.importing import publish
from freedive.lab.kinds import Kind, Native, register
from freedive.lab.namespaces import Namespace
from freedive.lab.operators import truth
from freedive.lab.plain import Lazy
from freedive.lab.running import running
from freedive.lab.types import TypeRef, publish_type


class Dataset:
    """A pipeline: a way to start again, and how many items it gives (None when not known)."""

    def __init__(self, start: Any, size: int | None) -> None:
        self.start = start
        self.size = size


def _parts(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(_parts(v) for v in value)
    if isinstance(value, dict):
        return {k: _parts(v) for k, v in value.items()}
    return convert(value).detach()


def _length(value: Any) -> int:
    if isinstance(value, tuple):
        return _length(value[0])
    return _length(next(iter(value.values()))) if isinstance(value, dict) else len(value)


def _pick(value: Any, index: int) -> Any:
    if isinstance(value, tuple):
        return tuple(_pick(v, index) for v in value)
    if isinstance(value, dict):
        return {k: _pick(v, index) for k, v in value.items()}
    return EagerTensor(value[index])


def from_tensor_slices(tensors: Any, name: Any = None) -> Dataset:
    held = _parts(tensors)
    size = _length(held)
    return Dataset(lambda: (_pick(held, i) for i in range(size)), size)


def _join(items: list[Any]) -> Any:
    first = items[0]
    if isinstance(first, tuple):
        return tuple(_join([item[i] for item in items]) for i in range(len(first)))
    if isinstance(first, dict):
        return {k: _join([item[k] for item in items]) for k in first}
    return run(STACK, ([item.t for item in items], 0))


def batch(data: Dataset, batch_size: Any, drop_remainder: bool = False, **kwargs: Any) -> Dataset:
    count = int(batch_size)

    def start() -> Iterator[Any]:
        held: list[Any] = []
        for item in data.start():
            running.meter.step()
            held.append(item)
            if len(held) == count:
                yield _join(held)
                held = []
        if held and not drop_remainder:
            yield _join(held)

    size = None if data.size is None else (data.size // count if drop_remainder else -(-data.size // count))
    return Dataset(start, size)


def shuffle(data: Dataset, buffer_size: Any = 0, seed: Any = None, **kwargs: Any) -> Dataset:
    def start() -> Iterator[Any]:
        items = list(data.start())
        running.meter.items(len(items))
        return (items[i] for i in torch.randperm(len(items)).tolist())

    return Dataset(start, data.size)


def _mapped(data: Dataset, function: Any, **kwargs: Any) -> Dataset:
    def start() -> Iterator[Any]:
        for item in data.start():
            yield running.call(function, item if isinstance(item, tuple) else (item,))

    return Dataset(start, data.size)


def _filtered(data: Dataset, predicate: Any, **kwargs: Any) -> Dataset:
    return Dataset(
        lambda: (
            i for i in data.start() if truth(running.call(predicate, i if isinstance(i, tuple) else (i,)))
        ),
        None,
    )


def _repeat(data: Dataset, count: Any = None, **kwargs: Any) -> Dataset:
    def start() -> Iterator[Any]:
        turn = 0
        while count is None or turn < count:
            running.meter.step()
            yield from data.start()
            turn += 1

    return Dataset(start, None if count is None or data.size is None else data.size * count)


def _take(data: Dataset, count: Any, **kwargs: Any) -> Dataset:
    def start() -> Iterator[Any]:
        for i, item in enumerate(data.start()):
            if i >= count:
                return
            yield item
            if i + 1 >= count:
                return

    return Dataset(start, count if data.size is None else min(count, data.size))


def _skip(data: Dataset, count: Any, **kwargs: Any) -> Dataset:
    return Dataset(
        lambda: (item for i, item in enumerate(data.start()) if i >= count),
        None if data.size is None else max(0, data.size - count),
    )


def _plain(item: Any) -> Any:
    return tuple(_plain(i) for i in item) if isinstance(item, tuple) else item.numpy()


def _range(*args: Any, **kwargs: Any) -> Dataset:
    numbers = range(*args)
    return Dataset(lambda: (EagerTensor(torch.tensor(i)) for i in numbers), len(numbers))


def _zip(items: Any, *more: Any, **kwargs: Any) -> Dataset:
    sets = list(items) if isinstance(items, tuple) else [items, *more]
    sizes = [d.size for d in sets if d.size is not None]
    return Dataset(lambda: zip(*[d.start() for d in sets], strict=False), min(sizes) if sizes else None)


class DatasetKind(Kind):
    name = "dataset"

    def __init__(self) -> None:
        super().__init__()
        same = Native("prefetch", lambda data, *a, **k: data)
        self.attributes = {
            "batch": Native("batch", batch), "shuffle": Native("shuffle", shuffle), "map": Native("map", _mapped), "filter": Native("filter", _filtered),
            "repeat": Native("repeat", _repeat), "take": Native("take", _take), "skip": Native("skip", _skip), "prefetch": same, "cache": same,
            "enumerate": Native("enumerate", lambda d, start=0: Dataset(lambda: ((EagerTensor(torch.tensor(i + start)), x) for i, x in enumerate(d.start())), d.size)),
            "as_numpy_iterator": Native("as_numpy_iterator", lambda d: Lazy("NumpyIterator", (_plain(i) for i in d.start()))),
            "cardinality": Native("cardinality", lambda d: EagerTensor(torch.tensor(-2 if d.size is None else d.size))),
        }  # fmt: skip

    def type_name(self, value: Any) -> str:
        return "Dataset"

    def iterate(self, value: Any) -> Iterator[Any]:
        return iter(value.start())

    def length(self, value: Any) -> int:
        if value.size is None:
            raise TypeError("The dataset length is unknown.")
        return int(value.size)

    def repr(self, value: Any) -> str:
        return "<_Dataset>"


register(DatasetKind(), Dataset)


def load() -> None:
    ref = publish_type(TypeRef("Dataset", Dataset, module="tensorflow.data"))
    ref.members.update(
        from_tensor_slices=Native("from_tensor_slices", from_tensor_slices), range=Native("range", _range), zip=Native("zip", _zip),
        from_tensors=Native("from_tensors", lambda t: Dataset(lambda: iter([_pick_all(_parts(t))]), 1)),
    )  # fmt: skip
    data = Namespace("tensorflow.data", {"Dataset": ref, "AUTOTUNE": -1})
    data.members["experimental"] = Namespace("tensorflow.data.experimental", {"AUTOTUNE": -1})
    TF.members["data"] = data
    publish(data)


def _pick_all(value: Any) -> Any:
    return tuple(_pick_all(v) for v in value) if isinstance(value, tuple) else EagerTensor(value)


__all__ = ["Variable", "load"]
