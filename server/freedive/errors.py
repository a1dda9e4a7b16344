"""The exception tree: every failure a person can meet carries a code, a message, a position and a hint.

FreediveError
├── BadSpec            a spec or a request that cannot be carried out          422
│   ├── ShapeMismatch  a layer that does not fit what comes before it          422
│   └── BadData        a dataset or an upload that cannot be used              422
│       └── UnknownEncoding  a file that does not say how its letters are written  422
├── NotFound           no such job, checkpoint, lesson, upload                 404
├── IllegalCommand     the job's state forbids the command                     409
├── Superseded         a newer request of the same page took its place         409
├── TooMany            a budget is used up: queue, rate, size                  429
├── TooLarge           a body over its limit                                   413
├── Forbidden          token, Origin or Host refused                           403
├── NotWritten         the disk takes nothing more, so nothing was changed     507
├── Damaged            something stored that cannot be read any more           410
├── Unavailable        nothing can serve this now: no worker, no device        503
├── DataUnavailable    a dataset that could not be fetched or verified         502
└── JobFailed          training could not go on (out of memory, disk full ...) 500
    └── WorkerLost     the worker process of a job ended unexpectedly          500
"""

from __future__ import annotations

from typing import ClassVar


class FreediveError(Exception):
    """Base of all of them. `code` is stable and machine-readable; `message` is a sentence for a person.

    `position` says where (a field path such as ``model.layers.2`` or ``line 3, column 5``), `hint` what to do.
    """

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 500

    def __init__(self, message: str, *, position: str | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.position = position
        self.hint = hint


class BadSpec(FreediveError):
    """A spec, command or request whose values cannot be carried out."""

    code = "bad_spec"
    status = 422


class ShapeMismatch(BadSpec):
    """A layer that does not fit the shape that reaches it; `position` names the layer."""

    code = "shape_mismatch"


class BadData(BadSpec):
    """A dataset or an uploaded table that cannot be used as asked."""

    code = "bad_data"


class UnknownEncoding(BadData):
    """A text file in an encoding that only a person can tell; the message says how it would read in each."""

    code = "unknown_encoding"


class NotFound(FreediveError):
    """Nothing exists under that id."""

    code = "not_found"
    status = 404


class IllegalCommand(FreediveError):
    """The state of the job forbids the command; the message says which states allow it."""

    code = "illegal_command"
    status = 409


class Superseded(FreediveError):
    """A newer request of the same page has made this one pointless."""

    code = "superseded"
    status = 409


class TooMany(FreediveError):
    """A budget is used up. `retry_after` is in seconds."""

    code = "too_many"
    status = 429

    def __init__(
        self, message: str, *, retry_after: float = 1.0, position: str | None = None, hint: str | None = None
    ) -> None:
        super().__init__(message, position=position, hint=hint)
        self.retry_after = retry_after


class TooLarge(FreediveError):
    """A request body over its limit."""

    code = "too_large"
    status = 413


class Forbidden(FreediveError):
    """The token is missing or wrong, or the Origin or Host is not ours."""

    code = "forbidden"
    status = 403


class NotWritten(FreediveError):
    """What was asked for could not be written down: the disk is full, or refuses. What ran goes on."""

    code = "not_written"
    status = 507


class Damaged(FreediveError):
    """Something that was stored cannot be read any more."""

    code = "damaged"
    status = 410


class Unavailable(FreediveError):
    """Nothing can serve this at present."""

    code = "unavailable"
    status = 503


class DataUnavailable(FreediveError):
    """A dataset that could not be fetched, or whose checksum is wrong."""

    code = "data_unavailable"
    status = 502


class JobFailed(FreediveError):
    """Training could not go on."""

    code = "job_failed"


class WorkerLost(JobFailed):
    """The worker process of a job ended unexpectedly."""

    code = "worker_lost"
