"""Errors on the wire: `application/problem+json` (RFC 9457) with a code, a position and a hint."""

from freedive.protocol.wire import Wire


class Problem(Wire):
    """What went wrong, where, and what to do about it."""

    code: str
    """Stable and machine-readable, for example `bad_spec`."""
    message: str
    """A sentence for a person; `detail` in problem+json."""
    position: str | None = None
    """A field path, a layer, or a line and column."""
    hint: str | None = None
    """What can be done."""
    params: dict[str, str | int | float] = {}
    """The values in the message, so that a page can say it in another language."""


class ProblemDocument(Wire):
    """The body of every HTTP error (RFC 9457)."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    code: str
    position: str | None = None
    hint: str | None = None
    errors: list[Problem] = []
    """One entry per field, where several are wrong at once."""
