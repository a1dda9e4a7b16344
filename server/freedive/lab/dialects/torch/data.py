"""torch.utils.data over tensors: datasets, loaders, splits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch

from freedive.lab.classes import Instance, InstanceKind, NativeClass
from freedive.lab.dialects.torch.functions import TORCH
from freedive.lab.dialects.torch.generators import real
from freedive.lab.importing import publish
from freedive.lab.kinds import Kind, Native, Property, kind_of, register
from freedive.lab.namespaces import Namespace
from freedive.lab.operators import collect, iterate
from freedive.lab.plain import Lazy
from freedive.lab.problems import Refused
from freedive.lab.running import running
from freedive.lab.types import publish_type


class Dataset(Instance):
    """Base of a snippet's own datasets."""


class IterableDataset(Instance):
    """Base of a snippet's own streams of items."""


class TensorDataset:
    """Tensors cut along their first axis together."""

    def __init__(self, *tensors: Any) -> None:
        sizes = {len(t) for t in tensors}
        if len(sizes) > 1:
            raise AssertionError("Size mismatch between tensors")
        self.tensors = tensors

    def __len__(self) -> int:
        return len(self.tensors[0])

    def __getitem__(self, index: Any) -> Any:
        return tuple(kind_of(t).getitem(t, index) for t in self.tensors)


class Subset:
    """Some items of a dataset."""

    def __init__(self, dataset: Any, indices: Any) -> None:
        self.dataset = dataset
        self.indices = [int(i) for i in collect(indices)]

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, index: Any) -> Any:
        return kind_of(self.dataset).getitem(self.dataset, self.indices[index])


class ConcatDataset:
    """Datasets one after the other."""

    def __init__(self, datasets: Any) -> None:
        self.datasets = collect(datasets)

    def __len__(self) -> int:
        return sum(_length(each) for each in self.datasets)

    def __getitem__(self, index: int) -> Any:
        place = index + len(self) if index < 0 else index
        for each in self.datasets:
            if place < _length(each):
                return kind_of(each).getitem(each, place)
            place -= _length(each)
        raise IndexError("list index out of range")


class DatasetKind(Kind):
    name = "dataset"

    def __init__(self) -> None:
        super().__init__()
        self.attributes = {
            "tensors": Property(lambda d: d.tensors),
            "indices": Property(lambda d: d.indices),
            "dataset": Property(lambda d: d.dataset),
            "datasets": Property(lambda d: d.datasets),
        }

    def getitem(self, value: Any, index: Any) -> Any:
        return value[index]

    def length(self, value: Any) -> int:
        return len(value)

    def binary(self, op: str, a: Any, b: Any) -> Any:
        both = isinstance(a, _SETS) and isinstance(b, _SETS)
        return ConcatDataset([a, b]) if op == "add" and both else super().binary(op, a, b)

    def iterate(self, value: Any) -> Iterator[Any]:
        return (value[i] for i in range(len(value)))

    def repr(self, value: Any) -> str:
        return f"<torch.utils.data.dataset.{type(value).__name__} object>"


def _length(value: Any) -> int:
    running.meter.step()  # datasets of datasets ask each other
    return kind_of(value).length(value)


class DataLoader:
    """Batches of a dataset, in order or shuffled."""

    def __init__(self, dataset: Any, batch_size: int | None = 1, shuffle: bool = False, sampler: Any = None, drop_last: bool = False, collate_fn: Any = None, generator: Any = None, batch_sampler: Any = None, **other: Any) -> None:  # fmt: skip
        unknown = set(other) - {
            "num_workers",
            "pin_memory",
            "persistent_workers",
            "prefetch_factor",
            "timeout",
            "worker_init_fn",
            "multiprocessing_context",
        }
        if unknown:
            raise TypeError(f"DataLoader.__init__() got an unexpected keyword argument '{unknown.pop()}'")
        if batch_size is not None and (not isinstance(batch_size, int) or batch_size <= 0):
            raise ValueError(
                f"batch_size should be a positive integer value, but got batch_size={batch_size}"
            )
        self.dataset = dataset
        self.batch_size = batch_size
        self.shuffle = shuffle
        self.sampler = sampler
        self.drop_last = drop_last
        self.collate = collate_fn
        self.generator = generator
        self.batches = batch_sampler

    def __len__(self) -> int:
        if self.batches is not None:
            return _length(self.batches)
        count = _length(self.dataset if self.sampler is None else self.sampler)
        if self.batch_size is None:
            return count
        return count // self.batch_size if self.drop_last else -(-count // self.batch_size)

    def __iter__(self) -> Iterator[Any]:
        # torch draws a seed for its worker processes first, whether there are any or not
        torch.empty((), dtype=torch.int64).random_(generator=real(self.generator))
        kind = kind_of(self.dataset)
        size = self.batch_size
        if isinstance(self.dataset, IterableDataset):
            yield from self._streamed(kind.iterate(self.dataset))
            return
        if self.batches is not None:
            for chosen in iterate(self.batches):
                yield self._joined([kind.getitem(self.dataset, int(i)) for i in collect(chosen)])
            return
        if self.sampler is not None:
            order = [int(i) for i in collect(self.sampler)]
        else:
            count = _length(self.dataset)
            order = shuffled(count, self.generator) if self.shuffle else in_order(count)
        if size is None:
            yield from (kind.getitem(self.dataset, i) for i in order)
            return
        quick = isinstance(self.dataset, TensorDataset) and self.collate is None
        for start in range(0, len(order), size):
            chosen = order[start : start + size]
            if self.drop_last and len(chosen) < size:
                return
            running.meter.step()
            if quick:
                index = torch.tensor(chosen)
                yield [
                    t[index] if isinstance(t, torch.Tensor) else t[np.array(chosen)]
                    for t in self.dataset.tensors
                ]
                continue
            yield self._joined([kind.getitem(self.dataset, i) for i in chosen])

    def _joined(self, batch: list[Any]) -> Any:
        return running.call(self.collate, (batch,)) if self.collate is not None else collate(batch)

    def _streamed(self, source: Iterator[Any]) -> Iterator[Any]:
        """Batches of what an IterableDataset gives."""
        batch: list[Any] = []
        for item in source:
            running.meter.step()
            if self.batch_size is None:
                yield item
                continue
            batch.append(item)
            if len(batch) == self.batch_size:
                yield self._joined(batch)
                batch = []
        if batch and not self.drop_last:
            yield self._joined(batch)


def in_order(count: int) -> list[int]:
    """0 to count - 1."""
    running.meter.elements(count)
    return list(range(count))


def shuffled(count: int, generator: Any = None) -> list[int]:
    """0 to count - 1 as torch's RandomSampler orders them."""
    running.meter.elements(count)
    source = real(generator)
    if source is None:
        source = torch.Generator()
        source.manual_seed(int(torch.empty((), dtype=torch.int64).random_().item()))
    order: list[int] = torch.randperm(count, generator=source).tolist()
    return order


def collate(batch: list[Any]) -> Any:
    """Items of a batch joined: tensors stacked, numbers to a tensor, tuples and dicts part by part."""
    running.meter.step()
    first = batch[0]
    if isinstance(first, torch.Tensor):
        return torch.stack(batch)
    if isinstance(first, np.ndarray | np.generic):
        return torch.as_tensor(np.stack(batch))
    if isinstance(first, float):
        return torch.tensor(batch, dtype=torch.float64)
    if isinstance(first, int):
        return torch.tensor(batch)
    if isinstance(first, str):
        return batch
    if isinstance(first, dict):
        return {key: collate([item[key] for item in batch]) for key in first}
    if isinstance(first, list | tuple):
        return [collate(list(parts)) for parts in zip(*batch, strict=True)]
    raise TypeError(
        f"default_collate: batch must contain tensors, numbers, dicts or lists; found {type(first).__name__}"
    )


class LoaderKind(Kind):
    name = "loader"

    def __init__(self) -> None:
        super().__init__()
        self.attributes = {
            "dataset": Property(lambda d: d.dataset),
            "batch_size": Property(lambda d: d.batch_size),
            "drop_last": Property(lambda d: d.drop_last),
        }

    def iterate(self, value: Any) -> Iterator[Any]:
        return iter(value)

    def length(self, value: Any) -> int:
        return len(value)

    def repr(self, value: Any) -> str:
        return "<torch.utils.data.dataloader.DataLoader object>"


_SETS = (TensorDataset, Subset, ConcatDataset, Dataset)
register(DatasetKind(), TensorDataset, Subset, ConcatDataset)
register(LoaderKind(), DataLoader)
register(InstanceKind(), Dataset, IterableDataset)


def _random_split(dataset: Any, lengths: Any, generator: Any = None) -> list[Subset]:
    sizes = collect(lengths)
    total = _length(dataset)
    if sizes and all(isinstance(s, float) for s in sizes) and abs(sum(sizes) - 1) < 1e-6:
        whole = [int(total * s) for s in sizes]
        for i in range(total - sum(whole)):
            whole[i % len(whole)] += 1
        sizes = whole
    if sum(sizes) != total:
        raise ValueError("Sum of input lengths does not equal the length of the input dataset!")
    running.meter.elements(total)
    order = torch.randperm(total, generator=real(generator)).tolist()
    made, start = [], 0
    for size in sizes:
        made.append(Subset(dataset, order[start : start + size]))
        start += size
    return made


def _sampler(kind: str) -> Any:
    def make(source: Any, *args: Any, **kwargs: Any) -> Any:
        if kind == "SubsetRandomSampler":
            items = collect(source)
            return [items[i] for i in torch.randperm(len(items)).tolist()]
        count = _length(source)
        return shuffled(count, kwargs.get("generator")) if kind == "RandomSampler" else in_order(count)

    return make


def _weighted(weights: Any, num_samples: int, replacement: bool = True, generator: Any = None) -> list[int]:
    running.meter.items(num_samples)
    chances = torch.as_tensor(weights, dtype=torch.double)
    made: list[int] = torch.multinomial(chances, num_samples, replacement, generator=real(generator)).tolist()
    return made


def _batches(sampler: Any, batch_size: int, drop_last: bool) -> list[list[int]]:
    order = collect(sampler)
    made = [order[start : start + batch_size] for start in range(0, len(order), batch_size)]
    return [each for each in made if len(each) == batch_size or not drop_last]


def load() -> None:
    space = Namespace("torch.utils.data", doc="Datasets and loaders.")
    dataset = NativeClass("Dataset", Dataset, module="torch.utils.data.dataset")
    dataset.members["__init__"] = Native("__init__", lambda self, *a, **k: None)
    dataset.initialize = _begin  # type: ignore[method-assign]
    stream = NativeClass("IterableDataset", IterableDataset, module="torch.utils.data.dataset")
    stream.members["__init__"] = dataset.members["__init__"]
    stream.initialize = _begin  # type: ignore[method-assign]
    for ref in (
        dataset, stream, NativeClass("ConcatDataset", ConcatDataset, module="torch.utils.data.dataset", extendable=False),
        NativeClass("TensorDataset", TensorDataset, module="torch.utils.data.dataset", extendable=False),
        NativeClass("DataLoader", DataLoader, module="torch.utils.data.dataloader", extendable=False),
        NativeClass("Subset", Subset, module="torch.utils.data.dataset", extendable=False),
    ):  # fmt: skip
        space.members[ref.name] = publish_type(ref)
    space.members["random_split"] = Native("random_split", _random_split)
    space.members["WeightedRandomSampler"] = Native("WeightedRandomSampler", _weighted)
    space.members["BatchSampler"] = Native("BatchSampler", _batches)
    space.members["default_collate"] = Native("default_collate", collate)
    for name in ("RandomSampler", "SequentialSampler", "SubsetRandomSampler"):
        space.members[name] = Native(name, _sampler(name))
    utils = Namespace("torch.utils", {"data": space})
    TORCH.members["utils"] = utils
    publish(utils, space)


def _begin(instance: Any, *args: Any, **kwargs: Any) -> None:
    instance.fields = getattr(instance, "fields", {})


__all__ = ["DataLoader", "Lazy", "Refused", "load"]
