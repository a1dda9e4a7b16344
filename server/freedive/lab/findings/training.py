"""Training loops: gradients that pile up, steps that change nothing, evaluation with dropout, a loss that runs away."""

from __future__ import annotations

import ast
import bisect
import itertools
import math
from collections.abc import Iterator
from typing import Any

import torch
from torch import nn

from freedive.lab.findings.edits import before
from freedive.lab.findings.evidence import Evidence, finite, layer, number_text
from freedive.lab.findings.finding import Edit, Example, Finding, rule
from freedive.lab.findings.losses import START
from freedive.lab.notes import Moment, Record

FIT = START + "net = nn.Linear(2, 1)\nopt = torch.optim.SGD(net.parameters(), lr=0.01)\nx, y = torch.randn(8, 2), torch.randn(8, 1)\n"  # fmt: skip
LOOP = FIT + "for i in range(4):\n"
LOSS = "    loss = ((net(x) - y) ** 2).mean()\n"
BY_HAND = START + "w = torch.tensor([5.], requires_grad=True)\nfor i in range(4):\n    loss = (w ** 2).sum()\n    loss.backward()\n    with torch.no_grad():\n"  # fmt: skip


@rule(
    "gradients-pile-up",
    "warning",
    Example(
        LOOP + LOSS + "    loss.backward()  # <-\n    opt.step()",
        ("adds to", "opt.zero_grad()"),
        LOOP + LOSS + "    opt.zero_grad()\n    loss.backward()\n    opt.step()",
    ),
    Example(
        BY_HAND.replace("    loss.backward()\n", "    loss.backward()  # <-\n") + "        w -= 0.1 * w.grad",
        ("adds to", "w.grad = None"),
        BY_HAND + "        w -= 0.1 * w.grad\n        w.grad.zero_()",
    ),
    Example(
        LOOP + LOSS + "    loss.backward()  # <-\n    opt.step()\n    net(x)",
        ("opt.zero_grad()",),
        LOOP + LOSS + "    loss.backward()\n    opt.step()\n    opt.zero_grad(set_to_none=False)",
    ),
)
def pile_up(run: Evidence) -> Iterator[Finding]:
    """backward adds to gradients that the step before has used already."""
    backwards = list(run.seen("backward"))
    if len(backwards) < 2:
        return
    steps = [(each, *each.more, _owner(run, each)) for each in run.seen("step")]
    reads = [(each, each.value, *each.more, _read(run, each)) for each in run.seen("grad") if each.more[0] is not None and each.value.is_leaf]  # fmt: skip
    last: dict[Any, tuple[Moment, torch.Tensor, int]] = {}
    for moment, first, grad, version, owner in [*steps, *reads]:
        if grad is None:
            continue
        key = (id(moment.at), id(first))
        was = last.get(key)
        last[key] = (moment, grad, version)
        if was is None or was[1] is not grad:
            continue
        added = _between(backwards, was[0], moment)
        if not added or version - was[2] != len(added) or not (moment.kind == "step" or _changed(run, first, was[0], moment)):  # fmt: skip
            continue
        call = added[-1]
        what = f"{owner}.zero_grad()" if moment.kind == "step" else f"{owner}.grad = None"
        yield Finding(
            "backward adds to the gradients that are there, and those of the turns before are still there: each step goes by the sum of all of them",
            f"drop them in every turn: {what} before backward"
            if moment.kind == "step"
            else f"drop them in every turn, after the update: {what}",
            call,
            _dropped(run, call, what) if moment.kind == "step" else None,
        )
        return


def _between(backwards: list[Moment], a: Moment, b: Moment) -> list[Moment]:
    """The backwards that came after one moment and before another."""
    first = bisect.bisect_right(backwards, a.order, key=_order)
    return backwards[first : bisect.bisect_left(backwards, b.order, key=_order)]


def _order(moment: Moment) -> int:
    return moment.order


def _owner(run: Evidence, moment: Moment) -> str:
    """What the optimizer is called: what stands before `.step`."""
    node = moment.at
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return run.spans.text(node.func.value) or "optimizer"
    return "optimizer"


def _read(run: Evidence, moment: Moment) -> str:
    node = moment.at
    return run.spans.text(node.value) if isinstance(node, ast.Attribute) else "w"


def _changed(run: Evidence, leaf: torch.Tensor, a: Moment, b: Moment) -> bool:
    """Whether a leaf was updated in place between two reads of its gradient."""
    storage = run.recorder.storages.of(leaf)
    for record in run.records[a.before : b.before]:
        note = getattr(record, "before", None)
        if note is not None and note["note"].storage == storage:
            return True
    return False


def _dropped(run: Evidence, call: Moment, text: str) -> Edit | None:
    node = run.statement_of(call)
    return before(run, node, text) if node is not None else None


@rule(
    "step-without-gradients",
    "warning",
    Example(
        FIT + "loss = ((net(x) - y) ** 2).mean()\nopt.step()  # <-",
        ("changed nothing", "backward() was not called"),
        FIT + "loss = ((net(x) - y) ** 2).mean()\nloss.backward()\nopt.step()",
    ),
    Example(
        LOOP + LOSS + "    loss.backward()\n    opt.zero_grad()\n    opt.step()  # <-",
        ("changed nothing", "zero_grad() on line 10", "before backward"),
        LOOP + LOSS + "    opt.zero_grad()\n    loss.backward()\n    opt.step()",
    ),
    Example(
        FIT + "net = nn.Linear(2, 1)\nloss = ((net(x) - y) ** 2).mean()\nloss.backward()\nopt.step()  # <-",
        ("changed nothing", "other weights than those that ran", "made after"),
        START + "net = nn.Linear(2, 1)\nx, y = torch.randn(8, 2), torch.randn(8, 1)\nopt = torch.optim.SGD(net.parameters(), lr=0.01)\n"
        "loss = ((net(x) - y) ** 2).mean()\nloss.backward()\nopt.step()",
    ),
)  # fmt: skip
def no_gradients(run: Evidence) -> Iterator[Finding]:
    """A step of an optimizer whose parameters have no gradient."""
    backwards = list(run.seen("backward"))
    for moment in run.seen("step"):
        if moment.more[1] is not None:
            continue
        parameters = [each for group in moment.value.param_groups for each in group["params"]]
        used = any(run.users(note) for each in parameters if (note := run.note(each)) is not None)
        earlier = [each for each in backwards if each.order < moment.order]
        zeros = [each for each in run.seen("zero") if each.order < moment.order and (each.value is moment.value or isinstance(each.value, nn.Module))]  # fmt: skip
        count = len(parameters)
        head = f"this step changed nothing: none of the {count} parameters has a gradient"
        if not used and (not earlier or not any(each is moment.value for each in run.names.values())):
            continue  # nothing was computed that could be learned: a schedule, or a step for its own sake
        if not earlier:
            yield Finding(
                f"{head}, because backward() was not called before it", "call loss.backward() first", moment
            )
        elif zeros and zeros[-1].order > earlier[-1].order:
            line = run.line(zeros[-1])
            yield Finding(
                f"{head}, because zero_grad() on line {line} dropped them after backward",
                "call zero_grad() before backward, or after the step",
                moment,
            )
        else:
            yield Finding(
                f"{head}: the optimizer holds other weights than those that ran, as when the network was made anew after it",
                "make the optimizer from net.parameters() after the network is complete; it must be made after the last change of layers",
                moment,
            )
        return


@rule(
    "evaluation-in-training-mode",
    "note",
    Example(
        START + "net = nn.Sequential(nn.Linear(2, 4), nn.Dropout(0.5), nn.Linear(4, 1))\nwith torch.no_grad():\n    pred = net(torch.ones(3, 2))  # <-",
        ("Dropout", "drops", "net.eval()"),
        START + "net = nn.Sequential(nn.Linear(2, 4), nn.Dropout(0.5), nn.Linear(4, 1))\nnet.eval()\nwith torch.no_grad():\n    pred = net(torch.ones(3, 2))",
    ),
    Example(
        START + "net = nn.Sequential(nn.Linear(2, 4), nn.BatchNorm1d(4))\nwith torch.no_grad():\n    pred = net(torch.randn(3, 2))  # <-",
        ("BatchNorm1d", "of this batch", "net.eval()"),
        START + "net = nn.Sequential(nn.Linear(2, 4), nn.BatchNorm1d(4))\nnet.eval()\nwith torch.no_grad():\n    pred = net(torch.randn(3, 2))",
    ),
)  # fmt: skip
def training_mode(run: Evidence) -> Iterator[Finding]:
    """Dropout or batch normalization that trains where no gradient is noted."""
    names = [name for name in run.by_name if name.startswith(("Dropout", "BatchNorm", "AlphaDropout"))]
    for record in run.ops(*names):
        module = layer(record)
        if record.graded or not record.training or not isinstance(module, nn.Module):
            continue
        name = record.name
        if name.startswith("BatchNorm"):
            cause = f"{name} is in training mode: it uses the mean and deviation of this batch, so one row's result depends on the others"
        elif getattr(module, "p", 0) == 0:
            continue
        else:
            cause = f"{name} is in training mode and drops numbers at random: the same input gives another result each time"
        owner = _model(run, module)
        yield Finding(cause, f"to predict, switch over first: {owner}.eval(); and back to {owner}.train() before training goes on", record)  # fmt: skip
        return


def _model(run: Evidence, module: nn.Module) -> str:
    """The name of the model that a layer is in."""
    for name, value in run.names.items():
        if isinstance(value, nn.Module) and any(each is module for each in value.modules()):
            return name
    return "model"


@rule(
    "diverges",
    "warning",
    Example(
        START + "w = torch.tensor([3.], requires_grad=True)\nopt = torch.optim.SGD([w], lr=2.)\nfor i in range(12):\n"
        "    loss = (w ** 2).sum()\n    opt.zero_grad()\n    loss.backward()\n    opt.step()  # <-",
        ("grows from 9 to", "learning rate", "lr=2"),
        START + "w = torch.tensor([3.], requires_grad=True)\nopt = torch.optim.SGD([w], lr=0.1)\nfor i in range(12):\n"
        "    loss = (w ** 2).sum()\n    opt.zero_grad()\n    loss.backward()\n    opt.step()",
    ),
)  # fmt: skip
def diverges(run: Evidence) -> Iterator[Finding]:
    """A loss that grows without end from turn to turn."""
    steps = list(run.seen("step"))
    if len(steps) < 3:
        return
    turns: dict[int, list[tuple[Record, float]]] = {}
    for record in run.ops("backward"):
        root = record.inputs[0] if record.inputs else None
        if root is not None and isinstance(root.data, float):
            turns.setdefault(id(record.at), []).append((record, root.data))
    for seen in turns.values():
        first, last = seen[0][1], seen[-1][1]
        if len(seen) < 3 or not finite(first) or first <= 0:
            continue
        grown = [b > a for (_, a), (_, b) in itertools.pairwise(seen)]
        if finite(last) and not (last > 100 * first and all(grown)):
            continue
        rising = [value for _, value in seen if math.isfinite(value)]
        if not finite(last) and (len(rising) < 3 or max(rising) < 100 * first):
            continue
        groups = steps[-1].value.param_groups
        if groups[0].get("maximize"):
            continue
        rate, start, end = number_text(float(groups[0].get("lr", 0))), number_text(first), number_text(last)
        yield Finding(
            f"the loss grows from {start} to {end}: with lr={rate} each step goes too far, past the lowest point and up the other side",
            "make the learning rate ten times smaller, and again until the loss falls",
            steps[-1],
        )
        return
