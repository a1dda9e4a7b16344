"""MNIST and Fashion-MNIST: the files, the splits, what is said when they are missing, and how they are fetched."""

from __future__ import annotations

import gzip
import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from freedive.catalog.datasets.fashion_mnist import FashionMnist
from freedive.catalog.datasets.images import FILES, read_idx
from freedive.catalog.datasets.mnist import Mnist
from freedive.catalog.datasets.store import DataStore
from freedive.errors import DataUnavailable

from .conftest import run_code
from .web import Web

SHAPES = {
    "train-images-idx3-ubyte": (60_000, 28, 28),
    "train-labels-idx1-ubyte": (60_000,),
    "t10k-images-idx3-ubyte": (10_000, 28, 28),
    "t10k-labels-idx1-ubyte": (10_000,),
}


def idx(array: np.ndarray[Any, Any]) -> bytes:
    header = b"\0\0\x08" + bytes([array.ndim]) + b"".join(size.to_bytes(4, "big") for size in array.shape)
    return header + array.tobytes()


@pytest.fixture(scope="module")
def mnist_store() -> DataStore:
    store = DataStore(Path("unused"))
    try:
        Mnist().folder(store)
    except DataUnavailable as reason:
        pytest.skip(reason.message)
    return store


def test_mnist_is_mnist(mnist_store: DataStore) -> None:
    data = Mnist().load(0, mnist_store)
    assert [len(data.split(name)) for name in ("train", "validation", "test")] == [55_000, 5000, 10_000]
    assert data.train.inputs.shape == (55_000, 1, 28, 28)
    assert data.train.inputs.dtype == torch.float32
    assert data.train.targets[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert data.test.targets[:5].tolist() == [7, 2, 1, 0, 4]
    assert data.test.targets.bincount().tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert data.train.raw.dtype == torch.uint8
    assert abs(data.train.inputs.mean().item()) < 0.01
    assert abs(data.train.inputs.std().item() - 1) < 0.01
    assert torch.equal(data.prepare(data.test.raw[:10]), data.test.inputs[:10])


def test_fewer_pictures_and_another_validation_size(mnist_store: DataStore) -> None:
    dataset = Mnist(limit=500, validation_size=1000, standardize=False)
    data, outline = dataset.load(0, mnist_store), dataset.outline(mnist_store)
    assert (outline.train_size, outline.validation_size, outline.test_size) == (500, 1000, 10_000)
    assert (len(data.train), len(data.validation)) == (500, 1000)
    assert (data.train.inputs.min().item(), data.train.inputs.max().item()) == (0.0, 1.0)


def test_a_script_reads_the_same_pictures(mnist_store: DataStore, monkeypatch: pytest.MonkeyPatch) -> None:
    if Mnist().folder(mnist_store) != mnist_store.packaged / "mnist":
        pytest.skip("the package data is not built")
    monkeypatch.setenv("DATA", str(mnist_store.packaged))
    dataset = Mnist(limit=300, validation_size=200)
    data = dataset.load(0, mnist_store)
    for name, (inputs, targets) in zip(
        ("train", "validation", "test"), run_code(dataset.code(), seed=0), strict=True
    ):
        assert torch.equal(inputs, data.split(name).inputs)
        assert torch.equal(targets, data.split(name).targets)


def test_missing_mnist_says_where_it_should_be_and_what_to_run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(DataStore, "packaged", tmp_path / "nowhere")
    monkeypatch.setattr(DataStore, "checkout", tmp_path / "neither")
    with pytest.raises(DataUnavailable, match="nowhere") as caught:
        Mnist().load(0, DataStore(tmp_path))
    assert "hatch_build.py" in (caught.value.hint or "")


def test_mnist_is_read_from_a_checkout_whose_package_data_is_not_built(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(DataStore, "packaged", tmp_path / "nowhere")
    monkeypatch.setattr(DataStore, "checkout", tmp_path)
    for name, shape in SHAPES.items():
        (tmp_path / name).write_bytes(idx(np.full(shape, 3, np.uint8)))
    data = Mnist(standardize=False).load(0, DataStore(tmp_path))
    assert set(data.test.targets.tolist()) == {3}


def test_an_idx_file_is_read_packed_or_plain(tmp_path: Path) -> None:
    array = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    (tmp_path / "plain").write_bytes(idx(array))
    (tmp_path / "packed.gz").write_bytes(gzip.compress(idx(array)))
    assert np.array_equal(read_idx(tmp_path / "plain"), array)
    assert np.array_equal(read_idx(tmp_path / "packed.gz"), array)
    (tmp_path / "other").write_bytes(b"PK\x03\x04")
    with pytest.raises(ValueError, match="expected it to begin 00 00 08, found 50 4b 03"):
        read_idx(tmp_path / "other")


def test_fashion_is_fetched_with_progress_and_then_found(
    web: Web, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sums = {}
    for i, (name, shape) in enumerate(SHAPES.items()):
        content = idx(np.full(shape, i, np.uint8))
        sums[name] = hashlib.sha256(content).hexdigest()
        web.files[f"/{name}.gz"] = gzip.compress(content, 1)
    monkeypatch.setattr(FashionMnist, "sha256", sums)
    monkeypatch.setattr(FashionMnist, "sources", (web.address,))
    heard: list[tuple[str, float, float | None, str]] = []
    store = DataStore(tmp_path, report=lambda *said: heard.append(said))
    data = FashionMnist(limit=100, standardize=False).load(0, store)
    assert set(data.train.targets.tolist()) == {1}
    assert (data.test.raw == 2).all()
    for i, name in enumerate(FILES):
        size = len(web.files[f"/{name}.gz"])
        assert (f"fashion-mnist: {name}.gz ({i + 1} of 4)", size, size, "bytes") in heard
    asked = len(web.asked)
    FashionMnist(limit=100).load(0, DataStore(tmp_path, offline=True))
    assert len(web.asked) == asked
