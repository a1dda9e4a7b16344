"""What the tensor lab finds wrong with a snippet, and what to write instead."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from freedive.protocol.wire import Wire


class Edit(Wire):
    """A piece of the snippet to write anew."""

    span: Annotated[list[int], Field(min_length=4, max_length=4)]
    """Line, column, end line, column after, in the answer's `source`; from 1, in characters. Empty where text is put in."""
    text: str


class FoundFault(Wire):
    """A fault that a rule found in the run: why it is one, and what to write instead."""

    code: str
    """The rule's name, which stays the same."""
    severity: Literal["note", "warning", "error"]
    """`error` explains the error that ended its statement, or another one's; the others are silent without it."""
    statement: int
    line: int
    op: int | None = None
    """The operation that shows it."""
    cause: str
    mend: str
    edit: Edit | None = None
    """The mend as a change of the text, where it is that simple."""
