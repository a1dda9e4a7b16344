"""Shapes that do not fit, with what would make them fit: a lost axis, a factor the wrong way round, a view out of order."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from freedive.lab.findings.edits import added, followed, instead
from freedive.lab.findings.evidence import Evidence, layer, shape_text, tensors
from freedive.lab.findings.finding import Example, Finding, rule
from freedive.lab.spans import caller

T = "import torch\n"


@rule(
    "lost-axis",
    "warning",
    Example(
        T + "x = torch.ones(3, 4)\nm = x.mean(dim=1)\ny = x - m  # <-",
        ("(3, 4)", "(3,)", "mean on line 3 dropped", "keepdim=True"),
        T + "x = torch.ones(3, 4)\nm = x.mean(dim=1, keepdim=True)\ny = x - m",
    ),
    Example(
        T + "x = torch.ones(3, 4)\nw = torch.ones(3)\ny = x * w  # <-",
        ("aligned from the right", "w[:, None]"),
        T + "x = torch.ones(3, 4)\nw = torch.ones(3)\ny = x * w[:, None]",
    ),
)
def lost_axis(run: Evidence) -> Iterator[Finding]:
    """(N, M) against (N,): one number per row, which would have to be a column."""
    for failure in run.failed("must match the size of tensor b", "could not be broadcast together"):
        record = failure.record
        given = tensors(record)[:2] if record is not None else []
        if record is None or len(given) < 2:
            continue
        large, small = sorted(given, key=lambda note: -len(note.shape))
        if len(small.shape) != len(large.shape) - 1 or not small.shape or small.shape != large.shape[:-1]:
            continue
        place = record.args.index(small) if small in record.args else -1
        name = run.written(record, place) if place >= 0 else run.called(small)
        wide, narrow = shape_text(large.shape), shape_text(small.shape)
        last, rows = large.shape[-1], small.shape[-1]
        axes = [":"] * len(small.shape)
        index = f"[{', '.join(axes)}, None]"
        made = run.maker(small)
        if (
            made is not None
            and made.op.kind == "reduction"
            and not {"keepdim", "keepdims"} & {*getattr(made, "kwargs", {})}
        ):
            line, how = run.line(made), made.name
            call = caller(made.at)
            keep = "keepdim=True" if run.dialect == "torch" and not small.array else "keepdims=True"
            yield Finding(
                f"shapes are aligned from the right, so the {last} of {wide} meets the {rows} of {narrow}; {how} on line {line} dropped the axis that held one number per row",
                f"keep it with {keep}, or put it back: {name}{index}",
                record,
                added(run, call, keep) if isinstance(call, ast.Call) and call.args + call.keywords else None,
                failure,
            )
        else:
            yield Finding(
                f"shapes are aligned from the right, so the {last} of {wide} meets the {rows} of {narrow}; one number per row has to stand as a column",
                f"give it an axis at the end: {name}{index}",
                record,
                followed(run, record, place, index) if place >= 0 else None,
                failure,
            )


@rule(
    "factors",
    "warning",
    Example(
        T + "a = torch.ones(2, 3)\nb = torch.ones(4, 3)\nc = a @ b  # <-",
        ("3 columns", "4 rows", "b.T"),
        T + "a = torch.ones(2, 3)\nb = torch.ones(4, 3)\nc = a @ b.T",
    ),
    Example(
        T + "a = torch.ones(3, 2)\nb = torch.ones(3, 4)\nc = torch.mm(a, b)  # <-",
        ("2 columns", "3 rows", "a.T"),
        T + "a = torch.ones(3, 2)\nb = torch.ones(3, 4)\nc = torch.mm(a.T, b)",
    ),
    Example(
        T + "a = torch.ones(2, 3)\nb = torch.ones(5, 4)\nc = a @ b  # <-",
        ("3 columns", "5 rows", "neither"),
        T + "a = torch.ones(2, 3)\nb = torch.ones(3, 4)\nc = a @ b",
    ),
)
def factors(run: Evidence) -> Iterator[Finding]:
    """A matrix product whose inner sizes differ."""
    for failure in run.failed("cannot be multiplied", "size mismatch, got"):
        record = failure.record
        given = tensors(record)[:2] if record is not None else []
        if record is None or len(given) < 2 or layer(record) is not None:
            continue
        a, b = given
        if len(a.shape) != 2 or len(b.shape) != 2:
            continue
        places = [record.args.index(each) if each in record.args else -1 for each in given]
        if -1 in places:
            continue
        first, second = (run.written(record, place) for place in places)
        columns, rows = a.shape[1], b.shape[0]
        head = f"each row of the first is multiplied with each column of the second: {first} has {columns} columns, {second} has {rows} rows, and the two must be equal"
        if b.shape[1] == columns:
            edit = followed(run, record, places[1], ".T")
            yield Finding(head, f"turn the second one: {second}.T", record, edit, failure)
        elif a.shape[0] == rows:
            edit = followed(run, record, places[0], ".T")
            yield Finding(head, f"turn the first one: {first}.T", record, edit, failure)
        else:
            yield Finding(head, "neither fits when it is turned: check the shapes that they were made with", record, None, failure)  # fmt: skip


@rule(
    "view-out-of-order",
    "warning",
    Example(
        T + "x = torch.arange(6).reshape(2, 3).t()\ny = x.view(6)  # <-",
        ("t on line 2", "steps (1, 3)", "x.reshape(…)"),
        T + "x = torch.arange(6).reshape(2, 3).t()\ny = x.reshape(6)",
    ),
)
def out_of_order(run: Evidence) -> Iterator[Finding]:
    """view of what does not lie in memory in reading order."""
    for failure in run.failed("view size is not compatible"):
        record = failure.record
        given = tensors(record)[:1] if record is not None else []
        if record is None or not given:
            continue
        note = given[0]
        name, steps = run.written(record, 0), shape_text(note.strides)
        made = run.maker(note)
        after = "it was turned without moving a number"
        if made is not None and made.op.kind == "movement":
            how, line = made.name, run.line(made)
            after = f"{how} on line {line} turned it without moving a number"
        node = caller(record.at)
        edit = None
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "view":
            text = run.spans.text(node.func)
            edit = instead(run, node.func, f"{text.removesuffix('view')}reshape") if text else None
        yield Finding(
            f"view never copies, so the numbers must lie in memory in the order in which they are read; {after}, and it is read with steps {steps}",
            f"let it copy where it must: {name}.reshape(…), or {name}.contiguous().view(…)",
            record,
            edit,
            failure,
        )
