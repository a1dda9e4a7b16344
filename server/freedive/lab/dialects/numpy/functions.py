"""The numpy namespace."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from freedive.lab.dialects.numpy import names
from freedive.lab.dialects.numpy.values import load_methods
from freedive.lab.dialects.standard.library import TextFile
from freedive.lab.door import Op
from freedive.lab.exchange import Borrowed, callback, hand_over, receive
from freedive.lab.functions import FunctionKind
from freedive.lab.importing import publish
from freedive.lab.kinds import Native, register
from freedive.lab.namespaces import Namespace
from freedive.lab.problems import Refused
from freedive.lab.running import running
from freedive.lab.tables import counterparts
from freedive.lab.types import TypeRef, publish_type
from freedive.lab.writing import sorted_out

NUMPY = Namespace("numpy", version=np.__version__, doc="Arrays.")

TABLE = """
creation nested: array asarray ascontiguousarray asanyarray
creation none: copy array_equal fromiter
creation shape: zeros ones empty
creation first: full
creation : zeros_like ones_like empty_like full_like
creation steps: arange
creation count: linspace logspace geomspace hanning hamming
creation square: eye identity tri
creation outer: meshgrid ix_
creation indices: indices
creation spread: diag_indices
creation triangle: tril_indices triu_indices
elementwise : add subtract multiply divide true_divide floor_divide remainder mod fmod power float_power negative
elementwise : positive abs absolute fabs sign sqrt cbrt square reciprocal exp exp2 expm1 log log2 log10 log1p logaddexp
elementwise : sin cos tan arcsin arccos arctan arctan2 sinh cosh tanh arcsinh arccosh arctanh hypot deg2rad rad2deg
elementwise : degrees radians floor ceil trunc rint fix round around clip maximum minimum fmax fmin nan_to_num heaviside
elementwise : sinc modf real imag conj conjugate angle isnan isinf isfinite isclose equal not_equal less less_equal
elementwise : greater greater_equal logical_and logical_or logical_not logical_xor bitwise_and bitwise_or bitwise_xor
elementwise : ldexp nextafter isposinf isneginf bitwise_not logaddexp2 spacing frexp bitwise_invert bitwise_left_shift
elementwise : bitwise_right_shift invert left_shift right_shift signbit copysign gcd lcm isin interp select i0 isreal iscomplex
movement none: reshape ravel squeeze expand_dims transpose swapaxes moveaxis rollaxis flip fliplr flipud roll rot90
movement none: diagonal tril triu atleast_1d atleast_2d atleast_3d split array_split hsplit vsplit dsplit
movement none: unstack trim_zeros delete insert append permute_dims
movement : broadcast_arrays
movement new_shape: resize
movement expand: broadcast_to
movement repeats: tile repeat
movement diagonal: diag diagflat
movement stack: concatenate concat stack vstack hstack dstack column_stack row_stack block
movement padding: pad
indexing none: take take_along_axis choose compress extract nonzero flatnonzero argwhere argsort sort argpartition
indexing none: partition unique searchsorted digitize lexsort unravel_index ravel_multi_index union1d intersect1d
indexing none: setdiff1d setxor1d in1d unique_values
indexing : where
inplace none: put put_along_axis place copyto fill_diagonal putmask
reduction none: sum nansum mean nanmean average median nanmedian prod nanprod max min amax amin nanmax nanmin ptp argmax
reduction none: argmin nanargmax nanargmin std nanstd var nanvar all any cumsum cumprod count_nonzero
reduction none: diff ediff1d trace gradient trapezoid
reduction quantiles: percentile quantile nanpercentile nanquantile
reduction bins: histogram histogram2d histogram_bin_edges
reduction none: allclose array_equiv
reduction value: bincount
reduction variables: cov corrcoef
contraction matmul: matmul dot inner vdot vecdot
contraction tensordot: tensordot
contraction kron: outer kron
contraction equation: einsum
contraction none: cross
contraction convolved: convolve correlate
contraction vandermonde: vander
query none: shape ndim size may_share_memory shares_memory result_type can_cast isscalar iterable array_str array_repr
query none: broadcast_shapes issubdtype polyval polyder polyint polyadd is_busday
query written: array2string base_repr binary_repr
query polynomial: poly roots polyfit
query convolved: polymul
"""

LINALG = "norm inv pinv det slogdet svd svdvals qr cholesky eigh eigvalsh eig eigvals solve lstsq matrix_rank matrix_power cond multi_dot tensorinv vector_norm matrix_norm"
_TYPES = (
    "float16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "bool_",
    "intp",
)  # fmt: skip


def _empty(*args: Any, **kwargs: Any) -> Any:
    return np.zeros(*args, **kwargs)


def _array(data: Any, *args: Any, **kwargs: Any) -> Any:
    made = np.array(data, *args, **kwargs)
    if made.dtype.hasobject:
        raise ValueError("setting an array element with a sequence. The rows must all have the same length.")
    return made


def _poly(seq_of_zeros: Any) -> Any:
    """np.poly, by halves where there are many zeros: NumPy multiplies with one after the other."""
    zeros = np.atleast_1d(seq_of_zeros)
    if zeros.ndim != 1 or len(zeros) < 256 or zeros.dtype.kind not in "fiub":
        return np.poly(seq_of_zeros)
    parts = [np.poly(zeros[start : start + 128]) for start in range(0, len(zeros), 128)]
    while len(parts) > 1:
        pairs = [np.convolve(a, b) for a, b in zip(parts[::2], parts[1::2], strict=False)]
        parts = pairs + parts[2 * len(pairs) :]
    return parts[0]


_poly.__name__ = "poly"


def _text(source: Any, **kwargs: Any) -> Any:
    if isinstance(source, str):
        if source not in running.files:
            raise FileNotFoundError(f"{source} not found.")
        source = running.files[source]
    return source


def _loader(name: str) -> Any:
    def load(source: Any, **kwargs: Any) -> Any:
        import io

        text = _text(source)
        if not isinstance(text, io.StringIO | list | TextFile):
            raise TypeError("give it text, as in io.StringIO(...)")
        lines = text if isinstance(text, list) else text.getvalue().splitlines()
        allowed = {
            "delimiter",
            "skiprows",
            "skip_header",
            "dtype",
            "usecols",
            "comments",
            "unpack",
            "names",
            "filling_values",
            "missing_values",
        }
        unknown = set(kwargs) - allowed
        if unknown:
            raise Refused(f"the keyword '{unknown.pop()}' is not offered here")
        return receive(
            getattr(np, name)(hand_over(lines), **{key: hand_over(each) for key, each in kwargs.items()})
        )

    return load


def _save(path: Any, value: Any) -> None:
    made = np.array(value)
    running.files[str(path)] = receive(made)  # of what is no data an array of cells


def _load(path: Any, **kwargs: Any) -> Any:
    if kwargs.get("allow_pickle"):
        raise Refused("allow_pickle is not offered: a pickle can run any code")
    if path not in running.files:
        raise FileNotFoundError(f"[Errno 2] No such file or directory: {path!r}")
    return running.files[path]


def _vectorize(function: Any, **kwargs: Any) -> Any:
    inner = np.vectorize(callback(function), otypes=hand_over(kwargs.get("otypes")))
    return Op("vectorize(…)", lambda *args: inner(*args), "elementwise")


def _along(function: Any, axis: int, value: Any, *args: Any) -> Any:
    return receive(
        np.apply_along_axis(callback(function), hand_over(axis), hand_over(value), *map(hand_over, args))
    )


def _from_function(function: Any, shape: Any, **kwargs: Any) -> Any:
    running.meter.elements(math.prod(shape))
    return receive(
        np.fromfunction(callback(function), shape, **{key: hand_over(each) for key, each in kwargs.items()})
    )


class Ufunc(Op):
    """A NumPy ufunc: what stands behind its inputs is where the result goes."""

    __slots__ = ()

    def call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if len(args) > self.fn.nin or "where" in kwargs:  # type: ignore[attr-defined]
            args, kwargs = sorted_out(self.fn, tuple([hand_over(a) for a in args]), kwargs)  # type: ignore[arg-type]
        return super().call(args, kwargs)


def _reduced(reduce: Any) -> Any:
    """A ufunc's reduce; one number may also be put into an array of one element, whatever its axes."""

    def run(*args: Any, **kwargs: Any) -> Any:
        out = kwargs.get("out")
        if (
            isinstance(out, np.ndarray)
            and out.size == 1
            and out.ndim
            and np.ndim(args[0]) == 1
            and not kwargs.get("keepdims")
        ):
            reduce(*args, **{**kwargs, "out": out.reshape(())})
            return out
        return reduce(*args, **kwargs)

    return run


class UfuncKind(FunctionKind):
    """Operations; those that are NumPy ufuncs also have reduce, accumulate and outer."""

    def getattr(self, value: Any, name: str) -> Any:
        if isinstance(value.fn, np.ufunc) and name in _UFUNC:
            kind, rule = _UFUNC[name]
            function = getattr(value.fn, name)
            return Op(
                f"{value.name}.{name}", _reduced(function) if name == "reduce" else function, kind, rule
            )
        return super().getattr(value, name)


_UFUNC = {
    "reduce": ("reduction", "none"), "accumulate": ("reduction", "none"), "outer": ("contraction", "kron"), "at": ("inplace", "none"),
}  # fmt: skip

register(UfuncKind(), Op)


def load() -> None:
    load_methods()
    members = NUMPY.members
    rows = counterparts("np")
    special: dict[str, Any] = {"poly": _poly, "array": _array, "empty": _empty, "empty_like": np.zeros_like}
    for line in (TABLE.strip() + names.MORE).strip().splitlines():
        head, _, listed = line.partition(":")
        kind, _, rule = head.partition(" ")
        for name in listed.split():
            function = special.get(name) or getattr(np, name, None)
            if function is not None:
                moves = (1, 2) if name == "where" else (0,)
                make = Ufunc if isinstance(function, np.ufunc) else Op
                members[name] = make(name, function, kind, rule.strip(), info=rows.get(name), moves=moves)
    refs: list[TypeRef] = []
    for name in (*_TYPES, *names.SCALARS):
        python = getattr(np, name)
        known = next((ref for ref in refs if ref.python is python), None)
        if known is None:
            known = publish_type(TypeRef(python.__name__, python, _scalar(python), module="numpy"))
            refs.append(known)
        members[name] = known
    members["bool"] = members["bool_"]
    members["ndarray"] = publish_type(TypeRef("ndarray", np.ndarray, module="numpy"))
    for name in ("number", "integer", "floating", "generic", *names.ABSTRACT):
        members[name] = TypeRef(name, getattr(np, name), module="numpy")
    publish_type(TypeRef("dtype", np.dtype, module="numpy"))
    members["dtype"] = Borrowed("dtype", np.dtype)
    members.update(pi=np.pi, e=np.e, inf=np.inf, nan=np.nan, newaxis=None, euler_gamma=np.euler_gamma)
    natives = {
        "vectorize": _vectorize, "apply_along_axis": _along, "fromfunction": _from_function, "save": _save, "load": _load,
        "loadtxt": _loader("loadtxt"), "genfromtxt": _loader("genfromtxt"),
        "finfo": lambda t=np.float64: np.finfo(hand_over(t)), "iinfo": lambda t: np.iinfo(hand_over(t)),
    }  # fmt: skip
    for name, function in natives.items():
        members[name] = Native(name, function)
    linalg = Namespace("numpy.linalg", doc="Linear algebra.")
    rules = {
        "norm": "none",
        "multi_dot": "chain",
        "inv": "solve",
        "det": "lu",
        "solve": "solve",
        "cholesky": "lu",
        "eigh": "eig",
        "vector_norm": "none",
    }
    for name in (LINALG + " " + names.LINALG).split():
        function = getattr(np.linalg, name, None)
        if function is not None:
            linalg.members[name] = Op(
                name, function, "reduction" if "norm" in name else "contraction", rules.get(name, "svd")
            )
    members["linalg"] = linalg
    fft = Namespace(
        "numpy.fft",
        {
            n: Op(n, getattr(np.fft, n), "contraction", "lengthened")
            for n in ("fft", "ifft", "rfft", "fft2", "ifft2", "fftfreq", "fftshift", *names.FFT.split())
        },
    )
    members["fft"] = fft
    testing = Namespace("numpy.testing")
    for name in ("assert_allclose", "assert_array_equal", "assert_almost_equal", "assert_array_almost_equal"):
        testing.members[name] = Op(name, getattr(np.testing, name), "query", "none")
    members["testing"] = testing
    publish(NUMPY, linalg, fft, testing)


def _scalar(python: Any) -> Any:
    timed = issubclass(python, np.datetime64 | np.timedelta64)
    start = _START.get(python.__name__, 0)

    def make(value: Any = start, *unit: Any) -> Any:
        value = hand_over(value)
        plain = isinstance(
            value, int | float | complex | str | bytes | list | tuple | np.ndarray | np.generic
        )
        return python(value if plain or timed else float(value), *(map(str, unit) if timed else ()))

    return make


_START: dict[str, Any] = {"str_": "", "bytes_": b"", "datetime64": "NaT", "timedelta64": 0}
