"""Control flow as functions (tf.cond, tf.while_loop, tf.map_fn, tf.scan …), and tf.TensorArray."""

from __future__ import annotations

from typing import Any

import torch

from freedive.lab.dialects.tensorflow.namespaces import TF
from freedive.lab.dialects.tensorflow.shapes import CONCAT, STACK, _alike
from freedive.lab.dialects.tensorflow.tensors import EagerTensor, convert, dtype_of, run
from freedive.lab.kinds import Kind, Native, kind_of, register
from freedive.lab.operators import collect, truth
from freedive.lab.running import running


def _rows(elems: Any) -> list[Any]:
    """One value for each row; of a tuple of tensors a tuple of their rows."""
    if isinstance(elems, list | tuple):
        parts = [_rows(each) for each in elems]
        return [type(elems)(row) for row in zip(*parts, strict=True)]
    return elems.rows() if isinstance(elems, EagerTensor) else collect(elems)


def _stacked(items: list[Any]) -> Any:
    if items and isinstance(items[0], list | tuple):
        return type(items[0])(_stacked([item[k] for item in items]) for k in range(len(items[0])))
    return run(STACK, (_alike(items, "Pack", "stack"), 0))


def _called(fn: Any, *args: Any) -> Any:
    running.meter.step()
    return running.call(fn, args)


def _map(fn: Any, elems: Any, *args: Any, **kwargs: Any) -> Any:
    return _stacked([_called(fn, row) for row in _rows(elems)])


def _folded(fn: Any, elems: Any, initializer: Any, reverse: bool) -> list[Any]:
    rows = _rows(elems)
    rows = rows[::-1] if reverse else rows
    now = initializer if initializer is not None else rows.pop(0)
    made = [] if initializer is not None else [now]
    for row in rows:
        now = _called(fn, now, row)
        made.append(now)
    return made


def _scan(fn: Any, elems: Any, initializer: Any = None, reverse: bool = False, **kwargs: Any) -> Any:
    made = _folded(fn, elems, initializer, bool(reverse))
    return _stacked(made[::-1] if reverse else made)


def _fold(reverse: bool) -> Any:
    def call(fn: Any, elems: Any, initializer: Any = None, **kwargs: Any) -> Any:
        made = _folded(fn, elems, initializer, reverse)
        return made[-1] if made else initializer

    return call


def _while(cond: Any, body: Any, loop_vars: Any, *args: Any, **kwargs: Any) -> Any:
    values = tuple(_as_tensor(v) for v in collect(loop_vars))
    most = kwargs.get("maximum_iterations")
    turns = 0
    while (most is None or turns < int(most)) and truth(_called(cond, *values)):
        made = _called(body, *values)
        values = tuple(_as_tensor(v) for v in (made if isinstance(made, list | tuple) else (made,)))
        turns += 1
    return type(loop_vars)(values) if isinstance(loop_vars, tuple) else list(values)


def _as_tensor(value: Any) -> Any:
    return EagerTensor(convert(value)) if isinstance(value, int | float | bool) else value


def _cond(pred: Any, true_fn: Any = None, false_fn: Any = None, name: Any = None) -> Any:
    return _as_tensor(running.call(true_fn if truth(pred) else false_fn))


def _case(pred_fn_pairs: Any, default: Any = None, exclusive: bool = False, **kwargs: Any) -> Any:
    for pred, fn in collect(pred_fn_pairs):
        if truth(pred):
            return _as_tensor(running.call(fn))
    return None if default is None else _as_tensor(running.call(default))


def _switch(branch_index: Any, branch_fns: Any, default: Any = None, name: Any = None) -> Any:
    at = int(kind_of(branch_index).index(branch_index))
    known = branch_fns if isinstance(branch_fns, dict) else dict(enumerate(collect(branch_fns)))
    chosen = known.get(at) or default or known[max(known)]
    return _as_tensor(running.call(chosen))


# ------------------------------------------------------------ tf.TensorArray
class TensorArray:
    """tf.TensorArray: a list of tensors, written place by place."""

    def __init__(self, dtype: Any, size: Any = 0, *args: Any, **kwargs: Any) -> None:
        self.dtype = dtype_of(dtype)
        count = int(kind_of(size).index(size))
        running.meter.items(count)
        self.items: list[Any] = [None] * count

    def write(self, index: Any, value: Any, name: Any = None) -> TensorArray:
        at = int(kind_of(index).index(index))
        running.meter.items(at + 1)
        self.items += [None] * (at + 1 - len(self.items))
        self.items[at] = EagerTensor(convert(value, like=self.dtype))
        return self

    def read(self, index: Any, name: Any = None) -> Any:
        return self.items[int(kind_of(index).index(index))]

    def stack(self, name: Any = None) -> Any:
        return run(STACK, ([item.t for item in self._filled()], 0))

    def concat(self, name: Any = None) -> Any:
        return run(CONCAT, ([item.t for item in self._filled()], 0))

    def unstack(self, value: Any, name: Any = None) -> TensorArray:
        self.items = value.rows()
        return self

    def _filled(self) -> list[Any]:
        known = next((item for item in self.items if item is not None), None)
        if known is None:
            raise ValueError("Tried to stack an empty TensorArray: nothing was written yet")
        return [EagerTensor(torch.zeros_like(known.t)) if item is None else item for item in self.items]


class TensorArrayKind(Kind):
    name = "tensor_array"

    def __init__(self) -> None:
        super().__init__()
        methods = (
            TensorArray.write,
            TensorArray.read,
            TensorArray.stack,
            TensorArray.concat,
            TensorArray.unstack,
        )
        self.attributes = {m.__name__: Native(m.__name__, m) for m in methods}
        self.attributes["size"] = Native(
            "size", lambda a: EagerTensor(torch.tensor(len(a.items), dtype=torch.int32))
        )

    def type_name(self, value: Any) -> str:
        return "TensorArray"


register(TensorArrayKind(), TensorArray)


def load() -> None:
    for name, function in {
        "map_fn": _map, "vectorized_map": _map, "scan": _scan, "foldl": _fold(False), "foldr": _fold(True), "while_loop": _while,
        "cond": _cond, "case": _case, "switch_case": _switch, "TensorArray": TensorArray,
    }.items():  # fmt: skip
        TF.members[name] = Native(name, function)
