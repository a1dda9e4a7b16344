"""Losses over shapes that stretch each other: (N, 1) against (N,) makes N * N differences of N pairs."""

from __future__ import annotations

import math
from collections.abc import Iterator

from freedive.lab.explanations import align
from freedive.lab.findings.edits import followed
from freedive.lab.findings.evidence import Any_Record, Evidence, number_text, shape_text, tensors, values
from freedive.lab.findings.finding import Example, Finding, rule
from freedive.lab.findings.losses import START, again, one_number
from freedive.lab.notes import Note, Record

ELEMENTWISE = (
    "mse_loss", "MSELoss", "l1_loss", "L1Loss", "smooth_l1_loss", "SmoothL1Loss", "huber_loss", "HuberLoss",
)  # fmt: skip


@rule(
    "stretched-loss",
    "warning",
    Example(
        START + "pred = torch.tensor([[1.], [2.], [3.]])\ny = torch.tensor([1., 2., 3.])\n"
        "loss = F.mse_loss(pred, y)  # <-",
        ("(3, 1) and (3,)", "9 differences where 3 were meant", "the loss is 1.333 where it should be 0", "y.reshape(3, 1)"),
        START + "pred = torch.tensor([[1.], [2.], [3.]])\ny = torch.tensor([1., 2., 3.])\n"
        "loss = F.mse_loss(pred, y.reshape(3, 1))",
    ),
    Example(
        "import numpy as np\np = np.array([[1.], [2.]])\ny = np.array([1., 2.])\nmse = ((p - y) ** 2).mean()  # <-",
        ("4 differences where 2 were meant", "y.reshape(2, 1)"),
        "import numpy as np\np = np.array([[1.], [2.]])\ny = np.array([1., 2.])\nmse = ((p - y.reshape(2, 1)) ** 2).mean()",
    ),
    Example(
        START + "pred = torch.tensor([[1.], [2.], [3.]])\ny = torch.tensor([1., 2., 3.])\n"
        "loss = ((pred - y) ** 2).mean()  # <-",
        ("9 differences where 3 were meant", "the loss is 1.333 where it should be 0"),
        START + "a = torch.tensor([[1.], [2.], [3.]])\nb = torch.tensor([1., 2., 3.])\ntable = a - b",
    ),
)  # fmt: skip
def stretched(run: Evidence) -> Iterator[Finding]:
    """(N, 1) against (N,): two columns of equal length that stretch each other into a square."""
    for record in run.ops(*ELEMENTWISE):
        given = tensors(record)[:2]
        if len(given) == 2 and given[0].shape != given[1].shape:
            yield from _stretched(run, record, given[0], given[1], record)
    for record in run.ops("sub", "subtract", "rsub"):
        given = tensors(record)[:2]
        if len(given) < 2:
            continue
        if len(given[0].shape) == len(given[1].shape) or _origin(run, given[0]) == _origin(run, given[1]):
            continue  # all differences of pairs, as it was written
        a, b = math.prod(given[0].shape), math.prod(given[1].shape)
        if a == b and math.prod(record.outputs[0].shape) > a:
            end = _reduced(run, record)
            if end is not None:
                yield from _stretched(run, record, given[0], given[1], end)


def _origin(run: Evidence, note: Note) -> int:
    """The tensor that one was cut out of or reshaped from, if any."""
    for _ in range(16):
        record = run.maker(note)
        if record is None or record.op.kind not in ("movement", "indexing") or not record.inputs:
            break
        note = record.inputs[0]
    return note.id


def _reduced(run: Evidence, record: Any_Record) -> Record | None:
    """The reduction to one number that a difference ends in, past operations on it alone."""
    for _ in range(8):
        users = run.users(record.outputs[0])
        if not users:
            return None
        record = users[0]
        if not isinstance(record, Record) or record.failed is not None:
            return None
        if record.op.kind == "reduction":  # NumPy's gives a bare number
            return record if not record.outputs or not record.outputs[0].shape else None
        if not record.outputs:
            return None
        if record.op.kind not in ("elementwise", "activation") or any(
            each.id != record.inputs[0].id for each in record.inputs
        ):
            return None
    return None


def _stretched(run: Evidence, record: Record, a: Note, b: Note, end: Record) -> Iterator[Finding]:
    shapes = f"{shape_text(a.shape)} and {shape_text(b.shape)}"
    count = math.prod(align([a.shape, b.shape])["result"] or ())
    wanted = max(math.prod(a.shape), math.prod(b.shape))
    if wanted == count and math.prod(a.shape) != math.prod(b.shape):
        return  # one number, or one row, against all: as it was meant
    came, right = _effect(run, record, a, b, end)
    place = 1 if record.inputs[-1] is b else 0
    target = run.written(record, record.args.index(b) if b in record.args else place)
    sizes = ", ".join(map(str, a.shape))
    effect = ""
    if came is not None and right is not None:
        effect = f"; the loss is {number_text(came)} where it should be {number_text(right)}"
    found = f"the shapes {shapes} stretch each other: {count} differences where {wanted} were meant{effect}"
    edit = followed(run, record, record.args.index(b), f".reshape({sizes})") if b in record.args else None
    yield Finding(found, f"give both the same shape, as in {target}.reshape({sizes})", record, edit)


def _effect(
    run: Evidence, record: Record, a: Note, b: Note, end: Record
) -> tuple[float | None, float | None]:
    """The loss as it came, and as it is with both of one shape."""
    target = values(b)
    if target is None or values(a) is None or math.prod(a.shape) != math.prod(b.shape):
        return None, None
    step, made = record, again(record, {b.id: target.reshape(a.shape)})
    while step is not end and made is not None:
        following = run.users(step.outputs[0])[0]
        if not isinstance(following, Record):
            return None, None
        made = again(following, {step.outputs[0].id: made})
        step = following
    return one_number(values(end.outputs[0])) if end.outputs else None, one_number(made)
