"""Errors of a snippet as `Problem`s of the answer: Python's own words, a place, and a hint where the mistake is known."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from typing import Any

from freedive.lab.budget import LimitReached


class Refused(Exception):
    """Something the lab does not offer; the message says what and, where there is one, the way round it."""

    def __init__(
        self, message: str, line: int | None = None, column: int | None = None, hint: str | None = None
    ):
        super().__init__(message)
        self.line = line
        self.column = column
        self.hint = hint


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that looks most like the given one."""
    found = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return found[0] if found else None


def no_attribute(owner: str, name: str, known: Iterable[str]) -> AttributeError:
    """An `AttributeError` in Python's words that carries the nearest name as its hint."""
    what = f"module '{owner[7:]}'" if owner.startswith("module:") else f"'{owner}' object"
    error = AttributeError(f"{what} has no attribute '{name}'")
    close = nearest(name, known)
    if close:
        error.hint = f"did you mean '{close}'?"  # type: ignore[attr-defined]
    else:
        error.hint = f"the lab does not offer '{name}' here"  # type: ignore[attr-defined]
    return error


def not_offered(path: str, name: str, known: Iterable[str]) -> AttributeError:
    """An `AttributeError` for a name that the library has and the lab has not: the fault is not the snippet's."""
    error = AttributeError(f"the lab does not offer '{path}'")
    close = nearest(name, known)
    error.hint = (  # type: ignore[attr-defined]
        f"the library has it; near to it the lab offers '{close}'"
        if close
        else "the library has it; the lab leaves it out"
    )
    return error


_HINTS: list[tuple[str, str]] = [
    (
        r"The size of tensor a \((\d+)\) must match the size of tensor b \((\d+)\) at non-singleton dimension (\d+)",
        "aligned from the right, axis {2} has {0} against {1}; two sizes fit when they are equal or one of them is 1",
    ),
    (r"t\(\) expects a tensor with <= 2 dimensions", "t() is for matrices; use transpose(dim0, dim1) or permute(...)"),
    (
        r"view size is not compatible",
        "the elements are not in memory order after transpose, permute or slicing: "
        "use .contiguous().view(...) or .reshape(...)",
    ),
    (
        r"shape '\[(.*?)\]' is invalid for input of size (\d+)",
        "the product of the new sizes [{0}] must be {1}; one size may be -1 and is then worked out",
    ),
    (
        r"mat1 and mat2 shapes cannot be multiplied \((\d+)x(\d+) and (\d+)x(\d+)\)",
        "columns of the first ({1}) must equal rows of the second ({2})",
    ),
    (r"grad can be implicitly created only for scalar outputs", "reduce first, as in y.sum().backward(), or pass gradient="),
    (
        r"Trying to backward through the graph a second time",
        "an earlier backward went through this graph and freed its values: add the losses and go back once, "
        "or cut off with detach() what is carried over",
    ),
    (
        r"does not require grad and does not have a grad_fn",
        "nothing leads from here to a leaf with requires_grad=True: there is none, or detach, no_grad or item() cut the way",
    ),
    (
        r"one of the variables needed for gradient computation has been modified by an inplace operation",
        "backward needs the value from before the in-place change; use the out-of-place form",
    ),
    (r"a leaf Variable that requires grad is being used in an in-place operation", "wrap the update in with torch.no_grad():"),
    (r"only Tensors of floating point", "make it floating point first, e.g. dtype=torch.float32 or .float()"),
    (r"could not infer output dtype|Input dtype must be either a floating point", "convert to floating point first: .float()"),
    (r"expected scalar type (\w+) but found (\w+)|expected m1 and m2 to have the same dtype", "the dtypes differ: convert one with .to(other.dtype)"),
    (r"Sizes of tensors must match except in dimension (\d+)", "only axis {0}, along which they are joined, may differ"),
    (r"stack expects each tensor to be equal size", "stack makes a new axis, so all shapes must be the same; cat joins along one that exists"),
    (r"Can't call numpy\(\) on Tensor that requires grad", "use x.detach().numpy()"),
    (r"must be Tensor, not numpy.ndarray", "make it a tensor first: torch.from_numpy(x).float()"),
    (r"only one element tensors can be converted|a Tensor with (\d+) elements cannot be converted to Scalar", "reduce to one element first, or use .tolist()"),
    (r"not enough values to unpack|too many values to unpack", "count the names on the left and the pieces on the right"),
    (r"operands could not be broadcast together", "aligned from the right, two sizes fit when they are equal or one of them is 1"),
    (r"unterminated string literal", "a quote is missing: each string needs one at both ends"),
    (r"unexpected indent|expected an indented block|unindent does not match", "the indentation was lost or mixed; indent the body by four spaces"),
    (r"was never closed|unmatched", "count the brackets: each one opened must be closed"),
    (r"Torch not compiled with CUDA|no CUDA", "the lab computes on the CPU; where there is CUDA, the tensor would be put into the GPU's memory, "
     "and all that it meets would have to lie there too: leave the device out or use device='cpu'"),
    (r"^(?:time limit|step limit: more than)", "does every loop end? try fewer turns; long training belongs on the training page"),
    (r"expected an index of dtype|gather\(\): Expected dtype int", "an index must be int64: use .long()"),
    (r"Boolean value of Tensor with more than one value is ambiguous|truth value of an array", "reduce it to one bool with .any() or .all()"),
]  # fmt: skip


def hint_for(error: BaseException) -> str | None:
    """A hint for a known mistake; None where there is nothing useful to say."""
    given = getattr(error, "hint", None)
    if isinstance(given, str):
        return given
    message = str(error)
    for pattern, text in _HINTS:
        found = re.search(pattern, message)
        if found:
            return text.format(*(part or "?" for part in found.groups()))
    return None


_HIDDEN = ("BaseException", "object", "Refused")


def _names(cls: type) -> list[str]:
    return [base.__name__ for base in cls.__mro__ if base.__name__ not in _HIDDEN]


_INSIDE = re.compile(
    r"<(?:class ')?freedive\.[^<>]*>|<(?:function|bound method|built-in \w+) [^<>]* at 0x[0-9a-f]+>"
)


def clean(message: str) -> str:
    """An error's text without what only tells of the inside: stack traces of C++, host paths, addresses, the lab's own objects."""
    message = re.split(r"\n(?:Exception raised from|C\+\+ CapturedTraceback)", message)[0]
    message = re.sub(r"(?:/[\w.+-]+){2,}\.(?:py|cpp|h|so)\b(?::\d+)?", "<library>", message)
    message = _INSIDE.sub("<object>", message)
    return re.sub(r" at 0x[0-9a-f]{11,}", "", message)[:4000]


def problem(error: BaseException, line: int | None = None, column: int | None = None) -> dict[str, Any]:
    """The `Problem` that stands for an error; line from 1, column from 1."""
    if isinstance(error, LimitReached):
        code, names = "limit", ["LimitReached"]
    elif isinstance(error, Refused):
        code, names = "refused", ["Refused", "Exception"]
        line = error.line or line
        column = error.column or column
    elif isinstance(error, SyntaxError):
        code, names = "syntax", _names(type(error))
        line, column = error.lineno or line, error.offset or column
    else:
        code = "error"
        names = list(getattr(error, "lab_mro", None) or _names(type(error)))
    message = clean(error.msg if isinstance(error, SyntaxError) and error.msg else _text(error))
    return {
        "code": code,
        "type": names[0],
        "mro": names,
        "message": message,
        "line": line,
        "column": column,
        "hint": hint_for(error),
    }


def _text(error: BaseException) -> str:
    if isinstance(error, KeyError) and error.args:
        key = error.args[0]
        return f"<{type(key).__name__} object>" if hasattr(type(key), "lab_class") else repr(key)
    return str(error) or type(error).__name__
