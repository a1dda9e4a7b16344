"""/catalog, /workers and /uploads: what can be chosen, who computes, and tables that people send."""

from __future__ import annotations

import asyncio
from functools import cache
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from freedive.api.deps import Service, problems
from freedive.api.examples import TABLE
from freedive.catalog.datasets import uploads
from freedive.catalog.datasets.encodings import Encoding
from freedive.catalog.listing import catalog as whole_catalog
from freedive.protocol.catalog import Catalog
from freedive.protocol.jobs import Workers
from freedive.protocol.tables import Upload

router = APIRouter()


@router.get("/catalog", tags=["catalog"], responses=problems(403), summary="What can be chosen")
async def catalog() -> Catalog:
    """Recipes, every dataset, model, loss, optimizer …, and the JSON Schema of a training spec."""
    return Response(_catalog(), media_type="application/json")  # type: ignore[return-value]  # made once


@router.get("/workers", tags=["health"], responses=problems(403), summary="Who computes, and on what")
async def workers(service: Service) -> Workers:
    return service.workers()


@router.post(
    "/uploads",
    tags=["catalog"],
    status_code=201,
    responses=problems(403, 413, 415, 422, 507),
    summary="Send a table",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "text/csv": {
                    "schema": {"type": "string"},
                    "examples": TABLE,
                }
            },
        }
    },
)
async def upload(
    request: Request,
    service: Service,
    response: Response,
    name: Annotated[str, Query(max_length=200, description="The file's name.", examples=["points.csv"])] = "",
    encoding: Annotated[
        Encoding | None,
        Query(description="How it is encoded; needed where it is not UTF-8.", examples=["gb18030"]),
    ] = None,
) -> Upload:
    """A CSV file as the body. Columns are typed; a `table` dataset names the upload by its id."""
    body = await request.body()
    found = await asyncio.to_thread(uploads.save, service.store, body, name, encoding)
    response.headers["Location"] = f"/api/v1/uploads/{found.id}"
    return found


@router.get("/uploads/{id}", tags=["catalog"], responses=problems(403, 404, 410), summary="Look at an upload")
async def uploaded(
    id: Annotated[str, Path(max_length=64, examples=["0123456789abcdef"])], service: Service
) -> Upload:
    return await asyncio.to_thread(uploads.find, service.store, id)


@cache
def _catalog() -> bytes:
    return whole_catalog().model_dump_json().encode()
