"""/jobs: submit, look, command, fork, edit, delete; events, metrics, snapshots, checkpoints, code, predictions."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Annotated, Any, BinaryIO, Literal

from fastapi import APIRouter, Body, Header, Path, Query, Response
from fastapi.responses import StreamingResponse
from pydantic import TypeAdapter

from freedive.api.deps import PREFIX, JobId, Service, Submitter, problems
from freedive.api.examples import COMMAND, EDIT, FORK, NEW_JOB, PREDICTION, SPEC
from freedive.errors import BadSpec
from freedive.jobs.event_log import EventLog
from freedive.jobs.history import metrics, rows_as_csv
from freedive.jobs.stored import readable
from freedive.protocol.chunks import unframe
from freedive.protocol.commands import Command
from freedive.protocol.events import FACTS, SNAPSHOTS, Event, JobState
from freedive.protocol.jobs import (
    CheckpointInfo,
    CommandReceipt,
    JobEdit,
    JobInfo,
    JobPage,
    MetricColumns,
    NewJob,
    Outline,
    Prediction,
    PredictionRequest,
    Preview,
)
from freedive.protocol.specs import Fork, Spec

router = APIRouter(tags=["jobs"])

MESSAGEPACK = "application/msgpack"
PIECE_BYTES = 1 << 18
"""Of a file that is sent."""
FRAMES: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {MESSAGEPACK: {"schema": {"type": "string", "format": "binary"}}},
        "description": "JSON, or with `Accept: application/msgpack` the frames as the log stores them.",
    }
}
Step = Annotated[int, Query(ge=0, le=2**31 - 1, description="A step.", examples=[5])]
After = Annotated[
    int, Query(ge=0, le=2**40, description="A sequence number: what comes after it.", examples=[3])
]
Accept = Annotated[str, Header(include_in_schema=False)]
_events: TypeAdapter[list[Event]] = TypeAdapter(list[Event])


@router.post(
    "/jobs",
    status_code=201,
    responses=problems(403, 413, 415, 422, 429, 507),
    summary="Submit a job",
)
async def submit(
    new: Annotated[NewJob, Body(openapi_examples=NEW_JOB)],
    service: Service,
    submitter: Submitter,
    response: Response,
) -> JobInfo:
    """It waits for a free worker in turn with other people's jobs. `Location` is the job."""
    info = await service.submit(new, submitter)
    response.headers["Location"] = f"{PREFIX}/jobs/{info.id}"
    return info


@router.get("/jobs", responses=problems(403, 422), summary="List jobs, newest first")
async def page(
    service: Service,
    cursor: Annotated[str | None, Query(max_length=20, description="`next` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    q: Annotated[
        str,
        Query(max_length=200, description="Words in name, recipe, tags, notes or id.", examples=["spirals"]),
    ] = "",
    state: Annotated[list[JobState], Query(description="Only these states; repeatable.")] = [],  # noqa: B006
) -> JobPage:
    return await service.page(cursor, limit, q, state)


@router.get("/jobs/{id}", responses=problems(403, 404), summary="Look at a job")
async def info(id: JobId, service: Service) -> JobInfo:
    return await service.info(id)


@router.patch(
    "/jobs/{id}", responses=problems(403, 404, 413, 415, 422, 507), summary="Change name, tags or notes"
)
async def edit(
    id: JobId, change: Annotated[JobEdit, Body(openapi_examples=EDIT)], service: Service
) -> JobInfo:
    return await service.edit(id, change)


@router.delete(
    "/jobs/{id}",
    status_code=204,
    response_class=Response,
    responses=problems(403, 404, 507),
    summary="Delete a job",
)
async def delete(id: JobId, service: Service) -> None:
    """A job that runs is ended first. Its log and its checkpoints go with it."""
    await service.delete(id)


@router.post(
    "/jobs/{id}/commands",
    responses=problems(403, 404, 409, 413, 415, 422),
    summary="Tell a job something",
)
async def command(
    id: JobId, told: Annotated[Command, Body(openapi_examples=COMMAND)], service: Service
) -> CommandReceipt:
    """The job answers with a `command` event; `answer` holds it if it came at once."""
    return await service.command(id, told)


@router.post(
    "/jobs/{id}/forks",
    status_code=201,
    responses=problems(403, 404, 409, 413, 415, 422, 429, 507),
    summary="Fork a job",
)
async def fork(
    id: JobId, wanted: Annotated[Fork, Body(openapi_examples=FORK)], service: Service, submitter: Submitter
) -> list[JobInfo]:
    """Children with the same data, batches and random numbers up to a step, each with its own changes from there."""
    return await service.fork(id, wanted, submitter)


@router.get(
    "/jobs/{id}/events",
    response_model=list[Event],
    responses={**FRAMES, **problems(403, 404, 422)},
    summary="Read a job's log",
)
async def events(
    id: JobId,
    service: Service,
    after: After = 0,
    types: Annotated[
        str | None,
        Query(max_length=400, description="Only these, with commas.", examples=["metrics,evaluation"]),
    ] = None,
    limit: Annotated[int, Query(ge=1, le=100_000, description="Facts at most (JSON only).")] = 10_000,
    accept: Accept = "",
) -> Response:
    """Facts after a sequence number in order, and the newest snapshot of each type after it: what the socket sends.

    Read on from the last `seq` until the answer is empty.
    """
    chosen = _types(types, FACTS | SNAPSHOTS)
    if MESSAGEPACK in accept:
        message = await asyncio.to_thread(service.log.read, id, after)
        return Response(
            message.frames, media_type=MESSAGEPACK, headers={"Freedive-Cursor": str(message.cursor)}
        )
    return Response(
        await asyncio.to_thread(_events_as_json, service.log, id, after, chosen, limit),
        media_type="application/json",
    )


@router.get(
    "/jobs/{id}/metrics",
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}, **problems(403, 404, 422)},
    summary="Read what was measured, as columns",
)
async def columns(
    id: JobId,
    service: Service,
    format: Annotated[Literal["json", "csv"], Query()] = "json",
    points: Annotated[
        int | None,
        Query(
            ge=1,
            le=1_000_000,
            description="Rows at most: the last, the first, and every column's peaks.",
            examples=[500],
        ),
    ] = None,
    names: Annotated[
        str | None, Query(max_length=2000, description="Only these columns, with commas.", examples=["loss"])
    ] = None,
) -> MetricColumns:
    """Rows that a rewind took back are left out."""
    wanted = set(names.split(",")) if names else None
    found = await asyncio.to_thread(metrics, service.log, id, points, wanted)
    if format == "csv":
        return StreamingResponse(  # type: ignore[return-value]  # the other form of the same answer
            rows_as_csv(found),
            media_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{id}.csv"'},
        )
    return Response(found.model_dump_json(), media_type="application/json")  # type: ignore[return-value]


@router.get(
    "/jobs/{id}/snapshots",
    response_model=list[Event],
    responses={**FRAMES, **problems(403, 404, 422)},
    summary="Look at a job as it was at a step",
)
async def snapshots(
    id: JobId,
    service: Service,
    step: Step,
    types: Annotated[str | None, Query(max_length=400, description="Only these, with commas.")] = None,
    accept: Accept = "",
) -> Response:
    """The newest snapshot of each type at or before the step."""
    found = await asyncio.to_thread(service.log.snapshots, id, step, _types(types, SNAPSHOTS))
    if MESSAGEPACK in accept:
        return Response(found, media_type=MESSAGEPACK)
    return Response(await asyncio.to_thread(_as_json, found), media_type="application/json")


@router.get("/jobs/{id}/frames", responses=problems(403, 404), summary="See which steps have snapshots")
async def frames(id: JobId, service: Service) -> dict[str, list[int]]:
    """For each type of snapshot, the steps of which a frame is kept."""
    return await asyncio.to_thread(service.log.frames, id)


@router.get("/jobs/{id}/checkpoints", responses=problems(403, 404), summary="List checkpoints")
async def checkpoints(id: JobId, service: Service) -> list[CheckpointInfo]:
    return await service.checkpoints(id)


@router.get(
    "/jobs/{id}/checkpoints/{step}",
    response_class=StreamingResponse,
    responses={
        200: {
            "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
            "description": "A safetensors file: `model/…`, `optimizer/…`, `rng/…`.",
        },
        **problems(403, 404, 422),
    },
    summary="Download a checkpoint",
)
async def checkpoint(
    id: JobId, step: Annotated[int, Path(ge=0, le=2**31 - 1, examples=[0])], service: Service
) -> StreamingResponse:
    path = service.files.find(await service.job(id), step)
    file, size = await asyncio.to_thread(service.files.open, path)
    return StreamingResponse(
        _pieces(file),
        media_type="application/octet-stream",
        headers={
            "Content-Length": str(size),
            "Content-Disposition": f'attachment; filename="{id}-{path.name}"',
        },
    )


@router.get(
    "/jobs/{id}/code",
    response_class=Response,
    responses={
        200: {
            "content": {"text/x-python": {"schema": {"type": "string"}}},
            "description": "A Python script.",
        },
        **problems(403, 404),
    },
    summary="The same job as a plain PyTorch script",
)
async def code(id: JobId, service: Service) -> Response:
    """It runs without Freedive and reaches the same losses, with what was changed on the way at the steps where it was."""
    return Response(
        await service.code(id),
        media_type="text/x-python; charset=utf-8",
        headers={"Content-Disposition": f'inline; filename="{id}.py"'},
    )


@router.post(
    "/jobs/{id}/predictions",
    responses=problems(403, 404, 410, 413, 415, 422, 503),
    summary="Ask the model",
)
async def predict(
    id: JobId, request: Annotated[PredictionRequest, Body(openapi_examples=PREDICTION)], service: Service
) -> Prediction:
    """With the weights as they are now, also while it trains; or with those of a checkpoint."""
    return await service.predict(id, request)


@router.post("/outlines", responses=problems(403, 413, 415, 422), summary="Look at a spec without running it")
async def outlines(spec: Annotated[Spec, Body(openapi_examples=SPEC)], service: Service) -> Outline:
    """Shapes, sizes and parameters; 422 names the layer that does not fit and why."""
    return await service.outline(spec)


@router.post("/previews", responses=problems(403, 413, 415, 422), summary="Look at a spec's data")
async def previews(spec: Annotated[Spec, Body(openapi_examples=SPEC)], service: Service) -> Preview:
    """Points or a few pictures, as a job's `data` event shows them; `lacks` says why there are none."""
    return await service.preview(spec)


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while piece := file.read(PIECE_BYTES):
            yield piece


def _types(types: str | None, known: frozenset[str]) -> set[str] | None:
    if types is None:
        return None
    asked = {name.strip() for name in types.split(",") if name.strip()}
    if unknown := sorted(asked - known):
        raise BadSpec(
            f"there is no event type `{unknown[0]}`; expected some of {', '.join(sorted(known))}",
            position="types",
        )
    return asked


def _as_json(data: bytes) -> bytes:
    with readable("snapshots"):
        events = [event for _, events in unframe(data) for event in events]
        return _events.dump_json(_events.validate_python(events))


def _events_as_json(log: EventLog, job: str, after: int, types: set[str] | None, limit: int) -> bytes:
    """The same facts and snapshots as frames carry, decoded, until `limit` facts are together."""
    found: list[dict[str, Any]] = []
    cursor, end = after, log.last(job)
    with readable("events"):
        while cursor < end and len(found) < limit:
            message = log.read(job, cursor)
            for _, events in unframe(message.frames):
                found += [e for e in events if types is None or e["type"] in types]
            cursor = max(message.cursor, cursor + 1)
        return _events.dump_json(_events.validate_python(found[:limit]))
