"""tf.linalg."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable
from typing import Any

import torch

from freedive.lab.arrays import DTYPE_NAMES
from freedive.lab.dialects.tensorflow.elementwise import _op, floating
from freedive.lab.dialects.tensorflow.errors import not_allowed, refuse
from freedive.lab.dialects.tensorflow.namespaces import LINALG, MATH, TF
from freedive.lab.dialects.tensorflow.reductions import axes_of
from freedive.lab.dialects.tensorflow.tensors import EagerTensor, convert, pair, run
from freedive.lab.kinds import Native
from freedive.lab.operators import collect

T = torch.Tensor
Qr = namedtuple("Qr", ["q", "r"])
SignedLog = namedtuple("SignedLog", ["sign", "log_abs_determinant"])

_SQUARE = frozenset(
    {
        "inv",
        "det",
        "eigh",
        "eigvalsh",
        "cholesky",
        "slogdet",
        "logdet",
        "expm",
        "sqrtm",
        "lu",
        "eig",
        "eigvals",
    }
)
_WHOLE = frozenset({"trace", "diag", "diag_part", "tensor_diag", "tensor_diag_part", "adjoint"})


def _simple(name: str, fn: Callable[..., Any], rule: str, kind: str = "contraction") -> Native:
    op = _op(name, fn, kind, rule)

    def call(x: Any, *args: Any, name: Any = None, **kwargs: Any) -> Any:
        t = convert(x)
        if op.name not in _WHOLE:
            floating(t, "matrix")
        if op.name in _SQUARE and (t.dim() < 2 or t.shape[-1] != t.shape[-2]):
            from freedive.lab.dialects.tensorflow.errors import kernel

            raise refuse(kernel(op.name), "Input matrix must be square.")
        return run(
            op, (t, *[convert(a) if isinstance(a, EagerTensor | list | tuple) else a for a in args]), kwargs
        )

    return Native(name, call, op.doc)


def _svd(tensor: Any, full_matrices: bool = False, compute_uv: bool = True, name: Any = None) -> Any:
    def parts(x: T) -> Any:
        if not compute_uv:
            return torch.linalg.svdvals(x)
        u, s, vh = torch.linalg.svd(x, full_matrices=bool(full_matrices))
        return s, u, vh.mH

    return run(_op("svd", parts, "contraction", "svd"), (floating(convert(tensor), "matrix"),))


def _qr(input: Any, full_matrices: bool = False, name: Any = None) -> Any:
    op = _op(
        "qr",
        lambda x: tuple(torch.linalg.qr(x, "complete" if full_matrices else "reduced")),
        "contraction",
        "svd",
    )
    return Qr(*run(op, (floating(convert(input), "matrix"),)))


def _slogdet(input: Any, name: Any = None) -> Any:
    op = _op("slogdet", lambda x: tuple(torch.linalg.slogdet(x)), "contraction", "lu")
    return SignedLog(*run(op, (floating(convert(input), "matrix"),)))


def _matvec(a: Any, b: Any, transpose_a: bool = False, adjoint_a: bool = False, **kwargs: Any) -> Any:
    matrix, vector = pair("MatMul", a, b)
    matrix = matrix.mT if transpose_a or adjoint_a else matrix
    if matrix.dim() >= 2 and vector.dim() and matrix.shape[-1] != vector.shape[-1]:
        told = f"In[0]: [{matrix.shape[-2]},{matrix.shape[-1]}], In[1]: [{vector.shape[-1]},1]"
        raise refuse("MatMul", f"Matrix size-incompatible: {told}")
    return run(
        _op("matvec", lambda m, v: (m @ v.unsqueeze(-1)).squeeze(-1), "contraction", "matmul"),
        (matrix, vector),
    )


def _solve(matrix: Any, rhs: Any, adjoint: bool = False, name: Any = None) -> Any:
    a, b = pair("MatrixSolve", matrix, rhs)
    if a.dim() < 2 or a.shape[-1] != a.shape[-2]:
        raise refuse("MatrixSolve", "First input (lhs) must be a square matrix.")
    return run(_op("solve", torch.linalg.solve, "contraction", "solve"), (a.mT if adjoint else a, b))


def _triangular(matrix: Any, rhs: Any, lower: bool = True, adjoint: bool = False, name: Any = None) -> Any:
    a, b = pair("MatrixTriangularSolve", matrix, rhs)
    a, upper = (a.mT, bool(lower)) if adjoint else (a, not lower)
    op = _op(
        "triangular_solve",
        lambda m, r: torch.linalg.solve_triangular(m, r, upper=upper),
        "contraction",
        "solve",
    )
    return run(op, (a, b))


def _cholesky(input: Any, name: Any = None) -> Any:
    t = floating(convert(input), "matrix")
    if t.dim() < 2 or t.shape[-1] != t.shape[-2]:
        raise refuse("Cholesky", "Input matrix must be square.")

    # TensorFlow gives nan where the matrix is not positive definite
    def factor(x: T) -> T:
        made, info = torch.linalg.cholesky_ex(x)
        return (
            made
            if not bool((info > 0).any())
            else torch.where((info > 0)[..., None, None], torch.full_like(made, float("nan")).tril(), made)
        )

    return run(_op("cholesky", factor, "contraction", "lu"), (t,))


def _cholesky_solve(chol: Any, rhs: Any, name: Any = None) -> Any:
    a, b = pair("CholeskySolve", chol, rhs)
    return run(_op("cholesky_solve", lambda c, r: torch.cholesky_solve(r, c), "contraction", "solve"), (a, b))


def _lstsq(matrix: Any, rhs: Any, l2_regularizer: float = 0.0, fast: bool = True, name: Any = None) -> Any:
    a, b = pair("MatrixSolveLs", matrix, rhs)
    op = _op(
        "lstsq",
        lambda m, r: torch.linalg.solve(
            m.mT @ m + float(l2_regularizer) * torch.eye(m.shape[-1], dtype=m.dtype), m.mT @ r
        ),
        "contraction",
        "solve",
    )
    return run(op, (a, b))


def _diag(
    diagonal: Any,
    name: Any = None,
    k: Any = 0,
    num_rows: int = -1,
    num_cols: int = -1,
    padding_value: Any = 0,
    **more: Any,
) -> Any:
    t = convert(diagonal)
    return run(_op("diag", torch.diag_embed, "movement", "diagonal"), (t, int(k)))


def _set_diag(input: Any, diagonal: Any, name: Any = None, k: Any = 0, **more: Any) -> Any:
    t = convert(input)
    new = convert(diagonal, like=t.dtype)
    op = _op("set_diag", lambda x, d: torch.diagonal_scatter(x, d, int(k), -2, -1), "indexing", "none")
    return run(op, (t, new))


def _tensor_diag(diagonal: Any, name: Any = None) -> Any:
    t = convert(diagonal)
    op = _op(
        "tensor_diag", lambda x: torch.diag(x.reshape(-1)).reshape(*x.shape, *x.shape), "movement", "outer"
    )
    return run(op, (t, t)[:1])


def _band(input: Any, num_lower: Any, num_upper: Any, name: Any = None) -> Any:
    low, high = int(num_lower), int(num_upper)

    def keep(t: T) -> T:
        t = torch.tril(t, high) if high >= 0 else t
        return t if low < 0 else torch.triu(t, -low)

    return run(_op("band_part", keep, "movement", "none"), (convert(input),))


def _normalize(tensor: Any, ord: Any = "euclidean", axis: Any = None, name: Any = None) -> Any:
    length = TF.members["norm"].call((tensor,), {"ord": ord, "axis": axis, "keepdims": True})
    return (TF.members["divide"].call((tensor, length), {}), length)


def norm(
    tensor: Any, ord: Any = "euclidean", axis: Any = None, keepdims: bool = False, name: Any = None
) -> Any:
    t = convert(tensor)
    if not t.is_floating_point() and not t.is_complex():
        raise not_allowed(DTYPE_NAMES[t.dtype], "float")
    axes = axes_of(axis)
    of_matrix = isinstance(axes, list) and len(axes) == 2 and ord not in ("euclidean", "fro")
    order: Any = 2.0 if ord in ("euclidean", "fro") else float(ord)

    def length(x: T, order: Any, axis: Any = None, keepdim: bool = False) -> T:
        fn = torch.linalg.matrix_norm if of_matrix else torch.linalg.vector_norm
        made: T = fn(x, order, axis, keepdim)
        return made

    return run(
        _op("norm", length, "reduction", "none"), (t, order), {"axis": axes, "keepdim": bool(keepdims)}
    )


def global_norm(items: Any, name: Any = None) -> Any:
    """The root of the sum of the squares of all elements of all tensors."""
    return EagerTensor(torch.sqrt(sum((convert(x) ** 2).sum() for x in collect(items) if x is not None)))  # type: ignore[arg-type]


def _root(x: T) -> T:
    values, vectors = torch.linalg.eig(x)
    made: T = vectors @ torch.diag_embed(torch.sqrt(values)) @ torch.linalg.inv(vectors)
    return made.real if not x.is_complex() else made


def _lu(input: Any, output_idx_type: Any = "int32", name: Any = None) -> Any:
    """Both triangles in one matrix, and the order of the rows."""

    def factor(x: T) -> tuple[T, T]:
        packed, pivots = torch.linalg.lu_factor(x)
        order, _, _ = torch.lu_unpack(packed, pivots, unpack_data=False)
        return packed, order.argmax(-2).int()

    return tuple(run(_op("lu", factor, "contraction", "lu"), (convert(input),)))


def load() -> None:
    LINALG.members["lu"] = Native("lu", _lu)

    def contraction(name: str, fn: Callable[..., Any], rule: str) -> Native:
        return _simple(name, fn, rule)

    def movement(name: str, fn: Callable[..., Any], kind: str = "movement") -> Native:
        return _simple(name, fn, "none", kind)

    TF.members["norm"] = Native("norm", norm)
    LINALG.members.update(
        inv=contraction("inv", lambda x, adjoint=False: torch.linalg.inv(x.mT if adjoint else x), "solve"), pinv=contraction("pinv", torch.linalg.pinv, "svd"),
        det=contraction("det", torch.linalg.det, "lu"), eigh=contraction("eigh", lambda x: tuple(torch.linalg.eigh(x)), "eig"),
        eigvalsh=contraction("eigvalsh", torch.linalg.eigvalsh, "eig"), eig=contraction("eig", lambda x: tuple(torch.linalg.eig(x)), "svd"),
        eigvals=contraction("eigvals", torch.linalg.eigvals, "svd"), expm=contraction("expm", torch.matrix_exp, "svd"),
        logdet=contraction("logdet", torch.logdet, "lu"), sqrtm=contraction("sqrtm", _root, "svd"),
        matrix_rank=contraction("matrix_rank", lambda x: torch.linalg.matrix_rank(x).int(), "svd"),
        trace=movement("trace", lambda x: torch.diagonal(x, dim1=-2, dim2=-1).sum(-1, dtype=x.dtype), "reduction"),
        diag_part=movement("diag_part", lambda x, k=0: torch.diagonal(x, int(k), dim1=-2, dim2=-1)), tensor_diag_part=movement("tensor_diag_part", torch.diagonal),
        adjoint=movement("adjoint", lambda x: x.mH), matrix_transpose=Native("matrix_transpose", lambda a, **k: run(_op("matrix_transpose", lambda x: x.mT, "movement", "none"), (convert(a),))),
        svd=Native("svd", _svd), qr=Native("qr", _qr), slogdet=Native("slogdet", _slogdet), matvec=Native("matvec", _matvec), solve=Native("solve", _solve),
        triangular_solve=Native("triangular_solve", _triangular), cholesky=Native("cholesky", _cholesky), cholesky_solve=Native("cholesky_solve", _cholesky_solve),
        lstsq=Native("lstsq", _lstsq), diag=Native("diag", _diag), set_diag=Native("set_diag", _set_diag), tensor_diag=Native("tensor_diag", _tensor_diag),
        band_part=Native("band_part", _band), normalize=Native("normalize", _normalize), global_norm=Native("global_norm", global_norm),
        norm=TF.members["norm"], matmul=TF.members["matmul"], eye=TF.members["eye"], tensordot=TF.members["tensordot"], einsum=TF.members["einsum"],
        cross=Native("cross", lambda a, b, **k: run(_op("cross", torch.linalg.cross, "elementwise"), pair("Cross", a, b))),
        l2_normalize=MATH.members["l2_normalize"],
    )  # fmt: skip
    TF.members["eig"], TF.members["eigvals"] = LINALG.members["eig"], LINALG.members["eigvals"]
