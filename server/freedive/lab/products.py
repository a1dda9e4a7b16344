"""Matrix products, layers and einsum as one thing: a letter for each axis, summed over the letters that the result lacks."""

from __future__ import annotations

import string
from dataclasses import dataclass
from typing import Any

from freedive.lab.recorder import Layer, Note, Record

Letters = tuple[str, ...]

PLAIN = frozenset({"matmul", "mm", "bmm", "mv", "@"})
DOTS = frozenset({"dot", "vdot", "inner", "vecdot"})
ADDED = frozenset({"addmm", "addmv", "baddbmm", "addbmm"})
LINEAR = frozenset({"linear", "Linear", "FullyConnected", "Dense"})


@dataclass(frozen=True)
class Product:
    """`operands[i]` has one letter of `letters[i]` per axis; `added` is added once (a bias), aligned from the right."""

    operands: tuple[Note, ...]
    letters: Letters
    result: str
    added: Note | None = None

    @property
    def equation(self) -> str:
        return f"{','.join(self.letters)}->{self.result}"

    @property
    def summed(self) -> list[str]:
        """Letters that are summed over, in order of appearance."""
        return [c for c in dict.fromkeys("".join(self.letters)) if c not in self.result]

    def size(self, letter: str) -> int:
        return max(size for size, c in self._axes() if c == letter)

    def _axes(self) -> list[tuple[int, str]]:
        pairs = zip(self.operands, self.letters, strict=True)
        return [pair for note, letters in pairs for pair in zip(note.shape, letters, strict=True)]

    @property
    def sizes(self) -> dict[str, int]:
        """How long each letter's axis is."""
        return {c: self.size(c) for _, c in self._axes()}

    @property
    def fits(self) -> bool:
        """Whether axes with the same letter are equally long, or 1."""
        return all(size in (1, self.size(c)) for size, c in self._axes())

    def facing(self) -> list[tuple[int | None, int | None]]:
        """For each operand, and last the result, the axes that make rows and columns of its matrix: of two operands the
        columns of the first meet the rows of the second."""
        if len(self.letters) == 2:
            a, b = self.letters
            shared = [c for c in a if c in b and c not in self.result]
            rows = [c for c in self.result if c in a and c not in b]
            columns = [c for c in self.result if c in b and c not in a]
            if shared or rows or columns:
                row, meet, column = (each[-1] if each else "" for each in (rows, shared, columns))
                return [(_at(a, row), _at(a, meet)), (_at(b, meet), _at(b, column)), (_at(self.result, row), _at(self.result, column))]  # fmt: skip
        return [last_two(len(letters)) for letters in (*self.letters, self.result)]


def _at(letters: str, letter: str) -> int | None:
    return letters.index(letter) if letter and letter in letters else None


def last_two(rank: int) -> tuple[int | None, int | None]:
    return (rank - 2 if rank > 1 else None, rank - 1 if rank else None)


def matrix_letters(left: int, right: int) -> tuple[str, str, str] | None:
    """The letters of `matmul` on tensors of that many axes."""
    if not left or not right:
        return None
    letters = string.ascii_lowercase[: max(left, right) - 2] if max(left, right) > 2 else ""
    first = letters[max(0, len(letters) - max(0, left - 2)) :] if left > 2 else ""
    second = letters[max(0, len(letters) - max(0, right - 2)) :] if right > 2 else ""
    a = "k" if left == 1 else f"{first}xk"
    b = "k" if right == 1 else f"{second}ky"
    return a, b, letters + ("" if left == 1 else "x") + ("" if right == 1 else "y")


def product_of(record: Record) -> Product | None:
    """The operation in letters, or None where it is no product or cannot be told."""
    try:
        return _product(record)
    except (IndexError, KeyError, TypeError, ValueError):
        return None  # called in a way that is not known here


def _product(record: Record) -> Product | None:
    name, notes = record.name, tuple(record.inputs)
    if name == "einsum":
        equation = record.args[0]
        return spelled(equation, notes) if isinstance(equation, str) else None
    if name in LINEAR:
        return _linear(record)
    if name in ADDED and not record.kwargs:
        made = matrix_letters(len(notes[1].shape), len(notes[2].shape))
        if made is None:
            return None
        a, b, out = made
        return Product(notes[1:3], (a, b), out.removeprefix("a") if name == "addbmm" else out, notes[0])
    if name == "bilinear" and len(notes) >= 3 and len(notes[0].shape) == 2:
        return Product(notes[:3], ("xi", "xj", "yij"), "xy", notes[3] if len(notes) > 3 else None)
    if len(notes) != 2:
        return None
    left, right = (len(note.shape) for note in notes)
    if name in ("outer", "ger") and left == right == 1:
        return Product(notes, ("x", "y"), "xy")
    if name == "tensordot":
        return _tensordot(record, notes)
    if name == "batch_dot":
        flip_a, flip_b = _flag(record, "transpose_a", 2), _flag(record, "transpose_b", 3)
        return Product(notes, ("akx" if flip_a else "axk", "ayk" if flip_b else "aky"), "axy")
    if name == "matvec":
        outer = string.ascii_lowercase[: max(left - 2, right - 1)]
        a, b = outer[len(outer) - left + 2 :] + "xk", outer[len(outer) - right + 1 :] + "k"
        return Product(notes, (a, b), outer + "x")
    if name in DOTS and max(left, right) > 1:
        return _dots(record, notes, left, right)
    if name in PLAIN | DOTS:
        made = matrix_letters(left, right)
        return None if made is None else Product(notes, made[:2], made[2])
    return None


def _flag(record: Record, name: str, place: int) -> bool:
    return bool(record.kwargs.get(name, record.args[place] if len(record.args) > place else False))


def _dots(record: Record, notes: tuple[Note, ...], left: int, right: int) -> Product | None:
    """dot and inner of more than vectors: all axes of both stay but the one that is summed over."""
    outer = string.ascii_lowercase[:10]
    first, second = outer[: left - 1], outer[left - 1 : left + right - 2]
    if record.name == "inner":
        return Product(notes, (first + "k", second + "k"), first + second)
    if record.name != "dot" or _flag(record, "transpose_a", 2) or _flag(record, "transpose_b", 3):
        return None
    if right == 1:
        return Product(notes, (first + "k", "k"), first)
    # NumPy sums over the second to last axis of the second operand, MXNet over the first; of matrices that is one
    if right > 2 and not notes[1].array:
        return Product(notes, (first + "k", "k" + second), first + second)
    return Product(notes, (first + "k", second[:-1] + "k" + second[-1:]), first + second)


def _linear(record: Record) -> Product | None:
    first = record.args[0]
    if isinstance(first, Layer):
        weight, bias = first.weights.get("weight"), first.weights.get("bias")
        x = record.args[1]
    else:
        given = [*record.args, None, None]
        x, weight, bias = (
            record.kwargs.get(name, value)
            for name, value in zip(("input", "weight", "bias"), given, strict=False)
        )
    if not isinstance(x, Note) or not isinstance(weight, Note) or len(weight.shape) != 2:
        return None
    if not x.shape or x.shape[-1] != weight.shape[1]:
        return None  # flattened on the way
    outer = ("abcdefg"[: len(x.shape) - 2] + "x") if len(x.shape) > 1 else ""
    return Product((x, weight), (outer + "k", "yk"), outer + "y", bias if isinstance(bias, Note) else None)


def _tensordot(record: Record, notes: tuple[Note, ...]) -> Product | None:
    dims: Any = record.kwargs.get(
        "dims", record.kwargs.get("axes", record.args[2] if len(record.args) > 2 else 2)
    )
    left, right = (len(note.shape) for note in notes)
    if isinstance(dims, int):
        dims = [list(range(left - dims, left)), list(range(dims))]
    first, second = ([each] if isinstance(each, int) else list(each) for each in dims)
    letters = string.ascii_lowercase
    a, b = list(letters[:left]), list(letters[left : left + right])
    for i, j in zip(first, second, strict=True):
        b[j] = a[i]
    summed = {a[i] for i in first}
    return Product(notes, ("".join(a), "".join(b)), "".join(c for c in a + b if c not in summed))


def spelled(equation: str, notes: tuple[Note, ...]) -> Product | None:
    """An einsum equation with its ellipsis and its result written out in letters."""
    left, arrow, right = equation.replace(" ", "").partition("->")
    parts = left.split(",")
    if len(parts) != len(notes):
        return None
    free = [c for c in string.ascii_uppercase + string.ascii_lowercase if c not in equation]
    widest = max(
        len(note.shape) - len(part.replace("...", "")) for note, part in zip(notes, parts, strict=True)
    )
    dots = "".join(free[: max(0, widest)])
    letters = []
    for note, part in zip(notes, parts, strict=True):
        count = len(note.shape) - len(part.replace("...", ""))
        letters.append(part.replace("...", dots[len(dots) - count :]))
        if len(letters[-1]) != len(note.shape):
            return None
    if arrow:
        result = right.replace("...", dots)
    else:
        single = sorted(c for c in set("".join(parts)) - {"."} if "".join(parts).count(c) == 1)
        result = ("" if "." not in left else dots) + "".join(single)
    return Product(notes, tuple(letters), result)
