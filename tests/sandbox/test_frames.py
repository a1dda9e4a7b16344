"""Frames in whatever pieces, and JSON of whatever a snippet holds."""

from __future__ import annotations

import json
import os

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from freedive.sandbox.frames import Inbox, frame, read_frame, to_json, write_all


@given(st.lists(st.binary(max_size=200), min_size=1, max_size=5), st.integers(1, 50))
def test_frames_come_out_as_they_went_in(bodies: list[bytes], piece: int) -> None:
    inbox, stream, found = Inbox(200), b"".join(map(frame, bodies)), []
    while stream:
        size = min(piece, inbox.wanted)
        body = inbox.feed(stream[:size])
        stream = stream[size:]
        if body is not None:
            found.append(body)
    assert found == bodies


def test_a_frame_that_announces_too_much_is_refused_before_it_is_read() -> None:
    with pytest.raises(ValueError, match="1,001 bytes, 1,000 are allowed"):
        Inbox(1000).feed(frame(b"x" * 1001)[:4])


@pytest.mark.parametrize(("sent", "got"), [(b"abc", b"abc"), (b"", b""), (b"x" * 11, None)])
def test_blocking_read(sent: bytes, got: bytes | None) -> None:
    out, into = os.pipe()
    write_all(into, frame(sent))
    os.close(into)
    assert read_frame(out, 10) == got
    os.close(out)


def test_the_end_of_the_pipe_is_no_frame() -> None:
    out, into = os.pipe()
    os.write(into, b"\x05\x00")
    os.close(into)
    assert read_frame(out, 10) is None
    os.close(out)


json_like = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(json_like)
def test_ordinary_values_survive(value: object) -> None:
    text = to_json(value)
    if "e" not in repr(value):
        assert json.loads(text) == orjson.loads(text)


def test_what_json_lacks_is_said_another_way() -> None:
    value = {"big": 2**70, "half": "a\ud800", "in": [-(2**64), (1, True, None, 1.5)]}
    assert orjson.loads(to_json(value)) == {
        "big": str(2**70),
        "half": "a?",
        "in": [str(-(2**64)), [1, True, None, 1.5]],
    }


def test_numpy_s_numbers_are_numbers() -> None:
    value = {"a": np.float64(1.5), "b": [np.int32(2), np.bool_(True)], "c": np.arange(3), "half": "\ud800"}
    assert orjson.loads(to_json(value)) == {"a": 1.5, "b": [2, True], "c": [0, 1, 2], "half": "?"}


def test_an_object_has_no_place_in_an_answer() -> None:
    with pytest.raises(TypeError, match="a object has no place"):
        to_json({"x": object()})
