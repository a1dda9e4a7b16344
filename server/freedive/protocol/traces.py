"""What the tensor lab is asked and what it answers: a snippet in, a trace of every operation out."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from freedive.protocol.wire import Wire

Dialect = Literal["torch", "np", "tf", "mxnet", "keras", "auto"]
Source = Annotated[str, StringConstraints(max_length=16_000)]
Watched = Annotated[str, StringConstraints(max_length=1_000)]


class EvaluateRequest(Wire):
    """A snippet and how to run it. The answer depends on nothing else, so equal requests have equal answers."""

    source: Source
    """The snippet: at most 16,000 characters."""
    setup: Source = ""
    """Runs first, in the same environment; neither traced nor shown."""
    dialect: Dialect = "auto"
    """`auto` recognises the dialect by imports and names."""
    seed: Annotated[int, Field(ge=0, le=2**32 - 1)] = 0
    """Seed of every random generator in the run."""
    watch: Annotated[list[Watched], Field(max_length=64)] = []
    """Expressions evaluated after the run, each on its own."""
    session: bool = False
    """Statements run like notebook cells: one that fails does not stop the next."""
    trace: bool = True
    """Record every operation with its explanation."""


Status = Literal["ok", "rejected", "error", "limit", "crashed"]
"""How the run ended: well; not allowed in the lab; the snippet's own error; over a limit; its process died."""
