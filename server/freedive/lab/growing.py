"""Results whose size is given by a value and not by a shape: counted before the call, like those in `sizes`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch

from freedive.lab.arrays import count_of
from freedive.lab.budget import Meter
from freedive.lab.problems import Refused
from freedive.lab.sizes import RULES as BY_SHAPE
from freedive.lab.sizes import Rule, count, extent, tensors

Args = tuple[Any, ...]
Kwargs = dict[str, Any]


def _at(args: Args, kwargs: Kwargs, place: int, name: str, default: Any = None) -> Any:
    return args[place] if len(args) > place else kwargs.get(name, default)


def _whole(value: Any, default: int = 0) -> int:
    """A count as a plain number; what is none is left to the call itself."""
    if isinstance(value, int | np.integer):
        return int(value)
    if isinstance(value, torch.Tensor | np.ndarray) and count_of(value) == 1:
        return int(value.item())
    return default


def _wholes(value: Any) -> list[int]:
    """All whole numbers of a list, a tuple, an array, nested or alone."""
    if isinstance(value, torch.Tensor | np.ndarray):
        return [int(each) for each in value.flatten().tolist()] if count_of(value) < 1_000 else []
    if isinstance(value, list | tuple):
        return [each for part in value for each in _wholes(part)]
    return [int(value)] if isinstance(value, int | np.integer) else []


def nested(meter: Meter, fn: Any, args: Args, kwargs: Kwargs) -> None:
    """array([[…], …]): as many elements as the lists inside each other hold, the same list many times over too."""
    if args and isinstance(args[0], list | tuple):
        meter.elements(count(extent(args[0])))


def indices(meter: Meter, fn: Any, args: Args, kwargs: Kwargs) -> None:
    """np.indices((3, 4)): a whole array for each axis."""
    dimensions = _wholes(_at(args, kwargs, 0, "dimensions", ()))
    meter.elements(count(dimensions) * max(1, len(dimensions)))


def triangle(meter: Meter, fn: Any, args: Args, kwargs: Kwargs) -> None:
    """tril_indices(n, k, m) of NumPy, tril_indices(row, col) of torch: at most two numbers for each place."""
    rows = _whole(_at(args, kwargs, 0, "row", kwargs.get("n")))
    numpy = getattr(fn, "__module__", "") == "numpy"
    columns = _whole(_at(args, kwargs, 2, "m", rows) if numpy else _at(args, kwargs, 1, "col", rows), rows)
    meter.elements(2 * rows * columns)


def spread(meter: Meter, fn: Any, args: Args, kwargs: Kwargs) -> None:
    """diag_indices(n, ndim): n numbers for each axis."""
    meter.elements(_whole(_at(args, kwargs, 0, "n")) * _whole(_at(args, kwargs, 1, "ndim", 2), 2))


def diagonal(meter: Meter, fn: Any, args: Args, kwargs: Kwargs) -> None:
    """diag of a vector makes a square, larger by how far its diagonal lies from the middle."""
    offset = abs(_whole(_at(args, kwargs, 1, "k", kwargs.get("diagonal", kwargs.get("offset", 0)))))
    shape = extent(args[0]) if args else ()
    flat = getattr(fn, "__name__", "") == "diagflat"
    if len(shape) == 1 or flat:
        meter.elements((count(shape) + offset) ** 2)
    elif getattr(fn, "__name__", "") == "diag_embed" and shape:
        meter.elements(count(shape[:-1]) * (shape[-1] + offset) ** 2)


def new_shape(meter: Meter, fn: Any, args: Args, kwargs: Kwargs) -> None:
    """np.resize(a, (3, 4)): the second argument says all."""
    meter.elements(count(_wholes(_at(args, kwargs, 1, "new_shape", ()))))


def bins(meter: Meter, fn: Any, args: Args, kwargs: Kwargs) -> None:
    """histogram(a, bins): a count of bins, or one for each axis."""
    both = getattr(fn, "__name__", "") == "histogram2d"
    given = _at(args, kwargs, 2 if both else 1, "bins")
    if isinstance(given, int | np.integer):
        meter.elements(int(given) ** (2 if both else 1))
    elif both and isinstance(given, list | tuple) and len(given) == 2:
        meter.elements(
            math.prod(max(1, _whole(each, len(extent(each)) and extent(each)[0])) for each in given)
        )


def quantiles(meter: Meter, fn: Any, args: Args, kwargs: Kwargs) -> None:
    """percentile(a, q, axis): the rest of `a` once for each of `q`."""
    shape, wanted = extent(args[0]) if args else (), extent(_at(args, kwargs, 1, "q"))
    axis = _at(args, kwargs, 2, "axis", kwargs.get("dim"))
    left = 1
    if isinstance(axis, int) and shape and -len(shape) <= axis < len(shape):
        left = count(shape) // max(1, shape[axis])
    meter.elements(count(wanted) * left)


def variables(meter: Meter, fn: Any, args: Args, kwargs: Kwargs) -> None:
    """cov, corrcoef: every variable with every other."""
    shape = extent(args[0]) if args else ()
    rows = kwargs.get("rowvar", args[2] if len(args) > 2 else True)
    many = (shape[0] if rows else shape[-1]) if len(shape) > 1 else 1
    meter.elements(many * many)
    meter.spend_flops(2.0 * many * count(shape), "a covariance")


def convolved(meter: Meter, fn: Any, args: Args, kwargs: Kwargs) -> None:
    """np.convolve, np.correlate: every element of one meets every one of the other."""
    lengths = [count(extent(each)) for each in args[:2]]
    meter.spend_flops(2.0 * math.prod(lengths), "a convolution")


def polynomial(meter: Meter, fn: Any, args: Args, kwargs: Kwargs) -> None:
    """roots are eigenvalues; a fit solves least squares; the coefficients of given roots are multiplied out."""
    shape = extent(args[0]) if args else ()
    name, many = getattr(fn, "__name__", ""), float(count(shape))
    if name == "roots" or (name == "poly" and len(shape) == 2):
        many = float(shape[0]) if shape else 0.0
        meter.spend_flops(22.0 * many**3, name)
    elif name == "polyfit":
        degree = max([0, *_wholes(_at(args, kwargs, 2, "deg", 0))]) + 1
        meter.elements(int(many) * degree)
        meter.spend_flops(4.0 * many * degree**2, name)
    else:
        meter.spend_flops(many * many, name)


def written(meter: Meter, fn: Any, args: Args, kwargs: Kwargs) -> None:
    """base_repr(n, base, padding), binary_repr(n, width), array2string(a, separator=…): a text of a given length."""
    name = getattr(fn, "__name__", "")
    if name in ("base_repr", "binary_repr"):
        width = _at(args, kwargs, 2, "padding", 0) if name == "base_repr" else _at(args, kwargs, 1, "width")
        meter.text(abs(_whole(width)))
        return
    most = min(count(extent(args[0])) if args else 0, _whole(kwargs.get("threshold"), 1_000))
    meter.text(most * (1 + len(str(kwargs.get("separator", " ")))) + len(str(kwargs.get("prefix", ""))))
    if _whole(kwargs.get("precision")) > 100:
        raise Refused("a precision of more than 100 digits is not offered")


def vandermonde(meter: Meter, fn: Any, args: Args, kwargs: Kwargs) -> None:
    """vander(x, N): a column for each power."""
    rows = count(extent(args[0])) if args else 0
    meter.elements(rows * _whole(_at(args, kwargs, 1, "N"), rows))


def lengthened(meter: Meter, fn: Any, args: Args, kwargs: Kwargs) -> None:
    """fft(a, n), fft2(a, s), fftfreq(n): the length of each axis that is transformed may be given."""
    if getattr(fn, "__name__", "").endswith("freq"):
        meter.elements(_whole(_at(args, kwargs, 0, "n")))
        return
    shape = extent(args[0]) if args else ()
    lengths = _wholes(_at(args, kwargs, 1, "n", kwargs.get("s")))
    if lengths and shape:
        kept = count(shape[: -len(lengths)]) if len(lengths) < len(shape) else 1
        axis = _at(args, kwargs, 2, "axis", kwargs.get("dim", -1))
        if isinstance(axis, int) and len(lengths) == 1 and -len(shape) <= axis < len(shape):
            kept = count(shape) // max(1, shape[axis])
        meter.elements(kept * count(lengths))


def draws(meter: Meter, fn: Any, args: Args, kwargs: Kwargs) -> None:
    """choice(a, size), multinomial(n, p, size), dirichlet(alpha, size), multivariate_normal(mean, cov, size)."""
    name = getattr(fn, "__name__", "")
    place = {"choice": 1, "dirichlet": 1}.get(name, 2)
    each = 1
    if name != "choice" and args:
        each = max(1, count(extent(args[1] if name == "multinomial" and len(args) > 1 else args[0])))
    if name == "multivariate_normal":
        meter.spend_flops(22.0 * float(each) ** 3, name)
    meter.elements(each * count(_wholes(_at(args, kwargs, place, "size", ()))))


def repeats(meter: Meter, fn: Any, args: Args, kwargs: Kwargs) -> None:
    """x.repeat(2, 3) and tile multiply; np.repeat and repeat_interleave add up, where each element has its own count."""
    start = max(1, count(extent(args[0]))) if args else 1
    name = getattr(fn, "__name__", "")
    numpy = getattr(fn, "__module__", "") == "numpy" or (args and isinstance(args[0], np.ndarray))
    if name == "repeat_interleave" or (numpy and name == "repeat"):
        given = _at(args, kwargs, 1, "repeats", 1)
        each = sum(_wholes(given)) if count(extent(given)) < 1_000 else int(torch.as_tensor(given).sum())
        alone = isinstance(given, int | np.integer) or count(extent(given)) <= 1
        axis = _at(args, kwargs, 2, "axis", kwargs.get("dim"))
        shape = extent(args[0]) if args else ()
        whole = not isinstance(axis, int) or not shape
        meter.elements(start * each if alone else each * (1 if whole else start // max(1, shape[axis])))
        return
    times = 1
    for value in (*args[1:], *kwargs.values()):
        times *= max(1, math.prod(max(0, each) for each in _wholes(value)))
    meter.elements(start * times)


def attention(meter: Meter, fn: Any, args: Args, kwargs: Kwargs) -> None:
    """Every query meets every key."""
    query, key = _at(args, kwargs, 0, "query"), _at(args, kwargs, 1, "key")
    if isinstance(query, torch.Tensor) and isinstance(key, torch.Tensor) and min(query.dim(), key.dim()) > 1:
        scores = query.numel() // max(1, query.shape[-1]) * key.shape[-2]
        meter.elements(scores)
        meter.spend_flops(4.0 * scores * query.shape[-1], "attention")


def additive(meter: Meter, fn: Any, args: Args, kwargs: Kwargs) -> None:
    """Attention by a sum: a whole vector for every query with every key."""
    query, key = args[0], args[2]
    meter.elements(query.numel() * key.shape[-2])


def equation(meter: Meter, fn: Any, args: Args, kwargs: Kwargs) -> None:
    """einsum, whose equation tells all sizes where it is a text."""
    if args and not isinstance(args[0], str):
        raise Refused("einsum() takes its equation as a text", hint="as in einsum('ij,jk->ik', a, b)")
    BY_SHAPE["einsum"](meter, fn, args, kwargs)


def sequences(meter: Meter, fn: Any, args: Args, kwargs: Kwargs) -> None:
    """pad_sequence, pad_packed_sequence: every sequence as long as the longest, or as is asked for."""
    name, first = getattr(fn, "__name__", ""), args[0] if args else None
    if name == "pad_sequence":
        parts = list(tensors([first])) if isinstance(first, list | tuple) else []
        longest = max((each.shape[0] for each in parts if each.dim()), default=0)
        meter.elements(
            sum(longest * (count_of(each) // max(1, each.shape[0])) for each in parts if each.dim())
        )
    elif name == "pad_packed_sequence" and isinstance(first, torch.nn.utils.rnn.PackedSequence):
        total = _whole(_at(args, kwargs, 3, "total_length"), len(first.batch_sizes))
        widest = int(first.batch_sizes[0]) if len(first.batch_sizes) else 0
        meter.elements(total * widest * count(first.data.shape[1:]))


RULES: dict[str, Rule] = {
    **BY_SHAPE,
    "nested": nested, "indices": indices, "triangle": triangle, "spread": spread, "diagonal": diagonal, "new_shape": new_shape, "bins": bins,
    "quantiles": quantiles, "variables": variables, "convolved": convolved, "polynomial": polynomial, "written": written,
    "vandermonde": vandermonde, "lengthened": lengthened, "draws": draws, "repeats": repeats, "attention": attention, "additive": additive,
    "equation": equation, "sequences": sequences,
}  # fmt: skip
"""Every rule by the name that the function tables use."""
