"""The trace: what went in and out of every operation. Shapes and strides at once, the rest when the run is over.

Hands over to `explanations`, which turns the notes into what the page draws.
"""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

import torch

from freedive.lab import arrays
from freedive.lab.kinds import kind_of
from freedive.lab.storages import Storages

if TYPE_CHECKING:
    from freedive.lab.door import Op
    from freedive.lab.looking import Looking

SMALL = 256
"""Elements up to which values are noted at once."""
KEPT = 4_096
"""Elements up to which the tensor itself is kept, to be looked at when the run is over."""


def unwrapped(value: Any) -> Any:
    """The tensor that a dialect's own array wraps; anything else as it is."""
    held = getattr(value, "t", None)
    if isinstance(held, torch.Tensor):
        return held
    native = getattr(kind_of(value), "native", None)
    return value if native is None else native(value)


class Note:
    """What the trace knows of one tensor or array."""

    __slots__ = (
        "array", "born", "data", "deep", "dtype", "grad", "grad_fn", "grad_name", "id", "is_leaf", "kept", "names",
        "offset", "requires_grad", "shape", "storage", "strides", "version",
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
                        value.register_hook(self._note_gradient)

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
        self.data = self.grad_fn = self.grad_name = None
        self.version = self.offset = 0


class LightRecord:
    """An operation past those that are explained in full."""

    __slots__ = ("inputs", "name", "op", "outputs", "statement")
    failed: str | None = None
    before: Any = None
    line = 0
    args: tuple[Any, ...] = ()

    def __init__(self, op: Op, name: str, statement: int, inputs: list[Note], outputs: list[Note]) -> None:
        self.op = op
        self.name = name
        self.statement = statement
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
        "backward",
        "before",
        "failed",
        "inputs",
        "kwargs",
        "line",
        "name",
        "op",
        "outputs",
        "statement",
    )

    def __init__(self, op: Op, name: str, statement: int, line: int) -> None:
        self.op = op
        self.name = name
        self.statement = statement
        self.line = line
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
        self.records: list[Any] = []
        """`Record`s, then `LightRecord`s."""
        self.notes: dict[int, Note] = {}
        self._alive: list[Any] = []
        self._gone: dict[int, Any] = {}
        self.storages = Storages()
        self.all_notes: list[Note] = []
        self.roots: list[Any] = []
        self.looking: Looking | None = None

    def note(self, value: Any) -> Note:
        found = self.notes.get(id(value))
        if found is not None:
            return found
        if len(self.records) < self.details:
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

    def refresh(self, value: Any) -> Note:
        """A new note for a tensor whose values were changed in place: the trace shows it before and after."""
        old = self.notes.pop(id(value), None)
        made = self.note(value)
        if old is not None and old.kept is not None:
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
        looking = self.looking_now()
        if looking is not None:
            looking.hold(self, args, kwargs)
        elif len(self.records) >= self.details and before is None and type(out) is torch.Tensor:
            note = self.note
            taken = [note(arg) for arg in args if type(arg) is torch.Tensor]
            self.records.append(LightRecord(op, name, self.statement, taken, [note(out)]))
            if len(self.records) >= self.most:
                self.on, self.full = False, True
            return
        made = Record(op, name, self.statement, self.line)
        inputs = made.inputs
        made.args = tuple([self.template(arg, inputs) for arg in args])
        if kwargs:
            made.kwargs = {key: self.template(value, inputs) for key, value in kwargs.items()}
        made.before = before
        if len(self.records) + 1 >= self.most:
            self.on = False  # the trace is full: from here on operations only run
            self.full = True
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
        made = Record(op, name, self.statement, self.line)
        made.args = tuple([self.template(arg, made.inputs) for arg in args])
        made.kwargs = {key: self.template(value, made.inputs) for key, value in kwargs.items()}
        made.failed = str(error)
        self.records.append(made)

    def snapshot(self, value: Any) -> dict[str, Any] | None:
        """A tensor as it is before an in-place operation."""
        if not arrays.is_array(value):
            return None
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
        """Tell the notes which names point at them when the run is over."""
        for name, value in names.items():
            found = self.notes.get(id(unwrapped(value)))
            if found is not None:
                found.names.append(name)
