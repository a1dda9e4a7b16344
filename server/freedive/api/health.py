"""/healthz, /readyz and /metrics: alive, able to work, and figures for Prometheus."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator

import psutil
from fastapi import APIRouter, Response

from freedive import __version__
from freedive.api.deps import Service, problems
from freedive.jobs.service import JobService
from freedive.protocol.wire import Wire

router = APIRouter(tags=["health"])


class Health(Wire):
    """The server answers."""

    status: str = "ok"
    version: str = __version__


class Readiness(Wire):
    """Whether jobs can start, and if not, why."""

    ready: bool
    workers_ready: int
    workers: int
    reason: str | None = None


@router.get("/healthz", summary="Is the server alive?")
async def healthz() -> Health:
    return Health()


@router.get("/readyz", responses={503: {"model": Readiness}, **problems(403)}, summary="Can jobs start?")
async def readyz(service: Service, response: Response) -> Readiness:
    """503 while the first worker warms up, or when the log cannot be written."""
    workers = service.executor.workers()
    ready = sum(worker.state in ("idle", "busy") for worker in workers)
    reason = None
    if service.log.trouble:
        reason = f"The event log cannot be written: {service.log.trouble}."
    elif not ready:
        reason = "The workers are warming up."
    if reason:
        response.status_code = 503
    return Readiness(ready=reason is None, workers_ready=ready, workers=len(workers), reason=reason)


@router.get(
    "/metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}, **problems(403)},
    summary="Figures for Prometheus",
)
async def metrics(service: Service) -> Response:
    text = await asyncio.to_thread(lambda: "".join(_lines(service)))
    return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")


def _lines(service: JobService) -> Iterator[str]:
    def gauge(name: str, about: str, values: dict[str, float]) -> Iterator[str]:
        yield f"# HELP freedive_{name} {about}\n# TYPE freedive_{name} gauge\n"
        for labels, value in values.items():
            yield f"freedive_{name}{labels} {value:g}\n"

    live = list(service.dispatcher.jobs.values())
    states = Counter(job.state for job in live)
    yield from gauge(
        "jobs",
        "Jobs that have not ended, by state.",
        {f'{{state="{s}"}}': states[s] for s in ("queued", "starting", "running", "paused", "interrupted")},
    )
    workers = service.executor.workers()
    by_state = Counter(worker.state for worker in workers)
    yield from gauge(
        "workers",
        "Worker processes, by state.",
        {f'{{state="{s}"}}': by_state[s] for s in ("starting", "idle", "busy", "stalled", "lost")},
    )
    yield from gauge(
        "worker_memory_bytes",
        "Resident memory of each worker.",
        {f'{{worker="{w.id}"}}': w.memory or 0 for w in workers},
    )
    yield from gauge("watchers", "Open sockets, once for each job they follow.", {"": service.watchers.total})
    yield from gauge(
        "events", "Newest sequence number of each live job.", {f'{{job="{j.id}"}}': j.last_seq for j in live}
    )
    yield from gauge(
        "steps", "Optimizer steps taken by each live job.", {f'{{job="{j.id}"}}': j.step for j in live}
    )
    yield from gauge(
        "log_trouble", "1 while the event log cannot be written.", {"": float(bool(service.log.trouble))}
    )
    yield from gauge(
        "memory_bytes", "Resident memory of the server.", {"": psutil.Process().memory_info().rss}
    )
