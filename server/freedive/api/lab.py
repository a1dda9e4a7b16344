"""POST /evaluate: a snippet in, a trace out. Parses, asks `sandbox.service`, hands its bytes on unchanged.
GET /lab/functions: the function tables, for completion, docs on hover and the names in other dialects.
GET /lab/protection: which layers stand between a snippet and this machine.

`create_app` puts the `LabService` into `app.state.lab`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Header, Request, Response
from fastapi.routing import APIRoute

from freedive.api.deps import problems
from freedive.api.examples import SNIPPET
from freedive.errors import Superseded, TooLarge
from freedive.lab.tables import ROWS
from freedive.protocol.traces import Answer, EvaluateRequest, LabFunction
from freedive.protocol.wire import Wire
from freedive.sandbox.cpu_budget import Client
from freedive.sandbox.limits import LIMITS
from freedive.sandbox.service import LabService


class SmallBodyRoute(APIRoute):
    """Reads the body up to the lab's limit before anything parses it."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handle_small(request: Request) -> Response:
            announced = request.headers.get("content-length", "0")
            if announced.isdecimal() and (len(announced) > 18 or int(announced) > LIMITS.request):
                raise _too_large()
            body = bytearray()
            async for piece in request.stream():
                body += piece
                if len(body) > LIMITS.request:
                    raise _too_large()
            request._body = bytes(body)  # where Request.body() keeps what it has read
            return await handle(request)

        return handle_small


def _too_large() -> TooLarge:
    message = f"A snippet and its settings may take {LIMITS.request:,} bytes; this request is larger."
    return TooLarge(message, hint="Send less code at a time.")


router = APIRouter(tags=["lab"], route_class=SmallBodyRoute)

_REFUSALS = problems(409, 413, 422, 429, 503)
_REFUSALS[409]["description"] = "A newer request of the same page has taken its place."
_REFUSALS[413]["description"] = f"The body is larger than {LIMITS.request >> 10} KiB."
_REFUSALS[429]["description"] = "The client's computing time is used up, or too many wait: see Retry-After."


@router.post(
    "/evaluate",
    responses={200: {"model": Answer}, **_REFUSALS},
    summary="Run a snippet and show every operation in it",
)
async def evaluate(
    snippet: Annotated[EvaluateRequest, Body(openapi_examples=SNIPPET)],
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
    run = asyncio.ensure_future(lab.evaluate(snippet, Client(address, freedive_session)))
    if snippet.long:
        await _until_done_or_left(run, request)
    return Response(await run, media_type="application/json")


async def _until_done_or_left(run: asyncio.Future[bytes], request: Request) -> None:
    """Nobody waits for the rest of a minute: the end of the connection is the end of the run."""

    async def left() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass

    leaving = asyncio.ensure_future(left())
    either: list[asyncio.Future[Any]] = [run, leaving]
    await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
    leaving.cancel()
    if not run.done():
        run.cancel()
        raise Superseded("The page has stopped waiting for this run.")


@router.get("/lab/functions", summary="The operations the lab knows, with their names in the other dialects")
async def functions() -> list[LabFunction]:
    """One row per operation, in the order of the tables."""
    return [
        LabFunction(
            name=row.name,
            family=row.family,
            kind=row.kind,
            method="f" not in row.flags,
            function="m" not in row.flags,
            others=row.others,
            example=row.example,
            en=row.en,
            zh=row.zh,
        )
        for row in ROWS.values()
    ]


class LabLayer(Wire):
    """One layer of the seal."""

    name: Literal["interpreter", "seccomp", "landlock", "limits", "user", "server"]
    holds: bool
    why: str | None = None
    """Why it does not, where the kernel said so."""


class LabProtection(Wire):
    """What stands between a snippet and this machine."""

    sealed: bool | None = None
    """Whether the kernel itself keeps a run from files and the network; null before the first run stood ready."""
    layers: list[LabLayer] = []


@router.get("/lab/protection", summary="What protects this machine from snippets")
async def protection(request: Request) -> LabProtection:
    """The layers in force in the newest run, the innermost first."""
    found = request.app.state.lab.layers
    if found is None:
        return LabProtection()
    holds = {
        "interpreter": True,
        "seccomp": found.seccomp,
        "landlock": found.landlock > 0,
        "limits": found.rlimits,
        "user": found.user != "root",
        "server": True,
    }
    layers = [LabLayer(name=name, holds=on, why=found.missing.get(name)) for name, on in holds.items()]
    return LabProtection(sealed=found.sealed, layers=layers)
