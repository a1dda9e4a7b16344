"""Targets that a loss cannot take: of the wrong dtype, shape or range. torch says so in words of its own inside."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from freedive.lab.findings.edits import followed
from freedive.lab.findings.evidence import Evidence, Failure, number_text, shape_text, tensors, values
from freedive.lab.findings.finding import Edit, Example, Finding, rule
from freedive.lab.findings.losses import START
from freedive.lab.notes import Note

SCORES = START + "scores = torch.randn(4, 3)\n"


def _given(run: Evidence, failure: Failure) -> tuple[Note, Note, str, str] | None:
    """Scores and target of the loss that failed, and what both are called."""
    record = failure.record
    given = tensors(record) if record is not None and record.op.kind == "loss" else []
    if record is None or len(given) < 2:
        return None
    names = [run.written(record, record.args.index(each)) if each in record.args else run.called(each) for each in given[:2]]  # fmt: skip
    return given[0], given[1], names[0], names[1]


def _after(run: Evidence, failure: Failure, note: Note, tail: str) -> Edit | None:
    record = failure.record
    if record is None or note not in record.args:
        return None
    return followed(run, record, record.args.index(note), tail)


@rule(
    "one-hot-target",
    "warning",
    Example(
        SCORES + "y = F.one_hot(torch.tensor([0, 1, 2, 0]))\nloss = F.cross_entropy(scores, y)  # <-",
        ("one-hot", "(4, 3)", "int64", "y.argmax(1)"),
        SCORES + "y = F.one_hot(torch.tensor([0, 1, 2, 0]))\nloss = F.cross_entropy(scores, y.argmax(1))",
    ),
)
def one_hot(run: Evidence) -> Iterator[Finding]:
    """Rows of 0 and 1 as whole numbers."""
    for failure in run.failed("target with class probabilities"):
        found = _given(run, failure)
        if found is None:
            continue
        _, target, _, name = found
        shape, dtype = shape_text(target.shape), target.dtype
        yield Finding(
            f"{name} has the scores' shape {shape}, so it is read as probabilities, and those must be floats; it holds one-hot rows of {dtype}",
            f"give the numbers of the classes, {name}.argmax(1), or floats, {name}.float()",
            failure.record or failure.line,
            _after(run, failure, target, ".argmax(1)"),
            failure,
        )


@rule(
    "class-dtype",
    "warning",
    Example(
        SCORES + "y = torch.tensor([0., 1., 2., 0.])\nloss = F.cross_entropy(scores, y)  # <-",
        ("float32", "int64", "y.long()"),
        SCORES + "y = torch.tensor([0, 1, 2, 0])\nloss = F.cross_entropy(scores, y)",
    ),
    Example(
        SCORES
        + "y = torch.tensor([0, 1, 2, 0], dtype=torch.int32)\nloss = nn.NLLLoss()(scores.log_softmax(1), y)  # <-",
        ("int32", "y.long()"),
        SCORES + "y = torch.tensor([0, 1, 2, 0])\nloss = nn.NLLLoss()(scores.log_softmax(1), y)",
    ),
)
def class_dtype(run: Evidence) -> Iterator[Finding]:
    """Numbers of classes that are no int64."""
    for failure in run.failed("target dtype to be Long", "expected scalar type Long"):
        found = _given(run, failure)
        if found is None:
            continue
        _, target, _, name = found
        dtype = target.dtype
        if len(target.shape) == len(found[0].shape) and target.shape[-1:] == (1,):
            continue
        yield Finding(
            f"the target {name} holds the number of each row's class: it picks a column, so it must be int64 and not {dtype}",
            f"convert it: {name}.long()",
            failure.record or failure.line,
            _after(run, failure, target, ".long()"),
            failure,
        )


@rule(
    "class-range",
    "warning",
    Example(
        SCORES + "y = torch.tensor([1, 2, 3, 1])\nloss = F.cross_entropy(scores, y)  # <-",
        ("3 columns", "0 to 2", "1 to 3", "y - 1"),
        SCORES + "y = torch.tensor([1, 2, 3, 1])\nloss = F.cross_entropy(scores, y - 1)",
    ),
    Example(
        SCORES + "y = torch.tensor([0, 5, 2, 1])\nloss = F.cross_entropy(scores, y)  # <-",
        ("0 to 5", "6 outputs"),
        START
        + "scores = torch.randn(4, 6)\ny = torch.tensor([0, 5, 2, 1])\nloss = F.cross_entropy(scores, y)",
    ),
)
def class_range(run: Evidence) -> Iterator[Finding]:
    """Classes that the scores have no column for."""
    for failure in run.failed("is out of bounds"):
        found = _given(run, failure)
        if found is None or not failure.text.startswith("Target"):
            continue
        scores, target, _, name = found
        classes = scores.shape[1 if len(scores.shape) > 1 else 0]
        numbers = values(target)
        if numbers is None:
            continue
        low, high, last = int(numbers.min()), int(numbers.max()), classes - 1
        mend = (
            f"if the labels count from 1, take 1 off: {name} - 1"
            if low == 1 and high == classes
            else f"a last layer for labels up to {high} needs {high + 1} outputs"
            if low >= 0
            else "labels must not be negative; rows to be left out take ignore_index=-100"
        )
        edit = _after(run, failure, target, " - 1") if low == 1 and high == classes else None
        yield Finding(
            f"the scores have {classes} columns, so classes go from 0 to {last}; {name} holds {low} to {high}",
            mend,
            failure.record or failure.line,
            edit,
            failure,
        )


@rule(
    "target-shape",
    "warning",
    Example(
        SCORES + "y = torch.tensor([[0], [1], [2], [0]])\nloss = F.cross_entropy(scores, y)  # <-",
        ("(4, 1)", "(4,)", "y.squeeze(1)"),
        SCORES + "y = torch.tensor([0, 1, 2, 0])\nloss = F.cross_entropy(scores, y)",
    ),
    Example(
        START
        + "scores = torch.randn(2, 5, 7)\ny = torch.zeros(2, 5, dtype=torch.long)\nloss = F.cross_entropy(scores, y)  # <-",
        ("axis 1", "7", "scores.transpose(1, 2)"),
        START
        + "scores = torch.randn(2, 5, 7)\ny = torch.zeros(2, 5, dtype=torch.long)\nloss = F.cross_entropy(scores.transpose(1, 2), y)",
    ),
    Example(
        START + "p = torch.rand(4, 1)\ny = torch.tensor([0., 1., 0., 1.])\nloss = nn.BCELoss()(p, y)  # <-",
        ("(4, 1)", "(4,)", "y.reshape(4, 1)"),
        START
        + "p = torch.rand(4, 1)\ny = torch.tensor([0., 1., 0., 1.])\nloss = nn.BCELoss()(p.reshape(4), y)",
    ),
    Example(
        SCORES + "y = torch.tensor([0, 1, 2])\nloss = F.cross_entropy(scores, y)  # <-",
        ("4 rows", "3"),
        SCORES + "y = torch.tensor([0, 1, 2, 0])\nloss = F.cross_entropy(scores, y)",
    ),
)
def target_shape(run: Evidence) -> Iterator[Finding]:
    """Targets with an axis too many, with axes in another order, of another length."""
    words = "multi-target not supported", "Expected target size", "target size (", "Target size (", "to match target batch_size"  # fmt: skip
    for failure in run.failed(*words):
        found = _given(run, failure)
        if found is None:
            continue
        scores, target, first, name = found
        came, wanted = shape_text(target.shape), shape_text(scores.shape)
        at, tail, edit = failure.record or failure.line, "", None
        if "multi-target" in failure.text:
            rows = f"({scores.shape[0]},)"
            if target.shape == (scores.shape[0], 1):
                tail = ".squeeze(1)" + ("" if target.dtype == "int64" else ".long()")
                edit = _after(run, failure, target, tail)
                mend = f"drop the axis of length 1: {name}.squeeze(1)"
            else:
                mend = f"give one class per row; of one-hot rows take {name}.argmax(1), of several labels per row nn.BCEWithLogitsLoss"
            cause = f"the target holds one class per row, so its shape must be {rows}; {name} has {came}"
        elif "Expected target size" in failure.text:
            classes = scores.shape[1]
            cause = f"in scores of shape {wanted} the classes stand along axis 1, so {classes} of them are read; the target has {came}"
            mend = (
                f"bring the classes to axis 1: {first}.transpose(1, 2), or flatten both to one row per item"
            )
            if len(scores.shape) == 3 and target.shape == scores.shape[:2]:
                edit = _after(run, failure, scores, ".transpose(1, 2)")
        elif "batch_size" in failure.text:
            rows, items = str(scores.shape[0]), str(target.shape[0])
            cause = f"the scores have {rows} rows and the target has {items}: each row needs its own class"
            mend = "check the batch axis: a reshape or flatten before the loss may have mixed it with another one"
        else:
            sizes = ", ".join(map(str, scores.shape))
            cause = f"this loss compares number by number, so both need one shape: {first} has {wanted}, {name} has {came}"
            mend = f"give the target the same shape: {name}.reshape({sizes})"
            if values(target) is not None and target.kept is not None and _count(target) == _count(scores):
                edit = _after(run, failure, target, f".reshape({sizes})")
        yield Finding(cause, mend, at, edit, failure)


def _count(note: Note) -> int:
    return int(torch.Size(note.shape).numel())


@rule(
    "float-target",
    "warning",
    Example(
        START + "z = torch.randn(2)\ny = torch.tensor([0, 1])\nloss = nn.BCEWithLogitsLoss()(z, y)  # <-",
        ("int64", "probability", "y.float()"),
        START + "z = torch.randn(2)\ny = torch.tensor([0, 1])\nloss = nn.BCEWithLogitsLoss()(z, y.float())",
    ),
)
def float_target(run: Evidence) -> Iterator[Finding]:
    """Whole numbers where a loss computes with the target."""
    for failure in run.failed("Found dtype Long but expected", "can't be cast to the desired output type"):
        found = _given(run, failure)
        if found is None or found[1].dtype.startswith("float"):
            continue
        _, target, _, name = found
        dtype = target.dtype
        yield Finding(
            f"here the target is a probability that is computed with, so it must be of floats; {name} is {dtype}",
            f"convert it: {name}.float()",
            failure.record or failure.line,
            _after(run, failure, target, ".float()"),
            failure,
        )


@rule(
    "no-probability",
    "warning",
    Example(
        START + "z = torch.tensor([2., -1.])\nloss = nn.BCELoss()(z, torch.tensor([1., 0.]))  # <-",
        ("-1 to 2", "no sigmoid", "BCEWithLogitsLoss"),
        START + "z = torch.tensor([2., -1.])\nloss = nn.BCEWithLogitsLoss()(z, torch.tensor([1., 0.]))",
    ),
)
def no_probability(run: Evidence) -> Iterator[Finding]:
    """BCELoss is given scores."""
    for failure in run.failed("should be between 0 and 1"):
        found = _given(run, failure)
        numbers = values(found[0]) if found is not None else None
        if found is None or numbers is None:
            continue
        name, low, high = found[2], number_text(float(numbers.min())), number_text(float(numbers.max()))
        yield Finding(
            f"this loss takes probabilities and applies no sigmoid; {name} goes from {low} to {high}, so it holds scores",
            "use nn.BCEWithLogitsLoss, which takes scores, or put torch.sigmoid before",
            failure.record or failure.line,
            None,
            failure,
        )
