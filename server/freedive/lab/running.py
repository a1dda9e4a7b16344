"""The one run that is going on in this process: its meter, recorder and printed text.

A sealed child serves one request, so a single module-level object is enough; everything that computes on behalf of a
snippet finds its limits and its trace here.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from freedive.lab.budget import Budget, LimitReached, Meter
from freedive.lab.kinds import Callable_, kind_of

if TYPE_CHECKING:
    from freedive.lab.mending import Mend
    from freedive.lab.recorder import Recorder

LONG = 8_192
"""A text that is cut rather than refused when it does not fit into the output."""


class Run:
    """State of the snippet that runs now."""

    def __init__(self) -> None:
        self.budget = Budget()
        self.meter = Meter(self.budget)
        self.at: ast.AST | None = None
        """The node that is being computed, for the place of an error."""
        self.called: Any = None
        """What the snippet's own call that goes on now calls, and with what; the recorder compares."""
        self.given: tuple[Any, ...] = ()
        self.method = False
        """Whether the first of these is a method's receiver."""
        self.remarks: list[Mend] = []
        """What the lab does in its own way, each said once."""
        self.output: list[str] = []
        self.output_size = 0
        self.quiet = False
        """Setup prints and draws nothing."""
        self.brief = False
        """Whether what is shown now may be shortened."""
        self.plots: dict[str, int] = {}
        self.figures: Any = None
        """The board of figures, where anything was drawn."""
        self.points = 60_000
        """Numbers that the answer's figures may hold, all together."""
        self.files: dict[str, Any] = {}
        """Scratch space: what `save` wrote, for `load` in the same run."""
        self.identities: dict[int, tuple[int, Any]] = {}
        self.recorder: Recorder | None = None
        self.names: dict[str, Any] = {}
        self.random: Any = None
        self.muted = False
        """Whether print is silent: a graph is running, which knows nothing of Python."""
        self.staging: Any = None
        """The function that is being turned into a graph; statements ask it about branches and loops."""

    def start(self, budget: Budget, recorder: Recorder) -> None:
        self.__dict__.clear()  # dialects keep their own counts of a run here
        self.__init__()  # type: ignore[misc]
        self.budget = budget
        self.meter = Meter(budget)
        self.recorder = recorder

    def remark(self, said: Mend) -> None:
        """Tell once that something is offered and does less here than elsewhere."""
        if not self.quiet and all(each.what != said.what for each in self.remarks):
            self.remarks.append(said)

    @property
    def line(self) -> int:
        """The line that is being computed."""
        return int(getattr(self.at, "lineno", 1) or 1)

    def room_for(self, length: int) -> None:
        """Refuse what would be far too much to print, before it is put together."""
        if length > self.budget.output:
            raise LimitReached(f"output limit: more than {self.budget.output:,} characters printed")

    def write(self, text: str) -> None:
        """Printed text; one long text is cut where it does not fit, too many are a limit."""
        if self.quiet:
            return
        left = self.budget.output - self.output_size
        if len(text) > max(left, LONG):
            kept = max(LONG // 8, left // 2)
            text = f"{text[:kept]}… ({len(text) - kept:,} more characters)\n"
        self.output_size += len(text)
        if self.output_size > self.budget.output:
            raise LimitReached(f"output limit: more than {self.budget.output:,} characters printed")
        self.output.append(text)

    def call(self, function: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None) -> Any:
        """Call anything that a snippet can call."""
        if isinstance(function, Callable_):
            return function.call(args, kwargs or {})
        return kind_of(function).call(function, args, kwargs or {})

    def identity(self, value: Any) -> int:
        """What `id` tells: equal exactly for the same object, never used again within a run."""
        found = self.identities.get(id(value))
        if found is None:
            # keeping the object is what keeps Python from giving its address to another one
            found = (140_000_000_000 + 64 * len(self.identities), value)
            self.identities[id(value)] = found
        return found[0]


running = Run()
