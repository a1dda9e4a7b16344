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
from freedive.lab.running import running
from freedive.lab.storages import Storages

if TYPE_CHECKING:
    from freedive.lab.door import Op
    from freedive.lab.looking import Looking

SMALL = 256
"""Elements up to which values are noted at once."""
KEPT = 4_096
"""Elements up to which the tensor itself is kept, to be looked at when the run is over."""
FIRST_RUNS = 2
"""Runs of a statement that are told in full when there is no room for all."""
NO_CELL = Cell(ast.Pass(), False, True)


class Note:
    """What the trace knows of one tensor or array."""

    __slots__ = (
        "array", "born", "data", "deep", "dtype", "grad", "grad_fn", "grad_name", "hook", "id", "is_leaf", "kept", "names",
        "offset", "previous", "requires_grad", "shape", "storage", "strides", "version",
    )  # fmt: skip

    def __init__(self, number: int, value: Any, storages: Storages, born: int, deep: bool) -> None:
        self.id = number
        self.born = born
        self.names: list[str] = []
        self.grad: list[Any] = []
        self.shape = tuple(value.shape)
        self.array = not isinstance(value, torch.Tensor)
        count = arrays.count_of(value)
        self.kept = value if count <= KEPT else None
        self.deep = deep
        self.dtype = arrays.dtype_name(value)
        self.requires_grad = False
        self.is_leaf = True
        self.grad_name: str | None = None
        self.grad_fn: Any = None
        self.hook: Any = None
        self.previous: Note | None = None
        """The same tensor before it was last changed in place."""
        self.version = 0
        self.offset = 0
        self.strides: list[int] = []
        self.storage: int | None = None
        self.data: Any = None
        self.strides = arrays.strides_of(value)
        self.offset = arrays.offset_of(value)
        self.storage = storages.of(value)
        self.data = value.tolist() if count <= SMALL else None
        if not self.array:
            self.version = value._version if not value.is_inference() else 0
            if value.requires_grad:
                self.requires_grad = True
                self.is_leaf = value.is_leaf
                grad_fn = value.grad_fn
                if grad_fn is not None:
                    self.grad_name = type(grad_fn).__name__
                    self.grad_fn = grad_fn
                if count <= SMALL:
                    self.hook = value.register_hook(self._note_gradient)

    def _note_gradient(self, gradient: torch.Tensor) -> None:
        if len(self.grad) < 4 and not torch._C._functorch.is_functorch_wrapped_tensor(gradient):
            self.grad.append(gradient.detach().tolist())

    def shrink(self) -> None:
        """Forget the tensor itself."""
        self.kept = None


class LightNote(Note):
    """Past the operations that are explained in full only shape, dtype and names are told."""

    __slots__ = ()

    def __init__(self, number: int, value: Any, born: int) -> None:
        self.id = number
        self.born = born
        self.shape = tuple(value.shape)
        self.array = not isinstance(value, torch.Tensor)
        self.deep = False
        self.names = []
        self.kept = value if arrays.count_of(value) <= KEPT else None
        self.dtype = arrays.dtype_name(value)
        self.requires_grad = False
        self.storage = None
        self.data = self.grad_fn = self.grad_name = self.hook = self.previous = None
        self.grad = []
        self.version = self.offset = 0


class LightRecord:
    """An operation past those that are explained in full."""

    __slots__ = ("at", "inputs", "name", "op", "outputs", "run", "statement")
    deep = False
    failed: str | None = None
    before: Any = None
    line = 0
    args: tuple[Any, ...] = ()

    def __init__(
        self, op: Op, name: str, statement: int, at: Any, run: int, inputs: list[Note], outputs: list[Note]
    ) -> None:
        self.op = op
        self.name = name
        self.statement = statement
        self.at = at
        self.run = run
        self.inputs = inputs
        self.outputs = outputs


class Layer:
    """A module among the arguments: its weights count as inputs."""

    __slots__ = ("module", "weights")

    def __init__(self, module: torch.nn.Module, weights: dict[str, Note]) -> None:
        self.module = module
        self.weights = weights


class Record:
    """One operation."""

    __slots__ = (
        "after",
        "args",
        "at",
        "backward",
        "before",
        "deep",
        "failed",
        "inputs",
        "kwargs",
        "line",
        "name",
        "op",
        "outputs",
        "owner",
        "places",
        "run",
        "statement",
    )

    def __init__(self, op: Op, name: str, statement: int, line: int, at: Any, run: int, deep: bool) -> None:
        self.op = op
        self.name = name
        self.statement = statement
        self.line = line
        self.at: ast.AST | None = at
        """The expression or statement that called it."""
        self.run = run
        self.deep = deep
        """Explained in full."""
        self.places: list[int] = []
        """Of each argument: which argument of the call in the snippet it is, a method's receiver first; -1 for none."""
        self.owner = False
        """Whether the call is that of a method."""
        self.inputs: list[Note] = []
        self.outputs: list[Note] = []
        self.args: Any = ()
        self.kwargs: dict[str, Any] = {}
        self.failed: str | None = None
        self.before: Any = None
        self.after: Any = None
        self.backward: Any = None


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
        """Whether it was written to unseen: by an optimizer, or while nothing was noted."""
        if found.array:
            return found.id < self._unseen
        return id(value) not in self._aliases and not value.is_inference() and value._version != found.version

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
        looking = self.looking_now()
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

    def snapshot(self, value: Any) -> dict[str, Any] | None:
        """A tensor as it is before an in-place operation."""
        if not arrays.is_array(value):
            return None
        self.deep = self._in_full(getattr(running.at, "cell", NO_CELL))
        note = self.note(value)
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
        """The variable that was `old` is `new` from now on, without having been computed."""
        found = self.notes.get(id(old))
        if found is not None and self.on:
            made = Note(found.id, new, self.storages, found.born, True)
            self.notes[id(new)] = self.all_notes[found.id] = made
            self._alive.append(old)


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
