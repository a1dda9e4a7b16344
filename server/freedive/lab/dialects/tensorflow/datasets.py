"""tf.data over tensors: pipelines that start anew each time somebody loops over them.

Over 400 lines: one short function for each of the twenty ways to make a pipeline of another, all on the same items.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import zip_longest
from typing import Any

import numpy as np
import torch

from freedive.lab.arrays import DTYPE_NAMES
from freedive.lab.dialects.tensorflow.errors import InvalidArgument
from freedive.lab.dialects.tensorflow.namespaces import TF, Versioned
from freedive.lab.dialects.tensorflow.shapes import STACK
from freedive.lab.dialects.tensorflow.tensors import (
    DTYPES,
    EagerTensor,
    TensorShape,
    Variable,
    convert,
    dtype_of,
    run,
)
from freedive.lab.dialects.tensorflow.texts import STRING, TextTensor, holds_text, text_of
from freedive.lab.importing import publish
from freedive.lab.kinds import Kind, Native, Property, kind_of, register
from freedive.lab.namespaces import Namespace
from freedive.lab.operators import collect, truth
from freedive.lab.plain import Lazy, show
from freedive.lab.running import running
from freedive.lab.types import TypeRef, publish_type

INFINITE, UNKNOWN = -1, -2


class Dataset:
    """A pipeline: a way to start again, and how many items it gives (None when not known, -1 without end)."""

    def __init__(
        self, start: Callable[[], Iterator[Any]], size: int | None, name: str = "Dataset", open_axes: int = 0
    ) -> None:
        self.start = start
        self.size = size
        self.name = name
        self.open_axes = open_axes
        """How many leading axes have no fixed size, as a batch has whose last one may be smaller."""


class TensorSpec:
    """tf.TensorSpec: shape and dtype without values."""

    def __init__(self, shape: Any = None, dtype: Any = "float32", name: Any = None) -> None:
        self.shape = (
            None if shape is None else TensorShape(None if s is None else int(s) for s in collect(shape))
        )
        self.dtype = STRING if dtype is STRING or dtype == "string" else DTYPES[DTYPE_NAMES[dtype_of(dtype)]]
        self.name = name


class TensorSpecKind(Kind):
    name = "spec"

    def __init__(self) -> None:
        super().__init__()
        self.attributes = {
            "shape": Property(lambda s: s.shape), "dtype": Property(lambda s: s.dtype), "name": Property(lambda s: s.name),
        }  # fmt: skip

    def repr(self, value: Any) -> str:
        shape = "<unknown>" if value.shape is None else kind_of(value.shape).text(value.shape)
        return f"TensorSpec(shape={shape}, dtype=tf.{value.dtype.name}, name={value.name!r})"


# ------------------------------------------------------------ items
def _over(fn: Callable[[Any], Any], value: Any) -> Any:
    """The function on every tensor of an item: tuples and dicts keep their shape."""
    if isinstance(value, tuple) and not isinstance(value, TensorShape):
        return tuple(_over(fn, each) for each in value)
    if isinstance(value, dict):
        return {key: _over(fn, each) for key, each in value.items()}
    return fn(value)


def _tensor(value: Any) -> Any:
    if isinstance(value, Dataset | TextTensor):
        return value
    if holds_text(value):
        return text_of(value)
    return (
        EagerTensor(convert(value).detach())
        if not isinstance(value, EagerTensor) or isinstance(value, Variable)
        else value
    )


def _leaves(value: Any) -> list[Any]:
    found: list[Any] = []
    _over(found.append, value)
    return found


def _count(tensor: Any) -> int:
    return int(tensor.shape[0]) if isinstance(tensor, TextTensor) else len(tensor.t)


def _row(tensor: Any, index: int) -> Any:
    return (
        kind_of(tensor).getitem(tensor, index)
        if isinstance(tensor, TextTensor)
        else EagerTensor(tensor.t[index])
    )


def _stacked(items: list[Any]) -> Any:
    first = items[0]
    if isinstance(first, tuple):
        return tuple(_stacked([item[k] for item in items]) for k in range(len(first)))
    if isinstance(first, dict):
        return {key: _stacked([item[key] for item in items]) for key in first}
    if isinstance(first, TextTensor):
        return TextTensor([text for item in items for text in item.items], (len(items), *first.shape))
    return run(STACK, ([item.t for item in items], 0))


def _spread(item: Any) -> tuple[Any, ...]:
    return item if isinstance(item, tuple) else (item,)


def _call(function: Any, item: Any) -> Any:
    running.meter.step()
    made = running.call(function, _spread(item))
    return _over(
        _tensor,
        tuple(made) if isinstance(made, list) and any(isinstance(m, EagerTensor) for m in made) else made,
    )


def _times(size: int | None, fn: Callable[[int], int]) -> int | None:
    return size if size is None or size == INFINITE else fn(size)


# ------------------------------------------------------------ sources
def from_tensor_slices(tensors: Any, name: Any = None) -> Dataset:
    held = _over(_tensor, tensors)
    sizes = [_count(leaf) for leaf in _leaves(held)]
    for size in sizes[1:]:
        if size != sizes[0]:
            raise ValueError(f"Dimensions {sizes[0]} and {size} are not compatible")
    size = sizes[0]
    return Dataset(
        lambda: (_over(partial(_row, index=k), held) for k in range(size)), size, "TensorSliceDataset"
    )


def _from_tensors(tensors: Any, name: Any = None) -> Dataset:
    held = _over(_tensor, tensors)
    return Dataset(lambda: iter([held]), 1, "TensorDataset")


def _range(*args: Any, output_type: Any = "int64", name: Any = None) -> Dataset:
    numbers = range(*[int(kind_of(a).index(a)) for a in args])
    wanted = dtype_of(output_type)
    return Dataset(
        lambda: (EagerTensor(torch.tensor(k, dtype=wanted)) for k in numbers), len(numbers), "RangeDataset"
    )


def _zip(items: Any, *more: Any, **kwargs: Any) -> Dataset:
    sets = list(items) if isinstance(items, list | tuple) else [items, *more]
    finite = [d.size for d in sets if d.size != INFINITE]
    size = INFINITE if not finite else None if None in finite else min(s for s in finite if s is not None)
    starts = lambda: zip(*[d.start() for d in sets], strict=False)  # noqa: E731
    return Dataset(starts, size, "ZipDataset", max(d.open_axes for d in sets))


def _typed(value: Any, wanted: Any) -> Any:
    if isinstance(wanted, list | tuple) and not isinstance(wanted, TensorShape):
        return tuple(_typed(v, w) for v, w in zip(collect(value), wanted, strict=True))
    dtype = getattr(wanted, "dtype", wanted)
    if dtype is STRING or holds_text(value):
        return text_of(value)
    return EagerTensor(convert(value, like=dtype_of(dtype)).to(dtype_of(dtype)))


def _from_generator(
    generator: Any,
    output_types: Any = None,
    output_shapes: Any = None,
    args: Any = None,
    output_signature: Any = None,
    name: Any = None,
) -> Dataset:
    wanted = output_signature if output_signature is not None else output_types
    if wanted is None:
        raise TypeError("Either `output_signature` or `output_types` must be specified")

    def start() -> Iterator[Any]:
        made = running.call(generator, tuple(args or ()))
        for item in kind_of(made).iterate(made):
            running.meter.step()
            yield _typed(item, wanted)

    return Dataset(start, None, "FlatMapDataset")


# ------------------------------------------------------------ transformations
def batch(data: Dataset, batch_size: Any, drop_remainder: bool = False, **kwargs: Any) -> Dataset:
    count = int(batch_size)

    def start() -> Iterator[Any]:
        held: list[Any] = []
        for item in data.start():
            running.meter.step()
            held.append(item)
            if len(held) == count:
                yield _stacked(held)
                held = []
        if held and not drop_remainder:
            yield _stacked(held)

    size = _times(data.size, lambda n: n // count if drop_remainder else -(-n // count))
    return Dataset(start, size, "BatchDataset", 0 if drop_remainder else data.open_axes + 1)


def _padded(
    data: Dataset,
    batch_size: Any,
    padded_shapes: Any = None,
    padding_values: Any = None,
    drop_remainder: bool = False,
    **kwargs: Any,
) -> Dataset:
    def grown(item: Any, sizes: list[int]) -> Any:
        widths = [
            w
            for have, want in zip(reversed(item.t.shape), reversed(sizes), strict=True)
            for w in (0, want - have)
        ]
        fill = 0 if padding_values is None else float(convert(padding_values))
        return EagerTensor(torch.nn.functional.pad(item.t, widths, value=fill))

    def even(items: list[Any], wanted: Any) -> Any:
        if isinstance(items[0], tuple):
            parts = [
                even([item[k] for item in items], None if wanted is None else wanted[k])
                for k in range(len(items[0]))
            ]
            return [tuple(part[k] for part in parts) for k in range(len(items))]
        rank = items[0].t.dim()
        sizes = [max(item.t.shape[axis] for item in items) for axis in range(rank)]
        for axis, size in enumerate([] if wanted is None else collect(wanted)):
            if size is not None and int(size) < sizes[axis]:
                raise InvalidArgument(
                    f"Attempted to pad to a smaller size than the input element: {sizes[axis]} does not fit into {size}"
                )
            sizes[axis] = sizes[axis] if size is None else int(size)
        running.meter.elements(len(items) * max(1, int(np.prod(sizes))))
        return [grown(item, sizes) for item in items]

    held: Dataset = _window(data, batch_size, drop_remainder=drop_remainder, plain=True)
    return Dataset(
        lambda: (_stacked(even(items, padded_shapes)) for items in held.start()),
        held.size,
        "PaddedBatchDataset",
        data.open_axes + 1,
    )


def _window(
    data: Dataset,
    size: Any,
    shift: Any = None,
    stride: Any = 1,
    drop_remainder: bool = False,
    name: Any = None,
    plain: bool = False,
) -> Dataset:
    count, gap = int(size), int(stride)
    hop = count if shift is None else int(shift)

    def part(items: list[Any]) -> Any:
        if plain:
            return items
        if isinstance(items[0], tuple):
            return tuple(part([item[k] for item in items]) for k in range(len(items[0])))
        return Dataset(lambda: iter(items), len(items), "VariantDataset")

    def start() -> Iterator[Any]:
        held: list[Any] = []
        skip = 0
        for item in data.start():
            running.meter.step()
            if skip:
                skip -= 1
                continue
            held.append(item)
            if len(held) == (count - 1) * gap + 1:
                yield part(held[::gap])
                skip, held = max(0, hop - len(held)), held[hop:]
        while held and not drop_remainder:
            yield part(held[::gap])
            held = held[hop:]

    return Dataset(
        start,
        None
        if shift is not None
        else _times(data.size, lambda n: n // count if drop_remainder else -(-n // count)),
        "WindowDataset",
    )


def shuffle(
    data: Dataset,
    buffer_size: Any = 0,
    seed: Any = None,
    reshuffle_each_iteration: Any = None,
    name: Any = None,
) -> Dataset:
    fixed: list[list[int]] = []

    def start() -> Iterator[Any]:
        items: list[Any] = []
        for item in data.start():
            running.meter.items(len(items) + 1)
            items.append(item)
        order = torch.randperm(len(items)).tolist()
        if reshuffle_each_iteration is False:
            if not fixed:
                fixed.append(order)
            order = fixed[0]
        return (items[k] for k in order)

    return Dataset(start, data.size, "ShuffleDataset", data.open_axes)


def _mapped(data: Dataset, map_func: Any, num_parallel_calls: Any = None, **kwargs: Any) -> Dataset:
    name = "MapDataset" if num_parallel_calls is None else "ParallelMapDataset"
    return Dataset(lambda: (_call(map_func, item) for item in data.start()), data.size, name, data.open_axes)


def _filtered(data: Dataset, predicate: Any, **kwargs: Any) -> Dataset:
    return Dataset(
        lambda: (item for item in data.start() if truth(_call(predicate, item))),
        None,
        "FilterDataset",
        data.open_axes,
    )


def _repeat(data: Dataset, count: Any = None, **kwargs: Any) -> Dataset:
    most = None if count is None or int(count) < 0 else int(count)

    def start() -> Iterator[Any]:
        turn = 0
        while most is None or turn < most:
            running.meter.step()
            yield from data.start()
            turn += 1

    size = INFINITE if most is None else _times(data.size, lambda n: n * most)
    return Dataset(start, size, "RepeatDataset", data.open_axes)


def _take(data: Dataset, count: Any, **kwargs: Any) -> Dataset:
    most = int(count)

    def start() -> Iterator[Any]:
        if most < 0:
            yield from data.start()
        items = data.start()
        for _ in range(most):
            running.meter.step()
            try:
                item = next(items)
            except StopIteration:
                return
            yield item

    size = (
        data.size
        if most < 0
        else most
        if data.size == INFINITE
        else None
        if data.size is None
        else min(most, data.size)
    )
    return Dataset(start, size, "TakeDataset", data.open_axes)


def _skip(data: Dataset, count: Any, **kwargs: Any) -> Dataset:
    first = int(count)

    def start() -> Iterator[Any]:
        for k, item in enumerate(data.start()):
            running.meter.step()
            if k >= first:
                yield item

    return Dataset(start, _times(data.size, lambda n: max(0, n - first)), "SkipDataset", data.open_axes)


def _while(data: Dataset, predicate: Any, **kwargs: Any) -> Dataset:
    def start() -> Iterator[Any]:
        for item in data.start():
            if not truth(_call(predicate, item)):
                return
            yield item

    return Dataset(start, None, "TakeWhileDataset", data.open_axes)


def _concatenated(data: Dataset, dataset: Dataset, **kwargs: Any) -> Dataset:
    def start() -> Iterator[Any]:
        yield from data.start()
        yield from dataset.start()

    size = (
        None
        if data.size is None or dataset.size is None
        else INFINITE
        if INFINITE in (data.size, dataset.size)
        else data.size + dataset.size
    )
    return Dataset(start, size, "ConcatenateDataset", data.open_axes)


def _flat(data: Dataset, map_func: Any, **kwargs: Any) -> Dataset:
    def start() -> Iterator[Any]:
        for item in data.start():
            yield from _call(map_func, item).start()

    return Dataset(start, None, "FlatMapDataset", data.open_axes)


def _interleaved(
    data: Dataset, map_func: Any, cycle_length: Any = None, block_length: Any = 1, **kwargs: Any
) -> Dataset:
    wide, deep = int(cycle_length or 16), int(block_length or 1)

    def blocks(items: Iterator[Any]) -> Iterator[list[Any]]:
        held: list[Any] = []
        for item in items:
            held.append(item)
            if len(held) == deep:
                yield held
                held = []
        yield held

    def start() -> Iterator[Any]:
        for group in _window(data, wide, plain=True).start():
            for turn in zip_longest(*[blocks(_call(map_func, item).start()) for item in group]):
                for block in turn:
                    yield from block or ()

    return Dataset(start, None, "InterleaveDataset", data.open_axes)


def _unbatched(data: Dataset, **kwargs: Any) -> Dataset:
    def start() -> Iterator[Any]:
        for item in data.start():
            for k in range(_count(_leaves(item)[0])):
                running.meter.step()
                yield _over(partial(_row, index=k), item)

    return Dataset(start, None, "UnbatchDataset", max(0, data.open_axes - 1))


def _shard(data: Dataset, num_shards: Any, index: Any, **kwargs: Any) -> Dataset:
    wide, at = int(num_shards), int(index)
    size = _times(data.size, lambda n: len(range(at, n, wide)))
    return Dataset(
        lambda: (item for k, item in enumerate(data.start()) if k % wide == at),
        size,
        "ShardDataset",
        data.open_axes,
    )


def _numbered(data: Dataset, start: Any = 0, **kwargs: Any) -> Dataset:
    first = int(start)
    return Dataset(
        lambda: ((EagerTensor(torch.tensor(k + first)), item) for k, item in enumerate(data.start())),
        data.size,
        "EnumerateDataset",
    )


def _reduced(data: Dataset, initial_state: Any, reduce_func: Any, name: Any = None) -> Any:
    state = _over(_tensor, initial_state)
    for item in data.start():
        running.meter.step()
        state = _over(_tensor, running.call(reduce_func, (state, item)))
    return state


def _single(data: Dataset, name: Any = None) -> Any:
    items = list(_take(data, 2).start())
    if len(items) != 1:
        raise InvalidArgument("Dataset was empty." if not items else "Dataset had more than one element.")
    return items[0]


def _spec(data: Dataset) -> Any:
    first = next(iter(data.start()), None)

    def of(leaf: Any) -> Any:
        if isinstance(leaf, Dataset):
            return f"DatasetSpec({show(_spec(leaf))}, TensorShape([]))"
        sizes = list(leaf.shape if isinstance(leaf, TextTensor) else leaf.t.shape)
        made = TensorSpec([None if k < data.open_axes else s for k, s in enumerate(sizes)])
        made.dtype = STRING if isinstance(leaf, TextTensor) else DTYPES[DTYPE_NAMES[leaf.t.dtype]]
        return made

    return _over(of, first)


def _numpy(leaf: Any) -> Any:
    return kind_of(leaf).getattr(leaf, "numpy").call((), {}) if isinstance(leaf, TextTensor) else leaf.numpy()


class DatasetKind(Kind):
    name = "dataset"

    def __init__(self) -> None:
        super().__init__()
        ways = {
            "batch": batch, "padded_batch": _padded, "window": _window, "shuffle": shuffle, "map": _mapped, "filter": _filtered, "repeat": _repeat,
            "take": _take, "skip": _skip, "take_while": _while, "concatenate": _concatenated, "flat_map": _flat, "interleave": _interleaved,
            "unbatch": _unbatched, "shard": _shard, "enumerate": _numbered, "reduce": _reduced, "get_single_element": _single,
            "prefetch": lambda data, *a, **k: Dataset(data.start, data.size, "PrefetchDataset", data.open_axes),
            "cache": lambda data, *a, **k: Dataset(data.start, data.size, "CacheDataset", data.open_axes),
            "with_options": lambda data, *a, **k: data, "apply": lambda data, transformation_func: running.call(transformation_func, (data,)),
            "as_numpy_iterator": lambda data: Lazy("NumpyIterator", (_over(_numpy, item) for item in data.start())),
            "cardinality": lambda data, name=None: EagerTensor(torch.tensor(UNKNOWN if data.size is None else data.size)),
        }  # fmt: skip
        self.attributes = {name: Native(name, function) for name, function in ways.items()}
        self.attributes["element_spec"] = Property(_spec)

    def type_name(self, value: Any) -> str:
        return f"_{value.name}"

    def iterate(self, value: Any) -> Iterator[Any]:
        return iter(value.start())

    def length(self, value: Any) -> int:
        if value.size is None:
            raise TypeError("The dataset length is unknown.")
        if value.size == INFINITE:
            raise TypeError("The dataset is infinite.")
        return int(value.size)

    def repr(self, value: Any) -> str:
        return f"<_{value.name} element_spec={show(_spec(value))}>"


register(DatasetKind(), Dataset)
register(TensorSpecKind(), TensorSpec)


def load() -> None:
    ref = publish_type(TypeRef("Dataset", Dataset, module="tensorflow.data"))
    ref.members.update(
        from_tensor_slices=Native("from_tensor_slices", from_tensor_slices), from_tensors=Native("from_tensors", _from_tensors),
        range=Native("range", _range), zip=Native("zip", _zip), from_generator=Native("from_generator", _from_generator),
    )  # fmt: skip
    files = "the lab has no files; make the data with tf.data.Dataset.from_tensor_slices"
    data = Versioned("tensorflow.data", elsewhere={"TFRecordDataset": files, "TextLineDataset": files})
    data.members.update(Dataset=ref, AUTOTUNE=-1, INFINITE_CARDINALITY=INFINITE, UNKNOWN_CARDINALITY=UNKNOWN)
    data.members["experimental"] = Namespace(
        "tensorflow.data.experimental",
        {"AUTOTUNE": -1, "cardinality": DatasetKind().attributes["cardinality"]},
    )
    TF.members["data"] = data
    TF.members["TensorSpec"] = TypeRef("TensorSpec", TensorSpec, TensorSpec, module="tensorflow")
    publish(data)
