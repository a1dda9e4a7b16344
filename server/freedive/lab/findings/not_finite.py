"""Where nan and infinity come from: a derivative that has none, a branch that where did not choose, a loss that blew up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch

from freedive.lab.findings.evidence import Any_Record, Evidence, finite, layer, number_text, tensors, values
from freedive.lab.findings.finding import Example, Finding, rule
from freedive.lab.findings.losses import START
from freedive.lab.notes import Note, Record

WHY = {
    "sqrt": "the derivative of sqrt, 1/(2·sqrt(x)), is infinite at 0",
    "rsqrt": "the derivative of rsqrt is infinite at 0",
    "log": "the derivative of log, 1/x, is infinite at 0",
    "pow": "the derivative of a power below 1 is infinite at 0",
    "div": "the derivative of a quotient is infinite where the divisor is 0",
    "acos": "the derivative of acos is infinite at 1 and -1",
    "asin": "the derivative of asin is infinite at 1 and -1",
    "std": "the derivative of std, which ends in a root, is infinite where all numbers are equal",
}  # fmt: skip
"""Where the derivative of an operation is infinite."""
MEND = {
    "sqrt": "add a little inside: torch.sqrt(x + 1e-8)",
    "rsqrt": "add a little inside: torch.rsqrt(x + 1e-8)",
    "log": "keep it away from 0: torch.log(x.clamp(min=1e-8)), or use log_softmax for probabilities",
    "pow": "add a little inside: (x + 1e-8) ** p",
    "div": "keep the divisor away from 0, as in a / (b + 1e-8)",
    "acos": "keep it inside: torch.acos(x.clamp(-1 + 1e-6, 1 - 1e-6))",
    "asin": "keep it inside: torch.asin(x.clamp(-1 + 1e-6, 1 - 1e-6))",
    "std": "use torch.sqrt(x.var() + 1e-8)",
}  # fmt: skip
"""How to keep away from there."""


@rule(
    "gradient-not-finite",
    "warning",
    Example(
        START + "x = torch.tensor([0., 4.], requires_grad=True)\ny = torch.sqrt(x * x).sum()  # <-\ny.backward()",
        ("sqrt", "infinite at 0", "nan", "torch.sqrt(x + 1e-8)"),
        START + "x = torch.tensor([0., 4.], requires_grad=True)\ny = torch.sqrt(x * x + 1e-8).sum()\ny.backward()",
    ),
    Example(
        START + "x = torch.tensor([0., 2.], requires_grad=True)\ny = torch.where(x > 0, torch.log(x) * x, torch.zeros(2))  # <-\ny.sum().backward()",
        ("where chose the other branch", "0 · inf = nan", "torch.where(x > 0, x, 1)"),
        START + "x = torch.tensor([0., 2.], requires_grad=True)\nsafe = torch.where(x > 0, x, 1.)\n"
        "y = torch.where(x > 0, torch.log(safe) * x, torch.zeros(2))\ny.sum().backward()",
    ),
    Example(
        START + "x = torch.tensor([0., 4.], requires_grad=True)\ny = torch.where(x > 0, torch.sqrt(x), torch.zeros(2))  # <-\ny.sum().backward()",
        ("where chose the other branch", "sqrt"),
        START + "x = torch.tensor([1., 4.], requires_grad=True)\ny = torch.where(x > 0, torch.sqrt(x), torch.zeros(2))\ny.sum().backward()",
    ),
)  # fmt: skip
def gradient(run: Evidence) -> Iterator[Finding]:
    """A gradient that is nan or infinite although every value is finite."""
    if not _spoiled(run):
        return
    for record in reversed(run.records):
        if not isinstance(record, Record) or record.failed is not None or not record.outputs:
            continue
        out = record.outputs[0]
        if out.data is None or not out.grad or not finite(out.grad[-1]):
            continue
        wrong = next(
            (n for n in record.inputs if n.grad and not finite(n.grad[-1]) and n.data is not None), None
        )
        if wrong is None or not finite(wrong.data) or not (_plain(out) or _chosen(run, record)):
            continue
        name = record.name
        reached = [note for each in run.records for note in each.inputs if note.is_leaf and note.grad and not finite(note.grad[-1])]  # fmt: skip
        given = run.called(reached[0] if reached else wrong)
        nan = "nan" if "nan" in _words((reached[0] if reached else wrong).grad[-1]) else "inf"
        if _chosen(run, record):
            yield Finding(
                f"where chose the other branch there, yet backward goes through {name} too: its derivative is infinite, and 0 · inf = nan",
                "make what goes in harmless first, and choose afterwards: safe = torch.where(x > 0, x, 1), then use safe inside",
                record,
            )
            continue
        cause = WHY.get(name.rstrip("_"), f"the derivative of {name} is not finite there")
        mend = MEND.get(
            name.rstrip("_"),
            f"keep what goes into {name} away from that place, as with clamp or a small number added",
        )
        yield Finding(f"{cause}, and so the gradient of {given} becomes {nan}", mend, record)
        return


def _spoiled(run: Evidence) -> bool:
    """Whether a gradient that is there, or what a step made of one, is not finite; the rest need not be looked at."""
    for note in list(run.recorder.notes.values()):
        leaf = note.kept
        if note.requires_grad and note.is_leaf and isinstance(leaf, torch.Tensor):
            if note.grad and not finite(note.grad[-1]):
                return True
            if leaf.grad is not None and not bool(torch.isfinite(leaf.grad).all()):
                return True
            if not bool(torch.isfinite(leaf.detach()).all()):
                return True
    return any(not finite(out.data) for each in run.ops("gradient") for out in each.outputs)


def _words(data: Any) -> str:
    return " ".join(map(_words, data)) if isinstance(data, list) else str(data)


def _plain(out: Note) -> bool:
    return finite(out.data)


def _chosen(run: Evidence, record: Any_Record) -> bool:
    """Whether what came out goes into where, and where chose something else at the place in question."""
    queue = list(record.outputs[:1])
    for note in queue[:16]:
        for user in run.users(note):
            if user.name == "where":
                return True
            if user.op.kind in ("elementwise", "activation", "movement"):
                queue += user.outputs[:1]
    return False


@rule(
    "loss-not-finite",
    "warning",
    Example(
        START + "p = torch.tensor([0., 1.], requires_grad=True)\nh = torch.log(p)  # <-\nloss = -(torch.tensor([1., 0.]) * h).sum()\nloss.backward()",
        ("log gives -inf", "0", "the loss is inf"),
        START + "p = torch.tensor([0.5, 1.], requires_grad=True)\nh = torch.log(p)\nloss = -(torch.tensor([1., 0.]) * h).sum()\nloss.backward()",
    ),
    Example(
        START + "x = torch.tensor([100.], requires_grad=True)\nloss = torch.exp(x).sum()  # <-\nloss.backward()",
        ("exp gives inf", "100"),
        START + "x = torch.tensor([10.], requires_grad=True)\nloss = torch.exp(x).sum()\nloss.backward()",
    ),
)  # fmt: skip
def loss(run: Evidence) -> Iterator[Finding]:
    """backward of a loss that is nan or infinite: the first operation that made such a number of finite ones."""
    for call in run.ops("backward"):
        root = call.inputs[0] if call.inputs else None
        if root is None or root.data is None or finite(root.data):
            continue
        for record in reversed(list(run.ancestors(root))):
            if not isinstance(record, Record) or not record.outputs or record.outputs[0].data is None:
                continue
            out = record.outputs[0]
            if finite(out.data) or any(n.data is not None and not finite(n.data) for n in record.inputs):
                continue
            if record.op.kind in ("creation", "random"):
                continue
            place = _first(out.data)
            source = tensors(record)[:1]
            x = values(source[0]) if source else None
            came, total = place, _first(root.data)
            name = record.name
            of = ""
            if x is not None and x.shape == out.shape and x.numel() and layer(record) is None:
                where = (~torch.isfinite(values(out) if values(out) is not None else x)).nonzero()  # type: ignore[arg-type]
                if len(where):
                    number = number_text(float(x[tuple(where[0].tolist())]))
                    of = f" of {number}"
            mend = MEND.get(name.rstrip("_"), f"keep what goes into {name} within its range, or use the form that is safe for large numbers (logsumexp, log_softmax, a smaller learning rate)")  # fmt: skip
            yield Finding(f"{name} gives {came}{of}, and so the loss is {total}", mend, record)
            return


def _first(data: Any) -> str:
    """The first number that is not finite."""
    if isinstance(data, list):
        return next((found for each in data if (found := _first(each))), "")
    return "" if finite(data) else number_text(data)
