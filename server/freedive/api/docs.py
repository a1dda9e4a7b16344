"""/docs: the OpenAPI document as one page of plain HTML, without scripts and without anything from elsewhere."""

from __future__ import annotations

import json
from html import escape
from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.responses import HTMLResponse

from freedive.api.deps import PREFIX

router = APIRouter(include_in_schema=False)

STYLE = """body{font:15px/1.6 system-ui,sans-serif;max-width:58rem;margin:2.5rem auto;padding:0 1.2rem;color-scheme:light dark}
h2{margin-top:2.4rem;border-bottom:1px solid #8886;padding-bottom:.2rem;text-transform:capitalize}
summary{cursor:pointer;padding:.35rem 0}details{border-bottom:1px solid #8883}details>*{margin-left:1.2rem}
summary{margin-left:0}code,pre{font:13px/1.5 ui-monospace,monospace}pre{overflow:auto;background:#8881;padding:.7rem}
b.method{display:inline-block;width:4.2rem}table{border-collapse:collapse}td{padding:.1rem .8rem .1rem 0;vertical-align:top}"""


@router.get("/docs/style.css")
async def style() -> Response:
    return Response(STYLE, media_type="text/css")


@router.get("/docs")
async def docs(request: Request) -> HTMLResponse:
    """Every route with its parameters, an example and its answers."""
    document: dict[str, Any] = request.app.openapi()
    groups: dict[str, list[str]] = {}
    for path, item in document["paths"].items():
        for method, operation in item.items():
            groups.setdefault(operation.get("tags", ["other"])[0], []).append(
                _operation(method, path, operation)
            )
    types = "".join(
        f"<details id='{escape(name)}'><summary><code>{escape(name)}</code> {escape(schema.get('description', ''))}"
        f"</summary><pre>{escape(json.dumps(schema, indent=1, ensure_ascii=False))}</pre></details>"
        for name, schema in sorted(document["components"]["schemas"].items())
    )
    routes = "".join(f"<h2>{escape(tag)}</h2>{''.join(parts)}" for tag, parts in groups.items())
    return HTMLResponse(
        f"<!doctype html><html lang=en><meta charset=utf-8><title>Freedive API</title>"
        f"<meta name=viewport content='width=device-width'><link rel=stylesheet href=/docs/style.css>"
        f"<h1>Freedive API</h1><p>{escape(document['info']['description'])}"
        f"<p>The same for programs: <a href='{PREFIX}/openapi.json'>{PREFIX}/openapi.json</a>."
        f"{routes}<h2>Types</h2>{types}"
    )


def _operation(method: str, path: str, operation: dict[str, Any]) -> str:
    parameters = "".join(
        f"<tr><td><code>{escape(p['name'])}</code><td>{p['in']}<td>{escape(p.get('description', ''))}"
        for p in operation.get("parameters", [])
    )
    examples = ""
    for kind, content in operation.get("requestBody", {}).get("content", {}).items():
        for example in content.get("examples", {}).values():
            value = example["value"]
            text = value if isinstance(value, str) else json.dumps(value, indent=1, ensure_ascii=False)
            examples += f"<p>{escape(example['summary'])} (<code>{kind}</code>)<pre>{escape(text)}</pre>"
    answers = "".join(
        f"<tr><td>{status}<td>{escape(answer['description'])}"
        for status, answer in operation["responses"].items()
    )
    return (
        f"<details><summary><b class=method>{method.upper()}</b> <code>{escape(path)}</code> "
        f"{escape(operation.get('summary', ''))}</summary><p>{escape(operation.get('description', ''))}"
        f"<table>{parameters}</table>{examples}<table>{answers}</table></details>"
    )
