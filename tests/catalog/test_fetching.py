"""Fetching: verified, resumed, from the next source where one fails, and with words for what each answered."""

from __future__ import annotations

import gzip
import hashlib
import socket
from pathlib import Path

import pytest

from freedive.catalog.datasets.fetching import fetch
from freedive.catalog.datasets.store import DataStore
from freedive.errors import DataUnavailable

from .web import Web

CONTENT = bytes(range(256)) * 2000
PACKED = gzip.compress(CONTENT)
SUMS = {"set": hashlib.sha256(CONTENT).hexdigest()}


def test_a_cut_download_goes_on_where_it_ended(web: Web, tmp_path: Path) -> None:
    web.files["/set.gz"] = PACKED
    web.break_after = 1000
    with pytest.raises(DataUnavailable):
        fetch("tiny", SUMS, [web.address], DataStore(tmp_path))
    partial = tmp_path / "datasets/tiny/set.gz.partial"
    kept = partial.stat().st_size
    assert 0 < kept <= 1000
    folder = fetch("tiny", SUMS, [web.address], DataStore(tmp_path))
    assert web.asked[-1] == ("/set.gz", f"bytes={kept}-")
    assert gzip.decompress((folder / "set.gz").read_bytes()) == CONTENT
    assert not partial.exists()


def test_a_partial_file_from_elsewhere_is_given_up(web: Web, tmp_path: Path) -> None:
    web.files["/set.gz"] = PACKED
    partial = tmp_path / "datasets/tiny/set.gz.partial"
    partial.parent.mkdir(parents=True)
    partial.write_bytes(b"something else")
    folder = fetch("tiny", SUMS, [web.address], DataStore(tmp_path))
    assert gzip.decompress((folder / "set.gz").read_bytes()) == CONTENT
    assert [wanted for _, wanted in web.asked] == ["bytes=14-", None]


def test_a_whole_partial_file_needs_no_more_bytes(web: Web, tmp_path: Path) -> None:
    web.files["/set.gz"] = PACKED
    partial = tmp_path / "datasets/tiny/set.gz.partial"
    partial.parent.mkdir(parents=True)
    partial.write_bytes(PACKED)
    folder = fetch("tiny", SUMS, [web.address], DataStore(tmp_path))
    assert (folder / "set.gz").read_bytes() == PACKED


def test_the_next_source_is_tried_where_one_has_other_content(web: Web, tmp_path: Path) -> None:
    web.files["/bad/set.gz"] = gzip.compress(b"tampered with")
    web.files["/set.gz"] = PACKED
    folder = fetch("tiny", SUMS, [f"{web.address}bad/", web.address], DataStore(tmp_path))
    assert gzip.decompress((folder / "set.gz").read_bytes()) == CONTENT


def test_a_failure_names_every_source_and_what_it_answered(web: Web, tmp_path: Path) -> None:
    web.files["/bad/set.gz"] = gzip.compress(b"tampered with")
    with socket.socket() as closed:  # bound and not listening: connections are refused
        closed.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{closed.getsockname()[1]}/"
        with pytest.raises(DataUnavailable) as caught:
            fetch("tiny", SUMS, [nobody, web.address, f"{web.address}bad/"], DataStore(tmp_path))
    message = caught.value.message
    assert f"{nobody}set.gz: " in message
    assert f"{web.address}set.gz: the server answered 404 Not Found" in message
    assert f"expected SHA-256 {SUMS['set']}" in message
    assert str(tmp_path / "datasets/tiny") in (caught.value.hint or "")
    assert not (tmp_path / "datasets/tiny/set.gz").exists()


def test_offline_asks_nobody_and_says_where_the_file_would_go(web: Web, tmp_path: Path) -> None:
    with pytest.raises(DataUnavailable, match="fetching is turned off") as caught:
        fetch("tiny", SUMS, [web.address], DataStore(tmp_path, offline=True))
    assert web.asked == []
    assert str(tmp_path / "datasets/tiny") in caught.value.message


def test_a_file_that_a_person_put_there_is_checked_once(web: Web, tmp_path: Path) -> None:
    folder = tmp_path / "datasets/tiny"
    folder.mkdir(parents=True)
    (folder / "set.gz").write_bytes(PACKED)
    assert fetch("tiny", SUMS, [web.address], DataStore(tmp_path, offline=True)) == folder
    (folder / "set.gz").write_bytes(PACKED[:-20])
    with pytest.raises(DataUnavailable):
        fetch("tiny", SUMS, [web.address], DataStore(tmp_path, offline=True))
    assert web.asked == []
