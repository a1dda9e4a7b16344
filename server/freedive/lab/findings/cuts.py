"""Where the way from a loss back to its leaves is cut: detach, no_grad, item, argmax, or no leaf at all."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import torch

from freedive.lab.findings.evidence import Any_Record, Evidence, Failure, tensors
from freedive.lab.findings.finding import Example, Finding, rule
from freedive.lab.findings.losses import START
from freedive.lab.notes import Note, Record
from freedive.lab.spans import caller

X = START + "x = torch.tensor([1., 2.], requires_grad=True)\n"
PICKS = ("argmax", "argmin", "argsort", "topk", "round", "one_hot", "multinomial", "bucketize")
COMPARES = ("gt", "lt", "ge", "le", "eq", "ne", "greater", "less", "isclose", "logical_not", "logical_and")


def _cut(run: Evidence, note: Note) -> tuple[Any_Record, Note] | None:
    """The operation nearest to a tensor that took in what needs a gradient and gave what does not."""
    for record in run.ancestors(note):
        if record.outputs and not any(each.requires_grad for each in record.outputs):
            source = next((each for each in record.inputs if each.requires_grad), None)
            if source is not None:
                return record, source
    return None


def _why(run: Evidence, record: Any_Record, source: Note) -> tuple[str, str]:
    """Why an operation gives nothing that needs a gradient, and what to do."""
    line, name = run.line(record), run.called(source)
    operation = record.name
    if operation in PICKS:
        cause = (
            f"{operation} on line {line} gives whole numbers, places or counts, which do not move when {name} moves a little: "
            "it has no derivative, and the way back ends there"
        )
        mend = f"compute the loss from {name} itself, as F.cross_entropy(scores, target) does; keep {operation} for the accuracy"
    elif operation in COMPARES:
        cause = f"the comparison on line {line} gives True and False, which do not move when {name} moves a little: the way back ends there"
        mend = f"compute the loss from {name} itself, or from a smooth stand-in such as torch.sigmoid"
    elif isinstance(record, Record) and not record.graded and operation not in ("detach", "detach_"):
        cause = f"line {line} ran under torch.no_grad(), where nothing is noted for backward"
        mend = "compute what the loss is made of outside of that block; keep no_grad for updates and for evaluation"
    elif operation in ("detach", "detach_", "numpy"):
        cause = f"{operation} on line {line} cuts {name} off from what it was computed from, so no gradient passes there"
        mend = f"leave {operation} out on the way to the loss; it is for what should get no gradient"
    else:
        cause = f"{operation} on line {line} gives a tensor that backward cannot pass: its result is not computed from {name} by steps with a derivative"
        mend = "leave it out on the way to the loss"
    return cause, mend


@rule(
    "loss-cut-off",
    "warning",
    Example(
        X + "loss = (x * 2).detach().sum()  # <-\nloss.backward()",
        ("detach on line 5 cuts", "leave detach out"),
        X + "loss = (x * 2).sum()\nloss.backward()",
    ),
    Example(
        START + "net = nn.Linear(2, 1)\nwith torch.no_grad():\n    loss = net(torch.ones(3, 2)).mean()  # <-\nloss.backward()",
        ("under torch.no_grad()", "outside of that block"),
        START + "net = nn.Linear(2, 1)\nloss = net(torch.ones(3, 2)).mean()\nloss.backward()",
    ),
    Example(
        START + "scores = torch.randn(4, 3, requires_grad=True)\npred = scores.argmax(1)  # <-\n"
        "loss = F.mse_loss(pred.float(), torch.tensor([0., 1., 2., 0.]))\nloss.backward()",
        ("argmax on line 5", "no derivative", "F.cross_entropy"),
        START + "scores = torch.randn(4, 3, requires_grad=True)\nloss = F.cross_entropy(scores, torch.tensor([0, 1, 2, 0]))\nloss.backward()",
    ),
)  # fmt: skip
def cut_off(run: Evidence) -> Iterator[Finding]:
    """backward of a loss that nothing leads back from, and losses of what has no derivative."""
    explained: set[int] = set()
    for failure in run.failed("does not require grad and does not have a grad_fn"):
        root = _root(failure)
        found = _cut(run, root) if root is not None else None
        if found is None:
            continue
        record, source = found
        cause, mend = _why(run, record, source)
        explained.add(id(record))
        yield Finding(cause, mend, record, None, failure)
    for record in run.records:
        if record.op.kind != "loss" or not record.inputs or not isinstance(record, Record):
            continue
        given = tensors(record)[:1]
        found = _cut(run, given[0]) if given and not given[0].requires_grad and record.graded else None
        if found is None or found[0].name not in PICKS or id(found[0]) in explained:
            continue
        explained.add(id(found[0]))
        cause, mend = _why(run, found[0], found[1])
        yield Finding(cause, mend, found[0])


def _root(failure: Failure) -> Note | None:
    record = failure.record
    given = tensors(record) if record is not None else []
    return given[0] if given else None


@rule(
    "loss-made-new",
    "warning",
    Example(
        X + "loss = torch.tensor((x * x).sum().item(), requires_grad=True)  # <-\nloss.backward()\nprint(x.grad)",
        ("a new leaf", "item() on line 5", "without item()"),
        X + "loss = (x * x).sum()\nloss.backward()\nprint(x.grad)",
    ),
    Example(
        X + "loss = (x * x).sum().item()  # <-\nloss.backward()",
        ("Python number", "item() on line 5", "before"),
        X + "loss = (x * x).sum()\nloss.backward()\nvalue = loss.item()",
    ),
)  # fmt: skip
def made_new(run: Evidence) -> Iterator[Finding]:
    """A number was taken out of its tensor before backward."""
    left = list(run.seen("left"))
    if not left:
        return
    for failure in run.failed("object has no attribute 'backward'", "object has no attribute 'grad'"):
        moment = left[-1]
        line, how = run.line(moment), moment.more
        yield Finding(
            f"this is a Python number: {how}() on line {line} took it out of its tensor, and with it went the way back to the leaves",
            "call backward() on the tensor before, and item() only on what is printed or summed up",
            moment,
            None,
            failure,
        )
    for moment in run.seen("backward"):
        root = run.note(moment.value) if isinstance(moment.value, torch.Tensor) else None
        record = run.maker(root) if root is not None else None
        if root is None or record is None or record.op.kind != "creation" or not root.is_leaf:
            continue
        node = caller(record.at)
        inside = set(map(id, ast.walk(node))) if node is not None else set()
        for out in left:
            if out.at is not None and (id(out.at) in inside or _named(out, node)):
                line, how = run.line(out), out.more
                yield Finding(
                    f"the loss is a new leaf: {how}() on line {line} took the bare number out, so nothing leads from it back to "
                    "what it was computed from, and backward fills the gradient of the loss alone",
                    "call backward() on the tensor that the loss was computed as, without item() and torch.tensor(...)",
                    record,
                )
                break


def _named(out: object, node: ast.AST | None) -> bool:
    """Whether what left its tensor was given a name that the other expression reads."""
    cell = getattr(getattr(out, "at", None), "cell", None)
    made = getattr(cell, "node", None)
    if not isinstance(made, ast.Assign) or node is None:
        return False
    names = {each.id for each in made.targets if isinstance(each, ast.Name)}
    return any(isinstance(each, ast.Name) and each.id in names for each in ast.walk(node))


@rule(
    "nothing-requires-grad",
    "warning",
    Example(
        START + "w = torch.randn(2)\nx = torch.tensor([1., 2.])\nloss = ((w * x) ** 2).sum()\nloss.backward()  # <-",
        ("none of the tensors", "w, x", "requires_grad=True"),
        START + "w = torch.randn(2, requires_grad=True)\nx = torch.tensor([1., 2.])\nloss = ((w * x) ** 2).sum()\nloss.backward()",
    ),
    Example(
        START + "w = torch.randn(2)\nloss = (w ** 2).sum()\nw.requires_grad_()\nloss.backward()  # <-",
        ("w asks for a gradient only since", "anew"),
        START + "w = torch.randn(2)\nw.requires_grad_()\nloss = (w ** 2).sum()\nloss.backward()",
    ),
    Example(
        START + "net = nn.Linear(2, 1)\nfor p in net.parameters():\n    p.requires_grad = False\nloss = net(torch.ones(3, 2)).mean()\nloss.backward()  # <-",
        ("weights of Linear", "frozen", "requires_grad"),
        START + "net = nn.Linear(2, 1)\nloss = net(torch.ones(3, 2)).mean()\nloss.backward()",
    ),
)  # fmt: skip
def nothing(run: Evidence) -> Iterator[Finding]:
    """No leaf behind the loss asks for a gradient."""
    for failure in run.failed("does not require grad and does not have a grad_fn"):
        root = _root(failure)
        if root is None or _cut(run, root) is not None:
            continue
        behind = list(run.ancestors(root))
        frozen = next((each for each in behind if _has_weights(each)), None)
        if frozen is not None:
            name = frozen.name
            yield Finding(
                f"the weights of {name} are frozen: requires_grad is False for all of them, so there is nothing to take a gradient for",
                "set requires_grad to True again for the weights that should learn",
                failure.line,
                None,
                failure,
            )
            continue
        leaves = [note for each in behind for note in each.inputs if run.maker(note) is None or run.maker(note).op.kind in ("creation", "random")]  # type: ignore[union-attr]  # fmt: skip
        if not leaves and not root.requires_grad:
            leaves = [root]
        late = next((note for note in leaves if note.names and getattr(run.names.get(note.names[0]), "requires_grad", False)), None)  # fmt: skip
        if late is not None:
            name = late.names[0]
            yield Finding(
                f"{name} asks for a gradient only since after this was computed, so the steps from {name} to here were not noted",
                f"call requires_grad_() on {name} first, then compute this anew",
                failure.line,
                None,
                failure,
            )
            continue
        names = ", ".join(sorted({note.names[0] for note in leaves if note.names})[:4])
        if not names:
            names = "tensors without a name"
        yield Finding(
            f"none of the tensors that the loss is computed from asks for a gradient: {names}",
            "make those that should learn with requires_grad=True, or call requires_grad_() on them before the loss is computed",
            failure.line,
            None,
            failure,
        )


def _has_weights(record: Any_Record) -> bool:
    args = record.args if isinstance(record, Record) else ()
    weights = getattr(args[0], "weights", None) if args else None
    return bool(weights)


@rule(
    "grad-is-none",
    "warning",
    Example(
        START + "x = torch.tensor([1., 2.], requires_grad=True)\nw = torch.ones(2, requires_grad=True)\n"
        "h = x.detach() * w\nh.sum().backward()\nprint(x.grad)  # <-",
        ("detach on line 6 cuts x off", "leave detach out"),
        START + "x = torch.tensor([1., 2.], requires_grad=True)\nw = torch.ones(2, requires_grad=True)\n"
        "h = x * w\nh.sum().backward()\nprint(x.grad)",
    ),
    Example(
        START + "a = torch.ones(2, requires_grad=True)\nb = torch.ones(2, requires_grad=True)\na.sum().backward()\nprint(b.grad)  # <-",
        ("b has no part in", "line 6"),
        START + "a = torch.ones(2, requires_grad=True)\nb = torch.ones(2, requires_grad=True)\n(a + b).sum().backward()\nprint(b.grad)",
    ),
)  # fmt: skip
def none(run: Evidence) -> Iterator[Finding]:
    """`.grad` of a leaf is None although backward ran."""
    for moment in run.seen("grad"):
        value: torch.Tensor = moment.value
        if moment.more[0] is not None or not value.is_leaf or not value.requires_grad:
            continue
        ran = [each for each in run.seen("backward") if each.before <= moment.before and each is not moment]
        note = run.note(value)
        asked = any(each is note for record in run.ops("grad") for each in record.inputs)
        if not ran or note is None or asked:
            continue
        last = ran[-1]
        root = run.note(last.value) if isinstance(last.value, torch.Tensor) else None
        if root is None or any(_dropped(each.value, value) for each in run.seen("zero")):
            continue
        behind = list(run.ancestors(root))
        if len(behind) == 0 or root is note or any(made.outputs and made.outputs[0] is root and made.op.kind == "creation" for made in behind):  # fmt: skip
            continue  # a loss that was made new has a finding of its own
        if any(each is note for made in behind for each in made.inputs if made.outputs and any(out.requires_grad for out in made.outputs)):  # fmt: skip
            continue  # it was reached: somebody has set it to None since
        name, line = run.called(note), run.line(last)
        users = [each for each in run.users(note) if each in behind]
        cut = next((each for each in users if not any(out.requires_grad for out in each.outputs)), None)
        if cut is not None:
            cause, mend = _why(run, cut, note)
            yield Finding(cause, mend, moment, None, run.from_none(moment))
        elif not users:
            yield Finding(
                f"{name} has no part in what backward was called on (line {line}), so no gradient came to it",
                f"compute the loss from {name}, or look at the gradient of what it is computed from",
                moment,
                None,
                run.from_none(moment),
            )


def _dropped(owner: object, value: torch.Tensor) -> bool:
    """Whether an optimizer or a module that dropped its gradients holds the tensor."""
    groups = getattr(owner, "param_groups", None)
    if groups is not None:
        return any(each is value for group in groups for each in group["params"])
    parameters = getattr(owner, "parameters", None)
    return parameters is not None and any(each is value for each in parameters())
