"""The script of a job on pictures finds their files where they are, and says where it looked when they are not."""

from __future__ import annotations

import gzip
import hashlib
import io
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from freedive.catalog.code import Code
from freedive.catalog.datasets.mnist import Mnist

CONTENT = b"\0\0\x08\x01\0\0\0\x03\x01\x02\x03"
NAME = "t10k-labels-idx1-ubyte"
SHA256 = hashlib.sha256(CONTENT).hexdigest()
SOURCES = ["http://one.example/", "http://two.example/"]


@pytest.fixture
def find(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The script's own function, in an empty folder and without the package."""
    from .conftest import run_code

    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DATA", raising=False)
    monkeypatch.setenv("FREEDIVE_DATA_DIR", str(tmp_path / "kept"))
    code = Mnist().code()
    found = run_code(Code(code.imports, code.definitions, "file_of"))
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    return lambda: found("mnist", NAME, SOURCES, SHA256)


def put(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / f"{NAME}.gz").write_bytes(gzip.compress(CONTENT))
    return folder / f"{NAME}.gz"


def test_the_files_of_an_installed_package_are_found_without_loading_it(
    find: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import importlib.machinery

    monkeypatch.undo()
    monkeypatch.chdir(tmp_path)
    package = tmp_path / "site" / "freedive"
    expected = put(package / "catalog/datasets/data/mnist")
    (package / "__init__.py").write_text("raise ImportError('a script must not need it')")
    spec = importlib.machinery.PathFinder.find_spec("freedive", [str(package.parent)])
    monkeypatch.setattr("importlib.util.find_spec", lambda name: spec)
    assert find() == expected


def test_what_lies_in_the_folder_of_fetched_sets_or_in_data_is_found(
    find: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = put(tmp_path / "kept/datasets/mnist")
    assert find() == kept
    own = put(tmp_path / "own/mnist")
    monkeypatch.setenv("DATA", str(own.parent.parent))
    assert find() == own


def test_what_is_nowhere_is_downloaded_from_the_first_that_has_it(
    find: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer(url: str, timeout: float) -> io.BytesIO:
        return io.BytesIO(gzip.compress(CONTENT if "two" in url else b"something else"))

    monkeypatch.setattr(urllib.request, "urlopen", answer)
    assert gzip.decompress(find().read_bytes()) == CONTENT


def test_where_nothing_helps_it_says_where_it_looked_and_what_to_do(
    find: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(url: str, timeout: float) -> None:
        raise OSError("no network")

    monkeypatch.setattr(urllib.request, "urlopen", refuse)
    with pytest.raises(SystemExit) as caught:
        find()
    for part in (f"{NAME}.gz", "data/mnist", "kept/datasets/mnist", "no network", "set DATA to a folder"):
        assert part in str(caught.value)
