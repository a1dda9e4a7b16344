"""A state that a loop carries from turn to turn with the whole graph behind it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

from freedive.lab.findings.edits import before, behind
from freedive.lab.findings.evidence import Any_Record, Evidence, tensors
from freedive.lab.findings.finding import Edit, Example, Finding, rule
from freedive.lab.findings.losses import START
from freedive.lab.notes import Note, Record
from freedive.lab.spans import Operand, expressions

RNN = START + "rnn = nn.RNN(2, 3)\nh = torch.zeros(1, 1, 3)\nfor i in range(3):\n"
RUN = "    out, h = rnn(torch.randn(4, 1, 2), h)"
AGAIN = "Trying to backward through the graph a second time"
LSTM = START + "lstm = nn.LSTM(2, 3)\n"
CARRY = START + "w = torch.ones(1, requires_grad=True)\ns = torch.zeros(1)\nfor i in range(3):\n"


class Carried(NamedTuple):
    """A tensor that one turn of a loop hands to the next with its graph: what took it in, and what made it."""

    note: Note
    user: Any_Record
    maker: Any_Record


def carried(run: Evidence, root: Note) -> Carried | None:
    """The newest tensor behind a loss that an earlier turn of the loop made, where that turn's backward went through it."""
    numbers = run.number
    best: Carried | None = None
    for record in run.ancestors(root, graded=True):
        for note in record.inputs:
            maker = run.maker(note)
            if maker is None or not note.requires_grad or note.is_leaf or maker.run >= record.run:
                continue
            if _loop(run, maker) is None or _loop(run, maker) is not _loop(run, record):
                continue
            if best is None or (numbers(maker) or 0) > (numbers(best.maker) or 0):
                best = Carried(note, record, maker)
    return best


def _loop(run: Evidence, record: Any_Record) -> ast.AST | None:
    """The innermost loop of the snippet that an operation's line stands in."""
    line = run.line(record)
    return run.loop_at(line)


def _name_in(run: Evidence, kept: Carried) -> str:
    """What the carried tensor, or the tuple that holds it, is called where it is taken in."""
    for place, each in enumerate(getattr(kept.user, "args", ())):
        held = each is kept.note or (isinstance(each, list | tuple) and kept.note in each)
        text = run.written(kept.user, place) if held else ""
        if text.isidentifier():
            return text
    node = run.statement_of(kept.maker)
    targets = [each.id for each in ast.walk(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)] if node else []  # fmt: skip
    if targets:
        place = next((i for i, each in enumerate(kept.maker.outputs) if each is kept.note), 0)
        return targets[min(place, len(targets) - 1)]
    return run.called(kept.note)


def _pair(run: Evidence, kept: Carried, name: str) -> list[str]:
    """The names of a tuple of states that is written out, as `h, c`; empty for others."""
    for place, each in enumerate(getattr(kept.user, "args", ())):
        if isinstance(each, list | tuple) and kept.note in each:
            node = _argument(kept.user, place)
            if isinstance(node, list):
                names = [item.id for item in node if isinstance(item, ast.Name)]
                return names if len(names) == len(each) else []
    return []


def _argument(record: Any_Record, place: int) -> Operand:
    """How an argument is written; a list of expressions where it is a tuple or a list."""
    nodes = expressions(record) if isinstance(record, Record) else []
    return nodes[place] if place < len(nodes) else None


def _cut(run: Evidence, kept: Carried, name: str) -> str:
    """The line that cuts the state off."""
    pair = _pair(run, kept, name)
    if pair:
        return f"{', '.join(pair)} = {', '.join(f'{each}.detach()' for each in pair)}"
    direct = any(each is kept.note for each in getattr(kept.user, "args", (kept.note,)))
    nested = any(isinstance(each, list | tuple) and kept.note in each for each in getattr(kept.user, "args", ()))  # fmt: skip
    if nested and not direct:
        return f"{name} = tuple(each.detach() for each in {name})"
    return f"{name} = {name}.detach()"


@rule(
    "hidden-state",
    "warning",
    Example(
        RNN + RUN + "  # <-\n    loss = out.sum()\n    loss.backward()",
        ("h comes from the turn before", "has freed", "h = h.detach()"),
        RNN + "    h = h.detach()\n" + RUN + "\n    loss = out.sum()\n    loss.backward()",
    ),
    Example(
        RNN + RUN + "  # <-\n    loss = out.sum()\n    loss.backward(retain_graph=True)",
        ("through all turns before", "h = h.detach()"),
        RNN + "    h = h.detach()\n" + RUN + "\n    loss = out.sum()\n    loss.backward()",
    ),
    Example(
        CARRY + "    s = s + w * w  # <-\n    s.sum().backward()",
        ("s comes from the turn before", "s = s.detach()"),
        CARRY + "    s = s.detach() + w * w\n    s.sum().backward()",
    ),
    Example(
        LSTM + "state = None\nfor i in range(3):\n    out, state = lstm(torch.randn(4, 1, 2), state)  # <-\n    out.sum().backward()",
        ("state = tuple(each.detach() for each in state)",),
        LSTM + "for i in range(3):\n    out, state = lstm(torch.randn(4, 1, 2))\n    out.sum().backward()",
    ),
    Example(
        LSTM + "h, c = torch.zeros(1, 1, 3), torch.zeros(1, 1, 3)\nfor i in range(3):\n"
        "    out, (h, c) = lstm(torch.randn(4, 1, 2), (h, c))  # <-\n    out.sum().backward()",
        ("h, c = h.detach(), c.detach()",),
        LSTM + "h, c = torch.zeros(1, 1, 3), torch.zeros(1, 1, 3)\nfor i in range(3):\n    h, c = h.detach(), c.detach()\n"
        "    out, (h, c) = lstm(torch.randn(4, 1, 2), (h, c))\n    out.sum().backward()",
    ),
    Example(
        START + "rnn = nn.RNN(2, 3)\ndef step(h):\n    out, h = rnn(torch.randn(4, 1, 2), h)  # <-\n    out.sum().backward()\n    return h\n"
        "h = torch.zeros(1, 1, 3)\nfor i in range(3):\n    h = step(h)",
        ("h = h.detach()",),
        START + "rnn = nn.RNN(2, 3)\ndef step(h):\n    out, h = rnn(torch.randn(4, 1, 2), h)\n    out.sum().backward()\n    return h.detach()\n"
        "h = torch.zeros(1, 1, 3)\nfor i in range(3):\n    h = step(h)",
    ),
)  # fmt: skip
def hidden_state(run: Evidence) -> Iterator[Finding]:
    """A state that is carried over the turns of a loop with the whole graph behind it."""
    for failure in run.failed(AGAIN, "modified by an inplace operation"):
        root = root_of(failure.record)
        kept = carried(run, root) if root is not None else None
        if kept is None or not swept(run, kept):
            continue
        name = _name_in(run, kept)
        cut = _cut(run, kept, name)
        yield Finding(
            f"{name} comes from the turn before, with the graph that made it; backward goes on into that graph, which the backward of that turn has freed",
            f"cut it off between the turns: {cut} before it is used again; its numbers stay, and retain_graph=True is not needed",
            kept.user,
            _detached(run, kept, cut),
            failure,
        )
    if any(run.failed(AGAIN)):
        return
    for record in run.ops("backward"):
        if not record.kwargs.get("retain_graph") or record.run < 2:
            continue
        root = root_of(record)
        kept = carried(run, root) if root is not None else None
        if kept is None:
            continue
        name = _name_in(run, kept)
        cut = _cut(run, kept, name)
        yield Finding(
            f"{name} comes from the turn before, with the graph that made it: with retain_graph=True each backward goes through all turns before, "
            "so every turn costs more time and memory than the last",
            f"cut it off between the turns: {cut} before it is used again, and leave retain_graph out",
            kept.user,
            _detached(run, kept, cut),
        )
        return


def swept(run: Evidence, kept: Carried) -> bool:
    """Whether a backward, or a step, came between the making of the carried tensor and its use."""
    made, used = run.number(kept.maker) or 0, run.number(kept.user) or 0
    return any(made < each.before <= used for each in run.seen("backward"))


def _detached(run: Evidence, kept: Carried, text: str) -> Edit | None:
    """The line that cuts the state off, at the end of a turn where it comes beside an output, else at the beginning."""
    node = run.statement_of(kept.user)
    if node is None or not text.split(" = ")[0].replace(", ", "").isidentifier():
        return None
    if run.line(node) != run.line(kept.user):
        return None
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Tuple):
        return behind(run, node, text)  # the first state may be None
    return before(run, node, text)


def root_of(record: Any_Record | None) -> Note | None:
    given = tensors(record) if record is not None else []
    return given[0] if given else None
