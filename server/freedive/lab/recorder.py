"""The trace: what went in and out of every operation. Shapes and strides at once, the rest when the run is over.

Hands over to `explanations`, which turns the notes into what the page draws.

What a loop does a thousand times is not noted a thousand times: in full are noted the first operations, then the first
runs of each statement, then what the last turn of a loop does; of the others only shapes and names, and of most nothing.
"""

from __future__ import annotations

import ast
import weakref
from typing import TYPE_CHECKING, Any

import torch

from freedive.lab import arrays
from freedive.lab.bodies import Cell
from freedive.lab.naming import tensors, unwrapped
from freedive.lab.notes import KEPT, SMALL, Layer, LightNote, LightRecord, Moment, Note, Record
from freedive.lab.running import running
from freedive.lab.storages import Storages

if TYPE_CHECKING:
    from freedive.lab.door import Op
    from freedive.lab.looking import Looking

__all__ = ["KEPT", "SMALL", "Layer", "LightRecord", "Note", "Record", "Recorder"]

MOST_MOMENTS = 2_000
FIRST_RUNS = 2
"""Runs of a statement that are told in full when there is no room for all."""
NO_CELL = Cell(ast.Pass(), False, True)


class Recorder:
    """Collects records while `on`."""

    def __init__(self, records: int = 2_000, details: int = 240) -> None:
        self.on = False
        self.full = False
        self.statement = 0
        self.line = 0
        self.most = records
        self.details = details
        self.deep = True
        """Whether what is noted now is noted in full."""
        self.closing = 0
        """Not 0 in the last turn of a loop."""
        self._closings = 0
        self._told = 0
        self._limit = records * 3 // 4
        self._paused = False
        self._unseen = 0
        self._fresh = True
        """Whether what is noted now is as it was before the operation."""
        self.records: list[Any] = []
        """`Record`s and `LightRecord`s."""
        self.moments: list[Moment] = []
        """What was no operation, for the findings."""
        self.notes: dict[int, Note] = {}
        self._alive: list[Any] = []
        self._gone: dict[int, Any] = {}
        self._aliases: dict[int, Any] = {}
        self.reads: dict[int, Any] = {}
        """Nodes of the autograd graph that only read a variable."""
        self.paths: dict[int, list[str]] = {}
        """Names and paths by address, when the run is over."""
        self.storages = Storages()
        self.all_notes: list[Note] = []
        self.roots: list[Any] = []
        self.looking: Looking | None = None

    def note(self, value: Any) -> Note:
        found = self.notes.get(id(value))
        if found is not None:
            if not self.deep:
                return found
            if not found.deep:
                return self._deepened(found, value)
            return self.refresh(value) if self._fresh and self._is_stale(found, value) else found
        if self.deep:
            made = Note(len(self.all_notes), value, self.storages, self.statement, True)
        else:
            made = LightNote(len(self.all_notes), value, self.statement)
        self.notes[id(value)] = made
        self.all_notes.append(made)
        # an object that may be freed could hand its address to another one, so the address is forgotten with it
        if made.kept is None:
            address = id(value)
            self._gone[made.id] = weakref.ref(value, lambda _: self.notes.pop(address, None))
        return made

    def _deepened(self, found: Note, value: Any) -> Note:
        """A light note made anew in full, under its number."""
        made = Note(found.id, value, self.storages, found.born, True)
        made.names, made.previous = found.names, found.previous
        self.notes[id(value)] = self.all_notes[found.id] = made
        return made

    def _is_stale(self, found: Note, value: Any) -> bool:
        """Whether it is another than was noted: written to unseen (by an optimizer, or while nothing was noted), or asked
        for a gradient since, or no longer.
        """
        if found.array:
            return found.id < self._unseen
        if id(value) in self._aliases:
            return False
        return value.requires_grad != found.requires_grad or (
            not value.is_inference() and value._version != found.version
        )

    # ------------------------------------------------------------ what is told, and how fully
    def begin(self, statement: int, line: int) -> None:
        """A top-level statement begins; each may still say something, however much the ones before it said."""
        self.statement = statement
        self.line = line
        self._go_on(self.most * 3 // 4)

    def close(self) -> None:
        """The last turn of a loop begins."""
        self._closings += 1
        self.closing = self._closings
        self._go_on(self._limit)

    def _go_on(self, least: int) -> None:
        self._limit = min(self.most, max(least, len(self.records) + self.most // 20))
        if self._paused and len(self.records) < self._limit:
            self.on, self._paused = True, False
            self._unseen = len(self.all_notes)

    def _in_full(self, cell: Cell) -> bool:
        """Whether the operation that is about to be noted is told in full."""
        if self._told < self.details // 2:
            return True
        if self.closing:
            if cell.closed[0] != self.closing:
                cell.closed = (self.closing, cell.runs)
            return cell.closed[1] == cell.runs and self._told < self.details
        return cell.runs < FIRST_RUNS and self._told < self.details * 4 // 5

    def refresh(self, value: Any) -> Note:
        """A new note for a tensor whose values were changed in place: the trace shows it before and after."""
        old = self.notes.pop(id(value), None)
        made = self.note(value)
        if old is not None:
            made.names, made.previous = old.names, old
            if old.hook is not None and old.is_leaf:
                old.hook.remove()  # from here on the gradients are the new note's
            if old.kept is not None:
                self._alive.append(old.kept)
                old.kept = None
        return made

    def template(self, value: Any, inputs: list[Note]) -> Any:
        """An argument with every tensor replaced by its note."""
        if isinstance(value, arrays.Tensor) or type(value).__name__ == "ndarray":
            made = self.note(value)
            inputs.append(made)
            return made
        if type(value) is list or type(value) is tuple:
            if len(value) <= 512:
                made_items = [self.template(each, inputs) for each in value]
                return made_items if type(value) is list else tuple(made_items)
        elif isinstance(value, torch.nn.Module):
            weights = {
                n: self.note(p)
                for n, p in value.named_parameters(recurse=False)
                if type(p) is torch.nn.Parameter
            }
            inputs.extend(weights.values())
            return Layer(value, weights)
        return value

    def record(
        self, op: Op, name: str, args: tuple[Any, ...], kwargs: dict[str, Any], out: Any, before: Any = None
    ) -> None:
        """One finished operation."""
        at = running.at
        cell = getattr(at, "cell", NO_CELL)
        self.deep = deep = self._in_full(cell)
        self._fresh = before is None
        looking = None if self.looking is None else self.looking_now()
        if looking is not None:
            looking.hold(self, args, kwargs)
        elif not deep and before is None and type(out) is torch.Tensor:
            note = self.note
            taken = [note(arg) for arg in args if type(arg) is torch.Tensor]
            self.records.append(LightRecord(op, name, self.statement, at, cell.runs + 1, taken, [note(out)]))
            if len(self.records) >= self._limit:
                self.on, self._paused, self.full = False, True, True
            return
        self._told += deep
        made = Record(op, name, self.statement, self.line, at, cell.runs + 1, deep)
        if deep and type(at) is ast.Call:
            made.owner, made.places = places(args)
        inputs = made.inputs
        made.args = tuple([self.template(arg, inputs) for arg in args])
        if kwargs:
            made.kwargs = {key: self.template(value, inputs) for key, value in kwargs.items()}
        self._fresh = True
        made.before = before
        if args and isinstance(args[0], torch.nn.Module):
            made.training = args[0].training
        if len(self.records) + 1 >= self._limit:
            # no room for more of this statement: from here on its operations only run
            self.on, self._paused, self.full = False, True, True
        outputs = made.outputs
        changed = before is not None
        if isinstance(out, arrays.Tensor):
            outputs.append(self.refresh(out) if changed else self.note(out))
        else:
            self._outputs(out, outputs, changed)
        self.records.append(made)
        if looking is not None:
            looking.seen(made, out)

    def moment(self, kind: str, value: Any, more: Any = None) -> None:
        """Something that is no operation happened: findings look at it when the run is over."""
        if self.on and len(self.moments) < MOST_MOMENTS:
            self.moments.append(
                Moment(kind, running.at, self.statement, len(self.records), len(self.moments), value, more)
            )

    def in_full_now(self) -> bool:
        """Whether the operation that is about to run will be told in full."""
        return self._in_full(getattr(running.at, "cell", NO_CELL))

    def looking_now(self) -> Looking | None:
        """What keeps the tensors of the operation that comes next, if that is the one to be looked at."""
        looking = self.looking
        return looking if looking is not None and looking.op == len(self.records) else None

    def _outputs(self, out: Any, outputs: list[Note], changed: bool) -> None:
        if isinstance(out, list | tuple):
            for each in out[:512]:
                self._outputs(each, outputs, changed)
        elif arrays.is_array(out):
            outputs.append(self.refresh(out) if changed else self.note(out))

    def fail(
        self, op: Op, name: str, args: tuple[Any, ...], kwargs: dict[str, Any], error: BaseException
    ) -> None:
        """An operation that was refused, with the shapes that it was refused for."""
        at, self.deep = running.at, True
        made = Record(op, name, self.statement, self.line, at, getattr(at, "cell", NO_CELL).runs + 1, True)
        if type(at) is ast.Call:
            made.owner, made.places = places(args)
        made.args = tuple([self.template(arg, made.inputs) for arg in args])
        made.kwargs = {key: self.template(value, made.inputs) for key, value in kwargs.items()}
        made.failed = str(error)
        self.records.append(made)

    def snapshot(self, value: Any, others: tuple[Any, ...] = ()) -> dict[str, Any] | None:
        """A tensor as it is before an in-place operation, with the `others` that the operation reads."""
        if not arrays.is_array(value):
            return None
        self.deep = self._in_full(getattr(running.at, "cell", NO_CELL))
        note = self.note(value)
        for other in others:
            if arrays.is_array(other):
                self.note(other)
        looking = self.looking_now()
        if looking is not None:
            looking.keep(note, value)
        count = arrays.count_of(value)
        return {
            "note": note,
            "version": note.version if note.array else value._version,
            "data": arrays.plain(value) if count <= SMALL else None,
        }

    def name(self, names: dict[str, Any]) -> None:
        """Tell the notes which names and paths point at them when the run is over."""
        for path, value in tensors(names):
            self.paths.setdefault(id(value), []).append(path)
            found = self.notes.get(id(value))
            if found is not None and len(found.names) < 4 and path not in found.names:
                found.names.append(path)

    # ------------------------------------------------------------ one tensor behind several objects
    def alias(self, value: torch.Tensor, original: torch.Tensor) -> None:
        """`value` is what reading the variable `original` gave: in the trace the two are one."""
        if not self.on:
            return
        address = id(value)
        self.notes[address] = self.note(original)
        self._aliases[address] = weakref.ref(value, lambda _: self._forget(address))
        if value.grad_fn is not None:
            self.reads[id(value.grad_fn)] = value.grad_fn

    def _forget(self, address: int) -> None:
        del self._aliases[address]
        self.notes.pop(address, None)

    def renew(self, old: torch.Tensor, new: torch.Tensor) -> None:
        """What was `old` is `new` from now on, without a step of the snippet's: with a gradient, or with an axis more."""
        found = self.notes.get(id(old))
        if found is None or not self.on:
            return
        self._alive.append(old)
        self.notes[id(new)] = found
        if not found.deep:
            return
        made = Note(found.id, new, self.storages, found.born, True)
        self.notes[id(new)] = self.all_notes[found.id] = made
        if found.grad_fn is not None and new.grad_fn is not None:
            self.reads[id(new.grad_fn)] = new.grad_fn
            made.grad_fn, made.grad_name = found.grad_fn, found.grad_name


def places(args: tuple[Any, ...]) -> tuple[bool, list[int]]:
    """Whether the snippet calls a method, and which argument of its call each argument of an operation is; -1 for none.

    Told by identity, because what the snippet calls may hand its arguments on in another order. The receiver of a method
    counts as the first one.
    """
    given, called = running.given, running.called
    owner = getattr(called, "owner", None)
    method = running.method or owner is not None
    if owner is not None:
        given = (owner, *given)
    given = given[:16]
    return method, [next((i for i, each in enumerate(given) if _same(each, arg)), -1) for arg in args[:8]]


def _same(given: Any, arg: Any) -> bool:
    if given is arg:
        return True
    if isinstance(arg, list | tuple):
        return (
            isinstance(given, list | tuple)
            and 0 < len(arg) == len(given) <= 16
            and all(_same(a, b) for a, b in zip(given, arg, strict=True))
        )
    return arrays.is_array(arg) and not arrays.is_array(given) and unwrapped(given) is arg
