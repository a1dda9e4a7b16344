"""Numbers at the edge of what is allowed, and beyond: each is refused, or trains; none hangs, overflows or breaks."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from freedive.catalog.datasets.store import DataStore
from freedive.errors import FreediveError
from freedive.jobs.outline import outline
from freedive.protocol.commands import Command, Pace, Stop
from freedive.protocol.specs import TrainSpec
from freedive.training.context import Context
from freedive.training.controls import Controls
from freedive.training.loop import bursts

from ..scripted import spirals

EXTREME = [math.inf, -math.inf, math.nan, -1, -0.0, 5e-324, 1e-300, 1e-30, 1e308, 2**63, 10**400]
SCHEMA = TrainSpec.model_json_schema()
LARGE = 300_000
"""Parameters or examples of specs that are only outlined: they are allowed, and take their time."""


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    return found


def numbers(schema: dict[str, Any], at: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], list[Any]]]:
    """Where a number stands, and the values to try there: its bounds and their neighbors, and what is extreme."""
    for name, field in resolved(schema).get("properties", {}).items():
        for option in map(resolved, (field, *field.get("anyOf", []))):
            if option.get("type") in ("number", "integer"):
                bounds = [v for k, v in option.items() if k.lower().endswith(("minimum", "maximum"))]
                if option["type"] == "integer":
                    bounds += [bound + by for bound in bounds for by in (-1, 1)]
                yield (*at, name), bounds + EXTREME
            elif "properties" in option:
                yield from numbers(option, (*at, name))


def changed(spec: dict[str, Any], path: tuple[str, ...], value: Any) -> dict[str, Any]:
    plain: dict[str, Any] = json.loads(json.dumps(spec))
    inside = plain
    for name in path[:-1]:
        inside = inside.setdefault(name, {})
    if "enabled" in inside:
        inside["enabled"] = True
    inside[path[-1]] = value
    return plain


def choices(part: str) -> Iterator[str]:
    """The kinds of one part of a spec."""
    return iter(SCHEMA["properties"][part].get("discriminator", {}).get("mapping", {}))


BASE = spirals(dataset={"kind": "spirals", "size": 60}, epochs=2).model_dump(mode="json")
PARTS = ("dataset", "model", "initialization", "loss", "optimizer", "scheduler")
CASES = [(part, kind) for part in PARTS for kind in choices(part)] + [("", "")]


@pytest.mark.parametrize(("part", "kind"), CASES)
def test_every_number_is_refused_or_trains(part: str, kind: str, tmp_path: Path) -> None:
    store, tried = DataStore(tmp_path, offline=True), 0
    if part:
        schema = resolved({"$ref": SCHEMA["properties"][part]["discriminator"]["mapping"][kind]})
        fields = [((part, *path), values) for path, values in numbers(schema)]
        base = {**BASE, part: {"kind": kind}}
    else:
        fields = [(path, values) for path, values in numbers(SCHEMA) if path[0] not in PARTS]
        base = BASE
    for path, values in fields:
        for value in values:
            try:
                spec = TrainSpec.model_validate(changed(base, path, value))
                facts = outline(spec, store)
            except (ValidationError, FreediveError):
                continue
            tried += 1
            if facts.parameters < LARGE and facts.train_size < 3000:
                assert trains(spec, Context(store, tmp_path / str(tried))) is None, (path, value)


def trains(spec: TrainSpec, context: Context) -> str | None:
    """What went wrong in its first steps; it is told to stop at the first sign of one."""
    controls, wrong = Controls(), None
    controls.send(Pace(steps_per_second=None))
    for burst in bursts(spec, controls, context):
        for event in burst:
            if event.type == "failed":
                wrong = event.problem.message
            if event.type == "state" and event.state == "running":
                controls.send(Stop())
    return wrong


@pytest.mark.parametrize(
    "value",
    EXTREME,
    ids=[f"{value:.5}" if isinstance(value, float) else f"of {value.bit_length()} bits" for value in EXTREME],
)
@pytest.mark.parametrize(
    ("kind", "field"), [("pace", "steps_per_second"), ("step", "n"), ("rewind", "step"), ("inspect", "index")]
)
def test_every_number_of_a_command_is_refused_or_within_reach(kind: str, field: str, value: Any) -> None:
    try:
        TypeAdapter(Command).validate_python({"kind": kind, field: value})
    except ValidationError:
        return
    assert 0 <= value < 2**64
    assert kind != "pace" or value >= 0.01
