"""tf.sparse.SparseTensor: the places that are not zero, and what stands there."""

from __future__ import annotations

import math
from typing import Any

import torch

from freedive.lab.arrays import DTYPE_NAMES
from freedive.lab.dialects.tensorflow.namespaces import TF
from freedive.lab.dialects.tensorflow.tensors import DTYPES, EagerTensor, TensorShape, convert
from freedive.lab.importing import publish
from freedive.lab.kinds import Kind, Native, Property, kind_of, register
from freedive.lab.namespaces import Namespace
from freedive.lab.operators import binary, collect
from freedive.lab.running import running
from freedive.lab.types import TypeRef, publish_type

T = torch.Tensor


class Sparse:
    """Indices (count, axes) of int64, values, and the shape of the whole."""

    def __init__(self, indices: Any, values: Any, dense_shape: Any) -> None:
        self.shape = [int(s) for s in convert(dense_shape).tolist()]
        self.indices = convert(indices).long().reshape(-1, len(self.shape))
        self.values = convert(values)
        if len(self.indices) != len(self.values):
            raise ValueError(f"Dimensions {len(self.indices)} and {len(self.values)} are not compatible")


def _of(dense: T) -> Sparse:
    places = dense.nonzero()
    return Sparse(EagerTensor(places), EagerTensor(dense[tuple(places.T)]), list(dense.shape))


def to_dense(
    st: Sparse, default_value: Any = None, validate_indices: bool = True, name: Any = None
) -> EagerTensor:
    """The whole tensor."""
    running.meter.elements(math.prod(st.shape))
    bounds = torch.tensor(st.shape)
    outside = ((st.indices < 0) | (st.indices >= bounds)).any(1).nonzero()
    if len(outside):
        from freedive.lab.dialects.tensorflow.errors import InvalidArgument

        k = int(outside[0])
        raise InvalidArgument(
            f"indices[{k}] = {st.indices[k].tolist()} is out of bounds: need 0 <= index < {st.shape}"
        )
    blank = 0 if default_value is None else convert(default_value).item()
    made = torch.full(st.shape, blank, dtype=st.values.dtype)
    return EagerTensor(made.index_put(tuple(st.indices.T), st.values))


def _reorder(st: Sparse, name: Any = None) -> Sparse:
    weights = torch.tensor([math.prod(st.shape[k + 1 :]) for k in range(len(st.shape))])
    order = (st.indices * weights).sum(1).argsort(stable=True)
    return Sparse(EagerTensor(st.indices[order]), EagerTensor(st.values[order]), st.shape)


def _add(a: Any, b: Any, threshold: Any = 0) -> Any:
    if isinstance(a, Sparse) and isinstance(b, Sparse):
        return _of(to_dense(a).t + to_dense(b).t)
    left, right = (to_dense(x) if isinstance(x, Sparse) else EagerTensor(convert(x)) for x in (a, b))
    return binary("add", left, right)


def _reduce(name: str) -> Any:
    def call(sp_input: Sparse, axis: Any = None, keepdims: bool = False, **kwargs: Any) -> Any:
        return TF.members[name].call((to_dense(sp_input),), {"axis": axis, "keepdims": keepdims})

    return call


def _matmul(sp_a: Any, b: Any, adjoint_a: bool = False, adjoint_b: bool = False, name: Any = None) -> Any:
    left, right = (to_dense(x) if isinstance(x, Sparse) else EagerTensor(convert(x)) for x in (sp_a, b))
    return TF.members["matmul"].call((left, right), {"transpose_a": adjoint_a, "transpose_b": adjoint_b})


def _slice(sp_input: Sparse, start: Any, size: Any, name: Any = None) -> Sparse:
    begins, counts = convert(start).tolist(), convert(size).tolist()
    return _of(to_dense(sp_input).t[tuple(slice(b, b + n) for b, n in zip(begins, counts, strict=True))])


def _mapped(op: Any, *args: Any, **kwargs: Any) -> Sparse:
    first = next(a for a in args if isinstance(a, Sparse))
    made = running.call(
        op, tuple(EagerTensor(a.values) if isinstance(a, Sparse) else a for a in args), kwargs
    )
    return Sparse(EagerTensor(first.indices), made, first.shape)


def _eye(num_rows: int, num_columns: Any = None, dtype: Any = "float32", name: Any = None) -> Sparse:
    return _of(TF.members["eye"].call((num_rows, num_columns), {"dtype": dtype}).t)


class SparseKind(Kind):
    name = "sparse"
    rank = 65

    def __init__(self) -> None:
        super().__init__()
        self.attributes = {
            "indices": Property(lambda s: EagerTensor(s.indices)), "values": Property(lambda s: EagerTensor(s.values)), "shape": Property(lambda s: TensorShape(s.shape)),
            "dense_shape": Property(lambda s: EagerTensor(torch.tensor(s.shape))), "dtype": Property(lambda s: DTYPES[DTYPE_NAMES[s.values.dtype]]),
            "get_shape": Native("get_shape", lambda s: TensorShape(s.shape)), "with_values": Native("with_values", lambda s, new: Sparse(EagerTensor(s.indices), new, s.shape)),
        }  # fmt: skip

    def type_name(self, value: Any) -> str:
        return "SparseTensor"

    def binary(self, op: str, a: Any, b: Any) -> Any:
        if op not in ("mul", "truediv") or not isinstance(a, Sparse):
            return super().binary(op, a, b)
        other = convert(b, like=a.values.dtype)
        there = other if not other.dim() else other.broadcast_to(a.shape)[tuple(a.indices.T)]
        made = binary(op, EagerTensor(a.values), EagerTensor(there))
        return Sparse(EagerTensor(a.indices), made, a.shape)

    def repr(self, value: Any) -> str:
        text = [
            kind_of(EagerTensor(t)).text(EagerTensor(t))
            for t in (value.indices, value.values, torch.tensor(value.shape))
        ]
        return f"SparseTensor(indices={text[0]}, values={text[1]}, dense_shape={text[2]})"


register(SparseKind(), Sparse)


def load() -> None:
    kind = publish_type(
        TypeRef("SparseTensor", Sparse, Sparse, module="tensorflow.python.framework.sparse_tensor")
    )
    functions = {
        "to_dense": to_dense, "from_dense": lambda tensor, name=None: _of(convert(tensor)), "reorder": _reorder, "add": _add, "reduce_sum": _reduce("reduce_sum"),
        "reduce_max": _reduce("reduce_max"), "sparse_dense_matmul": _matmul, "slice": _slice, "map_values": _mapped, "eye": _eye,
        "transpose": lambda sp_input, perm=None, name=None: _of(TF.members["transpose"].call((to_dense(sp_input), perm), {}).t),
        "reshape": lambda sp_input, shape, name=None: _of(TF.members["reshape"].call((to_dense(sp_input), shape), {}).t),
        "concat": lambda axis, sp_inputs, **k: _of(torch.cat([to_dense(s).t for s in collect(sp_inputs)], int(axis))),
        "maximum": lambda a, b, name=None: _of(torch.maximum(to_dense(a).t, to_dense(b).t)), "minimum": lambda a, b, name=None: _of(torch.minimum(to_dense(a).t, to_dense(b).t)),
        "softmax": lambda sp_input, name=None: _mapped(TF.members["nn"].members["softmax"], sp_input),
    }  # fmt: skip
    space = Namespace(
        "tensorflow.sparse",
        {name: Native(name, fn) for name, fn in functions.items()},
        doc="Tensors that are mostly zero.",
    )
    space.members["SparseTensor"] = TF.members["SparseTensor"] = kind
    TF.members["sparse"] = space
    publish(space)
