"""Golden streams: every frame is of the protocol, and says what its summary holds. vitest reads the same files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from freedive.protocol.chunks import unframe
from freedive.protocol.events import FACTS, SNAPSHOTS, Event

from ..golden.write import HERE, STREAMS, summary

FILES = sorted(HERE.glob("*.frames"))
ONLY_SAID_ELSEWHERE = {"log", "failed", "progress", "queue"}
"""A fetched dataset, a crash and a full queue are no part of a short job; the journeys see them."""


def test_each_stream_has_its_file_and_its_summary() -> None:
    assert [file.stem for file in FILES] == sorted(STREAMS)
    assert all(file.with_suffix(".json").exists() for file in FILES)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_frames_are_of_the_protocol(file: Path) -> None:
    adapter: TypeAdapter[Event] = TypeAdapter(Event)
    seq = 1
    for header, events in unframe(file.read_bytes()):
        assert header.first_seq == seq
        seq += header.count
        for event in events:
            assert adapter.validate_python(event).model_dump()["type"] in header.key.split(",")
    assert seq > 1


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_summary_is_what_the_frames_say(file: Path) -> None:
    assert json.loads(file.with_suffix(".json").read_text()) == json.loads(
        json.dumps(summary(file.read_bytes()))
    )


def test_together_they_say_everything_a_job_can() -> None:
    said = {event["type"] for file in FILES for _, events in unframe(file.read_bytes()) for event in events}
    assert said == (FACTS | SNAPSHOTS) - ONLY_SAID_ELSEWHERE
