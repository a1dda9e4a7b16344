"""Every gradient that the trace tells is torch's own, and None where torch has none: over random programs, and one by one."""

from __future__ import annotations

import random
from typing import Any

import pytest
import torch
from tests.lab.conftest import Run

Json = dict[str, Any]
UNARY = ("torch.tanh({a})", "torch.exp({a} * 0.1)", "{a} ** 2", "torch.relu({a})", "torch.softmax({a}, -1)", "{a}.sigmoid()", "-{a}", "{a}.clone()",
         "torch.log_softmax({a}, 0)", "torch.where({a} > 0, {a}, 0.5)", "{a}.abs()", "torch.nn.functional.gelu({a})", "torch.cumsum({a}, 0)")  # fmt: skip
BINARY = (
    "{a} * {b}",
    "{a} + {b}",
    "{a} - {b}",
    "{a} / ({b} ** 2 + 1)",
    "torch.maximum({a}, {b})",
    "torch.where({a} > {b}, {a}, {b})",
)
CUTS = ("{a}.detach()", "{a}.detach() * 2", "({a} > 0).float()", "{a}.data")
SHAPES = ((2, 3), (3,), (2, 1), ())


def program(seed: int) -> str:
    """Leaves, some of which want a gradient (some later), operations, places where it is cut, and one backward or two."""
    chance = random.Random(seed)
    lines = ["import torch"]
    names = []
    for i in range(chance.randint(2, 4)):
        shape = chance.choice(SHAPES)
        count = max(1, torch.Size(shape).numel())
        numbers = [round(chance.uniform(-2, 2), 2) for _ in range(count)]
        lines.append(f"v{i} = torch.tensor({numbers}).reshape({shape})")
        if chance.random() < 0.6:
            lines.append(f"v{i}.requires_grad_()")
        names.append(f"v{i}")
    late = [name for name in names if f"{name}.requires_grad_()" not in lines]
    for i in range(chance.randint(3, 8)):
        a, b = chance.choice(names), chance.choice(names)
        kind = chance.random()
        if kind < 0.15 and late:
            lines.append(f"{late.pop()}.requires_grad_()")
        source = chance.choice(CUTS if kind > 0.85 else UNARY if kind > 0.6 else BINARY).format(a=a, b=b)
        shaped = source.replace("softmax(", "softmax(1 * ")
        if "softmax" in source or "cumsum" in source:
            shaped = source.replace(a, f"{a}.reshape(-1)", 1)
        if chance.random() < 0.1:
            lines += ["with torch.no_grad():", f"    w{i} = {shaped}"]
        else:
            lines.append(f"w{i} = {shaped}")
        names.append(f"w{i}")
    lines.append(
        "loss = torch.zeros(()) + "
        + " + ".join(f"({name} * {name}).sum()" for name in names if name.startswith("w"))
    )
    return "\n".join(lines)


def plainly(source: str, backwards: int) -> Json:
    """What plain torch leaves in `.grad`; with `retain_grad` for what is no leaf."""
    names: Json = {}
    for line in source.replace("\n    ", " ").split("\n"):
        exec(line, names)  # a program of this file
        for value in names.values():
            if isinstance(value, torch.Tensor) and value.requires_grad and not value.is_leaf:
                value.retain_grad()
    for _ in range(backwards):
        names["loss"].backward(retain_graph=True)
    return {name: value for name, value in names.items() if isinstance(value, torch.Tensor)}


def told_of(answer: Json, name: str) -> Json:
    """The newest record of what a name points at."""
    found = [each for each in answer["tensors"].values() if name in each["names"]]
    return max(found, key=lambda each: int(each["id"]))


def same(told: Any, wanted: torch.Tensor | None) -> bool:
    if told is None or wanted is None:
        return told is None and wanted is None
    return torch.allclose(torch.tensor(told), wanted, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("seed", range(120))
def test_gradients_of_random_programs_are_torchs(seed: int, run: Run) -> None:
    source = program(seed)
    try:
        names = plainly(source, 1)
    except RuntimeError:
        return  # shapes that do not fit, or nothing that wants a gradient
    answer = run(source + "\nloss.backward()")
    assert answer["status"] == "ok", (source, answer["error"])
    for name, value in names.items():
        if (
            name not in source.partition(f"\n{name}.requires_grad_()")[2]
            and value.is_leaf
            and value.grad is None
        ):
            continue  # no operation saw it since
        told = told_of(answer, name)
        assert told["requires_grad"] is value.requires_grad, (source, name)
        assert told["is_leaf"] is value.is_leaf, (source, name)
        assert same(told.get("grad"), value.grad), (source, name, told.get("grad"), value.grad)
    for node in answer["graph"]["nodes"]:
        assert node["kind"] != "cut" or node.get("grad") is None
        for name in node["names"]:
            if node["kind"] != "cut":
                assert same(node["grad"], names[name].grad), (source, name)
    assert_parts_add_up(answer, source)


def assert_parts_add_up(answer: Json, source: str) -> None:
    """What came back from every operation that used a tensor adds up to its gradient; nothing comes back to what wants none."""
    parts: dict[int, torch.Tensor] = {}
    unknown: set[int] = set()
    for op in answer["ops"]:
        explained = op["explanation"] or {}
        out = answer["tensors"][str(op["outputs"][0])] if op["outputs"] else {}
        entries = {
            entry["input"]: entry for entry in explained.get("backward") or [] if isinstance(entry, dict)
        }
        for place, number in enumerate(op["inputs"]):
            tensor = answer["tensors"][str(number)]
            entry = entries.get(place)
            if not tensor["requires_grad"]:
                assert entry is None or (
                    entry["needs_grad"] is False
                    and entry.get("partial") is None
                    and entry.get("contribution") is None
                ), source
                continue
            if op["name"] == "backward" or out.get("grad") is None:
                continue
            if op["name"] == "sum":
                part = torch.full(tuple(tensor["shape"]), float(out["grad"]))
            elif entry is not None and entry.get("contribution") is not None:
                assert entry["needs_grad"], source
                part = torch.tensor(entry["contribution"])
                while part.ndim > len(tensor["shape"]):
                    part = part.sum(0)
                for axis, size in enumerate(tensor["shape"]):
                    if part.shape[axis] != size:
                        part = part.sum(axis, keepdim=True)
                if entry.get("partial") is not None:
                    product = torch.tensor(entry["partial"]) * torch.tensor(out["grad"])
                    assert torch.allclose(product, torch.tensor(entry["contribution"]), atol=1e-5), source
            else:
                unknown.add(number)
                continue
            parts[number] = parts.get(number, torch.zeros(())) + part
    for number, part in parts.items():
        if number not in unknown:
            assert same(answer["tensors"][str(number)].get("grad"), part), (source, number)


def test_two_backwards_add_up_in_leaves_alone(run: Run) -> None:
    answer = run(
        "import torch\nx = torch.tensor([1., 2.], requires_grad=True)\ny = x * 3\nloss = y.sum()\nloss.backward(retain_graph=True)\nloss.backward()"
    )
    assert next(n for n in answer["graph"]["nodes"] if n["names"] == ["x"])["grad"] == [6.0, 6.0]
    assert next(n for n in answer["graph"]["nodes"] if n["names"] == ["y"])["grad"] == [1.0, 1.0]


CUT = "import torch\nx = torch.tensor([1., 2.], requires_grad=True)\ny = x * x\nu = {cut}\nz = u * x\nz.sum().backward()"


@pytest.mark.parametrize(
    ("cut", "by"),
    [
        ("y.detach()", "detach"),
        ("y.data", None),
        ("y.detach() + 1", "add"),
        ("(y > 1) * 2.0", "mul"),
        ("torch.no_grad()(lambda: y * 2)()", None),
    ],
)
def test_a_cut_is_an_edge_of_the_graph_and_has_no_gradient(cut: str, by: str | None, run: Run) -> None:
    answer = run(CUT.format(cut=cut))
    if answer["status"] != "ok":
        pytest.skip("not offered")
    graph = answer["graph"]
    stop = next(node for node in graph["nodes"] if node["kind"] == "cut")
    assert stop["names"] == ["u"]
    assert stop["grad"] is None
    assert by is None or stop["name"] == by
    y, z = (next(node["id"] for node in graph["nodes"] if node["names"] == [name]) for name in "yz")
    around = {(edge["from"], edge["to"]): edge.get("cut", False) for edge in graph["edges"]}
    assert around[(y, stop["id"])] is True
    assert around[(stop["id"], z)] is True
    assert sum(around.values()) == 2
    assert told_of(answer, "u").get("grad") is None
    mul = next(op for op in answer["ops"] if op["outputs"] == [told_of(answer, "z")["id"]])
    u, x = mul["explanation"]["backward"]
    assert (u["needs_grad"], u["partial"], u["contribution"]) == (False, None, None)
    assert x["contribution"] == told_of(answer, "u")["data"]


def test_a_loss_that_was_cut_off_shows_from_what(run: Run) -> None:
    answer = run(
        "import torch\nw = torch.ones(2, requires_grad=True)\nloss = (w * 2).sum().detach()\nloss.backward()"
    )
    assert answer["status"] == "error"
    nodes = answer["graph"]["nodes"]
    assert [node["names"] for node in nodes if node["kind"] == "cut"] == [["loss"]]
    assert any(edge.get("cut") for edge in answer["graph"]["edges"])


def test_a_copy_without_a_gradient_of_its_own_is_no_cut(run: Run) -> None:
    source = "import torch\nx = torch.ones(2)\nw = torch.ones(2, requires_grad=True)\nm = x * 2\n(w * m).sum().backward()\nwith torch.no_grad():\n    w -= 0.1 * w.grad"
    nodes = run(source)["graph"]["nodes"]
    assert [node for node in nodes if node["kind"] == "cut"] == []


@pytest.mark.parametrize(
    "loss",
    [
        "F.mse_loss(p, t)",
        "nn.MSELoss()(p, t)",
        "F.cross_entropy(p, t.softmax(-1))",
        "p.sum()",
        "(p * t).mean()",
    ],
)
def test_a_loss_that_wants_no_gradient_shows_none(loss: str, run: Run) -> None:
    source = (
        "import torch\nimport torch.nn as nn\nimport torch.nn.functional as F\np = torch.tensor([[1., 2.]])\nt = torch.tensor([[1., 0.]])\nl = "
        + loss
    )
    assert all(not (op["explanation"] or {}).get("gradients") for op in run(source)["ops"])
    needing = source.replace("t = torch", "p.requires_grad_()\nt = torch")
    with_gradient = [op for op in run(needing)["ops"] if (op["explanation"] or {}).get("gradients")]
    for op in with_gradient:
        assert [each is not None for each in op["explanation"]["gradients"]][1:] == [False] * (
            len(op["inputs"]) - 1
        )
    assert with_gradient or "mean" in loss
    under = source.replace("t = torch", "p.requires_grad_()\nt = torch").replace(
        "l = ", "with torch.no_grad():\n    l = "
    )
    assert all(not (op["explanation"] or {}).get("gradients") for op in run(under)["ops"])


def test_what_wants_a_gradient_later_says_so_from_then_on(run: Run) -> None:
    answer = run(
        "import torch\nx = torch.tensor([1., 2.])\na = x * 2\nx.requires_grad_()\ny = x * 3\nx.requires_grad = False\nb = x * 4\ny.sum().backward()"
    )
    needs = [
        [entry["needs_grad"] for entry in op["explanation"].get("backward", [])]
        for op in answer["ops"]
        if op["name"] == "mul"
    ]
    assert needs == [[], [True], []]
    muls = [op["inputs"][0] for op in answer["ops"] if op["name"] == "mul"]
    assert [answer["tensors"][str(number)]["requires_grad"] for number in muls] == [False, True, False]


def test_frozen_weights_say_so(run: Run) -> None:
    source = "import torch\nfrom torch import nn\nlayer = nn.Linear(2, 1)\nlayer.weight.requires_grad_(False)\nout = layer(torch.ones(1, 2))\nout.sum().backward()"
    answer = run(source)
    linear = next(op for op in answer["ops"] if op["name"] == "Linear")
    by_shape = {
        tuple(answer["tensors"][str(n)]["shape"]): answer["tensors"][str(n)]["requires_grad"]
        for n in linear["inputs"]
    }
    assert by_shape == {(1, 2): False, (1,): True} or by_shape == {(1, 2): False, (1,): True}


def test_long_traces_tell_who_wants_a_gradient(run: Run) -> None:
    source = "import torch\nw = torch.ones(2, requires_grad=True)\nx = torch.ones(2)\nfor i in range(600):\n    a = x * 2\n    b = w * 2"
    tensors = run(source)["tensors"].values()
    light = [each for each in tensors if each.get("strides") is None]
    assert light
    assert {each["requires_grad"] for each in light if each["names"] == []} == {True, False}
