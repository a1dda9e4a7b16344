"""Which tensors get a gradient: leaves do, results of operations do not, and a leaf may not be written to."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

import torch

from freedive.lab.findings.edits import behind, instead, without
from freedive.lab.findings.evidence import Any_Record, Evidence, Failure
from freedive.lab.findings.finding import Edit, Example, Finding, rule
from freedive.lab.findings.losses import START
from freedive.lab.notes import Moment, Note, Record
from freedive.lab.spans import caller

ACTIVATIONS = ("relu", "sigmoid", "tanh", "leaky_relu", "elu", "dropout")
CHANGES = ("elementwise", "movement")


def hidden_leaf(run: Evidence, note: Note) -> Any_Record | None:
    """What made the leaf that a tensor was computed from in the very expression that made the leaf; else None."""
    record = run.maker(note)
    if record is None or record.op.kind not in CHANGES:
        return None
    while record.op.kind in CHANGES and len(record.inputs) == 1:
        source = record.inputs[0]
        made = run.maker(source)
        if made is None or made.op.kind not in (*CHANGES, "creation", "random"):
            return None
        if made.op.kind in ("creation", "random"):
            inside = _within(run, made, record)
            return made if source.requires_grad and source.is_leaf and not source.names and inside else None
        record = made
    return None


def _within(run: Evidence, inner: Any_Record, outer: Any_Record) -> bool:
    """Whether one operation is written inside of the expression of the other."""
    a, b = caller(inner.at), caller(outer.at)
    return isinstance(a, ast.expr) and isinstance(b, ast.expr) and a is not b and any(each is a for each in ast.walk(b))  # fmt: skip


def _leaf_edit(run: Evidence, made: Any_Record, result: Any_Record) -> Edit | None:
    """`torch.randn(3, requires_grad=True) * 0.01` as `(torch.randn(3) * 0.01).requires_grad_()`."""
    call, node = caller(made.at), caller(result.at)
    if not isinstance(call, ast.Call) or not isinstance(node, ast.expr):
        return None
    if not any(each.arg == "requires_grad" for each in call.keywords):
        return None
    inner = without(run, call, "requires_grad").text
    text, whole = run.spans.text(call), run.spans.text(node)
    if not text or text not in whole:
        return None
    whole = whole.replace(text, inner)
    simple = isinstance(node, ast.Call)
    return instead(run, node, f"{whole}.requires_grad_()" if simple else f"({whole}).requires_grad_()")


@rule(
    "hidden-leaf",
    "warning",
    Example(
        START + "w = torch.randn(3, requires_grad=True) * 0.01  # <-\nloss = (w ** 2).sum()\nloss.backward()\ng = w.grad",
        ("no leaf", "what randn gave", "w.grad stays None", "requires_grad_()"),
        START + "w = (torch.randn(3) * 0.01).requires_grad_()\nloss = (w ** 2).sum()\nloss.backward()\ng = w.grad",
    ),
    Example(
        START + "w = torch.ones(3, requires_grad=True).double()  # <-\nopt = torch.optim.SGD([w], lr=0.1)",
        ("no leaf", "what ones gave", "optimizer"),
        START + "w = torch.ones(3).double().requires_grad_()\nopt = torch.optim.SGD([w], lr=0.1)",
    ),
)  # fmt: skip
def hidden(run: Evidence) -> Iterator[Finding]:
    """A leaf that was changed in the line that made it: its gradient lands in a tensor without a name."""
    wanted: dict[int, Note] = {}
    failed: Failure | None = None
    for moment in run.seen("grad"):
        value = moment.value
        note = run.note(value)
        if note is not None and value.requires_grad and not value.is_leaf and not value.retains_grad:
            wanted[note.id] = note
            failed = failed or run.from_none(moment)
    failure = next(run.failed("can't optimize a non-leaf Tensor"), failed)
    if failure is not failed:
        for value in run.names.values():
            note = run.note(value) if isinstance(value, torch.Tensor) else None
            if note is not None and value.requires_grad and not value.is_leaf:
                wanted[note.id] = note
    if run.by_moment.get("backward"):
        for record in run.records:
            if record.op.kind in CHANGES and record.outputs and record.outputs[0].names:
                wanted.setdefault(record.outputs[0].id, record.outputs[0])
    for note in wanted.values():
        made = hidden_leaf(run, note)
        result = run.maker(note)
        if made is None or result is None:
            continue
        name, maker = run.called(note), made.name
        yield Finding(
            f"{name} is no leaf: the leaf is what {maker} gave, and {result.name} made a new tensor of it; the gradient goes to the leaf, "
            f"so {name}.grad stays None and no optimizer takes {name}",
            "compute the start value first and call requires_grad_() on it last",
            result,
            _leaf_edit(run, made, result),
            failure,
        )


@rule(
    "grad-of-result",
    "warning",
    Example(
        START + "x = torch.tensor([1., 2.], requires_grad=True)\nh = x * 2\nh.sum().backward()\nprint(h.grad)  # <-",
        ("h is the result of mul (line 5)", "only in leaves", "h.retain_grad()"),
        START + "x = torch.tensor([1., 2.], requires_grad=True)\nh = x * 2\nh.retain_grad()\nh.sum().backward()\nprint(h.grad)",
    ),
    Example(
        START + "w = torch.ones(2, requires_grad=True)\nfor i in range(3):\n    loss = (w ** 2).sum()\n    loss.backward()\n    w = w - 0.1 * w.grad  # <-",
        ("w was a leaf", "result of sub", "with torch.no_grad(): w -= lr * w.grad"),
        START + "w = torch.ones(2, requires_grad=True)\nfor i in range(3):\n    loss = (w ** 2).sum()\n    loss.backward()\n"
        "    with torch.no_grad():\n        w -= 0.1 * w.grad\n    w.grad = None",
    ),
)  # fmt: skip
def of_result(run: Evidence) -> Iterator[Finding]:
    """`.grad` of a tensor that is no leaf."""
    for moment in run.seen("grad"):
        value: torch.Tensor = moment.value
        if moment.more[0] is not None or not value.requires_grad or value.is_leaf or value.retains_grad:
            continue
        note = run.note(value)
        record = run.maker(note) if note is not None else None
        if note is None or record is None or hidden_leaf(run, note) is not None:
            continue
        name, made, line = _owner(run, moment) or run.called(note), record.name, run.line(record)
        if _rebound(run, record, name):
            yield Finding(
                f"{name} was a leaf; line {line} gave its name to the result of {made}, which is a new tensor and no leaf, so from then on {name}.grad is None",
                f"change the leaf itself, outside of the graph: with torch.no_grad(): {name} -= lr * {name}.grad",
                record,
                None,
                run.from_none(moment),
            )
            continue
        yield Finding(
            f"{name} is the result of {made} (line {line}); backward passes the gradient on through results and keeps it only in leaves, so this is None",
            f"to keep it here too, call {name}.retain_grad() before backward",
            moment,
            _retained(run, record, name),
            run.from_none(moment),
        )


def _rebound(run: Evidence, record: Any_Record, name: str) -> bool:
    """Whether a name was given to what was computed from it and its own gradient: an update that makes a new tensor."""
    node = run.statement_of(record)
    if not isinstance(node, ast.Assign) or ast.unparse(node.targets[0]) != name:
        return False
    return any(isinstance(each, ast.Attribute) and each.attr == "grad" and ast.unparse(each.value) == name for each in ast.walk(node.value))  # fmt: skip


def _owner(run: Evidence, moment: Moment) -> str:
    """What stands before `.grad`."""
    node = moment.at
    return run.spans.text(node.value) if isinstance(node, ast.Attribute) else ""


def _retained(run: Evidence, record: Any_Record, name: str) -> Edit | None:
    """A line after the one that made the tensor."""
    node = run.statement_of(record)
    if not isinstance(node, ast.Assign) or ast.unparse(node.targets[0]) != name:
        return None
    return behind(run, node, f"{name}.retain_grad()")


@rule(
    "leaf-in-place",
    "warning",
    Example(
        START + "w = torch.ones(3, requires_grad=True)\nw -= 0.1  # <-",
        ("w is a leaf", "its gradient is taken at the value that it has", "torch.no_grad()"),
        START + "w = torch.ones(3, requires_grad=True)\nwith torch.no_grad():\n    w -= 0.1",
    ),
    Example(
        START + "w = torch.ones(3, requires_grad=True)\nw[0] = 2.  # <-",
        ("w is a leaf", "torch.no_grad()"),
        START + "w = torch.ones(3)\nw[0] = 2.\nw.requires_grad_()",
    ),
    Example(
        START + "x = torch.ones(3, requires_grad=True)\ny = nn.ReLU(inplace=True)(x)  # <-",
        ("x is a leaf", "without inplace=True"),
        START + "x = torch.ones(3, requires_grad=True)\ny = nn.ReLU()(x)",
    ),
)  # fmt: skip
def in_place(run: Evidence) -> Iterator[Finding]:
    """A leaf, or a view of one, is written to while backward takes notes."""
    for failure in run.failed("a leaf Variable that requires grad is being used in an in-place", "a view of a leaf Variable"):  # fmt: skip
        record = failure.record
        at: Any = record if record is not None else failure.line
        name, update = "the tensor", True
        if isinstance(record, Record) and record.args:
            place = next((i for i, each in enumerate(record.args) if isinstance(each, Note)), 0)
            name = run.written(record, place)
            update = record.op.kind == "inplace" and record.name.rstrip("_") not in ACTIVATIONS
        node = run.statement_of(record) if record is not None else None
        edit = None
        if (
            update
            and isinstance(node, ast.AugAssign | ast.Assign | ast.Expr)
            and node.lineno == node.end_lineno
        ):
            line, column, end, after = run.spans.of(node)
            text = run.spans.text(node)  # type: ignore[arg-type]
            edit = Edit((line, column, end, after), f"with torch.no_grad():\n{' ' * (column + 3)}{text}")
        mend = "an update is no part of the computation: do it under with torch.no_grad():"
        if not update:
            mend = "use the form that makes a new tensor: without inplace=True, or without the underscore at the end of the name"
        yield Finding(
            f"{name} is a leaf that needs a gradient: its gradient is taken at the value that it has, so writing over it would change "
            "the very point that backward goes back to, and make a result of the leaf",
            mend,
            at,
            edit,
            failure,
        )


@rule(
    "integer-leaf",
    "warning",
    Example(
        START + "x = torch.tensor([1, 2], requires_grad=True)  # <-",
        ("whole numbers", "cannot move a little", "dtype=torch.float32"),
        START + "x = torch.tensor([1., 2.], requires_grad=True)",
    ),
)
def integer(run: Evidence) -> Iterator[Finding]:
    """Whole numbers that should get a gradient."""
    for failure in run.failed("can require gradients", "require gradients"):
        if "floating point" not in failure.text:
            continue
        node = failure.record.at if failure.record is not None else None
        edit = None
        if isinstance(node, ast.Call) and failure.record is not None and failure.record.name == "tensor":
            _, _, end, after = run.spans.of(node)
            edit = Edit((end, after - 1, end, after - 1), ", dtype=torch.float32")
        yield Finding(
            "a gradient says what happens when a value moves a little, and whole numbers cannot move a little",
            "make it of floats: write 1. for 1, or dtype=torch.float32",
            failure.record or failure.line,
            edit,
            failure,
        )
