"""The description of the API: every example is executed, and every answer fits the schema that was promised."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
import pytest
import pytest_asyncio

from freedive.app import create_app
from freedive.settings import Settings

from ..scripted import spirals
from ..site import API, Live, live

pytestmark = pytest.mark.asyncio(loop_scope="module")

DOCUMENT: dict[str, Any] = create_app(Settings()).openapi()
OPERATIONS = [
    pytest.param(method, path, operation, id=f"{method} {path.removeprefix(API)}")
    for path, item in DOCUMENT["paths"].items()
    for method, operation in item.items()
]
SECONDS = 120.0


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with live(tmp_path_factory.mktemp("examples"), FREEDIVE_CHECKPOINT_SECONDS="0.01") as started:
        yield started


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(server: Live) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=server.url, timeout=SECONDS) as client:
        yield client


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def job(client: httpx.AsyncClient) -> str:
    """A job that took ten steps and rests, so that everything can be asked of it."""
    id = await submitted(client)
    await reached(client, id, "state", "paused")
    await client.post(f"{API}/jobs/{id}/commands", json={"kind": "step", "n": 10})
    await reached(client, id, "step", 10)
    return id


async def submitted(client: httpx.AsyncClient) -> str:
    spec = spirals(start_paused=True).model_dump(mode="json")
    answer = await client.post(f"{API}/jobs", json={"spec": spec})
    return str(answer.json()["id"])


async def reached(client: httpx.AsyncClient, id: str, field: str, value: Any) -> None:
    async with asyncio.timeout(SECONDS):
        while (await client.get(f"{API}/jobs/{id}")).json()[field] != value:
            pass


def described(operation: dict[str, Any], status: int, kind: str) -> Any:
    """The schema that an operation promises for an answer."""
    assert str(status) in operation["responses"], f"{status} is not described"
    content = operation["responses"][str(status)].get("content", {})
    assert kind in content, f"{kind} is not described for {status}; {sorted(content)} are"
    return content[kind].get("schema", {})


def check(operation: dict[str, Any], answer: httpx.Response) -> None:
    """Status, type and content are as promised."""
    if answer.status_code == 204:
        assert "204" in operation["responses"]
        return
    kind = answer.headers["content-type"].partition(";")[0]
    schema = described(operation, answer.status_code, kind)
    if kind.endswith("json"):
        whole = {**schema, "components": DOCUMENT["components"]}
        jsonschema_rs.validator_for(whole).validate(answer.json())


def arguments(operation: dict[str, Any], job: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Values for the path, and the queries to try: what is required, and each example by itself."""
    path, required, optional = {}, {}, []
    for parameter in operation.get("parameters", []):
        values = parameter.get("examples") or parameter["schema"].get("examples")
        if parameter["in"] == "path":
            assert values, f"no example for {parameter['name']}"
            path[parameter["name"]] = values[0]
        elif parameter["in"] == "query" and parameter.get("required"):
            assert values, f"no example for {parameter['name']}"
            required[parameter["name"]] = values[0]
        elif parameter["in"] == "query" and values:
            optional.append({parameter["name"]: values[0]})
    return path, [required, *({**required, **one} for one in optional)]


@pytest.mark.parametrize(("method", "path", "operation"), OPERATIONS)
async def test_every_example_is_executed(
    client: httpx.AsyncClient, job: str, method: str, path: str, operation: dict[str, Any]
) -> None:
    assert operation["summary"]
    values, queries = arguments(operation, job)
    if "/jobs/{id}" in path:
        values["id"] = await submitted(client) if method == "delete" else job
    if "{step}" in path:
        values["step"] = 0
    if path.endswith("/uploads/{id}"):
        table = "a,b\n" + "".join(f"{i},{i}\n" for i in range(20))
        sent = await client.post(f"{API}/uploads", content=table, headers={"content-type": "text/csv"})
        values["id"] = sent.json()["id"]
    url = path.format(**values)
    body: dict[str, Any] = operation.get("requestBody", {}).get("content", {})
    if not body:
        for query in queries:
            answer = await client.request(method, url, params=query)
            assert answer.is_success, answer.text
            check(operation, answer)
        return
    ((kind, content),) = body.items()
    shown = content.get("examples") or content.get("schema", {}).get("examples")
    assert shown, "a body without an example"
    for example in shown.values() if isinstance(shown, dict) else shown:
        value = example["value"] if isinstance(example, dict) and "value" in example else example
        given = {"json": value} if kind == "application/json" else {"content": value}
        answer = await client.request(method, url, headers={"content-type": kind}, **given)
        assert answer.is_success, answer.text
        check(operation, answer)


@pytest.mark.parametrize(("method", "path", "operation"), OPERATIONS)
async def test_refusals_are_as_described(
    client: httpx.AsyncClient, method: str, path: str, operation: dict[str, Any]
) -> None:
    """Whatever is asked of a job that is not there, or with an empty body, is refused as the description says."""
    url = path.replace("{id}", "none").replace("{step}", "0")
    answer = await client.request(
        method, url, headers={"content-type": "application/json"}, content=b"{}" if method != "get" else None
    )
    assert answer.status_code < 500
    check(operation, answer)


async def test_the_description_is_served_and_printed(client: httpx.AsyncClient) -> None:
    served = (await client.get(f"{API}/openapi.json")).json()
    assert served == DOCUMENT
    page = await client.get("/docs")
    assert page.status_code == 200
    assert "POST" in page.text
    assert "<script" not in page.text


def composed(node: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every schema that refers to others or is made of them, and where it stands."""
    if isinstance(node, dict):
        if {"$ref", "oneOf", "anyOf", "allOf", "items"} & node.keys():
            yield path, node
        for key, value in node.items():
            yield from composed(value, f"{path}/{key}")
    elif isinstance(node, list):
        for i, value in enumerate(node):
            yield from composed(value, f"{path}/{i}")


def is_plain(value: Any) -> bool:
    """Whether a generator of clients can write it down as a default."""
    return not isinstance(value, dict) and (not isinstance(value, list) or all(map(is_plain, value)))


async def test_no_union_and_no_reference_has_an_object_for_a_default() -> None:
    found = dict(composed(DOCUMENT))
    assert len(found) > 100
    assert [path for path, schema in found.items() if not is_plain(schema.get("default"))] == []
    scheduler = DOCUMENT["components"]["schemas"]["TrainSpec"]["properties"]["scheduler"]
    assert scheduler["description"] == 'Left out, it is `{"kind": "none"}`.'


async def test_every_event_and_command_is_in_the_description() -> None:
    names = set(DOCUMENT["components"]["schemas"])
    assert {
        "StateChanged",
        "Metrics",
        "Boundary",
        "Rewound",
        "Pause",
        "Set",
        "Rewind",
        "ProblemDocument",
    } <= names


async def test_the_browsers_types_are_made_from_this_description() -> None:
    """Names and fields of schema.gen.ts are those of the description: `npm run schema` was run after the last change."""
    generated = (Path(__file__).parents[2] / "frontend/src/protocol/schema.gen.ts").read_text()
    missing = [
        f"{name}.{field}"
        for name, schema in DOCUMENT["components"]["schemas"].items()
        for field in schema.get("properties", {})
        if f"        {name}: {{" not in generated or field not in generated
    ]
    assert not missing
    absent = [path for path in DOCUMENT["paths"] if f'"{path}": {{' not in generated]
    assert not absent


async def test_regenerating_the_browsers_types_changes_nothing(tmp_path: Path) -> None:
    """`npm run schema`, into another file."""
    frontend = Path(__file__).parents[2] / "frontend"
    tool = frontend / "node_modules/.bin/openapi-typescript"
    if not tool.exists():
        pytest.skip("needs the frontend's packages: npm ci in frontend/")
    document, generated = tmp_path / "openapi.json", tmp_path / "schema.gen.ts"
    document.write_text(json.dumps(DOCUMENT, sort_keys=True))  # as `freedive schema` prints it
    process = await asyncio.create_subprocess_exec(
        str(tool), str(document), "-o", str(generated), cwd=frontend
    )
    assert await process.wait() == 0
    committed = (frontend / "src/protocol/schema.gen.ts").read_text()
    assert generated.read_text() == committed, "run `npm run schema` in frontend/"
