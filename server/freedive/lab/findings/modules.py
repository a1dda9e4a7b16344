"""What a module of the snippet's own does not know of: layers in a list, tensors that are no parameters, no `super().__init__()`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

import torch
from torch import nn

from freedive.lab.findings.edits import before, instead
from freedive.lab.findings.evidence import Evidence
from freedive.lab.findings.finding import Edit, Example, Finding, rule
from freedive.lab.notes import Moment

NET = "import torch, torch.nn as nn\nclass Net(nn.Module):\n    def __init__(self):\n"
FORWARD = "    def forward(self, x):\n        for each in self.layers:\n            x = each(x)\n        return x\nnet = Net()\n"


def _kept(run: Evidence) -> Iterator[tuple[Moment, nn.Module, str, Any]]:
    """Fields of modules that still hold what was put there."""
    for moment in run.seen("kept"):
        name, value = moment.more
        if moment.value.__dict__.get(name) is value:
            yield moment, moment.value, name, value


@rule(
    "layers-in-a-list",
    "warning",
    Example(
        NET + "        super().__init__()\n        self.layers = [nn.Linear(2, 2), nn.Linear(2, 1)]  # <-\n" + FORWARD + "n = len(list(net.parameters()))",
        ("2 layers", "list", "parameters()", "nn.ModuleList"),
        NET + "        super().__init__()\n        self.layers = nn.ModuleList([nn.Linear(2, 2), nn.Linear(2, 1)])\n" + FORWARD + "n = len(list(net.parameters()))",
    ),
    Example(
        NET + "        super().__init__()\n        self.layers = []  # <-\n        for i in range(3):\n            self.layers.append(nn.Linear(2, 2))\n" + FORWARD + "opt = torch.optim.SGD(net.parameters(), lr=0.1)",
        ("3 layers", "optimizer", "nn.ModuleList"),
        NET + "        super().__init__()\n        self.layers = nn.ModuleList()\n        for i in range(3):\n            self.layers.append(nn.Linear(2, 2))\n" + FORWARD + "opt = torch.optim.SGD(net.parameters(), lr=0.1)",
    ),
)  # fmt: skip
def in_a_list(run: Evidence) -> Iterator[Finding]:
    """Layers in a plain list, tuple or dict of a module."""
    failure = next(run.failed("optimizer got an empty parameter list"), None)
    for moment, module, name, value in _kept(run):
        held = list(value.values()) if isinstance(value, dict) else value
        if isinstance(held, torch.Tensor) or not held:
            continue
        layers = [each for each in held if isinstance(each, nn.Module | nn.Parameter)]
        known = {id(each) for each in module.modules()} | {id(each) for each in module.parameters()}
        lost = [each for each in layers if id(each) not in known and _has_weights(each)]
        if not lost:
            continue
        kind = type(value).__name__
        container = "ModuleDict" if isinstance(value, dict) else "ModuleList"
        if all(isinstance(each, nn.Parameter) for each in lost):
            container = "ParameterDict" if isinstance(value, dict) else "ParameterList"
        count = len(lost)
        yield Finding(
            f"self.{name} is a plain {kind}, and a module does not look into it: parameters() misses its {count} layers, "
            "so no optimizer trains them and state_dict() does not save them",
            f"keep them in nn.{container}(…)",
            moment,
            _wrapped(run, moment, f"nn.{container}"),
            failure,
        )


def _has_weights(value: nn.Module | nn.Parameter) -> bool:
    return not isinstance(value, nn.Module) or next(value.parameters(), None) is not None


def _wrapped(run: Evidence, moment: Moment, call: str) -> Edit | None:
    node = run.statement_of(moment)
    if not isinstance(node, ast.Assign) or node.lineno != node.end_lineno:
        return None
    text = run.spans.text(node.value)
    empty = text in ("[]", "{}", "()", "list()", "dict()")
    return instead(run, node.value, f"{call}()" if empty else f"{call}({text})") if text else None


@rule(
    "tensor-not-parameter",
    "warning",
    Example(
        NET + "        super().__init__()\n        self.w = torch.randn(2, requires_grad=True)  # <-\n"
        "    def forward(self, x):\n        return (x * self.w).sum()\nnet = Net()\nn = len(list(net.parameters()))",
        ("self.w", "nn.Parameter", "parameters()"),
        NET + "        super().__init__()\n        self.w = nn.Parameter(torch.randn(2))\n"
        "    def forward(self, x):\n        return (x * self.w).sum()\nnet = Net()\nn = len(list(net.parameters()))",
    ),
)  # fmt: skip
def no_parameter(run: Evidence) -> Iterator[Finding]:
    """A tensor with requires_grad=True as a plain field of a module."""
    failure = next(run.failed("optimizer got an empty parameter list"), None)
    for moment, module, name, value in _kept(run):
        if not isinstance(value, torch.Tensor) or not value.requires_grad or not value.is_leaf:
            continue
        if any(each is value for each in module.parameters()):
            continue
        yield Finding(
            f"self.{name} is a plain tensor: requires_grad=True gives it a gradient, but parameters() does not list it, so no optimizer trains it",
            f"make it a parameter: self.{name} = nn.Parameter(…)",
            moment,
            None,
            failure,
        )


@rule(
    "no-super-init",
    "warning",
    Example(
        NET + "        self.fc = nn.Linear(2, 1)  # <-\n    def forward(self, x):\n        return self.fc(x)\nnet = Net()",
        ("nn.Module's own __init__", "first line", "super().__init__()"),
        NET + "        super().__init__()\n        self.fc = nn.Linear(2, 1)\n    def forward(self, x):\n        return self.fc(x)\nnet = Net()",
    ),
)  # fmt: skip
def no_super(run: Evidence) -> Iterator[Finding]:
    """A module whose `__init__` leaves out that of nn.Module."""
    words = "before Module.__init__() call", "forget to call `super().__init__()`", "has no attribute '_modules'", "has no attribute '_parameters'"  # fmt: skip
    for failure in run.failed(*words):
        node = next((each for each in ast.walk(run.tree) if isinstance(each, ast.FunctionDef) and each.name == "__init__" and each.lineno <= failure.line <= (each.end_lineno or 0)), None)  # fmt: skip
        edit = None
        if node is not None and not _calls_super(node):
            edit = before(run, _first(node), "super().__init__()")
        yield Finding(
            "a module keeps its layers in tables that nn.Module's own __init__ makes, and that has not run yet: there is nothing to put this into",
            "call super().__init__() as the first line of __init__",
            failure.line,
            edit,
            failure,
        )


def _first(node: ast.FunctionDef) -> ast.stmt:
    docstring = isinstance(node.body[0], ast.Expr) and isinstance(node.body[0].value, ast.Constant)
    return node.body[1] if docstring and len(node.body) > 1 else node.body[0]


def _calls_super(node: ast.FunctionDef) -> bool:
    return any(isinstance(each, ast.Call) and getattr(each.func, "attr", "") == "__init__" for each in ast.walk(node))  # fmt: skip


@rule(
    "class-not-layer",
    "warning",
    Example(
        "import torch, torch.nn as nn\nx = torch.randn(2, 3)\ny = nn.ReLU(x)(x)  # <-",
        ("makes the layer", "nn.ReLU()(x)"),
        "import torch, torch.nn as nn\nx = torch.randn(2, 3)\ny = nn.ReLU()(x)",
    ),
    Example(
        "import torch, torch.nn as nn\nnet = nn.Sequential(nn.Linear(2, 3), nn.ReLU)  # <-",
        ("the class ReLU", "nn.ReLU()"),
        "import torch, torch.nn as nn\nnet = nn.Sequential(nn.Linear(2, 3), nn.ReLU())",
    ),
)
def class_not_layer(run: Evidence) -> Iterator[Finding]:
    """The class of a layer where the layer is meant."""
    for failure in run.failed("is not a Module subclass"):
        name = failure.text.split(" is not")[0].rsplit(".", 1)[-1]
        if name in ("list", "tuple", "generator"):
            continue
        node = next((a for each in run.calls for a in each.args if getattr(a, "attr", getattr(a, "id", "")) == name and each.lineno <= failure.line <= (each.end_lineno or 0)), None)  # fmt: skip
        yield Finding(
            f"the class {name} stands where one of its layers is meant: a class is called once to make a layer",
            f"write nn.{name}() with brackets",
            node if node is not None else failure.line,
            instead(run, node, f"{run.spans.text(node)}()") if isinstance(node, ast.expr) else None,
            failure,
        )
    for failure in run.failed("Boolean value of Tensor with more than one value is ambiguous"):
        at = failure.line
        for call in run.calls:
            name = getattr(call.func, "attr", "")
            made = getattr(nn, name, None) if name[:1].isupper() else None
            if (
                call.lineno != at
                or not isinstance(made, type)
                or not issubclass(made, nn.Module)
                or not call.args
            ):
                continue
            given = run.spans.text(call.args[0])
            known = run.names.get(given)
            if isinstance(known, torch.Tensor):
                yield Finding(
                    f"nn.{name}(…) makes the layer, and its brackets take settings: the tensor {given} was taken for one of them",
                    f"make the layer, then call it: nn.{name}()({given})",
                    call,
                    None,
                    failure,
                )
                break
