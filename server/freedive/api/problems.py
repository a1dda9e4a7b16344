"""Problems: every refusal and failure as application/problem+json (RFC 9457)."""

from __future__ import annotations

import errno
import json
import logging
import sqlite3
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from starlette.exceptions import HTTPException
from starlette.responses import Response

from freedive.errors import FreediveError, TooMany
from freedive.jobs.stored import not_written
from freedive.protocol.problems import Problem, ProblemDocument

logger = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
SHOWN = 200
"""Characters of a refused value that are repeated in the answer."""
MOST_ERRORS = 50
OBJECTS = {"dict_type", "model_type", "model_attributes_type"}
"""Told by pydantic with the names of our classes."""
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO}
"""What the system says where a disk takes no more."""


def problem_response(
    status: int,
    code: str,
    detail: str,
    *,
    position: str | None = None,
    hint: str | None = None,
    errors: list[Problem] | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    """A problem document as a response."""
    document = ProblemDocument(
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        code=code,
        position=position,
        hint=hint,
        errors=errors or [],
    )
    text = json.dumps(document.model_dump(mode="python"), ensure_ascii=False, separators=(",", ":"))
    # What was sent may hold halves of characters, and it is told where it does.
    return Response(text.encode("utf-8", "replace"), status, media_type=MEDIA_TYPE, headers=headers)


def response_of(error: FreediveError) -> Response:
    """Our own exceptions."""
    headers = {"Retry-After": str(max(1, round(error.retry_after)))} if isinstance(error, TooMany) else None
    return problem_response(
        error.status, error.code, error.message, position=error.position, hint=error.hint, headers=headers
    )


def install(app: FastAPI) -> None:
    """Answer every exception with a problem document, and describe it so."""
    app.openapi = lambda: description(app)  # type: ignore[method-assign]  # FastAPI's own way to do this

    @app.exception_handler(FreediveError)
    async def ours(request: Request, error: FreediveError) -> Response:
        if error.status >= 500:
            logger.warning("%s %s: %s", request.method, request.url.path, error.message)
        return response_of(error)

    @app.exception_handler(OSError)
    async def system(request: Request, error: OSError) -> Response:
        logger.error("%s %s", request.method, request.url.path, exc_info=error)
        if error.errno in FULL:
            return response_of(not_written(error))
        return _failed(request)

    @app.exception_handler(sqlite3.Error)
    async def database(request: Request, error: sqlite3.Error) -> Response:
        logger.error("%s %s", request.method, request.url.path, exc_info=error)
        return problem_response(
            503,
            "unavailable",
            "The database of the server cannot be read.",
            hint="The server's output says why. Restore the data folder from a copy, or choose another one.",
        )

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        found = [_field(e, error.body) for e in error.errors()[:MOST_ERRORS]]
        first = found[0]
        more = f" ({len(found) - 1} more in `errors`)" if len(found) > 1 else ""
        return problem_response(
            422, "bad_spec", first.message + more, position=first.position, hint=first.hint, errors=found
        )

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> Response:
        return problem_response(
            error.status_code,
            {404: "not_found", 405: "method_not_allowed", 415: "unsupported_media_type"}.get(
                error.status_code, f"http_{error.status_code}"
            ),
            {
                404: f"There is nothing at {request.url.path}.",
                405: f"{request.method} is not for {request.url.path}.",
            }.get(error.status_code, str(error.detail)),
            hint="The API is described at /docs." if error.status_code in (404, 405) else None,
            headers=dict(error.headers) if error.headers else None,
        )

    @app.exception_handler(Exception)
    async def unforeseen(request: Request, error: Exception) -> Response:
        # Starlette logs it with its traceback after this answer.
        return _failed(request)


def _failed(request: Request) -> Response:
    return problem_response(
        500,
        "internal",
        f"The server failed to answer {request.method} {request.url.path}.",
        hint="The server's output says more. Jobs are not affected.",
    )


def description(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document; FastAPI would describe every refusal as plain JSON, and invalid input as its own type."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes
        )
        ours = {"$ref": "#/components/schemas/ProblemDocument"}
        for item in document["paths"].values():
            for operation in item.values():
                for status, answer in operation["responses"].items():
                    schema = answer.get("content", {}).get("application/json", {}).get("schema", {})
                    if schema.get("$ref", "").endswith(("/ProblemDocument", "/HTTPValidationError")):
                        answer["content"] = {MEDIA_TYPE: {"schema": ours}}
                    if status == "422" and answer["description"] == "Validation Error":
                        answer["description"] = (
                            "Something in the request does not fit; `errors` names the fields."
                        )
        for name in ("HTTPValidationError", "ValidationError"):
            document["components"]["schemas"].pop(name, None)
        app.openapi_schema = document
    return app.openapi_schema


def _field(error: dict[str, Any], body: Any) -> Problem:
    """One refused field: where it is, what was expected and what came."""
    location = list(error["loc"][1:]) if len(error["loc"]) > 1 else list(error["loc"])
    path = _path(location, body)
    came = _short(error.get("input"))
    message = str(error["msg"]).removeprefix("Value error, ")
    kind = error["type"]
    if kind == "json_invalid":
        return Problem(
            code=kind, message=f"The body is not JSON: {error.get('ctx', {}).get('error', message)}."
        )
    if kind == "missing":
        text = f"`{path}` is missing."
    elif kind == "extra_forbidden":
        text = f"`{path}` is not a field that is known here; got {came}."
    elif kind == "union_tag_invalid":
        text = f"`{path}`: there is no kind `{error['ctx']['tag']}`."
    elif kind == "union_tag_not_found":
        text = f"`{path}`: the `kind` is missing; got {came}."
    elif kind in OBJECTS:
        text = f"`{path}`: expected an object with named fields; got {came}."
    elif kind == "value_error" and isinstance(error.get("input"), dict):
        text = message  # names the values that do not fit each other; the whole object would drown it
        path = path.removeprefix("body")
    else:
        text = f"{message}; got {came}."
        if path:
            message = message[:1].lower() + message[1:]
            text = f"`{path}`: {message}; got {came}."
    hint = None
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        expected = error.get("ctx", {}).get("expected_tags", "the kinds in the catalog")
        hint = f"Expected one of {expected}."
    return Problem(code=kind, message=text, position=path or None, hint=hint)


def _path(location: list[Any], body: Any) -> str:
    """Where a field is in what the person sent: pydantic also names the chosen member of each union on the way."""
    kept, inside, chosen = list[str](), body, False
    for part in location:
        if isinstance(inside, dict) and inside.get("kind") == part and not chosen:
            chosen = True
            continue
        if (
            kept
            and isinstance(part, str)
            and not (isinstance(inside, dict) and (part in inside or "[" not in part))
        ):
            continue  # which of several types it was held against
        kept.append(str(part))
        chosen = False
        try:
            inside = inside[part]
        except (KeyError, IndexError, TypeError):
            inside = None
    return ".".join(kept)


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= SHOWN else text[:SHOWN] + "…"
