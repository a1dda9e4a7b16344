"""What the trace knows of one tensor (`Note`) and of one operation (`Record`), noted by `recorder` as a snippet runs."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any, NamedTuple

import torch

from freedive.lab import arrays
from freedive.lab.storages import Storages

if TYPE_CHECKING:
    from freedive.lab.door import Op

SMALL = 256
"""Elements up to which values are noted at once."""
KEPT = 4_096
"""Elements up to which the tensor itself is kept, to be looked at when the run is over."""


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

    def _note_gradient(self, gradient: torch.Tensor | None) -> None:
        if gradient is None:
            return  # one of several outputs, of which backward came through the others
        if len(self.grad) < 4 and not torch._C._functorch.is_functorch_wrapped_tensor(gradient):
            self.grad.append(gradient.detach().tolist())


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
        self.requires_grad = not self.array and value.requires_grad
        self.is_leaf = not self.requires_grad or value.is_leaf
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


class Moment(NamedTuple):
    """Something that is no operation and yet tells a reader of the trace something: a gradient that was read, a step."""

    kind: str
    at: Any
    """The expression or statement that did it."""
    statement: int
    before: int
    """How many operations came before it."""
    order: int
    """How many moments did."""
    value: Any
    more: Any = None


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
        "graded",
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
        "step",
        "training",
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
        self.graded = torch.is_grad_enabled()
        """Whether what ran then was noted for backward."""
        self.training = True
        """Of a layer: whether it was in training mode."""
        self.inputs: list[Note] = []
        self.outputs: list[Note] = []
        self.args: Any = ()
        self.kwargs: dict[str, Any] = {}
        self.failed: str | None = None
        self.before: Any = None
        self.after: Any = None
        self.backward: Any = None
        self.step: Any = None
        """What an optimizer did, as `steps` holds it."""
