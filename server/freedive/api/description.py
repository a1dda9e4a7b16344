"""Description: the OpenAPI document as FastAPI makes it, less what generators of clients cannot read."""

from __future__ import annotations

import json
from typing import Any

from fastapi import FastAPI

COMPOSED = {"$ref", "allOf", "anyOf", "oneOf", "items"}


def describe(app: FastAPI) -> None:
    """Let `app.openapi()` say a default that is an object, or a list of them, in words.

    No generator can turn one into a constructor of a union's member: some stop, others write code that does not run.
    """
    made = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _worded(made())
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _worded(node: Any) -> Any:
    if isinstance(node, list):
        return [_worded(value) for value in node]
    if not isinstance(node, dict):
        return node
    if COMPOSED & node.keys() and _holds_an_object(node.get("default")):
        said = f"Left out, it is `{json.dumps(node['default'])}`."
        told = " ".join(filter(None, [node.get("description"), said]))
        node = {**{key: value for key, value in node.items() if key != "default"}, "description": told}
    return {key: _worded(value) for key, value in node.items()}


def _holds_an_object(value: Any) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and any(map(_holds_an_object, value)))
