"""Losses that compute something else than was meant, over what was squashed already."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator
from typing import Any

import torch

from freedive.lab.findings.edits import added
from freedive.lab.findings.evidence import (
    Any_Record,
    Evidence,
    layer,
    number_text,
    shape_text,
    tensors,
    values,
)
from freedive.lab.findings.finding import Example, Finding, rule
from freedive.lab.notes import Layer, Note, Record
from freedive.lab.spans import caller

PASSING = ("movement", "indexing")
"""Kinds of operations that only pass elements on."""
CROSS_ENTROPY = ("cross_entropy", "CrossEntropyLoss")
NLL = ("nll_loss", "NLLLoss")
LOGITS_OF_TWO = ("BCEWithLogitsLoss", "binary_cross_entropy_with_logits")
SOFTMAX = ("softmax", "Softmax")
SIGMOID = ("sigmoid", "Sigmoid", "sigmoid_")
START = "import torch, torch.nn as nn\nimport torch.nn.functional as F\ntorch.manual_seed(0)\n"


def again(record: Record, changed: dict[int, torch.Tensor]) -> torch.Tensor | None:
    """What an operation gives with some of its tensors replaced; the others as they were."""

    def filled(value: Any) -> Any:
        if isinstance(value, Layer):
            return value.module
        if isinstance(value, Note):
            return changed[value.id] if value.id in changed else values(value)
        return value

    with torch.no_grad():
        args = [filled(each) for each in record.args]
        if any(each is None and isinstance(was, Note) for each, was in zip(args, record.args, strict=True)):
            return None
        made = record.op.fn(*args, **{key: filled(value) for key, value in record.kwargs.items()})
    return made if isinstance(made, torch.Tensor) else None


def one_number(value: torch.Tensor | None) -> float | None:
    return float(value) if value is not None and value.numel() == 1 else None


def _given(record: Record) -> list[Note]:
    """The scores that a loss is given, also where its arguments are named in another order."""
    named = record.kwargs.get("input")
    return [named] if isinstance(named, Note) else tensors(record)[:1]


def _scores(run: Evidence, maker: Any_Record) -> str:
    """How the snippet writes what went into a softmax; nothing where it has no words of its own."""
    args = maker.args if isinstance(maker, Record) else ()
    place = next((i for i, each in enumerate(args) if each is maker.inputs[-1]), -1)
    text = run.written(maker, place) if place >= 0 else ""
    return "" if text.startswith("(") else text


def sums_to_one(x: torch.Tensor, axis: int) -> bool:
    """Whether all slices along an axis are shares of one whole."""
    if not x.is_floating_point() or not bool(((x >= 0) & (x <= 1)).all()):
        return False
    return bool(((x.sum(axis) - 1).abs() < 1e-3).all())


@rule(
    "softmax-before-cross-entropy",
    "warning",
    Example(
        START + "logits = torch.tensor([[4., 0., 0.], [0., 4., 0.]])\ny = torch.tensor([0, 1])\n"
        "p = torch.softmax(logits, dim=1)\nloss = nn.CrossEntropyLoss()(p, y)  # <-",
        ("applies softmax itself", "softmax on line 6", "0.5743", "0.03598", "logits"),
        START + "logits = torch.tensor([[4., 0., 0.], [0., 4., 0.]])\ny = torch.tensor([0, 1])\n"
        "loss = nn.CrossEntropyLoss()(logits, y)",
    ),
    Example(
        START + "p = torch.tensor([[0.7, 0.2, 0.1]])\nloss = F.cross_entropy(p, torch.tensor([0]))  # <-",
        ("probabilities", "torch.log"),
        START + "p = torch.tensor([[0.7, 0.2, 0.1]])\nloss = F.nll_loss(torch.log(p), torch.tensor([0]))",
    ),
)  # fmt: skip
def squashed(run: Evidence) -> Iterator[Finding]:
    """cross_entropy is given probabilities; it wants the scores before softmax."""
    for record in run.ops(*CROSS_ENTROPY):
        scores = _given(record)
        if not scores or not scores[0].shape:
            continue
        maker = run.through(scores[0], *PASSING)
        if maker is not None and maker.name in SOFTMAX and maker.inputs:
            line, logits = run.line(maker), _scores(run, maker)
            came = one_number(values(record.outputs[0]))
            source = values(maker.inputs[-1])
            right = (
                one_number(again(record, {scores[0].id: source.reshape(scores[0].shape)}))
                if source is not None
                else None
            )
            effect = ""
            if came is not None and right is not None:
                effect = f": the loss is {number_text(came)}, on the scores it is {number_text(right)}"
            cause = f"cross entropy applies softmax itself, and what it is given went through the softmax on line {line}{effect}"
            mend = "give it the scores before softmax, and leave softmax to the prediction"
            if logits:
                mend = f"give it the scores before softmax, {logits}, and leave softmax to the prediction"
            yield Finding(cause, mend, record)
            continue
        given = values(scores[0])
        classes = 1 if len(scores[0].shape) > 1 else 0
        if given is None or (maker is not None and maker.op.kind not in ("creation", "random")):
            continue
        if scores[0].shape[classes] > 1 and sums_to_one(given, classes):
            name = run.written(record, record.args.index(scores[0])) if scores[0] in record.args else "p"
            yield Finding(
                f"{name} holds probabilities: they add up to 1; cross entropy wants scores and applies softmax to them",
                f"give it the scores, or use F.nll_loss(torch.log({name}), target)",
                record,
            )


@rule(
    "sigmoid-before-logits-loss",
    "warning",
    Example(
        START + "z = torch.tensor([3., -3.])\np = torch.sigmoid(z)\ny = torch.tensor([1., 0.])\n"
        "loss = nn.BCEWithLogitsLoss()(p, y)  # <-",
        ("applies sigmoid itself", "line 5", "0.5217", "0.04859"),
        START
        + "z = torch.tensor([3., -3.])\ny = torch.tensor([1., 0.])\nloss = nn.BCEWithLogitsLoss()(z, y)",
    ),
)
def sigmoid_twice(run: Evidence) -> Iterator[Finding]:
    """A loss on logits is given what sigmoid or softmax made of them."""
    for record in run.ops(*LOGITS_OF_TWO):
        scores = _given(record)
        maker = run.through(scores[0], *PASSING) if scores else None
        if maker is None or maker.name not in (*SIGMOID, *SOFTMAX) or not maker.inputs:
            continue
        line, name = run.line(maker), maker.name.lower()
        logits = _scores(run, maker)
        source = values(maker.inputs[-1])
        came = one_number(values(record.outputs[0]))
        right = None
        if source is not None and source.numel() == math.prod(scores[0].shape):
            right = one_number(again(record, {scores[0].id: source.reshape(scores[0].shape)}))
        effect = ""
        if came is not None and right is not None:
            effect = f": the loss is {number_text(came)}, on the scores it is {number_text(right)}"
        cause = f"a loss with logits applies sigmoid itself, and what it is given went through the {name} on line {line}{effect}"
        mend = f"give it the scores before {name}; or use nn.BCELoss on the probabilities"
        if logits:
            mend = f"give it the scores before {name}, {logits}; or use nn.BCELoss on the probabilities"
        yield Finding(cause, mend, record)


@rule(
    "softmax-twice",
    "warning",
    Example(
        START + "x = torch.randn(2, 3)\np = torch.softmax(x, dim=1)\nq = torch.softmax(p, dim=1)  # <-",
        ("already", "line 5", "nearly equal"),
        START + "x = torch.randn(2, 3)\np = torch.softmax(x, dim=1)",
    ),
)
def softmax_twice(run: Evidence) -> Iterator[Finding]:
    """softmax of what softmax gave."""
    for record in run.ops(*SOFTMAX):
        given = tensors(record)[:1]
        maker = run.through(given[0], *PASSING) if given else None
        if maker is not None and maker is not record and maker.name in SOFTMAX:
            line = run.line(maker)
            yield Finding(
                f"what comes in went through softmax already, on line {line}: a second one makes all shares nearly equal",
                "apply softmax once; a model that ends in a softmax layer needs none after it",
                record,
            )


@rule(
    "softmax-without-dim",
    "warning",
    Example(
        START + "x = torch.tensor([[1., 2.], [3., 4.]])\np = F.softmax(x)  # <-",
        ("without dim", "axis 1", "dim=1"),
        START + "x = torch.tensor([[1., 2.], [3., 4.]])\np = F.softmax(x, dim=1)",
    ),
    Example(
        START + "x = torch.randn(2, 3, 4)\np = nn.Softmax()(x)  # <-",
        ("axis 0", "dim=-1"),
        START + "x = torch.randn(2, 3, 4)\np = nn.Softmax(dim=-1)(x)",
    ),
)
def no_dim(run: Evidence) -> Iterator[Finding]:
    """softmax along an axis that torch guesses by the number of axes."""
    if run.dialect != "torch":
        return
    for record in run.ops("softmax", "log_softmax", "softmin", "Softmax", "LogSoftmax", "Softmin"):
        given = tensors(record)[:1]
        module = layer(record)
        node = caller(record.at)
        if not given or not given[0].shape or given[0].array:
            continue
        named = record.kwargs.get("dim") if module is None else getattr(module, "dim", None)
        placed = [each for each in record.args[1:] if isinstance(each, int)] if module is None else []
        if named is not None or placed:
            continue
        axes = len(given[0].shape)
        guessed = 0 if axes in (0, 1, 3) else 1
        if axes == 1:
            continue  # there is only one axis to choose
        shape, name = shape_text(given[0].shape), record.name
        wanted = "1" if axes == 2 else "-1"
        edit = None
        if isinstance(node, ast.Call) and module is None:
            edit = added(run, node, f"dim={wanted}")
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Call) and not node.func.args:
            edit = added(run, node.func, f"dim={wanted}")
        yield Finding(
            f"{name} without dim lets torch guess by the number of axes: here it adds up to 1 along axis {guessed} of {shape}",
            f"say which axis holds the classes, as in dim={wanted}",
            record,
            edit,
        )


@rule(
    "nll-without-log",
    "warning",
    Example(
        START + "scores = torch.tensor([[2., 1., 0.]])\nloss = F.nll_loss(scores, torch.tensor([0]))  # <-",
        ("log probabilities", "no softmax", "-2", "F.cross_entropy"),
        START + "scores = torch.tensor([[2., 1., 0.]])\nloss = F.nll_loss(F.log_softmax(scores, dim=1), torch.tensor([0]))",
    ),
    Example(
        START + "x = torch.randn(2, 3)\np = F.softmax(x, dim=1)\nloss = nn.NLLLoss()(p, torch.tensor([0, 1]))  # <-",
        ("probabilities, not their logarithms", "log_softmax"),
        START + "x = torch.randn(2, 3)\np = F.log_softmax(x, dim=1)\nloss = nn.NLLLoss()(p, torch.tensor([0, 1]))",
    ),
)  # fmt: skip
def no_log(run: Evidence) -> Iterator[Finding]:
    """nll_loss is given scores or probabilities; it wants log probabilities."""
    for record in run.ops(*NLL):
        given = tensors(record)[:1]
        x = values(given[0]) if given else None
        if x is None or not given[0].shape:
            continue
        axis = 1 if x.dim() > 1 else 0
        maker = run.through(given[0], *PASSING)
        name = run.called(given[0])
        if (maker is not None and maker.name in SOFTMAX) or (x.shape[axis] > 1 and sums_to_one(x, axis)):
            yield Finding(
                f"nll_loss picks the number of the right class and negates it; {name} holds probabilities, not their logarithms",
                "use log_softmax in place of softmax before it, or F.cross_entropy on the scores",
                record,
            )
        elif bool((x.exp().sum(axis) - 1).abs().max() > 0.01) and bool((x > 0).any()):
            loss = one_number(values(record.outputs[0]))
            came = f" (here {number_text(loss)})" if loss is not None else ""
            yield Finding(
                f"nll_loss wants log probabilities and applies no softmax: on scores its value{came} has no meaning and can fall without end",
                "use F.cross_entropy on the scores, or F.log_softmax(scores, dim=1) before it",
                record,
            )


@rule(
    "one-class",
    "warning",
    Example(
        START + "logits = torch.randn(4, 1, requires_grad=True)\n"
        "loss = F.cross_entropy(logits, torch.zeros(4, dtype=torch.long))  # <-",
        ("only one class", "always 0", "binary_cross_entropy_with_logits"),
        START + "logits = torch.randn(4, 2, requires_grad=True)\n"
        "loss = F.cross_entropy(logits, torch.zeros(4, dtype=torch.long))",
    ),
)
def one_class(run: Evidence) -> Iterator[Finding]:
    """cross_entropy over a single column is 0 whatever the network says."""
    for record in run.ops(*CROSS_ENTROPY):
        given = tensors(record)[:2]
        if len(given) == 2 and len(given[0].shape) == 2 and given[0].shape[1] == 1 and given[0].shape[0] > 1:
            shape = shape_text(given[0].shape)
            yield Finding(
                f"scores of shape {shape} have only one class: its share is 1 whatever they are, so the loss is always 0 and nothing learns",
                "for yes or no use F.binary_cross_entropy_with_logits, or give the last layer one output per class",
                record,
            )
