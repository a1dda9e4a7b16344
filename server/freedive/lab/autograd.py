"""The autograd graph as nodes and edges with shapes, values and gradients, and the derivatives of single operations."""

from __future__ import annotations

import math
from typing import Any

import torch

from freedive.lab import arrays
from freedive.lab.recorder import SMALL, Layer, Note, Record, Recorder

MOST_NODES = 400


def graph(recorder: Recorder, names: dict[str, Any]) -> dict[str, Any] | None:
    """Walk back from everything that `backward` or `grad` was called on, or, without such a call, from what has names."""
    by_node = {id(note.grad_fn): note for note in recorder.all_notes if note.grad_fn is not None}
    roots = [root for root in recorder.roots if root is not None]
    if not roots:
        roots = [v.grad_fn for v in names.values() if isinstance(v, torch.Tensor) and v.grad_fn is not None]
    if not roots:
        return None
    nodes: dict[int, dict[str, Any]] = {}
    edges: list[dict[str, Any]] = []
    queue = list(dict.fromkeys(roots))
    keep = list(queue)  # grad_fn wrappers are made on demand: keeping them keeps their identity
    while queue and len(nodes) < MOST_NODES:
        node = queue.pop(0)
        if id(node) in nodes:
            continue
        nodes[id(node)] = _node(len(nodes), node, by_node.get(id(node)), recorder)
        for place, (source, output) in enumerate(node.next_functions):
            if source is not None:
                keep.append(source)
                queue.append(source)
                edges.append({"from": id(source), "to": id(node), "input": place, "output": output})
    made = [
        {**edge, "from": nodes[edge["from"]]["id"], "to": nodes[edge["to"]]["id"]}
        for edge in edges
        if edge["from"] in nodes and edge["to"] in nodes
    ]
    return {
        "nodes": list(nodes.values()),
        "edges": made,
        "roots": [nodes[id(root)]["id"] for root in dict.fromkeys(roots) if id(root) in nodes],
        "cut": len(nodes) >= MOST_NODES,
    }


def _node(number: int, node: Any, note: Note | None, recorder: Recorder) -> dict[str, Any]:
    made: dict[str, Any] = {
        "id": number,
        "name": type(node).__name__,
        "kind": "op",
        "tensor": None,
        "shape": None,
        "names": [],
    }
    variable = getattr(node, "variable", None)
    if isinstance(variable, torch.Tensor):
        made["kind"] = "leaf"
        note = recorder.notes.get(id(variable))
        made["shape"] = list(variable.shape)
        if variable.numel() <= SMALL:
            made["value"] = arrays.plain(variable)
            made["grad"] = None if variable.grad is None else arrays.plain(variable.grad)
    if note is not None:
        made.update(tensor=note.id, shape=list(note.shape), names=note.names)
        if made["kind"] == "op":
            made["value"] = None if note.data is None else arrays.finite(note.data)
            made["grad"] = arrays.finite(note.grad[-1]) if note.grad else None
            if len(note.grad) > 1:
                made["grads"] = [arrays.finite(g) for g in note.grad]
    made["saved"] = _saved(node)
    return made


def _saved(node: Any) -> list[dict[str, Any]]:
    """What the node keeps for backward; freed values are told as such."""
    found = []
    for name in dir(node):
        if not name.startswith("_saved_"):
            continue
        label = name.removeprefix("_saved_")
        try:
            value = getattr(node, name)
        except RuntimeError:
            found.append({"name": label, "freed": True})
            continue
        if isinstance(value, torch.Tensor):
            entry: dict[str, Any] = {"name": label, "shape": list(value.shape)}
            if value.numel() <= 16:
                entry["value"] = arrays.plain(value)
            found.append(entry)
        elif isinstance(value, int | float | bool | str) and not isinstance(value, bool):
            found.append({"name": label, "value": arrays.number(value) if abs(value) < 2**53 else None} if not isinstance(value, str) else {"name": label, "value": value})  # fmt: skip
    return found


def slopes(record: Record, most: int = 256) -> list[Any] | None:
    """The gradient of a one-number result (a loss, a sum) with respect to each floating-point input."""
    if not record.outputs or record.outputs[0].shape or sum(math.prod(n.shape) for n in record.inputs) > most:
        return None
    copies: dict[int, torch.Tensor] = {}

    def copy(value: Any) -> Any:
        if isinstance(value, Layer):
            return value.module
        if isinstance(value, list | tuple):
            return type(value)(copy(each) for each in value)
        if not isinstance(value, Note):
            return value
        if value.data is None or value.array:
            raise ValueError
        made = torch.tensor(value.data, dtype=getattr(torch, value.dtype)).reshape(value.shape)
        if made.is_floating_point():
            copies[value.id] = made.requires_grad_()
        return made

    try:
        with torch.enable_grad():
            args = [copy(arg) for arg in record.args]
            out = record.op.fn(*args, **{key: copy(value) for key, value in record.kwargs.items()})
            found = torch.autograd.grad(out, list(copies.values()), allow_unused=True)
    except Exception:
        return None  # no derivative to show; the operation itself has already run
    by_id = dict(zip(copies, found, strict=True))
    return [None if by_id.get(n.id) is None else arrays.plain(by_id[n.id]) for n in record.inputs]


def partials(record: Record, most: int = 64) -> list[Any] | None:
    """d output / d input of an elementwise operation, cell by cell, in the broadcast shape; None where it has none.

    Worked out by torch itself on copies stretched to the result's shape, so each cell depends only on its own inputs.
    """
    if (
        not record.outputs
        or math.prod(record.outputs[0].shape) > most
        or isinstance(record.args[0] if record.args else None, Layer)
    ):
        return None
    shape = record.outputs[0].shape
    copies: list[torch.Tensor | None] = []

    def copy(value: Any) -> Any:
        if not isinstance(value, Note):
            return value
        if value.data is None or value.array:
            raise ValueError
        tensor = (
            torch.tensor(value.data, dtype=getattr(torch, value.dtype))
            .reshape(value.shape)
            .expand(shape)
            .clone()
        )
        if tensor.is_floating_point():
            tensor.requires_grad_()
            copies.append(tensor)
        else:
            copies.append(None)
        return tensor

    try:
        with torch.enable_grad():
            args = [copy(arg) for arg in record.args]
            out = record.op.fn(*args, **{k: copy(v) for k, v in record.kwargs.items() if k != "inplace"})
            wanted = [c for c in copies if c is not None]
            if not wanted or not isinstance(out, torch.Tensor) or not out.requires_grad:
                return None
            found = iter(torch.autograd.grad(out.sum(), wanted, allow_unused=True))
        return [
            None if c is None else arrays.plain(g) if (g := next(found)) is not None else None for c in copies
        ]
    except Exception:
        return None  # no derivative to show; the operation itself has already run
