"""What `freedive doctor` says of the seal."""

from __future__ import annotations

import subprocess
import sys

import pytest

from freedive.sandbox.protection import Layers, probe, sentences

FULL = Layers(True, "dropped", True, True, 7, True)


@pytest.mark.skipif(sys.platform != "linux", reason="the seal is made of Linux's parts")
def test_the_probe_finds_a_seal_on_linux() -> None:
    layers = probe()
    assert layers.seccomp, layers.missing
    assert layers.rlimits
    assert layers.sealed


def test_full_protection_in_words() -> None:
    text = "\n".join(sentences(FULL))
    assert "seccomp" in text
    assert "Landlock (ABI 7) shuts off files, network and signals." in text
    assert "Missing" not in text


def test_what_is_missing_is_said_with_the_reason() -> None:
    lines = sentences(Layers(True, "ordinary", True, True, 0, True, {"landlock": "this kernel has none"}))
    assert "Missing: landlock: this kernel has none." in lines


def test_no_seal_is_said_plainly() -> None:
    assert "loopback address only" in sentences(Layers())[0]


def test_a_probe_that_says_nothing_counts_as_no_seal(monkeypatch: pytest.MonkeyPatch) -> None:
    silent = subprocess.CompletedProcess([], -31, b"", b"trouble\n")
    monkeypatch.setattr("subprocess.run", lambda *_, **__: silent)
    layers = probe()
    assert not layers.sealed
    assert "trouble" in layers.missing["everything"]


def test_a_seal_that_lets_a_file_be_read_counts_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    said = b'{"seccomp": true, "landlock": 7, "read_a_file": true}'
    monkeypatch.setattr("subprocess.run", lambda *_, **__: subprocess.CompletedProcess([], 0, said, b""))
    assert not probe().sealed
