"""create_app(settings): the one place where objects are built and joined."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import APIRouter, FastAPI

from freedive import __version__
from freedive.api import catalog, docs, health, jobs, lab, problems
from freedive.api.deps import PREFIX
from freedive.api.description import describe
from freedive.api.guard import Guard, is_loopback
from freedive.api.pages import Headed, Pages
from freedive.api.stream import Stream
from freedive.api.token import Unlogged
from freedive.executors.base import Executor
from freedive.executors.processes import Processes
from freedive.jobs.database import DataFolder
from freedive.jobs.event_log import EventLog
from freedive.jobs.service import JobService
from freedive.sandbox.service import LabService
from freedive.sandbox.settings import LabSettings
from freedive.settings import Settings

DESCRIPTION = """Train small networks and watch every number of it.

Submit a spec, follow its events (REST, or `WS /api/v1/stream?job=ID&after=SEQ` for MessagePack frames), command it,
fork it. Every error is `application/problem+json` with a code, a position and a hint."""


def create_app(settings: Settings, folder: DataFolder | None = None) -> FastAPI:
    """The whole server. Nothing starts, and no file is touched, before its lifespan begins.

    `folder` is the data folder where the caller has it open already.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        log = EventLog(
            folder or DataFolder(settings.data_dir),
            commit_seconds=settings.commit_seconds,
            snapshot_frames=settings.snapshot_frames,
        )
        app.state.service = service = JobService(settings, log, executor_of(settings))
        app.state.lab = laboratory = LabService(LabSettings(), loopback=is_loopback(settings.host))
        await service.start()
        await laboratory.start()
        try:
            yield
        finally:
            await laboratory.stop()
            await service.close()

    app = FastAPI(
        title="Freedive",
        version=__version__,
        description=DESCRIPTION,
        lifespan=lifespan,
        openapi_url=f"{PREFIX}/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    logging.getLogger("uvicorn.error").addFilter(_is_no_refused_socket)
    if settings.token:
        for name in ("uvicorn.error", "uvicorn.access"):
            logging.getLogger(name).addFilter(Unlogged(settings.token))
    problems.install(app)
    api = APIRouter(prefix=PREFIX)
    for part in (jobs, catalog, health, lab):
        api.include_router(part.router)
    app.include_router(api)
    app.include_router(health.router, include_in_schema=False)
    app.include_router(docs.router)
    describe(app)

    app.router.default = Pages(Path(__file__).with_name("static"))
    app.add_middleware(Stream, main=app)
    app.add_middleware(Guard, settings=settings)
    app.add_middleware(Headed, embed_origins=settings.embed_origins)
    return app


def executor_of(settings: Settings) -> Executor:
    """The executor that the settings name."""
    if settings.executor == "in_process":
        from freedive.executors.in_process import InProcess

        return InProcess(settings)
    return Processes(settings)


def _is_no_refused_socket(record: logging.LogRecord) -> bool:
    """uvicorn takes a socket that is refused with an HTTP answer for an error of the application; it is none."""
    return record.getMessage() != "ASGI callable returned without completing handshake."
