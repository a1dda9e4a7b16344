"""backward over a graph that was freed, or whose values were written over since."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any

import torch
from torch import nn

from freedive.lab.findings.carrying import AGAIN, carried, root_of, swept
from freedive.lab.findings.edits import instead, without
from freedive.lab.findings.evidence import Any_Record, Evidence, Failure, layer, tensors
from freedive.lab.findings.finding import Edit, Example, Finding, rule
from freedive.lab.findings.losses import START
from freedive.lab.notes import Note, Record
from freedive.lab.spans import caller


@rule(
    "backward-twice",
    "warning",
    Example(
        START + "x = torch.tensor([1., 2.], requires_grad=True)\ny = (x * x).sum()\ny.backward()\ny.backward()  # <-",
        ("line 6 has gone back through it", "one backward", "adds"),
        START + "x = torch.tensor([1., 2.], requires_grad=True)\ny = (x * x).sum()\ny.backward()",
    ),
    Example(
        START + "x = torch.tensor([1., 2.], requires_grad=True)\nh = x * x\na, b = h.sum(), h.prod()\na.backward()\nb.backward()  # <-",
        ("share h", "(a + b).backward()"),
        START + "x = torch.tensor([1., 2.], requires_grad=True)\nh = x * x\na, b = h.sum(), h.prod()\n(a + b).backward()",
    ),
)  # fmt: skip
def twice(run: Evidence) -> Iterator[Finding]:
    """backward of what an earlier backward has been through."""
    for failure in run.failed(AGAIN):
        root = root_of(failure.record)
        if root is None or failure.record is None:
            continue
        kept = carried(run, root)
        if kept is not None and swept(run, kept):
            continue
        earlier = [each for each in run.ops("backward") if each.inputs]
        same = next((each for each in earlier if each.inputs[0] is root), None)
        if same is not None:
            line = run.line(same)
            yield Finding(
                f"the backward on line {line} has gone back through it already and freed the values that it needed",
                "one backward gives all gradients; a second one adds the same gradients again, and if that is wanted the first needs retain_graph=True",
                failure.record,
                None,
                failure,
            )
            continue
        shared = _shared(run, root, earlier)
        if shared is None:
            continue
        other, note = shared
        line, name = run.line(other), run.called(note)
        first, second = run.written(other, 0), run.written(failure.record, 0)
        yield Finding(
            f"both losses share {name}: the backward on line {line} went through what made it and freed the values there",
            f"add them and go back once: ({first} + {second}).backward(); or give the first backward retain_graph=True",
            failure.record,
            None,
            failure,
        )


def _shared(run: Evidence, root: Note, earlier: list[Record]) -> tuple[Record, Note] | None:
    """An earlier backward that went through a tensor behind this root, and the newest such tensor."""
    mine = {note.id: note for each in run.ancestors(root, graded=True) for note in each.inputs}
    for other in reversed(earlier):
        theirs = {note.id for each in run.ancestors(other.inputs[0], graded=True) for note in each.inputs}
        both = [mine[i] for i in mine if i in theirs and mine[i].requires_grad and not mine[i].is_leaf]
        if both:
            return other, max(both, key=lambda note: note.id)
    return None


@rule(
    "overwritten",
    "warning",
    Example(
        START + "x = torch.randn(3, requires_grad=True)\nh = torch.sigmoid(x)\ny = nn.ReLU(inplace=True)(h)  # <-\ny.sum().backward()",
        ("ReLU on line 6 overwrote h", "sigmoid on line 5", "without inplace=True"),
        START + "x = torch.randn(3, requires_grad=True)\nh = torch.sigmoid(x)\ny = nn.ReLU()(h)\ny.sum().backward()",
    ),
    Example(
        START + "a = torch.ones(3, requires_grad=True)\nb = torch.exp(a)\nb += 1  # <-\nb.sum().backward()",
        ("line 6 overwrote b", "exp on line 5", "b = b + 1"),
        START + "a = torch.ones(3, requires_grad=True)\nb = torch.exp(a)\nb = b + 1\nb.sum().backward()",
    ),
    Example(
        START + "net = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 1))\nopt = torch.optim.SGD(net.parameters(), lr=0.1)\n"
        "loss = net(torch.ones(3, 2)).sum()\nloss2 = loss * 2\nloss.backward(retain_graph=True)\nopt.step()  # <-\nloss2.backward()",
        ("the step on line 9 changed the weights", "before the step"),
        START + "net = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 1))\nopt = torch.optim.SGD(net.parameters(), lr=0.1)\n"
        "loss = net(torch.ones(3, 2)).sum()\nloss.backward()\nopt.step()",
    ),
)  # fmt: skip
def overwritten(run: Evidence) -> Iterator[Finding]:
    """What backward needed was written over after it was used."""
    for failure in run.failed("modified by an inplace operation"):
        root = root_of(failure.record)
        kept = carried(run, root) if root is not None else None
        if kept is not None and swept(run, kept):
            continue
        found = re.search(r"\[([\d, ]*)\](?:\], which is output \d+ of (\w+))?", failure.text)
        shape = tuple(int(each) for each in found.group(1).split(",") if each.strip()) if found else ()
        maker = (found.group(2) or "").removesuffix("Backward0").lower() if found else ""
        yield from _written(run, failure, shape, maker)


def _written(run: Evidence, failure: Failure, shape: tuple[int, ...], wanted: str) -> Iterator[Finding]:
    for writer in reversed(run.records):
        if not isinstance(writer, Record) or writer.failed is not None:
            continue
        if writer.name == "step" and writer.op.kind == "optimizer":
            if wanted in ("", "asstridedbackward0", "tbackward0", "t") or wanted.startswith(
                ("t", "asstrided")
            ):
                line = run.line(writer)
                yield Finding(
                    f"the step on line {line} changed the weights in place, and backward of a loss from before that step needs them as they were",
                    "call backward on all losses before the step, or compute the loss anew after it",
                    writer,
                    None,
                    failure,
                )
                return
            continue
        note: Note | None = writer.before["note"] if writer.before is not None else None
        in_module = getattr(layer(writer), "inplace", False) is True
        if note is None and in_module:
            note = tensors(writer)[0].previous or tensors(writer)[0]
        if note is None or (note.shape != shape and writer.name != "setitem"):
            continue
        made = run.maker(note)
        saved = (note.grad_name or (made.name if made is not None else "")).lower()
        if wanted and made is not None and not in_module and not saved.startswith(wanted):
            continue
        line, how = run.line(writer), writer.name
        place = next((i for i, each in enumerate(writer.args) if each in tensors(writer)), 0)
        name = run.written(writer, place)
        cause = f"{how} on line {line} overwrote {name}, which backward still needs"
        if made is not None:
            maker, first = made.name, run.line(made)
            cause = f"{how} on line {line} overwrote {name}, which {maker} on line {first} keeps for backward"
        mend, edit = _anew(run, writer, name)
        yield Finding(cause, mend, writer, edit, failure)
        return


def _anew(run: Evidence, writer: Record, name: str) -> tuple[str, Edit | None]:
    """How to write the same without writing over anything."""
    node = run.statement_of(writer)
    at = caller(writer.at)
    advice = "make a new tensor instead, as with torch.where or clone() before"
    edit = None
    if isinstance(layer(writer), nn.Module) or writer.kwargs.get("inplace") is True:
        advice = "write it without inplace=True: the result is then a tensor of its own"
        named = [each for each in run.calls if any(word.arg == "inplace" for word in each.keywords)]
        call = next((each for each in named if _calls(each, writer.name)), None)
        edit = without(run, call, "inplace") if call is not None else None
    elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
        value = ast.BinOp(ast.Name(node.target.id), node.op, node.value)
        made = ast.unparse(ast.Assign([node.target], value, lineno=1))
        advice, edit = f"make a new tensor: {made}", instead(run, node, made)
    elif isinstance(at, ast.Call) and isinstance(at.func, ast.Attribute) and at.func.attr.endswith("_"):
        plain = at.func.attr.rstrip("_")
        given = ", ".join(map(ast.unparse, [*at.args, *at.keywords]))
        made = f"{name} = {name}.{plain}({given})"
        advice = f"make a new tensor: {made}"
        edit = instead(run, node, made) if isinstance(node, ast.Expr) else None
    return advice, edit


def _calls(call: ast.Call, name: str) -> bool:
    called: Any = call.func
    return (called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")) == name


@rule(
    "summed-with-graph",
    "note",
    Example(
        START + "w = torch.ones(2, requires_grad=True)\ntotal = 0\nfor i in range(3):\n    loss = (w * i).sum()\n    loss.backward()\n"
        "    total += loss  # <-\nprint(total)",
        ("with the graph of every turn", "loss.item()"),
        START + "w = torch.ones(2, requires_grad=True)\ntotal = 0\nfor i in range(3):\n    loss = (w * i).sum()\n    loss.backward()\n"
        "    total += loss.item()\nprint(total)",
    ),
)  # fmt: skip
def summed(run: Evidence) -> Iterator[Finding]:
    """A running total of losses that keeps the graphs of all of them alive."""
    roots = {id(each.value) for each in run.seen("backward") if isinstance(each.value, torch.Tensor)}
    if not roots:
        return
    noted = {note.id for key, note in run.recorder.notes.items() if key in roots}
    noted |= {each.inputs[0].id for each in run.ops("backward") if each.inputs}
    for record in run.ops("add", "add_"):
        if record.run < 2 or not record.outputs or record.outputs[0].id in noted:
            continue
        given = [note for note in record.inputs if note.id in noted]
        kept = [note for note in record.inputs if run.maker(note) is not None and run.maker(note).at is record.at]  # type: ignore[union-attr]  # fmt: skip
        if len(given) != 1 or len(kept) != 1 or not kept[0].requires_grad:
            continue
        place = record.args.index(given[0]) if given[0] in record.args else 0
        loss = run.written(record, place)
        if any(note.id in noted for note in _after(run, record)):
            continue
        yield Finding(
            f"the total is a tensor with the graph of every turn behind it, though {loss} has been through backward already: memory grows with each turn",
            f"add its bare number: {loss}.item()",
            record,
            _item(run, record, place, loss),
        )


def _after(run: Evidence, record: Any_Record) -> list[Note]:
    """What was computed from a result, a few steps on."""
    found, queue = [], [record]
    for each in queue[:32]:
        for note in each.outputs:
            found.append(note)
            queue += run.users(note)[:4]
    return found


def _item(run: Evidence, record: Record, place: int, loss: str) -> Edit | None:
    node = run.statement_of(record)
    if isinstance(node, ast.AugAssign) and isinstance(node.value, ast.Name) and node.value.id == loss:
        return instead(run, node.value, f"{loss}.item()")
    return None
