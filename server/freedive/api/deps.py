"""What routes are given: the service, the log, and who asks."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Header, Path, Request

from freedive.jobs.service import JobService
from freedive.protocol.problems import ProblemDocument

PREFIX = "/api/v1"


def _service(request: Request) -> JobService:
    service: JobService = request.app.state.service
    return service


def _submitter(
    request: Request,
    freedive_session: Annotated[
        str | None,
        Header(max_length=64, description="A page's own random name: waiting jobs take turns by it."),
    ] = None,
) -> str:
    address = request.client.host if request.client else "unknown"
    return f"{address}/{freedive_session or ''}"


Service = Annotated[JobService, Depends(_service)]
Submitter = Annotated[str, Depends(_submitter)]
JobId = Annotated[
    str, Path(min_length=1, max_length=40, description="The job's id.", examples=["k7m2p9x4wd"])
]


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """OpenAPI entries for what a route may refuse; api/problems.py gives them their media type."""
    why = {
        403: "The token is missing or wrong, or Origin or Host is not ours.",
        404: "There is nothing under that id.",
        409: "The job's state forbids it; `detail` says which states allow it.",
        410: "What was stored under that name is damaged.",
        413: "The body is over its limit.",
        415: "The body is not of a type that is read here.",
        422: "Something in the request does not fit; `position` and `errors` say what.",
        429: "The queue is full: see Retry-After.",
        503: "Nothing can answer at present: see `hint`.",
        507: "The server's disk takes nothing more, so nothing was changed.",
    }
    return {status: {"model": ProblemDocument, "description": why[status]} for status in sorted(statuses)}


__all__ = ["PREFIX", "JobId", "ProblemDocument", "Service", "Submitter", "problems"]
