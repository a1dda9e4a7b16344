"""POST /evaluate: a snippet in, a trace out. Parses, asks `sandbox.service`, hands its bytes on unchanged."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import APIRouter, Header, Request, Response
from fastapi.routing import APIRoute

from freedive.errors import TooLarge
from freedive.protocol.problems import ProblemDocument
from freedive.protocol.traces import EvaluateRequest
from freedive.sandbox.cpu_budget import Client
from freedive.sandbox.limits import LIMITS
from freedive.sandbox.service import LabService


class SmallBodyRoute(APIRoute):
    """Reads the body up to the lab's limit before anything parses it."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handle_small(request: Request) -> Response:
            body = b""
            announced = request.headers.get("content-length", "0")
            too_large = announced.isdecimal() and int(announced) > LIMITS.request
            if not too_large:
                async for piece in request.stream():
                    body += piece
                    if len(body) > LIMITS.request:
                        too_large = True
                        break
            if too_large:
                raise TooLarge(
                    f"A snippet and its settings may take {LIMITS.request:,} bytes; this request is larger.",
                    hint="Send less code at a time.",
                )
            request._body = body  # where Request.body() keeps what it has read
            return await handle(request)

        return handle_small


router = APIRouter(tags=["lab"], route_class=SmallBodyRoute)

_PROBLEMS: dict[int | str, dict[str, Any]] = {
    409: {"model": ProblemDocument, "description": "A newer request of the same page has taken its place."},
    413: {"model": ProblemDocument, "description": "The body is larger than 64 KiB."},
    422: {"model": ProblemDocument, "description": "The request does not fit; `errors` names the fields."},
    429: {
        "model": ProblemDocument,
        "description": "The client's computing time is used up: see Retry-After.",
    },
    503: {"model": ProblemDocument, "description": "No process for the lab can be had."},
}


@router.post("/evaluate", responses=_PROBLEMS, summary="Run a snippet and show every operation in it")
async def evaluate(
    snippet: EvaluateRequest,
    request: Request,
    freedive_session: Annotated[
        str | None,
        Header(
            max_length=64,
            description="A page's own random name. A newer request of the same session takes an older one's place.",
        ),
    ] = None,
) -> Response:
    """200 also when the snippet itself fails: `status` and `error` in the answer tell how and where."""
    lab: LabService = request.app.state.lab
    address = request.client.host if request.client else "unknown"
    answer = await lab.evaluate(snippet, Client(address, freedive_session))
    return Response(answer, media_type="application/json")
