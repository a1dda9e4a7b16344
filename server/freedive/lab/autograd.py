"""The autograd graph as nodes and edges with shapes, values and gradients."""

from __future__ import annotations

import functools
from typing import Any

import torch

from freedive.lab import arrays
from freedive.lab.cuts import Cut, cuts
from freedive.lab.recorder import SMALL, Note, Recorder

MOST_NODES = 60
"""More of them nobody can follow with the eye."""
MOST_ROOTS = 6


def graph(recorder: Recorder, names: dict[str, Any]) -> dict[str, Any] | None:
    """Walk back from everything that `backward` or `grad` was called on, or, without such a call, from what has names.

    Of many such calls (a training loop) the last one comes first, then the first one. What no longer fits is left out, and so
    is what was computed from the same leaves when they had other values; of a graph that is too large itself the part next
    to its root is given. `cut` says that something is missing.
    """
    stops = cuts(recorder)
    roots = [root for root in recorder.roots if root is not None]
    if not roots:
        roots = [v.grad_fn for v in names.values() if isinstance(v, torch.Tensor) and v.grad_fn is not None]
    if not roots:  # what was to be differentiated has no graph: then the one that it was cut off from
        roots = [node for stop in stops for source in stop.sources if (node := _maker(source)) is not None]
    if not roots:
        return None
    roots = list(dict.fromkeys(_past_reads(root, 0, recorder)[0] for root in roots))
    some = list(dict.fromkeys([roots[-1], roots[0], *roots[-2:-MOST_ROOTS:-1]]))
    cut = len(some) < len(roots)
    walk = _Walk(recorder)
    for root in some:
        cut |= not walk.add(root)
    ends = [_Stop(walk, stop, recorder) for stop in stops]
    ends = [end for end in ends if end.users or (end.stop.users == [] and end.sources)]
    for end in ends:
        end.reach()
    chosen = walk.chosen
    numbers = {key: number for number, key in enumerate(chosen)}
    nodes = [
        _node(number, node, walk.by_node.get(key), recorder, walk.leaves.get(key))
        for number, (key, node) in enumerate(chosen.items())
    ]
    edges: list[dict[str, Any]] = [
        {"from": numbers[id(source)], "to": numbers[key], "input": place, "output": output}
        for key, node in chosen.items()
        for place, source, output in walk.sources(node)
        if id(source) in numbers
    ]
    for end in ends:
        edges += end.edges(len(nodes), numbers)
        nodes.append(end.node(len(nodes)))
    return {
        "nodes": nodes,
        "edges": edges,
        "roots": [numbers[id(root)] for root in roots if id(root) in numbers],
        "cut": cut,
    }


def _maker(note: Note) -> Any:
    """The node of the graph that a tensor comes from, its own where it is a leaf; None where the tensor is gone."""
    if note.grad_fn is not None:
        return note.grad_fn
    held: Any = note.kept
    try:
        return torch.autograd.graph.get_gradient_edge(held).node
    except (AssertionError, AttributeError, RuntimeError):  # gone, or a view from under no_grad
        return None


class _Stop:
    """A place where the gradient stops, as a node of its own: what it was made of on one side, what uses it on the other."""

    def __init__(self, walk: _Walk, stop: Cut, recorder: Recorder) -> None:
        self.walk, self.stop = walk, stop
        self.sources = [
            _past_reads(node, 0, recorder)[0]
            for source in stop.sources
            if (node := _maker(source)) is not None
        ]
        self.users = [(note.grad_fn, place) for note, place in stop.users if id(note.grad_fn) in walk.chosen]

    def reach(self) -> None:
        """Take in what the gradient would have gone to, where there is room."""
        for source in self.sources:
            self.walk.add(source)

    def node(self, number: int) -> dict[str, Any]:
        note = self.stop.note
        return {
            "id": number, "name": self.stop.by, "kind": "cut", "tensor": note.id, "shape": list(note.shape),
            "names": note.names, "value": None if note.data is None else arrays.finite(note.data), "grad": None, "saved": [],
        }  # fmt: skip

    def edges(self, number: int, numbers: dict[int, int]) -> list[dict[str, Any]]:
        before = [
            {"from": numbers[id(source)], "to": number, "input": place, "output": 0, "cut": True}
            for place, source in enumerate(self.sources)
            if id(source) in numbers
        ]
        return before + [
            {"from": number, "to": numbers[id(user)], "input": place, "output": 0, "cut": True}
            for user, place in self.users
        ]


def _past_reads(node: Any, output: int, recorder: Recorder) -> tuple[Any, int]:
    """The node itself, or what it only reads, and which of its outputs."""
    while id(node) in recorder.reads:
        node, output = node.next_functions[0]
    return node, output


class _Walk:
    """The nodes that a graph is made of, and its leaves as they were when it was computed."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder
        self.by_node = {id(note.grad_fn): note for note in recorder.all_notes if note.grad_fn is not None}
        self.chosen: dict[
            int, Any
        ] = {}  # wrappers of nodes are made on demand: keeping them keeps their identity
        self.leaves: dict[int, Note | None] = {}

    def add(self, root: Any) -> bool:
        """Take in what is behind a root; whether all of it was."""
        found: dict[int, Any] = {}
        leaves: dict[int, Note | None] = {}
        queue: list[tuple[Any, int | None]] = [(root, None)]
        for node, user in queue:
            note = self.by_node.get(id(node))
            user = user if note is None else note.id
            variable = getattr(node, "variable", None)
            if isinstance(variable, torch.Tensor) and leaves.get(id(node)) is None:
                leaves[id(node)] = self._as_used(variable, user)
            if id(node) in self.chosen or id(node) in found:
                continue
            if len(self.chosen) + len(found) == MOST_NODES:
                if self.chosen:
                    return False
                self.chosen, self.leaves = found, leaves
                return False
            found[id(node)] = node
            queue += [(source, user) for _, source, _ in self.sources(node)]
        if any(key in self.leaves and self.leaves[key] is not note for key, note in leaves.items()):
            return False
        self.chosen |= found
        self.leaves |= leaves
        return True

    def sources(self, node: Any) -> list[tuple[int, Any, int]]:
        """(place among the inputs, node that gave the input, which of its outputs); reading a variable is no step of its own."""
        found = []
        for place, (source, output) in enumerate(node.next_functions):
            if source is not None:
                found.append((place, *_past_reads(source, output, self.recorder)))
        return found

    def _as_used(self, variable: torch.Tensor, user: int | None) -> Note | None:
        """The leaf's note from before the note that was computed from it."""
        note = self.recorder.notes.get(id(variable))
        while note is not None and user is not None and note.id > user and note.previous is not None:
            note = note.previous
        return note


def _node(number: int, node: Any, note: Note | None, recorder: Recorder, leaf: Note | None) -> dict[str, Any]:
    """One node; `leaf` is a leaf's note from when it was used."""
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
        note = leaf
        made["shape"] = list(variable.shape)
        made["names"] = recorder.paths.get(id(variable), [])[:4]
        if variable.numel() <= SMALL and note is recorder.notes.get(id(variable)):
            if note is None or note.data is None:
                made["value"] = arrays.plain(variable)
            made["grad"] = None if variable.grad is None else arrays.plain(variable.grad)
    if note is not None:
        made.update(tensor=note.id, shape=list(note.shape), names=note.names or made["names"])
        if made.get("value") is None:
            made["value"] = None if note.data is None else arrays.finite(note.data)
        if made.get("grad") is None:
            made["grad"] = arrays.finite(note.grad[-1]) if note.grad else None
        if made["kind"] == "op" and len(note.grad) > 1:
            made["grads"] = [arrays.finite(g) for g in note.grad]
    made["saved"] = _saved(node)
    return made


def _saved(node: Any) -> list[dict[str, Any]]:
    """What the node keeps for backward; freed values are told as such."""
    found = []
    for name in _saved_names(node.__class__):
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


@functools.cache
def _saved_names(kind: type) -> list[str]:
    return [name for name in dir(kind) if name.startswith("_saved_")]
