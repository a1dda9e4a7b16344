"""One cell of one operation looked at closely: the recorder hands the tensors over as they are, `told` says what made the cell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from freedive.lab.recorder import Note, Record, Recorder

Json = dict[str, Any]


class Looking:
    """Keeps copies of what one operation took and gave; nothing of it changes afterwards."""

    def __init__(self, look: Json) -> None:
        self.op = int(look["op"])
        self.cell = [int(each) for each in look["cell"]]

    def keep(self, note: Note, value: Any) -> None:
        """A tensor that is about to be written to."""

    def hold(self, recorder: Recorder, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """The arguments of the operation that has just run."""

    def seen(self, record: Record, out: Any) -> None:
        """The operation's record and what it gave."""

    def told(self) -> Json | None:
        """What the answer says of the cell, or None where there is nothing to say."""
        return None
